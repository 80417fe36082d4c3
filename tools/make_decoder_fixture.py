#!/usr/bin/env python3
"""Write tiny random causal language models with Hugging Face's own logits, for ohlora's decoder tests.

Under tests/fixtures:

- tiny-llama: Llama with a head_dim that is not hidden / heads, grouped key-value heads, a tied head
  and llama3 rope scaling; the shape of kanana-1.5 but for its sizes
- tiny-neox: GPT-NeoX with a partial rotation, parallel residual and an untied head; the shape of
  polyglot-ko
- tiny-gemma2: Gemma 2 with a window shorter than the longest text, caps low enough to be felt and
  query_pre_attn_scalar that is no head_dim; the shape of gemma-2 but for its sizes
- tiny-llama-adapter, tiny-neox-adapter: LoRA adapters of theirs, as PEFT saves them

Each model folder holds config.json, model.safetensors, tokenizer.json and expected.json:

    {"texts": [{"ids": [...], "logits": [[...], ...]}]}        a row of logits for each token

and so does each adapter folder, of the model after PEFT's merge_and_unload.

    python tools/make_decoder_fixture.py
"""

import argparse
import json
import shutil
import tempfile
from pathlib import Path

import peft
import torch
import transformers
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import Gemma2Config, Gemma2ForCausalLM, GPTNeoXConfig, GPTNeoXForCausalLM, LlamaConfig, LlamaForCausalLM

VOCAB_SIZE = 320
CORPUS = [
    "면접 시작 (발화 시작) 안녕! 준비됐어? (발화 종료)",
    "손실 함수가 뭔지 설명해 줄래? (발화 종료)",
    "좋아, 맞았어! 그럼 LoRA 와 QLoRA 의 차이는? (발화 종료)",
]
TEXTS = [
    [5, 17, 300, 42, 42, 9, 128, 7, 255, 31, 64, 2, 99],
    [0],
    [319, 1, 318, 2],
]
LLAMA = dict(
    vocab_size=VOCAB_SIZE,
    hidden_size=48,
    num_hidden_layers=2,
    num_attention_heads=6,
    num_key_value_heads=2,
    head_dim=16,
    intermediate_size=80,
    max_position_embeddings=128,
    rms_norm_eps=1e-5,
    tie_word_embeddings=True,
    rope_parameters=dict(
        rope_type="llama3",
        rope_theta=8_000_000.0,
        factor=8.0,
        low_freq_factor=1.0,
        high_freq_factor=4.0,
        original_max_position_embeddings=32,
    ),
    bos_token_id=0,
    eos_token_id=1,
)
NEOX = dict(
    vocab_size=VOCAB_SIZE,
    hidden_size=64,
    num_hidden_layers=2,
    num_attention_heads=4,
    intermediate_size=96,
    max_position_embeddings=128,
    rotary_pct=0.5,
    use_parallel_residual=True,
    hidden_act="gelu",
    layer_norm_eps=1e-5,
    tie_word_embeddings=False,
    bos_token_id=0,
    eos_token_id=1,
)
GEMMA2 = dict(
    vocab_size=VOCAB_SIZE,
    hidden_size=48,
    num_hidden_layers=2,
    num_attention_heads=4,
    num_key_value_heads=2,
    head_dim=16,
    intermediate_size=80,
    max_position_embeddings=128,
    rms_norm_eps=1e-6,
    query_pre_attn_scalar=20,
    sliding_window=5,
    attn_logit_softcapping=4.0,
    final_logit_softcapping=8.0,
    bos_token_id=0,
    eos_token_id=1,
    # The only one that caps the scores of attention.
    attn_implementation="eager",
)


def build_tokenizer():
    """Byte-level BPE: a Korean syllable is often split over several tokens."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCAB_SIZE - 2,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        special_tokens=["<|begin|>", "<|end|>"],
        show_progress=False,
    )
    tokenizer.train_from_iterator(CORPUS, trainer)
    return tokenizer


def randomize(model, seed, part=""):
    """Random biases and norms too: at their defaults a loader could swap them unseen."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, tensor in model.named_parameters():
            if part not in name:
                continue
            noise = torch.randn(tensor.shape, generator=generator)
            if name.endswith("bias"):
                tensor.copy_(0.1 * noise)
            elif tensor.dim() == 1:
                # Gemma adds the one itself.
                tensor.copy_(0.2 * noise + (0.0 if model.config.model_type == "gemma2" else 1.0))
            else:
                tensor.copy_(0.15 * noise)
    return model.eval()


def expect(folder, model):
    """One row of logits a line keeps the file small and its diffs readable."""
    lines = []
    for ids in TEXTS:
        with torch.no_grad():
            logits = model(torch.tensor([ids])).logits[0]
        rows = [[round(value, 4) for value in row.tolist()] for row in logits]
        lines.append(json.dumps({"ids": ids, "logits": rows}, separators=(",", ":")))
    (folder / "expected.json").write_text('{"texts":[\n' + ",\n".join(lines) + "\n]}\n")


def write_model(folder, model, tokenizer):
    folder.mkdir(parents=True, exist_ok=True)
    model.save_pretrained(folder)
    (folder / "model.safetensors").chmod(0o644)
    tokenizer.save(str(folder / "tokenizer.json"), pretty=False)
    expect(folder, model)
    report(folder)


def write_adapter(folder, model, targets, seed, **options):
    config = peft.LoraConfig(task_type="CAUSAL_LM", target_modules=targets, **options)
    adapted = randomize(peft.get_peft_model(model, config), seed, part="lora_")
    with tempfile.TemporaryDirectory() as scratch:
        adapted.save_pretrained(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        for name in ("adapter_config.json", "adapter_model.safetensors"):
            shutil.copyfile(Path(scratch) / name, folder / name)
    expect(folder, adapted.merge_and_unload())
    report(folder)


def report(folder):
    print(f"{folder}: {sum(p.stat().st_size for p in folder.iterdir()):,} bytes")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out-dir", type=Path, default=Path("tests/fixtures"))
    parser.add_argument("--seed", type=int, default=11)
    args = parser.parse_args()

    torch.set_num_threads(1)
    transformers.logging.disable_progress_bar()
    tokenizer = build_tokenizer()

    llama = lambda: randomize(LlamaForCausalLM(LlamaConfig(**LLAMA)), args.seed)
    neox = lambda: randomize(GPTNeoXForCausalLM(GPTNeoXConfig(**NEOX)), args.seed + 1)
    write_model(args.out_dir / "tiny-llama", llama(), tokenizer)
    write_model(args.out_dir / "tiny-neox", neox(), tokenizer)
    gemma = randomize(Gemma2ForCausalLM(Gemma2Config(**GEMMA2)), args.seed + 4)
    write_model(args.out_dir / "tiny-gemma2", gemma, tokenizer)

    projections = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
    write_adapter(args.out_dir / "tiny-llama-adapter", llama(), projections, args.seed + 2, r=4, lora_alpha=8)
    fused = ["query_key_value", "dense"]
    write_adapter(
        args.out_dir / "tiny-neox-adapter", neox(), fused, args.seed + 3, r=3, lora_alpha=6, use_rslora=True
    )


if __name__ == "__main__":
    main()

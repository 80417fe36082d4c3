#!/usr/bin/env python3
"""Write two tiny random encoders with Hugging Face's own outputs, for ohlora's loader tests.

tests/fixtures/tiny-roberta has the shape of klue/roberta-base (RoBERTa with a WordPiece
tokenizer, special tokens [CLS] 0, [PAD] 1, [SEP] 2, [UNK] 3, [MASK] 4; case kept), and
tests/fixtures/tiny-bert is a BERT of the same size whose tokenizer lower-cases. Each folder holds
config.json, model.safetensors, tokenizer.json, tokenizer_config.json and expected.json:

    {"texts": [{"text", "ids", "first", "last", "mean"}],
     "batch": {"texts", "input_ids", "attention_mask", "rows": [{"first", "last", "mean"}]}}

`first` and `last` are rows of last_hidden_state, `last` being the last token that is not padding;
`mean` is the mean over the tokens that are not padding, not normalized.

    python tools/make_roberta_fixture.py
"""

import argparse
import json
from pathlib import Path

import torch
import transformers
from tokenizers import Tokenizer, decoders, normalizers, pre_tokenizers, processors
from tokenizers.models import WordPiece
from transformers import BertConfig, BertModel, RobertaConfig, RobertaModel

SPECIALS = ["[CLS]", "[PAD]", "[SEP]", "[UNK]", "[MASK]"]
PIECES = """
a b c d e g i l m n o r s t u L o R A ##a ##b ##c ##d ##e ##g ##i ##l ##m ##n ##o ##r ##s ##t ##u ##A ##R
loss batch model train ##ing ##ization regular LoRA
. , ! ? ( ) 0 1 2 3 - =
과 적 합 학 습 손 실 모 델 데이터 정규 안녕 면접 과적합 학습 손실 모델 함수 기울기 네 음
##적 ##합 ##습 ##실 ##델 ##은 ##는 ##이 ##가 ##을 ##를 ##의 ##에 ##화 ##함수 ##입니다 ##이에요 ##하세요 ##요 ##다
""".split()
VOCAB_SIZE = 120
MAX_POSITIONS = 80
TEXTS = [
    "과적합은 학습 데이터에 모델이 맞는 현상입니다.",
    "안녕하세요!",
    "손실함수를 batch 1 에 3 번 train?",
    "LoRA regularization loss = 0.12",
    "lora training (model)",
    "네",
    "unknown 漢字 🙂 글자",
    " ".join(["학습 데이터의 손실은 모델이"] * 7),
]
BATCH = [0, 1, 3, 5]
SIZES = dict(
    vocab_size=VOCAB_SIZE,
    hidden_size=32,
    num_hidden_layers=3,
    num_attention_heads=4,
    intermediate_size=64,
    max_position_embeddings=MAX_POSITIONS,
    pad_token_id=1,
    layer_norm_eps=1e-5,
    hidden_act="gelu",
    # Large enough for attention to be far from uniform.
    initializer_range=0.3,
)


def vocabulary():
    """Special tokens and pieces, filled up with [unusedN]."""
    tokens = list(dict.fromkeys(SPECIALS + PIECES))
    if len(tokens) > VOCAB_SIZE:
        raise SystemExit(f"{len(tokens)} pieces do not fit {VOCAB_SIZE}")
    tokens += [f"[unused{i}]" for i in range(VOCAB_SIZE - len(tokens))]
    return {token: i for i, token in enumerate(tokens)}


def build_tokenizer(lower_case):
    """BERT's WordPiece tokenizer.

    Accents are kept: with `strip_accents` left open, lower-casing would bring NFD along, which
    takes Hangul apart into jamo, and no Hangul piece would ever match.
    """
    vocab = vocabulary()
    tok = Tokenizer(WordPiece(vocab, unk_token="[UNK]", max_input_chars_per_word=100))
    tok.normalizer = normalizers.BertNormalizer(
        clean_text=True, handle_chinese_chars=True, strip_accents=False, lowercase=lower_case
    )
    tok.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tok.post_processor = processors.TemplateProcessing(
        single="[CLS]:0 $A:0 [SEP]:0",
        pair="[CLS]:0 $A:0 [SEP]:0 $B:1 [SEP]:1",
        special_tokens=[(t, vocab[t]) for t in ("[CLS]", "[SEP]")],
    )
    tok.decoder = decoders.WordPiece(prefix="##")
    tok.add_special_tokens(SPECIALS)
    return tok


def tokenizer_config(lower_case):
    return {
        "tokenizer_class": "BertTokenizer",
        "do_lower_case": lower_case,
        "do_basic_tokenize": True,
        "tokenize_chinese_chars": True,
        "strip_accents": False,
        "cls_token": "[CLS]",
        "pad_token": "[PAD]",
        "sep_token": "[SEP]",
        "unk_token": "[UNK]",
        "mask_token": "[MASK]",
        "model_max_length": MAX_POSITIONS - 2,
    }


def randomize(model, seed):
    """Random biases and LayerNorms too: at their defaults a loader could swap them unseen."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, tensor in model.named_parameters():
            noise = torch.randn(tensor.shape, generator=generator)
            if "LayerNorm.weight" in name:
                tensor.copy_(1.0 + 0.2 * noise)
            elif name.endswith("bias"):
                tensor.copy_(0.1 * noise)
            else:
                tensor.copy_(SIZES["initializer_range"] * noise)
    return model.eval()


def numbers(row):
    return [round(v, 6) for v in row.tolist()]


def summary(hidden, length):
    """What expected.json says of one text's hidden states."""
    return {
        "first": numbers(hidden[0]),
        "last": numbers(hidden[length - 1]),
        "mean": numbers(hidden[:length].mean(0)),
    }


def hidden_states(model, ids, mask):
    with torch.no_grad():
        return model(input_ids=torch.tensor(ids), attention_mask=torch.tensor(mask)).last_hidden_state


def expect_text(model, tokenizer, text):
    ids = tokenizer.encode(text).ids
    hidden = hidden_states(model, [ids], [[1] * len(ids)])[0]
    return {"text": text, "ids": ids, **summary(hidden, len(ids))}


def expect_batch(model, tokenizer, texts):
    rows = [tokenizer.encode(text).ids for text in texts]
    longest = max(map(len, rows))
    ids = [row + [SIZES["pad_token_id"]] * (longest - len(row)) for row in rows]
    mask = [[1] * len(row) + [0] * (longest - len(row)) for row in rows]
    hidden = hidden_states(model, ids, mask)
    return {
        "texts": texts,
        "input_ids": ids,
        "attention_mask": mask,
        "rows": [summary(h, len(row)) for h, row in zip(hidden, rows)],
    }


def write_json(path, value):
    path.write_text(json.dumps(value, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def write_expected(path, value):
    """One text a line keeps the file small and its diffs readable."""
    compact = lambda v: json.dumps(v, ensure_ascii=False, separators=(",", ":"))
    texts = ",\n".join(map(compact, value["texts"]))
    path.write_text(f'{{"texts":[\n{texts}\n],\n"batch":{compact(value["batch"])}}}\n', encoding="utf-8")


def write_fixture(folder, model, lower_case):
    tokenizer = build_tokenizer(lower_case)
    folder.mkdir(parents=True, exist_ok=True)
    model.save_pretrained(folder)
    (folder / "model.safetensors").chmod(0o644)  # safetensors writes for the owner alone
    tokenizer.save(str(folder / "tokenizer.json"), pretty=False)
    write_json(folder / "tokenizer_config.json", tokenizer_config(lower_case))
    texts = [expect_text(model, tokenizer, text) for text in TEXTS]
    batch = expect_batch(model, tokenizer, [TEXTS[i] for i in BATCH])
    write_expected(folder / "expected.json", {"texts": texts, "batch": batch})
    size = sum(p.stat().st_size for p in folder.iterdir())
    print(f"{folder}: {size:,} bytes, {[len(t['ids']) for t in texts]} tokens")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out-dir", type=Path, default=Path("tests/fixtures"))
    parser.add_argument("--seed", type=int, default=7)
    args = parser.parse_args()

    torch.set_num_threads(1)
    transformers.logging.disable_progress_bar()
    roberta = RobertaModel(
        RobertaConfig(**SIZES, type_vocab_size=1, bos_token_id=0, eos_token_id=2), add_pooling_layer=False
    )
    bert = BertModel(BertConfig(**SIZES, type_vocab_size=2), add_pooling_layer=False)
    write_fixture(args.out_dir / "tiny-roberta", randomize(roberta, args.seed), lower_case=False)
    write_fixture(args.out_dir / "tiny-bert", randomize(bert, args.seed + 1), lower_case=True)


if __name__ == "__main__":
    main()

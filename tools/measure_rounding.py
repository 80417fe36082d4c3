#!/usr/bin/env python3
"""What rounding costs a language model: its weights in blocks of several kinds, kinds mixed by matrix.

    pip install torch transformers numpy
    python tools/measure_rounding.py --model models/nano --rows content/ml-interview-ko/dialogue

The blocks are those of `ohlora models quantize` (ggml's Q4_0, Q4_1 and Q8_0, 32 weights to a scale), made
here with numpy; activations stay in f32. For each mix the table has the bits a weight, head and embeddings
left out, what the replies of the rows cost in nats a token beyond what they cost the model as it is, and
how far the predictions move (Kullback-Leibler divergence, nats a token).
"""

import argparse
import csv
from pathlib import Path

import numpy as np
import torch
from transformers import LlamaForCausalLM, PreTrainedTokenizerFast

BITS = {"q4_0": 4.5, "q4_1": 5.0, "q8_0": 8.5}
# By the end of a matrix's name; whatever is not named is `rest`.
MIXES = [
    {"rest": "q4_0"},
    {"rest": "q4_0", "v_proj": "q8_0"},
    {"rest": "q4_0", "down_proj": "q4_1"},
    {"rest": "q4_0", "down_proj": "q8_0"},
    {"rest": "q4_0", "down_proj": "q8_0", "v_proj": "q8_0"},
    {"rest": "q4_1", "gate_proj": "q4_0", "up_proj": "q4_0"},
    {"rest": "q4_1"},
    {"rest": "q4_1", "v_proj": "q8_0"},
    {"rest": "q4_1", "down_proj": "q8_0"},
    {"rest": "q8_0"},
]


def rounded(weight, kind):
    """The weights as they come out of their blocks again."""
    blocks = weight.reshape(-1, 32).astype(np.float32)

    def half(values):
        return values.astype(np.float16).astype(np.float32)

    def steps(scale):
        return np.divide(1, scale, out=np.zeros_like(scale), where=scale != 0)

    if kind == "q8_0":
        scale = np.abs(blocks).max(1, keepdims=True) / 127
        out = np.round(blocks * steps(scale)) * half(scale)
    elif kind == "q4_1":
        low = blocks.min(1, keepdims=True)
        scale = (blocks.max(1, keepdims=True) - low) / 15
        codes = np.clip(np.floor((blocks - low) * steps(scale) + 0.5), 0, 15)
        out = codes * half(scale) + half(low)
    else:
        farthest = np.take_along_axis(blocks, np.abs(blocks).argmax(1)[:, None], 1)
        scale = farthest / -8
        codes = np.clip(np.floor(blocks * steps(scale) + 8.5), 0, 15)
        out = (codes - 8) * half(scale)
    return out.reshape(weight.shape)


def replies(folder, most):
    """Replies of the rows of a file, or of all files of a folder; at most so many, spread over all."""
    texts = []
    folder = Path(folder)
    for path in sorted(folder.glob("*.csv")) if folder.is_dir() else [folder]:
        with open(path, newline="") as file:
            texts += [row["output_data"] for row in csv.DictReader(file)]
    return texts[:: max(len(texts) // most, 1)][:most]


@torch.no_grad()
def predictions(model, tokens):
    return [torch.log_softmax(model(ids).logits[0, :-1].float(), -1) for ids in tokens]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default="models/nano")
    parser.add_argument("--rows", default="content/ml-interview-ko/dialogue")
    parser.add_argument("--count", type=int, default=300)
    args = parser.parse_args()
    tokenizer = PreTrainedTokenizerFast(tokenizer_file=f"{args.model}/tokenizer.json")
    model = LlamaForCausalLM.from_pretrained(args.model, dtype=torch.float32).eval()
    texts = replies(args.rows, args.count)
    tokens = [torch.tensor([tokenizer.encode(text)]) for text in texts]
    tokens = [ids for ids in tokens if ids.shape[1] > 1]
    exact = predictions(model, tokens)
    count = sum(len(p) for p in exact)

    def cost(predicted):
        nats = (-p.gather(1, ids[0, 1:, None]).sum() for p, ids in zip(predicted, tokens))
        return float(sum(nats)) / count

    linear = {n: p for n, p in model.named_parameters() if p.dim() == 2 and "proj" in n}
    ends = [n for n, _ in model.named_parameters() if "embed_tokens" in n or "lm_head" in n]
    original = {n: p.detach().numpy().copy() for n, p in model.named_parameters()}
    base = cost(exact)
    print(f"{len(tokens)} replies, {count} tokens, {base:.4f} nats a token unrounded\n")
    print("| mix (head and embeddings q8_0) | bits a weight | nats more a token | divergence |")
    print("|---|---|---|---|")
    for mix in MIXES:
        bits = weights = 0
        with torch.no_grad():
            for name in ends:
                dict(model.named_parameters())[name].copy_(
                    torch.from_numpy(rounded(original[name], "q8_0"))
                )
            for name, parameter in linear.items():
                kinds = (kind for end, kind in mix.items() if f".{end}." in name)
                kind = next(kinds, mix["rest"])
                parameter.copy_(torch.from_numpy(rounded(original[name], kind)))
                bits += BITS[kind] * parameter.numel()
                weights += parameter.numel()
        now = predictions(model, tokens)
        moved = sum(float((p.exp() * (p - q)).sum()) for p, q in zip(exact, now)) / count
        label = ", ".join(f"{end} {kind}" for end, kind in mix.items())
        print(f"| {label} | {bits / weights:.2f} | {cost(now) - base:+.4f} | {moved:.4f} |", flush=True)


if __name__ == "__main__":
    main()

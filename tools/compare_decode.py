#!/usr/bin/env python3
"""Decode and prefill speed of ohlora beside llama.cpp's: the same GGUF file, prompt and threads, in turns.

    cargo build --release
    pip install llama-cpp-python
    python tools/compare_decode.py runs/smollm2/model.gguf
    python tools/compare_decode.py --random-kanana runs/kanana-shape.gguf

llama.cpp's figures are those of its own counters, which leave sampling and text out; ours are those of
`ohlora generate --json`, sampling and text included. Each round runs both; the table holds the best
round of each, since whatever else the machine does only ever slows them. `--random-kanana` first writes a random model of
Kanana-1.5-2.1B's exact shape in Q4_0 (head and embeddings Q8_0), where the file is not there yet; with `--mix pulled`, in the
mix that `ohlora models pull` rounds to (Q4_1, values Q8_0).
"""

import argparse
import json
import subprocess
from pathlib import Path

WORDS = "gravity bends the light of every star that passes near a heavy body and so we see it twice "


def write_random_kanana(path, mix):
    """A GGUF file with Kanana's shape, random weights and a tokenizer of single bytes."""
    import gguf
    import numpy as np

    rng = np.random.default_rng(1)
    layers, hidden, inner, heads, kv_heads, size, vocab = 32, 1792, 8064, 24, 8, 128, 128259
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_name("random weights in Kanana's shape")
    writer.add_block_count(layers)
    writer.add_context_length(4096)
    writer.add_embedding_length(hidden)
    writer.add_feed_forward_length(inner)
    writer.add_head_count(heads)
    writer.add_head_count_kv(kv_heads)
    writer.add_key_length(size)
    writer.add_value_length(size)
    writer.add_rope_dimension_count(size)
    writer.add_rope_freq_base(500000.0)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_vocab_size(vocab)
    writer.add_file_type(gguf.LlamaFileType.MOSTLY_Q4_0)
    tokens, seen = [], 0
    for byte in range(256):
        printable = 33 <= byte <= 126 or 161 <= byte <= 172 or 174 <= byte <= 255
        tokens.append(chr(byte if printable else 256 + seen))
        seen += not printable
    tokens.append("ab")
    tokens += [f"<unused{i}>" for i in range(vocab - 257)]
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("llama-bpe")
    writer.add_token_list(tokens)
    writer.add_token_types([1] * 257 + [5] * (vocab - 257))
    writer.add_token_merges(["a b"])
    writer.add_add_bos_token(False)
    writer.add_eos_token_id(vocab - 1)

    def matrix(name, rows, cols, kind):
        # Bytes of a block; its scale, and of Q4_1 its least value, in 16 bits each.
        block, head = {q4: (18, [0.01]), q4_1: (20, [0.01, -0.075]), q8: (34, [0.0006])}[kind]
        data = rng.integers(0, 256, (rows, cols // 32, block), dtype=np.uint8)
        head = np.array(head, dtype=np.float16).tobytes()
        data[:, :, : len(head)] = np.frombuffer(head, dtype=np.uint8)
        writer.add_tensor(name, data.reshape(rows, -1), raw_dtype=kind)

    kinds = gguf.GGMLQuantizationType
    q4, q4_1, q8 = kinds.Q4_0, kinds.Q4_1, kinds.Q8_0
    others, values = (q4_1, q8) if mix == "pulled" else (q4, q4)
    matrix("token_embd.weight", vocab, hidden, q8)
    writer.add_tensor("output_norm.weight", np.ones(hidden, dtype=np.float32))
    for layer in range(layers):
        for name, rows, cols in [
            ("attn_q", heads * size, hidden),
            ("attn_k", kv_heads * size, hidden),
            ("attn_v", kv_heads * size, hidden),
            ("attn_output", hidden, heads * size),
            ("ffn_gate", inner, hidden),
            ("ffn_up", inner, hidden),
            ("ffn_down", hidden, inner),
        ]:
            matrix(f"blk.{layer}.{name}.weight", rows, cols, values if name == "attn_v" else others)
        for name in ["attn_norm", "ffn_norm"]:
            writer.add_tensor(f"blk.{layer}.{name}.weight", np.ones(hidden, dtype=np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


class LlamaCpp:
    """llama.cpp in this process."""

    def __init__(self, model, threads, context):
        import llama_cpp

        self.api = llama_cpp
        self.llm = llama_cpp.Llama(
            str(model), n_threads=threads, n_threads_batch=threads, n_ctx=context, verbose=False
        )

    def run(self, prompt, tokens):
        """Tokens per second of prefill and decode."""
        api, llm = self.api, self.llm
        ids = llm.tokenize(prompt.encode(), add_bos=False, special=True)
        llm.reset()
        api.llama_memory_clear(api.llama_get_memory(llm.ctx), True)
        api.llama_perf_context_reset(llm.ctx)
        llm.eval(ids)
        for _ in range(tokens - 1):
            llm.eval([llm.sample(temp=0.0)])
        perf = api.llama_perf_context(llm.ctx)
        prefill = perf.n_p_eval / perf.t_p_eval_ms * 1e3
        return len(ids), prefill, perf.n_eval / perf.t_eval_ms * 1e3


def ohlora(binary, model, prompt, tokens, threads):
    """Prompt tokens, and tokens per second of prefill and decode."""
    command = [binary, "generate", "--model", str(model), "--prompt", prompt, "--json"]
    command += ["--max-tokens", str(tokens)]
    env = {"RAYON_NUM_THREADS": str(threads), "HOME": str(Path.home()), "PATH": "/usr/bin:/bin"}
    done = subprocess.run(command, env=env, check=True, capture_output=True, text=True)
    line = json.loads(done.stdout.strip().splitlines()[-1])
    if line["tokens"] < tokens:
        raise SystemExit(f"ohlora stopped after {line['tokens']} tokens: choose another prompt")
    return line["prompt_tokens"], line["prefill_tokens_per_s"], line["decode_tokens_per_s"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("model", type=Path)
    parser.add_argument("--random-kanana", action="store_true")
    parser.add_argument("--mix", choices=["q4_0", "pulled"], default="q4_0")
    parser.add_argument("--binary", default="target/release/ohlora")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--tokens", type=int, default=64)
    parser.add_argument("--prompt-tokens", type=int, default=128, help="about so many")
    args = parser.parse_args()
    if args.random_kanana and not args.model.exists():
        args.model.parent.mkdir(parents=True, exist_ok=True)
        write_random_kanana(args.model, args.mix)
    peer = LlamaCpp(args.model, args.threads, args.prompt_tokens * 2 + args.tokens + 64)
    words = WORDS * (args.prompt_tokens // 19 + 1)
    ids = peer.llm.tokenize(words.encode(), add_bos=False)[: args.prompt_tokens]
    prompt = peer.llm.detokenize(ids).decode(errors="ignore").strip()
    rows = []
    for _ in range(args.rounds):
        theirs = peer.run(prompt, args.tokens)
        ours = ohlora(args.binary, args.model, prompt, args.tokens, args.threads)
        rows.append((theirs, ours))
        print(f"llama.cpp {theirs[1]:7.1f} {theirs[2]:6.1f}   ohlora {ours[1]:7.1f} {ours[2]:6.1f}")
    print(f"\n{args.model.name}: prompt of {rows[0][1][0]} tokens, {args.tokens} generated, {args.threads} threads")
    print("| tokens/s | llama.cpp | ohlora | ratio |\n|---|---|---|---|")
    for index, what in [(1, "prefill"), (2, "decode")]:
        theirs = max(row[0][index] for row in rows)
        ours = max(row[1][index] for row in rows)
        ratio = ours / theirs
        print(f"| {what} | {theirs:.1f} | {ours:.1f} | {ratio:.2f} |")


if __name__ == "__main__":
    main()

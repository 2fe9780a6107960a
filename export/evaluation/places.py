"""Bits a character at many places of a text, each from the zero state.

A place is 80 characters of catch-up, which are read and not counted, and the 400 after them. That
is how the appliance meets a text: it reads 80 characters in one run and then one at a time.
"""

from dataclasses import asdict, dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from appliance.engine.ensemble import CATCH_UP
from export.streams import encode

COUNTED = 400
ROWS = 128  # places read at once; more are no faster
State = tuple[NDArray[np.float32], ...]


class Reader(Protocol):
    """What is measured: appliance.engine.model.Model, or anything that reads as it does."""

    def zero(self, batch: int = 1) -> State:
        """Return the state at the beginning of `batch` texts."""
        ...

    def logits(self, tokens: NDArray[np.int64], state: State) -> tuple[NDArray[np.float32], State]:
        """Read tokens (B, T); return logits (B, 128) after the last one, and the new state."""
        ...


@dataclass(frozen=True, slots=True)
class Bits:
    """Bits a character: over all counted characters, and at the worst place."""

    mean: float
    worst: float  # mean of the worst place's counted characters
    worst_at: int  # which place that is
    places: int
    characters: int  # counted

    def as_dict(self) -> dict[str, float]:
        """Return the figures by name."""
        return asdict(self)


def places(text: str, *, most: int | None = None, counted: int = COUNTED) -> NDArray[np.int64]:
    """Cut a text into places whose counted characters follow each other, shape (N, 80 + counted).

    Together they count the whole text but its first 80 characters and a rest too short for a place;
    if there are more than `most`, as many are taken, evenly spread. ValueError if there is none.
    """
    codes = encode(text)
    starts = np.arange(0, len(codes) - CATCH_UP - counted + 1, counted)
    if len(starts) == 0:
        raise ValueError(
            f"a text of {len(codes)} characters is too short to be measured: "
            f"it takes at least {CATCH_UP + counted}"
        )
    if most is not None and len(starts) > most:
        starts = starts[np.linspace(0, len(starts) - 1, most).astype(np.int64)]
    chosen = codes[starts[:, None] + np.arange(CATCH_UP + counted)]
    return np.asarray(chosen, dtype=np.int64)


def counted_text(chosen: NDArray[np.int64]) -> str:
    """Return the counted characters of places (N, 80 + counted), one place after the other."""
    return chosen[:, CATCH_UP:].astype(np.uint8).tobytes().decode("ascii")


def log2_softmax(logits: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return the logarithms to base 2 of the distributions that logits (..., 128) stand for."""
    shifted = logits.astype(np.float64)
    shifted -= shifted.max(axis=-1, keepdims=True)
    shifted -= np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    return np.asarray(shifted / np.log(2.0))


def bits_at(reader: Reader, chosen: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the bits of each counted character of places (N, 80 + counted), (N, counted)."""
    found = np.empty((len(chosen), chosen.shape[1] - CATCH_UP))
    for first in range(0, len(chosen), ROWS):
        rows = chosen[first : first + ROWS]
        each = np.arange(len(rows))
        logits, state = reader.logits(rows[:, :CATCH_UP], reader.zero(len(rows)))
        for at in range(CATCH_UP, rows.shape[1]):
            bits = -log2_softmax(logits)[each, rows[:, at]]
            found[first : first + len(rows), at - CATCH_UP] = bits
            if at + 1 < rows.shape[1]:
                logits, state = reader.logits(rows[:, at : at + 1], state)
    return found


def summary(bits: NDArray[np.float64]) -> Bits:
    """Sum up what `bits_at` returned, shape (N, counted)."""
    by_place = bits.mean(axis=1)
    worst = int(by_place.argmax())
    return Bits(float(bits.mean()), float(by_place[worst]), worst, len(bits), bits.size)

"""A million characters in one go, since nothing else ever resets a model on the wall.

What it reads is what it would meet there: 2,480 characters of its own test and validation text,
then 520 of another style's test text, as if a visitor had moved the mixture, and so on, the own
text from the start again when it ends. The state is carried all the way. On its own stretches the
model is compared, character by character, with itself from the zero state: a stretch that costs a
whole bit a character more is a place where it was lost, and one that is lost at the end of the road
has not recovered.
"""

import itertools
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

from appliance.engine.ensemble import CATCH_UP
from export.evaluation.places import Reader, State, bits_at, log2_softmax, places
from export.streams import encode

OWN, FOREIGN = 2_400, 520  # characters: counted of an own stretch; of a foreign one
STRIDE = 8  # characters read a call; the logits after the last are looked at
LOST = 1.0  # bits a character above the same model from the zero state


@dataclass(frozen=True, slots=True)
class Road:
    """How a model fared in one go."""

    characters: int  # read
    bits: float  # a character, on its own text, state carried
    zero_state_bits: float  # of the same characters, each stretch from the zero state
    worst_excess: float  # the largest difference of the two on one stretch
    stretches: int  # of its own text
    lost: int  # stretches more than LOST above
    recovered: bool  # whether the last stretch was not lost

    def as_dict(self) -> dict[str, float | bool]:
        """Return the figures by name."""
        return asdict(self)


def travel(
    reader: Reader,
    own: str,
    others: Sequence[str],
    *,
    characters: int,
    progress: Callable[[int], None] = lambda _: None,
) -> Road:
    """Read at least `characters` in one go; `progress` is told how many each stretch was.

    ValueError if the own text has fewer than 88 characters.
    """
    counted = min(OWN, len(own) - CATCH_UP) // STRIDE * STRIDE
    stretches = places(own, counted=max(counted, STRIDE))
    # Which characters are looked at: those that follow a whole number of strides.
    seen = np.arange(CATCH_UP, stretches.shape[1], STRIDE)
    reference = bits_at(reader, stretches)[:, seen - CATCH_UP].mean(axis=1)
    foreign = itertools.cycle(_pieces(others)) if others else None
    state = reader.zero(1)
    done = 0
    excess: list[float] = []
    carried: list[float] = []
    alone: list[float] = []
    for index in itertools.cycle(range(len(stretches))):
        bits, state = _read(reader, stretches[index], state)
        carried.append(float(bits[seen // STRIDE - 1].mean()))
        alone.append(float(reference[index]))
        excess.append(carried[-1] - alone[-1])
        read = stretches.shape[1]
        if done + read < characters and foreign is not None:
            _, state = _read(reader, next(foreign), state)
            read += FOREIGN
        done += read
        progress(read)
        if done >= characters:
            break
    return Road(
        characters=done,
        bits=float(np.mean(carried)),
        zero_state_bits=float(np.mean(alone)),
        worst_excess=max(excess),
        stretches=len(excess),
        lost=sum(e > LOST for e in excess),
        recovered=excess[-1] <= LOST,
    )


def _read(
    reader: Reader, codes: NDArray[np.int64], state: State
) -> tuple[NDArray[np.float64], State]:
    """Read codes (T,) by strides; return the bits of each stride's first character but the first.

    Shape (T / 8 - 1,), and the state after the last.
    """
    bits: list[float] = []
    for at in range(0, len(codes), STRIDE):
        logits, state = reader.logits(codes[None, at : at + STRIDE], state)
        if at + STRIDE < len(codes):
            bits.append(-float(log2_softmax(logits)[0, codes[at + STRIDE]]))
    return np.array(bits), state


def _pieces(others: Sequence[str]) -> list[NDArray[np.int64]]:
    """Cut other styles' texts into foreign stretches, a different style each time."""
    cut = [
        [codes[at : at + FOREIGN] for at in range(0, len(codes) - FOREIGN + 1, FOREIGN)]
        for codes in (encode(text).astype(np.int64) for text in others)
    ]
    mixed = itertools.chain.from_iterable(itertools.zip_longest(*cut))
    return [piece for piece in mixed if piece is not None]

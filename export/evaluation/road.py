"""A million characters in one go, since nothing else ever resets a model on the wall.

What it reads is what it would meet there: 2,480 characters of its own test and validation text,
then 520 of another style's test text, as if a visitor had moved the mixture, and so on, the own
text from the start again when it ends. The state is carried all the way. On its own stretches the
model is compared, character by character, with itself from the zero state: 400 characters that cost
a whole bit a character more are a place where it was lost. It has recovered if it was never lost
for more than five places, 2,000 characters of its own text, on end.
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
STRIDE = 16  # characters read a call; the logits after the last are looked at
PLACE = 400 // STRIDE  # characters looked at
MOST_ON_END = 5  # places
LOST = 1.0  # bits a character above the same model from the zero state


@dataclass(frozen=True, slots=True)
class Road:
    """How a model fared in one go."""

    characters: int  # read
    bits: float  # a character, on its own text, state carried
    zero_state_bits: float  # of the same characters, each stretch from the zero state
    worst_excess: float  # the largest difference of the two at one place
    places: int  # of 400 characters of its own text
    lost: int  # places more than LOST above
    longest: int  # most lost places on end
    recovered: bool  # whether it was never lost for longer than five places

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

    ValueError if the own text has fewer than 96 characters.
    """
    counted = min(OWN, len(own) - CATCH_UP) // STRIDE * STRIDE
    stretches = places(own, counted=max(counted, STRIDE))
    # Which characters are looked at: those that follow a whole number of strides.
    seen = np.arange(CATCH_UP, stretches.shape[1], STRIDE)
    reference = bits_at(reader, stretches)[:, seen - CATCH_UP]
    foreign = itertools.cycle(_pieces(others)) if others else None
    state = reader.zero(1)
    done = 0
    excess: list[float] = []  # of each place
    carried: list[float] = []  # of each stretch
    alone: list[float] = []
    for index in itertools.cycle(range(len(stretches))):
        bits, state = _read(reader, stretches[index], state)
        own_bits = bits[seen // STRIDE - 1]
        carried.append(float(own_bits.mean()))
        alone.append(float(reference[index].mean()))
        excess += _by_place(own_bits - reference[index])
        read = stretches.shape[1]
        if done + read < characters and foreign is not None:
            _, state = reader.logits(next(foreign)[None], state)
            read += FOREIGN
        done += read
        progress(read)
        if done >= characters:
            break
    longest = max(_runs([e > LOST for e in excess]), default=0)
    return Road(
        characters=done,
        bits=float(np.mean(carried)),
        zero_state_bits=float(np.mean(alone)),
        worst_excess=max(excess),
        places=len(excess),
        lost=sum(e > LOST for e in excess),
        longest=longest,
        recovered=longest <= MOST_ON_END,
    )


def _by_place(differences: NDArray[np.float64]) -> list[float]:
    """Return the mean of each place of a stretch; what is too short for one joins the last."""
    count = max(1, len(differences) // PLACE)
    cuts = [PLACE * number for number in range(1, count)]
    return [float(place.mean()) for place in np.split(differences, cuts)]


def _runs(lost: Sequence[bool]) -> list[int]:
    """Return how many follow each other in each run of lost places."""
    return [len(list(run)) for was_lost, run in itertools.groupby(lost) if was_lost]


def _read(
    reader: Reader, codes: NDArray[np.int64], state: State
) -> tuple[NDArray[np.float64], State]:
    """Read codes (T,) by strides; return the bits of each stride's first character but the first.

    Shape (T / 16 - 1,), and the state after the last.
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

"""What the engine says."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from appliance.wire.inward import Active, Puck
from appliance.wire.message import (
    CHARACTERS,
    COLOUR,
    MOST_STYLES,
    SLUG,
    Language,
    Message,
    OfPairs,
    WireError,
    within,
)


def _ascii(address: str, text: str) -> None:
    if not text.isascii():
        raise WireError(f"{address} has a character that no style writes")


@dataclass(frozen=True, slots=True)
class Hello(Message):
    """The answer to a subscription: who speaks, in which version of this language."""

    version: int
    run: int
    joint: str
    temperature: float
    pace: float
    hold: int
    address: ClassVar[str] = "/hello"
    types: ClassVar[str] = "iisffi"

    def __post_init__(self) -> None:
        within(self.address, self.temperature, 0.0, 2.0)
        within(self.address, self.pace, 0.0, 100.0)
        within(self.address, self.hold, 0, 1)


@dataclass(frozen=True, slots=True)
class StyleIs(Message):
    """One style that may play: its number on the wire, slug, title, colour, advisory."""

    number: int
    slug: str
    title: str
    colour: str
    advisory: str
    address: ClassVar[str] = "/style"
    types: ClassVar[str] = "issss"

    def __post_init__(self) -> None:
        within(self.address, self.number, 0, MOST_STYLES - 1)
        if not SLUG.fullmatch(self.slug):
            raise WireError(f"{self.address} takes a slug of small letters, digits and _")
        if not COLOUR.fullmatch(self.colour):
            raise WireError(f"{self.address} takes a colour of the form #rrggbb")


@dataclass(frozen=True, slots=True)
class Text(Message):
    """The page: the text from index `start` to before `end`, or as much of its end as is kept.

    `authors` has one letter a character, `author(number)` of the style, a space for nobody.
    """

    run: int
    start: int
    end: int
    text: str
    authors: str
    address: ClassVar[str] = "/text"
    types: ClassVar[str] = "iiiss"

    def __post_init__(self) -> None:
        if len(self.text) != len(self.authors) or len(self.text) > self.end - self.start:
            raise WireError(f"{self.address} needs an author for each character of the page")
        _ascii(self.address, self.text)


@dataclass(frozen=True, slots=True)
class Character(Message):
    """The character at an index of a run, with the end of the page up to and including it.

    `start` is the index at which this page begins; a new one means that the text began anew.
    """

    run: int
    index: int
    start: int
    tail: str
    authors: str
    entropy: float
    address: ClassVar[str] = "/character"
    types: ClassVar[str] = "iiissf"

    def __post_init__(self) -> None:
        page = self.index + 1 - self.start
        if not 0 < len(self.tail) <= page or len(self.tail) != len(self.authors):
            raise WireError(
                f"{self.address} needs a tail, and an author for each of its characters"
            )
        _ascii(self.address, self.tail)
        within(self.address, self.entropy, 0.0, 7.0)


@dataclass(frozen=True, slots=True)
class WeightsAre(OfPairs):
    """The mixture as it stands, summing to 1; none at all is silence."""

    address: ClassVar[str] = "/weights/are"


@dataclass(frozen=True, slots=True)
class ActiveAre(Active):
    """The styles that are chosen."""

    address: ClassVar[str] = "/active/are"


@dataclass(frozen=True, slots=True)
class Attribution(OfPairs):
    """Each heard style's share of the drawn character's probability, summing to 1."""

    address: ClassVar[str] = "/attribution"


@dataclass(frozen=True, slots=True)
class JointIs(Message):
    """What the character was drawn from: 128 probabilities as big-endian 32-bit floats."""

    blob: bytes
    address: ClassVar[str] = "/joint"
    types: ClassVar[str] = "b"

    def __post_init__(self) -> None:
        if len(self.blob) != 4 * CHARACTERS:
            raise WireError(f"{self.address} takes {CHARACTERS} floats")
        if not np.isfinite(np.frombuffer(self.blob, dtype=">f4")).all():
            raise WireError(f"{self.address} has a probability that is not finite")

    def values(self) -> NDArray[np.float32]:
        """Return the probabilities, shape (128,)."""
        return np.frombuffer(self.blob, dtype=">f4").astype(np.float32)


@dataclass(frozen=True, slots=True)
class Next(JointIs):
    """What the character after `index` of a run would be drawn from as things stand."""

    run: int
    index: int
    address: ClassVar[str] = "/next"
    types: ClassVar[str] = "bii"


@dataclass(frozen=True, slots=True)
class Distribution(JointIs):
    """What one style expects next, before guard and temperature: 128 floats, as in the joint."""

    slug: str
    address: ClassVar[str] = "/distribution"
    types: ClassVar[str] = "bs"


@dataclass(frozen=True, slots=True)
class Status(Message):
    """How the engine is: its state in a word, one sentence for the technician, and counts.

    `state` is `starting`, `typing`, `silent`, `held` or `closed`; `pace` is measured, characters a
    second. `resting` styles are heavy enough and rest to hold the pace. Of a hundred ticks one is
    later than `late` milliseconds. `computing` names what the networks run on.
    """

    state: str
    sentence: str
    pace: float
    characters: int
    renewals: int
    dropped: int
    resting: int
    late: float
    computing: str
    address: ClassVar[str] = "/status"
    types: ClassVar[str] = "ssfiiiifs"


OUTWARD: Language = {
    m.address: m
    for m in (
        Hello, StyleIs, Text, Character, WeightsAre, ActiveAre, Attribution, Distribution,
        JointIs, Next, Status, Puck,
    )
}  # fmt: skip

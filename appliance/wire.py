"""The language of the piece: OSC messages, towards the engine and from it.

Engine and stage speak it with each other, and so may anybody's patch: docs/osc.md describes each
address. Every message is a frozen value that checks itself; whatever cannot be read raises
WireError and is for the receiver to count and drop. OSC 1.0: https://opensoundcontrol.org/spec-1_0
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from appliance import osc

LARGEST = osc.LARGEST
WireError = osc.WireError

VERSION = 1
CHARACTERS = 128
MOST_STYLES = 64
COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
NOBODY = " "  # the author of what no style wrote
Pairs = tuple[tuple[str, float], ...]


def author(number: int) -> str:
    """Return the letter by which a style's number (0 to 63) stands as an author: 0 is "0"."""
    return chr(ord("0") + number)


@dataclass(frozen=True, slots=True)
class Message:
    """One OSC message: an address, and fields in the order of its arguments."""

    address: ClassVar[str]
    types: ClassVar[str]  # OSC type tags; a last "*" repeats the pair before it

    def arguments(self) -> list[tuple[str, Any]]:
        """Return type tags and values, in order."""
        values = [getattr(self, f.name) for f in fields(self)]
        return list(zip(self.types, values, strict=True))

    @classmethod
    def of(cls, arguments: list[Any]) -> Self:
        """Make the message from OSC arguments; WireError if they are not of its types."""
        if len(arguments) != len(cls.types):
            raise WireError(f"{cls.address} takes {len(cls.types)} arguments, not {len(arguments)}")
        return cls(*(_typed(cls.address, t, a) for t, a in zip(cls.types, arguments, strict=True)))


def _typed(address: str, tag: str, value: Any) -> Any:
    match tag:
        case "f" if isinstance(value, int | float) and not isinstance(value, bool):
            if math.isfinite(value):
                return float(value)
        case "i" if isinstance(value, int | float) and math.isfinite(value) and value == int(value):
            return int(value)  # many patchers send every number as a float
        case "s" if isinstance(value, str):
            return value
        case "b" if isinstance(value, bytes):
            return value
    raise WireError(f"{address} has a value of another type or that is not finite")


def _within(address: str, value: float, low: float, high: float) -> None:
    if not low <= value <= high:
        raise WireError(f"{address} takes {low:g} to {high:g}, not {value:g}")


@dataclass(frozen=True, slots=True)
class _OfPairs(Message):
    """A message of a style and its value, any number of times."""

    pairs: Pairs
    types: ClassVar[str] = "sf*"

    def arguments(self) -> list[tuple[str, Any]]:  # as in Message
        return [entry for slug, value in self.pairs for entry in (("s", slug), ("f", value))]

    @classmethod
    def of(cls, arguments: list[Any]) -> Self:  # as in Message
        if len(arguments) % 2 or len(arguments) > 2 * MOST_STYLES:
            raise WireError(f"{cls.address} takes styles and values in pairs")
        return cls(
            tuple(
                (_typed(cls.address, "s", slug), _typed(cls.address, "f", value))
                for slug, value in zip(arguments[::2], arguments[1::2], strict=True)
            )
        )


Language = Mapping[str, type[Message]]

# --- towards the engine -----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Weights(_OfPairs):
    """The whole mixture; a style that is not named has weight 0, all zero is silence."""

    address: ClassVar[str] = "/weights"

    def __post_init__(self) -> None:
        for _, weight in self.pairs:
            _within(self.address, weight, 0.0, 1e6)


@dataclass(frozen=True, slots=True)
class Weight(Message):
    """One style's weight; the others stay as they are."""

    slug: str
    weight: float
    address: ClassVar[str] = "/weight"
    types: ClassVar[str] = "sf"

    def __post_init__(self) -> None:
        _within(self.address, self.weight, 0.0, 1e6)


@dataclass(frozen=True, slots=True)
class Puck(Message):
    """The puck's place in the circle: x to the right, y downwards, (0.5, 0.5) the centre."""

    x: float
    y: float
    address: ClassVar[str] = "/puck"
    types: ClassVar[str] = "ff"

    def __post_init__(self) -> None:
        _within(self.address, self.x, 0.0, 1.0)
        _within(self.address, self.y, 0.0, 1.0)


@dataclass(frozen=True, slots=True)
class Active(Message):
    """The styles that are chosen; the weight of all others becomes zero."""

    slugs: tuple[str, ...]
    address: ClassVar[str] = "/active"
    types: ClassVar[str] = "s*"

    def arguments(self) -> list[tuple[str, Any]]:  # noqa: D102  # as in Message
        return [("s", slug) for slug in self.slugs]

    @classmethod
    def of(cls, arguments: list[Any]) -> Self:  # noqa: D102  # as in Message
        if len(arguments) > MOST_STYLES:
            raise WireError(f"{cls.address} takes at most {MOST_STYLES} styles")
        return cls(tuple(_typed(cls.address, "s", slug) for slug in arguments))


@dataclass(frozen=True, slots=True)
class Temperature(Message):
    """The temperature of the draw: 0 takes the likeliest character."""

    value: float
    address: ClassVar[str] = "/temperature"
    types: ClassVar[str] = "f"

    def __post_init__(self) -> None:
        _within(self.address, self.value, 0.0, 2.0)


@dataclass(frozen=True, slots=True)
class Pace(Message):
    """Characters a second; 0 is as fast as it can."""

    value: float
    address: ClassVar[str] = "/pace"
    types: ClassVar[str] = "f"

    def __post_init__(self) -> None:
        _within(self.address, self.value, 0.0, 100.0)


@dataclass(frozen=True, slots=True)
class SetJoint(Message):
    """How the distributions are joined: `linear` or `log-linear`."""

    kind: str
    address: ClassVar[str] = "/joint/kind"
    types: ClassVar[str] = "s"

    def __post_init__(self) -> None:
        if self.kind not in ("linear", "log-linear"):
            raise WireError(f"{self.address} takes linear or log-linear")


@dataclass(frozen=True, slots=True)
class Hold(Message):
    """1 stops the typewriter where it is, 0 lets it go on."""

    on: int
    address: ClassVar[str] = "/hold"
    types: ClassVar[str] = "i"

    def __post_init__(self) -> None:
        _within(self.address, self.on, 0, 1)


@dataclass(frozen=True, slots=True)
class Reset(Message):
    """Begin a new text with the opening line; the mixture stays."""

    address: ClassVar[str] = "/reset"
    types: ClassVar[str] = ""


@dataclass(frozen=True, slots=True)
class Prime(Message):
    """A text that is put on the page and read by every style."""

    text: str
    address: ClassVar[str] = "/prime"
    types: ClassVar[str] = "s"

    def __post_init__(self) -> None:
        if not 0 < len(self.text) <= 2_000:
            raise WireError(f"{self.address} takes 1 to 2,000 characters")


@dataclass(frozen=True, slots=True)
class Subscribe(Message):
    """Send me all that is drawn, at this UDP port of mine (0: the one I send from), for 30 s."""

    port: int
    version: int
    address: ClassVar[str] = "/subscribe"
    types: ClassVar[str] = "ii"

    def __post_init__(self) -> None:
        _within(self.address, self.port, 0, 65535)


@dataclass(frozen=True, slots=True)
class Unsubscribe(Message):
    """Send me no more (to the port I send from, or this one)."""

    port: int
    address: ClassVar[str] = "/unsubscribe"
    types: ClassVar[str] = "i"


# --- from the engine --------------------------------------------------------------------------


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


@dataclass(frozen=True, slots=True)
class WeightsAre(_OfPairs):
    """The mixture as it stands, summing to 1; none at all is silence."""

    address: ClassVar[str] = "/weights/are"


@dataclass(frozen=True, slots=True)
class ActiveAre(Active):
    """The styles that are chosen."""

    address: ClassVar[str] = "/active/are"


@dataclass(frozen=True, slots=True)
class Attribution(_OfPairs):
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

    def values(self) -> NDArray[np.float32]:
        """Return the probabilities, shape (128,)."""
        return np.frombuffer(self.blob, dtype=">f4").astype(np.float32)


@dataclass(frozen=True, slots=True)
class Distribution(JointIs):
    """What one style expected, before temperature: 128 floats, as in the joint."""

    slug: str
    address: ClassVar[str] = "/distribution"
    types: ClassVar[str] = "bs"


@dataclass(frozen=True, slots=True)
class Status(Message):
    """How the engine is: its state in a word, one sentence for the technician, and counts.

    `state` is `starting`, `typing`, `silent` or `held`; `pace` is measured, characters a second.
    `resting` styles are heavy enough and rest to hold the pace. Of a hundred ticks one is later
    than `late` milliseconds. `computing` names what the networks run on.
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


INWARD: Language = {
    m.address: m
    for m in (
        Weights, Weight, Puck, Active, Temperature, Pace, SetJoint, Hold, Reset, Prime,
        Subscribe, Unsubscribe,
    )
}  # fmt: skip
OUTWARD: Language = {
    m.address: m
    for m in (
        Hello, StyleIs, Text, Character, WeightsAre, ActiveAre, Attribution, Distribution,
        JointIs, Status, Puck,
    )
}  # fmt: skip


def blob(distribution: NDArray[Any]) -> bytes:
    """Return a distribution (128,) as the wire carries it."""
    return distribution.astype(">f4").tobytes()


def encode(*messages: Message) -> bytes:
    """Return the datagram of one message, or of a bundle of several."""
    return osc.write([osc.packet(m.address, m.arguments()) for m in messages])


def decode(datagram: bytes, language: Language) -> list[Message]:
    """Return the messages of a datagram; WireError if any of it is malformed or foreign."""
    return [_message(address, arguments, language) for address, arguments in osc.read(datagram)]


def _message(address: str, arguments: list[Any], language: Language) -> Message:
    kind = language.get(address)
    if kind is None:
        raise WireError(f"the address {address[:40]} is not of this language")
    return kind.of(arguments)

"""What may be said to the engine."""

from dataclasses import dataclass
from typing import Any, ClassVar, Self

from appliance.wire.message import (
    MOST_STYLES,
    Language,
    Message,
    OfPairs,
    WireError,
    typed,
    within,
)


@dataclass(frozen=True, slots=True)
class Weights(OfPairs):
    """The whole mixture; a style that is not named has weight 0, all zero is silence."""

    address: ClassVar[str] = "/weights"

    def __post_init__(self) -> None:
        for _, weight in self.pairs:
            within(self.address, weight, 0.0, 1e6)


@dataclass(frozen=True, slots=True)
class Weight(Message):
    """One style's weight; the others stay as they are."""

    slug: str
    weight: float
    address: ClassVar[str] = "/weight"
    types: ClassVar[str] = "sf"

    def __post_init__(self) -> None:
        within(self.address, self.weight, 0.0, 1e6)


@dataclass(frozen=True, slots=True)
class Puck(Message):
    """The puck's place in the circle: x to the right, y downwards, (0.5, 0.5) the centre."""

    x: float
    y: float
    address: ClassVar[str] = "/puck"
    types: ClassVar[str] = "ff"

    def __post_init__(self) -> None:
        within(self.address, self.x, 0.0, 1.0)
        within(self.address, self.y, 0.0, 1.0)


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
        return cls(tuple(typed(cls.address, "s", slug) for slug in arguments))


@dataclass(frozen=True, slots=True)
class Temperature(Message):
    """The temperature of the draw: 0 takes the likeliest character."""

    value: float
    address: ClassVar[str] = "/temperature"
    types: ClassVar[str] = "f"

    def __post_init__(self) -> None:
        within(self.address, self.value, 0.0, 2.0)


@dataclass(frozen=True, slots=True)
class Pace(Message):
    """Characters a second; 0 is as fast as it can."""

    value: float
    address: ClassVar[str] = "/pace"
    types: ClassVar[str] = "f"

    def __post_init__(self) -> None:
        within(self.address, self.value, 0.0, 100.0)


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
        within(self.address, self.on, 0, 1)


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
        within(self.address, self.port, 0, 65535)


@dataclass(frozen=True, slots=True)
class Unsubscribe(Message):
    """Send me no more (to the port I send from, or this one)."""

    port: int
    address: ClassVar[str] = "/unsubscribe"
    types: ClassVar[str] = "i"


@dataclass(frozen=True, slots=True)
class Report(Message):
    """How a part outside the engine is (a screen, a control), for the status page; kept for 30 s.

    `well` is 1, or 0 where something is to be done.
    """

    part: str
    well: int
    sentence: str
    address: ClassVar[str] = "/report"
    types: ClassVar[str] = "sis"

    def __post_init__(self) -> None:
        within(self.address, self.well, 0, 1)
        if not 0 < len(self.part) <= 40 or len(self.sentence) > 400:
            raise WireError(f"{self.address} takes a name of 40 characters, a sentence of 400")


INWARD: Language = {
    m.address: m
    for m in (
        Weights, Weight, Puck, Active, Temperature, Pace, SetJoint, Hold, Reset, Prime,
        Subscribe, Unsubscribe, Report,
    )
}  # fmt: skip

"""What every message is: an OSC address, typed arguments, and a check of its values."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, ClassVar, Self

from appliance import osc

WireError = osc.WireError

VERSION = 1
CHARACTERS = 128
MOST_STYLES = 64
LARGEST_FLOAT = 3.4028234663852886e38  # of 32 bits: what was read must be able to be said
COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
SLUG = re.compile(r"[a-z][a-z0-9_]{0,31}")
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
        return cls(*(typed(cls.address, t, a) for t, a in zip(cls.types, arguments, strict=True)))


def typed(address: str, tag: str, value: Any) -> Any:
    """Return an OSC argument as the type of its tag; WireError if it is another."""
    match tag:
        case "f" if isinstance(value, int | float) and not isinstance(value, bool):
            if abs(value) <= LARGEST_FLOAT:  # not a number fails too
                return float(value)
        case "i" if isinstance(value, int | float) and math.isfinite(value) and value == int(value):
            if -(2**31) <= value < 2**31:
                return int(value)  # many patchers send every number as a float
        case "s" if isinstance(value, str):
            return value
        case "b" if isinstance(value, bytes):
            return value
    raise WireError(f"{address} has a value of another type or that 32 bits do not hold")


def within(address: str, value: float, low: float, high: float) -> None:
    """Raise WireError if a value lies outside its range."""
    if not low <= value <= high:
        raise WireError(f"{address} takes {low:g} to {high:g}, not {value:g}")


@dataclass(frozen=True, slots=True)
class OfPairs(Message):
    """A message of a style and its value, any number of times."""

    pairs: Pairs
    types: ClassVar[str] = "sf*"

    def arguments(self) -> list[tuple[str, Any]]:  # noqa: D102  # as in Message
        return [entry for slug, value in self.pairs for entry in (("s", slug), ("f", value))]

    @classmethod
    def of(cls, arguments: list[Any]) -> Self:  # noqa: D102  # as in Message
        if len(arguments) % 2 or len(arguments) > 2 * MOST_STYLES:
            raise WireError(f"{cls.address} takes styles and values in pairs")
        return cls(
            tuple(
                (typed(cls.address, "s", slug), typed(cls.address, "f", value))
                for slug, value in zip(arguments[::2], arguments[1::2], strict=True)
            )
        )


Language = Mapping[str, type[Message]]

"""MIDI messages: which control of a box was moved, and how far, 0 to 1.

A control's key names channel, kind and number: "1/cc7", "1/note36", "1/bend". Two control changes,
n and n + 32, are one control of 14 bits where a box sends them as a pair; its key is the first's.
Source: MIDI 1.0 Detailed Specification, document version 4.2, and its table of controllers.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

NOTE_OFF, NOTE_ON, CONTROL_CHANGE, PITCH_BEND = 0x80, 0x90, 0xB0, 0xE0
PAIRED = 32  # control changes below this may have their lower seven bits in number + 32
MODES = 120  # from here on control changes are channel modes: "all notes off" is no fader
COARSE, FINE = 127, 16_383  # largest values of 7 and of 14 bits
PROOF = 4  # pairs in a row that show that a box sends pairs
KEY = re.compile(r"(?:([1-9]|1[0-6])/)?(?:(cc|note)(\d{1,3})|bend)")


@dataclass(frozen=True, slots=True)
class Key:
    """A control of a box: kind "cc", "note" or "bend"; channel 1 to 16, 0 where any will do."""

    kind: str
    number: int = 0
    channel: int = 0

    def __str__(self) -> str:
        where = f"{self.channel}/" if self.channel else ""
        return where + (self.kind if self.kind == "bend" else f"{self.kind}{self.number}")

    @property
    def order(self) -> tuple[bool, int, int]:
        """Where it stands among the faders of a box that nobody has described."""
        return self.kind == "bend", self.number, self.channel

    @classmethod
    @lru_cache(maxsize=4096)
    def parse(cls, text: str) -> "Key":
        """Read a key; ValueError says what one looks like."""
        found = KEY.fullmatch(text)
        number = int(found[3] or 0) if found else 128
        if found is None or number > 127:
            raise ValueError(f"{text!r} is no MIDI control: write cc7, note36, bend or 1/cc7")
        return cls(found[2] or "bend", number, int(found[1] or 0))


class Moved(NamedTuple):
    """A control of a box and where it stands now, 0 to 1."""

    key: str
    value: float


class Reader:
    """Reads the messages of one port, one after the other, and pairs those of 14 bits."""

    def __init__(self, pairs: bool | None = None) -> None:
        """Begin; `pairs` says whether control changes come in pairs, None lets them show it."""
        self._all, self._wait = pairs is True, pairs is None
        self._upper: dict[tuple[int, int], int] = {}  # upper seven bits, by channel and number
        self._paired: set[tuple[int, int]] = set()
        self._proof: dict[tuple[int, int], int] = {}  # pairs in a row; -1: shown to be none
        self._before: tuple[int, int] | None = None  # the control change just before this message

    def paired(self, key: Key) -> bool:
        """Tell whether a control has 14 bits."""
        return key.kind == "bend" or (
            key.kind == "cc" and (key.channel - 1, key.number) in self._paired
        )

    def read(self, message: Sequence[int]) -> Moved | None:
        """Return what a message moved; None if it is damaged, or moves no fader and no button."""
        if len(message) != 3 or not (0 <= message[1] <= 127 and 0 <= message[2] <= 127):
            return None
        before, self._before = self._before, None
        status, first, second = message
        channel = status & 0x0F
        match status & 0xFF0:
            case 0xB0 if first < MODES:
                return self._control_change(channel, first, second, before)
            case 0xE0:
                return Moved(f"{channel + 1}/bend", (second << 7 | first) / FINE)
            case 0x90:
                return Moved(f"{channel + 1}/note{first}", 1.0 if second else 0.0)
            case 0x80:
                return Moved(f"{channel + 1}/note{first}", 0.0)
        return None

    def _control_change(
        self, channel: int, number: int, value: int, before: tuple[int, int] | None
    ) -> Moved | None:
        self._before = channel, number
        if PAIRED <= number < 2 * PAIRED and (self._all or self._wait):
            control = channel, number - PAIRED
            if self._is_lower(control, value, before):
                # The lower half of a fader that has not moved yet says nothing about it.
                upper = self._upper.get(control)
                if upper is None:
                    return None
                return Moved(f"{channel + 1}/cc{control[1]}", (upper << 7 | value) / FINE)
            if self._proof.get(control, -1) > 0:
                return None  # held back until it shows which of the two it is
        if number < PAIRED:
            self._upper[channel, number] = value
            if (channel, number) in self._paired:
                # As the specification has it: the lower half is zero until it comes.
                return Moved(f"{channel + 1}/cc{number}", (value << 7) / FINE)
        return Moved(f"{channel + 1}/cc{number}", value / COARSE)

    def _is_lower(
        self, control: tuple[int, int], value: int, before: tuple[int, int] | None
    ) -> bool:
        if self._all:
            self._paired.add(control)
        if control in self._paired:
            return True
        if before != control:
            self._proof[control] = -1  # it moves by itself
        elif 0 < value < COARSE and self._proof.get(control, 0) >= 0:  # a button sends 0 and 127
            self._proof[control] = self._proof.get(control, 0) + 1
            if self._proof[control] == PROOF:
                self._paired.add(control)
                return True
        return False


def written(key: Key, value: float, *, fine: bool = False) -> list[bytes]:
    """Return the messages that put a fader or ring of a box at 0 to 1; channel 1 if it has none."""
    channel = max(0, key.channel - 1)
    if key.kind == "note":
        return [bytes([NOTE_ON | channel, key.number, round(value * COARSE)])]
    if key.kind == "bend" or fine:
        upper, lower = divmod(round(value * FINE), 128)
        if key.kind == "bend":
            return [bytes([PITCH_BEND | channel, lower, upper])]
        return [
            bytes([CONTROL_CHANGE | channel, key.number, upper]),
            bytes([CONTROL_CHANGE | channel, key.number + PAIRED, lower]),
        ]
    return [bytes([CONTROL_CHANGE | channel, key.number, round(value * COARSE)])]

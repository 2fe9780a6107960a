"""A MIDI system that is none: ports that a test plugs in by naming them."""

import importlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from appliance.controls.control import Event, Shown
from appliance.controls.midi import Midi

STYLES = tuple("abcdefghijklmnopqrstuvwx")
NANO = "nanoKONTROL2:nanoKONTROL2 nanoKONTROL2 _ CTR 28:0"


def shown(now: float = 0.0, **levels: float) -> Shown:
    """Return how things stand: all levels are down but those that are named."""
    return Shown(now=now, faders=STYLES, levels=dict.fromkeys(STYLES, 0.0) | levels)


def what(events: list[Event]) -> list[tuple[str, float]]:
    """Return what was moved and where to, within a hundredth."""
    return [(event.what, round(event.value, 2)) for event in events]


class FakePort:
    """Where the hardware would begin: a port of mido."""

    def __init__(self, name: str) -> None:
        self.name, self.closed = name, False
        self.waiting: list[bytes] = []
        self.sent: list[bytes] = []

    def iter_pending(self) -> Iterator[Any]:
        mido: Any = importlib.import_module("mido")  # which has no types
        waiting, self.waiting = self.waiting, []
        yield from map(mido.Message.from_bytes, waiting)

    def send(self, message: bytes) -> None:
        if self.closed:
            raise OSError("gone")
        self.sent.append(message)

    def close(self) -> None:
        self.closed = True


class FakeSystem:
    """Ports that are plugged in by naming them."""

    def __init__(self, *names: str) -> None:
        self.names = list(names)
        self.stuck: set[str] = set()
        self.dead, self.sinks = False, True
        self.ins: dict[str, FakePort] = {}
        self.outs: dict[str, FakePort] = {}

    def inputs(self) -> list[str]:
        if self.dead:
            raise SystemError("no server")
        return list(self.names)

    def outputs(self) -> list[str]:
        return list(self.names) if self.sinks else []

    def open_input(self, name: str) -> FakePort:
        if name in self.stuck:
            raise OSError("busy")
        self.ins[name] = FakePort(name)
        return self.ins[name]

    def open_output(self, name: str) -> FakePort:
        self.outs[name] = FakePort(name)
        return self.outs[name]

    def encode(self, message: bytes) -> bytes:
        return message


def made(system: FakeSystem, path: Path, **settings: Any) -> Midi:
    """Return a MIDI control that has found the boxes of a system."""
    midi = Midi(Midi.Settings(**settings), path=path / "learned" / "midi.json", system=system)
    midi.prepare()
    midi.look()
    list(midi.poll(shown()))
    return midi

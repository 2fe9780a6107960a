"""A small helping of `make fuzz`, and that it would notice what it looks for."""

import asyncio
import mmap
import subprocess
import sys
from random import Random

import pytest

from appliance import wire
from appliance.controls.control import Shown
from appliance.controls.osc_words import BUTTONS, STYLED_BUTTONS, VALUES, events
from tests.conftest import PATIENCE, ROOT
from tests.fuzz.__main__ import GROWTH, throw
from tests.fuzz.packets import STYLES, Packets
from tests.fuzz.rooms import Room


def test_twenty_thousand_messages_raise_nothing() -> None:
    fuzz = subprocess.run(
        [sys.executable, "-m", "tests.fuzz", "--messages", "20000", "--seed", "3"],
        capture_output=True, text=True, check=False, cwd=ROOT, timeout=4 * PATIENCE,
    )  # fmt: skip
    assert fuzz.returncode == 0, fuzz.stdout + fuzz.stderr
    for room in ("MIDI boxes", "wire, inward", "wire, outward", "stage", "engine"):
        [line] = [line for line in fuzz.stdout.splitlines() if line.startswith(room + " ")]
        _, obeyed, refused = (int(word) for word in line.split() if word.isdigit())
        assert obeyed > 0
        assert refused > 0


def test_every_message_of_the_language_is_among_what_is_thrown() -> None:
    packets = Packets(Random(1))
    inward = {type(m) for p in packets._inward for m in wire.decode(p, wire.INWARD)}
    outward = {type(m) for p in packets._outward for m in wire.decode(p, wire.OUTWARD)}
    assert inward == set(wire.INWARD.values())
    assert outward == set(wire.OUTWARD.values())
    moved = set()
    for packet in packets._ear:
        try:
            moved |= {event.what for event in events(packet, Shown(0.0, faders=STYLES))}
        except wire.WireError:
            continue
    styled = {f"{kind}/{style}" for kind in ("level", *STYLED_BUTTONS) for style in STYLES}
    assert moved == {*VALUES, *BUTTONS, *styled}


class Raising(Room):
    name = "raising"

    def round(self, packets: Packets) -> None:
        self.thrown += 1
        self.last = b"\x01\xff"
        if self.thrown == 7:
            raise KeyError("nobody")


class Leaking(Room):
    name = "leaking"

    def __init__(self) -> None:
        super().__init__()
        self.kept: list[mmap.mmap] = []

    def round(self, packets: Packets) -> None:
        self.thrown += 1
        # Of the system itself: what tests before have given back to malloc would hide it.
        self.kept.append(mmap.mmap(-1, 1_000_000))
        self.kept[-1].write(b"x" * 1_000_000)


def test_what_is_raised_is_named_with_the_message(capsys: pytest.CaptureFixture[str]) -> None:
    assert asyncio.run(throw([Raising()], Packets(Random(1)), 100)) == 1
    said = capsys.readouterr()
    assert "raising raised that in message 7: 01ff" in said.out
    assert "KeyError: 'nobody'" in said.err


def test_memory_that_grows_is_noticed(capsys: pytest.CaptureFixture[str]) -> None:
    assert asyncio.run(throw([Leaking()], Packets(Random(1)), 5 * round(GROWTH))) == 1
    assert "something leaks" in capsys.readouterr().out

"""MIDI boxes that come and go on real ports, of a JACK server."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from appliance.controls.control import Event, Shown
from appliance.controls.midi import Midi
from tests.jack import MISSING, PATIENCE, FakeBox, jack_server, until
from tests.midi_system import shown, what

on_jack = pytest.mark.skipif(bool(MISSING), reason=MISSING)


@pytest.fixture(scope="module")
def server() -> Iterator[None]:
    with jack_server(f"midi{os.getpid()}"):
        yield


@pytest.fixture
def midi(server: None, tmp_path: Path) -> Iterator[Midi]:
    settings = Midi.Settings(api="UNIX_JACK")
    with Midi(settings, path=tmp_path / "midi.json") as opened:
        yield opened


@pytest.fixture
def box() -> Iterator[Callable[[str], FakeBox]]:
    boxes: list[FakeBox] = []

    def plugged(name: str) -> FakeBox:
        boxes.append(FakeBox(name))
        return boxes[-1]

    yield plugged
    for one in boxes:
        one.unplug()


def found(midi: Midi, *names: str) -> bool:
    list(midi.poll(shown()))
    sentence = midi.health().sentence
    return all(f"{name} (" in sentence for name in names)


def moved(midi: Midi, state: Shown) -> tuple[str, float]:
    """Wait for an event; return what it moves, and where to within a hundredth."""
    name, value = exactly(midi, state)
    return name, round(value, 2)


def exactly(midi: Midi, state: Shown | None = None) -> tuple[str, float]:
    """Wait for an event; return what it moves, and where to."""
    events: list[Event] = []

    def come() -> bool:
        events.extend(midi.poll(state or shown(9.0)))
        return bool(events)

    until(come, "an event")
    return events[-1].what, events[-1].value


@on_jack
def test_a_box_that_is_plugged_in_later_plays_and_one_that_returns_plays_again(
    midi: Midi, box: Callable[[str], FakeBox], caplog: Any
) -> None:
    caplog.set_level("INFO", "appliance.controls")
    assert midi.health().well
    nano = box("nanoKONTROL2")
    until(lambda: found(midi, "nanoKONTROL2"), "the box is found")
    nano.send(0xB0, 1, 127)
    assert moved(midi, shown(1.0)) == ("level/b", 1.0)
    nano.unplug()
    until(lambda: not found(midi, "nanoKONTROL2"), "the box is missed")
    assert midi.health().well
    nano.plug_in()
    until(lambda: found(midi, "nanoKONTROL2"), "the box is found again")
    nano.send(0xB0, 1, 0)
    assert moved(midi, shown(9.0)) == ("level/b", 0.0)
    assert [r.getMessage() for r in caplog.records] == [
        "MIDI: nanoKONTROL2 is here",
        "MIDI: nanoKONTROL2 is gone",
        "MIDI: nanoKONTROL2 is here",
    ]


@on_jack
def test_two_boxes_of_a_kind_on_real_ports(midi: Midi, box: Callable[[str], FakeBox]) -> None:
    one, two = box("nanoKONTROL2"), box("nanoKONTROL2")
    until(lambda: found(midi, "nanoKONTROL2", "nanoKONTROL2 #2"), "both are found")
    one.send(0xB0, 0, 127)
    assert moved(midi, shown(9.0)) == ("level/a", 1.0)
    two.send(0xB0, 0, 127)
    assert moved(midi, shown(9.0)) == ("level/i", 1.0)


@on_jack
def test_14_bits_and_pitch_bend_on_real_ports(
    server: None,
    box: Callable[[str], FakeBox],
    tmp_path: Path,
) -> None:
    fine = box("Fine box")
    settings = Midi.Settings(api="UNIX_JACK", fine=["fine"], motors=False)
    with Midi(settings, path=tmp_path / "midi.json") as midi:
        until(lambda: found(midi, "Fine box"), "the box is found")
        fine.send(0xE0, 1, 64)
        assert exactly(midi) == ("level/a", 8193 / 16383)
        fine.send(0xB0, 7, 64)
        assert exactly(midi) == ("level/a", 64 / 127)  # a control change comes before pitch bend
        fine.send(0xB0, 39, 126)
        assert exactly(midi) == ("level/a", (64 * 128 + 126) / 16383)
        assert dict(midi.plays()) == {"a": "1", "b": "2"}


@on_jack
def test_motors_follow_on_real_ports_and_do_not_pull_at_the_hand(
    midi: Midi, box: Callable[[str], FakeBox]
) -> None:
    motors = box("X-Touch-Ext")
    until(lambda: found(midi, "X-Touch-Ext"), "the box is found")
    sent: list[list[int]] = []

    def reached(state: Shown, message: list[int]) -> bool:
        list(midi.poll(state))
        sent.extend(motors.received())
        return message in sent

    until(lambda: reached(shown(1.0, a=1.0), [0xB0, 70, 127]), "the motor stands at the top")
    motors.send(0xB0, 70, 40)
    assert moved(midi, shown(9.0, a=1.0)) == ("level/a", 0.31)
    sent.clear()
    until(lambda: reached(shown(9.1, a=0.9, b=1.0), [0xB0, 71, 127]), "another motor has moved")
    assert not [message for message in sent if message[1] == 70]
    until(lambda: reached(shown(20.0, a=0.0), [0xB0, 70, 0]), "the motor goes where it stands")


@on_jack
def test_the_command_line_teaches_while_the_stage_plays(
    server: None, box: Callable[[str], FakeBox], tmp_path: Path
) -> None:
    site = tmp_path / "site.toml"
    site.write_text('[midi]\napi = "UNIX_JACK"\n')
    any_box = box("Any box")
    with (
        Midi(Midi.Settings(api="UNIX_JACK"), path=tmp_path / "learned" / "midi.json") as midi,
        subprocess.Popen(
            [
                sys.executable,
                "-m",
                "appliance",
                "learn",
                "--settings",
                str(site),
                "midi",
                "level/q",
            ],
            env=os.environ | {"STATE_DIRECTORY": str(tmp_path)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        ) as teacher,
    ):
        assert teacher.stdout is not None
        assert "Any box (" in teacher.stdout.readline()
        assert "Move what shall be level q" in teacher.stdout.readline()
        for value in (10, 40, 90):
            any_box.send(0xB0, 5, value)
        assert teacher.stdout.readline() == "Any box: 1/cc5 is level q from now on.\n"
        teacher.communicate(timeout=PATIENCE)
        assert teacher.returncode == 0

        def taught() -> bool:
            any_box.send(0xB0, 5, 127)
            return ("level/q", 1.0) in what(list(midi.poll(shown(99.0))))

        until(taught, "the stage has noticed")

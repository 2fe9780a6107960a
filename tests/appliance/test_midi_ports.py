"""MIDI boxes that come and go, on a stand-in for the system."""

import os
import threading
from pathlib import Path

import pytest

from appliance.controls.midi import Midi
from appliance.controls.midi_ports import Ports, names_of
from tests.conftest import PATIENCE
from tests.midi_system import NANO, FakeSystem, made, shown, what

# --- names --------------------------------------------------------------------------------------


def test_a_box_keeps_its_name_in_another_socket_and_after_a_restart() -> None:
    here = names_of(["nanoKONTROL2:nanoKONTROL2 nanoKONTROL2 _ CTR 28:0"], {})
    there = names_of(["nanoKONTROL2:nanoKONTROL2 MIDI 1 36:0"], {})
    assert list(here.values()) == list(there.values()) == ["nanoKONTROL2"]


def test_two_of_a_kind_are_told_apart_and_the_one_that_stays_keeps_its_name() -> None:
    one, two = "Box:Box MIDI 1 24:0", "Box:Box MIDI 1 28:0"
    both = names_of([one, two], {})
    assert both == {one: "Box", two: "Box #2"}
    alone = names_of([two], both)
    assert alone == {two: "Box #2"}
    assert names_of(["Box:Box MIDI 1 20:0", two], alone)["Box:Box MIDI 1 20:0"] == "Box"


def test_the_ports_of_one_box_are_called_after_it_and_themselves() -> None:
    ports = ["APC:APC Contr 24:0", "APC:APC Notes 24:1"]
    assert list(names_of(ports, {}).values()) == ["APC Contr", "APC Notes"]
    assert names_of(["Box:out", "Box-02:out"], {}) == {"Box:out": "Box", "Box-02:out": "Box #2"}


def test_only_boxes_are_opened_and_the_settings_may_name_them(tmp_path: Path) -> None:
    system = FakeSystem("Midi Through:Midi Through Port-0 14:0", "RtMidi Output Client:x 129:0",
                        NANO, "Keys:Keys MIDI 1 32:0")  # fmt: skip
    ports = Ports(system, sound=tmp_path)
    ports.look()
    assert [device.name for device in ports.devices] == ["Keys", "nanoKONTROL2"]
    chosen = Ports(system, only=["nano"], sound=tmp_path)
    chosen.look()
    assert [device.name for device in chosen.devices] == ["nanoKONTROL2"]
    heard = Ports(system, only=["midi"], sound=tmp_path)
    heard.look()
    names = [device.name for device in heard.devices]
    assert names == ["Keys", "Midi Through"], "a word that our own ports have too"


def test_a_box_that_left_and_came_back_between_two_looks_is_opened_anew(tmp_path: Path) -> None:
    node = tmp_path / "midiC1D0"
    node.touch()
    system = FakeSystem(NANO)
    ports = Ports(system, sound=tmp_path)
    ports.look()
    (before,) = ports.devices
    ports.look()
    assert ports.devices == (before,)
    os.utime(node, (1, 1))  # as a node that was made anew, its inode changes
    ports.look()
    (after,) = ports.devices
    assert after is not before and after.name == before.name


def test_a_box_that_cannot_be_opened_is_said_and_tried_again(tmp_path: Path) -> None:
    system = FakeSystem(NANO, "Keys:Keys MIDI 1 32:0")
    system.stuck.add(NANO)
    midi = made(system, tmp_path)
    assert not midi.health().well
    assert "nanoKONTROL2 cannot be opened (busy)" in midi.health().sentence
    system.stuck.clear()
    midi.look()
    list(midi.poll(shown()))
    assert midi.health().well and "Korg" in midi.health().sentence


def test_a_system_without_midi_is_said_and_nothing_is_raised(tmp_path: Path) -> None:
    system = FakeSystem(NANO)
    midi = made(system, tmp_path)
    system.dead = True
    midi.look()
    assert list(midi.poll(shown())) == []
    assert "no MIDI ports (no server)" in midi.health().sentence
    system.dead = False
    midi.look()
    list(midi.poll(shown()))
    assert "nanoKONTROL2" in midi.health().sentence


def test_a_box_that_takes_no_messages_still_plays(tmp_path: Path) -> None:
    system = FakeSystem(NANO)
    midi = made(system, tmp_path)
    system.outs[NANO].closed = True
    list(midi.poll(shown(9.0, a=0.5)))
    system.ins[NANO].waiting = [bytes([0xB0, 0, 127])]
    assert what(list(midi.poll(shown(10.0)))) == [("level/a", 1.0)]


def test_the_way_back_may_appear_later_than_the_box(tmp_path: Path) -> None:
    system = FakeSystem(NANO)
    system.sinks = False
    midi = made(system, tmp_path)
    list(midi.poll(shown(9.0, a=1.0)))
    assert not system.outs
    system.sinks = True
    midi.look()
    list(midi.poll(shown(10.0, a=1.0)))
    assert bytes([0xB0, 0, 127]) in system.outs[NANO].sent


def test_of_many_messages_in_a_frame_the_last_of_each_fader_counts_and_each_press(
    tmp_path: Path,
) -> None:
    system = FakeSystem(NANO)
    midi = made(system, tmp_path)
    faders = [bytes([0xB0, n, v]) for v in range(100) for n in (0, 1)]
    presses = [bytes([0xB0, 45, v]) for v in (127, 0, 127, 0)]
    system.ins[NANO].waiting = [*faders, *presses]
    assert sorted(what(list(midi.poll(shown(1.0))))) == [
        ("level/a", 0.78),
        ("level/b", 0.78),
        ("reset", 0.0),
        ("reset", 0.0),
        ("reset", 1.0),
        ("reset", 1.0),
    ]


def test_what_was_moved_last_in_a_frame_comes_last(tmp_path: Path) -> None:
    system = FakeSystem(NANO)
    midi = made(system, tmp_path)
    fader, alone = [bytes([0xB0, 0, v]) for v in (10, 0)], bytes([0xB0, 33, 127])
    system.ins[NANO].waiting = [fader[0], alone, fader[1]]
    assert what(list(midi.poll(shown(1.0)))) == [("alone/b", 1.0), ("level/a", 0.0)]


def test_it_looks_often_enough_to_find_a_box_within_two_seconds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pauses: list[float | None] = []
    looked = threading.Event()

    class Wake(threading.Event):
        def wait(self, timeout: float | None = None) -> bool:
            pauses.append(timeout)
            looked.set()
            return super().wait(timeout)

    midi = Midi(Midi.Settings(), path=tmp_path / "midi.json", system=FakeSystem())
    monkeypatch.setattr(midi, "_wake", Wake())
    with midi:
        assert looked.wait(PATIENCE)
    # As long again for a machine that is busy, and for the driver to open the port.
    assert [pause for pause in pauses if pause is None or pause > 1.0] == []


def test_two_of_a_kind_play_different_styles(tmp_path: Path) -> None:
    other = NANO.replace("28:0", "32:0")
    system = FakeSystem(NANO, other)
    midi = made(system, tmp_path)
    for name in (NANO, other):
        system.ins[name].waiting = [bytes([0xB0, 0, 127])]
    assert what(list(midi.poll(shown(1.0)))) == [("level/a", 1.0), ("level/i", 1.0)]
    plays = midi.plays()
    assert (plays["a"], plays["h"], plays["i"], plays["p"]) == ("A1", "A8", "B1", "B8")
    system.names.remove(NANO)
    midi.look()
    system.ins[other].waiting = [bytes([0xB0, 1, 127])]
    assert what(list(midi.poll(shown(2.0)))) == [("level/j", 1.0)]  # the other stays what it is


def test_without_the_library_health_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> None:
        raise ImportError(f"No module named {name!r}")

    monkeypatch.setattr("appliance.controls.midi_ports.importlib.import_module", missing)
    with Midi(Midi.Settings()) as midi:
        assert list(midi.poll(shown())) == []
        assert not midi.health().well
        assert "install python3-rtmidi" in midi.health().sentence


def test_without_a_sequencer_nothing_is_wrong_as_long_as_nothing_is_plugged_in(
    tmp_path: Path,
) -> None:
    system = FakeSystem()
    system.dead = True
    midi = made(system, tmp_path)
    assert midi.health().well and "No MIDI box is plugged in" in midi.health().sentence

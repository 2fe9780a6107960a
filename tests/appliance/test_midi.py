"""MIDI boxes that come and go: on a stand-in for the system, and on real ports of a JACK server."""

import importlib
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from appliance.commands import learn
from appliance.controls import midi_learned
from appliance.controls.control import Event, Shown
from appliance.controls.midi import Midi
from appliance.controls.midi_ports import Ports, names_of
from tests.jack import MISSING, PATIENCE, FakeBox, jack_server, until

STYLES = tuple("abcdefghijklmnopqrstuvwx")
on_jack = pytest.mark.skipif(bool(MISSING), reason=MISSING)


def shown(now: float = 0.0, **levels: float) -> Shown:
    return Shown(now=now, faders=STYLES, levels=dict.fromkeys(STYLES, 0.0) | levels)


def what(events: list[Event]) -> list[tuple[str, float]]:
    return [(event.what, round(event.value, 2)) for event in events]


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


# --- a system that is no system -----------------------------------------------------------------


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
    midi = Midi(Midi.Settings(**settings), path=path / "learned" / "midi.json", system=system)
    midi.prepare()
    midi.look()
    list(midi.poll(shown()))
    return midi


NANO = "nanoKONTROL2:nanoKONTROL2 nanoKONTROL2 _ CTR 28:0"


def test_only_boxes_are_opened_and_the_settings_may_name_them(tmp_path: Path) -> None:
    system = FakeSystem("Midi Through:Midi Through Port-0 14:0", "RtMidi Output Client:x 129:0",
                        NANO, "Keys:Keys MIDI 1 32:0")  # fmt: skip
    ports = Ports(system, sound=tmp_path)
    ports.look()
    assert [device.name for device in ports.devices] == ["Keys", "nanoKONTROL2"]
    chosen = Ports(system, only=["nano"], sound=tmp_path)
    chosen.look()
    assert [device.name for device in chosen.devices] == ["nanoKONTROL2"]


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


# --- learning -----------------------------------------------------------------------------------


def test_what_is_learned_holds_at_once_after_a_restart_and_in_another_socket(
    tmp_path: Path,
) -> None:
    system = FakeSystem(NANO)
    midi = made(system, tmp_path)
    assert midi.learn("level/q")
    system.ins[NANO].waiting = [bytes([0x90, 3, 127]), bytes([0xB0, 3, 60]), bytes([0xB0, 3, 62])]
    assert list(midi.poll(shown(1.0))) == []
    assert midi.learned() is None  # a note, and a fader that trembled
    system.ins[NANO].waiting = [bytes([0xB0, 3, 80])]
    assert list(midi.poll(shown(1.0))) == []
    assert midi.learned() == "nanoKONTROL2: 1/cc3 is level q from now on"
    assert midi.learned() is None
    system.ins[NANO].waiting = [bytes([0xB0, 3, 127])]
    assert what(list(midi.poll(shown(2.0)))) == [("level/q", 1.0)]
    midi.close()
    elsewhere = NANO.replace("28:0", "40:0")
    system.names = [elsewhere]
    midi = made(system, tmp_path)
    system.ins[elsewhere].waiting = [bytes([0xB0, 3, 0]), bytes([0xB0, 0, 127])]
    assert what(list(midi.poll(shown(9.0)))) == [("level/q", 0.0), ("level/a", 1.0)]
    assert "learned" in midi.health().sentence


def test_a_button_is_learned_when_it_goes_down_and_a_wish_can_be_taken_back(
    tmp_path: Path,
) -> None:
    system = FakeSystem("Pads:Pads MIDI 1 24:0")
    midi = made(system, tmp_path)
    port = system.ins["Pads:Pads MIDI 1 24:0"]
    assert midi.learn("bank/next") and midi.learn(None)
    port.waiting = [bytes([0x90, 5, 127])]
    list(midi.poll(shown()))
    assert midi.learned() is None
    assert midi.learn("bank/next")
    port.waiting = [bytes([0x90, 5, 0]), bytes([0xB0, 1, 64]), bytes([0x99, 6, 80])]
    list(midi.poll(shown()))
    assert midi.learned() == "Pads: 10/note6 is bank next from now on"
    assert not midi.learn("volume")


def test_another_program_may_teach_while_the_stage_runs(tmp_path: Path) -> None:
    system = FakeSystem(NANO)
    midi = made(system, tmp_path)
    midi_learned.bind(tmp_path / "learned" / "midi.json", "nanoKONTROL2", "1/cc0", "level/x")
    midi.look()
    system.ins[NANO].waiting = [bytes([0xB0, 0, 127])]
    assert what(list(midi.poll(shown()))) == [("level/x", 1.0)]
    (tmp_path / "learned" / "midi.json").unlink()
    midi.look()
    system.ins[NANO].waiting = [bytes([0xB0, 0, 0])]
    assert what(list(midi.poll(shown(9.0)))) == [("level/a", 0.0)]


def test_the_second_of_a_kind_takes_over_what_the_first_learned_until_it_learns(
    tmp_path: Path,
) -> None:
    path = tmp_path / "learned" / "midi.json"
    midi_learned.bind(path, "Box", "1/cc1", "fader/1")
    learned = midi_learned.read_learned(path)
    assert learned.of("Box #2") == learned.of("Box") == {"1/cc1": "fader/1"}
    midi_learned.bind(path, "Box #2", "1/cc2", "fader/1")
    learned = midi_learned.read_learned(path)
    assert learned.of("Box #2") == {"1/cc2": "fader/1"}
    assert learned.of("Box") == {"1/cc1": "fader/1"}


def test_a_role_that_is_learned_again_moves_to_the_new_control(tmp_path: Path) -> None:
    path = tmp_path / "midi.json"
    midi_learned.bind(path, "Box", "1/cc1", "fader/1")
    midi_learned.bind(path, "Box", "1/cc9", "fader/1")
    assert midi_learned.read_learned(path).roles == {"Box": {"1/cc9": "fader/1"}}


def test_a_damaged_file_takes_nothing_down(tmp_path: Path) -> None:
    path = tmp_path / "midi.json"
    for text in ("", "{", "[1]", '{"Box": 3}', '{"Box": {"roles": [], "faders": 3}}'):
        path.write_text(text)
        assert midi_learned.read_learned(path).of("Box") == {}
    box = {"roles": {"1/cc1": "reset", "x": "reset", "1/cc2": "volume", "1/cc3": 4},
           "faders": ["1/cc5", "cc999", 7]}  # fmt: skip
    path.write_text(json.dumps({"Box": box}))
    learned = midi_learned.read_learned(path)
    assert learned.of("Box") == {"1/cc1": "reset"}
    assert learned.faders["Box"] == ("1/cc5",)


def test_a_disk_that_refuses_is_one_warning(tmp_path: Path, caplog: Any) -> None:
    (tmp_path / "learned").write_text("a file where the folder should be")
    system = FakeSystem(NANO)
    midi = made(system, tmp_path)
    assert midi.learn("reset")
    system.ins[NANO].waiting = [bytes([0xB0, 60, 127])]
    list(midi.poll(shown()))
    midi.look()
    assert "cannot be written" in caplog.text
    system.ins[NANO].waiting = [bytes([0xB0, 60, 0]), bytes([0xB0, 60, 127])]
    assert ("reset", 1.0) in what(list(midi.poll(shown())))


def test_an_unknown_box_is_remembered(tmp_path: Path) -> None:
    name = "Any:Any MIDI 1 24:0"
    system = FakeSystem(name)
    midi = made(system, tmp_path)
    system.ins[name].waiting = [bytes([0xB0, 30, 64]), bytes([0xB0, 10, 64])]
    list(midi.poll(shown()))
    midi.close()
    midi = made(system, tmp_path)
    system.ins[name].waiting = [bytes([0xB0, 30, 127])]
    assert what(list(midi.poll(shown()))) == [("level/b", 1.0)]


def test_without_the_library_health_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> None:
        raise ImportError(f"No module named {name!r}")

    monkeypatch.setattr("appliance.controls.midi_ports.importlib.import_module", missing)
    with Midi(Midi.Settings()) as midi:
        assert list(midi.poll(shown())) == []
        assert not midi.health().well
        assert "mido and python-rtmidi" in midi.health().sentence


def test_without_a_sequencer_nothing_is_wrong_as_long_as_nothing_is_plugged_in(
    tmp_path: Path,
) -> None:
    system = FakeSystem()
    system.dead = True
    midi = made(system, tmp_path)
    assert midi.health().well and "No MIDI box is plugged in" in midi.health().sentence


# --- the command line ---------------------------------------------------------------------------


class Typist:
    """Types prepared lines, one for each that is asked for, and moves prepared faders."""

    def __init__(self, port: FakePort, moves: list[list[bytes] | str]) -> None:
        self.port, self.moves, self.now = port, moves, 0.0

    def clock(self) -> float:
        return self.now

    def answer(self, seconds: float) -> str | None:
        self.now += seconds
        if self.now < 2.0 or self.port.waiting:
            return None
        if not self.moves:
            return "q"
        move = self.moves.pop(0)
        if isinstance(move, str):
            return move
        self.port.waiting += move
        return None


def test_learn_asks_for_one_after_the_other(tmp_path: Path, capsys: Any) -> None:
    system = FakeSystem(NANO)
    midi = made(system, tmp_path)
    wipe = [bytes([0xB0, 80, 10]), bytes([0xB0, 80, 90])]
    typist = Typist(system.ins[NANO], [wipe, "", [bytes([0xB0, 59, 127])]])
    wanted = ("fader/1", "fader/2", "bank/next", "reset")
    assert learn.teach(midi, wanted, typist.clock, typist.answer) == 0
    midi.look()
    assert midi_learned.read_learned(tmp_path / "learned" / "midi.json").roles == {
        "nanoKONTROL2": {"1/cc80": "fader/1", "1/cc59": "bank/next"}
    }
    said = capsys.readouterr().out
    assert "Move what shall be fader 1 (Enter: skip, q: done)" in said
    assert "nanoKONTROL2: 1/cc80 is fader 1 from now on." in said
    assert "Move what shall be reset" in said
    assert learn.teach(midi, ["volume"], typist.clock, typist.answer) == 2


def test_what_was_learned_is_listed_and_forgotten(
    tmp_path: Path, capsys: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STATE_DIRECTORY", str(tmp_path))
    assert learn.show("midi") == 0
    midi_learned.bind(tmp_path / "learned" / "midi.json", "Box", "1/cc1", "fader/1")
    assert learn.show("midi") == 0
    assert learn.forget("midi", "Bax") == 2
    assert learn.forget("midi", "Box") == 0
    assert learn.show("midi") == 0
    captured = capsys.readouterr()
    assert captured.out.split("\n") == [
        "midi has learned nothing.",
        "Box",
        "    1/cc1        fader/1",
        "Box is as new.",
        "midi has learned nothing.",
        "",
    ]
    assert "did you mean Box?" in captured.err


# --- real ports ---------------------------------------------------------------------------------


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

"""What a MIDI control plays is learned on the stage and at the command line, and kept."""

import argparse
import json
from pathlib import Path
from typing import Any

import pytest

from appliance.commands import learn
from appliance.controls import midi_learned
from tests.midi_system import NANO, FakePort, FakeSystem, made, shown, what

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


def test_a_fader_that_is_pushed_from_end_to_end_answers_one_question(
    tmp_path: Path, capsys: Any
) -> None:
    system = FakeSystem(NANO)
    midi = made(system, tmp_path)
    way: list[list[bytes] | str] = [[bytes([0xB0, 5, at])] for at in range(0, 128, 2)]
    back: list[list[bytes] | str] = [[bytes([0xB0, 5, at])] for at in range(126, -1, -2)]
    other: list[list[bytes] | str] = [[bytes([0xB0, 6, 0])], [bytes([0xB0, 6, 127])]]
    typist = Typist(system.ins[NANO], [*way, *back, *other])
    wanted = ("fader/1", "fader/2", "fader/3", "bank/next")
    assert learn.teach(midi, wanted, typist.clock, typist.answer) == 0
    midi.look()
    kept = midi_learned.read_learned(tmp_path / "learned" / "midi.json").roles
    assert kept == {"nanoKONTROL2": {"1/cc5": "fader/1", "1/cc6": "fader/2"}}
    assert capsys.readouterr().out.count("from now on") == 2


def test_a_control_that_has_rested_can_learn_something_else(tmp_path: Path) -> None:
    system = FakeSystem(NANO)
    midi = made(system, tmp_path)
    swoop = [bytes([0xB0, 5, 10]), bytes([0xB0, 5, 90])]
    for role, at in (("level/a", 1.0), ("level/b", 1.0 + midi_learned.RESTS)):
        assert midi.learn(role)
        system.ins[NANO].waiting = swoop
        list(midi.poll(shown(at)))
    assert midi.learned() == "nanoKONTROL2: 1/cc5 is level b from now on"


def test_what_cannot_learn_says_so(capsys: Any) -> None:
    args = argparse.Namespace(control="osc", what=[], settings=None, list=False, forget=None)
    assert learn.run(args) == 2
    assert capsys.readouterr().err == "Osc has nothing to learn.\n"


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

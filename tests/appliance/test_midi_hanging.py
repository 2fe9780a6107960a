"""A MIDI driver that does not return holds nobody up."""

import threading
from pathlib import Path

import pytest

from appliance.controls import midi
from appliance.controls.midi import Midi
from tests.conftest import PATIENCE
from tests.midi_system import NANO, FakeSystem, shown


class HangingSystem(FakeSystem):
    """A system whose second list of ports comes when it is let go."""

    def __init__(self, *names: str) -> None:
        super().__init__(*names)
        self.looks, self.hangs, self.goes_on = 0, threading.Event(), threading.Event()

    def inputs(self) -> list[str]:
        self.looks += 1
        if self.looks == 2:
            self.hangs.set()
            assert self.goes_on.wait(PATIENCE)
        return super().inputs()


def test_a_driver_that_hangs_holds_no_frame_and_lets_its_boxes_go_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(midi, "ENDED", 0.01)
    system = HangingSystem(NANO)
    hand = Midi(Midi.Settings(), path=tmp_path / "midi.json", system=system)
    hand.open()
    [thread] = [each for each in threading.enumerate() if each.name == "midi"]
    assert system.hangs.wait(PATIENCE)
    port = system.ins[NANO]

    def lives_and_is_closed() -> tuple[bool, bool]:
        return thread.is_alive(), port.closed

    hand.close()
    assert lives_and_is_closed() == (True, False)
    assert hand.health().sentence == "MIDI is closed."
    assert list(hand.poll(shown())) == []

    # It may be opened anew meanwhile; the one before it ends by itself and takes no other's boxes.
    hand.open()
    system.goes_on.set()
    thread.join(PATIENCE)
    assert lives_and_is_closed() == (False, True)
    [second] = [each for each in threading.enumerate() if each.name == "midi"]
    hand.close()
    second.join(PATIENCE)
    assert not second.is_alive() and system.ins[NANO].closed


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_thread_that_dies_is_begun_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hand = Midi(Midi.Settings(), path=tmp_path / "midi.json", system=FakeSystem(NANO))
    with monkeypatch.context() as broken:
        broken.setattr(midi, "read_learned", lambda path: 1 / 0)
        (tmp_path / "midi.json").write_text("{}", encoding="utf-8")
        hand.open()
        for thread in threading.enumerate():  # if it has not ended yet
            if thread.name == "midi":
                thread.join(PATIENCE)
    with pytest.raises(RuntimeError, match="its thread has ended"):
        list(hand.poll(shown()))
    hand.close()
    with hand:
        list(hand.poll(shown()))

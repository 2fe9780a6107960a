"""What `make vm` concludes from what it hears and sees; the machine itself is left out."""

import shutil
import subprocess
from pathlib import Path

import pytest

from deploy.image.disk import MIB
from deploy.vm import machine, story
from deploy.vm.ears import Heard, Lost, legible, lost
from deploy.vm.story import written_between


def heard(text: str, begin: float = 100.0, step: float = 0.25) -> Heard:
    return Heard(typed=[(begin + step * at, letter) for at, letter in enumerate(text)])


def rows(text: str, begin: float = 99.99, step: float = 0.25) -> list[tuple[float, str]]:
    return [(begin + step * at, letter) for at, letter in enumerate(text)]


def test_what_a_listener_wrote_is_read_and_a_torn_last_line_left_out() -> None:
    said = "1.000 w bible=0.600 linux=0.400\n1.100 c 72\n1.200 .\n1.300 c 10\n1.400 w \n1.5"
    found = Heard.read(said)
    assert found.typed == [(1.1, "H"), (1.3, "\n")]
    assert found.mixtures == [(1.0, {"bible": 0.6, "linux": 0.4}), (1.4, {})]
    assert found.last == 1.4


def test_a_cut_that_took_nothing() -> None:
    assert lost(heard("In the beginning"), rows("In the beginning")) == Lost(0.0, 0)


def test_a_cut_that_took_three_characters_of_a_quarter_second_each() -> None:
    found = lost(heard("In the beginning"), rows("In the beginn"))
    assert found.seconds == pytest.approx(0.75)
    assert found.characters == 3 and not found.faults


def test_what_was_typed_after_the_cut_does_not_count() -> None:
    after = [*rows("In the beginn"), *rows("ing of all", begin=200.0)]
    assert lost(heard("In the beginning"), after).seconds == pytest.approx(0.75)


def test_an_archive_that_goes_further_back_than_the_listener() -> None:
    before = rows("what was there, ", begin=90.0, step=0.1)
    assert lost(heard("In the"), [*before, *rows("In the")]) == Lost(0.0, 0)


def test_an_archive_with_another_text_is_a_fault() -> None:
    found = lost(heard("In the beginning"), rows("xxxxxxxxxxxxxxxx"))
    assert found.faults == ("nothing that was heard is in the archive",)


def test_silence_before_the_cut_is_a_fault_and_no_success() -> None:
    assert lost(Heard(), rows("In the")).faults


@pytest.mark.parametrize(
    ("wanted", "seen", "share"),
    [
        ("the bible of love", "the Bible of love", 1.0),
        ("the the the the", "the the", 0.5),
        ("one two three four", "one tvvo three", 0.5),
        ("", "anything", 0.0),
    ],
)
def test_words_are_counted_as_often_as_they_are_wanted(
    wanted: str, seen: str, share: float
) -> None:
    assert legible(wanted.split(), seen.split()) == pytest.approx(share)


@pytest.mark.skipif(shutil.which("qemu-img") is None, reason="needs qemu-img")
def test_what_was_written_above_the_image_is_found(tmp_path: Path) -> None:
    base, top = tmp_path / "base.img", tmp_path / "top.qcow2"
    with base.open("wb") as file:
        file.truncate(8 * MIB)
    create = ["qemu-img", "create", "-q", "-f", "qcow2", "-F", "raw", "-b", str(base), str(top)]
    subprocess.run(create, check=True)
    assert written_between(top, 0, 8 * MIB) == 0
    io = ["qemu-io", "-f", "qcow2", "-c", f"write {5 * MIB} 64k", str(top)]
    subprocess.run(io, check=True, capture_output=True)
    assert written_between(top, 0, 5 * MIB) == 0
    assert written_between(top, 4 * MIB, 6 * MIB) == 64 * 1024


def test_waiting_ends_with_a_sentence() -> None:
    with pytest.raises(machine.MachineError, match="it never came to be that pigs fly"):
        machine.until("pigs fly", lambda: False, patience=-1.0)


def test_a_trial_that_fails_is_a_row_and_the_others_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = story.Story(tmp_path / "card.img", tmp_path, seed=1)

    def fails() -> story.Row:
        raise machine.MachineError("it never came to be that it types, in 600 s")

    for name in ("boots", "root_is_never_written", "nothing_was_written_to_the_root"):
        monkeypatch.setattr(told, name, lambda: story.Row("well", well=True, figures=""))
    monkeypatch.setattr(told, "screen_is_read", fails)
    found = list(told.rows(0, frozenset({"root", "screen", "untouched"})))
    assert [row.well for row in found] == [True, True, False, True]
    assert "it types" in found[2].figures


def test_without_a_start_nothing_else_is_tried(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = story.Story(tmp_path / "card.img", tmp_path, seed=1)

    def fails() -> story.Row:
        raise machine.MachineError("it never came to be that the technician's door opens")

    monkeypatch.setattr(told, "boots", fails)
    assert [row.well for row in told.rows(5, frozenset())] == [False]


def test_a_machine_that_is_off_says_so(tmp_path: Path) -> None:
    off = machine.Machine(tmp_path / "card.img", tmp_path)
    with pytest.raises(machine.MachineError, match="the machine is off"):
        off.photograph(tmp_path / "screen.png")

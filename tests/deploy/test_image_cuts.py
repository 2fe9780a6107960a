"""What `make cuts` concludes from what a cut has left, on small partitions made by hand."""

import shutil
import subprocess
from pathlib import Path

import pytest

from appliance.engine.archive import Archive, Typed
from appliance.engine.memory import Memory, keep
from deploy.image.disk import MIB
from deploy.vm import cuts, uml
from deploy.vm.autopsy import Left, autopsy
from deploy.vm.ears import Heard, Lost

TEXT = "In the beginning was the word"
needs_tools = pytest.mark.skipif(
    not all(shutil.which(tool) for tool in ("mke2fs", "e2fsck", "debugfs")),
    reason="needs e2fsprogs",
)


def state(folder: Path, text: str = TEXT) -> Path:
    """Write what an engine leaves behind that has typed a text."""
    place = folder / "tree/state"
    place.mkdir(parents=True)
    keep(
        place / "engine.json",
        Memory("", "", ("bible",), 0, 0, {"bible": 1.0}, ("bible",), 0.7, 14.0, "linear"),
    )
    with Archive(place / "archive.sqlite", 1 << 30) as archive:
        for index, letter in enumerate(text):
            archive.add(Typed(100.0 + index / 4, letter, "bible", {"bible": 1.0}, index))
    return place


def partition(folder: Path) -> Path:
    file = folder / "data"
    with file.open("wb") as image:
        image.truncate(8 * MIB)
    subprocess.run(
        ["mke2fs", "-q", "-t", "ext4", "-d", str(folder / "tree"), str(file)], check=True
    )
    return file


def heard(text: str = TEXT) -> Heard:
    return Heard(typed=[(100.01 + index / 4, letter) for index, letter in enumerate(text)])


@needs_tools
def test_a_partition_that_is_whole(tmp_path: Path) -> None:
    state(tmp_path)
    left = autopsy(partition(tmp_path), heard(), 20, tmp_path / "left")
    assert left == Left(Lost(0.0, 0), (), len(TEXT), TEXT, len(TEXT), [])


@needs_tools
def test_what_the_archive_has_not_is_lost(tmp_path: Path) -> None:
    state(tmp_path, TEXT[:-3])
    left = autopsy(partition(tmp_path), heard(), 0, tmp_path / "left")
    assert left.lost.seconds == pytest.approx(0.5)
    assert left.lost.characters == 3 and not left.faults


@needs_tools
def test_an_archive_that_is_shorter_than_it_was(tmp_path: Path) -> None:
    state(tmp_path)
    left = autopsy(partition(tmp_path), heard(), 40, tmp_path / "left")
    assert left.faults == [f"{40 - len(TEXT)} characters that were there are gone"]


@needs_tools
def test_an_archive_that_is_torn(tmp_path: Path) -> None:
    archive = state(tmp_path) / "archive.sqlite"
    archive.write_bytes(archive.read_bytes()[:700] + bytes(3_000))
    left = autopsy(partition(tmp_path), heard(), 20, tmp_path / "left")
    assert any("the archive" in fault for fault in left.faults)


@needs_tools
def test_an_archive_that_an_engine_has_put_aside(tmp_path: Path) -> None:
    place = state(tmp_path)
    (place / "archive.sqlite.damaged-1").touch()
    left = autopsy(partition(tmp_path), heard(), 20, tmp_path / "left")
    assert left.faults == ["archive.sqlite.damaged-1 was put aside"]


@needs_tools
def test_a_file_system_that_more_is_wrong_with_than_a_journal_mends(tmp_path: Path) -> None:
    state(tmp_path)
    file = partition(tmp_path)
    cleared = ["debugfs", "-w", "-R", "clri /state/engine.json", str(file)]
    subprocess.run(cleared, check=True, capture_output=True)
    left = autopsy(file, heard(), 20, tmp_path / "left")
    assert any("engine.json" in line for line in left.fsck)
    assert "the file system needed more than its journal" in left.faults
    assert "there is nothing to take up" in left.faults


@needs_tools
def test_a_card_that_was_cut_off_before_its_first_word(tmp_path: Path) -> None:
    (tmp_path / "tree").mkdir()
    assert autopsy(partition(tmp_path), Heard(), 0, tmp_path / "left") == Left()
    again = autopsy(tmp_path / "data", Heard(), 20, tmp_path / "left")
    assert "there is nothing to take up" in again.faults


def test_lines_and_what_they_come_to() -> None:
    left = Left(Lost(0.5, 2), (), 1_234)
    worse = Left(Lost(1.5, 9), ("Inode 12 was wrong",), 1_300)
    told = [
        cuts.Cut("starting", 0.0, Left(), ()),
        cuts.Cut("typing", 20.0, left, ()),
        cuts.Cut("typing", 30.0, worse, ("the text was not taken up",)),
    ]
    assert str(told[1]).split() == ["typing", "20", "s", "1,234", "0.50", "s", "2", "clean"]
    assert str(told[2]).endswith("  Inode 12 was wrong; the text was not taken up")
    said = cuts.summary(told)
    assert "2 cuts while it typed, 1 while it started, 0 while it grew" in said
    assert "median 1.00 s, most 1.50 s" in said
    assert "from power to typing: median 25 s" in said
    assert said.endswith("left anything wrong behind: 1")


def test_without_its_kernel_it_says_what_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None if name == uml.KERNEL else name)
    assert cuts.main(["--image", str(tmp_path / "none.img")]) == 2
    assert capsys.readouterr().err.startswith("missing here: linux.uml")

"""What `make vm` concludes from what it hears and sees; the machine itself is left out."""

import shutil
import socket
import struct
import subprocess
from pathlib import Path

import pytest

from deploy.image.disk import LINUX, MIB, Partition, table
from deploy.row import Row
from deploy.vm import card, hands, machine, starts, story
from deploy.vm.card import Span, spans, written_between
from deploy.vm.ears import Heard, Lost, agree, legible, lost, taken_up
from deploy.vm.room import Room


def heard(text: str, begin: float = 100.0, step: float = 0.25) -> Heard:
    return Heard(typed=[(begin + step * at, letter) for at, letter in enumerate(text)])


def rows(text: str, begin: float = 99.99, step: float = 0.25) -> list[tuple[float, str]]:
    return [(begin + step * at, letter) for at, letter in enumerate(text)]


def test_what_a_listener_wrote_is_read_and_a_torn_last_line_left_out() -> None:
    said = "1.000 w bible=0.600 linux=0.400\n1.050 p 7 73 110\n1.100 c 72\n1.200 .\n1.300 c 10\n"
    found = Heard.read(said + "1.400 w \n1.5")
    assert found.typed == [(1.1, "H"), (1.3, "\n")]
    assert found.mixtures == [(1.0, {"bible": 0.6, "linux": 0.4}), (1.4, {})]
    assert found.last == 1.4
    assert (found.page, found.page_end) == ("In", 7)


def test_what_comes_by_a_serial_line_is_read_as_well() -> None:
    assert Heard.read("1.000 c 72\r\n1.100 .\r\n").typed == [(1.0, "H")]


def test_a_cut_that_took_nothing() -> None:
    assert lost(heard("In the beginning"), rows("In the beginning")) == Lost(0.0, 0)


def test_a_cut_that_took_three_characters_of_a_quarter_second_each() -> None:
    found = lost(heard("In the beginning"), rows("In the beginn"))
    assert found.seconds == pytest.approx(0.5)  # the oldest of them, when the last was heard
    assert found.characters == 3 and not found.faults


def test_what_is_lost_grows_older_until_the_listeners_last_sign() -> None:
    before = heard("In the beginning")
    before.last = before.typed[-1][0] + 0.2
    assert lost(before, rows("In the beginn")).seconds == pytest.approx(0.7)


def test_what_was_typed_after_the_cut_does_not_count() -> None:
    after = [*rows("In the beginn"), *rows("ing of all", begin=200.0)]
    assert lost(heard("In the beginning"), after).seconds == pytest.approx(0.5)


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


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (("static ", 7), ("tatic uns", 10), True),
        (("static ", 7), ("tatic", 6), True),
        (("static ", 7), ("xtatic uns", 10), False),
        (("static ", 7), ("uns", 10), False),  # nothing that both have shows nothing
    ],
)
def test_two_pieces_of_a_text_agree(
    one: tuple[str, int], other: tuple[str, int], same: bool
) -> None:
    assert agree(*one, *other) is same and agree(*other, *one) is same


def test_a_text_is_taken_up_where_it_is_the_same_and_none_of_it_is_missing() -> None:
    assert taken_up("static ", 7, Heard(page="static uns", page_end=10))
    assert not taken_up("static ", 7, Heard(page="stat", page_end=4))
    assert not taken_up("static ", 7, Heard(page="In the beginning", page_end=16))
    assert taken_up("", 0, Heard())


def test_the_style_that_moved_furthest_is_found() -> None:
    mixtures = [{"bible": 0.5, "linux": 0.5}, {"bible": 0.1, "homer": 0.2}, {"bible": 0.9}]
    assert hands.swing(mixtures) == ("bible", 0.1, 0.9)
    assert hands.swing([]) == ("nothing", 0.0, 0.0)


def test_packets_are_counted_by_their_sender(tmp_path: Path) -> None:
    mine, other = bytes(range(6)), bytes(6)
    dump = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 64, 1)
    for sender, length in ((mine, 20), (other, 60), (mine, 14)):
        frame = (other + sender).ljust(length, b".")
        dump += struct.pack("<IIII", 0, 0, length, 900) + frame
    (tmp_path / "packets").write_bytes(dump)
    assert starts.packets_from(tmp_path / "packets", mine) == 2
    assert starts.packets_from(tmp_path / "packets", b"nobody") == 0


def test_a_port_that_says_nothing_does_not_answer() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert not starts.answers(port, patience=0.05)
    assert not starts.answers(port)  # nobody there


@pytest.mark.skipif(
    not all(shutil.which(tool) for tool in ("qemu-img", "sfdisk")), reason="needs qemu-utils, fdisk"
)
def test_a_partition_is_found_and_copied_out_of_either_form(tmp_path: Path) -> None:
    raw, deep = tmp_path / "card.img", tmp_path / "card.qcow2"
    data = Partition("unsigned-data", LINUX, 2 * MIB, 3 * MIB)
    with raw.open("wb") as file:
        file.truncate(8 * MIB)
    told = table([Partition("unsigned-root", LINUX, MIB, MIB), data])
    subprocess.run(["sfdisk", "--quiet", str(raw)], input=told, text=True, check=True)
    with raw.open("r+b") as file:
        file.seek(data.start + 4096)
        file.write(b"In the beginning")
    subprocess.run(["qemu-img", "convert", "-O", "qcow2", str(raw), str(deep)], check=True)
    for disk in (raw, deep):
        assert spans(disk)["unsigned-data"] == Span(data.start, data.size)
        card.copy(disk, Span(data.start, data.size), tmp_path / "data")
        assert (tmp_path / "data").stat().st_size == data.size
        assert (tmp_path / "data").read_bytes()[4096:4112] == b"In the beginning"


def room(folder: Path) -> Room:
    return Room.of(machine.Machine(folder / "card.img", folder), seed=1)


def well(_: Room) -> Row:
    return Row("well", well=True, figures="")


def fails(_: Room) -> Row:
    raise machine.MachineError("it never came to be that it types, in 600 s")


def test_a_trial_that_fails_is_a_row_and_the_others_go_on(tmp_path: Path) -> None:
    told = {"boot": well, "root": fails, "cut 1": well, "cut 2": well, "untouched": fails}
    found = list(story.play(room(tmp_path), told, frozenset({"root", "cut"})))
    assert [row.well for row in found] == [True, False, True, True]
    assert str(found[1]).startswith("NO  root") and "it types" in found[1].figures


def test_without_a_start_nothing_else_is_tried(tmp_path: Path) -> None:
    told = {"boot": fails, "root": well}
    assert [row.well for row in story.play(room(tmp_path), told, frozenset())] == [False]


def test_there_is_a_trial_for_each_cut() -> None:
    names = list(story.trials(3, Path()))
    assert [name for name in names if name.startswith("cut")] == ["cut 1", "cut 2", "cut 3"]
    assert names[0] == "boot" and names[-1] == "untouched"
    assert {"screen", "slider", "midi", "kill", "hang", "full", "update works"} <= set(names)


def test_a_machine_that_is_off_says_so(tmp_path: Path) -> None:
    off = machine.Machine(tmp_path / "card.img", tmp_path)
    with pytest.raises(machine.MachineError, match="the machine is off"):
        off.photograph(tmp_path / "screen.png")
    off.cut()  # nothing to cut


def test_a_machine_keeps_its_port(tmp_path: Path) -> None:
    first, second = (machine.Machine(tmp_path / "card.img", tmp_path) for _ in range(2))
    assert first.ssh == second.ssh > 0


def test_what_is_missing_is_named(tmp_path: Path) -> None:
    image = tmp_path / "card.img"
    assert card.lack(image, ["sh", "none-such", "nor-this"]) == "missing here: none-such, nor-this"
    assert card.lack(image, ["sh"]) == f"there is no {image}"
    image.touch()
    assert card.lack(image, ["sh"]) == ""

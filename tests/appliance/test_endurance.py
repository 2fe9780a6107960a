"""The long tests of tests/endurance/, made short: that they pass, and that they can fail."""

import json
import socket
import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from appliance.engine.archive import Archive, PutIn, Typed
from appliance.engine.memory import Memory, keep
from appliance.stage.link import Link
from tests.conftest import PATIENCE, EngineProcess
from tests.endurance import flood, killtest, soak
from tests.endurance.killtest import Life, Victim

# --- kills ----------------------------------------------------------------------------------------

MIX = {"a": 0.75, "b": 0.25}
BEFORE = Memory(text="love", authors="0000", styles=("a", "b"), end=4, weights=MIX,
                active=("a", "b"), temperature=0.7, pace=14.0, joint="linear")  # fmt: skip
AFTER = replace(BEFORE, text="love is", authors="0" * 7, end=7)
LIFE = Life(heard=[(10.0, 4), (11.0, 7), (15.0, 9)], text="love is a", end=9, killed=15.1)


@pytest.fixture
def victim(tmp_path: Path) -> Victim:
    """Return a folder in which an engine has left everything as it should be, but for a moment."""
    (tmp_path / "state").mkdir()
    made = Victim(tmp_path / "state", tmp_path, seed=1)
    with Archive(tmp_path / "state" / "archive.sqlite", 1 << 30) as archive:
        for place, character in enumerate("love is"):
            # So far from each other that each is a row of its own.
            archive.add(Typed(1_000.0 + 20.0 * place, character, "a", MIX, place))
    keep(tmp_path / "state" / "engine.json", AFTER)
    return made


def faults(victim: Victim, life: Life = LIFE, rows: int = 4) -> list[str]:
    work = victim.folder.parent / "work"
    work.mkdir()
    return victim.autopsy(BEFORE, rows, life, work).faults


def test_engines_are_killed_and_nothing_is_wrong(
    tiny: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "state").mkdir()
    assert killtest.kill_all(3, tiny, 1, tmp_path) == 0
    printed = capsys.readouterr().out
    assert "3 engines were killed: 1 starting, 1 typing, 1 writing" in printed
    assert "left anything wrong behind: 0" in printed


def test_commits_that_come_too_seldom_are_seen_in_many_kills() -> None:
    each_second = [at / 40 for at in range(40)]
    assert not killtest.too_seldom(each_second)
    assert killtest.too_seldom([1.9 * lost for lost in each_second])
    assert not killtest.too_seldom([1.9] * 3)


def test_what_was_left_as_it_should_be_is_no_fault(victim: Victim) -> None:
    assert faults(victim) == []


@pytest.mark.parametrize(
    ("done", "said"),
    [
        ("DELETE FROM stretches WHERE first = 5", "6 rows are numbered from 1 to 7"),
        ("DELETE FROM stretches WHERE first > 3", "1 rows that were there are gone"),
        ("DELETE FROM styles", "the archive cannot be read: style 1 has no name"),
        ("UPDATE stretches SET how = x'0004'", "the mixtures of 7 characters are missing"),
        ("UPDATE stretches SET how = x'00'", "the archive cannot be read"),
        ("UPDATE stretches SET text = '!' WHERE first = 6", "another text than was heard"),
        ("DELETE FROM stretches WHERE first > 5", "is not archived"),
    ],
)
def test_a_wrong_archive_is_seen(victim: Victim, done: str, said: str) -> None:
    with closing(sqlite3.connect(victim.folder / "archive.sqlite")) as database:
        database.execute(done)
        database.commit()
    assert any(said in fault for fault in faults(victim))


def test_a_damaged_archive_is_seen(victim: Victim) -> None:
    path = victim.folder / "archive.sqlite"
    data = bytearray(path.read_bytes())
    data[1_024:] = b"\xff" * (len(data) - 1_024)
    path.write_bytes(data)
    assert any("the archive" in fault for fault in faults(victim))


def test_an_engine_may_die_before_it_has_made_its_archive(victim: Victim) -> None:
    path = victim.folder / "archive.sqlite"
    path.write_bytes(b"")
    assert faults(victim, replace(LIFE, text="love", end=4), rows=0) == []
    (victim.folder.parent / "work").rename(victim.folder.parent / "done")
    assert faults(victim, replace(LIFE, text="love", end=4)) == ["the archive is empty"]


def test_an_archive_that_is_gone_or_was_set_aside_is_seen(victim: Victim) -> None:
    path = victim.folder / "archive.sqlite"
    path.with_name("archive.sqlite.damaged-1").write_bytes(b"")
    assert faults(victim) == ["an engine has set an archive aside: archive.sqlite.damaged-1"]
    path.unlink()
    (victim.folder.parent / "work").rename(victim.folder.parent / "done")
    assert faults(victim) == ["the archive is gone"]


def test_rows_that_were_seen_and_are_gone_are_a_fault(victim: Victim) -> None:
    assert faults(victim, replace(LIFE, archived=8)) == ["1 rows that were there are gone"]


@pytest.mark.parametrize(
    ("kept", "said"),
    [
        (replace(AFTER, text="love me"), "another text"),
        (replace(AFTER, weights={"c": 1.0}), "a mixture that nobody set"),
        (replace(AFTER, text="lov", authors="000", end=3), "older than before"),
        (replace(AFTER, text="lov", authors="000", end=3), "s behind"),
    ],
)
def test_wrong_survivors_are_seen(victim: Victim, kept: Memory, said: str) -> None:
    if kept.end < AFTER.end:  # else the archive makes it good
        with closing(sqlite3.connect(victim.folder / "archive.sqlite")) as database:
            database.execute("DELETE FROM stretches WHERE first > 3")
            database.commit()
    keep(victim.folder / "engine.json", kept)
    assert any(said in fault for fault in faults(victim))


def test_a_torn_survivor_is_seen(victim: Victim) -> None:
    path = victim.folder / "engine.json"
    path.write_bytes(path.read_bytes()[:-9])
    assert "what survives is torn or gone" in faults(victim)


def test_what_is_not_taken_up_is_seen(engine: EngineProcess, link: Link) -> None:
    page, view = link.view.page, link.view
    page.text, page.end, view.weights, view.active = "love is", 7, dict(MIX), ("b", "a")
    assert killtest.not_taken_up(BEFORE, link) == []
    page.text = "hate is"
    view.weights, view.active = {"a": 1.0}, ("a",)
    assert len(killtest.not_taken_up(BEFORE, link)) == 3


@pytest.mark.parametrize(
    ("one", "end", "other", "other_end", "same"),
    [
        ("abc", 3, "abc", 3, True),
        ("abc", 3, "bcd", 4, True),
        ("bcd", 4, "abc", 3, True),
        ("abc", 3, "xcd", 4, False),
        ("abc", 3, "d", 4, True),  # nothing that both have
        ("", 0, "abc", 3, True),
    ],
)
def test_two_pieces_of_a_text(one: str, end: int, other: str, other_end: int, same: bool) -> None:
    assert killtest.agree(one, end, other, other_end) is same


# --- days ---------------------------------------------------------------------------------------


def segment(number: int) -> soak.Segment:
    held = soak.Held(memory=100.0, descriptors=12, threads=8)
    return soak.Segment(60.0 * number, 1_000 * number, 1_000 * number, 0, True, held, held)


GOOD = [segment(number) for number in range(1, 13)]
Change = Callable[[int, soak.Segment], soak.Segment]


def leaks(number: int, one: soak.Segment) -> soak.Segment:
    return replace(one, stage=replace(one.stage, memory=100.0 + number))


def opens(number: int, one: soak.Segment) -> soak.Segment:
    return replace(one, engine=replace(one.engine, descriptors=12 + number))


def starts_threads(number: int, one: soak.Segment) -> soak.Segment:
    return replace(one, engine=replace(one.engine, threads=8 + number))


def drifts(number: int, one: soak.Segment) -> soak.Segment:
    return replace(one, drift=int(number == 3))


def loses(number: int, one: soak.Segment) -> soak.Segment:
    return replace(one, archived=one.archived - int(number == 3))


def mixes_up(number: int, one: soak.Segment) -> soak.Segment:
    return replace(one, ends_alike=number != 3)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (leaks, "the memory of the stage rises by"),
        (opens, "the engine has 9 descriptors more"),
        (starts_threads, "the engine has 9 threads more"),
        (drifts, "segment 4: the two pages drift apart by 1"),
        (loses, "segment 4: 4000 were drawn, 3999 are archived"),
        (mixes_up, "segment 4: the archive ends with another text"),
    ],
)
def test_a_broken_bound_is_named(change: Change, said: str) -> None:
    assert soak.faults(GOOD) == []
    [fault] = soak.faults([change(number, one) for number, one in enumerate(GOOD)])
    assert fault.startswith(said)


def test_two_pages_that_differ() -> None:
    page = {"start": 0, "end": 4, "text": "love", "authors": "0011"}
    assert soak.drift(page, dict(page)) == 0
    assert soak.drift(page, page | {"text": "live"}) == 1
    assert soak.drift(page, page | {"authors": "1111"}) == 2
    assert soak.drift(page, page | {"end": 5}) == 4


def test_some_minutes_with_busy_hands(
    tiny: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert soak.soak(0.03, 2, tiny, 1, tmp_path) == []
    head, first, second = capsys.readouterr().out.splitlines()
    assert "drift" in head
    assert first < second


def test_an_archive_that_ends_with_another_text(tmp_path: Path) -> None:
    path = tmp_path / "archive.sqlite"
    assert soak.archived(path) == 0
    with Archive(path, 1 << 30) as archive:
        archive.add(PutIn(2**31, "In the ", new_page=True, place=0))
        for place, character in enumerate("end", 7):
            archive.add(Typed(2**31, character, "a", MIX, place))
    assert soak.archived(path) == 3
    assert soak.ends_alike(path, "In the end")
    assert not soak.ends_alike(path, "In the and")


# --- floods -------------------------------------------------------------------------------------


def test_a_flood_is_poured_and_counted() -> None:
    stopped = threading.Event()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as ear:
        ear.settimeout(PATIENCE)
        ear.bind(("127.0.0.1", 0))
        port = ear.getsockname()[1]
        found: list[flood.Poured] = []
        pouring = threading.Thread(target=lambda: found.append(flood.pour(port, 5_000.0, stopped)))
        pouring.start()
        heard = {ear.recv(2_000) for _ in range(20)}
        assert flood.drowned(port) >= 0
        stopped.set()
        pouring.join(PATIENCE)
    assert heard == set(flood.PACKETS)
    assert found[0].packets >= 20


def test_what_the_kernel_has_dropped(tmp_path: Path) -> None:
    table = tmp_path / "udp"
    table.write_text(
        "   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid"
        "  timeout inode ref pointer drops\n"
        "  100: 0100007F:1E5A 00000000:0000 07 00000000:00000000 00:00000000 00000000     0"
        "        0 4711 2 0000000000000000 4242\n",
        encoding="ascii",
    )
    assert flood.drowned(0x1E5A, table) == 4_242
    with pytest.raises(ValueError, match="nobody listens on UDP port 1"):
        flood.drowned(1, table)


def test_what_a_flood_does_is_printed(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert flood.measure(2_000.0, 1.0) == 0
    printed = capsys.readouterr().out
    assert "typed in the flood" in printed
    assert json.loads(printed.split()[2].replace(",", "")) > 0


def test_the_typeface_s_descriptors_are_not_counted_and_all_others_are(tmp_path: Path) -> None:
    for name in ("a.ttf", "b.txt"):
        (tmp_path / f"{name}.link").symlink_to(tmp_path / name)
    assert soak.is_typeface(tmp_path / "a.ttf.link")
    assert not soak.is_typeface(tmp_path / "b.txt.link")
    assert not soak.is_typeface(tmp_path / "gone")

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.engine import archive as module
from appliance.engine.archive import Archive, PutIn, Typed

MIX = {"linux": 0.5, "love_songs": 0.5}
LARGE = 1 << 30


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "archive.sqlite"


def typed(text: str, at: float) -> Iterator[Typed]:
    for i, character in enumerate(text):
        yield Typed(at + i / 16, character, "linux", MIX)


def rows(path: Path, query: str) -> list[tuple[object, ...]]:
    with sqlite3.connect(path) as database:
        found = database.execute(query).fetchall()
    database.close()
    return found


def fill(archive: Archive, text: str, at: float = 1_000.0) -> None:
    for entry in typed(text, at):
        archive.add(entry)


def test_every_character_is_there_with_its_time_and_its_mixture(path: Path) -> None:
    archive = Archive(path, LARGE)
    archive.add(PutIn(999.0, "static unsigned lo", new_page=True))
    fill(archive, "ve")
    archive.add(Typed(1_001.0, "!", "bible", {"bible": 1.0}))
    assert archive.commit()
    archive.close()
    assert rows(path, "SELECT id, at, code, author, mixture FROM characters") == [
        (1, 1_000_000, ord("v"), "linux", 1),
        (2, 1_000_062, ord("e"), "linux", 1),
        (3, 1_001_000, ord("!"), "bible", 2),
    ]
    assert rows(path, "SELECT weights FROM mixtures") == [
        ('{"linux": 0.5, "love_songs": 0.5}',), ('{"bible": 1.0}',),
    ]  # fmt: skip
    assert rows(path, "SELECT before, page, text FROM lines") == [(1, 1, "static unsigned lo")]


def test_what_waits_when_it_is_closed_is_written_and_the_count_goes_on(path: Path) -> None:
    for part in ("one", "two"):
        with Archive(path, LARGE) as archive:
            fill(archive, part)
        assert archive.written == 3
    found = rows(path, "SELECT id, code FROM characters ORDER BY id")
    assert found == [(i + 1, ord(c)) for i, c in enumerate("onetwo")]


def test_a_disk_that_refuses_loses_nothing_and_is_named_once(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path.parent.write_text("a file where the folder should be")
    archive = Archive(path, LARGE)
    fill(archive, "ab")
    assert not archive.commit()
    assert not archive.commit()
    assert "check the disk" in archive.fault
    assert len(caplog.records) == 1
    path.parent.unlink()
    assert archive.commit()
    assert (archive.fault, archive.written, archive.lost) == ("", 2, 0)


def test_a_full_disk_is_tried_again(path: Path) -> None:
    archive = Archive(path, LARGE)
    fill(archive, "a")
    assert archive.commit()
    database = archive._open()
    [pages] = database.execute("PRAGMA page_count").fetchone()
    database.execute(f"PRAGMA max_page_count = {pages}")  # SQLite's own way to a full disk
    fill(archive, "b" * 5_000)
    assert not archive.commit()
    assert "full" in archive.fault
    assert archive.commit()  # opened anew, and there is room
    archive.close()
    assert rows(path, "SELECT count(*), max(id) FROM characters") == [(5_001, 5_001)]


def test_when_a_disk_refuses_for_hours_the_oldest_go_first(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_WAITING", 3)
    archive = Archive(path, LARGE)
    fill(archive, "abcde")
    assert archive.commit()
    assert archive.lost == 2
    assert [code for [code] in rows(path, "SELECT code FROM characters")] == [*b"cde"]


@pytest.mark.parametrize("damage", ["head", "middle", "no database"])
def test_a_damaged_file_is_kept_and_another_begun(path: Path, damage: str) -> None:
    archive = Archive(path, LARGE)
    fill(archive, "x" * 20_000)
    assert archive.commit()
    archive._shut()
    data = bytearray(path.read_bytes())
    match damage:
        case "head":
            data[:100] = b"\0" * 100
        case "middle":
            data[4096 : len(data)] = b"\xff" * (len(data) - 4096)
        case _:
            data[:] = b"this was never a database" * 400
    path.write_bytes(bytes(data))
    fill(archive, "y")
    while not archive.commit():
        assert "damaged" in archive.fault
    assert rows(path, "SELECT code FROM characters") == [(ord("y"),)]
    [aside] = path.parent.glob("*.damaged-*")
    assert aside.read_bytes() == bytes(data)


def test_it_stays_within_its_bound_and_lets_the_oldest_go(path: Path) -> None:
    most = 1 << 20
    archive = Archive(path, most)
    at = 0.0
    for i in range(120):
        archive.add(PutIn(at, "a line", new_page=True))
        fill(archive, "z" * 1_000, at=at)
        archive.add(Typed(at, "!", "bible", {"bible": 1.0, "linux": i / 1_000}))
        at += 100.0
        assert archive.commit()
    archive._shut()
    assert path.stat().st_size < 1.2 * most
    [[first, last]] = rows(path, "SELECT min(id), max(id) FROM characters")
    assert last == 120 * 1_001
    assert isinstance(first, int) and first > 30_000
    assert rows(path, f"SELECT count(*) FROM lines WHERE before < {first}") == [(0,)]
    unknown = "SELECT count(*) FROM characters WHERE mixture NOT IN (SELECT id FROM mixtures)"
    assert rows(path, unknown) == [(0,)]


def test_it_survives_being_cut_off_in_the_middle(path: Path) -> None:
    archive = Archive(path, LARGE)
    fill(archive, "safe")
    assert archive.commit()
    database = archive._open()
    database.execute("INSERT INTO characters VALUES (99, 0, 0, '', 1)")  # and no commit follows
    copy = path.with_name("copy.sqlite")
    for end in ("", "-wal"):
        source = path.with_name(path.name + end)
        copy.with_name(copy.name + end).write_bytes(source.read_bytes())
    assert [code for [code] in rows(copy, "SELECT code FROM characters")] == [*b"safe"]
    database.rollback()
    archive._shut()

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from appliance.engine import archive as module
from appliance.engine.archive import Archive, PutIn, Typed, beside, put_aside, stretches, with_log
from appliance.engine.transcript import Entry, backwards, count, entries, opened

MIX = {"linux": 0.5, "love_songs": 0.5}
LARGE = 1 << 30


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "archive.sqlite"


def typed(text: str, at: float) -> Iterator[Typed]:
    for i, character in enumerate(text):
        yield Typed(at + i / 16, character, "linux", MIX, place=i)


def read(path: Path) -> list[Entry]:
    with opened(path) as database:
        return list(entries(database))


def text(path: Path) -> str:
    return "".join(entry.text for entry in read(path))


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
    archive.add(PutIn(999.0, "static unsigned lo", new_page=True, place=100))
    archive.add(Typed(1_000.0, "v", "linux", MIX, place=118))
    archive.add(Typed(1_000.0625, "e", "linux", MIX, place=119))
    archive.add(Typed(1_001.0, "!", "bible", {"bible": 1.0}, place=120))
    assert archive.commit()
    archive.close()
    assert read(path) == [
        Entry(1, 999_000, "static unsigned lo", 100, new_page=True),
        Entry(1, 1_000_000, "v", 118, author="linux", mixture=MIX),
        Entry(2, 1_000_062, "e", 119, author="linux", mixture=MIX),
        Entry(3, 1_001_000, "!", 120, author="bible", mixture={"bible": 1.0}),
    ]
    assert rows(path, "SELECT first, place, text FROM stretches") == [(1, 118, "ve!")]
    assert rows(path, "SELECT before, place, page FROM lines") == [(1, 100, 1)]


def test_a_commit_is_on_the_disk_when_it_returns(path: Path) -> None:
    archive = Archive(path, LARGE)
    database = archive._open()
    assert database.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert database.execute("PRAGMA synchronous").fetchone() == (2,)  # FULL
    assert module.COMMIT_EVERY <= 0.8  # a second, with the time of a write
    archive._shut()


def test_all_ascii_is_kept_even_what_ends_a_text_elsewhere(path: Path) -> None:
    everything = "".join(map(chr, range(128)))
    with Archive(path, LARGE) as archive:
        fill(archive, everything)
    with Archive(path, LARGE) as archive:
        fill(archive, everything)
    assert text(path) == 2 * everything
    assert rows(path, "SELECT first FROM stretches") == [(1,), (129,)]
    with opened(path) as database:
        assert count(database) == 256


def test_a_period_is_read_to_the_millisecond(path: Path) -> None:
    with Archive(path, LARGE) as archive:
        fill(archive, "love" * 40, at=1_000.0)  # ten seconds
    with opened(path) as database:
        found = list(entries(database, 1_004_000, 1_004_188))
    assert [entry.at for entry in found] == [1_004_000, 1_004_062, 1_004_125]


def test_the_newest_is_read_first(path: Path) -> None:
    with Archive(path, LARGE) as archive:
        archive.add(PutIn(1_000.0, "In ", new_page=True, place=0))
        archive.add(Typed(1_001.0, "a", "linux", MIX, place=3))
        archive.add(PutIn(1_002.0, "b", new_page=False, place=4))
        archive.add(PutIn(1_002.0, "c", new_page=False, place=5))
        archive.add(Typed(1_003.0, "d", "linux", MIX, place=6))
        archive.add(Typed(1_003.1, "e", "linux", MIX, place=7))
    with opened(path) as database:
        found = ["".join(entry.text for entry in piece) for piece in backwards(database)]
    assert found == ["de", "c", "b", "a", "In "]


def test_what_waits_when_it_is_closed_is_written_and_the_count_goes_on(path: Path) -> None:
    for part in ("one", "two"):
        with Archive(path, LARGE) as archive:
            fill(archive, part)
        assert archive.written == 3
    assert rows(path, "SELECT first, text FROM stretches") == [(1, "one"), (4, "two")]


TIMES = {
    "a clock that goes on": ([0.0, 0.5, 1.0], [3]),
    "a clock that goes back": ([0.0, 0.5, 0.4], [2, 1]),
    "a clock that jumps": ([0.0, 0.5, 86_400.0], [2, 1]),
    "a slow hand": ([0.0, 9.9, 10.1], [2, 1]),
}


@pytest.mark.parametrize(("times", "lengths"), TIMES.values(), ids=TIMES.keys())
def test_what_is_one_stretch(times: list[float], lengths: list[int]) -> None:
    typed = [Typed(at, "a", "linux", MIX, place) for place, at in enumerate(times)]
    assert [len(piece) for piece in stretches(typed)] == lengths


def test_a_stretch_has_no_gap_and_no_line_in_it_and_an_end() -> None:
    def at(place: int) -> Typed:
        return Typed(1.0, "a", "linux", MIX, place)

    assert [len(piece) for piece in stretches([at(0), at(1), at(5)])] == [2, 1]
    line = PutIn(1.0, "b", new_page=False, place=2)
    assert [len(piece) for piece in stretches([at(0), at(1), line, line, at(3)])] == [2, 1, 1, 1]
    assert [len(piece) for piece in stretches([at(i) for i in range(1_100)])] == [500, 500, 100]
    assert list(stretches([])) == []


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
    assert text(path) == "a" + "b" * 5_000


def test_when_a_disk_refuses_for_hours_the_oldest_go_first(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_WAITING", 3)
    archive = Archive(path, LARGE)
    fill(archive, "abcde")
    assert archive.commit()
    assert archive.lost == 2
    assert text(path) == "cde"


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
    assert text(path) == "y"
    [aside] = path.parent.glob("*.damaged-*")
    assert aside.read_bytes() == bytes(data)


def test_the_log_of_a_damaged_file_is_kept_with_it(path: Path) -> None:
    archive = Archive(path, LARGE)
    fill(archive, "x" * 20_000)
    assert archive.commit()
    archive._shut()
    fill(archive, "the newest")
    assert archive.commit()
    # Cut off: the log has what was committed last, and the file's head is gone.
    left = {end: path.with_name(path.name + end).read_bytes() for end in ("", "-wal")}
    archive._shut()
    path.write_bytes(bytes(100) + left[""][100:])
    path.with_name(path.name + "-wal").write_bytes(left["-wal"])
    returned = Archive(path, LARGE)
    fill(returned, "y")
    while not returned.commit():
        pass
    returned._shut()
    assert text(path) == "y"
    [aside] = put_aside(path)
    assert [file.name for file in with_log(aside)] == [aside.name, f"{aside.name}-wal"]
    path.write_bytes(left[""][:100] + aside.read_bytes()[100:])  # whoever can mend the head
    path.with_name(path.name + "-wal").write_bytes(with_log(aside)[1].read_bytes())
    assert text(path).endswith("xthe newest")


def test_of_a_damage_is_told_until_the_engine_ends(path: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(b"this was never a database" * 400)
    archive = Archive(path, LARGE)
    for character in "yz":
        fill(archive, character)
        while not archive.commit():
            assert archive.fault
        [aside] = put_aside(path)
        assert (archive.fault, archive.sentence) == (
            "",
            f"The archive was damaged: it is kept as {aside.name}.",
        )
    archive._shut()
    assert Archive(path, LARGE).sentence == ""


def test_what_was_put_aside_takes_no_more_than_the_archive_may(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path.parent.mkdir()
    for stamp in (9, 10, 11):
        (path.parent / f"{path.name}.before-{stamp}").write_bytes(bytes(40_000))
    (path.parent / f"{path.name}.before-9-wal").write_bytes(bytes(10))
    path.write_bytes(b"this was never a database" * 400)
    archive = Archive(path, 100_000)
    fill(archive, "y")
    while not archive.commit():
        pass
    archive._shut()
    names = sorted(file.name for file in path.parent.glob("*.before-*"))
    assert names == [f"{path.name}.before-10", f"{path.name}.before-11"]
    assert len(put_aside(path)) == 3
    assert [line for line in caplog.messages if "is let go" in line] == [
        f"{path.name}.before-9 is let go: what was put aside outgrows the bound"
    ]


def test_the_newest_that_was_put_aside_stays_whatever_it_takes(path: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(b"this was never a database" * 400)
    beside(path, ".damaged-99999999999").write_bytes(bytes(9))  # by a clock that was wrong
    archive = Archive(path, 1)
    fill(archive, "y")
    while not archive.commit():
        pass
    archive._shut()
    [aside] = put_aside(path)
    assert aside.name in archive.damage


def test_one_put_aside_never_takes_the_name_of_another(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("appliance.engine.archive.time.time", lambda: 1_000.0)
    path.parent.mkdir()
    for _ in range(2):
        path.write_bytes(b"this was never a database" * 400)
        archive = Archive(path, LARGE)
        while not archive.commit():
            pass
        archive._shut()
    assert sorted(file.name for file in put_aside(path)) == [
        f"{path.name}.damaged-1000",
        f"{path.name}.damaged-1001",
    ]


def test_what_is_written_is_not_written_again_where_nothing_can_be_let_go(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = Archive(path, LARGE)

    def full(_: sqlite3.Connection) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(archive, "_trim", full)
        fill(archive, "once")
        assert not archive.commit()
        assert "full" in archive.fault
    assert archive.commit()
    assert (archive.fault, archive.written) == ("", 4)
    archive._shut()
    assert text(path) == "once"


def test_lines_alone_stay_within_the_bound_and_the_count_goes_on(path: Path) -> None:
    most = 1 << 16
    archive = Archive(path, most)
    fill(archive, "typed")
    for number in range(400):  # it is held, and somebody puts in line after line
        archive.add(PutIn(1_000.0 + number, "z" * 500, new_page=False, place=5 + 500 * number))
        assert number % 8 or archive.commit()
    archive._shut()
    assert path.stat().st_size < 1.2 * most
    assert rows(path, "SELECT count(*) FROM stretches") == [(0,)]
    [[first, last]] = rows(path, "SELECT min(id), max(id) FROM lines")
    assert last == 393 and isinstance(first, int) and first > 250
    with Archive(path, most) as archive:
        fill(archive, "on")
    assert rows(path, "SELECT first, text FROM stretches") == [(6, "on")]


def test_it_stays_within_its_bound_and_lets_the_oldest_go(path: Path) -> None:
    most = 1 << 18
    archive = Archive(path, most)
    for i in range(120):
        at, place = 100.0 * i, 1_007 * i
        archive.add(PutIn(at, "a line", new_page=True, place=place))
        for n in range(1_000):
            archive.add(Typed(at + n / 16, "z", "linux", {"linux": 1.0, "a": n / 1_000}, place + n))
        assert archive.commit()
    archive._shut()
    assert path.stat().st_size < 1.2 * most
    [[first, last]] = rows(path, "SELECT min(first), max(first + length(text)) FROM stretches")
    assert last == 120 * 1_000 + 1
    assert isinstance(first, int) and first > 30_000
    assert rows(path, f"SELECT count(*) FROM lines WHERE before < {first}") == [(0,)]


def test_it_survives_being_cut_off_in_the_middle(path: Path) -> None:
    archive = Archive(path, LARGE)
    fill(archive, "safe")
    assert archive.commit()
    database = archive._open()
    database.execute("INSERT INTO stretches VALUES (99, 0, 0, 'lost', x'')")  # no commit follows
    copy = path.with_name("copy.sqlite")
    for end in ("", "-wal"):
        source = path.with_name(path.name + end)
        copy.with_name(copy.name + end).write_bytes(source.read_bytes())
    assert text(copy) == "safe"
    database.rollback()
    archive._shut()


# --- archives of the first form -------------------------------------------------------------------

OLD = """
CREATE TABLE mixtures (id INTEGER PRIMARY KEY, weights TEXT NOT NULL);
CREATE TABLE characters (id INTEGER PRIMARY KEY, at INTEGER NOT NULL, code INTEGER NOT NULL,
    author TEXT NOT NULL, mixture INTEGER NOT NULL);
CREATE TABLE lines (id INTEGER PRIMARY KEY, at INTEGER NOT NULL, before INTEGER NOT NULL,
    page INTEGER NOT NULL, text TEXT NOT NULL);
INSERT INTO mixtures VALUES (1, '{"linux": 0.5, "love_songs": 0.5}');
INSERT INTO lines VALUES (1, 1000, 1, 1, 'static unsigned lo');
INSERT INTO characters VALUES (1, 1001, 118, 'linux', 1), (2, 1002, 101, 'linux', 1);
"""


def test_an_older_archive_is_kept_and_can_be_read(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path.parent.mkdir()
    with closing(sqlite3.connect(path)) as database:
        database.executescript(OLD)
    archive = Archive(path, LARGE)
    fill(archive, "new")
    assert archive.commit()
    archive._shut()
    assert text(path) == "new"
    [aside] = path.parent.glob("*.before-*")
    assert [f"{path} is of another form: kept as {aside.name}, a new one begins"] == [
        record.message for record in caplog.records
    ]
    assert read(aside) == [
        Entry(1, 1_000, "static unsigned lo", -1, new_page=True),
        Entry(1, 1_001, "v", -1, author="linux", mixture=MIX),
        Entry(2, 1_002, "e", -1, author="linux", mixture=MIX),
    ]
    with opened(aside) as database:
        assert count(database) == 2
        assert list(entries(database, 1_001, 1_002)) == read(aside)[1:2]

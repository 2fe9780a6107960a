import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from appliance.engine.archive import Archive, PutIn, Typed
from appliance.engine.memory import Memory, keep
from appliance.engine.resume import resume
from appliance.engine.transcript import Entry, backwards
from appliance.page import LONGEST

KEPT = Memory(text="static ", authors="0000000", styles=("linux", "homer"), start=100, end=107,
              weights={"linux": 1.0}, active=("linux",), temperature=0.7, pace=14.0,
              joint="linear")  # fmt: skip
MIX = {"linux": 0.25, "homer": 0.75}


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    path = tmp_path / "engine.json"
    keep(path, KEPT)
    return path


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    return tmp_path / "archive.sqlite"


def typed(path: Path, text: str, place: int, author: str = "homer") -> None:
    with Archive(path, 1 << 30) as archive:
        for i, character in enumerate(text, place):
            archive.add(Typed(1_000.0 + i, character, author, MIX, i))


def put(path: Path, text: str, place: int, *, new_page: bool) -> None:
    with Archive(path, 1 << 30) as archive:
        archive.add(PutIn(2_000.0, text, new_page, place))


def test_what_was_typed_since_follows_what_was_kept(kept: Path, archive: Path) -> None:
    typed(archive, "tatic ", 101, "linux")
    typed(archive, "uns", 107)
    put(archive, "ign", 110, new_page=False)
    typed(archive, "e", 113, "linux")
    typed(archive, "d", 114, "trump")  # which was no style then
    assert resume(kept, archive) == replace(
        KEPT,
        text="static unsigned",
        authors="0000000111   0 ",
        end=115,
        weights=MIX,
        active=("linux", "homer"),  # who has weight is
    )


def test_what_no_page_can_show_is_left_out_and_the_text_goes_on_where_it_did(
    kept: Path, archive: Path
) -> None:
    keep(kept, replace(KEPT, text="stat\x00ic", authors="1001000"))
    typed(archive, "un\x00s", 107)
    put(archive, "ig\x1bn", 111, new_page=False)
    typed(archive, "ed", 115, "linux")
    assert resume(kept, archive) == replace(
        KEPT,
        text="staticunsigned",
        authors="100100111   00",
        end=117,
        weights=MIX,
        active=("linux", "homer"),
    )


def test_a_new_page_begins_where_it_began(kept: Path, archive: Path) -> None:
    typed(archive, "ic uns", 104)
    put(archive, "In the ", 110, new_page=True)
    typed(archive, "end", 117)
    assert resume(kept, archive) == replace(
        KEPT,
        text="In the end",
        authors=" " * 7 + "111",
        start=110,
        end=120,
        weights=MIX,
        active=("linux", "homer"),
    )


def test_the_page_keeps_its_length(kept: Path, archive: Path) -> None:
    typed(archive, "z" * (LONGEST + 100), 107)
    found = resume(kept, archive)
    assert found is not None
    assert (found.text, found.authors) == ("z" * LONGEST, "1" * LONGEST)
    assert (found.start, found.end) == (100, 107 + LONGEST + 100)


def test_of_days_since_what_was_kept_no_more_is_read_than_a_page_shows(
    kept: Path, archive: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = []

    def noted(database: sqlite3.Connection) -> Iterator[list[Entry]]:
        for piece in backwards(database):
            read.append(piece)
            yield piece

    typed(archive, "z" * 5 * LONGEST, 107)
    put(archive, "and ", 107 + 5 * LONGEST, new_page=False)
    monkeypatch.setattr("appliance.engine.resume.backwards", noted)
    found = resume(kept, archive)
    assert found is not None
    assert found.text == "z" * (LONGEST - 4) + "and "
    assert (found.end, found.weights) == (107 + 5 * LONGEST + 4, MIX)
    assert LONGEST <= sum(len(entry.text) for piece in read for entry in piece) < 2 * LONGEST


def test_an_archive_that_knows_nothing_newer_adds_nothing(kept: Path, archive: Path) -> None:
    assert resume(kept, archive) == KEPT
    typed(archive, "stat", 100)
    assert resume(kept, archive) == KEPT
    typed(archive, "ic ", 104)
    assert resume(kept, archive) == KEPT


@pytest.mark.parametrize(
    "pieces",
    [
        [("uns", 107), ("gned", 111)],  # a character is missing
        [("uns", 108)],  # the first is
        [("In the", 0), ("beginning", 6)],  # of a text that was begun afresh
    ],
)
def test_a_text_with_a_gap_is_not_taken_for_this_one(
    kept: Path, archive: Path, pieces: list[tuple[str, int]]
) -> None:
    for text, place in pieces:
        typed(archive, text, place)
    assert resume(kept, archive) == KEPT


@pytest.mark.parametrize("content", [b"", b"never a database" * 99])
def test_without_a_good_archive_what_was_kept_will_do(
    kept: Path, archive: Path, content: bytes
) -> None:
    archive.write_bytes(content)
    assert resume(kept, archive) == KEPT


def test_without_what_was_kept_there_is_nothing(kept: Path, archive: Path) -> None:
    typed(archive, "uns", 107)
    kept.unlink()
    assert resume(kept, archive) is None

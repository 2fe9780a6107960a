"""The archive, read: what was typed and put in, in the order of the text.

The piece may go on writing meanwhile. Archives of the first form, with a row for each character,
are read as well.
"""

import json
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from heapq import merge
from pathlib import Path

from appliance.engine.stretch import unpack

FORM = 2  # SQLite's user_version of an archive as it is written today
LONGEST = 10_000  # milliseconds from the first character of a stretch to its last
FOR_EVER = 2**62


@dataclass(frozen=True, slots=True)
class Entry:
    """A character that was drawn, or a line that was put in or with which a page began."""

    number: int  # of the character, or of the one before which the line stands
    at: int  # milliseconds since 1970
    text: str
    place: int  # index in the text; -1 where the archive does not tell
    new_page: bool = False
    author: str | None = None  # None: it was put in
    mixture: Mapping[str, float] | None = None

    @property
    def drawn(self) -> bool:
        """Whether it was drawn and not put in."""
        return self.author is not None


def opened(path: Path) -> "closing[sqlite3.Connection]":
    """Open an archive to read it, as a context manager; sqlite3.Error if that fails."""
    return closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True))


def entries(database: sqlite3.Connection, begin: int = 0, end: int = FOR_EVER) -> Iterator[Entry]:
    """Yield what was typed in a period, in milliseconds since 1970, in the order of the text."""
    read = _entries if has_stretches(database) else _entries_of_rows
    yield from read(database, begin, end)


def has_stretches(database: sqlite3.Connection) -> bool:
    """Tell whether an archive is of today's form."""
    return bool(database.execute("SELECT 1 FROM sqlite_master WHERE name = 'stretches'").fetchall())


def count(database: sqlite3.Connection) -> int:
    """Return how many characters that were drawn an archive has."""
    if not has_stretches(database):
        [rows] = database.execute("SELECT count(*) FROM characters").fetchone()
        return int(rows)
    # As bytes: to SQLite a text ends where it has a NUL.
    query = "SELECT coalesce(sum(length(CAST(text AS BLOB))), 0) FROM stretches"
    [characters] = database.execute(query).fetchone()
    return int(characters)


def backwards(database: sqlite3.Connection) -> Iterator[list[Entry]]:
    """Yield stretches and lines, the newest first; each is its entries in the order of the text."""
    slugs = _Slugs(database)
    for piece in _pieces(database, 0, FOR_EVER, reverse=True):
        yield list(_of_piece(piece, slugs))


def _entries(database: sqlite3.Connection, begin: int, end: int) -> Iterator[Entry]:
    slugs = _Slugs(database)
    for piece in _pieces(database, begin, end):
        yield from (entry for entry in _of_piece(piece, slugs) if begin <= entry.at < end)


# Number of the character that it begins with or stands before, whether it was drawn, milliseconds
# since 1970, index in the text, the text, whether a page begins, and how it was drawn.
Piece = tuple[int, int, int, int, str, int, bytes]


def _pieces(
    database: sqlite3.Connection, begin: int, end: int, *, reverse: bool = False
) -> Iterator[Piece]:
    order = "DESC" if reverse else "ASC"
    drawn = database.execute(
        "SELECT first, 1, at, place, text, 0, how FROM stretches "  # noqa: S608  # one of two words
        f"WHERE at >= ? AND at < ? ORDER BY first {order}",
        (begin - LONGEST, end),
    )
    put_in = database.execute(
        "SELECT before, 0, at, place, text, page, x'' FROM lines "  # noqa: S608  # as above
        f"WHERE at >= ? AND at < ? ORDER BY id {order}",
        (begin, end),
    )
    # Where a line and a stretch have the same number, the line stands before.
    return merge(put_in, drawn, key=lambda piece: piece[:2], reverse=reverse)


class _Slugs(dict[int, str]):
    """The styles by their numbers; ValueError for one that has no name."""

    def __init__(self, database: sqlite3.Connection) -> None:
        super().__init__()
        self._database = database

    def __missing__(self, number: int) -> str:
        # Only now: the piece may have written a new style's name and its first stretch since.
        self.update(self._database.execute("SELECT id, slug FROM styles"))
        if number not in self:
            raise ValueError(f"style {number} has no name")
        return self[number]


def _of_piece(piece: Piece, slugs: Mapping[int, str]) -> Iterator[Entry]:
    number, drawn, at, place, text, page, how = piece
    if not drawn:
        yield Entry(number, at, text, place, new_page=bool(page))
        return
    for index, (character, stroke) in enumerate(zip(text, unpack(how), strict=True)):
        at += stroke.after
        mixture = {slugs[style]: weight / 10_000 for style, weight in stroke.mixture}
        yield Entry(
            number + index,
            at,
            character,
            place + index,
            author=slugs[stroke.author],
            mixture=mixture,
        )


def _entries_of_rows(database: sqlite3.Connection, begin: int, end: int) -> Iterator[Entry]:
    # A line stands before the character it names; where both have the same place, the line first.
    found = database.execute(
        """
        SELECT before AS place, 0 AS drawn, id, at, text, page, NULL, NULL FROM lines
            WHERE at >= :begin AND at < :end
        UNION ALL
        SELECT characters.id, 1, characters.id, at, char(code), 0, author, weights
            FROM characters JOIN mixtures ON mixtures.id = mixture
            WHERE at >= :begin AND at < :end
        ORDER BY place, drawn, id
        """,
        {"begin": begin, "end": end},
    )
    for number, _, _, at, text, page, author, weights in found:
        mixture = json.loads(weights) if weights else None
        yield Entry(number, at, text, -1, bool(page), author, mixture)

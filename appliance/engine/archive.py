"""Every character that was typed, with its time and its mixture, in one SQLite file.

The engine only appends to a queue; a thread of its own writes, with one commit a second at most.
SQLite's write-ahead log with synchronous commits means that a power cut loses at most what the
last second brought, and never the file (https://sqlite.org/wal.html). A disk that is slow, full or
read-only is tried again; meanwhile the newest characters wait in memory.

Cards wear by being written to, and a commit writes whole pages: so a second is one row, and pages
are as small as SQLite has them. How the archive is read: `appliance.engine.transcript`.
"""

import logging
import re
import sqlite3
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread
from typing import Self

from appliance.engine.stretch import Stroke, pack
from appliance.engine.transcript import FORM, LONGEST

COMMIT_EVERY = 0.8  # seconds: with the time of a write, a cut takes a second at most
TRY_AGAIN = 5.0  # seconds after a disk has refused
MOST_WAITING = 100_000  # characters: two hours of quick typing on a disk that refuses
MOST_IN_ROW = 500  # characters: what was typed on a disk that refuses comes all at once
TRIMMED = 0.005  # of the file's bound that is let go at once, oldest first
NEW = -1  # the form of a file that is not there, or empty
LOG = "-wal"  # what SQLite adds to a file's name for its write-ahead log
WAYS = """
PRAGMA page_size=512;     -- of a new file; one that is there keeps its own
PRAGMA journal_mode=WAL;
PRAGMA synchronous=FULL;
PRAGMA secure_delete=OFF; -- to write zeros over what is let go would be wear, too
"""
SCHEMA = f"""
BEGIN;
PRAGMA user_version={FORM};
CREATE TABLE styles (id INTEGER PRIMARY KEY, slug TEXT NOT NULL);
CREATE TABLE stretches (  -- what was drawn within about a second
    first INTEGER PRIMARY KEY,   -- number of its first character: they are counted for ever
    place INTEGER NOT NULL,      -- of its first character, index in the text
    at INTEGER NOT NULL,         -- of its first character, milliseconds since 1970, UTC
    text TEXT NOT NULL,
    how BLOB NOT NULL            -- times, authors, mixtures: appliance.engine.stretch
);
CREATE TABLE lines (  -- what was put in and not drawn
    id INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    before INTEGER NOT NULL,     -- number of the character that follows it
    place INTEGER NOT NULL,      -- of its first character, index in the text
    page INTEGER NOT NULL,       -- 1 if a new page begins with it
    text TEXT NOT NULL
);
COMMIT;
"""
NEXT = """  -- the number of the next character, were nothing left but lines
SELECT max(
    coalesce((SELECT first + length(CAST(text AS BLOB)) FROM stretches
        ORDER BY first DESC LIMIT 1), 1),
    coalesce((SELECT before FROM lines ORDER BY id DESC LIMIT 1), 1)
)
"""

log = logging.getLogger("appliance.archive")


@dataclass(frozen=True, slots=True)
class Typed:
    """A character, when it was typed, by whom, and with which mixture."""

    at: float  # seconds since 1970
    character: str
    author: str  # the style with the largest share of its probability
    mixture: Mapping[str, float]
    place: int  # index in the text


@dataclass(frozen=True, slots=True)
class PutIn:
    """A line that was put in, or with which a page began."""

    at: float  # seconds since 1970
    text: str
    new_page: bool
    place: int  # index of its first character in the text


class Archive:
    """Writes what it is given, behind the engine's back; a context manager."""

    def __init__(self, path: Path, most_bytes: int) -> None:
        self.path, self.most_bytes = path, most_bytes
        self.fault = ""  # a sentence while the disk refuses
        self.damage = ""  # a sentence until the engine ends, where a damaged file was put aside
        self.written = 0  # characters, since it was opened
        self.lost = 0  # characters that a disk which refused for hours has cost
        self._waiting: deque[Typed | PutIn] = deque()
        self._database: sqlite3.Connection | None = None
        self._styles: dict[str, int] = {}  # numbers, by slug
        self._next = 1  # id of the next character
        self._closing = Event()
        self._thread = Thread(target=self._write_forever, name="archive", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def add(self, entry: Typed | PutIn) -> None:
        """Take an entry; never waits."""
        if len(self._waiting) >= MOST_WAITING:
            self._waiting.popleft()
            self.lost += 1
        self._waiting.append(entry)

    @property
    def sentence(self) -> str:
        """What somebody should know of it; empty where all is well."""
        return self.fault or self.damage

    def close(self) -> None:
        """Write what waits and close the file; a second call does nothing."""
        self._closing.set()
        if self._thread.is_alive():
            self._thread.join()

    def commit(self) -> bool:
        """Write all that waits in one transaction; tell whether the disk took it.

        This is the thread's step; call it only where no thread runs.
        """
        entries = list(self._waiting)
        if not self._tried(lambda database: self._insert(database, entries)):
            return False
        # They are written, whether or not there is room to let older ones go.
        for _ in entries:
            self._waiting.popleft()
        self.written += sum(isinstance(entry, Typed) for entry in entries)
        if not self._tried(self._trim):
            return False
        if self.fault:
            log.info("%s is written again", self.path)
            self.fault = ""
        return True

    def _tried(self, step: Callable[[sqlite3.Connection], None]) -> bool:
        """Take a step and commit it; tell whether the disk took it, and see to it if not."""
        try:
            database = self._open()
            with database:
                step(database)
        except sqlite3.OperationalError as error:  # full, read-only, locked, no such folder
            self._refused(str(error))
            return False
        except sqlite3.DatabaseError as error:
            self._set_aside(str(error))
            return False
        except OSError as error:
            self._refused(error.strerror or str(error))
            return False
        except MemoryError:
            self._refused("there is no memory for it")
            return False
        return True

    # --- the thread -----------------------------------------------------------------------------

    def _write_forever(self) -> None:
        wait = COMMIT_EVERY
        while not self._closing.wait(wait):
            wait = COMMIT_EVERY if not self._waiting or self.commit() else TRY_AGAIN
        if self._waiting:
            self.commit()
        self._shut()

    def _open(self) -> sqlite3.Connection:
        if self._database is None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            form = self._form()
            if form not in (FORM, NEW):
                self._put_aside("before", "is of another form")
            database = sqlite3.connect(self.path, timeout=1.0, check_same_thread=False)
            try:
                database.executescript(WAYS)
                if form != FORM:
                    database.executescript(SCHEMA)
                [self._next] = database.execute(NEXT).fetchone()
                self._styles = dict(database.execute("SELECT slug, id FROM styles"))
            except sqlite3.Error:
                database.close()
                raise
            self._database = database
        return self._database

    def _form(self) -> int:
        """Return the form of the file that is there, or NEW."""
        if not self.path.exists():
            return NEW
        with closing(sqlite3.connect(self.path, timeout=1.0)) as database:
            if not database.execute("SELECT 1 FROM sqlite_master").fetchall():
                return NEW
            return int(database.execute("PRAGMA user_version").fetchone()[0])

    def _insert(self, database: sqlite3.Connection, entries: Sequence[Typed | PutIn]) -> None:
        following = self._next
        for piece in stretches(entries):
            first = piece[0]
            at = round(first.at * 1e3)
            if isinstance(first, PutIn):
                database.execute(
                    "INSERT INTO lines (at, before, place, page, text) VALUES (?, ?, ?, ?, ?)",
                    (at, following, first.place, int(first.new_page), first.text),
                )
                continue
            typed = [entry for entry in piece if isinstance(entry, Typed)]
            text = "".join(entry.character for entry in typed)
            how = pack(list(self._strokes(database, typed)))
            database.execute(
                "INSERT INTO stretches VALUES (?, ?, ?, ?, ?)",
                (following, first.place, at, text, how),
            )
            following += len(typed)
        # A commit that fails closes the file, and opening it reads this anew.
        self._next = following

    def _strokes(self, database: sqlite3.Connection, typed: Sequence[Typed]) -> Iterator[Stroke]:
        before = round(typed[0].at * 1e3)
        for entry in typed:
            at = round(entry.at * 1e3)
            mixture = (
                (self._number(database, slug), round(weight * 10_000))
                for slug, weight in entry.mixture.items()
            )
            yield Stroke(at - before, self._number(database, entry.author), tuple(mixture))
            before = at

    def _number(self, database: sqlite3.Connection, slug: str) -> int:
        if slug not in self._styles:
            cursor = database.execute("INSERT INTO styles (slug) VALUES (?)", (slug,))
            assert cursor.lastrowid is not None
            self._styles[slug] = cursor.lastrowid
        return self._styles[slug]

    def _trim(self, database: sqlite3.Connection) -> None:
        while _bytes_used(database) > self.most_bytes:
            [first] = database.execute("SELECT min(first) FROM stretches").fetchone()
            if first is not None:
                first += max(1, int(TRIMMED * (self._next - first)))
                with database:
                    database.execute("DELETE FROM stretches WHERE first < ?", (first,))
                    database.execute("DELETE FROM lines WHERE before < ?", (first,))
                continue
            # Nothing was typed for so long that lines alone fill the file.
            oldest, newest = database.execute("SELECT min(id), max(id) FROM lines").fetchone()
            if oldest is None:
                return
            oldest += max(1, int(TRIMMED * (newest - oldest)))
            with database:
                database.execute("DELETE FROM lines WHERE id < ?", (oldest,))

    def _refused(self, why: str) -> None:
        self._shut()
        if not self.fault:
            log.error("%s cannot be written (%s): the piece goes on", self.path, why)
        self.fault = f"The archive cannot be written ({why}): check the disk."

    def _set_aside(self, why: str) -> None:
        """Keep a damaged file for who may mend it, and begin another."""
        self._shut()
        try:
            aside = self._put_aside("damaged", f"is damaged ({why})")
        except OSError as error:
            self._refused(error.strerror or str(error))
            return
        self.fault = self.damage = f"The archive was damaged: it is kept as {aside.name}."

    def _put_aside(self, kind: str, what: str) -> Path:
        """Give the file another name, and its log with it; OSError if that fails."""
        aside = self._free_name(kind)
        # First: beside a new file SQLite would delete it, and it has the newest minutes.
        minutes = beside(self.path, LOG)
        if minutes.exists() and minutes.stat().st_size:
            minutes.rename(beside(aside, LOG))
        self.path.rename(aside)
        for end in (LOG, "-shm"):
            beside(self.path, end).unlink(missing_ok=True)
        log.error("%s %s: kept as %s, a new one begins", self.path, what, aside.name)
        with suppress(OSError):  # what cannot go now goes with the next
            self._let_oldest_go(aside)
        return aside

    def _free_name(self, kind: str) -> Path:
        stamp = round(time.time())
        while (aside := beside(self.path, f".{kind}-{stamp}")).exists():
            stamp += 1  # a clock that goes back must not cost one that was put aside before
        return aside

    def _let_oldest_go(self, newest: Path) -> None:
        """Let the oldest that were put aside go, until they take no more than the archive may."""

        def age(aside: Path) -> tuple[bool, int]:
            return aside == newest, int(aside.name.rpartition("-")[2])

        found = sorted(put_aside(self.path), key=age)
        sizes = [sum(file.stat().st_size for file in with_log(aside)) for aside in found]
        while len(found) > 1 and sum(sizes) > self.most_bytes:
            oldest, _ = found.pop(0), sizes.pop(0)
            for file in with_log(oldest):
                file.unlink()
            log.warning("%s is let go: what was put aside outgrows the bound", oldest.name)

    def _shut(self) -> None:
        if self._database is not None:
            self._database.close()
        self._database = None


def beside(path: Path, end: str) -> Path:
    """Return the file whose name is an archive's with something after it."""
    return path.with_name(path.name + end)


def put_aside(path: Path) -> list[Path]:
    """Return the archives that were put aside from where an archive lies, without their logs."""
    names = re.compile(re.escape(path.name) + r"\.(?:damaged|before)-\d+")
    return [file for file in path.parent.iterdir() if names.fullmatch(file.name)]


def with_log(path: Path) -> list[Path]:
    """Return an archive's file, and that of its write-ahead log if it has one."""
    return [file for file in (path, beside(path, LOG)) if file.exists()]


def stretches(entries: Sequence[Typed | PutIn]) -> Iterator[Sequence[Typed | PutIn]]:
    """Cut what was typed into stretches, each one row; a line that was put in is one by itself.

    A stretch has no gap in the text, lasts no longer than the reader expects, and its clock never
    goes back.
    """
    begin = 0
    for number, entry in enumerate(entries):
        first, last = entries[begin], entries[number - 1] if number > begin else None
        if last is None or (
            isinstance(entry, Typed)
            and isinstance(last, Typed)
            and entry.place == last.place + 1
            and number - begin < MOST_IN_ROW
            and last.at <= entry.at
            and entry.at - first.at < (LONGEST - 1) / 1e3
        ):
            continue
        yield entries[begin:number]
        begin = number
    if entries:
        yield entries[begin:]


def _bytes_used(database: sqlite3.Connection) -> int:
    page, pages, free = (
        database.execute(f"PRAGMA {name}").fetchone()[0]
        for name in ("page_size", "page_count", "freelist_count")
    )
    return int(page * (pages - free))

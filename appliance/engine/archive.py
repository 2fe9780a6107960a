"""Every character that was typed, with its time and its mixture, in one SQLite file.

The engine only appends to a queue; a thread of its own writes, with one commit a second at most.
SQLite's write-ahead log with synchronous commits means that a power cut loses at most what the
last second brought, and never the file (https://sqlite.org/wal.html). A disk that is slow, full or
read-only is tried again; meanwhile the newest characters wait in memory.
"""

import json
import logging
import sqlite3
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread
from typing import Self

COMMIT_EVERY = 1.0  # seconds
TRY_AGAIN = 5.0  # seconds after a disk has refused
MOST_WAITING = 100_000  # characters: two hours of quick typing on a disk that refuses
TRIMMED = 0.005  # of the file's bound that is let go at once, oldest first
SCHEMA = """
CREATE TABLE IF NOT EXISTS mixtures (id INTEGER PRIMARY KEY, weights TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS characters (
    id INTEGER PRIMARY KEY,      -- counts on for ever
    at INTEGER NOT NULL,         -- milliseconds since 1970, UTC
    code INTEGER NOT NULL,       -- ASCII
    author TEXT NOT NULL,        -- the style with the largest share of its probability
    mixture INTEGER NOT NULL     -- what it was drawn with
);
CREATE TABLE IF NOT EXISTS lines (  -- what was put in and not drawn
    id INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    before INTEGER NOT NULL,     -- the character that follows it
    page INTEGER NOT NULL,       -- 1 if a new page begins with it
    text TEXT NOT NULL
);
"""

log = logging.getLogger("appliance.archive")


@dataclass(frozen=True, slots=True)
class Typed:
    """A character, when it was typed, by whom, and with which mixture."""

    at: float  # seconds since 1970
    character: str
    author: str
    mixture: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class PutIn:
    """A line that was put in, or with which a page began."""

    at: float  # seconds since 1970
    text: str
    new_page: bool


class Archive:
    """Writes what it is given, behind the engine's back; a context manager."""

    def __init__(
        self, path: Path, most_bytes: int, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.path, self.most_bytes = path, most_bytes
        self.fault = ""  # a sentence while the disk refuses
        self.written = 0  # characters, since it was opened
        self.lost = 0  # characters that a disk which refused for hours has cost
        self._clock = clock
        self._waiting: deque[Typed | PutIn] = deque()
        self._database: sqlite3.Connection | None = None
        self._mixture: tuple[str, int] | None = None
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
        try:
            database = self._open()
            with database:
                self._insert(database, entries)
            self._trim(database)
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
        for _ in entries:
            self._waiting.popleft()
        self.written += sum(isinstance(entry, Typed) for entry in entries)
        if self.fault:
            log.info("%s is written again", self.path)
            self.fault = ""
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
            database = sqlite3.connect(self.path, timeout=1.0, check_same_thread=False)
            try:
                database.execute("PRAGMA journal_mode=WAL")
                database.execute("PRAGMA synchronous=FULL")
                database.executescript(SCHEMA)
                [self._next] = database.execute(
                    "SELECT 1 + coalesce(max(id), 0) FROM characters"
                ).fetchone()
            except sqlite3.Error:
                database.close()
                raise
            self._database, self._mixture = database, None
        return self._database

    def _insert(self, database: sqlite3.Connection, entries: list[Typed | PutIn]) -> None:
        following, mixture = self._next, self._mixture
        for entry in entries:
            at = round(entry.at * 1e3)
            if isinstance(entry, PutIn):
                database.execute(
                    "INSERT INTO lines (at, before, page, text) VALUES (?, ?, ?, ?)",
                    (at, following, int(entry.new_page), entry.text),
                )
                continue
            weights = json.dumps({s: round(w, 4) for s, w in entry.mixture.items()})
            if mixture is None or mixture[0] != weights:
                cursor = database.execute("INSERT INTO mixtures (weights) VALUES (?)", (weights,))
                assert cursor.lastrowid is not None
                mixture = (weights, cursor.lastrowid)
            database.execute(
                "INSERT INTO characters VALUES (?, ?, ?, ?, ?)",
                (following, at, ord(entry.character), entry.author, mixture[1]),
            )
            following += 1
        # A commit that fails closes the file, and opening it reads these anew.
        self._next, self._mixture = following, mixture

    def _trim(self, database: sqlite3.Connection) -> None:
        while _bytes_used(database) > self.most_bytes:
            [first] = database.execute("SELECT min(id) FROM characters").fetchone()
            if first is None:
                return
            first += max(1, int(TRIMMED * (self._next - first)))
            with database:
                database.execute("DELETE FROM characters WHERE id < ?", (first,))
                database.execute("DELETE FROM lines WHERE before < ?", (first,))
                database.execute(
                    "DELETE FROM mixtures WHERE id < (SELECT mixture FROM characters WHERE id = ?)",
                    (first,),
                )

    def _refused(self, why: str) -> None:
        self._shut()
        if not self.fault:
            log.error("%s cannot be written (%s): the piece goes on", self.path, why)
        self.fault = f"The archive cannot be written ({why}): check the disk."

    def _set_aside(self, why: str) -> None:
        """Keep a damaged file for who may mend it, and begin another."""
        self._shut()
        aside = self.path.with_name(f"{self.path.name}.damaged-{round(time.time())}")
        try:
            self.path.rename(aside)
            for end in ("-wal", "-shm"):
                self.path.with_name(self.path.name + end).unlink(missing_ok=True)
        except OSError as error:
            self._refused(error.strerror or str(error))
            return
        log.error("%s is damaged (%s): kept as %s, a new one begins", self.path, why, aside.name)
        self.fault = f"The archive was damaged: it is kept as {aside.name}."

    def _shut(self) -> None:
        if self._database is not None:
            self._database.close()
        self._database = None


def _bytes_used(database: sqlite3.Connection) -> int:
    page, pages, free = (
        database.execute(f"PRAGMA {name}").fetchone()[0]
        for name in ("page_size", "page_count", "freelist_count")
    )
    return int(page * (pages - free))

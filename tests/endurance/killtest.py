"""Kill the engine again and again, at random instants, and look at what it left behind.

    python -m tests.endurance.killtest [--kills N] [--shipped] [--seed N]

One engine after the other is started on the same state folder and killed with SIGKILL: a third of
them while they start, a third while they type, a third in the moment in which a file is seen to be
written. A listener hears what each of them types. After each kill

- the archive is whole (SQLite's integrity_check on a copy), its numbers run on without a gap, every
  character can be read, what was seen in it before is still there, and what this engine added to it
  is what the listener heard, but for the last moments;
- what survives (engine.json, and what the archive has since) is whole, and its text, mixture and
  active styles are those of before or later ones of this engine.

And the next engine takes up exactly that text with that mixture. Exit status 1 if anything of this
is not so, if a character is missing that was heard more than MOST_LOST before the kill, or if what
is missing is older than MOST_MEDIAN on the median.

A killed process leaves its written bytes to the kernel: what a power cut does to a disk, only a
power cut shows.
"""

import argparse
import json
import random
import shutil
import sqlite3
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from appliance import wire
from appliance.engine.memory import Memory
from appliance.engine.resume import resume
from appliance.engine.transcript import backwards, count, entries, has_stretches, opened
from appliance.stage.link import Link
from tests.conftest import MODELS, PATIENCE
from tests.models import write_model
from tests.watched import WatchedEngine

KILLS = 500
MOST_LOST = 3.0  # seconds: one between two commits, and what a busy machine needs to do it
# A single kill says little on a busy machine; many tell whether a commit comes each second.
MOST_MEDIAN = 0.75  # seconds: a random moment in a second is half of one after its commit
ENOUGH = 20  # kills that were heard
STARTING = 2.0  # seconds from the start of the process, within which it is killed
TYPING = 2.5  # seconds from its first character
SITE = """\
[styles]
models = {models}
[typing]
pace = 100.0
"""
KINDS = ("starting", "typing", "writing")


@dataclass(slots=True)
class Life:
    """What was heard and seen of one engine before it was killed."""

    heard: list[tuple[float, int]] = field(default_factory=list)  # seconds, index after the last
    text: str = ""  # of the page, as the listener has it
    end: int = 0
    killed: float = 0.0  # seconds
    archived: int = 0  # highest number that was seen in the archive
    sent: Mapping[str, float] = field(default_factory=dict)  # the mixture that a hand set
    found: list[str] = field(default_factory=list)  # what it did not take up

    def age(self, index: int) -> float:
        """Return how many seconds before the kill a character was heard."""
        return self.killed - next(at for at, end in self.heard if end > index)


@dataclass(slots=True)
class Autopsy:
    """What one engine left behind: faults, and how old what it lost was, seconds."""

    faults: list[str]
    rows: int = 0  # characters in the archive
    added: int = 0  # of them by this engine
    survives: Memory | None = None  # what the next engine will take up
    lost: float = 0.0  # age of the oldest character that is not in the archive
    state_lost: float = 0.0  # and of the oldest that is not in what survives


class Victim:
    """The engines that are killed, one after the other, and their folder."""

    def __init__(self, folder: Path, models: Path, seed: int) -> None:
        self.folder = folder
        self.chance = random.Random(seed)
        self._engine = WatchedEngine(folder, SITE.format(models=json.dumps(str(models))))
        self._archive = folder / "archive.sqlite"
        self._kept = folder / "engine.json"
        self._errors = 0  # lines that the engines before have said of any

    def live(self, kind: str, before: Memory | None) -> Life:
        """Start an engine, listen, and kill it."""
        life = Life()
        self._engine.start()
        began = time.monotonic()
        try:
            with Link(("127.0.0.1", self._engine.port), "127.0.0.1", 0, time.monotonic) as link:
                if kind == "starting":
                    end = began + self.chance.uniform(0.0, STARTING)
                    self._listen(link, life, before, lambda: time.monotonic() > end)
                else:
                    self._listen(link, life, before, lambda: link.view.characters > 0)
                    self._play(link, life)
                    end = time.monotonic() + self.chance.uniform(0.0, TYPING)
                    self._listen(link, life, before, lambda: time.monotonic() > end)
                if kind == "writing":
                    self._await_write(link, life)
                self._engine.kill()
                life.killed = time.monotonic()
                # What it said in its last moments is in the socket still.
                self._note(link, life)
        finally:
            self._engine.kill()
        return life

    def _listen(
        self, link: Link, life: Life, before: Memory | None, until: Callable[[], bool]
    ) -> None:
        end = time.monotonic() + PATIENCE
        looked = 0.0
        taken_up = False
        while not until():
            if time.monotonic() > end:
                raise TimeoutError("the engine does not type")
            self._note(link, life)
            if not taken_up and link.view.whole and before is not None:
                taken_up = True
                if not life.sent:
                    life.found += not_taken_up(before, link)
            if time.monotonic() - looked > 0.2:
                looked = time.monotonic()
                life.archived = max(life.archived, highest(self._archive))
            time.sleep(0.002)  # leaves the processor to the engine; nothing is measured by it

    def _note(self, link: Link, life: Life) -> None:
        link.poll()
        page = link.view.page
        if page.run is not None and page.end != life.end:
            life.heard.append((time.monotonic(), page.end))
            life.text, life.end = page.text, page.end

    def _play(self, link: Link, life: Life) -> None:
        slugs = self.chance.sample(sorted(link.view.styles), 2)
        parts = self.chance.randint(1, 99)
        life.sent = {slugs[0]: parts / 100, slugs[1]: 1 - parts / 100}
        link.send(wire.Active(tuple(slugs)), wire.Weights(tuple(life.sent.items())))

    def _await_write(self, link: Link, life: Life) -> None:
        """Return when a file is just being written, by turns the archive's or what survives."""
        log = self._archive.with_name("archive.sqlite-wal")
        partial = self._kept.with_name("engine.json.partial")
        partly = self.chance.random() < 0.5
        before = _mark(log)
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            self._note(link, life)
            if partly:  # what the archive does not tell is written at once
                link.send(wire.Temperature(self.chance.uniform(0.5, 1.0)))
                if partial.exists():
                    return
            if not partly and _mark(log) not in (None, before):
                return
        raise TimeoutError("the engine writes nothing")

    def autopsy(self, before: Memory | None, rows: int, life: Life, work: Path) -> Autopsy:
        """Look at what the last one left; `rows` is how many the archive had before."""
        found = Autopsy(faults=list(life.found))
        self._look_at_archive(found, before, rows, life, work)
        self._look_at_what_survives(found, before, life, work)
        said = self._engine.lines("Error")[self._errors :]
        self._errors += len(said)
        found.faults += [f"it said: {line}" for line in said]
        return found

    def _look_at_archive(
        self, found: Autopsy, before: Memory | None, rows: int, life: Life, work: Path
    ) -> None:
        if not self._archive.exists():
            if rows:
                found.faults.append("the archive is gone")
            return
        for path in self.folder.glob("archive.sqlite*"):  # so that the next engine recovers it
            if "damaged" in path.name:
                found.faults.append(f"an engine has set an archive aside: {path.name}")
            shutil.copy2(path, work / path.name)
        try:
            with closing(sqlite3.connect(work / "archive.sqlite")) as database:
                written = examine(database, found, rows, life.archived)
        except (sqlite3.DatabaseError, ValueError) as error:
            found.faults.append(f"the archive cannot be read: {error}")
            return
        first = before.end if before is not None else len(OPENING)
        heard = life.text[-(life.end - first) :] if life.end > first else ""
        both = min(len(heard), len(written))
        if heard[:both] != written[:both]:
            found.faults.append("the archive has another text than was heard")
        found.added = len(written)
        if len(heard) > len(written):
            found.lost = life.age(first + len(written))
        if found.lost > MOST_LOST:
            found.faults.append(f"a character that was {found.lost:.1f} s old is not archived")

    def _look_at_what_survives(
        self, found: Autopsy, before: Memory | None, life: Life, work: Path
    ) -> None:
        found.survives = after = resume(self._kept, work / "archive.sqlite")
        if after is None:
            if before is not None or self._kept.exists():
                found.faults.append("what survives is torn or gone")
            return
        if before is not None and after.end < before.end:
            found.faults.append("what survives is older than before")
        if not agree(after.text, after.end, life.text, life.end):
            found.faults.append("what survives has another text than was heard")
        allowed = [dict(before.weights) if before else dict(after.weights), dict(life.sent)]
        if not any(alike(after.weights, weights) for weights in allowed):
            found.faults.append(f"what survives has a mixture that nobody set: {after.weights}")
        if life.end > after.end:
            found.state_lost = life.age(after.end)
        if found.state_lost > MOST_LOST:
            found.faults.append(f"what survives is {found.state_lost:.1f} s behind")


OPENING = "In the beginning"  # as the settings ship


def _mark(path: Path) -> tuple[int, int] | None:
    """Return a file's size and time; None if it is not there: SQLite takes its log away at will."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_size, found.st_mtime_ns


def examine(database: sqlite3.Connection, found: Autopsy, rows: int, archived: int) -> str:
    """Look whether an archive is whole, note how many rows it has, and return what is new in it."""
    [verdict] = database.execute("PRAGMA integrity_check(1)").fetchone()
    if verdict != "ok":
        found.faults.append(f"the archive is damaged: {verdict}")
    if not has_stretches(database):
        if rows:  # else it was killed before it had made the table
            found.faults.append("the archive is empty")
        return ""
    drawn = [entry for entry in entries(database) if entry.drawn]
    found.rows = count(database)
    first, last = (drawn[0].number, drawn[-1].number) if drawn else (1, 0)
    if first != 1 or last != found.rows:
        found.faults.append(f"{found.rows} rows are numbered from {first} to {last}")
    if last < max(rows, archived):
        found.faults.append(f"{max(rows, archived) - last} rows that were there are gone")
    if missing := sum(not entry.mixture for entry in drawn):
        found.faults.append(f"the mixtures of {missing} characters are missing")
    return "".join(entry.text for entry in drawn if entry.number > rows)


def not_taken_up(before: Memory, link: Link) -> list[str]:
    """Return what an engine has not taken up of what survived."""
    found = []
    page, view = link.view.page, link.view
    if page.end < before.end or not agree(before.text, before.end, page.text, page.end):
        found.append("the text that survived was not taken up")
    if not alike(view.weights, before.weights):
        found.append("the mixture that survived was not taken up")
    if set(view.active) != set(before.active):
        found.append("the active styles that survived were not taken up")
    return found


def agree(one: str, end: int, other: str, other_end: int) -> bool:
    """Tell whether two pieces of one text are the same where both have it."""
    begin = max(end - len(one), other_end - len(other))
    until = min(end, other_end)
    if until <= begin:
        return True
    ours = one[begin - (end - len(one)) : until - (end - len(one))]
    theirs = other[begin - (other_end - len(other)) : until - (other_end - len(other))]
    return ours == theirs


def alike(one: Mapping[str, float], other: Mapping[str, float]) -> bool:
    """Tell whether two mixtures are the same; the wire carries 32-bit floats."""
    return all(abs(one.get(s, 0.0) - other.get(s, 0.0)) < 1e-5 for s in {*one, *other})


def highest(archive: Path) -> int:
    """Return the highest number in a living archive; 0 while there is none."""
    try:
        with opened(archive) as database:
            newest = next(backwards(database), None)
    except sqlite3.OperationalError:
        return 0
    return 0 if newest is None else newest[-1].number


def spread(seconds: list[float]) -> str:
    """Return median, 99th percentile and maximum of ages."""
    if not seconds:
        return "never"
    median, p99 = np.percentile(seconds, (50, 99))
    return f"median {median:.2f} s, p99 {p99:.2f} s, most {max(seconds):.2f} s"


def too_seldom(seconds: list[float]) -> bool:
    """Tell whether so much is lost on the median that a commit cannot come each second."""
    return len(seconds) >= ENOUGH and float(np.median(seconds)) > MOST_MEDIAN


def kill_all(kills: int, models: Path, seed: int, folder: Path) -> int:
    """Kill so many, print what was found; return how many left something wrong."""
    victim = Victim(folder / "state", models, seed)
    rows, wrong, lives = 0, 0, Counter[str]()
    before: Memory | None = None
    lost: list[float] = []
    state_lost: list[float] = []
    for number in range(1, kills + 1):
        kind = KINDS[number % len(KINDS)]
        life = victim.live(kind, before)
        with tempfile.TemporaryDirectory(dir=folder) as work:
            found = victim.autopsy(before, rows, life, Path(work))
        for fault in found.faults:
            print(f"kill {number} ({kind}): {fault}", flush=True)
        wrong += bool(found.faults)
        rows, taken_up, before = found.rows, before is not None, found.survives
        lives[kind] += 1
        lives["typed"] += bool(life.heard)
        lives["taken up"] += bool(life.heard and taken_up)
        if life.heard:
            lost.append(found.lost)
            state_lost.append(found.state_lost)
        if number % 50 == 0:
            print(f"{number} killed, {rows:,} characters archived, {wrong} wrong", flush=True)
    how = ", ".join(f"{lives[kind]} {kind}" for kind in KINDS)
    print(f"{kills} engines were killed: {how}; {lives['typed']} were heard first,")
    print(f"and {lives['taken up']} of those took up the text of the one before")
    print(f"characters in the archive at the end: {rows:,}")
    print(f"oldest character that the archive had not: {spread(lost)}")
    print(f"oldest character that had not survived:    {spread(state_lost)}")
    print(f"engines that left anything wrong behind: {wrong}")
    seldom = too_seldom(lost) or too_seldom(state_lost)
    if seldom:
        print(f"commits are too seldom: the median is above {MOST_MEDIAN} s")
    return wrong + seldom


def main() -> int:
    """Kill engines; exit status 1 if one of them left anything wrong behind."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.endurance.killtest",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--kills", type=int, default=KILLS, help="(%(default)s)")
    parser.add_argument(
        "--shipped", action="store_true", help="with the shipped styles, not three tiny ones"
    )
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(2**31))
    args = parser.parse_args()
    print(f"seed {args.seed}")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        models = MODELS if args.shipped else folder / "models"
        for made in (folder / "state", folder / "models"):
            made.mkdir()
        for seed, slug in enumerate("abc"):
            write_model(folder / "models", slug, seed=seed)
        return 1 if kill_all(args.kills, models, args.seed, folder) else 0


if __name__ == "__main__":
    sys.exit(main())

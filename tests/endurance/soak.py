"""Days with busy hands, as fast as the machine can: nothing grows, nothing drifts apart.

    python -m tests.endurance.soak [--hours N] [--segments N] [--models FOLDER] [--seed N]

A real engine types at pace 0 as many characters as it would in so many hours at PACE; a real stage
beside it, drawn for nobody, has hands that never rest (`tests.endurance.busy`). After each segment
the engine is held, and it is looked at

- whether the stage's page is the engine's, with each character's author: by how many characters
  they drift apart;
- whether the archive has each character that was drawn, and ends as the page does;
- what memory, descriptors and threads each process holds.

Exit status 1 if the two drift apart, if a character is missing, if a process ends or stops, if the
line that is fitted through its memory after warm-up, the first sixth, rises by more than MOST_RISE,
or if it has more than MOST_OPENED descriptors or threads more at the end than after warm-up.
"""

import argparse
import itertools
import json
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from appliance import wire
from appliance.engine.transcript import FOR_EVER, count, entries, opened
from appliance.stage.link import Link
from tests.conftest import MODELS, PATIENCE, ROOT, EngineProcess, wait_for
from tests.proofs.hour import WARM_UP, Sample, resident, rise

HOURS = 72.0
PACE = 14.0  # characters a second, as the settings ship
SEGMENTS = 36
MOST_RISE = 8.0  # MiB; the allocator's pools are in it, and the archive's cache
MOST_OPENED = 4
LATELY = 600.0  # seconds of the archive in which the page began, at pace 0
SITE = """\
[styles]
models = {models}
[archive]
megabytes = 100000
[status]
host = ""
[controls]
on = []
[visit]
ends_after = 0.0
"""


def is_typeface(link: Path) -> bool:
    """Tell whether a descriptor is the typeface's, opened once for each size that is met."""
    try:
        return link.readlink().suffix in (".ttf", ".otf")
    except OSError:  # closed since
        return False


@dataclass(frozen=True, slots=True)
class Held:
    """What a process holds."""

    memory: float  # MiB
    descriptors: int
    threads: int

    @classmethod
    def by(cls, pid: int) -> "Held":
        """Look at a process (proc(5))."""
        folder = Path("/proc") / str(pid)
        opened = sum(not is_typeface(link) for link in (folder / "fd").iterdir())
        return cls(resident(pid), opened, len(list((folder / "task").iterdir())))


@dataclass(frozen=True, slots=True)
class Segment:
    """How things stood at the end of one segment."""

    seconds: float  # since the beginning
    drawn: int  # characters since the engine started
    archived: int  # characters
    drift: int  # characters in which the stage's page is not the engine's
    ends_alike: bool  # the archive and the page
    engine: Held
    stage: Held


@contextmanager
def busy_stage(engine: EngineProcess, told: Path, seed: int) -> Iterator[subprocess.Popen[bytes]]:
    """Run a stage with busy hands beside an engine."""
    command = [sys.executable, "-m", "tests.endurance.busy", "--seed", str(seed)]
    command += ["--engine-port", str(engine.port), "--told", str(told)]
    child = subprocess.Popen(command, cwd=ROOT)
    try:
        yield child
    finally:
        child.terminate()
        child.wait(PATIENCE)


def drift(engine: dict[str, Any], stage: dict[str, Any]) -> int:
    """Return in how many characters two pages differ, in letters or authors or place."""
    if (engine["start"], engine["end"]) != (stage["start"], stage["end"]):
        return max(len(engine["text"]), len(stage["text"]))
    ours, theirs = (list(zip(p["text"], p["authors"], strict=True)) for p in (engine, stage))
    return sum(one != other for one, other in itertools.zip_longest(ours, theirs))


def pages_apart(engine: EngineProcess, told: Path) -> int:
    """Return the drift between what the engine has kept and what the stage shows."""
    try:
        kept, shown = (
            json.loads(path.read_text(encoding="ascii"))
            for path in (engine.folder / "engine.json", told)
        )
    except FileNotFoundError:
        return -1
    return drift(kept, shown)


def archived(archive: Path) -> int:
    """Return how many characters an archive has; 0 while there is none."""
    try:
        with opened(archive) as database:
            return count(database)
    except sqlite3.OperationalError:
        return 0


def ends_alike(archive: Path, text: str) -> bool:
    """Tell whether what was archived lately, lines that were put in included, ends with a text."""
    since = round(1e3 * (time.time() - LATELY))
    with opened(archive) as database:
        lately = "".join(entry.text for entry in entries(database, since, FOR_EVER))
    return lately.endswith(text)


def look(
    engine: EngineProcess, link: Link, stage: subprocess.Popen[bytes], told: Path, began: float
) -> Segment:
    """Let the hands rest, hold the engine, look at both processes, and let them go on."""
    assert engine._child is not None
    archive = engine.folder / "archive.sqlite"
    told.touch()
    stage.send_signal(signal.SIGUSR1)
    # What the hands sent before the file went is in the engine's socket, before what holds it: a
    # new page that came after would be on one page already and not yet on the other.
    wait_for(link, lambda: not told.exists())
    link.send(wire.Hold(1))
    wait_for(link, lambda: link.view.status and link.view.status.state == "held")
    status = link.view.status
    assert status is not None

    def agreed() -> bool:
        return pages_apart(engine, told) == 0 and archived(archive) == status.characters

    end = time.monotonic() + PATIENCE
    while not agreed() and time.monotonic() < end:
        link.poll()
        time.sleep(0.1)  # leaves the processor to both; nothing is measured by it
    found = Segment(
        seconds=time.monotonic() - began,
        drawn=status.characters,
        archived=archived(archive),
        drift=pages_apart(engine, told),
        ends_alike=ends_alike(archive, link.view.page.text),
        engine=Held.by(engine._child.pid),
        stage=Held.by(stage.pid),
    )
    link.send(wire.Hold(0))
    wait_for(link, lambda: link.view.status and link.view.status.state != "held")
    return found


def type_on(
    link: Link, characters: int, dead: Callable[[], object], patience: float = PATIENCE
) -> None:
    """Listen until the engine has drawn so many; TimeoutError if it stops, or either ends."""
    heard, when = link.view.characters, time.monotonic()
    while link.view.status is None or link.view.status.characters < characters:
        link.poll()
        if link.view.characters != heard:
            heard, when = link.view.characters, time.monotonic()
        if dead():
            raise TimeoutError("one of the two processes has ended")
        if time.monotonic() - when > patience:
            raise TimeoutError(f"nothing was typed for {patience:g} seconds")
        time.sleep(0.005)  # as above


def risen(segments: Sequence[Segment], name: str) -> float:
    """Return by how much a process' memory rises after warm-up, by a fitted line, MiB."""
    return rise([Sample(s.seconds, s.drawn, getattr(s, name).memory) for s in segments])


def faults(segments: Sequence[Segment]) -> list[str]:
    """Return a sentence for each bound that was broken."""
    found = []
    for number, one in enumerate(segments, 1):
        if one.drift:
            found.append(f"segment {number}: the two pages drift apart by {one.drift} characters")
        if one.archived != one.drawn:
            found.append(f"segment {number}: {one.drawn} were drawn, {one.archived} are archived")
        if not one.ends_alike:
            found.append(f"segment {number}: the archive ends with another text than the page")
    warm = segments[round(WARM_UP * len(segments)) :]
    if len(warm) < 3:
        return found  # what is allocated once, and a font for each size, is in them
    for name in ("engine", "stage"):
        if (rose := risen(segments, name)) > MOST_RISE:
            found.append(f"the memory of the {name} rises by {rose:+.2f} MiB after warm-up")
        for what in ("descriptors", "threads"):
            at_first, at_last = (getattr(getattr(s, name), what) for s in (warm[0], warm[-1]))
            if at_last - at_first > MOST_OPENED:
                more = at_last - at_first
                found.append(f"the {name} has {more} {what} more at the end than after warm-up")
    return found


HEAD = (
    f"{'as if':>8} {'took':>7} {'drawn':>10} {'archived':>10} {'drift':>5}  "
    f"{'engine MiB':>10} {'fds':>4} {'thr':>4}  {'stage MiB':>10} {'fds':>4} {'thr':>4}"
)


def row(one: Segment) -> str:
    """Return a segment as a line of the table."""
    held = "  ".join(
        f"{h.memory:10.2f} {h.descriptors:4} {h.threads:4}" for h in (one.engine, one.stage)
    )
    return (
        f"{one.drawn / PACE / 3_600:6.2f} h {one.seconds:5.0f} s {one.drawn:10,} "
        f"{one.archived:10,} {one.drift:5}  {held}"
    )


def soak(hours: float, segments: int, models: Path, seed: int, folder: Path) -> list[str]:
    """Play through all segments, print each; return a sentence for each fault."""
    engine = EngineProcess(folder, SITE.format(models=json.dumps(str(models))))
    told = folder / "told.json"
    found: list[Segment] = []
    engine.start("--fresh", "--seed", str(seed))
    try:
        with (
            Link(("127.0.0.1", engine.port), "127.0.0.1", 0, time.monotonic) as link,
            busy_stage(engine, told, seed) as stage,
        ):
            assert engine._child is not None
            child = engine._child
            wait_for(link, lambda: link.view.styles and told.exists())
            # At first all together, so that each has what it allocates once.
            link.send(wire.Pace(0.0), wire.Weights(tuple((slug, 1.0) for slug in link.view.styles)))
            began = time.monotonic()
            print(HEAD, flush=True)
            for number in range(1, segments + 1):
                due = round(hours * 3_600 * PACE * number / segments)
                type_on(link, due, lambda: child.poll() is not None or stage.poll() is not None)
                found.append(look(engine, link, stage, told, began))
                print(row(found[-1]), flush=True)
    except (AssertionError, TimeoutError) as error:
        return [*faults(found), str(error)]
    finally:
        engine.stop()
    if len(found) > 3:
        rose = " and ".join(f"{risen(found, n):+.2f} ({n})" for n in ("engine", "stage"))
        print(f"after warm-up memory rises by {rose} MiB; {MOST_RISE:g} MiB are allowed")
    return faults(found)


def main() -> int:
    """Print a table of segments; exit status 1 if a bound is broken."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.endurance.soak",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--hours", type=float, default=HOURS, help="as if played (%(default)s)")
    parser.add_argument("--segments", type=int, default=SEGMENTS, help="looks (%(default)s)")
    parser.add_argument("--models", type=Path, default=MODELS, help="folder (the shipped models)")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(2**31))
    args = parser.parse_args()
    print(f"seed {args.seed}: {args.hours * 3_600 * PACE:,.0f} characters")
    with tempfile.TemporaryDirectory() as folder:
        found = soak(args.hours, args.segments, args.models, args.seed, Path(folder))
    for fault in found:
        print(fault)
    print("all bounds hold" if not found else "FAILED")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())

"""What an hour of typing writes to the disk: SD cards wear by it.

Two engines type side by side while a hand never rests, one of them without an archive: that one
must write its whole page every second, which the archive spares the other. Counted is what the
kernel says each process has caused to be written (proc_pid_io(5), write_bytes): whole pages of
memory, and where ext4 has large folios (Linux 6.16 and later) a piece of several pages for each
byte in it, so that it may be too much. What the file system writes of itself comes on top.
"""

import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from appliance import wire
from appliance.bench.figures import Figure
from appliance.bench.measure import Bench, BenchError, Measure
from appliance.bench.running import PACE, Engine, running
from appliance.files import state_folder
from appliance.page import LONGEST

STYLES = 3  # in the mixture, as when the piece opens
LINE = "and so it was written " * 45  # of about 1,000 characters
LINES = LONGEST // len(LINE) + 1


def figures(bench: Bench) -> Iterator[Figure]:
    """Let both type for as many characters as the effort says."""
    where = place()
    mixture = dict.fromkeys(list(bench.styles)[:STYLES], 1.0)
    with (
        running(bench, mixture, within=where) as whole,
        running(bench, mixture, within=where, archive=False) as bare,
    ):
        play(whole, bare, mixture, 1)
        bare.send(*[wire.Prime(LINE)] * LINES)  # a page that is not full yet would write less
        play(whole, bare, mixture, bench.effort.warm)
        before, began = [written(engine.pid) for engine in (whole, bare)], time.monotonic()
        play(whole, bare, mixture, bench.effort.characters)
        after, seconds = [written(engine.pid) for engine in (whole, bare)], time.monotonic() - began
    archived, bare_hour = (an_hour(b, a, seconds) for b, a in zip(before, after, strict=True))
    if not archived:
        yield Figure.missing(
            "written an hour",
            f"{where} is no disk, or the time was too short: name the folder of the state with "
            "STATE_DIRECTORY",
        )
        return
    note = f"{bench.effort.characters:,} characters at {PACE:g} a second; hands that never rest"
    yield Figure("written an hour", "MB", archived, note=note)
    yield Figure(
        "with archive.on = false", "MB", bare_hour, note="a full page, written once a second"
    )


def place() -> Path:
    """Return the folder of the state, if there is one to write in, or that of temporary files."""
    folder = state_folder()
    return folder if os.access(folder, os.W_OK | os.X_OK) else Path(tempfile.gettempdir())


def play(whole: Engine, bare: Engine, mixture: dict[str, float], characters: int) -> None:
    """Hear so many characters of both, and move a weight after each."""
    hand = np.random.default_rng(2016)
    heard = [engine.characters() for engine in (whole, bare)]
    for _ in range(characters):
        for engine, typed in zip((whole, bare), heard, strict=True):
            next(typed)
            engine.send(wire.Weight(str(hand.choice(list(mixture))), hand.uniform(0.2, 1.0)))


def written(pid: int, proc: Path = Path("/proc")) -> int:
    """Return the bytes that a process has caused to be written to a disk."""
    try:
        text = (proc / str(pid) / "io").read_text(encoding="ascii")
        fields = dict(line.split(": ") for line in text.splitlines())
        return int(fields["write_bytes"])
    except (OSError, KeyError, ValueError):
        raise BenchError("the kernel does not count what a process writes") from None


def an_hour(before: int, after: int, seconds: float) -> float:
    """Return the megabytes an hour, of bytes that were counted before and after some seconds."""
    return (after - before) / seconds * 3_600.0 / 1e6


MEASURE = Measure("What is written to the disk in an hour of typing", figures)

"""What a cut has left on the data partition, looked at from outside before anybody mends it."""

import contextlib
import re
import shutil
import sqlite3
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from appliance.engine.resume import resume
from appliance.engine.transcript import Entry, entries
from deploy.image.disk import run
from deploy.vm.ears import Heard, Lost, lost

MENDED = 1  # e2fsck's exit status, see e2fsck(8); 0: nothing to mend
# Totals in the superblock are in no journal: the kernel counts anew at each mount.
TOTALS = ("Free blocks count wrong (", "Free inodes count wrong (")
PASSES = re.compile(r"Pass \d|Fix\? |\S+: (recovering journal|\*\*\*\*\*|\d+/\d+ files)")


@dataclass(slots=True)
class Left:
    """What was found on the data partition after a cut."""

    lost: Lost = Lost(0.0, 0)  # noqa: RUF009  # frozen
    fsck: tuple[str, ...] = ()  # what e2fsck found wrong
    characters: int = 0  # in the archive, drawn ones
    text: str = ""  # that the next engine has to take up
    end: int = 0  # index after its last character
    faults: list[str] = field(default_factory=list)


def autopsy(partition: Path, heard: Heard, before: int, scratch: Path) -> Left:
    """Check a copy of the data partition, which is mended by it, and read what is on it.

    `heard` is what a listener heard before the cut, `before` how many characters the archive had at
    the last one; `scratch` is a folder for the state, made anew.
    """
    found = Left()
    _check(partition, found)
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir()
    run("debugfs", "-R", f"rdump /state {scratch}", partition)
    state = scratch / "state"
    found.faults += [f"{p.name} was put aside" for p in state.glob("*damaged*")]
    read = _read(state / "archive.sqlite", found)
    numbers = [entry.number for entry in read if entry.drawn]
    found.characters = len(numbers)
    if numbers != list(range(1, len(numbers) + 1)):
        found.faults.append(f"{len(numbers)} characters are numbered to {max(numbers, default=0)}")
    if found.characters < before:
        found.faults.append(f"{before - found.characters} characters that were there are gone")
    memory = resume(state / "engine.json", state / "archive.sqlite")
    if memory is not None:
        found.text, found.end = memory.text, memory.end
    elif before or heard.typed:
        found.faults.append("there is nothing to take up")
    if heard.typed:  # else it was cut before its first word
        found.lost = lost(heard, [(entry.at / 1000, entry.text) for entry in read])
        found.faults += found.lost.faults
    return found


def _check(partition: Path, found: Left) -> None:
    """Replay the journal, as the kernel would, and let e2fsck say what is wrong beyond that."""
    lines: list[str] = []
    for how in (("-E", "journal_only"), ()):  # which checks at once, if there is nothing to replay
        said = subprocess.run(
            ["e2fsck", "-f", "-y", *how, str(partition)],  # noqa: S607  # wherever it lies
            capture_output=True,
            text=True,
            check=False,
        )
        lines += [line for line in said.stdout.splitlines() if line and not PASSES.match(line)]
        if said.returncode > MENDED:
            found.faults.append(f"e2fsck ends with {said.returncode}: {'; '.join(lines)}")
    found.fsck = tuple(line for line in lines if not line.startswith(TOTALS))
    if found.fsck:
        found.faults.append("the file system needed more than its journal")


def _read(archive: Path, found: Left) -> list[Entry]:
    if not archive.exists():  # whether it should, is told by what was there before
        return []
    try:
        with contextlib.closing(sqlite3.connect(archive)) as database:
            [verdict] = database.execute("PRAGMA integrity_check(1)").fetchone()
            if verdict != "ok":
                found.faults.append(f"the archive is damaged: {verdict}")
            return list(entries(database))
    except (sqlite3.DatabaseError, ValueError) as error:
        found.faults.append(f"the archive cannot be read: {error}")
        return []

"""Cut the power of the image's own system again and again, and look at what each cut has left.

    python -m deploy.vm.cuts [--cuts N] [--fresh N] [--seed N]

The system runs under User-mode Linux (deploy/vm/uml.py), since an emulated machine takes minutes
for each start. It types, is cut off at a random moment, and its data partition is looked at from
outside before the next start: what e2fsck finds beyond the journal; whether the archive is whole,
its numbers without a gap, and nothing gone that was there; how old the oldest character is that a
listener had heard and the archive has not. Then it must come back, take up that text, and type. One
cut in six comes while it starts. Before all these, some new cards are cut off while their data
partition is being made larger, which happens once in a card's life.
"""

import argparse
import random
import shutil
import statistics
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from deploy.deb.target import PACKAGE, BuildError
from deploy.image.__main__ import ARCH, BUILD
from deploy.image.disk import MIB, run
from deploy.vm import card
from deploy.vm.autopsy import Left, autopsy
from deploy.vm.ears import LISTEN, Heard, taken_up
from deploy.vm.machine import MachineError, until
from deploy.vm.uml import KERNEL, Uml

SETTINGS = """
[controls]
on = []
"""
TOOLS = (KERNEL, "qemu-img", "mcopy", "sfdisk", "e2fsck", "debugfs", "cpio")
SIZE = 2048 * MIB  # of the card
PARTITIONS = 3
MOST_LOST = 1.0  # seconds: what docs/reliability.md promises
PATIENCE = 600.0  # seconds for a start
TYPING = (0.0, 12.0)  # seconds after a word, within which it is cut
STARTING = 6  # one cut in so many comes before it types
GROWING = (0.0, 1.5)  # seconds after the partition table changes, within which a new card is cut


@dataclass(frozen=True, slots=True)
class Cut:
    """What came of one cut, and of the start before it."""

    while_: str
    took: float  # seconds from power to a character; 0 where it came to none
    left: Left
    faults: tuple[str, ...]

    def __str__(self) -> str:
        """Return its line of the table."""
        lost, took = self.left.lost, f"{self.took:.0f} s" if self.took else "-"
        said = "; ".join([*(self.left.fsck or ["clean"]), *self.faults])
        figures = f"{self.while_:<10}{took:>7}{self.left.characters:>11,}"
        return f"{figures}{lost.seconds:>11.2f} s{lost.characters:>9}  {said}"


class Cuts:
    """One card that is cut off again and again."""

    def __init__(self, disk: Path, folder: Path, seed: int) -> None:
        self._folder, self._uml = folder, Uml(disk, folder)
        self._chance = random.Random(seed)  # noqa: S311  # moments to pull a plug
        self._before = Left()
        self._took = 20.0  # seconds that the last start took

    def run(self, cuts: int) -> Iterator[Cut]:
        """Cut so often while it types, and now and then while it starts; yield each."""
        self._uml.prepare()
        with self._uml:
            for number in range(cuts + -(-cuts // (STARTING - 1))):
                yield self._cut("typing" if number % STARTING else "starting")
            self._uml.switch_on()  # it comes back after the last, too
            found = self._types()
            if found:
                yield Cut("the last", self._took, self._before, tuple(found))

    def grow(self) -> Cut:
        """Cut a new card off while its data partition grows; it must come back, and have grown."""
        found: list[str] = []
        before = card.spans(self._uml.disk)["unsigned-data"].size
        self._uml.prepare()
        with self._uml:
            table = self._table()
            self._uml.switch_on()
            deadline = time.monotonic() + PATIENCE
            while self._table() == table:  # often, since the moment is short
                if not self._uml.runs or time.monotonic() > deadline:
                    raise MachineError(f"the partition did not grow: see {self._uml.console}")
                time.sleep(0.02)
            time.sleep(self._chance.uniform(*GROWING))
            self._uml.cut()
            run("sfdisk", "--verify", self._uml.disk)
            self._uml.switch_on()
            found += self._types()
            self._uml.cut()
        spans = card.spans(self._uml.disk)
        if len(spans) != PARTITIONS:
            found.append(f"it has {len(spans)} partitions")
        if (grown := spans["unsigned-data"].size) <= before:
            found.append(f"its data partition has {grown // MIB} MiB, as before")
        card.copy(self._uml.disk, spans["unsigned-data"], self._folder / "data")
        left = autopsy(self._folder / "data", Heard(), 0, self._folder / "left")
        return Cut("growing", self._took, left, (*found, *left.faults))

    def _table(self) -> bytes:
        with self._uml.disk.open("rb") as disk:
            return disk.read(MIB)

    def _cut(self, while_: str) -> Cut:
        self._uml.switch_on()
        found: list[str] = []
        took = 0.0
        if while_ == "starting":
            time.sleep(self._chance.uniform(0.0, self._took))
        else:
            found, took = self._types(), self._took
            time.sleep(self._chance.uniform(*TYPING))
        self._uml.cut()
        part = self._folder / "data"
        card.copy(self._uml.disk, card.spans(self._uml.disk)["unsigned-data"], part)
        before = self._before.characters
        self._before = left = autopsy(part, self._heard(), before, self._folder / "left")
        found += left.faults
        if left.lost.seconds > MOST_LOST:
            found.append(f"a character {left.lost.seconds:.1f} s old is lost")
        return Cut(while_, took, left, tuple(found))

    def _types(self) -> list[str]:
        """Wait until it types; return what it has not taken up of what was there."""

        def typed() -> bool:
            if not self._uml.runs:
                raise MachineError(f"it has ended by itself: see {self._uml.console}")
            return len(self._heard().typed) > 5

        self._took = until("it types", typed, PATIENCE)
        before = self._before
        well = taken_up(before.text, before.end, self._heard())
        return [] if well else ["the text was not taken up"]

    def _heard(self) -> Heard:
        return Heard.read(self._uml.said.read_text(encoding="ascii", errors="replace"))


def main(argv: list[str] | None = None) -> int:
    """Cut, print a line for each and what they come to; return an exit status."""
    parser = argparse.ArgumentParser(prog="make cuts", description=__doc__)
    parser.add_argument("--image", type=Path, default=BUILD / f"{PACKAGE}-{ARCH}.img")
    parser.add_argument("--folder", type=Path, default=BUILD / "cuts", help="made anew each time")
    parser.add_argument("--cuts", type=int, default=50, help="while it types (50)")
    parser.add_argument("--fresh", type=int, default=6, help="new cards, while they grow (6)")
    parser.add_argument("--seed", type=int, default=1, help="of the moments (1)")
    args = parser.parse_args(argv)
    lack = card.lack(args.image, TOOLS)
    if lack:
        print(f"{lack}: see docs/image.md, or make the image by `make image`.", file=sys.stderr)
        return 2
    shutil.rmtree(args.folder, ignore_errors=True)
    args.folder.mkdir(parents=True)
    print("cut while   start    archive  oldest lost  letters  e2fsck")
    cuts: list[Cut] = []
    whole = False
    try:
        for cut in all_cuts(args.image, args.folder.resolve(), args.seed, args.fresh, args.cuts):
            cuts.append(cut)
            print(cut, flush=True)
        whole = True
    except (MachineError, BuildError) as error:
        print(f"{error}.", file=sys.stderr)
    except KeyboardInterrupt:  # what was seen until then was seen
        print("stopped by hand", file=sys.stderr)
    if any(cut.while_ == "typing" for cut in cuts):
        print(summary(cuts))
    return 0 if whole and not any(cut.faults for cut in cuts) else 1


def all_cuts(image: Path, folder: Path, seed: int, fresh: int, cuts: int) -> Iterator[Cut]:
    """Cut new cards off while they grow, then one again and again; yield each cut."""
    for number in range(fresh):
        yield Cuts(new_card(image, folder), folder, seed + number).grow()
    yield from Cuts(new_card(image, folder), folder, seed).run(cuts)


def new_card(image: Path, folder: Path) -> Path:
    """Write the image to a card that is larger, with settings and a listener; return its file."""
    disk = folder / "card.img"
    run("cp", "--sparse=always", image, disk)
    with disk.open("r+b") as file:
        file.truncate(SIZE)
    card.put(disk, {"settings.toml": SETTINGS, "listen.py": LISTEN.read_text(encoding="utf-8")})
    return disk


def summary(cuts: list[Cut]) -> str:
    """Return what all cuts come to."""
    lost = [cut.left.lost.seconds for cut in cuts if cut.while_ == "typing"]
    oldest = f"median {statistics.median(lost):.2f} s, most {max(lost):.2f} s"
    took = statistics.median(cut.took for cut in cuts if cut.took)
    started, grown = (sum(cut.while_ == w for cut in cuts) for w in ("starting", "growing"))
    mended = sum(bool(cut.left.fsck) for cut in cuts)
    wrong = sum(bool(cut.faults) for cut in cuts)
    lines = [
        f"{len(lost)} cuts while it typed, {started} while it started, {grown} while it grew",
        f"oldest character that the archive had not: {oldest}",
        f"data partitions on which there was more to mend than the journal does: {mended}",
        f"from power to typing: median {took:.0f} s",
        f"cuts that left anything wrong behind: {wrong}",
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())

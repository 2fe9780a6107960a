"""Boot the image in QEMU, do to it what a gallery does, and print a table.

Without hardware that helps, all of it is emulated: a start takes minutes, and no time in the table
is one of the piece's own. Pictures of the screen and all else stay in the folder.
"""

import argparse
import shutil
import sys
from pathlib import Path

from deploy.deb.target import PACKAGE, BuildError
from deploy.image.__main__ import ARCH, BUILD, newest
from deploy.image.disk import run
from deploy.row import Row
from deploy.vm import card
from deploy.vm.machine import Machine
from deploy.vm.room import Room
from deploy.vm.story import play, trials
from deploy.vm.updates import makers_key

# Slower typing, since an emulated processor reads slowly. Nobody but the trials moves the mixture:
# no attract, and no visit that ends. The MIDI box is at both ends of its cable: the stage is told
# to take the one that a machine on a plinth would see.
SETTINGS = """
[stage]
fullscreen = true

[typing]
pace = 4.0

[controls]
on = ["midi"]

[midi]
ports = ["Faders"]

[visit]
ends_after = 0.0
"""
TOOLS = (
    "qemu-system-x86_64", "qemu-img", "mcopy", "sfdisk", "e2fsck", "debugfs", "ssh", "convert",
    "tesseract",
)  # fmt: skip


def main(argv: list[str] | None = None) -> int:
    """Run the trials and print the table as it grows; return an exit status."""
    parser = argparse.ArgumentParser(prog="make vm", description=__doc__)
    parser.add_argument("--image", type=Path, default=BUILD / f"{PACKAGE}-{ARCH}.img")
    parser.add_argument("--folder", type=Path, default=BUILD / "vm", help="made anew each time")
    parser.add_argument("--again", action="store_true", help="go on with the folder as it is")
    parser.add_argument("--stay", action="store_true", help="leave the machine on at the end")
    parser.add_argument("--cuts", type=int, default=5, help="how often the power is cut (5)")
    parser.add_argument("--seed", type=int, default=1, help="of the moments at which it is (1)")
    parser.add_argument(
        "--direct", action="store_true", help="start its kernel without firmware and loader"
    )
    names = " ".join(dict.fromkeys(name.partition(" ")[0] for name in trials(1, Path())))
    parser.add_argument("--only", nargs="*", default=[], metavar="ROW", help=f"of {names}")
    args = parser.parse_args(argv)
    lack = card.lack(args.image, TOOLS)
    if lack:
        print(f"{lack}: see docs/image.md, or make the image by `make image`.", file=sys.stderr)
        return 2
    folder, only = args.folder.resolve(), frozenset(args.only)
    machine = Machine(folder / "card.img", folder, direct=args.direct, stays=args.stay)
    try:
        deb = newest(BUILD)
        room = prepared(machine, args.image, args.seed, again=args.again)
    except BuildError as error:
        print(f"{error}.", file=sys.stderr)
        return 1
    rows: list[Row] = []
    with machine:
        for row in play(room, trials(args.cuts, deb), only):
            rows.append(row)
            print(row, flush=True)
    failed = sum(not row.well for row in rows)
    print(f"{len(rows)} rows, {failed} of them not as promised")
    return 1 if failed else 0


def prepared(machine: Machine, image: Path, seed: int, *, again: bool = False) -> Room:
    """Give a machine its card, with what a technician puts on it, and return its room."""
    if not again:
        machine.cut()
        shutil.rmtree(machine.folder, ignore_errors=True)
    machine.folder.mkdir(parents=True, exist_ok=True)
    room = Room.of(machine, seed)
    key = makers_key(room.sticks).with_suffix(".pub").read_text(encoding="utf-8")
    if not machine.image.exists():
        run("cp", "--sparse=always", image, machine.image)
        files = {**room.door.files, "settings.toml": SETTINGS, "update-keys": key}
        card.put(machine.image, files)
    return room


if __name__ == "__main__":
    sys.exit(main())

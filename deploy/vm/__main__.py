"""Boot the image in QEMU, do to it what a gallery does, and print a table.

Without hardware that helps, all of it is emulated: a start takes minutes, and no time in the table
is one of the piece's own. Pictures of the screen and all else stay in the folder.
"""

import argparse
import shutil
import sys
from pathlib import Path

from deploy.deb.target import PACKAGE
from deploy.image.__main__ import ARCH, BUILD
from deploy.vm.machine import put
from deploy.vm.story import Row, Story

# Slower typing, since an emulated processor reads slowly. Nobody but the trials moves the mixture:
# no attract, and no visit that ends.
SETTINGS = """
[stage]
fullscreen = true

[typing]
pace = 4.0

[controls]
on = ["midi"]

[visit]
ends_after = 0.0
"""
TOOLS = ("qemu-system-x86_64", "qemu-img", "mcopy", "ssh", "convert", "tesseract")


def main(argv: list[str] | None = None) -> int:
    """Run the trials and print the table as it grows; return an exit status."""
    parser = argparse.ArgumentParser(prog="make vm", description=__doc__)
    parser.add_argument("--image", type=Path, default=BUILD / f"{PACKAGE}-{ARCH}.img")
    parser.add_argument("--folder", type=Path, default=BUILD / "vm", help="made anew each time")
    parser.add_argument("--cuts", type=int, default=5, help="how often the power is cut (5)")
    parser.add_argument("--seed", type=int, default=1, help="of the moments at which it is (1)")
    parser.add_argument(
        "--direct", action="store_true", help="start its kernel without firmware and loader"
    )
    parser.add_argument("--only", nargs="*", default=[], help="boot root screen touch midi …")
    args = parser.parse_args(argv)
    missing = [tool for tool in TOOLS if shutil.which(tool) is None]
    if missing or not args.image.exists():
        what = f"{', '.join(missing)} is missing" if missing else f"there is no {args.image}"
        print(
            f"{what}: see docs/installing.md, or make the image by `make image`.", file=sys.stderr
        )
        return 2
    shutil.rmtree(args.folder, ignore_errors=True)
    args.folder.mkdir(parents=True)
    card = args.folder / "card.img"
    shutil.copyfile(args.image, card)
    story = Story(card, args.folder, args.seed, direct=args.direct)
    put(card, {**story.door.files, "settings.toml": SETTINGS})
    rows: list[Row] = []
    with story.machine:
        for row in story.rows(args.cuts, frozenset(args.only)):
            rows.append(row)
            print(f"{'yes' if row.well else 'NO ':4}{row.what:<48}{row.figures}", flush=True)
    failed = sum(not row.well for row in rows)
    print(f"{len(rows)} rows, {failed} of them not as promised")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

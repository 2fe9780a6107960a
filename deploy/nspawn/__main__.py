"""A real systemd boots with the package installed, and a table says what it withstands.

    make nspawn                        make the package, the tree if there is none, and the table

Only root can do this. Needs the Debian packages mmdebstrap and systemd-container. There is no
screen, no console and no device in it: pictures, keys and device rights are not shown here.
"""

import argparse
import os
import shutil
import sys
import tempfile
from pathlib import Path

from deploy.deb.target import SUITES, Target
from deploy.nspawn.machine import SUITE, Machine, build
from deploy.nspawn.story import Story
from deploy.nspawn.table import Table
from deploy.nspawn.updates import BUNDLES, bundles

TOOLS = {"mmdebstrap": "mmdebstrap", "systemd-nspawn": "systemd-container", "nsenter": "util-linux"}


def main(argv: list[str] | None = None) -> int:
    """Make the tree and the table; return 0 only if every row holds."""
    parser = argparse.ArgumentParser(prog="make nspawn", description=__doc__)
    parser.add_argument("folder", type=Path, help="for the tree and what the machine changes")
    parser.add_argument("package", type=Path, help="the Debian package of this machine's processor")
    parser.add_argument("--without-updates", action="store_true", help="save ten minutes")
    parser.add_argument("--updates", type=Path, metavar="FOLDER", help="of bundles made before")
    args = parser.parse_args(argv)
    if os.geteuid() != 0:
        return refuse("only root can boot a container: `sudo make nspawn`")
    missing = sorted({package for tool, package in TOOLS.items() if shutil.which(tool) is None})
    if missing:
        return refuse(f"`sudo apt install {' '.join(missing)}`")
    if not args.package.is_file():
        return refuse(f'there is no package {args.package}: `make deb ARGS="--suite {SUITE}"`')
    folder = args.folder.resolve()
    arch = args.package.stem.rpartition("_")[2]
    needed = [relation.partition(" ")[0] for relation in Target(SUITES[SUITE], arch).depends]
    build(folder / SUITE, needed)
    table = Table()
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        bring = {}
        if args.updates:
            bring[BUNDLES] = args.updates.resolve()
        elif not args.without_updates:
            bring[BUNDLES] = Path(scratch, "updates")
            bundles(args.package, bring[BUNDLES])
        with Machine(folder, bring) as machine:
            story = Story(machine, table, args.package, Path(scratch), bundles=bool(bring))
            story.play()
    held = sum(row.well for row in table.rows)
    print(f"{held} of {len(table.rows)} hold.")
    if story.not_shown:
        print(f"Not shown, since root is denied it here as well: {story.not_shown}.")
    if story.chain:
        print(f"\n{story.chain}")
    return table.status


def refuse(sentence: str) -> int:
    """Say why not, in one sentence."""
    print(f"{sentence}.", file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main())

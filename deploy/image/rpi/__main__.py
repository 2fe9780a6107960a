"""Make the card of a Raspberry Pi 5 from the root that rpi-image-gen made.

NOT YET BUILT AND NOT YET STARTED: README.md says how to try it. The partitions, their labels and
the kernel's line are those of the image for x86-64.
"""

import argparse
import os
import re
import shutil
import sys
import tempfile
from pathlib import Path

from deploy.deb.target import PACKAGE, BuildError
from deploy.image.__main__ import BUILD, CLONE, cmdline, describe_outputs
from deploy.image.disk import build_disk, run
from deploy.image.tree import BOOT

CONFIG = Path(__file__).parent / "config.txt"
ROOT_ARM64 = "B921B045-1DF0-41C3-AF44-4C6F280D3FAE"  # of the Discoverable Partitions specification
STARTS = ("kernel_2712.img", "initramfs_2712", "bcm2712-rpi-5-b.dtb")
OVERLAYROOT = "usr/share/initramfs-tools/scripts/init-bottom/overlayroot"


def main(argv: list[str] | None = None) -> int:
    """Make the card and print its path; return an exit status."""
    parser = argparse.ArgumentParser(prog="deploy.image.rpi", description=__doc__)
    parser.add_argument("root", type=Path, help="the folder `filesystem` that rpi-image-gen made")
    parser.add_argument("--out", type=Path, default=BUILD / f"{PACKAGE}-rpi5.img")
    args = parser.parse_args(argv)
    if os.geteuid() != 0:
        parser.error("the root's files must belong to root here: run it by podman unshare")
    try:
        make(args.root.resolve(), args.out)
    except BuildError as error:
        print(f"{error}.", file=sys.stderr)
        return 1
    print(args.out)
    return 0


def make(root: Path, out: Path) -> None:
    """Make the card of a root; BuildError where something that starts it is missing."""
    if not (root / OVERLAYROOT).is_file():
        raise BuildError(f"{root} has no overlayroot: rpi-image-gen did not make it to the end")
    with tempfile.TemporaryDirectory(dir=root.parent) as scratch:
        boot, aside, made = (Path(scratch, name) for name in ("boot", "aside", "card"))
        starting(root / "boot/firmware", boot)
        describe_outputs(root)
        (root / "boot").rename(aside)  # all that starts it lies on the boot partition
        try:
            (root / "boot/firmware").mkdir(parents=True)
            build_disk(root, boot, made)
        finally:
            shutil.rmtree(root / "boot", ignore_errors=True)
            aside.rename(root / "boot")
        run("sfdisk", "--quiet", "--part-type", made, "2", ROOT_ARM64)
        out.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(made, out)


def starting(firmware: Path, boot: Path) -> None:
    """Fill the boot partition: what the firmware reads, and settings and papers for people."""
    config = CONFIG.read_text(encoding="utf-8")
    overlays = re.findall(r"^dtoverlay=([^,\s]+)", config, re.MULTILINE)
    for name in (*STARTS, *(f"overlays/{overlay}.dtbo" for overlay in overlays)):
        if not (firmware / name).is_file():
            raise BuildError(
                f"{firmware} has no {name}, without which a Raspberry Pi 5 does not start"
            )
    shutil.copytree(firmware, boot)
    shutil.copytree(BOOT, boot, dirs_exist_ok=True)
    shutil.copyfile(CLONE / "deploy/etc/settings.toml", boot / "settings.toml")
    (boot / "config.txt").write_text(config, encoding="utf-8")
    (boot / "cmdline.txt").write_text(cmdline() + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())

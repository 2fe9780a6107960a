"""Make the disk image of the appliance: a card or stick that plays when it is switched on.

Debian, the piece's package and what they need are put together from deploy/image/packages.list and
the files beside it. For x86-64 machines that start by UEFI; the Raspberry Pi's is described in
deploy/image/rpi. Only root can do this, since the files in it belong to root.
"""

import argparse
import os
import shutil
import sys
import tempfile
from pathlib import Path

from appliance.service.boot import EDIDS, words
from appliance.service.edid import TIMINGS, edid
from deploy.deb.target import PACKAGE, BuildError
from deploy.image.disk import build_disk
from deploy.image.tree import BOOT, build_tree

CLONE = Path(__file__).resolve().parents[2]
BUILD = CLONE / "build"
HERE = Path(__file__).parent
SUITE, ARCH = "trixie", "amd64"


def main(argv: list[str] | None = None) -> int:
    """Make the image and print its path; return an exit status."""
    parser = argparse.ArgumentParser(prog="make image", description=__doc__)
    parser.add_argument("--deb", type=Path, help="the package (the newest for trixie in build/)")
    parser.add_argument("--out", type=Path, default=BUILD / f"{PACKAGE}-{ARCH}.img")
    parser.add_argument("--work", type=Path, default=BUILD, help="folder for 2 GB meanwhile")
    parser.add_argument("--keep", type=Path, help="a folder that keeps the root, to look at")
    args = parser.parse_args(argv)
    try:
        make(args.deb or newest(BUILD), args.out, args.work, args.keep)
    except BuildError as error:
        print(f"{error}.", file=sys.stderr)
        return 1
    print(args.out)
    return 0


def newest(folder: Path) -> Path:
    """Return the newest package for the image's system; BuildError where there is none."""
    found = sorted(
        folder.glob(f"{PACKAGE}_*+deb13_{ARCH}.deb"), key=lambda path: path.stat().st_mtime
    )
    if not found:
        raise BuildError(
            f"{folder} has no package: `make deb ARGS='--suite {SUITE} --arch {ARCH}'`"
        )
    return found[-1]


def make(deb: Path, out: Path, work: Path, keep: Path | None = None) -> None:
    """Make the image of a package."""
    if os.geteuid() != 0:
        raise BuildError("only root can make an image: run it by sudo")
    work.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=work) as scratch:
        root, boot = keep or Path(scratch, "root"), Path(scratch, "boot")
        build_tree(deb.resolve(), SUITE, ARCH, root)
        describe_outputs(root)
        starting(root, boot)
        out.parent.mkdir(parents=True, exist_ok=True)
        build_disk(root, boot, out)


def starting(root: Path, boot: Path) -> None:
    """Fill the boot partition: settings and papers for people, a kernel for the machine."""
    shutil.copytree(BOOT, boot)
    shutil.copyfile(CLONE / "deploy/etc/settings.toml", boot / "settings.toml")
    kernels = sorted((root / "boot").glob("vmlinuz-*"))
    pictures = sorted((root / "boot").glob("initrd.img-*"))
    if len(kernels) != 1 or len(pictures) != 1:
        raise BuildError(f"{root}/boot has {len(kernels)} kernels, and not one")
    shutil.copyfile(kernels[0], boot / "vmlinuz")
    shutil.copyfile(pictures[0], boot / "initrd.img")
    for file in (*kernels, *pictures):  # it starts from here, and the root need not have them twice
        file.unlink()
    loader = boot / "EFI/BOOT/BOOTX64.EFI"
    loader.parent.mkdir(parents=True)
    shutil.copyfile(root / "usr/lib/systemd/boot/efi/systemd-bootx64.efi", loader)
    entries = boot / "loader/entries"
    entries.mkdir(parents=True)
    shutil.copyfile(HERE / "loader.conf", boot / "loader/loader.conf")
    (entries / "piece.conf").write_text(
        f"title static-unsigned-love\nlinux /vmlinuz\ninitrd /initrd.img\noptions {cmdline()}\n",
        encoding="utf-8",
    )


def describe_outputs(root: Path) -> None:
    """Lay down what monitors would say of themselves, for outputs on which nobody answers.

    `appliance boot` writes the one that is asked for; here nothing can be written later.
    """
    folder = root / EDIDS
    folder.mkdir(parents=True, exist_ok=True)
    for (width, height, rate), timing in TIMINGS.items():
        (folder / f"{width}x{height}-{rate}.bin").write_bytes(edid(timing))


def cmdline() -> str:
    """Return the kernel's command line: how this image starts, and quietly as any of ours."""
    own = (HERE / "cmdline").read_text(encoding="utf-8").split()
    return " ".join([*own, *words(())])


if __name__ == "__main__":
    sys.exit(main())

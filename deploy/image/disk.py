"""The disk of the image: a boot partition, a root that is never written, and data.

All is written into plain files and put together, so that no loop device is needed. Sizes and places
are in bytes; every partition begins at a whole MiB.
"""

import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from deploy.deb.target import BuildError

MIB = 1 << 20
# Microsoft's basic data, as sticks have it: people shall edit the settings there, and no desktop
# opens an EFI system partition by itself. Firmware starts EFI/BOOT/BOOTX64.EFI of any FAT partition
# of a removable disk; for a board that insists on an EFI system partition:
# sfdisk --part-type DISK 1 C12A7328-F81F-11D2-BA4B-00A0C93EC93B
BASIC_DATA = "EBD0A0A2-B9E5-4433-87C0-68B6B72699C7"
# Partition types of the Discoverable Partitions specification.
ROOT = "4F68BCE3-E8CD-4DB1-96E7-FBCAF984B709"  # of x86-64
LINUX = "0FC63DAF-8483-4772-8E79-3D69D8477DE4"
TOOLS = {"mke2fs": "e2fsprogs", "mkfs.vfat": "dosfstools", "mcopy": "mtools", "sfdisk": "fdisk"}


@dataclass(frozen=True, slots=True)
class Partition:
    """A part of the disk; `start` and `size` in bytes."""

    label: str
    kind: str
    start: int
    size: int


def laid_out(sizes: Mapping[str, int]) -> list[Partition]:
    """Lay out boot, root and data one after the other, each rounded up to a whole MiB."""
    place, parts = MIB, []
    for (label, size), kind in zip(sizes.items(), (BASIC_DATA, ROOT, LINUX), strict=True):
        rounded = -(-size // MIB) * MIB
        parts.append(Partition(label, kind, place, rounded))
        place += rounded
    return parts


def table(partitions: list[Partition]) -> str:
    """Return what sfdisk(8) is told of a GPT with these partitions.

    Windows moves the table of a card whose first usable sector is not 34, as soon as the card is
    put in to edit its settings, and a Raspberry Pi's firmware does not find it again (rpi-eeprom
    issue 585).
    """
    lines = ["label: gpt", "first-lba: 34", "unit: sectors", "sector-size: 512"]
    lines += [
        f'start={part.start // 512}, size={part.size // 512}, type={part.kind}, name="{part.label}"'
        for part in partitions
    ]
    return "\n".join(lines) + "\n"


def run(*command: str | Path, told: str | None = None) -> str:
    """Run one of the tools and return what it prints; BuildError with its words if it fails."""
    name = str(command[0])
    if shutil.which(name) is None:
        raise BuildError(f"{name} is missing: `sudo apt install {TOOLS.get(name, name)}`")
    said = subprocess.run(
        [str(word) for word in command], input=told, capture_output=True, text=True, check=False
    )
    if said.returncode:
        raise BuildError(f"{name} failed: {said.stderr.strip() or said.stdout.strip()}")
    return said.stdout


def ext4(file: Path, size: int, label: str, tree: Path | None = None) -> None:
    """Make an ext4 file system; with a tree it is filled, and has no journal, being read alone."""
    with file.open("wb") as image:
        image.truncate(size)
    command: list[str | Path] = ["mke2fs", "-q", "-F", "-t", "ext4", "-L", label, "-m", "0"]
    if tree is not None:
        command += ["-O", "^has_journal", "-d", tree]
    run(*command, file)


def fat(file: Path, size: int, label: str, tree: Path) -> None:
    """Make a FAT32 file system with the files of a tree."""
    with file.open("wb") as image:
        image.truncate(size)
    # The largest clusters that FAT32 can have at this size, so that firmware finds its way sooner.
    run("mkfs.vfat", "-F", "32", "-s", "8", "-n", label, file)
    for path in sorted(tree.iterdir()):
        run("mcopy", "-s", "-i", file, path, "::")


def used(tree: Path) -> int:
    """Return what a tree takes on disk, in bytes, without following links."""
    said = run("du", "--summarize", "--one-file-system", "--block-size=1", tree)
    return int(said.split()[0])


def build_disk(root: Path, boot: Path, image: Path, *, data: int = 64 * MIB) -> list[Partition]:
    """Write the disk image of a root tree and the boot partition's files; return its partitions."""
    with tempfile.TemporaryDirectory(dir=image.parent) as scratch:
        sizes = {
            "unsigned-boot": max(260 * MIB, 2 * used(boot)),  # FAT32 begins at 260 MiB or so
            # Inodes and bitmaps, and room for small files' last blocks.
            "unsigned-root": used(root) * 115 // 100 + 32 * MIB,
            "unsigned-data": data,
        }
        partitions = laid_out(sizes)
        files = [Path(scratch, part.label) for part in partitions]
        fat(files[0], partitions[0].size, "UNSIGNED", boot)
        ext4(files[1], partitions[1].size, "unsigned-root", root)
        ext4(files[2], partitions[2].size, "unsigned-data")
        made = Path(scratch, "disk")
        with made.open("wb") as disk:
            disk.truncate(partitions[-1].start + partitions[-1].size + MIB)  # the second table
        run("sfdisk", "--quiet", made, told=table(partitions))
        for part, file in zip(partitions, files, strict=True):
            run(
                "dd", f"if={file}", f"of={made}", "bs=1M", f"seek={part.start // MIB}",
                "conv=notrunc,sparse", "status=none",
            )  # fmt: skip
        made.replace(image)
    return partitions

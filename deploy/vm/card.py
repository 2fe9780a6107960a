"""The card in another computer: files that are put on its boot partition, and what is on the rest.

The boot partition is written in the raw image alone. A qcow2 file that stands on the image shows it
too, since the machine itself never writes there.
"""

import json
import shutil
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from deploy.image.disk import MIB, run


@dataclass(frozen=True, slots=True)
class Span:
    """Where a partition lies, in bytes."""

    start: int
    size: int


def lack(image: Path, tools: Iterable[str]) -> str:
    """Return what there is not of an image and the tools to try it with; "" where all is there."""
    missing = ", ".join(tool for tool in tools if shutil.which(tool) is None)
    if missing:
        return f"missing here: {missing}"
    return "" if image.exists() else f"there is no {image}"


def put(image: Path, files: dict[str, str]) -> None:
    """Write files on the boot partition of a raw image."""
    for name, text in files.items():
        file = image.with_name("put")
        file.write_text(text, encoding="utf-8")
        run("mcopy", "-o", "-i", _boot(image), file, f"::{name}")
        file.unlink()


def take(image: Path, name: str, to: Path) -> None:
    """Copy a file off the boot partition of a raw image."""
    run("mcopy", "-o", "-i", _boot(image), f"::{name}", to)


def take_away(image: Path, names: Iterable[str]) -> None:
    """Remove files from the boot partition of a raw image."""
    for name in names:
        run("mdel", "-i", _boot(image), f"::{name}")


def boot_line(image: Path) -> str:
    """Return the kernel's line of a raw image."""
    entry = run("mtype", "-i", _boot(image), "::loader/entries/piece.conf")
    [line] = (line for line in entry.splitlines() if line.startswith("options "))
    return line.removeprefix("options ")


def _boot(image: Path) -> str:
    return f"{image}@@{MIB}"  # where it begins: deploy/image/disk.py


def spans(disk: Path) -> dict[str, Span]:
    """Return where the partitions of a disk lie, by name; a raw image, or a qcow2 file."""
    whole = int(json.loads(run("qemu-img", "info", "--output=json", disk))["virtual-size"])
    with tempfile.TemporaryDirectory(dir=disk.parent) as scratch:
        table = Path(scratch, "table")
        copy(disk, Span(0, MIB), table)
        with table.open("r+b") as file:
            file.truncate(whole)
        told = json.loads(run("sfdisk", "--json", table))["partitiontable"]
    sector = int(told["sectorsize"])
    return {
        part["name"]: Span(part["start"] * sector, part["size"] * sector)
        for part in told["partitions"]
    }


def copy(disk: Path, span: Span, to: Path) -> None:
    """Copy a part of a disk, as the machine would read it, into a raw file with holes."""
    form = "qcow2" if disk.suffix == ".qcow2" else "raw"
    part = f"driver=raw,offset={span.start},size={span.size}"
    whole = f"file.driver={form},file.file.driver=file,file.file.filename={disk}"
    run("qemu-img", "convert", "--image-opts", "-O", "raw", f"{part},{whole}", to)


def written_between(disk: Path, begin: int, end: int) -> int:
    """Return how many bytes of a range a qcow2 file has of its own, above what it stands on."""
    said = run("qemu-img", "map", "--output=json", disk)
    own = (part for part in json.loads(said) if part["depth"] == 0 and part["data"])
    parts = ((part["start"], part["start"] + part["length"]) for part in own)
    return sum(max(0, min(end, last) - max(begin, first)) for first, last in parts)

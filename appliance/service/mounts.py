"""Which disk a folder lies on, and what the kernel knows of it; see proc_pid_mountinfo(5)."""

from dataclasses import dataclass
from pathlib import Path

IN_MEMORY = ("tmpfs", "ramfs")


@dataclass(frozen=True, slots=True)
class Mount:
    """A file system that is mounted."""

    device: str  # its number, "179:2"
    place: Path
    read_only: bool
    kind: str
    upper: Path | None  # where an overlay writes


def mount_of(folder: Path, root: Path = Path("/")) -> Mount | None:
    """Return what a folder lies on; None where the kernel does not tell."""
    found = [mount for mount in _mounts(root) if folder.is_relative_to(mount.place)]
    # Of two at the same place the later covers the earlier.
    return max(reversed(found), key=lambda mount: len(mount.place.parts), default=None)


def is_in_memory(mount: Mount, root: Path = Path("/")) -> bool:
    """Tell whether what is written there is gone when the power goes."""
    if mount.upper is not None:
        beneath = mount_of(mount.upper, root)
        return beneath is not None and beneath.kind in IN_MEMORY
    return mount.kind in IN_MEMORY


def _mounts(root: Path) -> list[Mount]:
    try:
        text = (root / "proc/self/mountinfo").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return []
    found = []
    for line in text.splitlines():
        before, _, after = line.partition(" - ")
        fields, kinds = before.split(" "), after.split(" ")
        if len(fields) < 6 or len(kinds) < 3:
            continue
        ways = [*fields[5].split(","), *kinds[2].split(",")]
        upper = next((way[9:] for way in ways if way.startswith("upperdir=")), None)
        found.append(
            Mount(
                device=fields[2],
                place=Path(_plain(fields[4])),
                read_only="ro" in ways,
                kind=kinds[0],
                upper=Path(_plain(upper)) if upper else None,
            )
        )
    return found


def _plain(place: str) -> str:
    for code, letter in (("\\040", " "), ("\\011", "\t"), ("\\012", "\n"), ("\\134", "\\")):
        place = place.replace(code, letter)
    return place

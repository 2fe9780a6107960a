"""Whether the user that the piece runs as may open what it plays, and write what shall survive."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from appliance.service.checks import Check, Severity

NAME = "rights"
READ, WRITE, SEARCH = 4, 2, 1

# What is opened for what; the last is the control that needs it, or nothing if always.
DEVICES = (
    ("screens", "dev/dri/card*", READ | WRITE, ""),
    ("fingers and keys", "dev/input/event*", READ, ""),
    ("MIDI", "dev/snd/seq", READ | WRITE, "midi"),
    ("faders", "dev/spidev*", READ | WRITE, "gpio"),
    ("buttons", "dev/gpiochip*", READ | WRITE, "gpio"),
    ("brightness", "sys/class/backlight/*/brightness", WRITE, ""),
)


@dataclass(frozen=True, slots=True)
class Who:
    """A user: name, number, and the numbers of all groups."""

    name: str
    uid: int
    groups: frozenset[int]


@dataclass(frozen=True, slots=True)
class Owner:
    """To whom a file belongs, and the nine bits of what each may."""

    uid: int
    gid: int
    mode: int


def owner_of(path: Path) -> Owner:
    """Return a file's owner; OSError if it cannot be looked at."""
    told = path.stat()
    return Owner(told.st_uid, told.st_gid, told.st_mode & 0o777)


def check_rights(
    who: Who,
    controls: Collection[str],
    places: Sequence[Path],
    group_name: Callable[[int], str],
    root: Path = Path("/"),
    owner: Callable[[Path], Owner] = owner_of,
) -> list[Check]:
    """Look at devices and at `places`, folders and files that are written.

    `controls` are those that are switched on.
    """
    found = []
    for what, pattern, wanted, control in DEVICES:
        if control and control not in controls:
            continue
        shut = [path for path in sorted(root.glob(pattern)) if not may(who, wanted, owner(path))]
        if shut:
            found.append(_shut(who, what, shut, group_name, owner))
    for place in places:
        found += _written(who, place, owner)
    return found or [Check(NAME, Severity.OK, f"{who.name} may open and write what it needs.")]


def may(who: Who, wanted: int, owned: Owner) -> bool:
    """Tell whether a user may do all of what is wanted; see path_resolution(7)."""
    if who.uid == 0:
        return True
    if who.uid == owned.uid:
        return owned.mode >> 6 & wanted == wanted
    if owned.gid in who.groups:
        return owned.mode >> 3 & wanted == wanted
    return owned.mode & wanted == wanted


def _shut(
    who: Who,
    what: str,
    shut: Sequence[Path],
    group_name: Callable[[int], str],
    owner: Callable[[Path], Owner],
) -> Check:
    more = f" and {len(shut) - 1} more" if len(shut) > 1 else ""
    said = f"{who.name} may not open {shut[0]}{more}: no {what}."
    owned = owner(shut[0])
    if owned.gid == 0 or owned.gid in who.groups:  # the file is at fault, not the user
        remedy = "Install the package anew: its udev rules say who may. Then restart."
    else:
        remedy = f"sudo usermod -aG {group_name(owned.gid)} {who.name}, then restart."
    return Check(NAME, Severity.WARNING, said, remedy)


def _written(who: Who, place: Path, owner: Callable[[Path], Owner]) -> list[Check]:
    try:
        owned = owner(place)
    except FileNotFoundError:
        return []  # it is made by whoever may write the folder above
    except OSError as error:
        said = f"{place} cannot be looked at ({error.strerror})."
        return [Check(NAME, Severity.WARNING, said, "Run the doctor with sudo.")]
    wanted = READ | WRITE | SEARCH if place.is_dir() else READ | WRITE
    if may(who, wanted, owned):
        return []
    said = f"{who.name} may not write {place}: nothing there survives."
    remedy = f"sudo chown -R {who.name}: {place}"
    return [Check(NAME, Severity.WARNING, said, remedy)]

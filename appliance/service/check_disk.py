"""The disk on which archive and state lie: room, rights, wear, and how long the archive lasts."""

import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import datetime
from pathlib import Path

from appliance.service.checks import Check, Severity
from appliance.service.mounts import Mount, is_in_memory, mount_of
from appliance.service.tables import Archive
from appliance.service.vitals import LITTLE_DISK

NAME = "disk"
OLD = 3  # years, after which a card is better replaced (docs/operating.md)
WORN = 9  # of the eleven steps in which a card tells its wear: more than 80 of a hundred
DAY = 86_400_000  # milliseconds
RoomOf = Callable[[Path], tuple[int, int]]  # free and all bytes of a folder's disk


def room_of(folder: Path) -> tuple[int, int]:
    """Return the bytes that are free and all bytes of a folder's disk; OSError."""
    told = os.statvfs(folder)
    return told.f_bavail * told.f_frsize, told.f_blocks * told.f_frsize


def check_disk(
    state: Path,
    archive: Archive,
    now: datetime,
    root: Path = Path("/"),
    room: RoomOf = room_of,
) -> list[Check]:
    """Look at the disk of the folder that survives, and at the archive in it."""
    place = state
    while not place.exists() and place != place.parent:
        place = place.parent
    mount = mount_of(place.resolve(), root)
    free, found = 0, []
    try:
        free, whole = room(place)
    except OSError as error:
        said = f"{state} does not tell its room ({error.strerror})."
        found.append(Check(NAME, Severity.WARNING, said, "Replace the card."))
    else:
        found.append(_room(state, free, whole))
    if mount is not None:
        found += [*_ways(state, mount, root), *_wear(mount, now, root)]
    if archive.on:
        found += _archive(state, archive.megabytes * 1_000_000, free)
    else:
        found.append(Check("archive", Severity.NOTE, "The archive is switched off."))
    return found


def _room(state: Path, free: int, whole: int) -> Check:
    said = f"{_megabytes(free)} of {_megabytes(whole)} are free where {state} lies."
    if free >= LITTLE_DISK:
        return Check(NAME, Severity.OK, said)
    return Check(NAME, Severity.WARNING, said, "Make room, or lower archive.megabytes.")


def _ways(state: Path, mount: Mount, root: Path) -> list[Check]:
    if mount.read_only:
        said = f"{state} can be read and not written: {mount.place} is mounted read-only."
        remedy = "A card that fails becomes so by itself: restart; if it is so again, replace it."
        return [Check(NAME, Severity.WARNING, said, remedy)]
    if is_in_memory(mount, root):
        said = f"{state} lies in memory: text, archive and calibration are gone with the power."
        remedy = "The card's data partition could not be used, or there never was one."
        return [Check(NAME, Severity.WARNING, said, remedy)]
    return []


# --- wear ---------------------------------------------------------------------------------------


def _wear(mount: Mount, now: datetime, root: Path) -> list[Check]:
    """Tell what an SD card or an eMMC says of its age.

    Source: Linux, Documentation/driver-api/mmc/mmc-dev-attrs; JESD84-B51, DEVICE_LIFE_TIME_EST.
    """
    block = (root / "sys/dev/block" / mount.device).resolve()
    device = next(
        (place / "device" for place in (block, block.parent) if (place / "device").is_dir()), None
    )
    if device is None or _read(device / "type") not in ("SD", "MMC"):
        return []
    card = f"card {_read(device / 'name') or 'without a name'}"
    steps = [int(step, 16) for step in _read(device / "life_time").split() if _is_hex(step)]
    if max(steps, default=0) > 0:
        used = f"about {10 * min(max(steps), 10)} %" if max(steps) < 11 else "more than 100 %"
        said = f"The {card} says that {used} of its life is used up."
        worn = max(steps) >= WORN or _read(device / "pre_eol_info") in ("0x02", "0x03")
        if worn:
            return [Check(NAME, Severity.WARNING, said, "Replace it soon.")]
        return [Check(NAME, Severity.OK, said)]
    month, _, year = _read(device / "date").partition("/")
    if not (month.isdigit() and year.isdigit()):
        return []
    said = f"The {card} was made in {year}-{int(month):02} and does not tell its wear."
    if now.year - int(year) > OLD:
        return [Check(NAME, Severity.NOTE, said, f"Replace it, if it played for {OLD} years.")]
    return [Check(NAME, Severity.OK, said)]


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii", errors="replace").strip()
    except OSError:
        return ""


def _is_hex(text: str) -> bool:
    try:
        int(text, 16)
    except ValueError:
        return False
    return True


# --- the archive --------------------------------------------------------------------------------


def _archive(state: Path, most: int, free: int) -> list[Check]:
    path = state / "archive.sqlite"
    found = []
    try:
        has = path.stat().st_size
        first, last = _period(path) if has else (None, None)
    except FileNotFoundError:
        found.append(
            Check("archive", Severity.NOTE, f"{path} is not there: nothing was typed yet.")
        )
        has, first, last = 0, None, None
    except PermissionError:
        said = f"{path} may not be read by who called the doctor."
        return [Check("archive", Severity.NOTE, said, "sudo appliance doctor reads it.")]
    except (OSError, sqlite3.Error) as error:
        said = f"{path} cannot be read ({error})."
        remedy = "If it is damaged, the piece puts it aside by itself and begins another."
        return [Check("archive", Severity.WARNING, said, remedy)]
    if first is not None and last is not None:
        found.append(Check("archive", Severity.OK, _lasts(path, has, most, first, last)))
    if most - has > free:
        said = f"It may grow to {_megabytes(most)}, and the disk has not so much."
        found.append(Check("archive", Severity.WARNING, said, "Lower archive.megabytes."))
    aside = [*state.glob("archive.sqlite.damaged-*"), *state.glob("archive.sqlite.before-*")]
    if aside:
        taken = _megabytes(sum(one.stat().st_size for one in aside))
        names = ", ".join(sorted(one.name for one in aside))
        said = f"Put aside in {state}, {taken} altogether: {names}."
        remedy = (
            "appliance transcript --archive reads what is not damaged; a copy may be deleted here."
        )
        found.append(Check("archive", Severity.NOTE, said, remedy))
    return found


def _lasts(path: Path, has: int, most: int, first: int, last: int) -> str:
    since = datetime.fromtimestamp(first / 1e3).astimezone()
    said = f"{path} has {_megabytes(has)} since {since:%Y-%m-%d}"
    days = (last - first) / DAY
    if days < 1:  # too short to say how long it will last
        return f"{said}; {_megabytes(most)} are its bound."
    return f"{said}; its bound of {_megabytes(most)} lasts for about {days * most / has:,.0f} days."


def _period(path: Path) -> tuple[int | None, int | None]:
    """Return when the archive's first and last characters were typed, milliseconds since 1970."""
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
        first, last = database.execute(
            "SELECT (SELECT at FROM stretches ORDER BY first LIMIT 1), "
            "(SELECT at FROM stretches ORDER BY first DESC LIMIT 1)"
        ).fetchone()
    return first, last


def _megabytes(count: int) -> str:
    return f"{count / 1e6:,.0f} MB" if count >= 1e6 else f"{count / 1e3:,.0f} kB"

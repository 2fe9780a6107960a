"""The time of day: whether it can be believed, who sets it, and where the machine thinks it is."""

from datetime import datetime
from pathlib import Path

from appliance.service.checks import Check, Severity
from appliance.service.clock import EARLIEST, hardware_agrees, synchronised
from appliance.service.mounts import is_in_memory, mount_of
from appliance.service.tables import Opening

NAME = "clock"
CHARGED = 2_000_000  # microvolts of the clock's battery, below which it is empty or not there


def check_clock(hours: Opening, now: datetime, root: Path = Path("/")) -> list[Check]:
    """Look at a local time with its zone, and at what could have set it."""
    has_hours = bool(hours.week or hours.dates)
    return [_time(hours, now, root, has_hours=has_hours), *(_place(root) if has_hours else [])]


def _time(hours: Opening, now: datetime, root: Path, *, has_hours: bool) -> Check:
    said = f"It is {now:%Y-%m-%d %H:%M} ({now:%Z})"
    if now >= EARLIEST and synchronised(root):
        return Check(NAME, Severity.OK, f"{said}, set by the network.")
    if now >= EARLIEST and hardware_agrees(now, root):
        return Check(NAME, Severity.OK, f"{said}, and the clock on the board agrees.")
    remedy = "Connect a network for a minute, or fit the battery of the board's clock."
    if not has_hours:
        said += "; nothing says that this is so. Without opening hours it does not matter."
        return Check(NAME, Severity.NOTE, said)
    if hours.clock == "always":
        said += "; nothing says that this is so, and opening hours follow it all the same."
    else:
        said += "; nothing says that this is so: opening hours are ignored, the piece plays."
    return Check(NAME, Severity.WARNING, said, remedy)


def _place(root: Path) -> list[Check]:
    return [*_zone(root), *_battery(root)]


def _zone(root: Path) -> list[Check]:
    try:
        zone = "/".join((root / "etc/localtime").readlink().parts[-2:])
    except OSError:
        return []  # a plain file: what it is the time's own letters say
    if zone.split("/")[-1] in ("UTC", "UCT", "GMT", "Universal", "Zulu"):
        said = f"The time zone is {zone}, and opening hours follow it."
        etc = mount_of(root / "etc", root)
        remedy = "If the house is elsewhere: sudo timedatectl set-timezone Europe/Berlin"
        if etc is not None and is_in_memory(etc, root):  # which would forget it
            remedy = (
                "If the house is elsewhere, write its zone, such as Europe/Berlin, into "
                "timezone.txt on the boot partition, and start anew."
            )
        return [Check(NAME, Severity.NOTE, said, remedy)]
    return []


def _battery(root: Path) -> list[Check]:
    clocks = sorted((root / "sys/class/rtc").glob("rtc*"))
    if not clocks:
        said = "There is no clock on the board: after a cut without a network the time is unknown."
        return [Check(NAME, Severity.NOTE, said)]
    for clock in clocks:
        try:
            charge = int((clock / "battery_voltage").read_text(encoding="ascii"))
        except (OSError, ValueError):
            continue  # not told, as by most
        if charge < CHARGED:
            said = f"The battery of the board's clock has {charge / 1e6:.1f} V: empty, or missing."
            return [Check(NAME, Severity.NOTE, said, "Fit one where there is no network.")]
    return []

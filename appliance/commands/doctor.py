"""Say of every part whether it is well, and if it is not, what to do.

Controls are listened to for a moment: move a fader meanwhile, and its value is shown. A device or a
port that one program alone can have is busy while the piece runs; stop it first.
Exit status 0: all is well, or worth a note; 1: the piece plays, and something wants a look;
2: nothing plays, or not what the site has set.
"""

import argparse
import grp
import json
import logging
import os
import pwd
import subprocess
import time

from appliance.commands.labels import labelled
from appliance.commands.options import not_negative
from appliance.controls.control import Shown
from appliance.files import state_folder
from appliance.service import checks
from appliance.service.check_clock import check_clock
from appliance.service.check_controls import check_controls
from appliance.service.check_disk import check_disk
from appliance.service.check_models import check_models
from appliance.service.check_network import check_network
from appliance.service.check_power import check_power
from appliance.service.check_rights import Who, check_rights
from appliance.service.check_screens import check_screens
from appliance.service.check_units import PARTS, ask_systemd, check_units
from appliance.service.check_update import check_update
from appliance.service.checks import Check, Severity
from appliance.service.day import local_time
from appliance.service.units import ENGINE
from appliance.settings import Loaded, Settings

USER = "unsigned-love"  # as deploy/sysusers.conf makes it
PATIENCE = 5.0  # seconds for an answer of the firmware


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `doctor`."""
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument(
        "--seconds",
        type=not_negative(3600.0),
        default=1.5,
        metavar="N",
        help="how long the controls are listened to (1.5)",
    )


def run(args: argparse.Namespace) -> int:
    """Check all parts and print what was found; return an exit status."""
    # What the log would say is in the sentences.
    logging.getLogger("appliance").addHandler(logging.NullHandler())
    logging.getLogger("appliance").propagate = False
    loaded, first = checks.settings(args.settings, state_folder())
    found = [first, *examine(loaded, args.seconds)]
    print(json.dumps(checks.as_data(found), indent=2) if args.json else checks.as_table(found))
    return checks.status(found)


def examine(loaded: Loaded, seconds: float) -> list[Check]:
    """Make every check, with the settings that are in force."""
    settings, state, now = loaded.settings, state_folder(), local_time()
    places = [state, *sorted(state.glob("*.sqlite*")), state / "engine.json"]
    who, as_whom = player()
    return [
        *check_units(),
        *check_models(loaded),
        *check_network(settings, ask_systemd(ENGINE)),
        *check_screens(settings.stage),
        *check_controls(loaded, everything(settings), seconds, time.monotonic, time.sleep),
        *as_whom,
        # A stranger's own folder is none of the piece's: only devices are looked at then.
        *check_rights(who, settings.controls.on, [] if as_whom else places, _group_name),
        *check_disk(state, settings.archive, now),
        *check_clock(settings.hours, now),
        *check_power(ask=ask_firmware),
        *check_update(),
    ]


def player() -> tuple[Who, list[Check]]:
    """Return the user that the piece runs as: its own where that is installed, else who asks."""
    try:
        entry = pwd.getpwnam(USER)
    except KeyError:
        here = os.getuid()
        return Who(_user_name(here), here, frozenset(os.getgroups()) | {os.getgid()}), []
    groups = {*os.getgrouplist(USER, entry.pw_gid), *_supplementary()}
    if os.getuid() in (entry.pw_uid, 0):
        return Who(USER, entry.pw_uid, frozenset(groups)), []
    said = f"The doctor was called by {_user_name(os.getuid())}, and the piece runs as {USER}."
    remedy = "sudo appliance doctor looks at controls and archive as the piece does."
    return Who(USER, entry.pw_uid, frozenset(groups)), [
        Check("rights", Severity.NOTE, said, remedy)
    ]


def _supplementary() -> list[int]:
    """Return the groups that the units add, which no file of users tells."""
    named = " ".join(ask_systemd(unit).get("SupplementaryGroups", "") for unit in PARTS)
    return [entry.gr_gid for entry in grp.getgrall() if entry.gr_name in named.split()]


def _user_name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"user {uid}"


def _group_name(gid: int) -> str:
    try:
        return grp.getgrgid(gid).gr_name
    except KeyError:
        return str(gid)


def ask_firmware() -> int | None:
    """Return the firmware's bits as Raspberry Pi's `vcgencmd` tells them, where there is one."""
    try:
        told = subprocess.run(
            ["vcgencmd", "get_throttled"],  # noqa: S607  # found by PATH, as a technician would
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=True,
        ).stdout
        return int(told.partition("=")[2], 16)
    except (OSError, subprocess.SubprocessError, ValueError):
        return None


def everything(settings: Settings) -> Shown:
    """Return what the controls find: all styles that may play, silent, and nobody there."""
    may_play = labelled(settings)
    return Shown(
        now=0.0,
        faders=tuple(may_play),
        active=tuple(slug for slug in settings.styles.active if slug in may_play),
        levels=dict.fromkeys(may_play, 0.0),
        titles={slug: style.title for slug, style in may_play.items()},
        typing=False,
    )

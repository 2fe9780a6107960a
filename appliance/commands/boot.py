"""Make the machine start quietly and straight into the piece, with the outputs that are named.

Writes what the kernel and the boot loader are told, and says what it does; it counts from the next
start on. Which outputs are on though no screen answers is `stage.outputs` in the settings.

  sudo appliance boot           write it; where all is written, nothing happens
  appliance boot --check        change nothing, and list what is missing
  sudo appliance boot --undo    bring back how the machine started before
  appliance boot --time         how long the last start took until the first character
"""

import argparse
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

from appliance.commands.options import finish
from appliance.files import replace_file
from appliance.service.boot import GRUB_OURS, BootError, Change, changes, undoings
from appliance.service.units import ENGINE, STAGE
from appliance.settings import Loaded

ROOT = Path("/")
UNITS = {"first character": ENGINE, "stage ready": STAGE}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `boot`."""
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--check", action="store_true", help="change nothing; list what is missing")
    what.add_argument("--undo", action="store_true", help="bring back how it started before")
    what.add_argument("--time", action="store_true", help="say how long the last start took")
    parser.add_argument("--root", type=Path, default=ROOT, help="of the system (/)")


def run(args: argparse.Namespace) -> int:
    """Do it; return an exit status."""
    if args.time:
        return tell_time(_systemctl)
    try:
        if args.undo:
            wanted = undoings(args.root)
        else:
            wanted = changes(args.root, Loaded.read(args.settings).settings.stage.outputs)
        if args.check:
            for change in wanted:
                print(f"missing   {change.path}: {change.why}")
            print(
                f"{len(wanted)} missing: `sudo appliance boot`."
                if wanted
                else "Nothing is missing."
            )
            return 1 if wanted else 0
        write(wanted)
        if args.root == ROOT and any(change.path == ROOT / GRUB_OURS for change in wanted):
            _update_grub()
    except BootError as error:
        return finish(f"{error}.", 1)
    except OSError as error:
        return finish(f"{error.filename} cannot be written ({error.strerror}): are you root?", 1)
    print("It counts from the next start on." if wanted else "All is as it should be.")
    return 0


def write(wanted: list[Change]) -> None:
    """Write and take away files, each whole or not at all, and say which."""
    for change in wanted:
        if change.data is None:
            change.path.unlink(missing_ok=True)
            print(f"taken away   {change.path}: {change.why}")
        else:
            change.path.parent.mkdir(parents=True, exist_ok=True)
            replace_file(change.path, change.data)
            print(f"written      {change.path}: {change.why}")


def tell_time(show: Callable[[str, str], str]) -> int:
    """Say how long the last start took, from systemd's own clock; `show` asks it for a property."""
    began = int(show("", "UserspaceTimestampMonotonic") or 0)
    status = 0
    for what, unit in UNITS.items():
        ready = int(show(unit, "ActiveEnterTimestampMonotonic") or 0)
        if not began or not ready:
            print(f"{what}: not yet")
            status = 1
        elif int(show(unit, "NRestarts") or 0):
            print(f"{what}: it was restarted since the machine was switched on")
            status = 1
        else:
            print(
                f"{what}: {(ready - began) / 1e6:.1f} s after systemd began, "
                f"{ready / 1e6:.1f} s after the kernel did"
            )
    return status


def _systemctl(unit: str, name: str) -> str:
    command = ["systemctl", "show", "-P", name, *([unit] if unit else [])]
    try:
        return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()
    except OSError:
        return ""


def _update_grub() -> None:
    program = shutil.which("update-grub", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if program is None:
        raise BootError("update-grub is missing: `sudo apt install grub2-common`, and once more")
    print("update-grub writes GRUB's menu anew.")
    if subprocess.run([program], capture_output=True, check=False).returncode:
        raise BootError("update-grub fails: run `sudo update-grub` and see what it says")

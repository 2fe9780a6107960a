"""Take a signed update, and see what became of the last one.

    sudo appliance update static-unsigned-love-0.5.0-trixie-arm64.update
    appliance update --status

An update is kept when it has written and shown for a while, or else the release before it returns
by itself. From a USB stick it is taken without any command. Exit status 0: done; 1: refused.
"""

import argparse
import json
import logging
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

from appliance.commands.options import finish, not_negative
from appliance.service.day import local_time
from appliance.service.systemd import log_to_journal
from appliance.update import watch
from appliance.update.bundle import SUFFIX, open_bundle
from appliance.update.evidence import Witness, site_settings
from appliance.update.here import Here
from appliance.update.homes import Homes
from appliance.update.manifest import numbers
from appliance.update.outcome import read_outcome, tell
from appliance.update.refused import NotNeeded, Refused
from appliance.update.signature import KEYS, trust
from appliance.update.take import Offer, examine, take, tried_before
from appliance.update.trial import BOOT, Trial, begin, count, go_back, read_trial

MOST_ON_A_STICK = 20  # bundles that are looked at
# What sticks are sold with, and no more: fewer of the kernel's drivers see what a stranger brings.
SOLD_WITH = "vfat,exfat"

log = logging.getLogger("appliance.update")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `update`."""
    deed = parser.add_mutually_exclusive_group()
    deed.add_argument("bundle", nargs="?", type=Path, metavar="FILE", help="the update to take")
    deed.add_argument(
        "--status", action="store_true", help="print what is in force, and since when"
    )
    deed.add_argument("--back", action="store_true", help="return to the release before")
    deed.add_argument("--trust", type=Path, metavar="KEY", help="take updates signed by this key")
    deed.add_argument("--stick", type=Path, metavar="DEVICE", help="(what the system starts)")
    deed.add_argument("--count", action="store_true", help="(what the system starts)")
    deed.add_argument("--watch", action="store_true", help="(what the system starts)")
    parser.add_argument("--json", action="store_true", help="print the status as JSON")
    for name, default, what in (
        ("--proof", 120.0, "seconds for which it must write and show"),
        ("--within", 600.0, "seconds in which that must come to be"),
    ):
        parser.add_argument(
            name,
            type=not_negative(86_400.0),
            default=default,
            metavar="N",
            help=f"{what} (%(default)g)",
        )


def run(args: argparse.Namespace, homes: Homes | None = None, keys: Path = KEYS) -> int:
    """Do one thing; return an exit status."""
    homes = homes or Homes()
    if args.count or args.watch or args.stick:
        log_to_journal()
    try:
        return _do(args, homes, keys)
    except Refused as error:
        return finish(f"{error}.", 1)
    except PermissionError as error:
        return finish(f"{error.filename} is root's: `sudo appliance update …`.", 1)
    except OSError as error:
        return finish(f"{error.filename or 'the disk'} cannot be used ({error.strerror}).", 1)


def _do(args: argparse.Namespace, homes: Homes, keys: Path) -> int:
    status = 0
    if args.trust:
        print(f"Updates signed by {trust(args.trust, keys)} are taken here from now on.")
    elif args.back:
        status = back(homes)
    elif args.count:
        count(homes, BOOT.read_text(encoding="ascii").strip(), local_time())
    elif args.watch:
        watch_over(homes)
    elif args.stick:
        status = from_stick(args.stick, homes, keys, args)
    elif args.bundle:
        from_file(args.bundle, homes, keys, args)
    else:
        show(homes, as_json=args.json)
    return status


def show(homes: Homes, *, as_json: bool) -> None:
    """Print what is in force, what is before it, what is on trial, and what happened last."""
    before, trial, last = homes.before(), read_trial(homes), read_outcome(homes)
    in_force = homes.in_force()
    if as_json:
        found = {
            "in_force": in_force.name,
            "from": "update" if in_force.parent == homes.releases.resolve() else "package",
            "before": before.name if before else None,
            "trial": asdict(trial) if trial else None,
            "last": asdict(last) if last else None,
        }
        print(json.dumps(found, indent=1))
        return
    came = "an update" if in_force.parent == homes.releases.resolve() else "the package's"
    print(f"Release {in_force.name} is in force, {came}{', on trial' if trial else ''}.")
    if before:
        print(f"Before it: {before.name}.")
    if last:
        print(f"{last.at}: {last.sentence}")


def from_file(bundle: Path, homes: Homes, keys: Path, args: argparse.Namespace) -> None:
    """Take an update that somebody names, and say what follows."""
    offer, release = take(bundle, homes, Here.look(), keys)
    start(offer, release, homes, args)
    said = read_outcome(homes)
    print(said.sentence if said else f"Release {release.name} is unpacked.")


def from_stick(device: Path, homes: Homes, keys: Path, args: argparse.Namespace) -> int:
    """Take the newest update that a stick has for this machine; return an exit status."""
    with mounted(device) as folder:
        if folder is None:
            return 0
        try:
            bundle = newest(folder, homes, keys)
            if bundle is not None:
                offer, release = take(bundle, homes, Here.look(), keys)
                start(offer, release, homes, args)
        except NotNeeded as error:
            log.info("%s", error)
        except Refused as error:
            tell(homes, "refused", "", f"{str(error)[0].upper()}{str(error)[1:]}.", local_time())
            return 1
    return 0


def newest(folder: Path, homes: Homes, keys: Path) -> Path | None:
    """Return the newest bundle in a folder's root that is for this machine; None where none is.

    Refused where there are bundles, and none of them can be taken.
    """
    found: list[tuple[Offer, Path]] = []
    refused: Refused | None = None
    for path in sorted(folder.glob(f"*{SUFFIX}"))[:MOST_ON_A_STICK]:
        try:
            with open_bundle(path) as file:
                offer = examine(file, f"the bundle {path.name}", homes, Here.look(), keys)
            if tried_before(offer, homes):
                raise NotNeeded(f"the bundle {path.name} was on trial here and was taken back")
            found.append((offer, path))
        except Refused as error:
            # What is nobody's fault does not hide what is.
            refused = error if refused is None or isinstance(refused, NotNeeded) else refused
    if found:
        return max(found, key=lambda pair: numbers(pair[0].manifest.version))[1]
    if refused is not None:
        raise refused
    return None


@contextmanager
def mounted(device: Path) -> Iterator[Path | None]:
    """Mount a stick, to be read and nothing else; None where it cannot be."""
    with tempfile.TemporaryDirectory(prefix="stick-") as folder:
        options = ["-t", SOLD_WITH, "-o", "ro,nosuid,nodev,noexec"]
        done = subprocess.run(
            ["mount", *options, str(device), folder],  # noqa: S607  # wherever it lies
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            log.info("%s is not read: %s", device, done.stderr.strip())
            yield None
            return
        try:
            yield Path(folder)
        finally:
            subprocess.run(["umount", folder], check=False)  # noqa: S607  # as above


def start(offer: Offer, release: Path, homes: Homes, args: argparse.Namespace) -> None:
    """Put a release on trial and start the piece with it."""
    with Witness(site_settings(), time.monotonic) as witness:
        screen = witness.screen()
    trial = Trial(release.name, offer.digest, args.proof, args.within, screen)
    with homes.alone():
        if read_trial(homes) is not None:
            raise Refused(
                f"another update was quicker: wait until it is done, then take {offer.name}"
            )
        begin(homes, release, trial, local_time())
    if not watch.restart():
        log.info("the piece does not play: the trial begins when it is started")


def watch_over(homes: Homes) -> None:
    """Watch over what is on trial until that has ended."""
    trial = read_trial(homes)
    if trial is None:
        return
    stopped = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stopped.set())
    with Witness(site_settings(), time.monotonic) as witness:
        verdict = watch.watch(homes, trial, witness.look, time.monotonic, stopped.wait, local_time)
    if verdict is not None and not verdict.kept:
        watch.restart()


def back(homes: Homes) -> int:
    """Return to the release before, by hand; return an exit status."""
    with homes.alone():
        version = go_back(homes, local_time())
    if version is None:
        return finish("there is no release before the one in force.", 1)
    watch.restart()
    print(f"Release {version} is in force again.")
    return 0

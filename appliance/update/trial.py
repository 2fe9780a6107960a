"""A release on trial: it plays, and the one before it returns unless it proves itself.

Every step is written down before the next is taken, so that a power cut between two of them leaves
something that `count`, at the next start, understands and finishes.
"""

import json
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path

from appliance.files import replace_file
from appliance.update.homes import Homes, sync_folder
from appliance.update.outcome import read_outcome, tell

FILE = "trial.json"
MOST_BOOTS = 2  # starts of the machine in which it may prove itself
BOOT = Path("/proc/sys/kernel/random/boot_id")


@dataclass(frozen=True, slots=True)
class Trial:
    """What is on trial, and what it has to show."""

    version: str
    digest: str  # of its bundle
    proof: float  # seconds that it must write and show without a break
    within: float  # seconds in which that must come to be, rests apart
    screen: bool = False  # whether the release before it had a screen, so that it needs one too
    boots: tuple[str, ...] = ()  # starts of the machine in which it has played


def read_trial(homes: Homes) -> Trial | None:
    """Return what is on trial, without a digest where the mark is damaged; None if nothing is."""
    try:
        said = json.loads((homes.updates / FILE).read_text(encoding="ascii"))
        return Trial(
            str(said["version"]),
            str(said["digest"]),
            float(said["proof"]),
            float(said["within"]),
            bool(said["screen"]),
            tuple(map(str, said["boots"])),
        )
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError):
        return Trial(homes.named("current"), "", 0.0, 0.0)


def begin(homes: Homes, release: Path, trial: Trial, now: datetime) -> None:
    """Put a release in force, on trial; the next start of the piece takes it."""
    before = homes.in_force()
    homes.switch("before", before)
    _write(homes, trial)
    sentence = (
        f"Release {trial.version} is on trial: it is kept when it has written and shown for "
        f"{trial.proof:g} s, or else {before.name} returns."
    )
    tell(homes, "trial", trial.version, sentence, now, again=trial.digest)
    homes.switch("current", release)


def count(homes: Homes, boot: str, now: datetime) -> None:
    """Count a start of the machine; call it before anything of the release on trial has run.

    It also finishes what a power cut has left between two steps.
    """
    trial, last = read_trial(homes), read_outcome(homes)
    if trial is None:
        return
    if last is not None and last.kind == "kept" and last.version == trial.version:
        end(homes)
        homes.tidy()
    elif homes.named("current") != trial.version:
        # It has been taken back, or was never put in force.
        if last is not None and last.kind == "trial":
            sentence = (
                f"Release {trial.version} is not in force, since the power went: take it anew."
            )
            tell(homes, "refused", trial.version, sentence, now)
        end(homes)
    elif not trial.digest:
        give_back(homes, trial, "the mark of its trial is damaged", now)
    elif homes.in_force().name != trial.version:
        give_back(homes, trial, "it does not start with this system's Python", now)
    elif last is not None and trial.digest in last.failed:
        homes.switch("current", homes.before())
        end(homes)
    elif boot not in trial.boots:
        if len(trial.boots) >= MOST_BOOTS:
            why = f"the machine was switched off in each of {MOST_BOOTS} trials"
            give_back(homes, trial, why, now)
        else:
            _write(homes, replace(trial, boots=(*trial.boots, boot)))


def keep(homes: Homes, trial: Trial, now: datetime) -> None:
    """Let a release that has proved itself stay, and remove those that nobody returns to."""
    before = homes.before()
    sentence = f"Release {trial.version} is in force: it wrote and showed for {trial.proof:g} s."
    if before is not None:
        sentence += f" `sudo appliance update --back` returns to {before.name}."
    tell(homes, "kept", trial.version, sentence, now)
    end(homes)
    homes.tidy()


def give_back(homes: Homes, trial: Trial, why: str, now: datetime) -> None:
    """Put the release before the one on trial in force again; the next start takes it."""
    before = homes.before()
    named = before.name if before else (homes.package / "current").resolve().name
    sentence = (
        f"Release {trial.version} was taken back, since {why}: {named} is in force again. Send its "
        "maker the journal: `journalctl -t static-unsigned-love -p warning`."
    )
    tell(homes, "returned", trial.version, sentence, now, failed=trial.digest)
    homes.switch("current", before)
    end(homes)


def go_back(homes: Homes, now: datetime) -> str | None:
    """Return by hand to the release before; return its version, None if there is none."""
    before, trial = homes.before(), read_trial(homes)
    if before is None:
        return None
    gone = homes.in_force().name
    sentence = f"Release {before.name} is in force again, by hand; {gone} was left."
    tell(homes, "back", gone, sentence, now, failed=trial.digest if trial else "")
    homes.switch("current", before)
    end(homes)
    (homes.updates / "before").unlink(missing_ok=True)
    return before.name


def end(homes: Homes) -> None:
    """Take away the mark of a trial."""
    (homes.updates / FILE).unlink(missing_ok=True)
    sync_folder(homes.updates)


def _write(homes: Homes, trial: Trial) -> None:
    replace_file(homes.updates / FILE, json.dumps(asdict(trial)).encode("ascii"))

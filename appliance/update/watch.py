"""The watch over a release on trial. What runs here is the release before it."""

import logging
import subprocess
from collections.abc import Callable
from datetime import datetime

from appliance.service.units import ENGINE, STAGE, TARGET, TRIAL
from appliance.update.homes import Homes
from appliance.update.proof import Proof, Seen, Verdict
from appliance.update.trial import Trial, give_back, keep

LOOK_EVERY = 2.0  # seconds
PATIENCE = 30.0  # seconds for systemd to take an order

log = logging.getLogger("appliance.update")


def watch(
    homes: Homes,
    trial: Trial,
    look: Callable[[], Seen],
    clock: Callable[[], float],
    wait: Callable[[float], bool],
    now: Callable[[], datetime],
) -> Verdict | None:
    """Watch until there is a verdict, and carry it out; None if it was told to end.

    `wait` waits for some seconds and tells whether the end was asked for.
    """
    log.info("release %s is on trial, watched by %s", trial.version, homes.before() or "nobody")
    proof = Proof(trial.proof, trial.within, clock(), screen=trial.screen)
    while not wait(LOOK_EVERY):
        verdict = proof.look(look(), clock())
        if verdict is not None:
            if verdict.kept:
                keep(homes, trial, now())
            else:
                give_back(homes, trial, verdict.why, now())
            return verdict
    return None


def restart() -> bool:
    """Let the piece start anew with the release in force, if it plays; tell whether it does."""
    # An engine that hangs as it starts keeps the target from being active; then the watch is.
    if _systemctl("is-active", "--quiet", TARGET, TRIAL):
        return False
    # Whatever the release on trial did, the next one starts with all its tries.
    _systemctl("reset-failed", ENGINE, STAGE)
    # Not waited for: this very program may be what is stopped first.
    return _systemctl("restart", "--no-block", TARGET) == 0


def _systemctl(*words: str) -> int:
    try:
        return subprocess.run(
            ["systemctl", *words],  # noqa: S607  # wherever systemd lies
            timeout=PATIENCE,
            check=False,
            stderr=subprocess.DEVNULL,
        ).returncode
    except (OSError, subprocess.TimeoutExpired) as error:
        log.error("systemd cannot be told to %s (%s)", " ".join(words), error)
        return 1

"""What systemd is told: ready, a sentence, and that there was progress; see sd_notify(3).

Through systemd-python, where it is there and somebody listens; elsewhere nothing is said. The
watchdog is fed by progress (a character, a frame, resting on purpose), not by being alive.
"""

import logging
import os
import sys
from collections.abc import Callable

log = logging.getLogger("appliance.service")


class Supervisor:
    """The service manager's ear."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._tell = _notifier()
        self._ready = False
        self._sentence = ""
        self._fed = -1e9
        # Twice as often as it is looked for; a day where nobody looks.
        watchdog = int(os.environ.get("WATCHDOG_USEC", "0") or 0)
        self._feed_every = watchdog / 2e6 if watchdog else 86_400.0

    @property
    def listens(self) -> bool:
        """Whether there is a service manager, and so nobody at a desk."""
        return bool(os.environ.get("NOTIFY_SOCKET"))

    def ready(self) -> None:
        """Say, once, that the piece plays."""
        if not self._ready:
            self._ready = True
            self._tell("READY=1")

    def progress(self) -> None:
        """Say that something was done; often enough for the watchdog and no oftener."""
        now = self._clock()
        if now - self._fed >= self._feed_every:
            self._fed = now
            self._tell("WATCHDOG=1")

    def status(self, sentence: str) -> None:
        """Say how things are, if that has changed."""
        if sentence != self._sentence:
            self._sentence = sentence
            self._tell(f"STATUS={sentence}")

    def stopping(self) -> None:
        """Say that the end was asked for."""
        self._tell("STOPPING=1")


def _notifier() -> Callable[[str], object]:
    if not os.environ.get("NOTIFY_SOCKET"):
        return lambda _: None
    try:
        from systemd.daemon import notify  # noqa: PLC0415  # only where systemd listens
    except ImportError:
        log.error("systemd listens, but its Python module is missing: apt install python3-systemd")
        return lambda _: None
    tell: Callable[[str], object] = notify
    return tell


def log_to_journal() -> None:
    """Log to the journal with priorities and fields where there is one, else to standard error."""
    handler: logging.Handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(name)s: %(message)s"))
    if os.environ.get("JOURNAL_STREAM"):
        try:
            from systemd.journal import JournalHandler  # noqa: PLC0415  # as above

            handler = JournalHandler(SYSLOG_IDENTIFIER="static-unsigned-love")
            handler.setFormatter(logging.Formatter("%(message)s"))  # the rest are fields
        except ImportError:
            pass
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)

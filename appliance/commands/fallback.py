"""Show a calm picture and one sentence for the staff: no models, no controls.

This is what the system starts when `appliance engine` or `appliance stage` has failed for good.
Where no screen takes a picture, the sentence is written on the console.
"""

import argparse
import contextlib
import logging
import os
import signal
import textwrap
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from appliance.last_good import read_or_last_good
from appliance.service.systemd import Supervisor, log_to_journal
from appliance.settings import DEFAULTS, Loaded, Settings, SettingsError

FRAMES = 10  # a second
LOOK_EVERY = 2.0  # seconds, for screens that were plugged in or out
REWRITE_EVERY = 60.0  # seconds after which the sentence stands elsewhere on the console
CLEAR, HOME = "\033[2J", "\033[{};{}H"  # ECMA-48: erase the page; go to row and column
WHY = (
    "The engine or the stage has failed: `journalctl -t static-unsigned-love -p warning` says why. "
    "The piece is tried again every quarter of an hour."
)

log = logging.getLogger("appliance.fallback")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `fallback`."""
    parser.add_argument(
        "--console",
        type=Path,
        default=Path("/dev/tty"),
        metavar="FILE",
        help="where the sentence stands if there is no screen (the terminal it was started in)",
    )


def run(args: argparse.Namespace) -> int:
    """Show until stopped; return an exit status."""
    log_to_journal()
    settings = readable(args.settings)
    stopped = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())
    with contextlib.ExitStack() as stack:
        screens: Screens = Nowhere()
        try:
            # Whatever broke the stage may break this too: then the console has the sentence.
            from appliance.stage.calm import CalmScreens  # noqa: PLC0415  # see above

            shown = CalmScreens(settings.words.fallback, settings.stage.face)
            screens = stack.enter_context(shown)
        except Exception as error:  # noqa: BLE001  # see above
            log.error("no picture can be made (%s: %s)", type(error).__name__, error)
        notice = Notice(settings.words.fallback, screens, args.console, time.monotonic)
        while notice.frame() and not stopped.wait(1.0 / FRAMES):
            pass
        notice.supervisor.stopping()
    return 0


def readable(site: Path | None) -> Settings:
    """Return the site's settings, those that last worked, or the shipped ones; never fails."""
    try:
        return read_or_last_good(site).settings
    except (SettingsError, OSError, RuntimeError) as error:  # no state folder, and no home
        log.error("%s; the shipped sentence is shown", error)
        return Loaded.read(DEFAULTS).settings


class Screens(Protocol):
    """What takes the picture."""

    def look(self) -> None:
        """Take up screens that have come, and leave those that have gone."""

    def show(self, now: float) -> bool:
        """Show one frame; tell whether any screen took it."""

    def closed(self) -> bool:
        """Tell whether somebody has closed a window."""


class Nowhere:
    """No screens at all."""

    def look(self) -> None:
        """Find nothing."""

    def show(self, now: float) -> bool:  # noqa: ARG002  # as the others
        """Show nothing."""
        return False

    def closed(self) -> bool:
        """Nobody has."""
        return False


class Notice:
    """The sentence, on screens or on the console, and what the service manager is told of it."""

    def __init__(
        self, sentence: str, screens: Screens, console: Path, clock: Callable[[], float]
    ) -> None:
        self.supervisor = Supervisor(clock)
        self._sentence, self._screens, self._console = sentence, screens, console
        self._clock = clock
        self._looked = self._written = -1e9
        self._times = 0  # that the console was written
        self._deaf = False  # whether the console was named as one that cannot be written

    def frame(self) -> bool:
        """Show one frame and say so; tell whether to go on."""
        now = self._clock()
        if self._on_screen(now):
            where = "The fallback picture is shown."
            self._written = -1e9
        else:
            where = "No screen takes a picture, so the console has the sentence."
            if now - self._written >= REWRITE_EVERY:
                self._written = now
                self._write()
        self.supervisor.status(f"{where} {WHY}")
        self.supervisor.ready()
        self.supervisor.progress()
        return not self._screens.closed()

    def _on_screen(self, now: float) -> bool:
        try:
            if now - self._looked >= LOOK_EVERY:
                self._looked = now
                self._screens.look()
            return self._screens.show(now)
        except Exception as error:  # noqa: BLE001  # there is nothing behind this but the console
            log.error("the picture failed (%s: %s)", type(error).__name__, error)
            self._screens = Nowhere()
            return False

    def _write(self) -> None:
        try:
            with self._console.open("w", encoding="utf-8") as console:
                columns, rows = 80, 24
                with contextlib.suppress(OSError):
                    columns, rows = os.get_terminal_size(console.fileno())
                console.write(placed(self._sentence, columns, rows, self._times))
        except OSError as error:
            if not self._deaf:
                log.warning("%s cannot be written (%s)", self._console, error.strerror)
            self._deaf = True
        self._times += 1


def placed(sentence: str, columns: int, rows: int, times: int) -> str:
    """Return what clears a console and writes the sentence, each time at another place."""
    lines = textwrap.wrap(sentence, max(20, min(60, columns - 4))) or [""]
    down = max(1, rows - len(lines) + 1)
    across = max(1, columns - max(map(len, lines)) + 1)
    # Steps that are prime to most sizes, so that it comes to stand nearly everywhere.
    row, column = 1 + (3 + 7 * times) % down, 1 + (2 + 11 * times) % across
    at = (HOME.format(row + number, column) + line for number, line in enumerate(lines))
    return CLEAR + "".join(at) + HOME.format(rows, 1)

"""What can be seen of the piece from outside: by systemd, by its own language, by its page.

Whatever is not answered counts as not seen: a release on trial has to show itself.
"""

import contextlib
import logging
import socket
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Self

from appliance import osc, wire
from appliance.last_good import KEPT
from appliance.service.asked import ask_page, reachable
from appliance.service.clock import trusted
from appliance.service.day import Day, local_time
from appliance.service.units import ENGINE, FALLBACK, STAGE
from appliance.settings import DEFAULTS, Loaded, Settings, SettingsError
from appliance.update.proof import Seen

ASKED = "--property=Id,ActiveState,NRestarts,WatchdogTimestampMonotonic"
PATIENCE = 10.0  # seconds for systemd's answer
STATE = Path("/var/lib/static-unsigned-love")
RENEW_EVERY = 5.0  # seconds, of the subscription: an engine that is new has not heard the last
RESTING = ("closed", "held", "silent")

log = logging.getLogger("appliance.update")


class Ear:
    """Hears the engine on the trial's behalf; a context manager."""

    def __init__(self, host: str, port: int, clock: Callable[[], float]) -> None:
        self.characters, self.state = 0, ""
        self._engine, self._clock, self._asked = (host, port), clock, -1e9
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        self._socket.setblocking(False)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def listen(self) -> None:
        """Take in all that has come, and go on asking for more."""
        while True:
            try:
                data = self._socket.recv(65_535)
                messages = osc.read(data)
            except OSError:  # nothing more, or the answer that nobody listens there
                break
            except osc.WireError:
                continue
            # By address alone: a newer engine may say more than is known here.
            for address, arguments in messages:
                if address == wire.Character.address:
                    self.characters += 1
                elif address == wire.Status.address and arguments:
                    self.state = str(arguments[0])
        now = self._clock()
        if now - self._asked >= RENEW_EVERY:
            self._asked = now
            with contextlib.suppress(OSError):
                self._socket.sendto(wire.encode(wire.Subscribe(0, wire.VERSION)), self._engine)


class Witness:
    """Looks at the piece from all sides; a context manager."""

    def __init__(
        self, settings: Settings, clock: Callable[[], float], ask: Callable[[], str] | None = None
    ) -> None:
        """Begin; `ask` returns what systemd says of the three units."""
        self._ask = ask or units
        self._ear = Ear(reachable(settings.engine.host), settings.engine.port, clock)
        self._status = settings.status
        self._day = Day(settings.hours, local_time, trusted)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._ear.__exit__()

    def look(self) -> Seen:
        """Return what is seen now; takes seconds at most."""
        said = read_units(self._ask())
        engine, stage = said.get(ENGINE, {}), said.get(STAGE, {})
        self._ear.listen()
        return Seen(
            plays=all(unit.get("ActiveState") == "active" for unit in (engine, stage)),
            fallback=said.get(FALLBACK, {}).get("ActiveState") == "active",
            restarts=_number(engine, "NRestarts") + _number(stage, "NRestarts"),
            characters=self._ear.characters,
            frames=_number(stage, "WatchdogTimestampMonotonic"),
            screen=self.screen(),
            closed=not self._day.now().is_open,
            rests=self._ear.state in RESTING,
        )

    def screen(self) -> bool:
        """Tell whether the technician's page says that all screens are there."""
        status = self._status
        if not status.host:
            return False
        try:
            told = ask_page(reachable(status.host), status.port, status.token)
            return any(line["name"] == "screen" and line["well"] is True for line in told["lines"])
        except (OSError, KeyError, TypeError):
            return False


def read_units(said: str) -> dict[str, dict[str, str]]:
    """Return properties by unit, from what `systemctl show` prints of several."""
    found = {}
    for block in said.split("\n\n"):
        properties = dict(line.partition("=")[::2] for line in block.splitlines() if "=" in line)
        found[properties.get("Id", "")] = properties
    return found


def units() -> str:
    """Ask systemd for the three units; nothing where it does not answer."""
    command = ["systemctl", "show", ASKED, ENGINE, STAGE, FALLBACK]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=PATIENCE, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        log.warning("systemd does not answer (%s)", error)
        return ""
    return done.stdout


def site_settings(state: Path = STATE) -> Settings:
    """Return the settings that the piece plays with, without writing anything; never fails.

    Whoever watches is root and the state folder is not: nothing is to be kept there. The units give
    root back one power for this, to read what is another's.
    """
    for place in (None, state / KEPT):
        try:
            return Loaded.read(place).settings
        except (SettingsError, OSError):
            continue
    return Loaded.read(DEFAULTS).settings


def _number(unit: dict[str, str], name: str) -> int:
    text = unit.get(name, "")
    return int(text) if text.isdecimal() else 0

"""What the operator wants to know and no frame may wait for: asked on a thread."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import Any

from appliance.service import units
from appliance.service.asked import ask_page
from appliance.service.status_page import Line
from appliance.service.units import Unit
from appliance.service.vitals import ROOT, Vitals
from appliance.service.vitals import read as read_vitals

ASK_EVERY = 2.0  # seconds

log = logging.getLogger("appliance.stage")


@dataclass(frozen=True, slots=True)
class Page:
    """What the engine's own page says of it."""

    lines: tuple[Line, ...]
    up: float  # seconds
    memory: float  # bytes


@dataclass(frozen=True, slots=True)
class Facts:
    """How machine and services are; None where nobody tells."""

    vitals: Vitals
    page: Page | None = None
    machine_up: float | None = None  # seconds since it was switched on
    engine: Unit | None = None
    stage: Unit | None = None


class Inquiry:
    """Asks every few seconds, and keeps the last answer."""

    def __init__(self, ask: Callable[[], Facts]) -> None:
        self.facts: Facts | None = None
        self.thread: Thread | None = None
        self._ask = ask
        self._asked = -1e9

    def sometimes(self, now: float) -> None:
        """Ask, if the last time is long enough ago and was answered."""
        if now - self._asked < ASK_EVERY or (self.thread is not None and self.thread.is_alive()):
            return
        self._asked = now
        self.thread = Thread(target=self._look, name="inquiry", daemon=True)
        self.thread.start()

    def forget(self) -> None:
        """Let the last answer go, and ask at once: a process it names may be another now."""
        self.facts, self._asked = None, -1e9

    def finish(self, patience: float = 30.0) -> None:
        """Wait for the answer to what was asked, for so many seconds at most."""
        if self.thread is not None:
            self.thread.join(patience)

    def _look(self) -> None:
        try:
            self.facts = self._ask()
        except Exception as error:  # noqa: BLE001  # whatever a broken machine answers
            log.error("how the machine is cannot be read (%s: %s)", type(error).__name__, error)


def look(page: tuple[str, int, str] | None, state: Path, root: Path = ROOT) -> Facts:
    """Ask machine, service manager and engine; `page` is the page's host, port and token."""
    return Facts(
        read_vitals(state, root),
        read_page(*page) if page is not None else None,
        _machine_up(root),
        units.ask(units.ENGINE),
        units.ask(units.STAGE),
    )


def read_page(host: str, port: int, token: str) -> Page | None:
    """Read the engine's page; None if it does not answer, or answers something else."""
    try:
        return _page(ask_page(host, port, token))
    except (ValueError, KeyError, TypeError):
        return None


def _page(told: Any) -> Page:
    lines = tuple(
        Line(str(line["name"]), str(line["sentence"]), bool(line["well"])) for line in told["lines"]
    )
    numbers = told["numbers"]
    return Page(lines, float(numbers["up_seconds"]), float(numbers["memory_bytes"]))


def _machine_up(root: Path) -> float | None:
    try:
        return float((root / "proc/uptime").read_text(encoding="ascii").split()[0])
    except (OSError, ValueError, IndexError):
        return None

"""An engine as the appliance runs it, under a test's eyes: its words, its page, its limits."""

import json
import os
import resource
import signal
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest

from appliance.engine.transcript import Entry, entries, opened
from appliance.settings import VARIABLE
from tests.conftest import PATIENCE, ROOT, EngineProcess

FAST = "[typing]\npace = 100.0\nunevenness = 0.0\n"


class WatchedEngine(EngineProcess):
    """A real engine that finds its settings as a service does, with what it says kept.

    Its state may be in another folder than its settings, and `wrong`, a file of seconds, is by how
    much its clock on the wall is wrong (see `tests.wall`).
    """

    def __init__(self, folder: Path, settings: str = "", *, state: Path | None = None) -> None:
        super().__init__(folder)
        self.state = state or folder
        self.wrong = folder / "wrong.txt"
        self._said = b""
        self._ear = -1
        self._page = _free_tcp_port()
        self.configure(settings)

    def configure(self, settings: str) -> None:
        """Write the site's file; the status page keeps its port."""
        status = f"[status]\nport = {self._page}\n"
        self.settings.write_text(settings + status, encoding="utf-8")

    def start(self, *arguments: str) -> None:
        """Start it, with the state that it left behind."""
        self._hear()
        if self._ear >= 0:
            os.close(self._ear)
        self._ear, mouth = os.pipe()
        os.set_blocking(self._ear, False)
        command = [sys.executable, "-m", "tests.wall", str(self.wrong)]
        command += ["engine", "--port", str(self.port), *arguments]
        environment = {"STATE_DIRECTORY": str(self.state), VARIABLE: str(self.settings)}
        self._child = subprocess.Popen(
            command, cwd=ROOT, env=os.environ | environment, stderr=mouth
        )
        os.close(mouth)

    def stop(self) -> int:
        """Ask it to end, also if it stands still; return its exit status."""
        if self._child is not None and self._child.poll() is None:
            self.signal(signal.SIGCONT)
        status = super().stop()
        self._hear()
        return status

    def wait(self) -> int:
        """Wait until it has ended by itself; return its exit status."""
        assert self._child is not None
        return self._child.wait(PATIENCE)

    @property
    def ended(self) -> bool:
        """Whether it has ended, by itself or otherwise."""
        return self._child is None or self._child.poll() is not None

    @property
    def pid(self) -> int:
        """The number of its process."""
        assert self._child is not None
        return self._child.pid

    @property
    def words(self) -> str:
        """All that it has said on standard error, in all of its lives."""
        self._hear()
        return self._said.decode("utf-8", errors="replace")

    def lines(self, word: str) -> list[str]:
        """Return the lines it has said that have a word in them."""
        return [line for line in self.words.splitlines() if word in line]

    @property
    def address(self) -> str:
        """Where the technician's page is."""
        return f"http://127.0.0.1:{self._page}/"

    def page(self) -> dict[str, Any]:
        """Return the technician's page; OSError while it is not served."""
        with urlopen(f"{self.address}status.json", timeout=PATIENCE) as answer:
            found: dict[str, Any] = json.load(answer)
        return found

    def rows(self) -> list[tuple[int, str]]:
        """Return the number and the letter of each character in the archive, if there is one."""
        return [(entry.number, entry.text) for entry in self.archived()]

    def archived(self) -> list[Entry]:
        """Return what was drawn, as the archive has it; nothing while there is none."""
        try:
            with opened(self.state / "archive.sqlite") as database:
                return [entry for entry in entries(database) if entry.drawn]
        except sqlite3.OperationalError:
            return []

    def signal(self, number: int) -> None:
        """Send it a signal."""
        os.kill(self.pid, number)

    def limit(self, what: int, most: int = resource.RLIM_INFINITY) -> None:
        """Set one of its limits, as setrlimit(2) names them; without a number, lift it."""
        _, hard = resource.prlimit(self.pid, what)
        resource.prlimit(self.pid, what, (most, hard))

    def _hear(self) -> None:
        while self._ear >= 0:
            try:
                heard = os.read(self._ear, 65_536)
            except BlockingIOError:
                return
            if not heard:
                os.close(self._ear)
                self._ear = -1
            self._said += heard


def _free_tcp_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


@pytest.fixture
def site(tiny: Path) -> str:
    """Return settings under which tiny models are typed with, fast."""
    return f"{FAST}[styles]\nmodels = '{tiny}'\n"


@pytest.fixture
def engine(tmp_path: Path, site: str) -> Iterator[WatchedEngine]:
    """Return an engine of these settings that is not started yet and is stopped at the end."""
    made = WatchedEngine(tmp_path, site)
    yield made
    made.stop()

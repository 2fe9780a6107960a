import os
import socket
import sys
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType

import pytest

from appliance.service.systemd import Supervisor
from tests.puppet import Clock


class Daemon(ModuleType):
    """What systemd-python does, for where it is not installed; see sd_notify(3)."""

    def notify(self, said: str) -> bool:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as there:
            there.sendto(said.encode(), os.environ["NOTIFY_SOCKET"])
        return True


@pytest.fixture
def manager(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> socket.socket:
    """Return the socket on which a service manager would listen."""
    if find_spec("systemd") is None:
        monkeypatch.setitem(sys.modules, "systemd", ModuleType("systemd"))
        monkeypatch.setitem(sys.modules, "systemd.daemon", Daemon("systemd.daemon"))
    heard = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    heard.bind(str(tmp_path / "notify"))
    heard.setblocking(False)
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
    return heard


def heard(manager: socket.socket) -> list[str]:
    found = []
    while True:
        try:
            found.append(manager.recv(4096).decode())
        except BlockingIOError:
            return found


def test_ready_is_said_once_and_a_sentence_when_it_changes(
    manager: socket.socket, clock: Clock
) -> None:
    with manager:
        supervisor = Supervisor(clock)
        for sentence in ("Typing.", "Typing.", "Resting."):
            supervisor.ready()
            supervisor.status(sentence)
        assert heard(manager) == ["READY=1", "STATUS=Typing.", "STATUS=Resting."]


def test_the_watchdog_is_fed_by_progress_twice_as_often_as_it_looks(
    manager: socket.socket, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WATCHDOG_USEC", "10000000")
    with manager:
        supervisor = Supervisor(clock)
        for _ in range(100):
            supervisor.progress()
            clock.now += 0.25
        assert heard(manager) == ["WATCHDOG=1"] * 5


def test_without_a_service_manager_nothing_is_said(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    supervisor = Supervisor(clock)
    supervisor.ready()
    supervisor.progress()
    supervisor.status("Alone.")

"""What a real engine says while it types, kept to be shown to a stage as often as one likes."""

import contextlib
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from appliance import wire
from tests.puppet import Clock, Puppet

ROOT = Path(__file__).parents[1]
PATIENCE = 60.0  # seconds for an engine to type what is asked for
Step = Callable[[int], Sequence[wire.Message]]  # by characters typed, what is said to the engine


@dataclass(frozen=True, slots=True)
class Recording:
    """Datagrams: those that greet, and for each character its own and those that came after it."""

    greeting: tuple[bytes, ...]
    typed: tuple[tuple[bytes, ...], ...]


def record(
    settings: str, characters: int, step: Step, seed: int = 2016, port: int = 7793
) -> Recording:
    """Let an engine type; `step` says, before each character, what hands do."""
    with tempfile.TemporaryDirectory() as folder, _engine(Path(folder), settings, seed, port):
        ear = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        ear.bind(("127.0.0.1", 0))
        ear.settimeout(0.25)
        with ear:
            return _listen(ear, ("127.0.0.1", port), characters, step)


@contextlib.contextmanager
def _engine(folder: Path, settings: str, seed: int, port: int) -> Iterator[None]:
    site = folder / "site.toml"
    site.write_text(settings, encoding="utf-8")
    command = [sys.executable, "-m", "appliance", "engine", "--fresh", "--seed", str(seed)]
    command += ["--settings", str(site), "--port", str(port)]
    with subprocess.Popen(command, cwd=ROOT, env={"STATE_DIRECTORY": str(folder)}) as child:
        try:
            yield
        finally:
            child.terminate()


def _listen(ear: socket.socket, engine: tuple[str, int], characters: int, step: Step) -> Recording:
    greeting: list[bytes] = []
    typed: list[list[bytes]] = []
    end = time.monotonic() + PATIENCE
    while len(typed) <= characters:
        assert time.monotonic() < end, "the engine did not type"
        try:
            data = ear.recv(65_535)
        except (TimeoutError, OSError):
            ear.sendto(wire.encode(wire.Subscribe(0, wire.VERSION)), engine)
            continue
        messages = wire.decode(data, wire.OUTWARD)
        if any(isinstance(message, wire.Character) for message in messages):
            typed.append([data])
            said = step(len(typed))
            if said:
                ear.sendto(wire.encode(*said), engine)
        else:
            (typed[-1] if typed else greeting).append(data)
    return Recording(tuple(greeting), tuple(map(tuple, typed[:-1])))


class Player(Puppet):
    """A recording in the engine's place, and the clock of the stage that it is shown to."""

    def __init__(self, recording: Recording, pace: float) -> None:
        super().__init__()
        self.clock = Clock()
        self._recording, self._pace = recording, pace
        self.sent = 0

    def greet(self) -> None:
        """Answer the stage that has just subscribed."""
        self.heard()
        for data in self._recording.greeting:
            self.send(data)

    def pass_time(self, seconds: float) -> None:
        """Let the clock go on, and type what is due."""
        self.clock.now += seconds
        due = (self.clock.now - 100.0) * self._pace
        while self.sent < min(due, len(self._recording.typed)):
            for data in self._recording.typed[self.sent]:
                self.send(data)
            self.sent += 1

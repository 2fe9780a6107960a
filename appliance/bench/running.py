"""A real engine, and where it is wanted a real stage beside it, listened to over the wire.

When a datagram came is what the kernel noted, so that the listener's own sleep is not measured.
"""

import contextlib
import json
import os
import socket
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from appliance import wire
from appliance.bench.measure import Bench, BenchError

PACE = 20.0  # characters a second
PATIENCE = 30.0  # seconds for what should come at once
RENEW_EVERY = 10.0  # seconds, of a subscription that lasts 30
RETRY_EVERY = 0.02  # seconds, until the engine answers
# Linux' asm-generic/socket.h: the kernel notes when a datagram came, as seconds and nanoseconds of
# the clock of `time.time`. Python has no name for it.
TIMESTAMPS = 35
STAMP = struct.Struct("ll")


@dataclass(frozen=True, slots=True)
class Arrival:
    """One character as it came: when (seconds, `time.time`), which, and the mixture it tells."""

    at: float
    index: int
    weights: Mapping[str, float]


class Engine:
    """An engine's process and a listener's socket; made by `running`."""

    def __init__(
        self, child: subprocess.Popen[bytes], port: int, settings: Path, log: Path
    ) -> None:
        self.pid, self.port, self.settings = child.pid, port, settings
        self.status: wire.Status | None = None  # the last that came
        self._child, self._log = child, log
        self._engine = ("127.0.0.1", port)
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setsockopt(socket.SOL_SOCKET, TIMESTAMPS, 1)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        self._subscribed, self._answered = -1e9, False

    def close(self) -> None:
        """Close the socket."""
        self._socket.close()

    def send(self, *messages: wire.Message) -> float:
        """Send messages, each by itself; return when (`time.time`)."""
        at = time.time()
        for message in messages:
            self._socket.sendto(wire.encode(message), self._engine)
        return at

    def characters(self) -> Iterator[Arrival]:
        """Yield characters as they come, for ever; BenchError if for long none does."""
        heard = time.monotonic()
        while True:
            arrival = self.next_within(0.2)
            if arrival is not None:
                heard = time.monotonic()
                yield arrival
            elif self._child.poll() is not None:
                raise BenchError(f"the engine ended: {_last_words(self._log)}")
            elif time.monotonic() - heard > PATIENCE:
                raise BenchError(f"the engine typed nothing for {PATIENCE:g} seconds")

    def next_within(self, seconds: float) -> Arrival | None:
        """Return the next character if it comes within so many seconds."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0.0:
            self._stay_subscribed()
            self._socket.settimeout(left)
            try:
                data, notes, _, _ = self._socket.recvmsg(65_535, socket.CMSG_SPACE(STAMP.size))
            except TimeoutError:
                continue
            except ConnectionRefusedError:  # the engine does not listen yet
                time.sleep(min(RETRY_EVERY, left))
                continue
            self._answered = True
            messages = wire.decode(data, wire.OUTWARD)
            match messages[:2]:
                case [wire.Character() as character, wire.WeightsAre(pairs)]:
                    return Arrival(_stamp(notes), character.index, dict(pairs))
                case _:
                    told = [message for message in messages if isinstance(message, wire.Status)]
                    self.status = told[-1] if told else self.status
        return None

    def resident(self) -> float:
        """Return the megabytes of memory that the engine's process holds."""
        for line in Path(f"/proc/{self.pid}/status").read_text(encoding="ascii").splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) * 1024 / 1e6
        raise BenchError("the engine has ended")

    def _stay_subscribed(self) -> None:
        every = RENEW_EVERY if self._answered else RETRY_EVERY
        if time.monotonic() - self._subscribed > every:
            self._subscribed = time.monotonic()
            with contextlib.suppress(ConnectionRefusedError):
                self.send(wire.Subscribe(0, wire.VERSION))


@contextlib.contextmanager
def running(
    bench: Bench,
    mixture: Mapping[str, float],
    *,
    within: Path | None = None,
    archive: bool = True,
) -> Iterator[Engine]:
    """Start an engine on a port of its own with a mixture and an even pace; end it afterwards.

    Its state is in a new folder, `within` another one or where temporary files are.
    """
    with tempfile.TemporaryDirectory(dir=within) as name:
        folder, port = Path(name), free_port()
        settings = folder / "settings.toml"
        kept = f"[archive]\non = {str(archive).lower()}\n"
        settings.write_text(_settings(bench, mixture) + kept, encoding="utf-8")
        command = ["engine", "--settings", str(settings), "--port", str(port), "--seed", "1"]
        log = folder / "engine.log"
        with process(command, log, {"STATE_DIRECTORY": name}) as child:
            engine = Engine(child, port, settings, log)
            try:
                yield engine
            finally:
                engine.close()


@contextlib.contextmanager
def stage_beside(engine: Engine) -> Iterator[int]:
    """Run a stage beside an engine, whose window is drawn and shown to nobody; yields its pid.

    Raises BenchError, at the end, if the stage did not last so long.
    """
    command = ["stage", "--settings", str(engine.settings), "--engine-port", str(engine.port)]
    log = engine.settings.with_name("stage.log")
    with process(command, log, {"SDL_VIDEODRIVER": "dummy"}) as child:
        yield child.pid
        if child.poll() is not None:
            raise BenchError(f"the stage ended: {_last_words(log)}")


def seconds_spent(pid: int) -> float:
    """Return the processor seconds that a process has used (proc(5), stat, fields 14 and 15)."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _settings(bench: Bench, mixture: Mapping[str, float]) -> str:
    styles = json.dumps(list(bench.styles))  # JSON's strings and lists are TOML's too
    weights = ", ".join(f"{slug} = {weight}" for slug, weight in mixture.items())
    return f"""\
[styles]
models = {json.dumps(str(bench.folder))}
allow = {styles}
active = {styles}
[opening]
mixture = {{ {weights} }}
[typing]
pace = {PACE}
unevenness = 0.0
[engine]
workers = {bench.workers}
providers = "CPUExecutionProvider"
[controls]
on = []
[visit]
ends_after = 0.0
[status]
host = ""
"""


@contextlib.contextmanager
def process(
    command: list[str], log: Path, environment: Mapping[str, str]
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a verb of the appliance as a process of its own, and end it."""
    with log.open("wb") as out:
        child = subprocess.Popen(
            [sys.executable, "-m", "appliance", *command],
            stdout=out,
            stderr=out,
            env=os.environ | environment,
        )
        try:
            yield child
        finally:
            child.terminate()
            try:
                child.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()


def _last_words(log: Path) -> str:
    lines = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    return lines[-1] if lines else "without a word"


def free_port() -> int:
    """Return a UDP port that nobody has."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def _stamp(notes: list[tuple[int, int, bytes]]) -> float:
    for level, kind, data in notes:
        if (level, kind) == (socket.SOL_SOCKET, TIMESTAMPS):
            seconds, nanoseconds = STAMP.unpack(data[: STAMP.size])
            return float(seconds + nanoseconds / 1e9)
    return time.time()  # a kernel that notes nothing: the listener's own waking counts too

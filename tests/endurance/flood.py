"""A flood of OSC: what the engine does while somebody pours packets over it.

    python -m tests.endurance.flood [--rate N] [--seconds N]
    python -m tests.endurance.flood --port N [--rate N]

The first starts an engine with the shipped styles, lets it type, floods it, and prints how it
fared; exit status 1 if it stopped typing. The second only pours, until it is told to end, and then
says in JSON how much that was. Half of the packets are valid: a temperature, and a place of the
puck, which is passed on to every listener.
"""

import argparse
import json
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from appliance import wire
from appliance.stage.link import Link
from tests.conftest import PATIENCE, EngineProcess, wait_for
from tests.proofs.hour import resident

RATE = 50_000  # packets a second
SECONDS = 20.0
BEAT = 0.002  # seconds between two gusts
PACKETS = (
    b"#bundle\0" + bytes(8) + b"\xff\xff\xff\xfc" + bytes(8),  # an element of -4 bytes
    wire.encode(wire.Temperature(0.5)),
    b"/weights\0\0\0\0,sf\0",  # its arguments are missing
    wire.encode(wire.Puck(0.25, 0.75)),
)


@dataclass(frozen=True, slots=True)
class Poured:
    """How much was sent, and in how many seconds."""

    packets: int
    seconds: float


def pour(port: int, rate: float, stopped: threading.Event) -> Poured:
    """Send packets at a rate, or as near to it as this machine comes, until told to stop."""
    began = time.monotonic()
    sent = 0
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as mouth:
        mouth.connect(("127.0.0.1", port))
        while not stopped.is_set():
            due = int((time.monotonic() - began) * rate)
            # What was missed is not made up for: that would be a burst and no flood.
            for number in range(sent, min(due, sent + int(4 * BEAT * rate))):
                try:
                    mouth.send(PACKETS[number % len(PACKETS)])
                except ConnectionRefusedError:
                    continue
                sent += 1
            if sent >= due:
                stopped.wait(BEAT)
    return Poured(sent, time.monotonic() - began)


def drowned(port: int, table: Path = Path("/proc/net/udp")) -> int:
    """Return how many datagrams the kernel has dropped at a port's socket (last column)."""
    for line in table.read_text(encoding="ascii").splitlines()[1:]:
        fields = line.split()
        if int(fields[1].rpartition(":")[2], 16) == port:
            return int(fields[-1])
    raise ValueError(f"nobody listens on UDP port {port}")


def typed(link: Link, seconds: float) -> float:
    """Listen for so long; return the characters a second that were typed."""
    wait_for(link, lambda: link.view.page.whole)
    first, began = link.view.page.end, time.monotonic()
    while (took := time.monotonic() - began) < seconds:
        link.poll()
        time.sleep(0.002)  # leaves the processor to the engine; nothing is measured by it
    return (link.view.page.end - first) / took


def measure(rate: float, seconds: float) -> int:
    """Flood an engine and print how it fares; exit status 1 if it stopped typing."""
    with tempfile.TemporaryDirectory() as folder:
        engine = EngineProcess(Path(folder), '[status]\nhost = ""\n')
        engine.start("--fresh", "--seed", "1")
        try:
            assert engine._child is not None
            with Link(("127.0.0.1", engine.port), "127.0.0.1", 0, time.monotonic) as link:
                wait_for(link, lambda: link.view.characters > 50)
                dry, held = typed(link, seconds), resident(engine._child.pid)
                command = [sys.executable, "-m", "tests.endurance.flood", "--port"]
                command += [str(engine.port), "--rate", str(rate)]
                with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as pouring:
                    wait_for(link, lambda: link.view.status and link.view.status.dropped)
                    wet = typed(link, seconds)
                    pouring.send_signal(signal.SIGTERM)
                    poured = Poured(**json.loads(pouring.communicate(timeout=PATIENCE)[0]))
                status = link.view.status
                grown = resident(engine._child.pid) - held
                in_the_kernel = drowned(engine.port)
        finally:
            engine.stop()
    assert status is not None
    print(f"packets sent           {poured.packets:12,}  {poured.packets / poured.seconds:,.0f}/s")
    print(f"dropped by the kernel  {in_the_kernel:12,}")
    print(f"dropped by the engine  {status.dropped:12,}")
    print(f"typed before           {dry:12.1f} characters/s, of {14.0:g} that are set")
    print(f"typed in the flood     {wet:12.1f} characters/s")
    print(f"memory grown by        {grown:12.1f} MiB")
    return 0 if wet > 0.0 else 1


def main() -> int:
    """Pour, or measure."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.endurance.flood",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--rate", type=float, default=RATE, help="packets a second (%(default)s)")
    parser.add_argument("--seconds", type=float, default=SECONDS, help="(%(default)s)")
    parser.add_argument("--port", type=int, help="only pour over the engine at this UDP port")
    args = parser.parse_args()
    if args.port is None:
        return measure(args.rate, args.seconds)
    stopped = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stopped.set())
    poured = pour(args.port, args.rate, stopped)
    print(json.dumps({"packets": poured.packets, "seconds": poured.seconds}))
    return 0


if __name__ == "__main__":
    sys.exit(main())

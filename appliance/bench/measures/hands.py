"""From a hand's event to its weights on the wire: a real stage, its window drawn for nobody.

The event enters where an outside patch's does, as OSC at the stage's own port, is polled in a
frame, moves the desk, and leaves as `/weights`. The engine is a socket that listens, and the
weights' smoothing is off, so that the first datagram tells the whole way.
"""

import socket
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from appliance import osc, wire
from appliance.bench.figures import Figure
from appliance.bench.measure import Bench, BenchError, Measure
from appliance.bench.running import free_port, process

FRAME = 1.0 / 60.0  # seconds
RUN = 1
PATIENCE = 10.0  # seconds for what should come in one frame


def figures(bench: Bench) -> Iterator[Figure]:
    """Play a stage from outside at random moments, and watch what it sends."""
    random = np.random.default_rng(2016)
    took: list[float] = []
    styles = tuple(bench.styles)
    engine = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    hand = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    with engine, hand, tempfile.TemporaryDirectory() as name:
        engine.bind(("127.0.0.1", 0))
        engine.settimeout(PATIENCE)
        folder, port = Path(name), free_port()
        settings = folder / "settings.toml"
        settings.write_text(
            "[controls]\non = ['osc']\nsmoothing = 0.0\n"
            f"[osc]\nport = {port}\n[visit]\nends_after = 0.0\n",
            encoding="utf-8",
        )
        command = ["stage", "--settings", str(settings)]
        command += ["--engine-port", str(engine.getsockname()[1])]
        surroundings = {"SDL_VIDEODRIVER": "dummy", "STATE_DIRECTORY": name}
        with process(command, folder / "stage.log", surroundings):
            stage = _greeted(engine, styles)
            for number in range(bench.effort.changes):
                time.sleep(random.uniform(2.0, 3.0) * FRAME)
                engine.sendto(wire.encode(_status()), stage)  # that the engine lives
                level = 0.4 if number % 2 else 0.8
                sent = time.perf_counter()
                packet = osc.packet(f"/level/{styles[0]}", [("f", level)])
                hand.sendto(osc.write([packet]), ("127.0.0.1", port))
                _weights(engine)
                took.append(1e3 * (time.perf_counter() - sent))
    yield Figure.of(
        "from a hand's event to its weights on the wire", "ms", took,
        f"a frame comes every {1e3 * FRAME:.1f} ms",
    )  # fmt: skip


def _greeted(engine: socket.socket, styles: tuple[str, ...]) -> tuple[str, int]:
    """Answer a stage's first words as an engine does; return its address."""
    _, stage = engine.recvfrom(65_535)
    active = styles[:2]
    engine.sendto(
        wire.encode(
            wire.Hello(wire.VERSION, RUN, "linear", 0.7, 20.0, 0),
            *(wire.StyleIs(i, slug, slug, "#a0b0c0", "") for i, slug in enumerate(styles)),
        ),
        stage,
    )
    page = wire.Text(RUN, 0, 0, "", "")
    standing = wire.WeightsAre(tuple((slug, 1.0 / len(active)) for slug in active))
    engine.sendto(wire.encode(page, wire.ActiveAre(active), standing), stage)
    time.sleep(1.0)  # the stage's first frames draw everything
    return str(stage[0]), int(stage[1])


def _status() -> wire.Status:
    return wire.Status("typing", "Typing.", 20.0, 1, 0, 0, 0, 0.0, "")


def _weights(engine: socket.socket) -> None:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        try:
            data, _ = engine.recvfrom(65_535)
        except TimeoutError:
            break
        if any(isinstance(m, wire.Weights) for m in wire.decode(data, wire.INWARD)):
            return
    raise BenchError("the stage did not answer a hand")


MEASURE = Measure("From a hand to the wire", figures)

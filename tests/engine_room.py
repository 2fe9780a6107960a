"""An engine's server without a network: datagrams in, datagrams out."""

import asyncio
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import cast

import pytest

from appliance import wire
from appliance.catalogue import read_catalogue
from appliance.engine.ensemble import Ensemble
from appliance.engine.guard import Guard
from appliance.engine.memory import Memory
from appliance.engine.model import Model
from appliance.engine.score import Score
from appliance.engine.server import Server
from appliance.joint import Joint

STRANGER = ("127.0.0.1", 9)


class Sent:
    """A transport that keeps what is sent."""

    def __init__(self) -> None:
        self.datagrams: list[tuple[list[wire.Message], tuple[str, int]]] = []

    def sendto(self, datagram: bytes, to: tuple[str, int]) -> None:
        self.datagrams.append((wire.decode(datagram, wire.OUTWARD), to))

    def take(self) -> list[list[wire.Message]]:
        """Return the messages of each datagram since the last time."""
        taken = [messages for messages, _ in self.datagrams]
        self.datagrams.clear()
        return taken


@pytest.fixture
def sent() -> Sent:
    return Sent()


@pytest.fixture
def ensemble(tiny: Path) -> Iterator[Ensemble]:
    with Ensemble({slug: Model(tiny / f"{slug}.onnx") for slug in "abc"}) as made:
        yield made


def make(
    tiny: Path,
    ensemble: Ensemble,
    sent: Sent,
    state: Path,
    memory: Memory | None = None,
    allow: Sequence[str] = (),
) -> Server:
    score = Score(
        "abc", active="ab", weights={"a": 1.0}, temperature=1.0, pace=14.0, joint=Joint.LINEAR
    )
    made = Server(
        ensemble, read_catalogue(tiny).styles, score, guard=Guard(), seed=1, unevenness=0.0,
        opening="In the beginning", memory=memory, state=state / "engine.json", allow=allow,
    )  # fmt: skip
    made.connection_made(cast(asyncio.DatagramTransport, sent))
    return made


@pytest.fixture
def server(tiny: Path, ensemble: Ensemble, sent: Sent, tmp_path: Path) -> Server:
    return make(tiny, ensemble, sent, tmp_path)


def say(server: Server, *messages: wire.Message, sender: tuple[str, int] = STRANGER) -> None:
    server.datagram_received(wire.encode(*messages), sender)


def listening(server: Server, sent: Sent) -> wire.Text:
    """Subscribe; return the page that is answered."""
    say(server, wire.Subscribe(0, wire.VERSION))
    _, [page, *_] = sent.take()
    assert isinstance(page, wire.Text)
    return page

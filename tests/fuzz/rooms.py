"""The parts of the piece that hear the world, each with its network cut off at the socket.

A room takes what is thrown at it, counts what it obeyed and what it refused, and raises nothing.
"""

import asyncio
from abc import ABC, abstractmethod
from collections import deque
from pathlib import Path
from typing import Any, ClassVar, cast

from appliance import wire
from appliance.catalogue import read_catalogue
from appliance.controls.attract import Attract
from appliance.controls.control import Event, Shown
from appliance.controls.hands import Hands
from appliance.controls.midi_box import Box
from appliance.controls.midi_maps import ready_for
from appliance.controls.osc import Osc
from appliance.engine.ensemble import Ensemble
from appliance.engine.guard import Guard
from appliance.engine.score import Score
from appliance.engine.server import Server
from appliance.joint import Joint
from appliance.settings import Loaded
from appliance.stage.app import App
from appliance.stage.desk import Desk
from appliance.stage.link import Link
from tests.fuzz.packets import STYLES, Packets

SENDERS = 200  # more than listeners are told
FRAME = 1 / 60
ENGINE = ("127.0.0.1", 1)
DRAWN = 8  # one frame of so many is drawn as well
GO_ON = wire.encode(wire.Hold(0), wire.Pace(0.0), wire.Weights((("a", 0.5), ("b", 0.5))))


class Room(ABC):
    """Something that messages are thrown at."""

    name: str
    share: int  # messages a round
    last = b""  # message, the newest

    def __init__(self) -> None:
        self.thrown = self.refused = 0

    @abstractmethod
    def round(self, packets: Packets) -> None:
        """Throw one round of messages."""

    def close(self) -> None:  # noqa: B027  # most have nothing to close
        """Let go of what the room holds."""


class Boxes(Room):
    """MIDI boxes: one that nobody knows, one of a ready map, one of 14 bits, one that learned."""

    name, share = "MIDI boxes", 128
    styles = tuple(f"style_{number}" for number in range(24))
    learned: ClassVar[dict[str, str]] = {
        "cc7": "level/style_1", "1/cc39": "puck/x", "note36": "bank/next", "1/note37": "reset",
        "bend": "pace", "note38": "alone/style_2", "cc9": "fader/2", "note40": "fader/2/touch",
    }  # fmt: skip

    def __init__(self) -> None:
        super().__init__()
        ready = ready_for("nanoKONTROL2")
        assert ready is not None
        self._boxes = [
            Box("unknown"),
            Box("known", ready=ready),
            Box("fine", pairs=True),
            Box("learned", learned=self.learned),
        ]
        self._now = 100.0

    def round(self, packets: Packets) -> None:
        self._now += FRAME
        levels = {style: packets.share() for style in self.styles}
        shown = Shown(self._now, faders=self.styles, active=self.styles, levels=levels)
        for number in range(self.share):
            self.last = packets.midi()
            self.thrown += 1
            moved = self._boxes[number % 4].take(self.last, self._now, self.styles)
            assert all(isinstance(event, Event) for event in moved)
            self.refused += not moved
        for box in self._boxes:
            assert all(len(answer) == 3 for answer in box.answers(shown))
            box.plays(self.styles)


class Words(Room):
    """The reader of the wire, in either direction."""

    share = 32

    def __init__(self, name: str, language: wire.Language) -> None:
        super().__init__()
        self.name, self._language = f"wire, {name}", language

    def round(self, packets: Packets) -> None:
        inward = self._language is wire.INWARD
        for _ in range(self.share):
            self.last = packets.inward() if inward else packets.outward()
            self.thrown += 1
            try:
                messages = wire.decode(self.last, self._language)
            except wire.WireError:
                self.refused += 1
                continue
            wire.encode(*messages)  # whatever could be read can be said


class Network:
    """A socket to which a room's messages come, and from which nothing goes anywhere."""

    def __init__(self) -> None:
        self.came: deque[tuple[bytes, tuple[str, int]]] = deque()

    def recvfrom(self, size: int) -> tuple[bytes, tuple[str, int]]:
        """Return what came next."""
        if not self.came:
            raise BlockingIOError
        datagram, sender = self.came.popleft()
        return datagram[:size], sender

    def sendto(self, datagram: bytes, address: tuple[str, int]) -> None:
        """Lose what is sent."""

    def fileno(self) -> int:
        """Say that it is open."""
        return 0

    def getsockname(self) -> tuple[str, int]:
        """Say where it listens."""
        return ("127.0.0.1", 7771)

    def close(self) -> None:
        """Nothing to close."""


class Stage(Room):
    """A desk and its window: the engine's words on its link, and a phone's at its control."""

    name, share = "stage", 96

    def __init__(self) -> None:
        super().__init__()
        self._now = 100.0
        self._wire, self._phone = Network(), Network()
        self.link = Link(ENGINE, "127.0.0.1", 0, lambda: self._now)
        self.link._socket.close()
        self.link._socket = cast(Any, self._wire)
        self.osc = Osc(Osc.Settings(answer_port=9_000, allow=["10.0.0.0/8"]))
        self.osc._socket = cast(Any, self._phone)
        attract = Attract(Attract.Settings.model_validate({}))
        hands = Hands({"osc": self.osc, "attract": attract})
        self.desk = Desk(self.link, Loaded.read().settings.controls, hands=hands)
        self._hands = hands
        self._rounds = 0
        settings = Loaded.read().settings.stage
        self._app = App(self.desk, settings, lambda: self._now)
        self._app.__enter__()

    def close(self) -> None:
        self._app.__exit__()

    def round(self, packets: Packets) -> None:
        for number in range(self.share):
            # One phone is a stranger's.
            sender = (f"{10 + number % 16 // 15}.0.0.{number % 20}", 5_000)
            network, packet = (
                (self._phone, packets.ear()) if number % 3 == 0 else (self._wire, packets.outward())
            )
            self.last = packet
            if network is self._wire and number % 16:  # else it is a stranger's word
                sender = ENGINE
            network.came.append((packet, sender))
            self.thrown += 1
        self._now += 61.0 if self.thrown % 960_000 == 0 else FRAME  # now and then all leave
        self._rounds += 1
        if self._rounds % DRAWN:
            self.desk.follow(self.link.poll(), self._now)
            self.desk.play(self._now)
            self.desk.flush(self._now)
        else:
            self._app.frame()
        self.refused = self.link.dropped + self.link.strangers + self.osc.refused
        assert not self._wire.came
        for name, health in self._hands.health().items():
            assert health.well, f"{name}: {health.sentence}"
        levels = self.desk.mixer.levels
        assert all(0.0 <= level <= 1.0 for level in levels.values()), levels


class Engine(Room):
    """The engine's server, which types meanwhile as fast or slowly as it is told to."""

    name, share = "engine", 64

    def __init__(self, models: Path, state: Path, ensemble: Ensemble) -> None:
        super().__init__()
        score = Score(
            STYLES,
            active=STYLES,
            weights={"a": 1.0},
            temperature=1.0,
            pace=14.0,
            joint=Joint.LINEAR,
        )
        self.server = Server(
            ensemble, read_catalogue(models).styles, score, guard=Guard(), seed=1, unevenness=0.3,
            opening="In the beginning", memory=None, state=state,
        )  # fmt: skip
        network: Any = Network()
        self.server.connection_made(network)
        self._sender = 0

    async def type(self) -> None:
        """Type until the server is stopped."""
        await self.server._type_forever(asyncio.get_running_loop())

    async def pause(self) -> None:
        """Let it type a little, undisturbed, if it will."""
        self.server.datagram_received(GO_ON, ("127.0.0.1", 2_000))
        before = self.server.status().characters
        for _ in range(100):
            if self.server.status().characters >= before + 3:
                break
            await asyncio.sleep(0.001)  # another thread reads

    def round(self, packets: Packets) -> None:
        for _ in range(self.share):
            self._sender = (self._sender + 1) % SENDERS
            self.last = packets.inward()
            self.thrown += 1
            self.server.datagram_received(self.last, ("127.0.0.1", 2_000 + self._sender))
        self.refused = self.server.status().dropped


def rooms(folder: Path, ensemble: Ensemble) -> list[Room]:
    """Return all rooms; `folder` has the models a, b and c."""
    return [
        Boxes(),
        Words("inward", wire.INWARD),
        Words("outward", wire.OUTWARD),
        Stage(),
        Engine(folder, folder / "engine.json", ensemble),
    ]

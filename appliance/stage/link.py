"""The stage's end of the wire: what the engine last said, and a way to say something back.

No thread and no event loop: the socket is read once a frame, until it is empty, so that a frame
never waits for the engine.
"""

import contextlib
import logging
import socket
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Self

import numpy as np
from numpy.typing import NDArray

from appliance import wire
from appliance.page import Page

RENEW_EVERY = 10.0  # seconds, of a subscription that lasts 30
RETRY_EVERY = 1.0  # seconds, while the engine does not answer or the view has a gap
GONE_AFTER = 3.0  # seconds without a word, then the engine is taken for dead

log = logging.getLogger("appliance.stage")


@dataclass(slots=True)
class View:
    """All that the engine has said, as it stands now."""

    page: Page = field(default_factory=Page)
    styles: dict[str, wire.StyleIs] = field(default_factory=dict)
    by_author: dict[str, str] = field(default_factory=dict)
    weights: dict[str, float] = field(default_factory=dict)
    active: tuple[str, ...] = ()
    attribution: dict[str, float] = field(default_factory=dict)
    distributions: dict[str, NDArray[np.float32]] = field(default_factory=dict)
    joint: NDArray[np.float32] = field(
        default_factory=lambda: np.zeros(wire.CHARACTERS, dtype=np.float32)
    )
    following: NDArray[np.float32] | None = None  # what the next character may be, once known
    hello: wire.Hello | None = None
    status: wire.Status | None = None
    entropy: float = 0.0
    characters: int = 0  # seen since the stage began

    @property
    def whole(self) -> bool:
        """Whether page and styles are all here, and of the same run of the engine."""
        known = self.hello is not None and self.hello.run == self.page.run
        return known and bool(self.styles) and self.page.whole


class Link:
    """A UDP socket that subscribes at the engine and keeps a View of what it says.

    Nobody else is heard: what stands on the screen has been by the engine's guard.
    """

    def __init__(self, engine: tuple[str, int], host: str, port: int, clock: Callable[[], float]):
        """Open the socket; OSError if it cannot be had, or the engine's host is not to be found."""
        self.view = View()
        self.dropped = 0
        self.strangers = 0  # datagrams that came from elsewhere
        self.wrong_version = False
        self._engine, self._clock = address(*engine), clock
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        self._socket.bind((host, port))
        self._socket.setblocking(False)
        self._subscribed = self._heard = -1e9

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Unsubscribe and close the socket."""
        if self._socket.fileno() >= 0:
            self.send(wire.Unsubscribe(0))
            self._socket.close()

    @property
    def alive(self) -> bool:
        """Whether the engine has said anything lately."""
        return self._clock() - self._heard < GONE_AFTER

    def send(self, *messages: wire.Message) -> None:
        """Say something to the engine; if it is away, it is not heard."""
        # Buffers full or nobody there: who sends knows by what the engine says whether it heard.
        with contextlib.suppress(OSError):
            self._socket.sendto(wire.encode(*messages), self._engine)

    def poll(self) -> list[wire.Message]:
        """Take in all that has come and keep up the subscription; return the messages."""
        messages = list(self._receive())
        now = self._clock()
        if messages:
            self._heard = now
        elif not self.alive:
            self.view.page.forget_ended()
        healthy = self.alive and self.view.whole
        if now - self._subscribed > (RENEW_EVERY if healthy else RETRY_EVERY):
            self._subscribed = now
            self.send(wire.Subscribe(0, wire.VERSION))
        return messages

    def _receive(self) -> list[wire.Message]:
        found: list[wire.Message] = []
        for _ in range(512):  # a flood must not hold up the frame
            try:
                data, sender = self._socket.recvfrom(65_535)
            except OSError:  # nothing more, or the answer that nobody listens there
                break
            if sender != self._engine:
                if self.strangers == 0:
                    log.warning("a datagram from %s was dropped: it is not the engine", sender[0])
                self.strangers += 1
                continue
            try:
                messages = wire.decode(data, wire.OUTWARD)
            except wire.WireError:
                self.dropped += 1
                continue
            for message in messages:
                if not self._take(message):
                    break  # late: what travels with it in the datagram is as old
                found.append(message)
        return found

    def _take(self, message: wire.Message) -> bool:
        view = self.view
        match message:
            case wire.Hello():
                if view.page.ended(message.run):
                    return False
                if view.hello is None or message.run != view.hello.run:
                    view.styles, view.by_author, view.distributions = {}, {}, {}
                view.hello = message
                self.wrong_version = message.version != wire.VERSION
            case wire.StyleIs():
                # One number a style, one style a number: what either meant before is over.
                letter = wire.author(message.number)
                numbers = {
                    author: slug
                    for author, slug in view.by_author.items()
                    if author != letter and slug != message.slug
                }
                view.by_author = numbers | {letter: message.slug}
                view.styles = {slug: view.styles[slug] for slug in numbers.values()}
                view.styles[message.slug] = message
                view.distributions = {
                    slug: values
                    for slug, values in view.distributions.items()
                    if slug in view.styles
                }
            case wire.Character():
                if not view.page.take(message):
                    return False
                view.characters += 1
                view.entropy = message.entropy
                view.following = None
            case wire.Text():
                return view.page.take(message)
            case wire.WeightsAre(pairs):
                view.weights = dict(pairs)
            case wire.ActiveAre(slugs):
                view.active = slugs
            case wire.Attribution(pairs):
                view.attribution = dict(pairs)
            case wire.Distribution(_, slug):
                if slug in view.styles:
                    view.distributions[slug] = message.values()
            case wire.Next(_, run, index):
                if (run, index) != (view.page.run, view.page.end - 1):
                    return False
                view.following = message.values()
                view.distributions = {}  # they follow in the same datagram
            case wire.JointIs():
                view.joint = message.values()
            case wire.Status():
                view.status = message
        return True


def address(host: str, port: int) -> tuple[str, int]:
    """Return where a host is, as a socket that hears it says; OSError if it is not to be found."""
    [(*_, found), *_] = socket.getaddrinfo(host, port, socket.AF_INET, socket.SOCK_DGRAM)
    return str(found[0]), int(found[1])

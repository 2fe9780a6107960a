"""What a frame of the stage costs: all styles active and heard, a hand on the puck, text flowing.

What is typed, and what each style expects, was drawn by the engine's own typewriter beforehand.

The window is 1920 x 1080 and drawn by software, one thread. The same frames are drawn twice, in
turns: as the stage does, only what has changed, and plainly, everything anew. What is counted is
the processor time of the whole frame, from the socket to the window; with SDL's dummy driver
nobody copies the window to a screen.
"""

import contextlib
import os
import socket
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Self

import numpy as np

from appliance import wire
from appliance.bench.figures import Figure
from appliance.bench.measure import TEXT, Bench, Measure
from appliance.catalogue import read_catalogue
from appliance.engine.guard import Guard
from appliance.engine.typewriter import Drawn, Typewriter
from appliance.settings import DEFAULTS, Loaded
from appliance.stage.desk import Desk
from appliance.stage.link import Link

SIZE = (1920, 1080)
INCHES = 24.0
FRAMES = 60  # a second
EVERY = 4  # frames, a character: 15 a second
TURN = 24  # frames of one way before the other has its turn
BEFORE = 400  # characters on the page when it begins
RUN = 1
TAIL = 240  # characters that come with each
THOUGHTS = 120  # characters that are drawn beforehand, and typed again and again


def figures(bench: Bench) -> Iterator[Figure]:
    """Draw the same frames bit by bit and all anew, in turns."""
    turns = max(2, bench.effort.rounds)
    spent: dict[str, list[float]] = {"bit by bit": [], "all anew": []}
    with contextlib.ExitStack() as stack:
        driver = stack.enter_context(_drawn_for_nobody())
        thoughts = think(bench)
        shows = {way: stack.enter_context(Show(bench, thoughts)) for way in spent}
        for _ in range(turns):
            for way, show in shows.items():
                for _ in range(TURN):
                    spent[way].append(1e3 * show.frame(anew=way == "all anew"))
        styles = len(next(iter(shows.values())).styles)
    for way, times in spent.items():
        note = f"{styles} styles, {SIZE[0]} x {SIZE[1]}, SDL's {driver} driver"
        yield Figure.of(f"processor time of a frame, {way}", "ms", times, note)
    ratio = float(np.median(spent["all anew"]) / np.median(spent["bit by bit"]))
    yield Figure("all anew ÷ bit by bit", "times", ratio, note="of the medians")


def think(bench: Bench) -> list[Drawn]:
    """Let all styles write a little; return what they thought of each character."""
    thoughts: list[Drawn] = []
    with bench.ensemble(len(bench.styles)) as ensemble:
        writer = Typewriter(ensemble, np.random.default_rng(2016), Guard(), temperature=0.7)
        writer.begin(TEXT)
        ensemble.settle()
        while len(thoughts) < THOUGHTS:
            drawn = writer.draw()
            assert drawn is not None  # all stand ready
            thoughts.append(drawn)
            writer.read(drawn.character)
    return thoughts


@contextlib.contextmanager
def _drawn_for_nobody() -> Iterator[str]:
    """Draw in memory, unless a driver was chosen; yields its name."""
    before = os.environ.get("SDL_VIDEODRIVER")
    driver = os.environ.setdefault("SDL_VIDEODRIVER", "dummy")
    try:
        yield driver
    finally:
        if before is None:
            del os.environ["SDL_VIDEODRIVER"]


class Show:
    """A stage before a socket that types; a context manager that opens and closes both."""

    def __init__(self, bench: Bench, thoughts: Sequence[Drawn]) -> None:
        from appliance.stage.app import App  # noqa: PLC0415  # pygame only where it is measured
        from appliance.stage.displays import Display, Eyes  # noqa: PLC0415  # as above

        self.styles = list(read_catalogue(bench.folder).styles.values())
        self._thoughts = thoughts
        self._text = self._authors = ""
        self._now = 0.0
        self._frames = self._typed = 0
        self._close = contextlib.ExitStack()
        self._socket = self._close.enter_context(socket.socket(type=socket.SOCK_DGRAM))
        self._socket.bind(("127.0.0.1", 0))
        self._socket.setblocking(False)
        settings = Loaded.read(DEFAULTS).settings
        shown = settings.stage.model_copy(
            update={"width": SIZE[0], "height": SIZE[1], "diagonal": INCHES, "creep": 0.0}
        )
        link = Link(self._socket.getsockname(), "127.0.0.1", 0, lambda: self._now)
        self._link = self._close.enter_context(link)
        self._desk = Desk(self._link, settings.controls)
        eyes = Eyes(lambda: (Display((0, 0, *SIZE), "", INCHES),))
        self._app = App(
            self._desk, shown, lambda: self._now, words=settings.words, eyes=eyes, patient=True
        )

    def __enter__(self) -> Self:
        self._close.enter_context(self._app)
        self._app.frame()
        self._greet()
        while self._typed < BEFORE:
            self._type()
            self._app.frame()
        return self

    def __exit__(self, *_: object) -> None:
        self._close.close()

    def frame(self, *, anew: bool) -> float:
        """Let a frame's time pass; return the seconds of processor time that it took."""
        self._frames += 1
        self._now += 1.0 / FRAMES
        if self._frames % EVERY == 0:
            self._type()
        angle = 0.9 * self._now
        self._desk.move_puck(0.2 * np.cos(angle), 0.2 * np.sin(1.3 * angle), self._now)
        began = time.thread_time()
        if anew:
            self._app.redraw()
        self._app.frame()
        took = time.thread_time() - began
        self._drain()
        return took

    def _greet(self) -> None:
        self._stage = self._drain()
        slugs = tuple(style.slug for style in self.styles)
        said = [wire.Hello(wire.VERSION, RUN, "linear", 0.7, 15.0, 0)]
        self._say(
            *said,
            *(
                wire.StyleIs(number, style.slug, style.title, style.colour, "")
                for number, style in enumerate(self.styles)
            ),
        )
        self._say(wire.ActiveAre(slugs), wire.WeightsAre(tuple(self._weights().items())))

    def _weights(self) -> Mapping[str, float]:
        # As a hand has set them: then no other hand is seen to have moved anything.
        stand = self._desk.mixer.weights()
        share = 1.0 / len(self.styles)
        return {style.slug: stand.get(style.slug, share) for style in self.styles}

    def _type(self) -> None:
        """Type one character, and say what each style expects next."""
        drawn = self._thoughts[self._typed % len(self._thoughts)]
        number = int(drawn.shares.argmax())
        self._typed += 1
        self._text = (self._text + drawn.character)[-TAIL:]
        self._authors = (self._authors + wire.author(number))[-TAIL:]
        self._say(
            wire.Character(
                RUN, self._typed - 1, 0, self._text, self._authors, float(drawn.entropy)
            ),
            wire.WeightsAre(tuple(self._weights().items())),
            wire.JointIs(wire.blob(drawn.joint)),
        )
        following = self._thoughts[self._typed % len(self._thoughts)]
        self._say(
            wire.Next(wire.blob(following.joint), RUN, self._typed - 1),
            *(
                wire.Distribution(wire.blob(expected), slug)
                for slug, expected in zip(following.slugs, following.distributions, strict=True)
            ),
        )

    def _say(self, *messages: wire.Message) -> None:
        self._socket.sendto(wire.encode(*messages), self._stage)

    def _drain(self) -> tuple[str, int]:
        """Take what the stage has sent, and return where it is."""
        sender: tuple[str, int] = getattr(self, "_stage", ("", 0))
        with contextlib.suppress(BlockingIOError):
            while True:
                _, sender = self._socket.recvfrom(65_535)
        return sender


MEASURE = Measure("A frame of the stage", figures)

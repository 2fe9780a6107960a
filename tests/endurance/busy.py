"""A stage with busy hands: the real windows, drawn for nobody, and a visitor who never rests.

    python -m tests.endurance.busy --engine-port N --seed N --told FILE

Every frame somebody moves the puck, a slider, a name on the styles panel, temperature or joint;
now and then a line is put in or a new page begun. They begin once FILE is there. SIGUSR1 asks
for rest until the engine has been held and goes on: once FILE is gone, the hands have sent their
last, and while the engine is held FILE has the page as this stage shows it.
"""

import argparse
import json
import os
import random
import signal
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path

os.environ["SDL_VIDEODRIVER"] = "dummy"

import pygame

from appliance import wire
from appliance.files import replace_file
from appliance.settings import Loaded
from appliance.stage.app import App
from appliance.stage.desk import Desk
from appliance.stage.displays import Display, Eyes
from appliance.stage.link import Link
from tests.staging import finger

FRAMES = 60  # a second
SIZE = (1280, 720)
GESTURE = 40  # frames that a finger stays down
LINES = ("static unsigned love ", "And it came to pass ", "if (err) return ")


@dataclass(slots=True)
class Finger:
    """A finger on its way over a panel: from here to there in so many frames."""

    panel: str
    start: tuple[float, float]  # of the panel's width and height, 0 to 1
    end: tuple[float, float]
    frame: int = 0


class BusyHands:
    """One finger after the other on puck and sliders, and all else that hands may do."""

    def __init__(self, app: App, chance: random.Random) -> None:
        self._app, self._chance = app, chance
        self._finger: Finger | None = None
        self._number = 0

    def play(self, now: float) -> None:
        """Do what one frame's worth of hands does."""
        desk, chance = self._app.desk, self._chance
        self._move()
        what = chance.random()
        if not desk.slugs:
            return
        if what < 0.02:
            desk.toggle(chance.choice(desk.slugs), now)
        elif what < 0.03:
            desk.alone(chance.choice(desk.slugs), now)
        elif what < 0.04:
            desk.set_tempo(now, temperature=chance.uniform(0.3, 1.1))
        elif what < 0.041:
            desk.reset(now)
        elif what < 0.043:
            desk.link.send(wire.Prime(chance.choice(LINES)))
        elif what < 0.045:
            desk.link.send(wire.SetJoint(chance.choice(("linear", "log-linear"))))
        if not desk.circle:  # a silence would only pass the time
            desk.toggle(chance.choice(desk.slugs), now)

    def rest(self) -> None:
        """Take the finger off."""
        if self._finger is not None:
            self._post(pygame.FINGERUP, self._finger.end)
            self._finger = None

    def _move(self) -> None:
        if self._finger is None:
            self._number += 1
            panel = self._chance.choice(("puck", "puck", "sliders"))
            self._finger = Finger(panel, self._place(), self._place())
            self._post(pygame.FINGERDOWN, self._finger.start)
            return
        one = self._finger
        one.frame += 1
        along = one.frame / GESTURE
        at = tuple(a + along * (b - a) for a, b in zip(one.start, one.end, strict=True))
        if along >= 1.0:
            self.rest()
        else:
            self._post(pygame.FINGERMOTION, (at[0], at[1]))

    def _place(self) -> tuple[float, float]:
        return self._chance.uniform(0.05, 0.95), self._chance.uniform(0.05, 0.95)

    def _post(self, kind: int, at: tuple[float, float]) -> None:
        assert self._finger is not None
        panel = self._app.panel(self._finger.panel)
        place = panel.x + at[0] * panel.width, panel.y + at[1] * panel.height
        finger(kind, self._number, self._app, place)


def told(desk: Desk) -> bytes:
    """Return the page that this stage shows, as JSON."""
    page = desk.link.view.page
    shown = {"run": page.run, "start": page.start, "end": page.end, "text": page.text,
             "authors": page.authors, "whole": page.whole}  # fmt: skip
    return json.dumps(shown).encode("ascii")


def main() -> int:
    """Play until told to end."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.endurance.busy",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--engine-port", type=int, required=True)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--told", type=Path, required=True, metavar="FILE")
    args = parser.parse_args()
    stopped, rest_wanted = threading.Event(), threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stopped.set())
    signal.signal(signal.SIGUSR1, lambda *_: rest_wanted.set())
    settings = Loaded.read().settings
    shown = settings.stage.model_copy(update={"width": SIZE[0], "height": SIZE[1]})
    eyes = Eyes(lambda: (Display((0, 0, *SIZE)),))
    with (
        Link(("127.0.0.1", args.engine_port), "127.0.0.1", 0, time.monotonic) as link,
        App(Desk(link, settings.controls), shown, time.monotonic, eyes=eyes) as app,
    ):
        hands = BusyHands(app, random.Random(args.seed))
        pace = pygame.time.Clock()
        last = b""
        rests = was_held = False
        args.told.touch()
        while not stopped.is_set() and app.frame():
            held = link.view.hello is not None and bool(link.view.hello.hold)
            if rest_wanted.is_set():
                rest_wanted.clear()
                rests, last = True, b""
                hands.rest()
                args.told.unlink(missing_ok=True)
            elif not rests:
                hands.play(time.monotonic())
            elif was_held and not held:
                rests = False
            was_held = held
            state = link.view.status.state if link.view.status else ""
            if rests and state == "held" and (now := told(app.desk)) != last:
                last = now
                replace_file(args.told, now)
            pace.tick(FRAMES)
    return 0


if __name__ == "__main__":
    sys.exit(main())

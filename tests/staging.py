"""A stage before an engine whose words the test chooses, and fingers on it."""

import contextlib
import os
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pygame
import pytest

from appliance import wire
from appliance.controls.hands import Hands
from appliance.settings import DEFAULTS, Loaded
from appliance.stage.app import App
from appliance.stage.desk import Desk
from appliance.stage.displays import Display, Eyes
from appliance.stage.link import Link
from appliance.stage.panels.panel import Panel
from appliance.stage.panels.puck import PuckPanel
from appliance.stage.panels.sliders import SlidersPanel
from appliance.stage.panels.styles import StylesPanel
from appliance.stage.theme import THEMES
from tests.puppet import Clock, Puppet

os.environ.setdefault("SDL_VIDEODRIVER", "dummy")

NIGHT = THEMES["night"]
SETTINGS = Loaded.read(DEFAULTS).settings
STYLES = {"bible": "#16b3eb", "linux": "#d49915", "love_songs": "#20ccf0", "trump": "#ffb895"}
ACTIVE = ("bible", "linux", "love_songs")
Pairs = tuple[tuple[str, float], ...]
RUN = 4711
HALVES = (("bible", 0.5), ("linux", 0.5))


class Typing(Puppet):
    """An engine that greets and types what the test says."""

    def __init__(self, styles: Mapping[str, str] = STYLES) -> None:
        super().__init__()
        self.styles = styles
        self.text = self.authors = ""
        self.came: list[wire.Message] = []  # and was not asked for yet

    def greet(
        self, active: tuple[str, ...] = ACTIVE, weights: Pairs = HALVES, hold: int = 0
    ) -> None:
        assert self.heard() == [wire.Subscribe(0, wire.VERSION)]
        self.say(
            wire.Hello(wire.VERSION, RUN, "linear", 0.7, 14.0, hold),
            *(
                wire.StyleIs(i, slug, slug.replace("_", " ").title(), colour, "")
                for i, (slug, colour) in enumerate(self.styles.items())
            ),
        )
        self.say(wire.ActiveAre(active), wire.WeightsAre(weights), wire.Text(RUN, 0, 0, "", ""))

    def write(
        self,
        text: str,
        author: int,
        chances: Mapping[str, float] | None = None,
        entropy: float = 0.0,
        weights: Pairs = HALVES,
    ) -> None:
        """Type a text as one style's; `chances` are what else each character might have been."""
        for character in text:
            self.text += character
            self.authors += wire.author(author)
            expected = np.zeros(128)
            for other, chance in (chances or {}).items():
                expected[ord(other)] = chance
            expected[ord(character)] += 1.0 - expected.sum()
            self.say(
                wire.Character(
                    RUN, len(self.text) - 1, 0, self.text[-240:], self.authors[-240:], entropy
                ),
                wire.WeightsAre(weights),
                wire.JointIs(wire.blob(expected)),
                *(wire.Distribution(wire.blob(expected), slug) for slug, w in weights if w > 0.05),
            )

    def foretell(self, chances: Mapping[str, float], weights: Pairs = HALVES) -> None:
        """Say what may come after the newest character, all styles being of one mind."""
        expected = np.zeros(128)
        for character, chance in chances.items():
            expected[ord(character)] = chance
        self.say(
            wire.Next(wire.blob(expected), RUN, len(self.text) - 1),
            *(wire.Distribution(wire.blob(expected), slug) for slug, w in weights if w > 0.05),
        )

    def said(self, kind: type[wire.Message]) -> wire.Message:
        """Return the next message of a kind that the stage has sent."""
        self.came += self.heard()
        while not isinstance(self.came[0], kind):
            self.came.pop(0)
        return self.came.pop(0)


@contextlib.contextmanager
def staged(
    puppet: Typing,
    clock: Clock,
    *,
    eyes: Eyes | None = None,
    patient: bool = False,
    hands: Hands | None = None,
    smoothing: float = 0.0,
    **stage: Any,
) -> Iterator[App]:
    """Open a stage that has not been greeted yet; keywords are settings of the stage."""
    settings = Loaded.read().settings
    controls = settings.controls.model_copy(update={"smoothing": smoothing})
    shown = settings.stage.model_copy(update=stage)
    # The dummy driver's own display is smaller than most windows here.
    eyes = eyes or Eyes(lambda: (Display((0, 0, shown.width, shown.height)),))
    with (
        Link(puppet.socket.getsockname(), "127.0.0.1", 0, clock) as link,
        App(Desk(link, controls, hands=hands), shown, clock, patient=patient, eyes=eyes) as opened,
    ):
        yield opened


def greeted(app: App, puppet: Typing, **greeting: Any) -> None:
    """Let stage and puppet find each other."""
    app.frame()
    puppet.greet(**greeting)
    assert app.frame()


@pytest.fixture
def puppet() -> Iterator[Typing]:
    """Return an engine that types what the test says."""
    made = Typing()
    yield made
    made.socket.close()


@pytest.fixture
def app(puppet: Typing, clock: Clock) -> Iterator[App]:
    """Return a stage that this engine has greeted."""
    with staged(puppet, clock) as opened:
        greeted(opened, puppet)
        yield opened


# --- fingers ----------------------------------------------------------------------------------


def post(kind: int, at: tuple[float, float], **more: Any) -> None:
    pygame.event.post(pygame.event.Event(kind, pos=at, touch=False, **more))


def drag(app: App, start: tuple[float, float], end: tuple[float, float]) -> None:
    """Go down, move and leave with the mouse, all in one frame."""
    post(pygame.MOUSEBUTTONDOWN, start, button=1)
    post(pygame.MOUSEMOTION, end, buttons=(1, 0, 0), rel=(0, 0))
    post(pygame.MOUSEBUTTONUP, end, button=1)
    assert app.frame()


def tap(app: App, at: tuple[float, float]) -> None:
    drag(app, at, at)


def finger(kind: int, number: int, app: App, at: tuple[float, float]) -> None:
    width, height = app.screen.get_size()
    pygame.event.post(pygame.event.Event(kind, finger_id=number, x=at[0] / width, y=at[1] / height))


def key(code: int, letter: str = "") -> None:
    pygame.event.post(pygame.event.Event(pygame.KEYDOWN, key=code, unicode=letter))


# --- places and pixels ------------------------------------------------------------------------


def panel(app: App, name: str, role: str = "instrument") -> Panel:
    return app.pictures[role]._panels[name]


def puck_place(app: App, x: float, y: float) -> tuple[float, float]:
    """Return the screen's point of a place in the circle."""
    circle = panel(app, "puck")
    assert isinstance(circle, PuckPanel)
    at, corner = circle.at((x, y)), app.panel("puck").topleft
    return at[0] + corner[0], at[1] + corner[1]


def style_place(app: App, slug: str) -> tuple[float, float]:
    """Return the middle of a style's name on the styles panel."""
    styles = panel(app, "styles")
    assert isinstance(styles, StylesPanel)
    cell = styles.grid(app.desk).cell(app.desk.slugs.index(slug), styles._scrolled)
    corner = app.panel("styles").topleft
    return cell.centerx + corner[0], cell.centery + corner[1]


def slider_place(app: App, slug: str, level: float) -> tuple[float, float]:
    """Return where a slider's knob stands at a level."""
    sliders = panel(app, "sliders")
    assert isinstance(sliders, SlidersPanel)
    grid = sliders.grid(app.desk)
    number = next(n for n, s in sliders._on_page(app.desk, grid) if s == slug)
    track = sliders.track(grid.cell(number))
    corner = app.panel("sliders").topleft
    x = track.x + track.height // 2 + level * (track.width - track.height)
    return corner[0] + x, corner[1] + track.centery


def colours(surface: pygame.Surface, place: pygame.Rect) -> set[tuple[int, ...]]:
    """Return all colours in a place."""
    part = pygame.surfarray.array3d(surface.subsurface(place)).reshape(-1, 3)
    # As one number a colour: numpy is slow with unique rows, and a screen has a million.
    found = np.unique(part @ np.array([1 << 16, 1 << 8, 1]))
    return {(colour >> 16, colour >> 8 & 255, colour & 255) for colour in found.tolist()}


def pixels(app: App, name: str) -> "np.ndarray[tuple[int, ...], np.dtype[np.uint8]]":
    """Return what a panel shows, as (width, height, 3)."""
    return pygame.surfarray.array3d(app.screen.subsurface(app.panel(name)))

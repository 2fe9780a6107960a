"""A stage with an operator: opened, and his fingers on the panel."""

import contextlib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pygame

from appliance.controls.hands import Hands
from appliance.pin import hashed
from appliance.service.units import Unit
from appliance.service.vitals import Vitals
from appliance.stage.app import App
from appliance.stage.desk import Desk
from appliance.stage.displays import Display, Eyes
from appliance.stage.link import Link
from appliance.stage.operator.inquiry import Facts, Inquiry, Page
from appliance.stage.operator.kept import Shelf
from appliance.stage.operator.lights import Lights
from appliance.stage.operator.operator import Operator
from appliance.stage.operator.panel import OperatorPanel
from appliance.stage.visit import Visit
from tests.conftest import PATIENCE
from tests.puppet import Clock
from tests.staging import SETTINGS, Typing, greeted

PIN = hashed("2468")
TEN_INCHES = Display((0, 0, 1280, 720), "", 10.1)
FACTS = Facts(Vitals(50.0, 0, 10**10, 10**8), Page((), 9000.0, 3e8), 9001.0, Unit(0, 0), Unit(0, 0))
WALL = Display((1280, 0, 1920, 1080), "wall", 55.0)
SIZES = [
    ((800, 480), 7.0), ((1024, 600), 7.0), ((480, 800), 7.0), ((1280, 800), 10.1),
    ((1920, 1080), 24.0), ((1080, 1920), 24.0), ((1920, 1080), 55.0),
]  # fmt: skip


@contextlib.contextmanager
def attended(
    puppet: Typing,
    clock: Clock,
    state: Path,
    *,
    display: Display = TEN_INCHES,
    wall: Display | None = None,
    facts: Facts = FACTS,
    fault: str = "",
    supervised: bool = False,
    lights: Lights | None = None,
    hands: Hands | None = None,
    **table: Any,
) -> Iterator[App]:
    """Open a greeted stage with an operator; keywords are of its table."""
    table = {"pin": PIN, **table}
    stage = SETTINGS.stage.model_copy(
        update={"fullscreen": True, "wall": "wall" if wall else "", "click": False}
    )
    settings = SETTINGS.model_copy(
        update={"operator": SETTINGS.operator.model_copy(update=table), "stage": stage}
    )
    operator = Operator(
        settings,
        inquiry=Inquiry(lambda: facts),
        shelf=Shelf(state),
        wall=lambda: datetime(2026, 11, 22, 14, 3, tzinfo=UTC),
        fault=fault,
        supervised=supervised,
        believed=lambda _: True,
    )
    controls = settings.controls.model_copy(update={"smoothing": 0.0})
    visit = Visit(settings.visit, {"bible": 0.5, "linux": 0.5}, ["bible", "linux", "love_songs"])
    screens = (display, wall) if wall else (display,)
    with (
        Link(puppet.socket.getsockname(), "127.0.0.1", 0, clock) as link,
        App(
            Desk(link, controls, visit=visit, hands=hands), stage, clock,
            eyes=Eyes(lambda: screens), operator=operator,
            lights=lights or Lights(state / "no sys"),
        ) as app,
    ):  # fmt: skip
        greeted(app, puppet)
        yield app


def operator(app: App) -> Operator:
    """Return the stage's operator, whom every stage here has."""
    assert app.operator is not None
    return app.operator


def drawn(app: App) -> OperatorPanel:
    """Return the panel that is open."""
    panel = app.pictures[operator(app).role].operator
    assert panel is not None
    return panel


def place(app: App, button: str) -> tuple[int, int]:
    """Return the screen's point in the middle of a button."""
    at = drawn(app).place_of(button)
    assert at is not None, f"there is no {button}"
    return at.move(app.panel("operator", operator(app).role).topleft).center


def touch(kind: int, app: App, at: tuple[float, float], number: int = 1, role: str = "") -> None:
    """Post what a finger does on a screen: the panel's, if no role is named."""
    screen = app.screens[role or operator(app).role or "instrument"]
    width, height = screen.surface.get_size()
    pygame.event.post(
        pygame.event.Event(
            kind, finger_id=number, x=at[0] / width, y=at[1] / height, window=screen.window
        )
    )


def press(app: App, *buttons: str) -> None:
    """Tap one button after the other."""
    for button in buttons:
        at = place(app, button)
        touch(pygame.FINGERDOWN, app, at)
        touch(pygame.FINGERUP, app, at)
        app.frame()


def hold_corner(app: App, clock: Clock, role: str = "instrument", seconds: float = 3.1) -> None:
    """Press into the corner for so long, and let go."""
    at = app.corner(role).center
    touch(pygame.FINGERDOWN, app, at, role=role)
    app.frame()
    clock.now += seconds
    app.frame()
    touch(pygame.FINGERUP, app, at, role=role)
    app.frame()


def enter(app: App, clock: Clock) -> None:
    """Open the panel and type the PIN."""
    hold_corner(app, clock)
    press(app, "digit/2", "digit/4", "digit/6", "digit/8", "ok")
    assert operator(app).page == "health"


def answered(app: App, clock: Clock) -> None:
    """Let what was asked be answered and shown."""
    operator(app).inquiry.finish(PATIENCE)
    clock.now += 0.6
    app.frame()

"""The operator's panel on a real stage: how bright each screen is."""

import contextlib
from pathlib import Path

import pygame
import pytest

from appliance.stage.app import App
from appliance.stage.displays import Display, Eyes
from appliance.stage.operator.lights import Lights
from appliance.stage.screen import Tiled
from tests.operating import (
    TEN_INCHES,
    WALL,
    attended,
    enter,
    operator,
    press,
)
from tests.puppet import Clock
from tests.staging import (
    NIGHT,
    Typing,
    colours,
    puppet,
)

FIXTURES = (puppet,)


def shown(app: App, role: str = "instrument") -> pygame.Surface:
    """Return what the window itself shows."""
    return app.screens[role].window.get_surface()


def test_a_screen_without_a_backlight_is_dimmed_by_its_picture_and_stays_so(
    puppet: Typing, clock: Clock, tmp_path: Path
) -> None:
    with attended(puppet, clock, tmp_path) as app:
        enter(app, clock)
        at = app.panel("operator").move(0, app.panel("operator").height // 2).midtop
        press(app, "page/screens")
        assert shown(app).get_at(at)[:3] == NIGHT.card
        press(app, *["darker/instrument"] * 5)
        app.frame()
        assert shown(app).get_at(at)[:3] == pytest.approx([c / 2 for c in NIGHT.card], abs=1.0)
        assert app.screen.get_at(at)[:3] == NIGHT.card
        for _ in range(9):  # never black
            operator(app).do("darker/instrument", app.desk, clock.now)
        assert operator(app).brightness("instrument") == 0.2
    again = Typing()
    with contextlib.closing(again.socket), attended(again, clock, tmp_path) as app:
        assert operator(app).brightness("instrument") == 0.2
        assert app.screen is not shown(app)
        enter(app, clock)
        press(app, "page/screens", *["brighter/instrument"] * 8)
        app.frame()
        assert app.screen is shown(app)


def test_each_screen_has_its_own(puppet: Typing, clock: Clock, tmp_path: Path) -> None:
    with attended(puppet, clock, tmp_path, wall=WALL) as app:
        enter(app, clock)
        press(app, "page/screens", "darker/wall", "darker/wall")
        app.frame()
        assert operator(app).brightness("wall") == 0.8
        assert app.screens["wall"].surface is not shown(app, "wall")
        assert app.screen is shown(app)


def test_a_backlight_does_it_where_there_is_one(
    puppet: Typing, clock: Clock, tmp_path: Path
) -> None:
    light = tmp_path / "sys/class/backlight/10-0045"
    connector = tmp_path / "sys/class/drm/card1-DSI-1"
    for folder, files in (
        (light, {"max_brightness": "100", "brightness": "100"}),
        (connector, {"status": "connected", "modes": "800x480"}),
    ):
        folder.mkdir(parents=True)
        for name, text in files.items():
            (folder / name).write_text(f"{text}\n")
    display = Display((0, 0, 800, 480), "", 7.0)
    lights = Lights(tmp_path / "sys")
    with attended(puppet, clock, tmp_path, display=display, lights=lights) as app:
        enter(app, clock)
        press(app, "page/screens", "darker/instrument", "darker/instrument", "darker/instrument")
        app.frame()
        assert (light / "brightness").read_text() == "70\n"
        assert app.screen is shown(app)


def test_a_renderer_multiplies_its_tiles() -> None:
    pygame.display.init()
    window = pygame.Window("test", (600, 250))
    way = Tiled(window, accelerated=False)
    whole = pygame.Rect(0, 0, 600, 250)
    way.surface.fill((200, 100, 40))
    way.dim(0.5)
    way.show([whole])
    (dimmed,) = colours(way.renderer.to_surface(), whole)
    assert dimmed == pytest.approx((100, 50, 20), abs=1.0)
    assert colours(way.surface, whole) == {(200, 100, 40)}
    way.resize()  # what is new is as dim
    way.surface.fill((200, 100, 40))
    way.show([whole])
    assert colours(way.renderer.to_surface(), whole) == {dimmed}
    way.dim(1.0)
    way.show([whole])
    assert colours(way.renderer.to_surface(), whole) == {(200, 100, 40)}
    window.destroy()
    pygame.display.quit()


def test_screens_that_go_take_the_panel_with_them(
    puppet: Typing, clock: Clock, tmp_path: Path
) -> None:
    there: list[tuple[Display, ...]] = [(TEN_INCHES,)]
    with attended(puppet, clock, tmp_path) as app:
        app._eyes = Eyes(lambda: there[0])
        enter(app, clock)
        there[0] = ()
        clock.now += 3.0
        app.frame()
        assert not operator(app).is_open

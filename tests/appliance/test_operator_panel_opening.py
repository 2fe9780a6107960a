"""The operator's panel on a real stage: how it is opened and closed, and what plays on."""

from pathlib import Path

import pygame
import pytest

from appliance import wire
from appliance.stage.operator.operator import NOT_SET
from tests.operating import WALL, attended, enter, hold_corner, operator, press, touch
from tests.puppet import Clock
from tests.staging import NIGHT, Typing, colours, post, puppet

FIXTURES = (puppet,)


def test_a_long_press_in_the_corner_asks_for_the_pin_while_the_page_plays_on(
    puppet: Typing, clock: Clock, tmp_path: Path
) -> None:
    with attended(puppet, clock, tmp_path) as app:
        puppet.write("static unsigned lo", 1)
        hold_corner(app, clock)
        assert operator(app).page == "pin"
        assert set(app.pictures["instrument"].layout) == {"text", "operator"}
        before = pygame.image.tobytes(app.screen.subsurface(app.panel("text")), "RGB")
        puppet.write("ve", 2)
        app.frame()
        assert pygame.image.tobytes(app.screen.subsurface(app.panel("text")), "RGB") != before


def test_the_mouse_opens_it_too(puppet: Typing, clock: Clock, tmp_path: Path) -> None:
    with attended(puppet, clock, tmp_path) as app:
        post(pygame.MOUSEBUTTONDOWN, app.corner("instrument").center, button=1)
        app.frame()
        clock.now += 3.0
        app.frame()
        assert operator(app).is_open


@pytest.mark.parametrize("corner", ["top left", "top right", "bottom left", "bottom right"])
def test_it_is_the_corner_that_the_settings_name(
    puppet: Typing, clock: Clock, tmp_path: Path, corner: str
) -> None:
    with attended(puppet, clock, tmp_path, corner=corner) as app:
        width, height = app.screen.get_size()
        down, across = corner.split(" ")
        at = (3 if across == "left" else width - 3, 3 if down == "top" else height - 3)
        touch(pygame.FINGERDOWN, app, at)
        app.frame()
        clock.now += 3.0
        app.frame()
        assert operator(app).is_open


def test_where_the_corner_is_none_nothing_opens_it(
    puppet: Typing, clock: Clock, tmp_path: Path
) -> None:
    with attended(puppet, clock, tmp_path, corner="none") as app:
        for at in ((2, 2), (1278, 2), (2, 718), (1278, 718)):
            touch(pygame.FINGERDOWN, app, at)
            app.frame()
            clock.now += 9.0
            app.frame()
            touch(pygame.FINGERUP, app, at)
        assert not operator(app).is_open


def test_a_visitors_drag_that_begins_in_the_corner_opens_nothing(
    puppet: Typing, clock: Clock, tmp_path: Path
) -> None:
    with attended(puppet, clock, tmp_path, corner="bottom right") as app:
        at = app.panel("puck").move(-20, -20).bottomright
        touch(pygame.FINGERDOWN, app, at)
        app.frame()
        puck = app.desk.puck
        clock.now += 1.0
        touch(pygame.FINGERMOTION, app, (at[0] - 150, at[1] - 120))
        app.frame()
        clock.now += 5.0
        app.frame()
        assert not operator(app).is_open
        assert app.desk.puck != puck  # and the visitor has played


def test_other_fingers_play_meanwhile(puppet: Typing, clock: Clock, tmp_path: Path) -> None:
    with attended(puppet, clock, tmp_path) as app:
        touch(pygame.FINGERDOWN, app, app.corner("instrument").center, number=1)
        circle = app.panel("puck").center
        touch(pygame.FINGERDOWN, app, circle, number=2)
        app.frame()
        for step in range(1, 4):
            clock.now += 0.7
            touch(pygame.FINGERMOTION, app, (circle[0] + 15 * step, circle[1]), number=2)
            app.frame()
        assert app.desk.puck[0] > 0.1
        clock.now += 1.0
        app.frame()
        assert operator(app).is_open


def test_the_ring_is_seen_after_a_second_and_leaves_the_picture_as_it_was(
    puppet: Typing, clock: Clock, tmp_path: Path
) -> None:
    with attended(puppet, clock, tmp_path) as app:
        app.frame()
        corner = app.corner("instrument")
        before = pygame.image.tobytes(app.screen.subsurface(corner), "RGB")
        touch(pygame.FINGERDOWN, app, corner.center)
        app.frame()
        clock.now += 0.9
        app.frame()
        assert pygame.image.tobytes(app.screen.subsurface(corner), "RGB") == before
        clock.now += 1.1
        app.frame()
        assert {NIGHT.line, NIGHT.faint} <= colours(app.screen, corner)
        touch(pygame.FINGERUP, app, corner.center)
        app.frame()
        assert pygame.image.tobytes(app.screen.subsurface(corner), "RGB") == before


def test_it_opens_on_the_wall_and_the_instrument_plays_on(
    puppet: Typing, clock: Clock, tmp_path: Path
) -> None:
    with attended(puppet, clock, tmp_path, wall=WALL) as app:
        hold_corner(app, clock, role="wall")
        assert operator(app).role == "wall"
        assert "operator" in app.pictures["wall"].layout
        assert "puck" in app.pictures["instrument"].layout
        press(app, "digit/2", "digit/4", "digit/6", "digit/8", "ok")
        assert operator(app).page == "health"


def test_without_a_pin_it_can_be_read_and_does_nothing(
    puppet: Typing, clock: Clock, tmp_path: Path
) -> None:
    with attended(puppet, clock, tmp_path, pin="") as app:
        hold_corner(app, clock)
        assert operator(app).page == "health" and operator(app).said == NOT_SET
        for button in ("page/styles", "style/linux", "new", "restart", "darker/instrument"):
            operator(app).do(button, app.desk, clock.now)
        app.frame()
        assert operator(app).page == "health"
        assert operator(app).brightness("instrument") == 1.0
        assert app.desk.circle == ("bible", "linux", "love_songs")


def test_it_closes_by_itself_and_a_touch_keeps_it(
    puppet: Typing, clock: Clock, tmp_path: Path
) -> None:
    with attended(puppet, clock, tmp_path) as app:
        enter(app, clock)
        clock.now += 50.0
        press(app, "page/styles")
        clock.now += 59.0
        app.frame()
        assert operator(app).is_open
        clock.now += 1.1
        app.frame()
        assert not operator(app).is_open
        assert "puck" in app.pictures["instrument"].layout
        hold_corner(app, clock)
        assert operator(app).page == "pin"  # who comes next is asked again


def test_it_can_be_closed(puppet: Typing, clock: Clock, tmp_path: Path) -> None:
    with attended(puppet, clock, tmp_path) as app:
        hold_corner(app, clock)
        press(app, "close")
        assert not operator(app).is_open


def test_by_night_it_opens_on_the_dark_screen_and_leaves_it_dark(
    puppet: Typing, clock: Clock, tmp_path: Path
) -> None:
    def close() -> None:
        puppet.say(wire.Status("closed", "Closed.", 0.0, 1, 0, 0, 0, 1.0, "CPU"))
        app.frame()

    with attended(puppet, clock, tmp_path) as app:
        close()
        everywhere = app.screen.get_rect()
        assert colours(app.screen, everywhere) == {(0, 0, 0)}
        at = app.corner("instrument").center
        touch(pygame.FINGERDOWN, app, at)
        app.frame()
        for _ in range(4):
            clock.now += 1.0
            close()
        assert operator(app).is_open
        assert NIGHT.card in colours(app.screen, everywhere)
        press(app, "close")
        close()
        assert colours(app.screen, everywhere) == {(0, 0, 0)}

"""The operator's panel on a real stage: nothing is done before the PIN."""

from pathlib import Path

import pygame

from appliance import wire
from tests.operating import attended, hold_corner, operator, place, press, touch
from tests.puppet import Clock
from tests.staging import Typing, puppet

FIXTURES = (puppet,)


def test_three_wrong_pins_bring_a_wait_in_which_no_key_is_taken(
    puppet: Typing, clock: Clock, tmp_path: Path
) -> None:
    with attended(puppet, clock, tmp_path) as app:
        hold_corner(app, clock)
        for _ in range(3):
            press(app, "digit/1", "digit/1", "digit/1", "digit/1", "ok")
        assert operator(app).waits(clock.now) == 30.0
        press(app, "digit/2", "digit/4", "digit/6", "digit/8", "ok")
        assert operator(app).page == "pin" and not operator(app).entered
        clock.now += 30.0
        app.frame()
        press(app, "digit/2", "digit/4", "digit/6", "digit/8", "ok")
        assert operator(app).page == "health"


def test_closing_it_takes_no_wait_away(puppet: Typing, clock: Clock, tmp_path: Path) -> None:
    with attended(puppet, clock, tmp_path) as app:
        hold_corner(app, clock)
        for _ in range(3):
            press(app, "digit/1", "ok")
        press(app, "close")
        hold_corner(app, clock)
        assert operator(app).waits(clock.now) > 20.0


def test_a_digit_can_be_taken_back_and_a_finger_that_slides_off_types_none(
    puppet: Typing, clock: Clock, tmp_path: Path
) -> None:
    with attended(puppet, clock, tmp_path) as app:
        hold_corner(app, clock)
        press(app, "digit/2", "digit/9", "back", "digit/4", "digit/6", "digit/8")
        touch(pygame.FINGERDOWN, app, place(app, "digit/5"))
        touch(pygame.FINGERMOTION, app, place(app, "digit/1"))
        touch(pygame.FINGERUP, app, place(app, "digit/1"))
        app.frame()
        press(app, "ok")
        assert operator(app).page == "health"


def test_the_digits_are_never_on_the_screen(puppet: Typing, clock: Clock, tmp_path: Path) -> None:
    pictures = []
    with attended(puppet, clock, tmp_path) as app:
        hold_corner(app, clock)
        for digit in ("7", "3"):
            press(app, f"digit/{digit}")
            pictures.append(
                pygame.image.tobytes(app.screen.subsurface(app.panel("operator")), "RGB")
            )
            press(app, "back")
    assert pictures[0] == pictures[1]


def test_what_stands_behind_the_pin_cannot_be_reached_before_it(
    puppet: Typing, clock: Clock, tmp_path: Path
) -> None:
    with attended(puppet, clock, tmp_path) as app:
        hold_corner(app, clock)
        for button in ("page/health", "page/styles", "new", "restart", "style/linux", "more"):
            operator(app).do(button, app.desk, clock.now)
        assert operator(app).page == "pin"
        app.frame()
        assert not any(isinstance(m, wire.Reset | wire.Active) for m in puppet.heard())

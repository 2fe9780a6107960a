"""The long press in a corner, and the waits after wrong PINs."""

import pytest

from appliance.stage.operator.attempts import Attempts
from appliance.stage.operator.press import LongPress

# --- the long press ---------------------------------------------------------------------------


def pressed(press: LongPress, finger: int = 1, at: tuple[float, float] = (10, 10)) -> None:
    press.down("instrument", finger, at, 0.0, 4.0)


def test_a_finger_that_stays_opens_it_once() -> None:
    press = LongPress(3.0)
    pressed(press)
    assert not press.done(2.99)
    assert press.role == "instrument"
    assert press.done(3.0)
    assert not press.done(9.0)


def test_the_ring_begins_after_a_second_and_is_full_at_the_end() -> None:
    press = LongPress(3.0)
    assert press.share(0.0) == 0.0
    pressed(press)
    assert [press.share(t) for t in (0.0, 0.99, 1.0, 2.0, 3.0, 9.0)] == [
        0.0, 0.0, 0.0, 0.5, 1.0, 1.0,
    ]  # fmt: skip


@pytest.mark.parametrize("end", [(15.0, 10.0), (10.0, 5.5)])
def test_a_drag_that_begins_in_the_corner_is_no_press(end: tuple[float, float]) -> None:
    press = LongPress(3.0)
    pressed(press)
    press.move("instrument", 1, end)
    press.move("instrument", 1, (10, 10))
    assert not press.done(10.0)


def test_a_finger_that_trembles_presses_on() -> None:
    press = LongPress(3.0)
    pressed(press)
    press.move("instrument", 1, (13.5, 7.0))
    assert press.done(3.0)


def test_a_finger_that_leaves_presses_no_more() -> None:
    press = LongPress(3.0)
    pressed(press)
    press.up("instrument", 1)
    assert not press.done(10.0)


def test_what_other_fingers_do_elsewhere_is_nothing_to_it() -> None:
    press = LongPress(3.0)
    pressed(press)
    press.move("instrument", 2, (500, 500))
    press.up("instrument", 2)
    press.move("wall", 1, (500, 500))
    press.up("wall", 1)
    assert press.done(3.0)


def test_two_fingers_in_the_corner_open_nothing_until_both_have_gone() -> None:
    press = LongPress(3.0)
    pressed(press, 1)
    pressed(press, 2)
    assert not press.done(9.0)
    press.up("instrument", 2)
    pressed(press, 3)
    assert not press.done(9.0)
    press.up("instrument", 1)
    press.up("instrument", 3)
    pressed(press, 4)
    assert press.done(3.0)


# --- waits ------------------------------------------------------------------------------------


def test_each_third_wrong_pin_brings_a_wait_that_doubles() -> None:
    attempts, now, waits = Attempts(), 0.0, []
    for _ in range(12):
        attempts.wrong(now)
        waits.append(attempts.left(now))
        now += attempts.left(now)
        assert attempts.left(now) == 0.0
    assert waits == [0, 0, 30.0, 0, 0, 60.0, 0, 0, 120.0, 0, 0, 240.0]


def test_the_right_pin_forgets_the_wrong_ones() -> None:
    attempts = Attempts()
    for _ in range(3):
        attempts.wrong(0.0)
    attempts.right()
    attempts.wrong(100.0)
    attempts.wrong(100.0)
    assert attempts.left(100.0) == 0.0
    attempts.wrong(100.0)
    assert attempts.left(100.0) == 30.0


def test_no_wait_is_longer_than_an_hour() -> None:
    attempts = Attempts()
    for _ in range(90):
        attempts.wrong(0.0)
    assert attempts.left(0.0) == 3600.0

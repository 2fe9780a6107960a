"""Buttons, the encoder and the light on the pins."""

from collections.abc import Callable
from itertools import pairwise

import pytest

from appliance.controls.faders import Faders
from appliance.controls.gpio_parts import lit
from appliance.takeover import Takeover
from tests.plinth import Plinth, pins, plinth, state

FIXTURES = (pins, plinth, state)


def test_buttons_go_down_and_are_let_go(plinth: Callable[..., Plinth]) -> None:
    box = plinth()
    assert box.pass_by() == []
    for name, pin in (("reset", 5), ("layout", 6), ("hold", 13)):
        box.press(pin)
        assert [(e.what, e.value) for e in box.pass_by(0.02)] == [(name, 1.0)]
        box.let_go(pin)
        assert [(e.what, e.value) for e in box.pass_by(0.02)] == [(name, 0.0)]


def test_a_button_that_is_stuck_does_not_begin_a_new_text_at_every_start(
    plinth: Callable[..., Plinth],
) -> None:
    box = plinth()
    box.pins.pin(5).drive_low()
    box.gpio._panel.front.pressed = lambda: frozenset({"reset"})  # type: ignore[method-assign]  # stuck
    assert box.pass_by() == []


@pytest.mark.parametrize("what", ["temperature", "pace"])
def test_the_encoder_moves_from_where_the_value_stands(
    plinth: Callable[..., Plinth], what: str
) -> None:
    box = plinth(encoder_moves=what, faders=1)
    box.pass_by()
    box.shown |= {what: 0.6}
    box.turn(2)
    assert [(e.what, e.value) for e in box.pass_by(0.02)] == [(what, 0.6), (what, 0.64)]
    box.shown |= {what: 0.61}  # still gliding there
    box.turn(1)
    assert [e.value for e in box.pass_by(0.02)] == [0.61, pytest.approx(0.66)]
    box.pass_by(1.5, 0.25)
    box.shown |= {what: 0.3}  # another hand has set it since
    box.turn(-1)
    assert [e.value for e in box.pass_by(0.02)] == [0.3, pytest.approx(0.28)]
    box.turn(-60)
    assert [e.value for e in box.pass_by(0.02)] == [0.3, 0.0]


@pytest.mark.parametrize("takeover", list(Takeover))
def test_every_click_counts_however_values_are_taken_over(
    plinth: Callable[..., Plinth], takeover: Takeover
) -> None:
    box = plinth(encoder_step=0.05, faders=1)
    tempo = Faders(0.0, takeover)
    tempo.offer(["temperature"])
    tempo.all["temperature"].put(0.5, "osc")
    box.pass_by()
    for _ in range(4):
        box.shown |= {"temperature": tempo.all["temperature"].level}
        box.turn(1)
        for event in box.pass_by(0.02):
            tempo.move("temperature", event.value, event.hand, box.now)
        tempo.advance(box.now)
    tempo.advance(box.now + 1.0)
    assert tempo.all["temperature"].level == pytest.approx(0.7)


@pytest.mark.parametrize(
    ("typing", "since_frame", "on"),
    [(True, 0.0, {True}), (False, 0.0, {True, False}), (True, 60.0, {True, False})],
)
def test_the_light_is_steady_while_the_piece_runs_and_else_blinks_slowly(
    typing: bool, since_frame: float, on: set[bool]
) -> None:
    states = [lit(typing, since_frame, t / 100) for t in range(1000)]
    assert set(states) == on
    changes = sum(a != b for a, b in pairwise(states))
    assert changes / 2 / 10.0 <= 2.0  # flashes a second


def test_the_light_is_written_when_it_changes_and_goes_out_at_the_end(
    plinth: Callable[..., Plinth],
) -> None:
    box = plinth(faders=1)
    pin = box.pins.pin(26)
    box.pass_by(0.02)
    box.pass_by(0.02)
    pin.clear_states()
    box.pass_by(2.5, 0.25)
    assert [state.state for state in pin.states] == [True]  # steady
    box.shown |= {"typing": False}
    box.pass_by(0.02)
    pin.clear_states()
    box.pass_by(4.0, 0.25)
    assert len(pin.states) in (5, 6)  # a second on, a second off
    box.shown |= {"typing": True}
    box.pass_by(0.02)
    box.pass_by(0.02)
    assert pin.state
    box.gpio.close()
    assert pin.function == "input"

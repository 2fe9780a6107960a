"""What a control may say, and what it is before anybody fills it in."""

import math
from typing import Any

import pytest

from appliance.controls.control import PLAIN, Control, Event, Health, Shown
from appliance.settings import Table


class Still(Control):
    """A control with nothing but what it must have."""

    class Settings(Table):
        """None."""

    def poll(self, shown: Shown) -> list[Event]:
        return []

    def health(self) -> Health:
        return Health("still.")


@pytest.mark.parametrize(
    "what", [*PLAIN, "level/linux", "active/love_songs", "alone/a"], ids=lambda what: what
)
@pytest.mark.parametrize("value", [0.0, 0.5, 1.0])
def test_what_a_control_can_move(what: str, value: float) -> None:
    assert Event(what, value, 1.0) == Event(what, value, 1.0, hand="")


@pytest.mark.parametrize("what", ["", "level", "level/", "puck", "puck/z", "weights", "LEVEL/a"])
def test_what_a_control_cannot_move(what: str) -> None:
    with pytest.raises(ValueError, match="a control cannot move"):
        Event(what, 0.5, 1.0)


@pytest.mark.parametrize("value", [-0.01, 1.01, math.nan, math.inf, -math.inf])
def test_a_value_is_from_0_to_1(value: float) -> None:
    with pytest.raises(ValueError, match="level/a takes 0 to 1"):
        Event("level/a", value, 1.0)


@pytest.mark.parametrize("when", [math.nan, math.inf])
def test_a_time_is_a_number_by_which_events_can_be_ordered(when: float) -> None:
    with pytest.raises(ValueError, match="level/a has the time"):
        Event("level/a", 0.5, when)


def test_a_control_that_fills_in_only_what_it_must_has_a_whole_lifecycle() -> None:
    with Still(Still.Settings()) as control:
        assert not control.takes_over
        assert not control.yields
        assert (control.plays(), control.learn("reset"), control.learned()) == ({}, False, None)
        assert list(control.poll(Shown(0.0))) == []
        assert control.health().well
    control.close()


def test_a_control_that_cannot_be_polled_cannot_be_made() -> None:
    class Half(Control):
        Settings = Still.Settings

        def health(self) -> Health:
            return Health("half.")

    unfinished: Any = Half
    with pytest.raises(TypeError, match="poll"):
        unfinished(Half.Settings())

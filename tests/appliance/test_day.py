from datetime import UTC, datetime, timedelta

import pytest

from appliance.service.day import Day, local_time
from appliance.service.tables import Opening

SUNDAYS = dict.fromkeys(("monday", "tuesday", "wednesday", "thursday", "friday", "saturday"), "")


class Wall:
    """A clock on the wall that can be put forward, and believed or not."""

    def __init__(self, shows: str) -> None:
        self.shows = datetime.fromisoformat(shows).replace(tzinfo=UTC)
        self.believed = True

    def __call__(self) -> datetime:
        return self.shows

    def trusted(self, _now: datetime) -> bool:
        return self.believed


def made(wall: Wall, clock: str = "auto", **hours: str) -> Day:
    week = SUNDAYS | hours if hours else {}
    return Day(Opening(week=week, dates={}, clock=clock), wall, wall.trusted)  # type: ignore[arg-type]  # a literal of two


def test_without_hours_it_is_always_open_and_no_clock_is_asked() -> None:
    wall = Wall("1970-01-01 00:00")
    wall.believed = False
    now = made(wall).now()
    assert (now.is_open, now.sentence) == (True, "")


def test_it_opens_and_closes_by_the_clock() -> None:
    wall = Wall("2026-11-22 09:59")
    day = made(wall, sunday="10:00-18:00")
    assert day.now().sentence == "Closed until Sunday 10:00."
    wall.shows += timedelta(minutes=1)
    assert day.now().is_open
    wall.shows += timedelta(hours=8)
    assert not day.now().is_open


def test_a_day_that_is_a_week_off_is_named_with_its_date() -> None:
    day = made(Wall("2026-11-22 20:00"), sunday="10:00-18:00")
    assert day.now().sentence == "Closed until Sunday, 29 November, 10:00."


def test_a_clock_that_cannot_be_believed_never_closes_the_piece() -> None:
    wall = Wall("2026-11-22 03:00")
    wall.believed = False
    now = made(wall, sunday="10:00-18:00").now()
    assert now.is_open
    assert "2026-11-22 03:00" in now.sentence and "ignored" in now.sentence
    assert not made(wall, clock="always", sunday="10:00-18:00").now().is_open


@pytest.mark.parametrize("jump", [timedelta(hours=1), timedelta(days=-365), timedelta(days=3650)])
def test_a_clock_that_jumps_is_followed(jump: timedelta) -> None:
    wall = Wall("2026-11-22 12:00")
    day = made(wall, sunday="10:00-18:00")
    assert day.now().is_open
    wall.shows += jump
    assert day.now().is_open is (jump == timedelta(hours=1))


def test_a_week_without_hours_says_so() -> None:
    assert "no opening hours" in made(Wall("2026-11-22 12:00"), sunday="").now().sentence


def test_the_time_here_has_its_zone() -> None:
    assert local_time().utcoffset() is not None

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from appliance.service.hours import Hours, HoursError, spans

WEEK = {
    "monday": "",
    "tuesday": "10:00-18:00",
    "wednesday": "10:00-18:00",
    "thursday": "10:00-12:00, 13:00-18:00",
    "friday": "20:00-02:00",
    "saturday": "12:00-24:00",
    "sunday": "10:00-18:00",
}
DATES = {"2026-12-24": "10:00-14:00", "2026-12-25": ""}
HOURS = Hours.read(WEEK, DATES)
at = datetime.fromisoformat


@pytest.mark.parametrize(
    ("when", "is_open"),
    [
        ("2026-11-23 12:00", False),  # a Monday
        ("2026-11-24 09:59", False),
        ("2026-11-24 10:00", True),
        ("2026-11-24 17:59", True),
        ("2026-11-24 18:00", False),
        ("2026-11-26 12:30", False),  # the lunch of a Thursday
        ("2026-11-26 13:00", True),
        ("2026-11-27 19:59", False),
        ("2026-11-27 23:59", True),  # a long Friday
        ("2026-11-28 01:59", True),
        ("2026-11-28 02:00", False),
        ("2026-11-28 23:59", True),  # a Saturday until midnight
        ("2026-11-29 00:00", False),
        ("2026-12-24 13:59", True),  # a Thursday with other hours
        ("2026-12-24 15:00", False),
        ("2026-12-25 21:00", False),  # a Friday that is closed
        ("2026-12-26 01:00", False),  # and has no night either
        ("2026-12-26 12:00", True),
    ],
)
def test_hours_of_the_week_and_of_single_days(when: str, is_open: bool) -> None:
    assert HOURS.open_at(at(when)) is is_open


def test_a_day_that_is_not_named_is_open() -> None:
    hours = Hours.read({}, {})
    assert all(hours.open_at(at("2026-01-01 00:30") + i * timedelta(hours=25)) for i in range(20))


def test_when_it_opens_next() -> None:
    friday = at("2026-11-27 10:00")
    assert HOURS.next_opening(friday) == at("2026-11-27 20:00")
    assert HOURS.next_opening(at("2026-11-22 19:00")) == at("2026-11-24 10:00")
    assert Hours.read(dict.fromkeys(WEEK, ""), {}).next_opening(friday) is None


@pytest.mark.parametrize("day", ["2026-03-29", "2026-10-25"])
def test_across_daylight_saving_the_doors_open_when_the_wall_clock_says_so(day: str) -> None:
    berlin = ZoneInfo("Europe/Berlin")
    hours = Hours.read({"sunday": "10:00-18:00"}, {})
    begin = datetime.fromisoformat(f"{day} 00:00").replace(tzinfo=berlin).astimezone(UTC)
    minutes = [begin + timedelta(minutes=i) for i in range(20 * 60)]
    open_at = [m for m in minutes if hours.open_at(m.astimezone(berlin))]
    assert len(open_at) == 8 * 60
    assert open_at[0].astimezone(berlin).strftime("%H:%M") == "10:00"


def test_an_hour_that_comes_twice_or_never_is_no_trouble() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    hours = Hours.read({"sunday": "2:15-2:45"}, {})
    for day, minutes in (("2026-10-25", 60), ("2026-03-29", 0)):
        begin = datetime.fromisoformat(f"{day} 00:00").replace(tzinfo=berlin).astimezone(UTC)
        times = [(begin + timedelta(minutes=i)).astimezone(berlin) for i in range(300)]
        assert sum(hours.open_at(time) for time in times) == minutes


@pytest.mark.parametrize(
    "text", ["10-18", "10:00", "25:00-26:00", "24:30-3:00", "10:00-10:00", "x"]
)
def test_hours_that_cannot_be_read_say_what_is_wanted(text: str) -> None:
    with pytest.raises(HoursError, match='write it like "10:00-18:00"'):
        spans(text)


def test_days_that_do_not_exist_are_named() -> None:
    with pytest.raises(HoursError, match="montag is no day of the week"):
        Hours.read({"montag": ""}, {})
    with pytest.raises(HoursError, match="'2026-02-30' is no date"):
        Hours.read({}, {"2026-02-30": ""})

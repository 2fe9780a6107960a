"""What the operator's panel says of the piece's health."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from pygame import Rect

from appliance.service.hours import Hours
from appliance.service.status_page import Line
from appliance.service.units import Unit
from appliance.service.vitals import Vitals
from appliance.stage.operator import health, plan
from appliance.stage.operator.inquiry import Facts, Page

SUNDAY = datetime(2026, 11, 22, 14, 3, tzinfo=UTC)
WELL = Vitals(celsius=55.0, throttled=0, disk_free=10**10, memory=10**8)
OWN = health.Own(SUNDAY, engine="Typing.", typed=83_112, styles=21, active=8, version="1.2")
PAGE = Page((Line("writing", "Typing."), Line("archive", "Kept.")), 7200.0, 3e8)
FACTS = Facts(WELL, PAGE, 7300.0, Unit(10, 1), Unit(11, 0))


def said(own: health.Own, facts: Facts | None, name: str) -> Line:
    return next(line for line in health.lines(own, facts) if line.name == name)


def test_on_a_good_day_all_is_well_and_each_thing_is_said_once() -> None:
    found = health.lines(OWN, FACTS)
    assert all(line.well for line in found)
    names = [line.name for line in found]
    assert len(names) == len(set(names))
    assert {
        "piece", "today", "running", "hours", "clock", "heat", "power", "disk", "memory", "styles",
        "screens", "archive", "version",
    } == set(names)  # fmt: skip
    assert said(OWN, FACTS, "today").sentence == "83,112 letters were typed."
    assert "the writers for 2 h 0 min" in said(OWN, FACTS, "running").sentence
    assert "Restarts: writers 1, screens 0." in said(OWN, FACTS, "running").sentence


def test_a_wrong_site_file_is_the_first_line_then_what_else_is_not_well() -> None:
    fault = "/etc/s.toml: the key stage.themme is unknown, did you mean stage.theme? Until then …"
    dry = Facts(replace(WELL, throttled=0x1, disk_free=1000), PAGE)
    found = health.lines(replace(OWN, fault=fault), dry)
    assert [(line.name, line.well) for line in found[:4]] == [
        ("settings", False), ("power", False), ("disk", False), ("piece", True),
    ]  # fmt: skip
    assert found[0].sentence == fault


def test_what_the_engine_says_of_the_same_file_is_not_said_twice() -> None:
    own = replace(OWN, fault="/etc/s.toml is not TOML. Until then …")
    engine = Line("settings and models", own.fault, well=False)
    model = Line("settings and models", "b.onnx is damaged: it is left out.", well=False)
    facts = replace(FACTS, page=replace(PAGE, lines=(engine, model)))
    found = [line.sentence for line in health.lines(own, facts) if not line.well]
    assert found == [own.fault, model.sentence]


def test_without_the_engine_and_without_answers_there_is_a_panel_yet() -> None:
    found = health.lines(replace(OWN, engine=""), None)
    assert (found[0].name, found[0].well) == ("piece", False)
    assert found[0].sentence == "The writers do not answer."


def test_styles_that_rest_to_hold_the_pace_want_a_hand() -> None:
    assert not said(replace(OWN, resting=2), FACTS, "piece").well


@pytest.mark.parametrize(
    ("vitals", "name", "words"),
    [
        (replace(WELL, celsius=84.0), "heat", "84 °C: look at the fan"),
        (replace(WELL, throttled=0x1), "power", "27 W"),
        (replace(WELL, throttled=0x50000), "power", "too low once"),
        (replace(WELL, disk_free=5 << 20), "disk", "Make room"),
    ],
)
def test_what_wants_a_hand_says_what_to_do(vitals: Vitals, name: str, words: str) -> None:
    line = said(OWN, Facts(vitals), name)
    assert not line.well and words in line.sentence


HOURS = Hours.read({"sunday": "10:00-13:00, 14:00-24:00", "monday": ""}, {})


def test_the_hours_of_today_are_said() -> None:
    own = replace(OWN, hours=HOURS)
    assert said(own, FACTS, "hours").sentence == "Today 10:00 to 13:00, 14:00 to 00:00."
    monday = replace(own, local=datetime(2026, 11, 23, 9, 0, tzinfo=UTC))
    assert said(monday, FACTS, "hours").sentence == "Closed today."


def test_a_clock_that_cannot_be_believed_is_told_and_the_engines_verdict_counts() -> None:
    own = replace(OWN, hours=HOURS, trusted=False)
    assert not said(own, None, "clock").well
    assert said(own, FACTS, "clock").well
    doubts = replace(FACTS, page=Page((Line("clock", "It cannot.", well=False),), 1.0, 1.0))
    assert not said(replace(own, trusted=True), doubts, "clock").well
    # Where no hours are set nothing depends on it.
    assert said(replace(OWN, trusted=False), None, "clock").well


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "0 min"), (3599, "59 min"), (3600, "1 h 0 min"), (5 * 86_400, "5 days")],
)
def test_a_length_of_time_is_said_as_people_do(seconds: float, words: str) -> None:
    assert health.span(seconds) == words


def test_sentences_are_folded_and_stay_on_one_page_where_they_can() -> None:
    lines = [Line("a", "one two three four five six"), Line("b", "short", well=False)]
    items = plan.folded(lines, 16)
    assert [[row.text for row in item] for item in items] == [
        ["a: one two three", "four five six"], ["b: short"],
    ]  # fmt: skip
    assert items[0][0].name == 2 and items[1][0].ill
    assert [len(page) for page in plan.pages([items[1], items[0]], 2)] == [1, 2]
    # One that is longer than a page goes on over the next.
    assert [len(page) for page in plan.pages([items[0]], 1)] == [1, 1]


def test_a_path_that_is_wider_than_a_row_is_torn_where_a_folder_ends() -> None:
    (item,) = plan.folded([Line("file", "/etc/somewhere/settings.toml: wrong")], 20)
    assert [row.text for row in item] == ["file:", "/etc/somewhere/", "settings.toml: wrong"]


def test_names_have_the_width_that_free_rows_leave_them() -> None:
    places, many = plan.cells(Rect(0, 0, 1600, 680), 21, 56, 230)
    assert many == 21, "all of them on one page"
    assert {place.x for place in places} == {0, places[-1].x}, "in two columns of the six"
    assert all(place.width == 9 * 56 for place in places)
    # Where rows are few, they stand as close as they may.
    places, many = plan.cells(Rect(0, 0, 1600, 240), 21, 56, 230)
    assert many == 21 and places[0].width == 1600 // 6

"""What the stage does with nobody beside it: dark nights, and a word for the technician."""

import numpy as np
import pygame
import pytest

from appliance import wire
from appliance.stage.app import App
from appliance.stage.displays import Eyes
from appliance.stage.panels.text import TextPanel
from tests.puppet import Clock
from tests.staging import RUN, Typing, app, greeted, panel, puppet, staged

FIXTURES = (app, puppet)


def tell(puppet: Typing, state: str) -> None:
    puppet.say(wire.Status(state, "As it is.", 14.0, 1, 0, 0, 0, 1.0, "CPU"))


def light(app: App) -> float:
    return float(pygame.surfarray.array3d(app.screen).mean())


def test_outside_opening_hours_the_screen_is_black_and_then_as_it_was(
    app: App, puppet: Typing, clock: Clock
) -> None:
    puppet.write("static unsigned lo", 1)
    tell(puppet, "typing")
    app.frame()
    by_day = light(app)
    assert by_day > 1.0
    tell(puppet, "closed")
    for _ in range(3):
        app.frame()
    assert light(app) == 0.0
    tell(puppet, "typing")
    app.frame()
    assert light(app) == pytest.approx(by_day, rel=0.05)


def test_a_closed_engine_that_dies_leaves_no_dark_screen_behind(
    app: App, puppet: Typing, clock: Clock
) -> None:
    tell(puppet, "closed")
    app.frame()
    clock.now += 60.0
    app.frame()
    assert light(app) > 1.0


def test_while_all_styles_are_loaded_anew_the_visitor_is_told_that_they_wake(
    app: App, puppet: Typing
) -> None:
    text = panel(app, "text")
    assert isinstance(text, TextPanel)
    puppet.write("static unsigned lo", 1)
    tell(puppet, "typing")
    app.frame()
    assert text._notice(app.desk) == ""
    tell(puppet, "starting")
    app.frame()
    assert text._notice(app.desk) == text.look.words.waiting


def test_the_screen_is_reported_to_the_engine(app: App, puppet: Typing) -> None:
    app.frame()
    report = puppet.said(wire.Report)
    assert isinstance(report, wire.Report)
    assert (report.part, report.well) == ("screen", 1)
    assert "instrument on" in report.sentence


def test_a_stage_without_a_screen_says_what_to_do(puppet: Typing, clock: Clock) -> None:
    with staged(puppet, clock, eyes=Eyes(lambda: ()), patient=True) as app:
        greeted(app, puppet)
        app.frame()
        report = puppet.said(wire.Report)
        assert isinstance(report, wire.Report)
        assert report.well == 0 and "plug one in" in report.sentence


def test_what_may_come_next_is_known_until_it_has_come(app: App, puppet: Typing) -> None:
    puppet.write("stat", 1)
    expected = np.zeros(128)
    expected[ord("i")] = 1.0
    puppet.say(wire.Next(wire.blob(expected), RUN, 3))
    app.frame()
    following = app.desk.link.view.following
    assert following is not None and following[ord("i")] == 1.0
    puppet.write("i", 1)
    puppet.say(wire.Next(wire.blob(expected), RUN, 3))  # late
    app.frame()
    assert app.desk.link.view.following is None
    assert app.desk.link.view.page.end == 5

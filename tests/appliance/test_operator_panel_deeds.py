"""The operator's panel on a real stage: what can be done there, and what a visit's end does."""

import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pygame
import pytest

from appliance import wire
from appliance.controls.hands import Hands
from appliance.service.units import Unit
from appliance.stage.displays import Display
from appliance.stage.operator.kept import Shelf
from appliance.stage.operator.operator import AGAIN, NOBODY
from tests.conftest import PATIENCE
from tests.operating import (
    FACTS,
    SIZES,
    answered,
    attended,
    drawn,
    enter,
    operator,
    place,
    press,
    touch,
)
from tests.pupil import Faders
from tests.puppet import Clock
from tests.staging import HALVES, RUN, SETTINGS, Typing, puppet

FIXTURES = (puppet,)


def test_a_style_is_turned_off_for_every_visitor_and_after_a_restart(
    puppet: Typing, clock: Clock, tmp_path: Path
) -> None:
    with attended(puppet, clock, tmp_path) as app:
        enter(app, clock)
        press(app, "page/styles", "style/love_songs", "style/trump")
        assert puppet.said(wire.Active) == wire.Active(("bible", "linux"))
        assert puppet.said(wire.Active) == wire.Active(("bible", "linux", "trump"))
        assert app.desk.visit is not None
        assert app.desk.visit.active == ("bible", "linux", "trump")
    kept = Shelf(tmp_path).read()
    assert kept.chosen(SETTINGS.styles.active) == ("bible", "linux", "trump")


def test_the_last_style_stays_on(puppet: Typing, clock: Clock, tmp_path: Path) -> None:
    with attended(puppet, clock, tmp_path) as app:
        enter(app, clock)
        press(app, "page/styles", "style/bible", "style/linux", "style/love_songs")
        assert app.desk.circle == ("love_songs",)
        assert "One style stays on" in operator(app).said
        assert app.desk.mixer.weights() == {"love_songs": 1.0}  # and it is heard


def test_the_opening_mixture_returns_and_a_new_page_begins(
    puppet: Typing, clock: Clock, tmp_path: Path
) -> None:
    with attended(puppet, clock, tmp_path) as app:
        app.desk.alone("love_songs", clock.now)
        app.frame()
        puppet.heard()
        enter(app, clock)
        press(app, "page/piece", "opening")
        weights = puppet.said(wire.Weights)
        assert isinstance(weights, wire.Weights)
        assert dict(weights.pairs) == pytest.approx({"bible": 0.5, "linux": 0.5, "love_songs": 0.0})
        press(app, "new")
        assert puppet.said(wire.Reset) == wire.Reset()


@pytest.mark.parametrize(("size", "inches"), SIZES)
def test_a_face_or_a_fader_is_taught_by_touch_alone(
    puppet: Typing, clock: Clock, tmp_path: Path, size: tuple[int, int], inches: float
) -> None:
    box = Faders()
    display = Display((0, 0, *size), "", inches)
    hands = Hands({"midi": box, "face": Faders()})
    with attended(puppet, clock, tmp_path, display=display, hands=hands) as app:
        enter(app, clock)
        press(app, "page/piece")
        panel = drawn(app).surface.get_rect()
        for button in ("opening", "new", "teach/face", "teach/level", "restart"):
            found = drawn(app).place_of(button)
            assert found is not None and panel.contains(found)
        press(app, "teach/level")
        assert not operator(app).is_open
        app.frame()
        slug = app.desk.circle[0]
        at = next(
            (x, y)
            for y in range(0, size[1], 8)
            for x in range(0, size[0], 8)
            if app.pictures["instrument"].style_at((x, y), app.desk) == slug
        )
        touch(pygame.FINGERDOWN, app, at, role="instrument")
        touch(pygame.FINGERUP, app, at, role="instrument")
        app.frame()
        assert box.waits == f"level/{slug}"


def test_nothing_is_offered_that_nobody_could_learn(
    puppet: Typing, clock: Clock, tmp_path: Path
) -> None:
    with attended(puppet, clock, tmp_path, hands=Hands({"midi": Faders()})) as app:
        enter(app, clock)
        press(app, "page/piece")
        assert drawn(app).place_of("teach/level") is not None
        assert drawn(app).place_of("teach/face") is None
        operator(app).do("teach/face", app.desk, clock.now)
        assert operator(app).is_open and not operator(app).teaches


def test_without_a_service_manager_it_is_not_restarted(
    puppet: Typing, clock: Clock, tmp_path: Path
) -> None:
    with attended(puppet, clock, tmp_path) as app:
        enter(app, clock)
        clock.now += 40.0
        press(app, "page/piece", "restart", "restart")
        assert operator(app).said == NOBODY and not operator(app).leaving


def test_a_restart_takes_two_taps_ends_the_engine_and_then_the_stage(
    puppet: Typing, clock: Clock, tmp_path: Path
) -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as engine:
        facts = replace(FACTS, engine=Unit(engine.pid, 0))
        with attended(puppet, clock, tmp_path, supervised=True, facts=facts) as app:
            clock.now += 200.0
            app.frame()
            enter(app, clock)
            answered(app, clock)
            press(app, "page/piece", "restart")
            assert operator(app).said == AGAIN
            press(app, "new", "restart")  # something else lies between
            assert operator(app).said == AGAIN and engine.poll() is None
            at = place(app, "restart")
            touch(pygame.FINGERDOWN, app, at)
            touch(pygame.FINGERUP, app, at)
            assert not app.frame()
        assert engine.wait(PATIENCE) == -signal.SIGTERM


def test_one_that_has_only_begun_is_not_restarted_so_that_no_limit_is_reached(
    puppet: Typing, clock: Clock, tmp_path: Path
) -> None:
    with attended(puppet, clock, tmp_path, supervised=True) as app:
        enter(app, clock)
        press(app, "page/piece", "restart", "restart")
        assert "only just begun" in operator(app).said and not operator(app).leaving


def test_an_engine_that_cannot_be_reached_leaves_the_stage_where_it_is(
    puppet: Typing, clock: Clock, tmp_path: Path
) -> None:
    with attended(puppet, clock, tmp_path, supervised=True) as app:
        clock.now += 200.0
        app.frame()
        enter(app, clock)
        answered(app, clock)
        press(app, "page/piece", "restart", "restart")  # its unit has no process
        assert "cannot be reached" in operator(app).said and not operator(app).leaving


# --- the visit --------------------------------------------------------------------------------


def test_a_visit_that_is_over_returns_to_the_opening_mixture(
    puppet: Typing, clock: Clock, tmp_path: Path
) -> None:
    with attended(puppet, clock, tmp_path) as app:
        app.desk.toggle("trump", clock.now)
        app.desk.alone("trump", clock.now)
        app.frame()
        puppet.heard()
        for _ in range(91):
            clock.now += 1.0
            puppet.say(wire.Status("typing", "It types.", 14.0, 1, 0, 0, 0, 1.0, "CPU"))
            app.frame()
        assert puppet.said(wire.Active) == wire.Active(("bible", "linux", "love_songs"))
        weights = puppet.said(wire.Weights)
        assert isinstance(weights, wire.Weights)
        assert dict(weights.pairs) == pytest.approx({"bible": 0.5, "linux": 0.5, "love_songs": 0.0})
        puppet.say(wire.Hello(wire.VERSION, RUN, "linear", 0.7, 14.0, 0), wire.WeightsAre(HALVES))
        app.frame()
        assert app.desk.circle == ("bible", "linux", "love_songs")

"""The operator's panel on a real stage: opened, asked, read and used by real events."""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

os.environ.setdefault("SDL_VIDEODRIVER", "dummy")

import pygame

from appliance import wire
from appliance.controls.hands import Hands
from appliance.pin import hashed
from appliance.service.units import Unit
from appliance.service.vitals import Vitals
from appliance.settings import DEFAULTS, Loaded
from appliance.stage.app import App
from appliance.stage.desk import Desk
from appliance.stage.displays import Display, Eyes
from appliance.stage.link import Link
from appliance.stage.operator.inquiry import Facts, Inquiry, Page
from appliance.stage.operator.kept import Shelf
from appliance.stage.operator.lights import Lights
from appliance.stage.operator.operator import AGAIN, NOBODY, NOT_SET, Operator
from appliance.stage.operator.panel import WARN, OperatorPanel
from appliance.stage.screen import Tiled
from appliance.stage.theme import THEMES, readable
from appliance.stage.visit import Visit
from tests.conftest import PATIENCE
from tests.pupil import Faders
from tests.puppet import Clock
from tests.staging import HALVES, RUN, Typing, colours, greeted, post

NIGHT = THEMES["night"]
SETTINGS = Loaded.read(DEFAULTS).settings
PIN = hashed("2468")
TEN_INCHES = Display((0, 0, 1280, 720), "", 10.1)
WALL = Display((1280, 0, 1920, 1080), "wall", 55.0)
FACTS = Facts(Vitals(50.0, 0, 10**10, 10**8), Page((), 9000.0, 3e8), 9001.0, Unit(0, 0), Unit(0, 0))
SIZES = [
    ((800, 480), 7.0), ((1024, 600), 7.0), ((480, 800), 7.0), ((1280, 800), 10.1),
    ((1920, 1080), 24.0), ((1080, 1920), 24.0), ((1920, 1080), 55.0),
]  # fmt: skip


@pytest.fixture
def puppet() -> Iterator[Typing]:
    made = Typing()
    yield made
    made.socket.close()


@contextlib.contextmanager
def attended(
    puppet: Typing,
    clock: Clock,
    state: Path,
    *,
    display: Display = TEN_INCHES,
    wall: Display | None = None,
    facts: Facts = FACTS,
    fault: str = "",
    supervised: bool = False,
    lights: Lights | None = None,
    hands: Hands | None = None,
    **table: Any,
) -> Iterator[App]:
    """Open a greeted stage with an operator; keywords are of its table."""
    table = {"pin": PIN, **table}
    stage = SETTINGS.stage.model_copy(
        update={"fullscreen": True, "wall": "wall" if wall else "", "click": False}
    )
    settings = SETTINGS.model_copy(
        update={"operator": SETTINGS.operator.model_copy(update=table), "stage": stage}
    )
    operator = Operator(
        settings,
        inquiry=Inquiry(lambda: facts),
        shelf=Shelf(state),
        wall=lambda: datetime(2026, 11, 22, 14, 3, tzinfo=UTC),
        fault=fault,
        supervised=supervised,
        believed=lambda _: True,
    )
    controls = settings.controls.model_copy(update={"smoothing": 0.0})
    visit = Visit(settings.visit, {"bible": 0.5, "linux": 0.5}, ["bible", "linux", "love_songs"])
    screens = (display, wall) if wall else (display,)
    with (
        Link(puppet.socket.getsockname(), "127.0.0.1", 0, clock) as link,
        App(
            Desk(link, controls, visit=visit, hands=hands), stage, clock,
            eyes=Eyes(lambda: screens), operator=operator,
            lights=lights or Lights(state / "no sys"),
        ) as app,
    ):  # fmt: skip
        greeted(app, puppet)
        yield app


def operator(app: App) -> Operator:
    assert app.operator is not None
    return app.operator


def drawn(app: App) -> OperatorPanel:
    panel = app.pictures[operator(app).role].operator
    assert panel is not None
    return panel


def place(app: App, button: str) -> tuple[int, int]:
    at = drawn(app).place_of(button)
    assert at is not None, f"there is no {button}"
    return at.move(app.panel("operator", operator(app).role).topleft).center


def touch(kind: int, app: App, at: tuple[float, float], number: int = 1, role: str = "") -> None:
    screen = app.screens[role or operator(app).role or "instrument"]
    width, height = screen.surface.get_size()
    pygame.event.post(
        pygame.event.Event(
            kind, finger_id=number, x=at[0] / width, y=at[1] / height, window=screen.window
        )
    )


def press(app: App, *buttons: str) -> None:
    for button in buttons:
        at = place(app, button)
        touch(pygame.FINGERDOWN, app, at)
        touch(pygame.FINGERUP, app, at)
        app.frame()


def hold_corner(app: App, clock: Clock, role: str = "instrument", seconds: float = 3.1) -> None:
    at = app.corner(role).center
    touch(pygame.FINGERDOWN, app, at, role=role)
    app.frame()
    clock.now += seconds
    app.frame()
    touch(pygame.FINGERUP, app, at, role=role)
    app.frame()


def enter(app: App, clock: Clock) -> None:
    """Open the panel and type the PIN."""
    hold_corner(app, clock)
    press(app, "digit/2", "digit/4", "digit/6", "digit/8", "ok")
    assert operator(app).page == "health"


def answered(app: App, clock: Clock) -> None:
    """Let what was asked be answered and shown."""
    operator(app).inquiry.finish(PATIENCE)
    clock.now += 0.6
    app.frame()


# --- opening ----------------------------------------------------------------------------------


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


# --- the PIN ----------------------------------------------------------------------------------


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


# --- fingers and eyes -------------------------------------------------------------------------


@pytest.mark.parametrize(("size", "inches"), SIZES)
def test_no_button_is_smaller_than_a_finger_or_outside(
    puppet: Typing, clock: Clock, tmp_path: Path, size: tuple[int, int], inches: float
) -> None:
    display = Display((0, 0, *size), "", inches)
    with attended(puppet, clock, tmp_path, display=display) as app:
        hold_corner(app, clock)
        panel, look = drawn(app), app.pictures["instrument"].look
        assert look is not None
        assert app.panel("text").height >= 2 * look.label
        for page in ("pin", "health", "screens", "styles", "piece"):
            if page != "pin":
                operator(app).page = page
            app.frame()
            assert panel._buttons
            for button in panel._buttons:
                assert min(button.place.size) >= look.target, (page, button)
                assert panel.surface.get_rect().contains(button.place), (page, button)
            visible = [b.place for b in panel._buttons if b.label]
            assert all(
                one.clip(other).size == (0, 0) or one is other or 0 in one.clip(other).size
                for one in visible for other in visible
            )  # fmt: skip


@pytest.mark.parametrize(("size", "inches"), SIZES)
def test_its_letters_can_be_read_from_two_metres(
    puppet: Typing, clock: Clock, tmp_path: Path, size: tuple[int, int], inches: float
) -> None:
    display = Display((0, 0, *size), "", inches)
    with attended(puppet, clock, tmp_path, display=display) as app:
        hold_corner(app, clock)
        panel = drawn(app)
        capital = 0.698 * panel._em / display.millimetre(0.0)
        # Five minutes of arc at 2 m are 2.9 mm: what an eye that needs no glasses reads.
        assert capital >= (5.5 if inches > 10.1 else 3.4)


def test_a_wrong_settings_file_is_told_first_and_in_the_warning_colour(
    puppet: Typing, clock: Clock, tmp_path: Path
) -> None:
    fault = "/etc/s.toml: the key stage.themme is unknown, did you mean stage.theme? Until then …"
    with attended(puppet, clock, tmp_path, fault=fault) as app:
        enter(app, clock)
        first = operator(app).health(app.desk, clock.now)[0]
        assert "stage.themme" in first.sentence and not first.well
        panel = app.panel("operator")
        warn = readable(WARN, NIGHT.card, NIGHT.far)
        assert warn in colours(app.screen, pygame.Rect(panel.x, panel.y, panel.width, 120))


def test_the_day_is_counted_and_the_pages_are_turned(
    puppet: Typing, clock: Clock, tmp_path: Path
) -> None:
    display = Display((0, 0, 800, 480), "", 7.0)
    with attended(puppet, clock, tmp_path, display=display) as app:
        clock.now += 1.0
        app.frame()
        puppet.write("static", 1)
        clock.now += 1.0
        app.frame()
        clock.now += 1.0
        app.frame()
        enter(app, clock)
        answered(app, clock)
        sentences = {line.name: line.sentence for line in operator(app).health(app.desk, clock.now)}
        assert sentences["today"] == "6 letters were typed."
        assert sentences["clock"] == "It says Sunday 14:03."
        before = pygame.image.tobytes(app.screen, "RGB")
        press(app, "more")
        assert pygame.image.tobytes(app.screen, "RGB") != before
        app.frame()
    assert Shelf(tmp_path).read().typed == 6  # and kept at the end


# --- deeds ------------------------------------------------------------------------------------


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


# --- brightness -------------------------------------------------------------------------------


def shown(app: App, role: str = "instrument") -> pygame.Surface:
    """Return what the window itself shows."""
    return app.screens[role].window.get_surface()


def test_a_screen_without_a_backlight_is_dimmed_by_its_picture_and_stays_so(
    puppet: Typing, clock: Clock, tmp_path: Path
) -> None:
    with attended(puppet, clock, tmp_path) as app:
        enter(app, clock)
        at = app.panel("operator").move(0, app.panel("operator").height // 2).midtop
        press(app, "page/screens")
        assert shown(app).get_at(at)[:3] == NIGHT.card
        press(app, *["darker/instrument"] * 5)
        app.frame()
        assert shown(app).get_at(at)[:3] == pytest.approx([c / 2 for c in NIGHT.card], abs=1.0)
        assert app.screen.get_at(at)[:3] == NIGHT.card
        for _ in range(9):  # never black
            operator(app).do("darker/instrument", app.desk, clock.now)
        assert operator(app).brightness("instrument") == 0.2
    again = Typing()
    with contextlib.closing(again.socket), attended(again, clock, tmp_path) as app:
        assert operator(app).brightness("instrument") == 0.2
        assert app.screen is not shown(app)
        enter(app, clock)
        press(app, "page/screens", *["brighter/instrument"] * 8)
        app.frame()
        assert app.screen is shown(app)


def test_each_screen_has_its_own(puppet: Typing, clock: Clock, tmp_path: Path) -> None:
    with attended(puppet, clock, tmp_path, wall=WALL) as app:
        enter(app, clock)
        press(app, "page/screens", "darker/wall", "darker/wall")
        app.frame()
        assert operator(app).brightness("wall") == 0.8
        assert app.screens["wall"].surface is not shown(app, "wall")
        assert app.screen is shown(app)


def test_a_backlight_does_it_where_there_is_one(
    puppet: Typing, clock: Clock, tmp_path: Path
) -> None:
    light = tmp_path / "sys/class/backlight/10-0045"
    connector = tmp_path / "sys/class/drm/card1-DSI-1"
    for folder, files in (
        (light, {"max_brightness": "100", "brightness": "100"}),
        (connector, {"status": "connected", "modes": "800x480"}),
    ):
        folder.mkdir(parents=True)
        for name, text in files.items():
            (folder / name).write_text(f"{text}\n")
    display = Display((0, 0, 800, 480), "", 7.0)
    lights = Lights(tmp_path / "sys")
    with attended(puppet, clock, tmp_path, display=display, lights=lights) as app:
        enter(app, clock)
        press(app, "page/screens", "darker/instrument", "darker/instrument", "darker/instrument")
        app.frame()
        assert (light / "brightness").read_text() == "70\n"
        assert app.screen is shown(app)


def test_a_renderer_multiplies_its_tiles() -> None:
    pygame.display.init()
    window = pygame.Window("test", (600, 250))
    way = Tiled(window, accelerated=False)
    whole = pygame.Rect(0, 0, 600, 250)
    way.surface.fill((200, 100, 40))
    way.dim(0.5)
    way.show([whole])
    (dimmed,) = colours(way.renderer.to_surface(), whole)
    assert dimmed == pytest.approx((100, 50, 20), abs=1.0)
    assert colours(way.surface, whole) == {(200, 100, 40)}
    way.resize()  # what is new is as dim
    way.surface.fill((200, 100, 40))
    way.show([whole])
    assert colours(way.renderer.to_surface(), whole) == {dimmed}
    way.dim(1.0)
    way.show([whole])
    assert colours(way.renderer.to_surface(), whole) == {(200, 100, 40)}
    window.destroy()
    pygame.display.quit()


def test_screens_that_go_take_the_panel_with_them(
    puppet: Typing, clock: Clock, tmp_path: Path
) -> None:
    there: list[tuple[Display, ...]] = [(TEN_INCHES,)]
    with attended(puppet, clock, tmp_path) as app:
        app._eyes = Eyes(lambda: there[0])
        enter(app, clock)
        there[0] = ()
        clock.now += 3.0
        app.frame()
        assert not operator(app).is_open


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

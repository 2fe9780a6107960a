"""The picture of a real window: what is drawn anew, cards, layouts, small screens."""

import contextlib

import numpy as np
import pygame
import pytest

from appliance import wire
from appliance.stage.app import App
from appliance.stage.letters import typeface, width
from appliance.stage.panels.puck import PuckPanel
from appliance.stage.panels.sliders import SlidersPanel
from appliance.stage.panels.styles import StylesPanel
from appliance.stage.visit import Visit
from tests.puppet import Clock
from tests.staging import (
    NIGHT,
    SETTINGS,
    Typing,
    app,
    colours,
    drag,
    finger,
    greeted,
    panel,
    pixels,
    puck_place,
    puppet,
    slider_place,
    staged,
    style_place,
    tap,
)

FIXTURES = (app, puppet)


def test_nothing_is_drawn_while_nothing_changes(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    app.frame()
    shown: list[object] = []
    monkeypatch.setattr(app.screens["instrument"]._way, "show", shown.append)
    for _ in range(5):
        app.frame()
    assert shown == []


def test_what_is_drawn_bit_by_bit_is_what_is_drawn_anew(
    app: App, puppet: Typing, clock: Clock
) -> None:
    for at, text in enumerate(("static ", "unsigned ", "love\n\tfor (;;)", " static")):
        puppet.write(text, author=at % 3, chances={"x": 0.2}, entropy=0.8)
        puppet.foretell({"a": 0.5, "b": 0.3, " ": 0.2})
        clock.now += 0.02
        app.frame()
    drag(app, puck_place(app, 0, 0), puck_place(app, 0.4, -0.3))
    for _ in range(400):
        clock.now += 1 / 60
        app.frame()
    bit_by_bit = pygame.surfarray.array3d(app.screen)
    app.redraw()
    app.frame()
    for name in app.pictures["instrument"].layout:
        place = app.panel(name)
        anew = pygame.surfarray.array3d(app.screen.subsurface(place))
        part = bit_by_bit[place.left : place.right, place.top : place.bottom]
        assert np.array_equal(part, anew), name


def test_the_list_is_in_the_order_of_its_titles(app: App, puppet: Typing) -> None:
    puppet.say(wire.StyleIs(0, "bible", "Zechariah", "#d8a700", ""))
    app.frame()
    assert app.desk.slugs == ("linux", "love_songs", "trump", "bible")


def test_panels_are_cards_with_round_corners(app: App) -> None:
    grounds = {"styles": NIGHT.card, "sliders": NIGHT.blue, "puck": NIGHT.pink}
    for name, ground in grounds.items():
        place = app.panel(name)
        last = place.right - 1, place.bottom - 1
        for corner in (place.topleft, (last[0], place.y), (place.x, last[1]), last):
            assert app.screen.get_at(corner)[:3] == NIGHT.ground
        for x, y in ((place.centerx, place.y), (place.x, place.centery)):
            assert app.screen.get_at((x, y))[:3] == ground


def test_the_countdown_of_a_visit_is_seen(app: App, clock: Clock) -> None:
    visit = Visit(SETTINGS.visit, {}, ())
    app.desk.visit = visit
    circle = panel(app, "puck")
    assert isinstance(circle, PuckPanel)
    seen = {}
    for left in (9.4, 8.4, None):
        visit.left = left
        app.frame()
        seen[left] = (circle._words(app.desk), pixels(app, "puck")[:, :24].tobytes())
    assert "10" in seen[9.4][0] and "9" in seen[8.4][0]
    assert len({picture for _, picture in seen.values()}) == 3


# --- layouts ----------------------------------------------------------------------------------


def test_a_button_changes_the_layout(app: App) -> None:
    everything = set(app.pictures["instrument"].layout)
    app.desk.layout += 1
    app.frame()
    assert set(app.pictures["instrument"].layout) == everything - {"text"}
    app.desk.layout += 1
    app.frame()
    assert set(app.pictures["instrument"].layout) == {"text"}
    app.desk.layout += 1
    app.frame()
    assert set(app.pictures["instrument"].layout) == everything


def test_the_picture_creeps_and_touch_follows(app: App, clock: Clock) -> None:
    before = app.panel("puck").topleft
    clock.now += 61 * 4.0
    app.frame()
    after = app.panel("puck").topleft
    assert max(abs(after[0] - before[0]), abs(after[1] - before[1])) == 1
    drag(app, puck_place(app, 0, 0), puck_place(app, 0.5, 0.0))
    assert app.desk.puck == pytest.approx((0.5, 0.0), abs=0.01)


def test_the_picture_does_not_creep_under_a_finger(app: App, clock: Clock) -> None:
    app.frame()
    before = app.panel("puck").topleft
    finger(pygame.FINGERDOWN, 1, app, puck_place(app, 0.2, 0.2))
    app.frame()
    clock.now += 61 * 4.0
    app.frame()
    assert app.panel("puck").topleft == before
    finger(pygame.FINGERUP, 1, app, puck_place(app, 0.2, 0.2))
    app.frame()
    assert app.panel("puck").topleft != before


def test_a_small_screen_draws_its_list_up_and_turns_the_page_of_sliders(clock: Clock) -> None:
    many = {f"style_{i:02}": "#16b3eb" for i in range(24)}
    puppet = Typing(many)
    with (
        contextlib.closing(puppet.socket),
        staged(puppet, clock, width=1024, height=600, diagonal=7.0) as app,
    ):
        greeted(app, puppet, active=tuple(many), weights=(("style_00", 1.0),))
        styles = panel(app, "styles")
        assert isinstance(styles, StylesPanel)
        target = styles.look.target
        assert target == round(15.0 * styles.look.millimetre)
        assert styles.grid(app.desk).height >= target
        first = style_place(app, "style_00")
        drag(app, (first[0], first[1] + 2 * target), first)
        assert styles._scrolled == pytest.approx(2 * target, abs=1)
        assert app.desk.circle == tuple(many)
        tap(app, style_place(app, "style_04"))
        assert "style_04" not in app.desk.circle
        sliders = app.panel("sliders")
        assert slider_place(app, "style_00", 0.5)
        tap(app, (sliders.right - target // 2, sliders.bottom - target // 2))
        with pytest.raises(StopIteration):
            slider_place(app, "style_00", 0.5)
        tap(app, (sliders.x + target // 2, sliders.bottom - target // 2))
        assert slider_place(app, "style_00", 0.5)


@pytest.mark.parametrize(
    ("size", "inches", "awake", "styles", "sliders"),
    [
        ((1024, 600), 7.0, 24, 6, 4),  # as docs/screens.md says
        ((1280, 800), 10.1, 24, 8, 9),
        ((1280, 800), 10.1, 8, 8, 8),
        ((1920, 1080), 24.0, 24, 24, 24),
    ],
)
def test_how_many_fingers_find_room_at_a_time(
    clock: Clock, size: tuple[int, int], inches: float, awake: int, styles: int, sliders: int
) -> None:
    many = {f"style_{i:02}": "#16b3eb" for i in range(24)}
    puppet = Typing(many)
    with (
        contextlib.closing(puppet.socket),
        staged(puppet, clock, width=size[0], height=size[1], diagonal=inches) as app,
    ):
        greeted(app, puppet, active=tuple(many)[:awake], weights=(("style_00", 1.0),))
        names, faders = panel(app, "styles"), panel(app, "sliders")
        assert isinstance(names, StylesPanel) and isinstance(faders, SlidersPanel)
        grid = names.grid(app.desk)
        assert min(24, grid.columns * grid.seen) == styles
        grid = faders.grid(app.desk)
        assert min(awake, grid.columns * grid.rows) == sliders
        assert grid.height >= faders.look.target - 1
        least = [app.panel("sliders").width // grid.columns, grid.height]
        assert min(least) >= 15.0 * faders.look.millimetre - 1


def test_the_typeface_is_installed_and_not_copied() -> None:
    assert typeface().is_file()
    assert "site-packages" in str(typeface())


def test_the_ghost_s_halo_fades_and_never_cuts_what_is_under_it(app: App, clock: Clock) -> None:
    clock.now = 102.0  # where a breath ends and the halo is gone
    app.desk.move_puck(0.0, 0.0, clock.now, ghost=True)
    for _ in range(3):
        app.frame()
    circle = panel(app, "puck")
    assert isinstance(circle, PuckPanel)
    around = pygame.Rect(0, 0, 4 * circle._puck, 4 * circle._puck)
    around.center = round(puck_place(app, 0, 0)[0]), round(puck_place(app, 0, 0)[1])
    assert NIGHT.pink not in colours(app.screen, around), "the card itself lies under the disc"


@pytest.mark.parametrize(
    ("size", "inches"), [((1280, 800), 10.1), ((1920, 1080), 24.0), ((1080, 1920), 24.0)]
)
def test_the_invitation_is_as_large_as_the_other_headings(
    puppet: Typing, clock: Clock, size: tuple[int, int], inches: float
) -> None:
    with staged(puppet, clock, width=size[0], height=size[1], diagonal=inches) as opened:
        greeted(opened, puppet)
        look = opened.pictures["instrument"].look
        assert look is not None
        room = opened.panel("puck").width - 2 * look.pad
        for sentence in (look.words.invite, look.words.circle):
            assert width(sentence, look.label) <= room, sentence

"""The real window and event loop, with an engine whose words the test chooses."""

import contextlib
import itertools
import logging
import os
from collections.abc import Iterator

import numpy as np
import pytest

os.environ.setdefault("SDL_VIDEODRIVER", "dummy")

import pygame

from appliance import wire
from appliance.controls.puck import places
from appliance.settings import DEFAULTS, Loaded
from appliance.stage.app import App
from appliance.stage.letters import typeface
from appliance.stage.panels.joint import JointPanel
from appliance.stage.panels.puck import BREATH, PuckPanel
from appliance.stage.panels.sliders import SlidersPanel
from appliance.stage.panels.status import StatusPanel
from appliance.stage.panels.styles import StylesPanel
from appliance.stage.panels.text import AHEAD, TextPanel
from appliance.stage.theme import THEMES, contrast, readable, rgb
from appliance.stage.visit import Visit
from tests.puppet import Clock
from tests.staging import (
    STYLES,
    Typing,
    colours,
    drag,
    finger,
    greeted,
    key,
    panel,
    post,
    puck_place,
    slider_place,
    staged,
    style_place,
    tap,
)

NIGHT = THEMES["night"]
SETTINGS = Loaded.read(DEFAULTS).settings
WHITE = (255, 255, 255)


@pytest.fixture
def puppet() -> Iterator[Typing]:
    made = Typing()
    yield made
    made.socket.close()


@pytest.fixture
def app(puppet: Typing, clock: Clock) -> Iterator[App]:
    with staged(puppet, clock) as opened:
        greeted(opened, puppet)
        yield opened


def pixels(app: App, name: str) -> "np.ndarray[tuple[int, ...], np.dtype[np.uint8]]":
    return pygame.surfarray.array3d(app.screen.subsurface(app.panel(name)))


# --- hands ------------------------------------------------------------------------------------


def test_dragging_the_puck_to_a_style_plays_it_alone_in_the_same_frame(
    app: App, puppet: Typing
) -> None:
    x, y = places(3)[1]
    drag(app, puck_place(app, 0, 0), puck_place(app, float(x), float(y)))
    weights = puppet.said(wire.Weights)
    assert isinstance(weights, wire.Weights)
    assert dict(weights.pairs)["linux"] > 0.99
    # The white puck is already there, drawn in the frame that read the finger.
    at = tuple(round(v) for v in puck_place(app, float(x), float(y)))
    assert app.screen.get_at(at)[:3] == WHITE


def test_a_slider_follows_the_finger_in_the_same_frame(app: App, puppet: Typing) -> None:
    first, second = slider_place(app, "bible", 1.0), slider_place(app, "linux", 0.0)
    drag(app, slider_place(app, "bible", 0.4), first)
    x, y = round(first[0]), round(first[1])
    knob = colours(app.screen, pygame.Rect(x - 8, y - 8, 16, 16))
    assert NIGHT.ink in knob
    drag(app, slider_place(app, "linux", 0.7), second)
    assert app.desk.mixer.levels["bible"] == pytest.approx(1.0)
    assert app.desk.mixer.levels["linux"] == pytest.approx(0.0)
    puppet.said(wire.Weights)
    last = puppet.said(wire.Weights)
    assert isinstance(last, wire.Weights)
    assert dict(last.pairs) == pytest.approx({"bible": 1.0, "linux": 0.0, "love_songs": 0.0})


def test_a_tap_wakes_a_style_and_another_sends_it_to_sleep(app: App, puppet: Typing) -> None:
    trump = style_place(app, "trump")
    before = pixels(app, "styles")
    tap(app, trump)
    assert puppet.said(wire.Active) == wire.Active(("bible", "linux", "love_songs", "trump"))
    assert readable(rgb(STYLES["trump"]), NIGHT.card, NIGHT.near) in colours(
        app.screen, app.panel("styles")
    )
    assert not np.array_equal(pixels(app, "styles"), before)
    tap(app, trump)
    assert puppet.said(wire.Active) == wire.Active(("bible", "linux", "love_songs"))
    assert np.array_equal(pixels(app, "styles"), before)


def test_a_finger_that_leaves_a_name_takes_its_tap_back(app: App) -> None:
    trump, bible = style_place(app, "trump"), style_place(app, "bible")
    finger(pygame.FINGERDOWN, 1, app, trump)
    app.frame()
    finger(pygame.FINGERMOTION, 1, app, bible)
    finger(pygame.FINGERUP, 1, app, bible)
    app.frame()
    assert app.desk.circle == ("bible", "linux", "love_songs")


def test_two_fingers_play_two_things_at_once(app: App) -> None:
    finger(pygame.FINGERDOWN, 1, app, puck_place(app, 0.2, 0.2))
    finger(pygame.FINGERDOWN, 2, app, slider_place(app, "bible", 0.5))
    finger(pygame.FINGERMOTION, 1, app, puck_place(app, -0.5, 0.1))
    finger(pygame.FINGERMOTION, 2, app, slider_place(app, "bible", 1.0))
    app.frame()
    assert app.desk.mixer.levels["bible"] == pytest.approx(1.0)
    finger(pygame.FINGERUP, 2, app, (0, 0))
    finger(pygame.FINGERMOTION, 1, app, puck_place(app, -0.6, 0.1))
    app.frame()
    assert app.desk.puck == pytest.approx((-0.6, 0.1), abs=0.02)


def test_two_fingers_on_two_sliders(app: App) -> None:
    finger(pygame.FINGERDOWN, 1, app, slider_place(app, "bible", 0.5))
    finger(pygame.FINGERDOWN, 2, app, slider_place(app, "linux", 0.5))
    finger(pygame.FINGERMOTION, 1, app, slider_place(app, "bible", 0.25))
    finger(pygame.FINGERMOTION, 2, app, slider_place(app, "linux", 0.75))
    app.frame()
    levels = app.desk.mixer.levels
    assert (levels["bible"], levels["linux"]) == pytest.approx((0.25, 0.75), abs=0.01)


def test_a_second_finger_in_the_circle_does_not_snatch_the_puck(app: App) -> None:
    finger(pygame.FINGERDOWN, 1, app, puck_place(app, 0.5, 0.0))
    finger(pygame.FINGERDOWN, 2, app, puck_place(app, -0.9, 0.0))
    app.frame()
    assert app.desk.puck == pytest.approx((0.5, 0.0), abs=0.02)
    finger(pygame.FINGERUP, 1, app, puck_place(app, 0.5, 0.0))
    finger(pygame.FINGERDOWN, 3, app, puck_place(app, 0.0, 0.5))
    app.frame()
    assert app.desk.puck == pytest.approx((0.0, 0.5), abs=0.02)


def test_a_finger_that_strays_stays_with_its_slider(app: App) -> None:
    sliders = app.panel("sliders")
    finger(pygame.FINGERDOWN, 1, app, slider_place(app, "bible", 0.5))
    finger(pygame.FINGERMOTION, 1, app, (sliders.right + 100, sliders.bottom - 1))
    app.frame()
    assert app.desk.mixer.levels["bible"] == 1.0
    assert app.desk.mixer.levels["love_songs"] == 0.0


def test_the_bright_bar_follows_the_knob_as_the_weights_glide(puppet: Typing, clock: Clock) -> None:
    with staged(puppet, clock, smoothing=0.2) as app:
        greeted(app, puppet)
        clock.now += 5.0
        app.frame()
        drag(app, slider_place(app, "love_songs", 0.1), slider_place(app, "love_songs", 1.0))
        colour = readable(rgb(STYLES["love_songs"]), NIGHT.blue, NIGHT.near)
        x, y = (round(v) for v in slider_place(app, "love_songs", 0.5))
        assert app.screen.get_at((x, y))[:3] != colour
        for _ in range(60):
            clock.now += 1 / 60
            app.frame()
        assert app.screen.get_at((x, y))[:3] == colour


def test_the_mouse_has_a_cursor_and_a_finger_has_none(app: App, clock: Clock) -> None:
    post(pygame.MOUSEMOTION, (5, 5), buttons=(0, 0, 0), rel=(1, 1))
    app.frame()
    assert pygame.mouse.get_visible()
    finger(pygame.FINGERDOWN, 1, app, puck_place(app, 0.2, 0.2))
    app.frame()
    assert not pygame.mouse.get_visible()


def test_a_full_screen_has_a_cursor_only_while_the_mouse_moves(
    puppet: Typing, clock: Clock
) -> None:
    with staged(puppet, clock, fullscreen=True) as app:
        greeted(app, puppet)
        assert not pygame.mouse.get_visible()
        post(pygame.MOUSEMOTION, (5, 5), buttons=(0, 0, 0), rel=(1, 1))
        app.frame()
        assert pygame.mouse.get_visible()
        clock.now += 10.0
        app.frame()
        assert not pygame.mouse.get_visible()


def test_keys_play_as_in_the_terminal_and_the_choice_is_seen(app: App) -> None:
    before = pixels(app, "sliders")
    key(pygame.K_RIGHT)
    key(pygame.K_UP)
    key(pygame.K_UP)
    app.frame()
    assert app.keys.chosen == "linux"
    assert app.desk.mixer.levels["linux"] == pytest.approx(1.0)
    assert not np.array_equal(pixels(app, "sliders"), before)
    key(pygame.K_a, "a")
    app.frame()
    assert app.desk.circle == ("bible", "love_songs")


# --- the page ---------------------------------------------------------------------------------


def test_text_is_shown_in_the_colour_and_the_cut_of_its_author(app: App, puppet: Typing) -> None:
    puppet.write("mmmmmmmm", author=1)
    app.frame()
    seen = colours(app.screen, app.panel("text"))
    assert readable(rgb(STYLES["linux"]), NIGHT.ground, NIGHT.far) in seen
    assert NIGHT.ground in seen
    text = panel(app, "text")
    assert isinstance(text, TextPanel)
    hands = {slug: text._hand(app.desk, wire.author(i)) for i, slug in enumerate(STYLES)}
    assert len({cut for _, cut in hands.values()}) == len(STYLES)


def test_a_hand_over_is_seen_without_colours(app: App, puppet: Typing) -> None:
    text = panel(app, "text")
    assert isinstance(text, TextPanel)
    puppet.write("aa", author=0)
    puppet.write("aa", author=1)
    app.frame()
    strip = text._strips[text._lines.count - 1]
    glyphs = [
        pygame.surfarray.array3d(strip).astype(int).max(axis=2)[
            text._margin + i * text._advance : text._margin + (i + 1) * text._advance
        ] > 90
        for i in range(4)
    ]  # fmt: skip
    assert np.array_equal(glyphs[0], glyphs[1])
    assert not np.array_equal(glyphs[1], glyphs[2])


def test_what_may_come_next_stands_after_the_caret_before_it_comes(
    app: App, puppet: Typing
) -> None:
    text = panel(app, "text")
    assert isinstance(text, TextPanel)
    puppet.write("l", author=1)
    app.frame()
    assert not list(text._may)  # nobody knows yet
    puppet.foretell({"o": 0.6, "x": 0.3, "y": 0.09, "z": 0.01})
    app.frame()
    caret, _ = text._caret(app.desk, 0.0)
    first, *others = text._may
    assert [chr(may.code) for may in text._may] == ["o", "x", "y"]
    assert first.size > others[0].size
    assert first.place[0] >= caret[0] + caret[2]
    assert all(may.place[1] >= text._foot for may in others)
    seen = colours(app.screen, app.panel("text"))
    assert first.colour in seen
    for may in text._may:  # in nobody's colour, and to be read
        assert contrast(may.colour, NIGHT.ground) >= 3.0
    puppet.write("o", author=1)
    app.frame()
    assert not list(text._may)
    assert first.colour not in colours(app.screen, app.panel("text"))


def test_white_space_that_may_come_is_shown_by_a_sign(app: App, puppet: Typing) -> None:
    text = panel(app, "text")
    assert isinstance(text, TextPanel)
    puppet.write("l", author=1)
    app.frame()
    puppet.foretell({" ": 1.0})
    app.frame()
    (space,) = text._may
    assert space.colour in colours(app.screen, app.panel("text"))


def test_the_caret_is_the_wider_the_more_is_open(app: App, puppet: Typing, clock: Clock) -> None:
    text = panel(app, "text")
    assert isinstance(text, TextPanel)
    widths = {}
    for letters in ("a", "abcdefgh"):
        puppet.write("a", author=0)
        app.frame()
        puppet.foretell(dict.fromkeys(letters, 1.0 / len(letters)))
        for _ in range(60):
            clock.now += 1 / 60
            app.frame()
        widths[letters] = text._caret(app.desk, 0.0)[0][2]
    assert widths["abcdefgh"] > 3 * widths["a"]
    assert widths["abcdefgh"] < text._advance * AHEAD


def test_a_line_moves_up_by_and_by_and_old_lines_are_fainter(
    app: App, puppet: Typing, clock: Clock
) -> None:
    text = panel(app, "text")
    assert isinstance(text, TextPanel)
    puppet.write("first\n", author=0)
    app.frame()
    puppet.write("second\n", author=0)
    app.frame()
    clock.now += 1 / 60
    app.frame()
    assert 0 < text._rise < text._leading
    for _ in range(60):
        clock.now += 1 / 60
        app.frame()
    assert text._rise == 0.0
    lights = [text.light(row) for row in range(text.rows)]
    assert lights == sorted(lights, reverse=True)
    assert lights[0] == 1.0 and lights[-1] <= 0.62


def test_lines_stay_broken_where_they_are_while_text_flows(app: App, puppet: Typing) -> None:
    text = panel(app, "text")
    assert isinstance(text, TextPanel)
    puppet.write("the quick brown fox jumps over the lazy dog and on " * 8, author=0)
    app.frame()
    before = {text._lines.first + i: line.cells[0] for i, line in enumerate(text._lines.lines)}
    puppet.write("and the story goes on and on " * 3, author=1)
    app.frame()
    for i, line in enumerate(text._lines.lines[:-4]):
        assert before[text._lines.first + i] == line.cells[0]


# --- what is expected -------------------------------------------------------------------------


def test_bars_glide_to_what_is_expected(app: App, puppet: Typing, clock: Clock) -> None:
    for name in ("joint", "sliders"):
        puppet.write("s", author=0)
        for _ in range(90):
            clock.now += 1 / 60
            app.frame()
        first = pixels(app, name)
        puppet.write("u", author=0, chances={"r": 0.4}, entropy=1.0)
        app.frame()
        moving = [pixels(app, name)]
        for _ in range(90):
            clock.now += 1 / 60
            app.frame()
            moving.append(pixels(app, name))
        steps = [not np.array_equal(a, b) for a, b in itertools.pairwise(moving)]
        assert np.array_equal(moving[0][:, -3:], first[:, -3:])
        assert sum(steps) > 3
        assert not steps[-1]


def test_as_many_characters_are_named_as_is_said_and_none_covers_another(
    app: App, puppet: Typing, clock: Clock
) -> None:
    joint = panel(app, "joint")
    assert isinstance(joint, JointPanel)
    puppet.write("e", author=0)
    app.frame()
    puppet.foretell(dict.fromkeys("lmnop", 0.2))
    for _ in range(300):
        clock.now += 1 / 60
        app.frame()
    assert sorted(map(chr, joint.named)) == list("lmnop")
    for a, b in itertools.combinations(joint.named.values(), 2):
        assert not a.colliderect(b)
    assert round(2.0**joint._bits) == 5


def test_the_joint_tells_the_next_character_and_not_the_last(
    app: App, puppet: Typing, clock: Clock
) -> None:
    joint = panel(app, "joint")
    assert isinstance(joint, JointPanel)
    puppet.write("q", author=0)
    puppet.foretell({"u": 1.0})
    clock.now += 1.0
    app.frame()
    assert list(joint.named) == [ord("u")]


def test_styles_below_the_threshold_are_visibly_silent(app: App, puppet: Typing) -> None:
    puppet.write("s", author=0)
    app.frame()
    before = pixels(app, "sliders")
    drag(app, slider_place(app, "love_songs", 0.0), slider_place(app, "love_songs", 1.0))
    puppet.write("e", author=2, weights=(("bible", 0.3), ("linux", 0.3), ("love_songs", 0.4)))
    app.frame()
    awake = pixels(app, "sliders")
    assert not np.array_equal(awake, before)
    drag(app, slider_place(app, "love_songs", 1.0), slider_place(app, "love_songs", 0.0))
    assert not np.array_equal(pixels(app, "sliders"), awake)


# --- when things are not as they should be ----------------------------------------------------


def notice(app: App) -> str:
    text = panel(app, "text")
    assert isinstance(text, TextPanel)
    return text._notice(app.desk)


def test_frames_go_on_and_text_stays_when_the_engine_dies(
    app: App, puppet: Typing, clock: Clock
) -> None:
    puppet.write("still here", author=0)
    app.frame()
    assert notice(app) == ""
    clock.now += 60.0
    for _ in range(10):
        assert app.frame()
    assert app.desk.link.view.page.text == "still here"
    assert not app.desk.link.alive
    assert notice(app) == "The writers are waking …"
    assert NIGHT.ink in colours(app.screen, app.panel("text"))


def test_silence_and_hold_are_said(app: App, puppet: Typing) -> None:
    puppet.write("x", author=0)
    for slug in ("bible", "linux"):
        drag(app, slider_place(app, slug, 0.5), slider_place(app, slug, 0.0))
    assert notice(app).startswith("Silence")
    drag(app, slider_place(app, "bible", 0.0), slider_place(app, "bible", 1.0))
    assert notice(app) == ""
    app.desk.set_tempo(100.0, hold=1)
    assert notice(app) == "Paused"


def test_the_technicians_sentence_is_shown_when_asked_for(app: App, puppet: Typing) -> None:
    assert "status" not in app.pictures["instrument"].layout
    key(pygame.K_i, "i")
    app.frame()
    status = panel(app, "status")
    assert isinstance(status, StatusPanel)
    assert status.sentence == "The engine does not answer."
    assert app.panel("status").bottom <= app.screen.get_height()
    key(pygame.K_i, "i")
    app.frame()
    assert "status" not in app.pictures["instrument"].layout


def test_an_engine_of_another_version_is_named(app: App, puppet: Typing) -> None:
    puppet.say(wire.Hello(99, 4711, "linear", 0.7, 14.0, 0))
    app.frame()
    status = panel(app, "status")
    assert isinstance(status, StatusPanel)
    assert "another version" in status.sentence


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


def test_weights_from_another_hand_move_faders_and_puck(
    app: App, puppet: Typing, clock: Clock
) -> None:
    puppet.say(wire.WeightsAre((("love_songs", 1.0),)))
    clock.now += 1.0
    app.frame()
    assert app.desk.mixer.weights()["love_songs"] == 1.0
    assert app.desk.puck == pytest.approx(tuple(places(3)[2]), abs=1e-6)


def test_a_puck_from_outside_is_a_hand(app: App, puppet: Typing) -> None:
    x, y = (places(3)[0] + 1.0) / 2.0
    puppet.say(wire.Puck(float(x), float(y)))
    app.frame()
    weights = puppet.said(wire.Weights)
    assert isinstance(weights, wire.Weights)
    assert dict(weights.pairs)["bible"] > 0.99


def test_escape_closes_the_window(app: App) -> None:
    key(pygame.K_ESCAPE)
    assert not app.frame()


# --- attract ----------------------------------------------------------------------------------


def test_the_ghost_hand_is_seen_and_the_first_touch_takes_over_in_the_same_frame(
    app: App, puppet: Typing, clock: Clock
) -> None:
    app.frame()
    before = pixels(app, "puck")
    app.desk.move_puck(0.3, 0.3, clock.now, ghost=True)
    app.frame()
    with_ghost = pixels(app, "puck")
    assert not np.array_equal(with_ghost, before)
    drag(app, puck_place(app, 0.3, 0.3), puck_place(app, 0.0, 0.0))
    assert not app.desk.ghost
    hand_gone = pixels(app, "puck")
    heading = hand_gone[:, :24]
    assert np.array_equal(heading, before[:, :24])


def test_the_ghost_hand_comes_and_goes(app: App, clock: Clock) -> None:
    seen = []
    clock.now = 1000 * BREATH
    for _ in range(17):
        app.desk.move_puck(0.3, 0.3, clock.now, ghost=True)
        app.frame()
        ink = np.array(NIGHT.ink) - pixels(app, "puck").astype(int)
        seen.append(int((np.abs(ink).max(axis=2) < 30).sum()))
        clock.now += BREATH / 16
    assert seen[8] == max(seen) > seen[0] + 500
    assert seen[16] == seen[0]


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


def test_sentences_may_be_in_any_language_and_missing_letters_are_named(
    puppet: Typing, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    words = SETTINGS.words
    with staged(puppet, clock) as app:
        app._looks.words = words.model_copy(update={"circle": "Двигай точку", "held": "一時停止"})
        with caplog.at_level(logging.ERROR, "appliance.stage"):
            greeted(app, puppet)
        assert [r.message for r in caplog.records if "一" in r.message]
        assert not [r.message for r in caplog.records if "Д" in r.message]


def test_the_typeface_is_installed_and_not_copied() -> None:
    assert typeface().is_file()
    assert "site-packages" in str(typeface())


def test_a_foreign_engine_that_talks_nonsense_is_drawn_all_the_same(
    app: App, puppet: Typing, clock: Clock
) -> None:
    strange = np.full(128, 3e38)
    strange[ord("x")] = 7.0
    puppet.say(
        wire.Character(4711, 0, 0, "a", "z", 7.0),
        wire.WeightsAre((("nobody", 3.0),)),
        wire.JointIs(wire.blob(strange)),
        wire.Distribution(wire.blob(strange), "nobody"),
        wire.Distribution(wire.blob(-strange), "linux"),
    )
    puppet.say(wire.Next(wire.blob(-strange), 4711, 0))
    for _ in range(20):
        clock.now += 1 / 60
        assert app.frame()
    assert app.desk.link.view.page.text == "a"

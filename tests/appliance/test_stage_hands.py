"""Fingers, mouse and keys on a real window, and the ghost hand."""

import numpy as np
import pygame
import pytest

from appliance import wire
from appliance.controls.puck import places
from appliance.stage.app import App
from appliance.stage.panels.puck import BREATH
from appliance.stage.picture import STILL
from appliance.stage.theme import readable, rgb
from tests.puppet import Clock
from tests.staging import (
    NIGHT,
    STYLES,
    Typing,
    app,
    colours,
    drag,
    finger,
    greeted,
    key,
    pixels,
    post,
    puck_place,
    puppet,
    slider_place,
    staged,
    style_place,
    tap,
)

FIXTURES = (app, puppet)
WHITE = (255, 255, 255)


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


def test_a_finger_whose_leaving_was_never_told_is_let_go(app: App, clock: Clock) -> None:
    finger(pygame.FINGERDOWN, 1, app, puck_place(app, 0.5, 0.0))
    finger(pygame.FINGERDOWN, 2, app, style_place(app, "linux"))
    app.frame()
    circle = app.desk.circle
    clock.now += STILL + 1
    app.frame()
    assert not app.pictures["instrument"].touched
    assert app.desk.circle == circle  # a name that nobody let go of was not tapped
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
        # A window that opens tells where the mouse lies; that is no movement.
        post(pygame.MOUSEMOTION, (5, 5), buttons=(0, 0, 0), rel=(0, 0))
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

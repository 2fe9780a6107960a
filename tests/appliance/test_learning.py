"""Teaching a fader at the screen."""

import pygame
import pytest

from appliance.controls.hands import Hands
from tests.pupil import Faders
from tests.puppet import Clock
from tests.staging import Typing, greeted, key, puppet, slider_place, staged, tap

FIXTURES = (puppet,)


def sentence(app: object) -> str:
    return str(app.pictures["instrument"].status.sentence)  # type: ignore[attr-defined]  # an App


def test_a_fader_learns_the_slider_that_is_tapped(puppet: Typing, clock: Clock) -> None:
    box = Faders()
    with staged(puppet, clock, hands=Hands({"box": box})) as app:
        greeted(app, puppet)
        before = dict(app.desk.mixer.levels)
        key(pygame.K_l, "l")
        app.frame()
        assert "tap the slider" in sentence(app)
        tap(app, slider_place(app, "linux", 0.1))
        assert box.waits == "level/linux"
        assert "Linux" in sentence(app)
        assert app.desk.mixer.levels == before  # the tap chose, and moved nothing
        box.said = "Fader 7 plays Linux."
        app.frame()
        assert sentence(app) == "Fader 7 plays Linux."
        clock.now += 7.0
        app.frame()
        assert "status" not in app.pictures["instrument"].layout


def test_learning_can_be_broken_off(puppet: Typing, clock: Clock) -> None:
    box = Faders()
    with staged(puppet, clock, hands=Hands({"box": box})) as app:
        greeted(app, puppet)
        key(pygame.K_l, "l")
        app.frame()
        key(pygame.K_l, "l")
        app.frame()
        assert "status" not in app.pictures["instrument"].layout
        tap(app, slider_place(app, "linux", 1.0))
        assert box.waits is None
        assert app.desk.mixer.levels["linux"] == pytest.approx(1.0)


def test_where_nothing_can_learn_it_says_so(puppet: Typing, clock: Clock) -> None:
    with staged(puppet, clock) as app:
        greeted(app, puppet)
        key(pygame.K_l, "l")
        app.frame()
        tap(app, slider_place(app, "linux", 0.1))
        assert sentence(app) == "No control that is switched on can learn."


def test_a_slider_names_the_fader_that_plays_it(puppet: Typing, clock: Clock) -> None:
    with staged(puppet, clock) as app:
        greeted(app, puppet)
        plain = pygame.surfarray.array3d(app.screen.subsurface(app.panel("sliders")))
    again = Typing()
    with staged(again, clock, hands=Hands({"box": Faders()})) as app:
        greeted(app, again)
        named = pygame.surfarray.array3d(app.screen.subsurface(app.panel("sliders")))
    again.socket.close()
    assert plain.shape == named.shape
    assert (plain != named).any()

"""Teaching a fader at the screen."""

import pygame
import pytest

from appliance.controls.hands import Hands
from appliance.stage.panels.sliders import SlidersPanel
from tests.pupil import Faders
from tests.puppet import Clock
from tests.staging import Typing, greeted, key, panel, puppet, slider_place, staged, tap

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


def test_a_technician_who_walks_away_leaves_no_fader_to_be_taught(
    puppet: Typing, clock: Clock
) -> None:
    box = Faders()
    with staged(puppet, clock, hands=Hands({"box": box})) as app:
        greeted(app, puppet)
        key(pygame.K_l, "l")
        app.frame()
        clock.now += 61.0
        app.frame()
        assert "status" not in app.pictures["instrument"].layout
        tap(app, slider_place(app, "linux", 1.0))  # a slider again, nobody's choice
        assert app.desk.mixer.levels["linux"] == pytest.approx(1.0)
        key(pygame.K_l, "l")
        app.frame()
        tap(app, slider_place(app, "linux", 0.1))
        assert box.waits == "level/linux"
        clock.now += 61.0
        app.frame()
        assert box.waits is None


def test_where_nothing_can_learn_it_says_so(puppet: Typing, clock: Clock) -> None:
    with staged(puppet, clock) as app:
        greeted(app, puppet)
        key(pygame.K_l, "l")
        app.frame()
        tap(app, slider_place(app, "linux", 0.1))
        assert sentence(app) == "No control that is switched on can learn."


class Renumbered(Faders):
    def plays(self) -> dict[str, str]:
        return {"linux": "fader 8"}


def test_a_slider_names_the_fader_that_plays_it(clock: Clock) -> None:
    pictures = []
    for hands in (Hands({}), Hands({"box": Faders()}), Hands({"box": Renumbered()})):
        engine = Typing()
        with staged(engine, clock, hands=hands) as app:
            greeted(app, engine)
            pictures.append(pygame.surfarray.array3d(app.screen).astype(int))
            sliders = panel(app, "sliders")
            assert isinstance(sliders, SlidersPanel)
            x, y = slider_place(app, "linux", 0.5)
            left, top = app.panel("sliders").topleft
            grid = sliders.grid(app.desk)
            cells = [grid.cell(number) for number in range(len(app.desk.slugs))]
            [cell] = [each for each in cells if each.collidepoint(x - left, y - top)]
            name = sliders.parts(cell).name.move(left, top)
        engine.socket.close()
    plain, three, eight = pictures
    for one, other in ((plain, three), (three, eight)):
        changed = (one != other).any(axis=2)
        assert changed[name.left : name.right, name.top : name.bottom].any()
        changed[name.left : name.right, name.top : name.bottom] = False
        assert not changed.any(), "no other slider has a name of a fader"

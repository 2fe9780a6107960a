"""The operator's panel on a real stage: its buttons, its letters, and what it tells."""

from pathlib import Path

import pygame
import pytest

from appliance.stage.displays import Display
from appliance.stage.operator.kept import Shelf
from appliance.stage.operator.panel import WARN
from appliance.stage.theme import readable
from tests.operating import SIZES, answered, attended, drawn, enter, hold_corner, operator, press
from tests.puppet import Clock
from tests.staging import NIGHT, Typing, colours, puppet

FIXTURES = (puppet,)


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


@pytest.mark.parametrize(("size", "inches"), SIZES)
def test_what_the_page_says_above_the_panel_is_not_cut_off(
    puppet: Typing, clock: Clock, tmp_path: Path, size: tuple[int, int], inches: float
) -> None:
    with attended(puppet, clock, tmp_path, display=Display((0, 0, *size), "", inches)) as app:
        enter(app, clock)
        clock.now += 10.0  # the engine is silent: "The writers are waking …"
        app.frame()
        page = app.panel("text")
        last = pygame.Rect(page.x, page.bottom - 1, page.width, 1)
        assert colours(app.screen, last) == {NIGHT.ground}
        assert colours(app.screen, page) > {NIGHT.ground, NIGHT.ink}

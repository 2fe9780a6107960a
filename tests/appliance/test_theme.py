"""Colours that can be read, and the cuts that tell writers apart without them."""

import pytest

from appliance.catalogue import Catalogue
from appliance.stage.letters import CUTS
from appliance.stage.look import Cuts
from appliance.stage.theme import (
    BLACK,
    THEMES,
    WHITE,
    Theme,
    blend,
    contrast,
    dimmest,
    readable,
    rgb,
)

EVERY = pytest.mark.parametrize("theme", THEMES.values(), ids=list(THEMES))


def test_contrast_is_that_of_the_recommendation() -> None:
    assert contrast(BLACK, WHITE) == pytest.approx(21.0)
    assert contrast(WHITE, WHITE) == pytest.approx(1.0)
    # The darkest grey that passes on white, as commonly cited: #767676 at 4.54.
    assert contrast(rgb("#767676"), WHITE) == pytest.approx(4.54, abs=0.01)


@EVERY
def test_every_shipped_style_can_be_read_on_every_ground(theme: Theme, shipped: Catalogue) -> None:
    assert len(shipped.styles) == 24
    for style in shipped.styles.values():
        colour = rgb(style.colour)
        for ground in (theme.card, theme.blue, theme.pink):
            assert contrast(readable(colour, ground, theme.near), ground) >= 4.5
        assert contrast(readable(colour, theme.ground, theme.far), theme.ground) >= 7.0


@EVERY
def test_inks_can_be_read_on_every_ground(theme: Theme) -> None:
    for ground in (theme.ground, theme.card, theme.blue, theme.pink):
        assert contrast(theme.ink, ground) >= 7.0
        assert contrast(theme.faint, ground) >= 4.5


@EVERY
def test_fading_lines_can_be_read_until_they_leave(theme: Theme, shipped: Catalogue) -> None:
    share = dimmest(theme.ground, theme.far, theme.near)
    assert 0.5 < share < 1.0
    for style in shipped.styles.values():
        colour = readable(rgb(style.colour), theme.ground, theme.far)
        assert contrast(blend(colour, theme.ground, share), theme.ground) >= 4.2


def test_a_colour_that_can_be_read_is_left_alone() -> None:
    assert readable((20, 200, 240), (8, 9, 13), 7.0) == (20, 200, 240)


def test_styles_that_play_together_have_different_cuts() -> None:
    cuts = Cuts()
    company = [f"style {i}" for i in range(len(CUTS))]
    cuts.meet(company)
    assert [cuts.of(slug) for slug in company] == list(CUTS)
    cuts.meet(["a newcomer", "style 0"])
    assert cuts.of("style 0") == CUTS[0]
    assert cuts.of("a newcomer") != CUTS[0]
    assert cuts.of("never seen") in CUTS

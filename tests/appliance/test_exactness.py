"""A style that was caught up in one run expects what it would have, fed one character at a time.

On the shipped files, through the engine's own ensemble, at many places: the end of what each of
several styles types. And a state that has gone bad is renewed there too.
"""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from appliance.catalogue import Catalogue, read_catalogue
from appliance.engine.ensemble import CATCH_UP, RENEW_AFTER, Ensemble
from appliance.engine.model import Model
from appliance.engine.sampling import Floats
from appliance.engine.session import Provider
from tests.conftest import MODELS, PATIENCE

FOLDER = Path(__file__).parents[1] / "golden"
SLUGS = list(read_catalogue(MODELS).styles)
PLACES = ["austen", "homer", "kama_sutra", "latex", "linux", "love_songs", "trump"]
FLOAT_FORM = Provider(dequantised=True)
Load = Callable[[str], Model]


def place(slug: str) -> str:
    """Return 79 characters: with the line end that begins a text, all that catch-up reads."""
    return (FOLDER / f"{slug}.txt").read_bytes().decode("ascii")[1 - CATCH_UP :]


def fed(model: Model, text: str) -> Floats:
    """Return what a style expects that has read a text, (128,), one character at a time."""
    with Ensemble({"style": model}) as ensemble:
        ensemble.weigh(np.ones(1))
        ensemble.settle()
        for character in text:
            ensemble.read(character)
        return heard(ensemble)


def caught_up(model: Model, text: str) -> Floats:
    """Return what it expects that became fed at the end of the text."""
    with Ensemble({"style": model}) as ensemble:
        ensemble.restart(text)
        ensemble.weigh(np.ones(1))
        ensemble.settle()
        return heard(ensemble)


def heard(ensemble: Ensemble) -> Floats:
    """Return what the only style expects, (128,)."""
    opinions = ensemble.opinions()
    assert opinions is not None
    only: Floats = opinions.distributions[0]
    return only


def total_variation(p: Floats, q: Floats) -> float:
    return float(0.5 * np.abs(p - q).sum())


@pytest.mark.parametrize("slug", ["apollo11", "bible", "dalai_lama", "linux", "love_songs"])
def test_in_float_form_caught_up_is_fed(slug: str, shipped: Catalogue) -> None:
    model = Model(shipped.styles[slug].path, FLOAT_FORM)
    for where in PLACES:
        text = place(where)
        assert caught_up(model, text) == pytest.approx(fed(model, text), abs=1e-5), where


@pytest.mark.parametrize("slug", SLUGS)
def test_as_shipped_caught_up_is_fed_within_a_fiftieth(slug: str, load: Load) -> None:
    apart = {
        where: total_variation(caught_up(load(slug), place(where)), fed(load(slug), place(where)))
        for where in [*PLACES, slug]
    }
    assert {where: tv for where, tv in apart.items() if tv > 0.02} == {}


@pytest.mark.parametrize("slug", ["austen", "linux", "shelley"])
@pytest.mark.parametrize("bad", [50.0, 1e6])
def test_a_shipped_style_in_a_bad_state_is_as_good_as_new_once_it_is_renewed(
    slug: str, bad: float, load: Load
) -> None:
    text = place("austen")
    with Ensemble({slug: load(slug)}) as ensemble:
        ensemble.restart(text)
        ensemble.weigh(np.ones(1))
        ensemble.settle()
        reader = ensemble._ready[slug]
        reader.state = tuple(np.full_like(part, bad) for part in reader.state)
        # Reading on empties such cells in time, but a character does not.
        ensemble.read("I")
        assert total_variation(heard(ensemble), caught_up(load(slug), text + "I")) > 0.05
        reader.age = RENEW_AFTER
        ensemble.read("t")
        with ensemble._changed:
            assert ensemble._changed.wait_for(lambda: ensemble.renewals, PATIENCE)
        assert np.array_equal(heard(ensemble), caught_up(load(slug), text + "It"))

"""Styles that are never mixed together: the same in the engine and on the stage."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance import wire
from appliance.apart import kept_apart
from appliance.controls.mixer import Mixer
from appliance.engine.score import Score
from appliance.joint import Joint

GROUPS = [["bible", "kuran"], ["trump", "lincoln", "bible"]]
STYLES = ("bible", "kuran", "lincoln", "linux", "trump")
mixtures = st.dictionaries(st.sampled_from(STYLES), st.floats(0, 1), max_size=len(STYLES))


def score() -> Score:
    return Score(
        STYLES, active=STYLES, weights={}, temperature=0.7, pace=14.0, joint=Joint.LINEAR,
        apart=GROUPS,
    )  # fmt: skip


def test_the_heaviest_of_a_group_is_heard_and_the_others_are_not() -> None:
    weights = {"bible": 0.3, "kuran": 0.5, "linux": 0.2}
    assert kept_apart(weights, GROUPS) == {"bible": 0.0, "kuran": 0.5, "linux": 0.2}


def test_of_equals_the_first_that_is_named_is_heard() -> None:
    assert kept_apart({"kuran": 0.5, "bible": 0.5}, GROUPS) == {"kuran": 0.0, "bible": 0.5}


def test_without_groups_everything_is_mixed() -> None:
    assert kept_apart({"bible": 0.5, "kuran": 0.5}, []) == {"bible": 0.5, "kuran": 0.5}


@given(mixtures)
def test_no_two_of_a_group_are_ever_heard_and_never_nobody(weights: dict[str, float]) -> None:
    kept = kept_apart(weights, GROUPS)
    for group in GROUPS:
        assert sum(kept.get(slug, 0.0) > 0 for slug in group) <= 1
    assert any(kept.values()) == any(weights.values())
    assert all(kept[slug] in (0.0, weight) for slug, weight in weights.items())


def test_whoever_asks_the_engine_keeps_them_apart() -> None:
    played = score()
    played.take(wire.Weights((("bible", 0.4), ("kuran", 0.6), ("linux", 1.0))))
    assert played.mixture() == pytest.approx({"kuran": 0.375, "linux": 0.625})
    played.take(wire.Weight("bible", 0.9))
    assert set(played.mixture()) == {"bible", "linux"}


def test_a_mixture_of_the_settings_is_kept_apart_too() -> None:
    opened = Score(
        STYLES, active=STYLES, weights={"bible": 0.5, "kuran": 0.5}, temperature=0.7, pace=14.0,
        joint=Joint.LINEAR, apart=GROUPS,
    )  # fmt: skip
    assert opened.mixture() == {"bible": 1.0}


@given(mixtures)
def test_what_the_stage_sends_the_engine_plays_unchanged(levels: dict[str, float]) -> None:
    mixer, played = Mixer(apart=GROUPS), score()
    mixer.offer(STYLES)
    mixer.set_levels(levels)
    sent = {slug: weight for slug, weight in mixer.weights().items() if weight > 0}
    played.take(wire.Weights(tuple(sent.items())))
    assert played.mixture().keys() == sent.keys()
    assert all(abs(played.mixture()[slug] - weight) < 1e-9 for slug, weight in sent.items())


def test_faders_stay_where_hands_have_put_them() -> None:
    mixer = Mixer(apart=GROUPS)
    mixer.offer(STYLES)
    mixer.set_levels({"bible": 0.4, "kuran": 0.8})
    assert mixer.weights()["bible"] == 0.0
    assert mixer.levels["bible"] == 0.4

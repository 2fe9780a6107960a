import pytest

from appliance.controls.mixer import Mixer


@pytest.fixture
def mixer() -> Mixer:
    made = Mixer()
    made.offer(["a", "b", "c"])
    return made


def test_weights_are_levels_in_proportion(mixer: Mixer) -> None:
    mixer.set_level("a", 0.25)
    mixer.set_level("b", 0.75)
    assert mixer.weights() == {"a": 0.25, "b": 0.75}
    mixer.set_level("a", 0.0)
    mixer.set_level("b", 0.0)
    assert mixer.weights() == {"a": 0.0, "b": 0.0}


def test_a_style_that_is_raised_wakes_and_one_that_sleeps_is_silent(mixer: Mixer) -> None:
    mixer.set_level("c", 0.5)
    assert mixer.active == ("c",)
    mixer.set_active("c", on=False)
    assert (len(mixer.active), mixer.levels["c"]) == (0, 0.0)


def test_levels_stay_between_zero_and_one_and_strangers_are_ignored(mixer: Mixer) -> None:
    mixer.set_level("a", 7.0)
    mixer.set_level("b", -7.0)
    mixer.set_level("nobody", 1.0)
    assert mixer.levels == {"a": 1.0, "b": 0.0, "c": 0.0}


def test_what_was_sent_and_comes_back_is_not_another_hand(mixer: Mixer) -> None:
    mixer.set_levels({"a": 0.2, "b": 0.6})
    mixer.sent()
    assert not mixer.adopt({"a": 0.25, "b": 0.75}, ["a", "b"])
    assert mixer.levels == {"a": 0.2, "b": 0.6, "c": 0.0}


def test_another_hand_is_adopted_at_the_height_of_the_highest_fader(mixer: Mixer) -> None:
    mixer.set_levels({"a": 0.2, "b": 0.6})
    mixer.sent()
    assert mixer.adopt({"c": 0.8, "b": 0.2}, ["b", "c"])
    assert mixer.levels == pytest.approx({"a": 0.0, "b": 0.15, "c": 0.6})
    assert mixer.weights() == pytest.approx({"b": 0.2, "c": 0.8})
    assert not mixer.adopt({"c": 0.8, "b": 0.2}, ["b", "c"])


def test_faders_of_styles_that_stay_keep_their_place(mixer: Mixer) -> None:
    mixer.set_level("b", 0.5)
    mixer.offer(["b", "d"])
    assert mixer.levels == {"b": 0.5, "d": 0.0}

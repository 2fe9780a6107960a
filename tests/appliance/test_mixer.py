import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.controls.faders import GLIDE
from appliance.controls.mixer import Mixer
from appliance.takeover import Takeover

STYLES = ["a", "b", "c"]
LEVEL = st.floats(0.0, 1.0)
GESTURES = st.lists(
    st.tuples(
        st.sampled_from(["finger", "box", "other box", "on", "off", "all"]),
        st.sampled_from(STYLES),
        LEVEL,
        st.floats(0.0, 0.5),  # seconds that pass
    ),
    max_size=40,
)


def made(smoothing: float = 0.0, takeover: Takeover = Takeover.GLIDE) -> Mixer:
    mixer = Mixer(smoothing, takeover)
    mixer.offer(STYLES)
    mixer.advance(0.0)
    return mixer


def play(mixer: Mixer, gestures: list[tuple[str, str, float, float]]) -> float:
    now = 0.0
    for kind, slug, level, passes in gestures:
        match kind:
            case "finger":
                mixer.set_level(slug, level)
            case "box" | "other box":
                mixer.move(slug, level, kind, now)
            case "all":
                mixer.set_levels({slug: level})
            case _:
                mixer.set_active(slug, kind == "on")
        now += passes
        mixer.advance(now)
    return now


@pytest.fixture
def mixer() -> Mixer:
    return made()


def test_weights_are_levels_in_proportion(mixer: Mixer) -> None:
    mixer.set_level("a", 0.25)
    mixer.set_level("b", 0.75)
    assert not mixer.advance(0.1)
    assert mixer.weights() == {"a": 0.25, "b": 0.75}
    mixer.set_level("a", 0.0)
    mixer.set_level("b", 0.0)
    mixer.advance(0.2)
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
    assert not mixer.move("nobody", 1.0, "box", 0.0)
    assert mixer.levels == {"a": 1.0, "b": 0.0, "c": 0.0}


def test_what_was_sent_and_comes_back_is_not_another_hand(mixer: Mixer) -> None:
    mixer.set_levels({"a": 0.2, "b": 0.6})
    mixer.advance(0.1)
    mixer.sent()
    assert not mixer.adopt({"a": 0.25, "b": 0.75}, ["a", "b"])
    assert mixer.levels == {"a": 0.2, "b": 0.6, "c": 0.0}


def test_another_hand_is_adopted_at_the_height_of_the_highest_fader(mixer: Mixer) -> None:
    mixer.set_levels({"a": 0.2, "b": 0.6})
    mixer.advance(0.1)
    mixer.sent()
    assert mixer.adopt({"c": 0.8, "b": 0.2}, ["b", "c"])
    assert mixer.levels == pytest.approx({"a": 0.0, "b": 0.15, "c": 0.6})
    assert mixer.weights() == pytest.approx({"b": 0.2, "c": 0.8})
    assert not mixer.adopt({"c": 0.8, "b": 0.2}, ["b", "c"])


def test_faders_of_styles_that_stay_keep_their_place(mixer: Mixer) -> None:
    mixer.set_level("b", 0.5)
    mixer.offer(["b", "d"])
    assert mixer.levels == {"b": 0.5, "d": 0.0}


def test_a_box_that_takes_over_glides_from_where_the_level_stands(mixer: Mixer) -> None:
    mixer.set_level("a", 1.0)
    mixer.advance(1.0)
    assert mixer.move("a", 0.2, "box", 1.0)
    assert mixer.levels["a"] == 1.0
    assert mixer.advance(1.0 + GLIDE / 2)
    assert mixer.levels["a"] == pytest.approx(0.6)
    mixer.move("a", 0.4, "box", 1.0 + GLIDE / 2)  # it is moved on meanwhile
    assert not mixer.advance(1.0 + GLIDE)
    assert mixer.levels["a"] == 0.4
    mixer.move("a", 0.9, "box", 2.0)  # and has the level from now on
    assert mixer.levels["a"] == 0.9


def test_a_finger_takes_a_fader_back_in_the_middle_of_a_glide(mixer: Mixer) -> None:
    mixer.set_level("a", 1.0)
    mixer.move("a", 0.0, "box", 0.0)
    mixer.advance(GLIDE / 2)
    mixer.set_level("a", 0.7)
    mixer.advance(GLIDE)
    assert mixer.levels["a"] == 0.7


@pytest.mark.parametrize("way", [(0.1, 0.3, 0.5, 0.7), (0.9, 0.8, 0.7, 0.4)])
def test_by_pickup_a_box_has_a_level_when_it_passes_it(way: tuple[float, ...]) -> None:
    mixer = made(takeover=Takeover.PICKUP)
    mixer.set_level("a", 0.6)
    taken = [mixer.move("a", at, "box", i + 1.0) for i, at in enumerate(way)]
    assert taken == [False, False, False, True]
    mixer.advance(9.0)
    assert mixer.levels["a"] == way[-1]


def test_by_pickup_a_box_loses_a_level_that_another_hand_moved() -> None:
    mixer = made(takeover=Takeover.PICKUP)
    assert mixer.move("a", 0.0, "box", 0.0)
    assert mixer.move("a", 0.5, "box", 0.1)
    mixer.set_level("a", 0.9)
    assert not mixer.move("a", 0.55, "box", 0.2)
    assert mixer.levels["a"] == 0.9


def test_weights_follow_the_levels_by_their_time_constant() -> None:
    mixer = made(smoothing=0.1)
    mixer.set_levels({"a": 1.0})
    mixer.advance(10.0)
    mixer.set_levels({"b": 1.0})
    assert mixer.levels["b"] == 1.0, "the knob is under the finger"
    mixer.advance(10.1)
    assert mixer.weights()["b"] == pytest.approx(1.0 - 1.0 / 2.718281828)
    for i in range(20):
        mixer.advance(10.2 + i / 10)
    assert mixer.weights() == {"a": 0.0, "b": 1.0}
    assert not mixer.advance(13.0)


@given(GESTURES, st.sampled_from([0.0, 0.2]), st.sampled_from(list(Takeover)))
def test_whatever_hands_do_weights_are_shares_of_the_active_alone(
    gestures: list[tuple[str, str, float, float]], smoothing: float, takeover: Takeover
) -> None:
    mixer = made(smoothing, takeover)
    play(mixer, gestures)
    weights = mixer.weights()
    assert set(weights) == set(mixer.active)
    assert all(0.0 <= level <= 1.0 for level in mixer.levels.values())
    assert all(weight >= 0.0 for weight in weights.values())
    assert sum(weights.values()) == pytest.approx(1.0) or not any(weights.values())


@given(GESTURES, st.sampled_from(STYLES), LEVEL)
def test_the_last_hand_on_a_fader_wins(
    gestures: list[tuple[str, str, float, float]], slug: str, level: float
) -> None:
    mixer = made()
    now = play(mixer, gestures)
    assert mixer.move(slug, level, "last", now)
    mixer.advance(now + 2 * GLIDE)
    assert mixer.levels[slug] == level


@given(GESTURES)
def test_everything_comes_to_rest_where_it_was_aimed(
    gestures: list[tuple[str, str, float, float]],
) -> None:
    mixer = made(smoothing=0.05)
    now = play(mixer, gestures)
    mixer.advance(now + 1.0)
    mixer.advance(now + 3.0)
    assert not mixer.advance(now + 3.1)
    assert mixer.weights() == mixer.aims()


@given(GESTURES)
def test_with_all_faders_down_there_is_silence(
    gestures: list[tuple[str, str, float, float]],
) -> None:
    mixer = made(smoothing=0.05)
    now = play(mixer, gestures)
    mixer.set_levels({})
    mixer.advance(now + 3.0)
    assert not any(mixer.weights().values())

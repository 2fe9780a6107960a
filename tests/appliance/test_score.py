import numpy as np

from appliance import wire
from appliance.engine.score import Score
from appliance.joint import Joint


def score(**weights: float) -> Score:
    return Score(
        ["bible", "linux", "trump"],
        active=["bible", "linux"],
        weights=weights,
        temperature=0.7,
        pace=14.0,
        joint=Joint.LINEAR,
    )


def test_the_mixture_sums_to_one() -> None:
    assert score(bible=1.0, linux=3.0).mixture() == {"bible": 0.25, "linux": 0.75}


def test_all_zero_is_silence() -> None:
    assert score().mixture() == {}
    assert not score().weights.any()


def test_what_may_not_play_stays_at_zero_whoever_asks() -> None:
    playing = score(bible=1.0)
    playing.take(wire.Weights((("mein_kampf", 5.0), ("linux", 1.0))))
    playing.take(wire.Weight("mein_kampf", 5.0))
    playing.take(wire.Active(("mein_kampf", "linux")))
    assert playing.mixture() == {"linux": 1.0}
    assert playing.active == ("linux",)


def test_deactivating_takes_the_weight_to_zero_and_weight_wakes() -> None:
    playing = score(bible=0.5, linux=0.5)
    playing.take(wire.Active(("linux",)))
    assert playing.mixture() == {"linux": 1.0}
    playing.take(wire.Weight("trump", 1.0))
    assert playing.active == ("linux", "trump")
    assert playing.mixture() == {"linux": 1 / 3, "trump": 2 / 3}


def test_the_rest_of_the_score() -> None:
    playing = score(bible=1.0)
    for message in (
        wire.Temperature(0.1), wire.Pace(3.0), wire.SetJoint("log-linear"), wire.Hold(1),
    ):  # fmt: skip
        assert playing.take(message)
    assert (playing.temperature, playing.pace, playing.hold) == (0.1, 3.0, True)
    assert playing.joint is Joint.LOG_LINEAR
    assert not playing.take(wire.Reset())
    assert np.array_equal(playing.weights, [1.0, 0.0, 0.0])


def test_styles_that_are_never_mixed_are_kept_apart_when_faders_are_moved_one_by_one_too() -> None:
    playing = Score(
        ["bible", "linux"], active=["bible", "linux"], weights={"bible": 1.0}, temperature=0.7,
        pace=14.0, joint=Joint.LINEAR, apart=[("bible", "linux")],
    )  # fmt: skip
    playing.take(wire.Weight("linux", 2.0))
    assert playing.mixture() == {"linux": 1.0}

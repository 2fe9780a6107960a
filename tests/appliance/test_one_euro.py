import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.controls.one_euro import Floats, Smooth, smooth

RATE = 1 / 100  # seconds from sample to sample

places = st.lists(st.floats(-500, 500), min_size=1, max_size=40)
cutoffs = st.floats(0.1, 20)
betas = st.floats(0, 1)


def follow(samples: list[float], min_cutoff: float = 1.0, beta: float = 0.0) -> list[float]:
    """Return what the filter makes of samples of one axis, 10 ms apart."""
    state, found = None, []
    for number, sample in enumerate(samples):
        at = np.array([sample])
        state = smooth(state, at, number * RATE, min_cutoff=min_cutoff, beta=beta)
        found.append(float(state.value[0]))
    return found


@given(st.floats(-500, 500), cutoffs, betas)
def test_what_rests_stays(at: float, min_cutoff: float, beta: float) -> None:
    assert follow([at] * 20, min_cutoff, beta) == pytest.approx([at] * 20)


@given(places, cutoffs, betas)
def test_it_never_leaves_what_it_has_seen(
    samples: list[float], min_cutoff: float, beta: float
) -> None:
    for number, value in enumerate(follow(samples, min_cutoff, beta)):
        seen = samples[: number + 1]
        assert min(seen) - 1e-9 <= value <= max(seen) + 1e-9


@given(places, cutoffs, betas, st.floats(-500, 500))
def test_it_does_not_matter_where_the_origin_is(
    samples: list[float], min_cutoff: float, beta: float, shift: float
) -> None:
    moved = follow([sample + shift for sample in samples], min_cutoff, beta)
    there = [value + shift for value in follow(samples, min_cutoff, beta)]
    assert moved == pytest.approx(there, abs=1e-6)


@given(st.floats(0.2, 10))
def test_at_rest_it_is_a_low_pass_with_that_cutoff(min_cutoff: float) -> None:
    step = follow([0.0] + [1.0] * 30, min_cutoff)
    turn = 2 * math.pi * min_cutoff * RATE
    assert step == pytest.approx([1 - (1 + turn) ** -n for n in range(31)])


@given(betas.filter(lambda beta: beta > 1e-3), st.floats(50, 1000))
def test_speed_makes_it_prompt(beta: float, speed: float) -> None:
    way = [speed * number * RATE for number in range(30)]
    assert follow(way, 1.0, beta)[-1] > follow(way, 1.0, 0.0)[-1]


def test_a_trembling_hand_is_stilled_and_a_moving_one_is_not_left_behind() -> None:
    random = np.random.default_rng(1)
    tremble = random.normal(0.0, 1.0, 400)
    still = np.array(follow(list(tremble), 1.5, 0.02))[100:]
    assert still.std() < 0.4 * tremble[100:].std()
    way = [500.0 * number * RATE for number in range(100)]  # half a metre a second
    assert way[-1] - follow(way, 1.5, 0.02)[-1] < 20.0


@given(st.floats(0, 2 * math.pi))
def test_a_straight_gesture_stays_straight(direction: float) -> None:
    heading: Floats = np.array([math.cos(direction), math.sin(direction)])
    state = None
    for number in range(20):
        at = heading * 3.0 * number**1.5
        state = smooth(state, at, number * RATE, min_cutoff=1.0, beta=0.05)
        across = heading[0] * state.value[1] - heading[1] * state.value[0]
        assert across == pytest.approx(0.0, abs=1e-9)


def test_a_second_sample_of_the_same_moment_changes_nothing() -> None:
    state = Smooth(np.array([1.0]), np.array([2.0]), 5.0)
    assert smooth(state, np.array([9.0]), 5.0, min_cutoff=1.0, beta=0.1) is state


def test_a_clock_that_goes_back_begins_anew() -> None:
    state = Smooth(np.array([1.0]), np.array([2.0]), 5.0)
    anew = smooth(state, np.array([9.0]), 1.0, min_cutoff=1.0, beta=0.1)
    assert (anew.value[0], anew.speed[0], anew.when) == (9.0, 0.0, 1.0)

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from appliance.controls.puck import centroid, inside, places, weights

counts = st.integers(1, 24)
coordinates = st.floats(-1, 1)
sharpnesses = st.floats(0.5, 12)


@given(counts, sharpnesses, st.data())
def test_at_a_style_that_style_alone(count: int, sharpness: float, data: st.DataObject) -> None:
    one = data.draw(st.integers(0, count - 1))
    x, y = places(count)[one]
    assert weights(x, y, count, sharpness) == pytest.approx(np.eye(count)[one], abs=1e-6)


@given(counts, sharpnesses)
def test_in_the_centre_all_equally(count: int, sharpness: float) -> None:
    assert weights(0.0, 0.0, count, sharpness) == pytest.approx(np.full(count, 1 / count))


@given(coordinates, coordinates, counts, sharpnesses)
def test_weights_sum_to_one_and_the_nearest_is_heaviest(
    x: float, y: float, count: int, sharpness: float
) -> None:
    found = weights(x, y, count, sharpness)
    assert found.sum() == pytest.approx(1.0)
    assert (found >= 0).all()
    distance = np.hypot(*(places(count) - (x, y)).T)
    assert found[distance.argmin()] == pytest.approx(found.max())


@given(coordinates, coordinates, st.integers(2, 24), st.sampled_from([1.0, 2.0, 5.0]))
def test_a_weight_is_the_distance_to_the_power_of_minus_the_sharpness(
    x: float, y: float, count: int, sharpness: float
) -> None:
    distance = np.hypot(*(places(count) - (x, y)).T)
    assume(distance.min() > 1e-3)
    wanted = distance**-sharpness / (distance**-sharpness).sum()
    assert weights(x, y, count, sharpness) == pytest.approx(wanted)


@given(coordinates, coordinates, counts, st.floats(0, 2 * np.pi))
def test_a_small_step_changes_the_weights_a_little(
    x: float, y: float, count: int, direction: float
) -> None:
    step = 1e-7
    there = weights(x + step * np.cos(direction), y + step * np.sin(direction), count)
    assert np.abs(there - weights(x, y, count)).max() < 1e-2


def test_the_first_style_is_at_the_top_and_they_go_clockwise() -> None:
    assert places(4) == pytest.approx(np.array([[0, -1], [1, 0], [0, 1], [-1, 0]]), abs=1e-12)


def test_no_style_no_weight() -> None:
    assert weights(0.1, 0.2, 0).shape == (0,)


@pytest.mark.parametrize(
    ("outside", "nearest"), [((3.0, 0.0), (1.0, 0.0)), ((0.3, 0.4), (0.3, 0.4)), ((0, -9), (0, -1))]
)
def test_the_puck_stays_inside(outside: tuple[float, float], nearest: tuple[float, float]) -> None:
    assert inside(*outside) == pytest.approx(nearest)


@given(coordinates, coordinates, st.integers(2, 12))
def test_a_mixture_set_elsewhere_shows_on_the_side_of_its_heaviest(
    x: float, y: float, count: int
) -> None:
    mixture = weights(*inside(x, y), count)
    place = np.array(centroid(mixture))
    assert np.hypot(*place) <= 1.0 + 1e-9
    assert (places(count) @ place)[mixture.argmax()] >= -1e-9


def test_silence_shows_in_the_centre() -> None:
    assert centroid(np.zeros(5)) == (0.0, 0.0)

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.engine.sampling import draw, entropy, softmax, temper

THREE = np.array([0.2, 0.5, 0.3])


def test_softmax_of_huge_logits_is_finite() -> None:
    logits = np.array([[1e4, 1e4 - 1, -np.inf]], dtype=np.float32)
    p = softmax(logits)
    assert p[0] == pytest.approx([0.7310586, 0.2689414, 0.0])


@pytest.mark.parametrize(
    ("temperature", "expected"),
    [
        (1.0, [0.2, 0.5, 0.3]),
        (0.5, [0.04 / 0.38, 0.25 / 0.38, 0.09 / 0.38]),
        (0.0, [0.0, 1.0, 0.0]),
        (2.0, np.sqrt(THREE) / np.sqrt(THREE).sum()),
        (0.001, [0.0, 1.0, 0.0]),
    ],
)
def test_temperature(temperature: float, expected: list[float]) -> None:
    assert temper(THREE, temperature) == pytest.approx(expected)


def test_temperature_on_many_texts_at_once() -> None:
    both = temper(np.stack([THREE, THREE[::-1]]), 0.0)
    assert both.argmax(axis=1).tolist() == [1, 1]
    assert both.sum(axis=1).tolist() == [1.0, 1.0]


@pytest.mark.parametrize(
    ("u", "expected"),
    [(0.0, 0), (0.1999, 0), (0.2001, 1), (0.6999, 1), (0.7001, 2), (1 - 1e-16, 2)],
)
def test_a_draw_falls_where_u_points(u: float, expected: int) -> None:
    assert int(draw(THREE, u)) == expected


@given(st.floats(0, 1, exclude_max=True), st.integers(0, 2**32 - 1))
def test_an_impossible_character_is_never_drawn(u: float, seed: int) -> None:
    random = np.random.default_rng(seed)
    p = random.uniform(size=128) * (random.uniform(size=128) < 0.3)
    p[random.integers(128)] = 1.0
    p /= p.sum()
    assert p[int(draw(p, u))] > 0.0


def test_draws_follow_the_distribution() -> None:
    u = np.random.default_rng(3).random(30_000)
    drawn = draw(np.broadcast_to(THREE, (30_000, 3)), u)
    assert np.bincount(drawn) / 30_000 == pytest.approx(THREE, abs=0.01)


def test_entropy_of_the_certain_and_of_a_coin() -> None:
    assert entropy(np.array([1.0, 0.0])) == 0.0
    assert entropy(np.array([0.5, 0.5])) == 1.0

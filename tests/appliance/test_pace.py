import numpy as np
import pytest

from appliance.engine.pace import interval


def test_an_even_pace_is_a_clock() -> None:
    random = np.random.default_rng(1)
    assert {interval(20.0, 0.0, c, random) for c in "a \n."} == {0.05}


def test_as_fast_as_it_can() -> None:
    assert interval(0.0, 0.5, "a", np.random.default_rng(1)) == 0.0


@pytest.mark.parametrize("unevenness", [0.2, 0.5, 1.0])
def test_an_uneven_pace_keeps_its_mean_over_prose(unevenness: float) -> None:
    random = np.random.default_rng(1)
    prose = "It was the best of times, it was the worst of times; and so on. " * 100
    seconds = sum(interval(10.0, unevenness, c, random) for c in prose)
    assert seconds / len(prose) == pytest.approx(0.1, rel=0.1)


def test_a_typist_pauses_at_the_end_of_a_line() -> None:
    random = np.random.default_rng(1)
    letters = np.mean([interval(10.0, 0.5, "e", random) for _ in range(2_000)])
    lines = np.mean([interval(10.0, 0.5, "\n", random) for _ in range(2_000)])
    assert lines > 1.2 * letters

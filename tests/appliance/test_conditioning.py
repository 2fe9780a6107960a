from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from appliance.controls.conditioning import (
    LEARNABLE,
    MOST,
    Conditioner,
    Floats,
    along,
    cut,
    ends,
    learned,
    rail,
    vanished,
)

STEP = 0.01  # seconds between readings
STILL = 0.005 * MOST  # counts below which nothing has moved
SETTLED = 60  # readings after which a fader has come to rest
counts = st.integers(0, MOST)
pairs = st.tuples(counts, counts).filter(lambda pair: abs(pair[1] - pair[0]) >= LEARNABLE)


def conditioner(pair: tuple[float, float] = (0.0, MOST), smoothing: float = 0.02) -> Conditioner:
    return Conditioner(np.array([pair], float), smoothing=smoothing, band=0.02, still=0.005)


def feed(faders: Conditioner, readings: Sequence[float], start: float = 0.0) -> list[float]:
    """Return everything the only fader said."""
    said: list[float] = []
    for n, reading in enumerate(readings):
        said += faders.take(np.array([float(reading)]), start + n * STEP).values()
    return said


@given(counts, pairs, st.lists(st.integers(-2, 2), min_size=5, max_size=60))
def test_a_resting_fader_says_nothing_whatever_the_noise_of_two_counts(
    at: int, pair: tuple[int, int], noise: list[int]
) -> None:
    assert feed(conditioner(pair), [min(MOST, max(0, at + n)) for n in noise]) == []


@given(counts, counts, pairs, st.lists(st.integers(-2, 2), min_size=5, max_size=60))
def test_nor_when_it_has_come_to_rest(
    start: int, at: int, pair: tuple[int, int], noise: list[int]
) -> None:
    # A shift that is no move yet, but is one together with the noise, may be told then.
    assume(not STILL - 2 <= abs(at - start) <= STILL)
    faders = conditioner(pair)
    feed(faders, [start] * 5 + [at] * SETTLED)
    assert feed(faders, [min(MOST, max(0, at + n)) for n in noise], 1.0) == []


def test_a_shift_that_is_no_move_is_told_once_at_most_and_no_further_than_it_is() -> None:
    faders = conditioner()
    assert feed(faders, [500] * 5 + [504] * SETTLED) == []
    said = feed(faders, [506, 506, 506, 502, 506] * SETTLED, 1.0)
    assert len(said) <= 2 and all(abs(s * 0.96 + 0.02 - 505 / MOST) < 0.003 for s in said)


def test_where_it_came_to_rest_is_told_to_the_count() -> None:
    faders = conditioner()
    said = feed(faders, [500] * 5 + list(range(500, 704)) + [703] * SETTLED)
    assert said == sorted(said)
    assert said[-1] == pytest.approx((703 / MOST - 0.02) / 0.96, abs=1e-4)


@given(counts, pairs)
def test_a_fader_that_is_moved_arrives(at: int, pair: tuple[int, int]) -> None:
    faders = conditioner(pair)
    start = pair[0] if abs(at - pair[0]) > abs(at - pair[1]) else pair[1]
    feed(faders, [start] * 5 + [at] * SETTLED)
    band = max(0.02, 2 * 0.005 * MOST / abs(pair[1] - pair[0]))
    wanted = cut(along(np.array([float(at)]), np.array([pair], float), band))
    assert faders.stand == pytest.approx(wanted, abs=1e-3)


@given(pairs, st.integers(-8, 8))
def test_both_ends_are_reached_exactly(pair: tuple[int, int], off: int) -> None:
    faders = conditioner(pair)
    bottom, top = (min(MOST, max(0, end + off // 2)) for end in pair)
    middle = sum(pair) / 2
    assert feed(faders, [middle] * 5 + [top] * SETTLED)[-1] == 1.0
    assert feed(faders, [bottom] * SETTLED, 1.0)[-1] == 0.0


@given(arrays(float, 7, elements=st.floats(0, MOST)), st.floats(0, 0.2), pairs)
def test_higher_is_never_lower(readings: Floats, band: float, pair: tuple[int, int]) -> None:
    reach = np.tile(np.array([pair], float), (7, 1))
    ordered = np.sort(readings)
    way = cut(along(ordered, reach, band))
    assert ((way >= 0) & (way <= 1)).all()
    steps = np.diff(way) if pair[1] > pair[0] else -np.diff(way)
    assert (steps >= 0).all()


@given(pairs)
def test_what_was_learned_is_where_the_ends_are(pair: tuple[int, int]) -> None:
    found, faders = learned(np.array([float(pair[0])]), np.array([float(pair[1])]))
    assert faders.tolist() == [True]
    for end, way in zip(pair, (0.0, 1.0), strict=True):
        assert cut(along(np.array([float(end)]), found, 0.02)).tolist() == [way]


def test_a_channel_that_was_not_moved_is_no_fader() -> None:
    _, faders = learned(np.array([3.0, 500.0, 1020.0]), np.array([1019.0, 520.0, 5.0]))
    assert faders.tolist() == [True, False, True]


def test_a_fader_may_be_wired_the_other_way_round() -> None:
    reach = ends(3, inverted=(1, 9))
    assert along(np.full(3, 1023.0), reach, 0.0).tolist() == [1.0, 0.0, 1.0]


def test_two_spikes_in_five_readings_are_not_heard() -> None:
    assert feed(conditioner(smoothing=0.0), [512] * 5 + [0, 1023, 512, 512, 512, 0, 512]) == []


def test_only_the_fader_that_was_moved_speaks() -> None:
    faders = Conditioner(ends(4), smoothing=0.0, band=0.02, still=0.005)
    rest = np.array([10.0, 300.0, 512.0, 1000.0])
    moved = rest + np.array([0.0, 0.0, 200.0, 0.0])
    said: dict[int, float] = {}
    for n in range(20):
        said |= faders.take(rest if n < 5 else moved, n * STEP)
    assert list(said) == [2]


@pytest.mark.parametrize(
    ("before", "after", "passed", "gone"),
    [
        ([800, 700, 0], [0, 0, 0], 0.01, True),  # unplugged
        ([800, 700, 0], [1023, 1023, 1023], 0.01, False),  # one half way alone
        ([300, 200, 0], [1023, 1023, 1022], 0.01, True),
        ([800, 100, 0], [0, 0, 0], 0.01, False),  # one hand may do that
        ([800, 700, 0], [0, 0, 0], 0.3, False),  # a reading came late: nobody knows
        ([800, 700, 0], [0, 0, 40], 0.01, False),  # and one stayed
    ],
)
def test_when_a_box_was_unplugged(
    before: list[int], after: list[int], passed: float, gone: bool
) -> None:
    assert vanished(np.array(before, float), np.array(after, float), passed) is gone


def test_no_faders_are_at_no_rail() -> None:
    assert rail(np.zeros(0)) is None
    assert rail(np.array([1023.0, 1022.0])) == MOST

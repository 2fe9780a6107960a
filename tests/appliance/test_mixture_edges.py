"""The mixture where styles are certain: what they rule out is exactly zero, and weights too.

`test_mixture.py` has the same properties for styles that hold nothing impossible.
"""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.engine.mixture import Floats, join, linear
from appliance.joint import Joint

seeds = st.integers(0, 2**32 - 1)
kinds = st.sampled_from(list(Joint))


def certain(seed: int, styles: int) -> tuple[Floats, Floats]:
    """Return distributions (S, 128) over one to three characters, and weights (S,), some zero."""
    random = np.random.default_rng(seed)
    distributions = np.zeros((styles, 128))
    for row in distributions:
        row[random.choice(128, random.integers(1, 4), replace=False)] = random.uniform(0.1, 1.0)
    distributions /= distributions.sum(axis=1, keepdims=True)
    weights = random.uniform(0.01, 1.0, styles) * (random.random(styles) < 0.6)
    weights[random.integers(styles)] = 0.5  # never all zero
    return distributions, weights


@given(seeds, st.integers(1, 24), kinds)
def test_a_joint_of_certain_styles_sums_to_one(seed: int, styles: int, kind: Joint) -> None:
    joint = join(kind, *certain(seed, styles))
    assert np.isfinite(joint).all()
    assert (joint >= 0).all()
    assert joint.sum() == pytest.approx(1.0, abs=1e-12)


@given(seeds, st.integers(1, 24), st.data())
def test_all_weight_on_one_of_many_is_that_style_to_the_last_bit(
    seed: int, styles: int, data: st.DataObject
) -> None:
    distributions, _ = certain(seed, styles)
    one = data.draw(st.integers(0, styles - 1))
    assert np.array_equal(linear(distributions, 0.37 * np.eye(styles)[one]), distributions[one])


@given(seeds, st.integers(1, 24), kinds)
def test_styles_of_weight_zero_cannot_matter_however_certain(
    seed: int, styles: int, kind: Joint
) -> None:
    distributions, weights = certain(seed, styles)
    heavy = weights > 0
    np.testing.assert_allclose(
        join(kind, distributions, weights),
        join(kind, distributions[heavy], weights[heavy]),
        atol=1e-12,
    )


@given(seeds, st.integers(1, 24), kinds)
def test_the_order_of_certain_styles_changes_nothing(seed: int, styles: int, kind: Joint) -> None:
    distributions, weights = certain(seed, styles)
    order = np.random.default_rng(seed).permutation(styles)
    np.testing.assert_allclose(
        join(kind, distributions, weights),
        join(kind, distributions[order], weights[order]),
        atol=1e-12,
    )


@given(seeds, st.integers(1, 24), kinds)
def test_a_mixture_of_one_certain_style_with_itself_is_that_style(
    seed: int, styles: int, kind: Joint
) -> None:
    distributions, weights = certain(seed, styles)
    same = np.repeat(distributions[:1], styles, axis=0)
    np.testing.assert_allclose(join(kind, same, weights), distributions[0], atol=1e-12)

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.engine.mixture import Floats, attribution, fed, join, linear, log_linear
from appliance.joint import Joint

seeds = st.integers(0, 2**32 - 1)
counts = st.integers(1, 24)
kinds = st.sampled_from(list(Joint))


def some(seed: int, styles: int) -> tuple[Floats, Floats]:
    """Return random distributions (S, 128), some sharp and some flat, and weights (S,)."""
    random = np.random.default_rng(seed)
    logits = random.standard_normal((styles, 128)) * random.uniform(0.1, 12.0, (styles, 1))
    distributions = np.exp(logits - logits.max(axis=1, keepdims=True))
    distributions /= distributions.sum(axis=1, keepdims=True)
    return distributions, random.uniform(0.01, 1.0, styles)


def slow_linear(distributions: Floats, weights: Floats) -> list[float]:
    total = math.fsum(weights)
    return [
        math.fsum(w * p for w, p in zip(weights, column, strict=True)) / total
        for column in distributions.T
    ]


def slow_log_linear(distributions: Floats, weights: Floats) -> list[float]:
    total = math.fsum(weights)
    logs = [
        math.fsum(w / total * math.log(max(p, 1e-30)) for w, p in zip(weights, column, strict=True))
        for column in distributions.T
    ]
    top = max(logs)
    powers = [math.exp(value - top) for value in logs]
    return [power / math.fsum(powers) for power in powers]


@given(seeds, counts)
def test_both_rules_agree_with_a_slow_reference(seed: int, styles: int) -> None:
    distributions, weights = some(seed, styles)
    np.testing.assert_allclose(
        linear(distributions, weights), slow_linear(distributions, weights), atol=1e-14
    )
    np.testing.assert_allclose(
        log_linear(distributions, weights), slow_log_linear(distributions, weights), atol=1e-12
    )


@given(seeds, counts, kinds)
def test_a_joint_sums_to_one(seed: int, styles: int, kind: Joint) -> None:
    joint = join(kind, *some(seed, styles))
    assert joint.sum() == pytest.approx(1.0, abs=1e-12)
    assert (joint >= 0).all()


@given(seeds, counts, kinds, st.data())
def test_all_weight_on_one_style_gives_that_style(
    seed: int, styles: int, kind: Joint, data: st.DataObject
) -> None:
    distributions, _ = some(seed, styles)
    one = data.draw(st.integers(0, styles - 1))
    joint = join(kind, distributions, np.eye(styles)[one])
    np.testing.assert_allclose(joint, distributions[one], atol=1e-12)


@given(seeds, counts)
def test_all_weight_on_one_style_is_exact_in_the_linear_rule(seed: int, styles: int) -> None:
    distributions, _ = some(seed, styles)
    assert np.array_equal(linear(distributions[:1], np.array([0.37])), distributions[0])


@given(seeds, counts, kinds)
def test_the_order_of_styles_changes_nothing(seed: int, styles: int, kind: Joint) -> None:
    distributions, weights = some(seed, styles)
    order = np.random.default_rng(seed).permutation(styles)
    np.testing.assert_allclose(
        join(kind, distributions, weights),
        join(kind, distributions[order], weights[order]),
        atol=1e-12,
    )


@given(seeds, counts, kinds)
def test_a_style_of_weight_zero_cannot_matter(seed: int, styles: int, kind: Joint) -> None:
    distributions, weights = some(seed, styles)
    stranger, _ = some(seed + 1, 1)
    more = np.concatenate([distributions, stranger])
    np.testing.assert_allclose(
        join(kind, more, np.append(weights, 0.0)), join(kind, distributions, weights), atol=1e-12
    )


@given(seeds, counts, kinds)
def test_a_mixture_of_equal_styles_is_that_style(seed: int, styles: int, kind: Joint) -> None:
    distributions, weights = some(seed, styles)
    same = np.repeat(distributions[:1], styles, axis=0)
    np.testing.assert_allclose(join(kind, same, weights), distributions[0], atol=1e-12)


@given(seeds, counts, kinds)
def test_many_texts_at_once_are_mixed_like_one(seed: int, styles: int, kind: Joint) -> None:
    first, weights = some(seed, styles)
    second, _ = some(seed + 1, styles)
    both = join(kind, np.stack([first, second], axis=1), weights)
    np.testing.assert_allclose(both[0], join(kind, first, weights), atol=1e-12)
    np.testing.assert_allclose(both[1], join(kind, second, weights), atol=1e-12)


def test_what_one_expert_rules_out_stays_out_in_the_product_alone() -> None:
    distributions = np.zeros((2, 128))
    distributions[0, :2] = 0.5
    distributions[1, 1:3] = 0.5
    even = np.ones(2)
    assert linear(distributions, even)[:3] == pytest.approx([0.25, 0.5, 0.25])
    assert log_linear(distributions, even)[:3] == pytest.approx([0, 1, 0], abs=1e-12)


def slow_attribution(distributions: Floats, weights: Floats, character: int) -> list[float]:
    said = [w * p[character] for w, p in zip(weights, distributions, strict=True)]
    return [one / math.fsum(said) for one in said]


@given(seeds, counts, st.integers(0, 127))
def test_shares_agree_with_a_slow_reference(seed: int, styles: int, character: int) -> None:
    distributions, weights = some(seed, styles)
    # Where nobody holds a character for possible, SMALLEST stands for never.
    distributions = np.maximum(distributions, 1e-25)
    np.testing.assert_allclose(
        attribution(distributions, weights, character),
        slow_attribution(distributions, weights, character),
        rtol=1e-12,
    )


@pytest.mark.parametrize(
    ("weights", "chances", "shares"),
    [
        ([3.0, 1.0], [0.2, 0.2], [0.75, 0.25]),
        ([1.0, 1.0], [0.1, 0.4], [0.2, 0.8]),
        ([0.75, 0.25], [0.1, 0.6], [1 / 3, 2 / 3]),
        ([0.5, 0.3, 0.2], [0.0, 0.5, 0.25], [0.0, 0.75, 0.25]),
    ],
)
def test_a_share_is_weight_times_chance_of_the_sum_of_all(
    weights: list[float], chances: list[float], shares: list[float]
) -> None:
    distributions = np.full((len(chances), 128), 1e-3)
    distributions[:, 7] = chances
    assert attribution(distributions, np.array(weights), 7) == pytest.approx(shares, abs=1e-12)


@given(seeds, counts, st.integers(0, 127))
def test_shares_sum_to_one_and_favour_who_expected_it(
    seed: int, styles: int, character: int
) -> None:
    distributions, weights = some(seed, styles)
    shares = attribution(distributions, weights, character)
    assert shares.sum() == pytest.approx(1.0)
    assert shares.argmax() == (weights * np.maximum(distributions[:, character], 1e-30)).argmax()


@pytest.mark.parametrize("size", [1e-300, 1.0, 1e308])
def test_only_the_proportion_of_weights_counts(size: float) -> None:
    distributions, _ = some(1, 2)
    for kind in Joint:
        assert join(kind, distributions, np.array([size, size])) == pytest.approx(
            join(kind, distributions, np.array([0.5, 0.5]))
        )


@pytest.mark.parametrize(
    ("weights", "expected"),
    [
        ([0.0, 0.0], [False, False]),
        ([1.0, 0.0], [True, False]),
        ([1.0, 0.05], [True, False]),
        ([1.0, 0.051], [True, True]),
        ([1 / 24] * 24, [True] * 24),
        ([1e-9, 0.0], [True, False]),
    ],
)
def test_who_is_fed(weights: list[float], expected: list[bool]) -> None:
    assert fed(np.array(weights)).tolist() == expected

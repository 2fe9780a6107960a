"""Several opinions on the next character, and the weights of those who hold them, made one.

Arrays: S styles, V = 128 characters. Distributions may carry further axes between the two, so that
many texts are mixed at once.
"""

import numpy as np
from numpy.typing import NDArray

from appliance.joint import Joint

Floats = NDArray[np.float64]

FED_ABOVE = 0.05  # of the largest weight: low enough that 24 equal styles are all fed
SMALLEST = 1e-30  # probability that stands for "never" where a logarithm is taken


def fed(weights: Floats) -> NDArray[np.bool_]:
    """Tell which styles are heavy enough to read along and to be heard, shape (S,)."""
    heavy: NDArray[np.bool_] = (weights > 0.0) & (weights > FED_ABOVE * weights.max(initial=0.0))
    return heavy


def in_shares(weights: Floats) -> Floats:
    """Return weights (S,) that are not all zero so that they sum to 1."""
    relative = weights / weights.max()  # so that the sum of huge ones is finite
    shares: Floats = relative / relative.sum()
    return shares


def linear(distributions: Floats, weights: Floats) -> Floats:
    """Return the weighted mean of distributions (S, ..., V), shape (..., V).

    Weights (S,) are not negative and not all zero. This is the mixture of Akten & Grierson
    (arXiv 1612.04687): each style gets its say in proportion to its weight.
    """
    mean: Floats = np.tensordot(in_shares(weights), distributions, axes=1)
    return mean


def log_linear(distributions: Floats, weights: Floats) -> Floats:
    """Return the normalised product of distributions (S, ..., V) to the power of their shares.

    Shape (..., V). A product of experts (Hinton, 2002): what one style holds impossible stays so.
    """
    logs = np.tensordot(in_shares(weights), np.log(np.maximum(distributions, SMALLEST)), axes=1)
    product = np.exp(logs - logs.max(axis=-1, keepdims=True))
    normalised: Floats = product / product.sum(axis=-1, keepdims=True)
    return normalised


def join(kind: Joint, distributions: Floats, weights: Floats) -> Floats:
    """Return the joint distribution (..., V) of styles (S, ..., V) by either rule."""
    rule = linear if kind is Joint.LINEAR else log_linear
    return rule(distributions, weights)


def attribution(distributions: Floats, weights: Floats, character: int) -> Floats:
    """Return each style's share of the probability of one character, shape (S,), summing to 1.

    A style's share is w P(character) over the sum of all. For the log-linear joint, whose factors
    have no shares, the same figure says who would have written it.
    """
    said = in_shares(weights) * np.maximum(distributions[:, character], SMALLEST)
    shares: Floats = said / said.sum()
    return shares

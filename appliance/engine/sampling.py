"""From a distribution to a character: temperature, then one draw.

Arrays: V = 128 characters, on the last axis; further axes in front are many texts at once.
"""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def softmax(logits: NDArray[np.float32]) -> Floats:
    """Return the distributions (..., V) that logits (..., V) stand for."""
    shifted = logits.astype(np.float64)
    shifted -= shifted.max(axis=-1, keepdims=True)
    np.exp(shifted, out=shifted)
    shifted /= shifted.sum(axis=-1, keepdims=True)
    return shifted


def temper(distribution: Floats, temperature: float) -> Floats:
    """Return P^(1/T), normalised, shape (..., V); at T = 0 all weight is on the likeliest."""
    if temperature == 1.0:
        return distribution
    if temperature <= 0.0:
        likeliest = np.zeros_like(distribution)
        np.put_along_axis(likeliest, distribution.argmax(axis=-1)[..., None], 1.0, axis=-1)
        return likeliest
    # Relative to the likeliest, so that a low temperature cannot underflow everything to zero.
    powered = (distribution / distribution.max(axis=-1, keepdims=True)) ** (1.0 / temperature)
    normalised: Floats = powered / powered.sum(axis=-1, keepdims=True)
    return normalised


def draw(distribution: Floats, u: Floats | float) -> NDArray[np.int64]:
    """Return the character on which u (uniform in [0, 1), shape (...)) falls, shape (...)."""
    reached = np.cumsum(distribution, axis=-1)
    # The last sum may miss 1 by a rounding error: scale u, never the distribution.
    below = reached <= np.asarray(u)[..., None] * reached[..., -1:]
    drawn: NDArray[np.int64] = below.sum(axis=-1)
    return drawn


def entropy(distribution: Floats) -> float:
    """Return the uncertainty of one distribution (V,), bits."""
    seen = distribution[distribution > 0.0]
    # Probabilities that sum to a little more than 1 are no more certain than certain.
    return max(0.0, float(-(seen * np.log2(seen)).sum()))

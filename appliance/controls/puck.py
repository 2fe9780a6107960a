"""Where the puck lies among the styles' circle, and what weights that means.

The styles stand evenly on the unit circle, the first at the top, the others clockwise. A style's
weight is its distance from the puck to the power -sharpness, over the sum of all (Shepard's inverse
distance weighting, 1968): at a style that style alone, in the centre all equally, and continuous
everywhere between.

Coordinates: x to the right, y downwards, (0, 0) the centre, radius 1.
"""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
TOUCHING = 1e-9  # distance at which the puck lies on a style


def places(count: int) -> Floats:
    """Return where `count` styles stand, shape (count, 2)."""
    angles = 2.0 * np.pi * np.arange(count) / max(count, 1) - 0.5 * np.pi
    return np.stack([np.cos(angles), np.sin(angles)], axis=1)


def inside(x: float, y: float) -> tuple[float, float]:
    """Return the point of the disc that is nearest to (x, y)."""
    far = float(np.hypot(x, y))
    return (x, y) if far <= 1.0 else (x / far, y / far)


def weights(x: float, y: float, count: int, sharpness: float = 2.0) -> Floats:
    """Return the weights of `count` styles for a puck at (x, y), shape (count,), summing to 1."""
    if count == 0:
        return np.zeros(0)
    distance = np.hypot(*(places(count) - (x, y)).T)
    if distance.min() < TOUCHING:
        at = np.zeros(count)
        at[distance.argmin()] = 1.0
        return at
    # Relative to the nearest, so that a high sharpness cannot overflow.
    nearness: Floats = (distance.min() / distance) ** sharpness
    nearness /= nearness.sum()
    return nearness


def centroid(mixture: Floats) -> tuple[float, float]:
    """Return where a puck should lie to show a mixture (count,) that another hand has set."""
    total = mixture.sum()
    if total <= 0:
        return 0.0, 0.0
    x, y = (mixture[:, None] * places(len(mixture))).sum(axis=0) / total
    return float(x), float(y)

"""The 1€ filter: still where a hand rests, prompt where it moves.

A low-pass whose cutoff rises with speed: Casiez, Roussel and Vogel, "1€ Filter: A Simple
Speed-based Low-pass Filter for Noisy Input in Interactive Systems", CHI 2012. Here one cutoff,
by the speed over all axes, serves every axis, so that a straight gesture stays straight.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
SPEED_CUTOFF = 1.0  # Hz, of the speed itself, as in the paper


@dataclass(frozen=True, slots=True)
class Smooth:
    """What the filter knows after one sample."""

    value: Floats  # (axes,), filtered
    speed: Floats  # (axes,), filtered, units of value a second
    when: float  # seconds


def smooth(
    before: Smooth | None, value: Floats, when: float, *, min_cutoff: float, beta: float
) -> Smooth:
    """Return the filter after a sample (axes,) taken at `when` seconds.

    The cutoff is `min_cutoff` in Hz at rest and rises by `beta` for each unit of value a second.
    The first sample stands as it is, and so does one whose clock has gone back; a second sample of
    the same moment changes nothing.
    """
    if before is None or when < before.when:
        return Smooth(value, np.zeros_like(value), when)
    passed = when - before.when
    if passed == 0.0:
        return before
    share = _share(SPEED_CUTOFF, passed)
    speed = before.speed + share * ((value - before.value) / passed - before.speed)
    share = _share(min_cutoff + beta * float(np.linalg.norm(speed)), passed)
    return Smooth(before.value + share * (value - before.value), speed, when)


def _share(cutoff: float, passed: float) -> float:
    """Return how far a low-pass of a cutoff in Hz goes towards its input in `passed` seconds."""
    turn = 2.0 * np.pi * cutoff * passed
    return turn / (1.0 + turn)

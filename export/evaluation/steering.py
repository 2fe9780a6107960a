"""Whether the mixture steers: how much of the second style is heard, against its weight.

For each pair of styles, eleven mixtures from all the first to all the second. A style's share is
how likely the classifier, which knows all styles, holds it to be, on the mean of the pieces typed
with that mixture.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import spearmanr  # type: ignore[import-untyped]  # ships no types

from appliance.engine.model import Model
from appliance.joint import Joint
from export.evaluation.classifier import Classifier
from export.evaluation.typist import PIECE, type_pages

MIXTURES = np.linspace(0.0, 1.0, 11)  # weight of the second style
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Curve:
    """One pair's curve under one rule."""

    first: str
    second: str
    joint: Joint
    shares: tuple[float, ...]  # of the second style, at each of the mixtures
    firsts: tuple[float, ...]  # of the first

    @property
    def rho(self) -> float:
        """Spearman's rank correlation of share and weight; 0 if the share never changes."""
        if len(set(self.shares)) == 1:
            return 0.0
        return float(spearmanr(MIXTURES, self.shares).statistic)

    @property
    def elsewhere(self) -> float:
        """Share of all other styles at the even mixture."""
        even = len(MIXTURES) // 2
        return 1.0 - self.shares[even] - self.firsts[even]

    def as_dict(self) -> dict[str, Any]:
        """Return the figures by name."""
        return {
            "first": self.first,
            "second": self.second,
            "joint": str(self.joint),
            "shares": list(self.shares),
            "firsts": list(self.firsts),
            "rho": self.rho,
        }


def pairs(slugs: Sequence[str], count: int) -> list[tuple[str, str]]:
    """Choose pairs of different styles so that every style has its turn about equally often.

    The styles stand in a ring; first come all pairs of neighbours, then those two apart, and so on.
    Fewer than `count` are returned if there are no more.
    """
    chosen: list[tuple[str, str]] = []
    seen: set[frozenset[str]] = set()
    for distance in range(1, len(slugs) // 2 + 1):
        for at, first in enumerate(slugs):
            pair = first, slugs[(at + distance) % len(slugs)]
            if frozenset(pair) not in seen and len(chosen) < count:
                seen.add(frozenset(pair))
                chosen.append(pair)
    return chosen


def steer(
    classifier: Classifier,
    first: tuple[str, Model],
    second: tuple[str, Model],
    *,
    joint: Joint,
    pieces: int,
    temperature: float,
    seed: int,
    progress: Callable[[int], None] = lambda _: None,
) -> Curve:
    """Type `pieces` pieces with each mixture of a pair and ask the classifier."""
    weights = np.stack([1.0 - MIXTURES, MIXTURES], axis=1).repeat(pieces, axis=0)  # (11 P, 2)
    typed = type_pages(
        [first[1], second[1]],
        weights,
        characters=PIECE,
        temperature=temperature,
        joint=joint,
        seed=seed,
        progress=progress,
    )
    columns = [classifier.slugs.index(slug) for slug, _ in (first, second)]
    likely = classifier.probabilities(typed)[:, columns]
    firsts, shares = likely.reshape(len(MIXTURES), pieces, 2).mean(axis=1).T.tolist()
    return Curve(first[0], second[0], joint, tuple(shares), tuple(firsts))


def figures(curves: Sequence[Curve]) -> dict[str, dict[str, Any]]:
    """Return of each rule, by its name, rho on the mean, the least one, and what strays."""
    found = {}
    for joint in Joint:
        if own := [curve for curve in curves if curve.joint is joint]:
            least = min(own, key=lambda curve: curve.rho)
            found[str(joint)] = {
                "mean_rho": float(np.mean([curve.rho for curve in own])),
                "least": {"first": least.first, "second": least.second, "rho": least.rho},
                "elsewhere": float(np.mean([curve.elsewhere for curve in own])),
            }
    return found

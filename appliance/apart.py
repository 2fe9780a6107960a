"""Styles that are never mixed together, as the engine enforces it and the stage knows of it."""

from collections.abc import Mapping, Sequence

Groups = Sequence[Sequence[str]]


def kept_apart(weights: Mapping[str, float], groups: Groups) -> dict[str, float]:
    """Return weights of which, in each group, only the heaviest is left; of equals, the first."""
    kept = dict(weights)
    for group in groups:
        heard = [slug for slug in group if kept.get(slug, 0.0) > 0]
        for slug in heard:
            if slug != max(heard, key=lambda s: weights[s]):
                kept[slug] = 0.0
    return kept

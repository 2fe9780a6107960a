"""The faders' positions, whoever moves them; the weights follow from them.

A level is a fader's position, 0 to 1. Weights are levels of the active styles in proportion; what
the engine reports and this mixer did not send was set by another hand, and is adopted.
"""

from collections.abc import Mapping, Sequence

DIFFERENT = 2e-3  # of a weight: more than the rounding of the wire


class Mixer:
    """Levels of all styles and which of them are active."""

    def __init__(self) -> None:
        self.levels: dict[str, float] = {}
        self.active: tuple[str, ...] = ()
        self._sent: dict[str, float] = {}

    def offer(self, slugs: Sequence[str]) -> None:
        """Set which styles exist; levels of the ones that stay are kept."""
        self.levels = {slug: self.levels.get(slug, 0.0) for slug in slugs}
        self.active = tuple(slug for slug in self.active if slug in self.levels)

    def set_level(self, slug: str, level: float) -> None:
        """Move one fader; a sleeping style that is raised wakes."""
        if slug not in self.levels:
            return
        self.levels[slug] = min(1.0, max(0.0, level))
        if level > 0 and slug not in self.active:
            self.active = (*self.active, slug)

    def set_active(self, slug: str, on: bool) -> None:
        """Wake a style, or send it to sleep, which takes its level to zero."""
        if slug not in self.levels:
            return
        self.active = tuple(s for s in self.active if s != slug)
        if on:
            self.active = (*self.active, slug)
        else:
            self.levels[slug] = 0.0

    def set_levels(self, levels: Mapping[str, float]) -> None:
        """Move all faders at once; those that are not named go to zero."""
        for slug in self.levels:
            self.set_level(slug, levels.get(slug, 0.0))

    def weights(self) -> dict[str, float]:
        """Return the weights of the active styles, summing to 1; all zero is silence."""
        total = sum(self.levels[slug] for slug in self.active)
        return {slug: self.levels[slug] / total if total else 0.0 for slug in self.active}

    def sent(self) -> None:
        """Note that the weights as they stand were sent."""
        self._sent = self.weights()

    def adopt(self, weights: Mapping[str, float], active: Sequence[str]) -> bool:
        """Take over weights that another hand set; tell whether there were any.

        The largest weight comes to stand where the highest fader stood.
        """
        self.active = tuple(slug for slug in active if slug in self.levels)
        slugs = set(weights) | set(self._sent)
        if all(abs(weights.get(s, 0.0) - self._sent.get(s, 0.0)) < DIFFERENT for s in slugs):
            return False
        top = max(self.levels.values(), default=0.0) or 1.0
        largest = max(weights.values(), default=0.0) or 1.0
        for slug in self.levels:
            self.levels[slug] = min(1.0, weights.get(slug, 0.0) / largest * top)
        self._sent = dict(weights)
        return True

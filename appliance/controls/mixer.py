"""The styles' faders, which of them are active, and the weights that follow.

Weights are the levels of the active styles in proportion. What the engine reports and this mixer
did not send was set by another hand, and is adopted.
"""

from collections import deque
from collections.abc import Mapping, Sequence

from appliance.apart import Groups, kept_apart
from appliance.controls.faders import Faders
from appliance.takeover import Takeover

DIFFERENT = 2e-3  # of a weight: more than the rounding of the wire
ECHOES = 100  # mixtures that stood and may still be reported: a second's, at least


class Mixer:
    """Levels of all styles and which of them are active."""

    def __init__(
        self,
        smoothing: float = 0.0,
        takeover: Takeover = Takeover.GLIDE,
        apart: Groups = (),
    ) -> None:
        """Begin without styles; `smoothing` is the weights' time constant in seconds.

        Of the styles of a group in `apart` only the heaviest has weight; the faders stay.
        """
        self._apart = apart
        self.active: tuple[str, ...] = ()
        self._faders = Faders(smoothing, takeover)
        self._sent: dict[str, float] = {}
        self._echoes: deque[dict[str, float]] = deque(maxlen=ECHOES)

    @property
    def levels(self) -> dict[str, float]:
        """Where each fader stands, 0 to 1, by style."""
        return {slug: fader.level for slug, fader in self._faders.all.items()}

    def offer(self, slugs: Sequence[str]) -> None:
        """Set which styles exist; levels of the ones that stay are kept."""
        self._faders.offer(slugs)
        self.active = tuple(slug for slug in self.active if slug in self._faders.all)

    def set_level(self, slug: str, level: float, hand: str = "touch") -> None:
        """Put one fader somewhere, as a finger does; a sleeping style that is raised wakes."""
        if slug in self._faders.all:
            self._faders.all[slug].put(level, hand)
            self._wake(slug, level)

    def move(self, slug: str, level: float, hand: str, now: float) -> bool:
        """Follow a fader that has a position of its own; tell whether it has the level."""
        has = self._faders.move(slug, level, hand, now)
        if has:
            self._wake(slug, level)
        return has

    def set_active(self, slug: str, on: bool) -> None:
        """Wake a style, or send it to sleep, which takes its level to zero."""
        if slug not in self._faders.all:
            return
        self.active = tuple(s for s in self.active if s != slug)
        if on:
            self.active = (*self.active, slug)
        else:
            self._faders.all[slug].put(0.0)
            self._faders.all[slug].rest()

    def set_levels(self, levels: Mapping[str, float], hand: str = "touch") -> None:
        """Put all faders at once; those that are not named go to zero."""
        for slug in self._faders.all:
            self.set_level(slug, levels.get(slug, 0.0), hand)

    def advance(self, now: float) -> bool:
        """Let glides and weights move on; tell whether anything still moves."""
        return self._faders.advance(now)

    def weights(self) -> dict[str, float]:
        """Return the weights of the active styles as they stand, summing to 1; zero is silence."""
        return self._weighed({slug: self._faders.all[slug].smooth for slug in self.active})

    def aims(self) -> dict[str, float]:
        """Return the weights as they will be when everything has come to rest."""
        return self._weighed({slug: self._faders.all[slug].goal for slug in self.active})

    def sent(self) -> None:
        """Note that the weights as they stand were sent."""
        self._sent = self.weights()
        self._echoes.append(self._sent)

    def foreign(self, weights: Mapping[str, float]) -> bool:
        """Tell whether weights that the engine reports are none of those that stood here lately."""
        return not any(_alike(weights, sent) for sent in self._echoes)

    def adopt(self, weights: Mapping[str, float], active: Sequence[str]) -> bool:
        """Take over weights that another hand set; tell whether there were any.

        The largest weight comes to stand where the highest fader stood.
        """
        self.active = tuple(slug for slug in active if slug in self._faders.all)
        if _alike(weights, self._sent):
            return False
        top = max(self.levels.values(), default=0.0) or 1.0
        largest = max(weights.values(), default=0.0) or 1.0
        for slug, fader in self._faders.all.items():
            fader.put(weights.get(slug, 0.0) / largest * top)
            fader.rest()
        self._sent = dict(weights)
        self._echoes.append(self._sent)
        return True

    def _weighed(self, levels: Mapping[str, float]) -> dict[str, float]:
        kept = kept_apart(levels, self._apart)
        total = sum(kept.values())
        return {slug: level / total if total else 0.0 for slug, level in kept.items()}

    def _wake(self, slug: str, level: float) -> None:
        if level > 0 and slug not in self.active:
            self.active = (*self.active, slug)


def _alike(one: Mapping[str, float], other: Mapping[str, float]) -> bool:
    return all(
        abs(one.get(slug, 0.0) - other.get(slug, 0.0)) < DIFFERENT for slug in {*one, *other}
    )

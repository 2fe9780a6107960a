"""What is being played: weights, active styles, tempo; changed by messages, within the settings."""

from collections.abc import Mapping, Sequence

import numpy as np

from appliance import wire
from appliance.apart import Groups, kept_apart
from appliance.engine.sampling import Floats
from appliance.joint import Joint


class Score:
    """The mixture and all else that hands may set; what the settings do not allow stays at zero."""

    def __init__(
        self,
        slugs: Sequence[str],
        *,
        active: Sequence[str],
        weights: Mapping[str, float],
        temperature: float,
        pace: float,
        joint: Joint,
        apart: Groups = (),
    ) -> None:
        """Begin; of the styles of a group in `apart` only the heaviest plays."""
        self.slugs = tuple(slugs)
        self.temperature, self.pace, self.joint = temperature, pace, joint
        self.hold = False
        self._number = {slug: i for i, slug in enumerate(self.slugs)}
        self._apart = apart
        self._active = np.zeros(len(self.slugs), dtype=bool)
        self.weights: Floats = np.zeros(len(self.slugs))
        self.choose(active)
        self.mix(weights)

    @property
    def active(self) -> tuple[str, ...]:
        """The styles that are chosen."""
        return tuple(s for s, on in zip(self.slugs, self._active, strict=True) if on)

    def mix(self, weights: Mapping[str, float]) -> None:
        """Set the whole mixture; a style with weight that slept is thereby chosen."""
        self.weights = np.zeros(len(self.slugs))
        for slug, weight in weights.items():
            self._put(slug, weight)
        self._keep_apart()

    def set_weight(self, slug: str, weight: float) -> None:
        """Set one weight; a style that may not play has none, whoever asks."""
        self._put(slug, weight)
        self._keep_apart()

    def _put(self, slug: str, weight: float) -> None:
        number = self._number.get(slug)
        if number is None:
            return
        self.weights[number] = weight
        if weight > 0:
            self._active[number] = True

    def _keep_apart(self) -> None:
        if self._apart:
            weights = dict(zip(self.slugs, self.weights.tolist(), strict=True))
            self.weights = np.array(list(kept_apart(weights, self._apart).values()))

    def choose(self, active: Sequence[str]) -> None:
        """Choose the active styles; the others fall silent."""
        for slug, i in self._number.items():
            self._active[i] = slug in active
        self.weights = np.where(self._active, self.weights, 0.0)

    def mixture(self) -> dict[str, float]:
        """Return the weights that are not zero, summing to 1; empty is silence."""
        total = self.weights.sum()
        if total <= 0:
            return {}
        return {
            slug: float(w / total)
            for slug, w in zip(self.slugs, self.weights, strict=True)
            if w > 0
        }

    def take(self, message: wire.Message) -> bool:
        """Take a message that sets something; tell whether it was one."""
        match message:
            case wire.Weights(pairs):
                self.mix(dict(pairs))
            case wire.Weight(slug, weight):
                self.set_weight(slug, weight)
            case wire.Active(slugs):
                self.choose(slugs)
            case wire.Temperature(value):
                self.temperature = value
            case wire.Pace(value):
                self.pace = value
            case wire.SetJoint(kind):
                self.joint = Joint(kind)
            case wire.Hold(on):
                self.hold = bool(on)
            case _:
                return False
        return True

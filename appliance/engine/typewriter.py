"""The pure heart with its state: weights in, one character at a time out.

read (inference, early)  ->  draw (mixture and sampling, late)  ->  read  ->  ...
"""

from dataclasses import dataclass

import numpy as np

from appliance.engine.ensemble import Ensemble
from appliance.engine.mixture import attribution, join
from appliance.engine.sampling import Floats, draw, entropy, temper
from appliance.joint import Joint


@dataclass(frozen=True, slots=True)
class Drawn:
    """One character and all that was thought of it: S heard styles, 128 characters."""

    character: str
    slugs: tuple[str, ...]
    weights: Floats  # (S,), summing to 1
    distributions: Floats  # (S, 128)
    joint: Floats  # (128,), what was drawn from
    shares: Floats  # (S,), each style's share of the character's probability, summing to 1
    entropy: float  # bits, of the joint


class Typewriter:
    """Draws characters from an ensemble's joint distribution and feeds them back."""

    def __init__(
        self,
        ensemble: Ensemble,
        random: np.random.Generator,
        *,
        joint: Joint = Joint.LINEAR,
        temperature: float = 1.0,
    ) -> None:
        self.ensemble = ensemble
        self.joint = joint
        self.temperature = temperature
        self._random = random

    def draw(self) -> Drawn | None:
        """Draw the next character; None while no style stands ready at the end of the text."""
        heard = self.ensemble.opinions()
        if heard is None:
            return None
        mixed = temper(join(self.joint, heard.distributions, heard.weights), self.temperature)
        code = int(draw(mixed, self._random.random()))
        return Drawn(
            character=chr(code),
            slugs=heard.slugs,
            weights=heard.weights / heard.weights.sum(),
            distributions=heard.distributions,
            joint=mixed,
            shares=attribution(heard.distributions, heard.weights, code),
            entropy=entropy(mixed),
        )

    def read(self, character: str) -> None:
        """Let the ensemble read what was drawn, so that the next draw needs no inference."""
        self.ensemble.read(character)

"""The pure heart with its state: weights in, one character at a time out.

read (inference, early)  ->  draw (mixture, guard, sampling, late)  ->  read  ->  ...
"""

import math
from dataclasses import dataclass

import numpy as np

from appliance.engine.ensemble import Ensemble, Opinions
from appliance.engine.guard import Guard
from appliance.engine.mixture import attribution, in_shares, join
from appliance.engine.sampling import Floats, draw, entropy, temper
from appliance.joint import Joint

TAIL = 200  # characters that the guard may look back


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


def what_is_drawn_from(joined: Floats, tail: str, guard: Guard, temperature: float) -> Floats:
    """Return what may follow the end of a text, of a joint distribution (128,), at a temperature.

    Raises ArithmeticError if it is no distribution, so that nothing is drawn from it.
    """
    # The guard comes first: at temperature 0 the likeliest of what may follow is taken.
    may_follow = guard.constrain(joined, tail)
    if not 0.0 < float(may_follow.sum()) < math.inf:
        raise ArithmeticError("what the styles expect together is no distribution")
    return temper(may_follow, temperature)


class Typewriter:
    """Draws characters from an ensemble's joint distribution and feeds them back."""

    def __init__(
        self,
        ensemble: Ensemble,
        random: np.random.Generator,
        guard: Guard,
        *,
        joint: Joint = Joint.LINEAR,
        temperature: float = 1.0,
    ) -> None:
        self.ensemble = ensemble
        self.joint = joint
        self.temperature = temperature
        self._random = random
        self._guard = guard
        self._tail = ""

    def begin(self, text: str) -> None:
        """Begin another page with a text that every style reads."""
        self.follow(text)
        self.ensemble.restart(text)

    def follow(self, text: str) -> None:
        """Take a page's text for what the guard looks back upon, whoever has still to read it."""
        self._tail = text[-TAIL:]

    @property
    def settled(self) -> bool:
        """Whether the text may stop here, as far as the guard is concerned."""
        return self._guard.settled(self._tail)

    def draw(self) -> Drawn | None:
        """Draw the next character; None while no style stands ready at the end of the text."""
        heard = self.ensemble.opinions()
        if heard is None:
            return None
        mixed = self._mix(heard)
        code = int(draw(mixed, self._random.random()))
        return Drawn(
            character=chr(code),
            slugs=heard.slugs,
            weights=in_shares(heard.weights),
            distributions=heard.distributions,
            joint=mixed,
            shares=attribution(heard.distributions, heard.weights, code),
            entropy=entropy(mixed),
        )

    def expects(self) -> tuple[Floats, Opinions] | None:
        """Return what would be drawn from now, (128,), and of whose; None while nobody is ready."""
        heard = self.ensemble.opinions()
        return None if heard is None else (self._mix(heard), heard)

    def _mix(self, heard: Opinions) -> Floats:
        joined = join(self.joint, heard.distributions, heard.weights)
        return what_is_drawn_from(joined, self._tail, self._guard, self.temperature)

    def read(self, text: str) -> int:
        """Let the ensemble read what was drawn or put in, so that a draw needs no inference.

        Returns how many styles have read.
        """
        self.follow(self._tail + text)
        return self.ensemble.read(text)

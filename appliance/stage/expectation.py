"""What the next character may be, and how much is still open."""

import numpy as np
from numpy.typing import NDArray

from appliance.stage.link import View


class Expectation:
    """The distribution of the next character; what was last expected, until that is known.

    An engine that never tells what comes next is taken by what its last character was drawn from.
    """

    def __init__(self) -> None:
        self.values = View().joint  # (128,)
        self.bits = 0.0  # of uncertainty
        self._run: int | None = None  # of the engine that told what comes next

    def follow(self, view: View) -> None:
        """Take over what the engine said."""
        values = view.following
        if values is not None:
            self._run = view.page.run
        elif self._run == view.page.run:
            return  # the next is being thought about
        else:
            values = view.joint
        if values is not self.values:
            self.values, self.bits = values, bits(values)


def bits(distribution: NDArray[np.float32]) -> float:
    """Return the entropy of a distribution (128,) in bits; of one that is none, 0 at least."""
    likely = distribution[distribution > 0.0].astype(np.float64)
    likely /= max(float(likely.sum()), 1e-9)
    return float(min(7.0, max(0.0, -(likely * np.log2(likely)).sum())))

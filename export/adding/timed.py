"""A training run that has so many minutes and no more, however busy the machine becomes."""

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from appliance.files import replace_file
from export.graph import Weights
from export.network import Shape
from export.origin import Origin
from export.trainer import Recipe, Run

Clock = Callable[[], float]
CHECKS = 40  # measurements on the validation text in one run
LONGEST = 60.0  # seconds between two steps; were they more, somebody had stopped it for a while
AMISS = 0.1  # share by which a plan is wrong before another is made
KEPT = "time.json"  # in the run's folder


def in_length(recipe: Recipe, characters: float) -> Recipe:
    """Return a recipe that reads so many characters, at least a step, and is measured meanwhile."""
    step = recipe.rows * recipe.length
    whole = max(step, int(characters))
    return replace(recipe, characters=whole, check_every=max(step, whole // CHECKS))


class TimedRun(Run):
    """A run that has so many seconds on the clock, counted over all its stretches.

    How much it will read in them, `most` characters at the most, is reckoned from its speed so far
    whenever it is saved, and planned anew if the plan was amiss. So a moment in which the machine
    is busy costs that moment alone, and the rate still falls over the whole of the run.
    """

    def __init__(
        self,
        folder: Path,
        shape: Shape,
        recipe: Recipe,
        training: Mapping[str, str],
        validation: Mapping[str, str],
        start: Weights | None = None,
        *,
        most: int,
        seconds: float,
        origin: Origin | None = None,
        clock: Clock = time.monotonic,
    ) -> None:
        self._most, self._allowed, self._clock = most, seconds, clock
        self.seconds = 0.0  # that it took up to now
        self._looked: float | None = None  # at the clock, in this stretch
        self._uncounted = 0  # steps before that, which are taken to last as long as the next
        super().__init__(folder, shape, recipe, training, validation, start, origin)
        if self.done:
            self.seconds = self._kept_seconds()

    @property
    def finished(self) -> bool:
        """Whether all is read, or the time is up."""
        return super().finished or self.seconds >= self._allowed

    @property
    def ended_by(self) -> str:
        """Say why it went no further."""
        if self.done >= self._most:
            return "that is as often as the recipe allows"
        return (
            "that is what the time allows" if self.finished else "the validation text gains no more"
        )

    def step(self) -> float:
        """Learn as `Run.step` does, and count its time."""
        bits = super().step()
        now = self._clock()
        if self._looked is None:
            self._uncounted = 1  # the first of a stretch may compile what the others run
        else:
            self.seconds += (1 + self._uncounted) * min(LONGEST, now - self._looked)
            self._uncounted = 0
        self._looked = now
        return bits

    def save(self) -> None:
        """Write all that is needed to go on, with a plan that fits into the time that is left."""
        if self.seconds > 0.0 and not self.finished:
            left = self._allowed - self.seconds
            reached = min(self._most, self.done + left * self.done / self.seconds)
            if abs(reached - self.recipe.characters) > AMISS * self.recipe.characters:
                self.recipe = in_length(self.recipe, reached)
                self._begin_stretch()
        super().save()
        said = json.dumps({"seconds": round(self.seconds, 3)})
        replace_file(self.folder / KEPT, said.encode("ascii"))

    def _kept_seconds(self) -> float:
        """Return the time of the stretches before, or the processor's if that is all there is."""
        try:
            kept = json.loads((self.folder / KEPT).read_text(encoding="ascii"))
            return float(kept["seconds"])
        except (OSError, ValueError, KeyError, TypeError):
            return self.spent

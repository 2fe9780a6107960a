"""How fast the engine types when nothing holds it back: pace 0, over the wire."""

import itertools
from collections.abc import Iterator

import numpy as np

from appliance import wire
from appliance.bench.figures import Figure
from appliance.bench.measure import Bench, Measure
from appliance.bench.running import running

PARTS = 20  # of the run; each gives one sample


def figures(bench: Bench) -> Iterator[Figure]:
    """Run an engine at pace 0 with one, some and all styles fed."""
    for count in bench.counts:
        with running(bench, dict.fromkeys(list(bench.styles)[:count], 1.0)) as engine:
            characters = engine.characters()
            next(characters)
            engine.send(wire.Pace(0.0))
            for _ in itertools.islice(characters, bench.effort.warm):
                pass
            came = list(itertools.islice(characters, bench.effort.characters))
        # By the characters' numbers, since a listener that is too slow loses some.
        marks = came[:: max(1, len(came) // PARTS)]
        numbers = np.diff([mark.index for mark in marks])
        seconds = np.diff([mark.at for mark in marks])
        note = f"{came[-1].index - came[0].index + 1:,} characters"
        rates = numbers / seconds
        yield Figure(
            f"{count} fed",
            "characters/s",
            float(np.median(rates)),
            n=len(rates),
            note=f"{note}; the slowest part {rates.min():.0f}",
        )


MEASURE = Measure("The ceiling: characters a second at pace 0", figures)

"""Whether memory stays flat: an engine at pace 0 with all styles, for an hour."""

from collections.abc import Iterator

import numpy as np

from appliance import wire
from appliance.bench.figures import Figure
from appliance.bench.measure import Bench, Measure
from appliance.bench.running import running

EVERY = 200  # characters between two looks


def figures(bench: Bench) -> Iterator[Figure]:
    """Look at the engine's memory for as long as the effort says."""
    seconds = bench.effort.soak
    looks: list[tuple[float, float]] = []  # seconds since the first character, megabytes
    with running(bench, dict.fromkeys(bench.styles, 1.0)) as engine:
        next(engine.characters())
        engine.send(wire.Pace(0.0))
        first = last = None
        for number, arrival in enumerate(engine.characters()):
            first, last = first or arrival, arrival
            if number % EVERY == 0:
                looks.append((arrival.at - first.at, engine.resident()))
            if arrival.at - first.at >= seconds and len(looks) > 1:
                break
    assert first is not None and last is not None
    when, held = np.array(looks).T
    # The second half alone: whatever is allocated once has been by then.
    late = when >= when[-1] / 2
    typed = last.index - first.index + 1
    yield Figure("memory at first", "MB", float(held[0]))
    yield Figure.of("memory in the second half", "MB", held[late])
    yield Figure("most that was held", "MB", float(held.max()))
    slope = float(np.polyfit(when[late], held[late], 1)[0]) if late.sum() > 1 else 0.0
    yield Figure("growth in the second half, by a fitted line", "MB/h", slope * 3_600.0,
                 note=f"{typed:,} characters in {last.at - first.at:,.0f} s")  # fmt: skip


MEASURE = Measure("Memory over an hour at pace 0", figures, by_default=False)

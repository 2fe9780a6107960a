"""What stands between the newest weights and a drawn character: no inference is in it."""

import contextlib
from collections.abc import Callable, Iterator
from functools import partial

import numpy as np

from appliance.bench.figures import Figure
from appliance.bench.measure import TEXT, Bench, Measure
from appliance.bench.turns import in_turns
from appliance.engine.guard import Guard
from appliance.engine.mixture import join
from appliance.engine.typewriter import Typewriter
from appliance.joint import Joint

TEMPERATURE = 0.7  # not 1, which costs nothing


def figures(bench: Bench) -> Iterator[Figure]:
    """Time the mixture by either rule, and a whole draw: mixture, guard, temperature, sampling."""
    ways: dict[str, Callable[[], object]] = {}
    random = np.random.default_rng(2016)
    every = len(bench.styles)
    expected = random.dirichlet(np.ones(128), size=every)  # (S, 128)
    for rule in Joint:
        ways[f"mixing {every}, {rule}"] = partial(join, rule, expected, np.ones(every))
    with contextlib.ExitStack() as stack:
        for count in bench.counts:
            ensemble = stack.enter_context(bench.ensemble(count))
            typewriter = Typewriter(ensemble, random, Guard(), temperature=TEMPERATURE)
            typewriter.begin(TEXT)
            ensemble.settle()
            ways[f"drawing a character, {count} fed"] = typewriter.draw
        times = in_turns(ways, bench.effort.rounds, bench.effort.block)
    for name, found in times.items():
        yield found.figure(name)


MEASURE = Measure("Mixing and drawing alone", figures)

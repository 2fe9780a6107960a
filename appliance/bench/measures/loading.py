"""How long the models take to load, how much memory they hold, how soon an engine types."""

import itertools
import time
from collections.abc import Iterator

from appliance.bench.figures import Figure
from appliance.bench.measure import Bench, Measure
from appliance.bench.running import running
from appliance.engine.model import Model

STARTS = 3


def figures(bench: Bench) -> Iterator[Figure]:
    """Load every model a few times over; then start a whole engine."""
    one: list[float] = []
    every: list[float] = []
    for _ in range(STARTS):
        began = time.perf_counter()
        for path in bench.styles.values():
            start = time.perf_counter()
            Model(path)
            one.append(1e3 * (time.perf_counter() - start))
        every.append(1e3 * (time.perf_counter() - began))
    yield Figure.of("loading one model", "ms", one, "tried with two characters")
    yield Figure.of(f"loading {len(bench.styles)} models", "ms", every, "files in the page cache")
    size = sum(path.stat().st_size for path in bench.styles.values())
    yield Figure("the model files", "MB", size / 1e6)
    seconds: list[float] = []
    held: list[float] = []
    for _ in range(STARTS):
        began = time.time()
        with running(bench, dict.fromkeys(bench.styles, 1.0)) as engine:
            characters = engine.characters()
            seconds.append(next(characters).at - began)
            for _ in itertools.islice(characters, bench.effort.warm):
                pass
            held.append(engine.resident())
    yield Figure.of("from starting an engine to its first character", "s", seconds)
    yield Figure.of("memory of an engine that types with all styles", "MB", held, "resident")


MEASURE = Measure("Loading and memory", figures)

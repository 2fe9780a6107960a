"""What a character costs to read: by the engine, and the plain way, 24 float sessions in turn."""

import contextlib
from collections.abc import Callable, Iterator
from functools import partial

import numpy as np

from appliance.bench.figures import Figure, short
from appliance.bench.machine import last_cache
from appliance.bench.measure import Bench, Measure
from appliance.bench.measures.bandwidth import (
    bytes_of_all,
    cache_word,
    fastest,
    on_all_cores,
    read_memory,
)
from appliance.bench.sessions import options, separate
from appliance.bench.turns import MICRO, in_turns, ratio

PLAIN = "the plain way: float sessions in turn, one thread each"
MEMORY = "as many bytes as the weights, read by all cores"
NAIVE = "the same with onnxruntime's default options"


def figures(bench: Bench) -> Iterator[Figure]:
    """Time the engine's ensemble with some and all styles fed beside the plain ways, in turns."""
    from appliance.engine.dequantise import standard_form  # noqa: PLC0415  # needs onnx

    effort, every = bench.effort, len(bench.styles)
    floats = [standard_form(path) for path in bench.styles.values()]
    default = options(intra=0, inter=0)
    ways: dict[str, Callable[[], object]] = {}
    with contextlib.ExitStack() as stack:
        for count in bench.counts:
            ensemble = stack.enter_context(bench.ensemble(count))
            ways[_fed(count)] = partial(ensemble.read, "e")
        ways[PLAIN] = stack.enter_context(separate(floats)).read
        ways[NAIVE] = stack.enter_context(separate(floats, lambda: default)).read
        weights = bytes_of_all(bench)
        as_many = np.ones(weights // 8, dtype=np.int64)
        ways[MEMORY] = stack.enter_context(on_all_cores(as_many, bench.cores))
        size, passes = read_memory(bench)
        times = in_turns(ways, effort.rounds, effort.block)
    for name, found in times.items():
        yield found.figure(name)
    engine = times[_fed(every)]
    yield ratio("the plain way ÷ the engine", times[PLAIN], engine, "aim: at least 4")
    yield ratio("with default options ÷ the engine", times[NAIVE], engine)
    aim = f"aim: at most 1.5; {cache_word(weights, last_cache())}"
    yield ratio("the engine ÷ the limit of memory", engine, times[MEMORY], aim)
    limit = weights / fastest(size, passes)
    yield Figure(
        "the same at the fastest pass that was seen",
        "times",
        float(np.median(engine.wall)) / limit,
        note=f"the limit is {short(limit * MICRO)} µs then",
    )


def _fed(count: int) -> str:
    return f"the engine, {count} fed" if count > 1 else "the engine, one fed"


MEASURE = Measure("Reading one character", figures)

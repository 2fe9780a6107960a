"""Which layout of sessions, threads and graphs reads fastest, and what it costs in heat."""

import contextlib
from collections.abc import Callable, Iterator
from functools import partial

import numpy as np

from appliance.bench.figures import Figure, short
from appliance.bench.measure import Bench, Measure
from appliance.bench.sessions import Layout, options, separate
from appliance.bench.turns import MICRO, Times, in_turns


def figures(bench: Bench) -> Iterator[Figure]:
    """Time each layout with all styles fed, in turns; CPU time stands in the note."""
    effort = bench.effort
    with contextlib.ExitStack() as stack:
        ways: dict[str, Callable[[], object]] = {
            name: stack.enter_context(layout).read for name, layout in _layouts(bench)
        }
        ensemble = stack.enter_context(bench.ensemble(len(bench.styles)))
        ways["the engine's ensemble, softmax included"] = lambda: ensemble.read("e")
        times = in_turns(ways, effort.rounds, effort.block)
    for name, found in times.items():
        yield found.figure(name, _cost(found))


def _cost(times: Times) -> str:
    cpu = float(np.median(times.cpu)) * MICRO
    best = float(times.wall.min()) * MICRO
    return f"processor time {short(cpu)} µs; fastest call {short(best)} µs"


def _layouts(bench: Bench) -> Iterator[tuple[str, Layout]]:
    from appliance.bench import graphs  # noqa: PLC0415  # needs onnx
    from appliance.engine.dequantise import standard_form  # noqa: PLC0415  # needs onnx

    cores = bench.cores
    shipped = [path.read_bytes() for path in bench.styles.values()]
    floats = [standard_form(path) for path in bench.styles.values()]
    default = options(intra=0, inter=0)
    yield "float, default options, in turn", separate(floats, lambda: default)
    yield "float, one thread each, in turn", separate(floats)
    yield f"float, dealt to {cores} threads", separate(floats, threads=cores)
    whole = graphs.merged(floats)
    yield "float, merged", separate([whole])
    yield f"float, merged, {cores} nodes abreast", separate([whole], lambda: options(inter=cores))
    yield "as shipped, in turn", separate(shipped)
    yield "as shipped, in turn, bound buffers", separate(shipped, bound=True)
    for bound in (False, True):
        for caller in (False, True):
            words = ", bound buffers" * bound + ", the caller one of them" * caller
            yield (
                f"as shipped, dealt to {cores} threads{words}",
                separate(shipped, threads=cores, bound=bound, caller=caller),
            )
    whole = graphs.merged(shipped)
    yield "as shipped, merged", separate([whole])
    yield (
        f"as shipped, merged, {cores} threads a node",
        separate([whole], lambda: options(intra=cores)),
    )
    for spinning in (True, False):
        word = "spinning" if spinning else "not spinning"
        yield (
            f"as shipped, merged, {cores} nodes abreast, {word}",
            separate([whole], partial(options, inter=cores, spinning=spinning)),
        )
    for bits in (8, 4):
        fewer = [graphs.few_bits(model, bits) for model in floats]
        yield f"{bits} bits in groups of 32, in turn", separate(fewer)
        yield (
            f"{bits} bits in groups of 32, dealt to {cores} threads",
            separate(fewer, threads=cores),
        )


MEASURE = Measure("Layouts of sessions, all styles fed", figures, by_default=False)

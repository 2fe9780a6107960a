"""How long a style needs to catch up: 80 characters from the zero state."""

import time
from collections.abc import Iterator

import numpy as np

from appliance.bench.figures import Figure
from appliance.bench.measure import TEXT, Bench, Measure
from appliance.bench.turns import in_turns, ratio
from appliance.engine.ensemble import Ensemble
from appliance.engine.model import Model


def figures(bench: Bench) -> Iterator[Figure]:
    """Time one run over 80 characters beside 80 steps; then all styles, who wait for each other."""
    effort = bench.effort
    tokens = np.frombuffer(TEXT.encode("ascii"), dtype=np.uint8).astype(np.int64)[None]
    model = Model(next(iter(bench.styles.values())))

    def stepwise() -> None:
        state = model.zero()
        for at in range(tokens.shape[1]):
            _, state = model.read(tokens[:, at : at + 1], state)

    ways = {"at once": lambda: model.read(tokens, model.zero()), "stepwise": stepwise}
    times = in_turns(ways, effort.rounds, 2)
    yield times["at once"].figure(f"one style, {tokens.shape[1]} characters in one run")
    yield times["stepwise"].figure("the same, character by character")
    yield ratio("stepwise ÷ in one run", times["stepwise"], times["at once"])
    every: list[float] = []
    models = {slug: Model(path) for slug, path in bench.styles.items()}
    with Ensemble(models, workers=bench.workers) as ensemble:
        for _ in range(effort.rounds):
            ensemble.restart(TEXT)
            began = time.perf_counter()
            ensemble.weigh(np.ones(len(models)))
            ensemble.settle()
            every.append(1e3 * (time.perf_counter() - began))
            ensemble.weigh(np.zeros(len(models)))
    yield Figure.of(f"{len(models)} styles at once, until the last is ready", "ms", every)


MEASURE = Measure("Catch-up", figures)

"""From a weight's change to the first character that is drawn with it.

All styles are fed and stay so; one weight at a time is changed, half of the changes at a random
moment, half of them between one and four milliseconds before a tick. A change counts at a tick if
the first character that comes after it was drawn with it.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from appliance import wire
from appliance.bench.figures import Figure
from appliance.bench.measure import Bench, BenchError, Measure
from appliance.bench.measures.tick import dues
from appliance.bench.running import PACE, Arrival, Engine, running

STEP = 1.0 / PACE
JUST_BEFORE = (0.001, 0.004)  # seconds before a tick
CLOSE = 1e-5  # two mixtures further apart than this differ; the wire carries 32-bit floats
MOST_TICKS = 20  # before a change that was not heard is an error


@dataclass(frozen=True, slots=True)
class Change:
    """A weight's change: when it was sent, and what came up to the first character with it."""

    sent: float
    aimed: bool
    came: tuple[Arrival, ...]

    @property
    def took(self) -> float:
        """Seconds until the first character with it."""
        return self.came[-1].at - self.sent


def figures(bench: Bench) -> Iterator[Figure]:
    """Change weights of a running engine and watch the characters."""
    weights = dict.fromkeys(bench.styles, 1.0)
    random = np.random.default_rng(2016)
    arrivals: list[Arrival] = []
    changes: list[Change] = []
    with running(bench, weights) as engine:
        characters = engine.characters()
        while len(arrivals) < bench.effort.warm:
            arrivals.append(next(characters))
        for number in range(bench.effort.changes):
            aimed = number % 2 == 1
            change = _change(engine, weights, arrivals, random, aimed=aimed)
            changes.append(change)
    free = [1e3 * change.took for change in changes if not change.aimed]
    yield Figure.of("from a change at a random moment to its character", "ms", free,
                    f"a tick comes every {1e3 * STEP:g} ms")  # fmt: skip
    due = _due_by_index(arrivals)
    in_time = [c for c in changes if c.sent <= due[c.came[0].index] - JUST_BEFORE[0]]
    for name, chosen in (
        ("changes 1 ms or more before a tick that counted at it", in_time),
        ("of them, those aimed at the last 4 ms", [c for c in in_time if c.aimed]),
    ):
        if not chosen:
            yield Figure.missing(name, "no change was sent in that time")
            continue
        counted = sum(len(change.came) == 1 for change in chosen)
        note = f"{counted} of {len(chosen)}; aim: all"
        yield Figure(name, "%", 100.0 * counted / len(chosen), n=len(chosen), note=note)


def _change(
    engine: Engine,
    weights: dict[str, float],
    arrivals: list[Arrival],
    random: np.random.Generator,
    *,
    aimed: bool,
) -> Change:
    """Change one weight, wait for it in a character, and append what came to the arrivals."""
    moment = time.time() + random.uniform(0.0, 2.0 * STEP)
    if aimed:
        latest = arrivals[-1]
        due = _due_by_index(arrivals)[latest.index] + 2.0 * STEP
        moment = due - random.uniform(*JUST_BEFORE)
    while (left := moment - time.time()) > 0.0:
        early = engine.next_within(left)
        if early is not None:
            arrivals.append(early)
    slug = str(random.choice(list(weights)))
    # Heavy enough to stay fed, and far enough from what it was to be told apart.
    weights[slug] = random.uniform(0.5, 0.7) if weights[slug] > 0.75 else random.uniform(0.8, 1.0)
    total = sum(weights.values())
    sent = engine.send(wire.Weight(slug, weights[slug]))
    came: list[Arrival] = []
    for arrival in engine.characters():
        arrivals.append(arrival)
        if arrival.at < sent:  # was on its way already
            continue
        came.append(arrival)
        told = arrival.weights
        if all(abs(told.get(s, 0.0) - w / total) < CLOSE for s, w in weights.items()):
            return Change(sent, aimed, tuple(came))
        if len(came) == MOST_TICKS:
            break
    raise BenchError(f"a change of the weight of {slug} was not heard for {MOST_TICKS} characters")


def _due_by_index(arrivals: list[Arrival]) -> dict[int, float]:
    """Return when each character was due, by its number, on the grid by which none came early."""
    at = np.array([arrival.at for arrival in arrivals])
    numbers = np.array([arrival.index for arrival in arrivals])
    due = dues(at, numbers, STEP)
    due += (at - due).min()
    return dict(zip(numbers.tolist(), due.tolist(), strict=True))


MEASURE = Measure("From a weight's change to a character drawn with it", figures)

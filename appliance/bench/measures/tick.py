"""How late the tick is, with all styles fed and a stage beside the engine.

The engine tells how much later than due it drew (`late` in `/status`). Seen from outside, lateness
is when a character's datagram came, against an even grid that is laid so that none comes too early.
"""

import contextlib
import itertools
import threading
import time
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from appliance.bench.figures import Figure
from appliance.bench.measure import Bench, Measure
from appliance.bench.running import PACE, running, seconds_spent, stage_beside


def figures(bench: Bench) -> Iterator[Figure]:
    """Run an engine and a stage, and listen once both have come up."""
    effort = bench.effort
    with (
        running(bench, dict.fromkeys(bench.styles, 1.0)) as engine,
        stage_beside(engine) as stage,
    ):
        characters = engine.characters()
        for _ in itertools.islice(characters, effort.warm):
            pass
        spent = seconds_spent(engine.pid), seconds_spent(stage)
        with sleeping(1.0 / PACE) as overslept:
            came = list(itertools.islice(characters, effort.characters))
        arrivals = np.array([one.at for one in came])
        numbers = np.array([one.index for one in came])
        seconds = arrivals[-1] - arrivals[0]
        busy = seconds_spent(engine.pid) - spent[0], seconds_spent(stage) - spent[1]
        while engine.status is None:
            next(characters)
        status = engine.status
    late = lateness(arrivals, numbers, 1.0 / PACE)
    yield Figure.of("lateness on the wire", "ms", 1e3 * late, "aim: p99 below 2")
    yield Figure.of("lateness of a bare sleep meanwhile", "ms", 1e3 * np.array(overslept),
                    "what the machine does to anybody")  # fmt: skip
    # The engine tells the one percentile; it has seen the first characters too.
    yield Figure("one tick in a hundred is later, says the engine", "ms", status.late)
    yield Figure("styles that rested to hold the pace", "", float(status.resting))
    for name, used in zip(("engine", "stage"), busy, strict=True):
        note = "drawn by software, shown to nobody" if name == "stage" else ""
        yield Figure(f"processor time of the {name}", "ms/s", 1e3 * used / seconds, note=note)


@contextlib.contextmanager
def sleeping(step: float) -> Iterator[list[float]]:
    """Sleep on a thread to the beats of an even grid; yields how late it woke, seconds."""
    late: list[float] = []
    stopped = threading.Event()

    def sleep_on() -> None:
        due = time.monotonic()
        while not stopped.is_set() or not late:
            due += step
            time.sleep(max(0.0, due - time.monotonic()))
            late.append(time.monotonic() - due)

    sleeper = threading.Thread(target=sleep_on)
    sleeper.start()
    try:
        yield late
    finally:
        stopped.set()
        sleeper.join()


def lateness(
    arrivals: NDArray[np.float64], numbers: NDArray[np.int64], step: float
) -> NDArray[np.float64]:
    """Return how late each arrival (N,) of a character with a number (N,) is, seconds."""
    late = arrivals - dues(arrivals, numbers, step)
    since_earliest: NDArray[np.float64] = late - late.min()
    return since_earliest


def dues(
    arrivals: NDArray[np.float64], numbers: NDArray[np.int64], step: float
) -> NDArray[np.float64]:
    """Return when each character was due (N,), taking the first as in time.

    The engine's own rule: a character is due a step after the one before was, but no earlier than a
    step before that one came, so that a hold-up is followed by no burst.
    """
    due = arrivals.copy()
    for i in range(1, len(due)):
        steps = step * (numbers[i] - numbers[i - 1])
        due[i] = max(due[i - 1] + steps, arrivals[i - 1] - step)
    return due


MEASURE = Measure("Lateness of the tick, all styles fed, 20 characters a second", figures)

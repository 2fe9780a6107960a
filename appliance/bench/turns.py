"""Several ways to do one thing, timed in turns, so that a noisy moment hits all of them alike."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from appliance.bench.figures import Figure, short

MICRO = 1e6
# onnxruntime's threads spin on for a while after a call: that is not to be another way's loss.
QUIET = 0.02  # seconds in which this process must have been idle before each turn
IDLE = 0.1  # of them that may be used up all the same
MOST_RESTS = 200


@dataclass(frozen=True, slots=True)
class Times:
    """Seconds of every call, (rounds, block): on the wall's clock, and of all this process's cores.

    The first call of a turn is not among them: it finds the caches full of another way's data.
    """

    wall: NDArray[np.float64]
    cpu: NDArray[np.float64]

    def figure(self, name: str, note: str = "") -> Figure:
        """Return the microseconds of a call."""
        return Figure.of(name, "µs", self.wall.ravel() * MICRO, note)


def in_turns(
    ways: Mapping[str, Callable[[], object]],
    rounds: int,
    block: int,
    *,
    wall: Callable[[], float] = time.perf_counter,
    cpu: Callable[[], float] = time.process_time,
    rest: Callable[[float], object] = time.sleep,
) -> dict[str, Times]:
    """Call each way `block` times, then the next, `rounds` times over; return the times of each."""
    times = {way: Times(np.zeros((rounds, block)), np.zeros((rounds, block))) for way in ways}
    for turn in range(rounds):
        for name, way in ways.items():
            _until_idle(cpu, rest)
            way()
            for call in range(block):
                began, spent = wall(), cpu()
                way()
                times[name].cpu[turn, call] = cpu() - spent
                times[name].wall[turn, call] = wall() - began
    return times


def _until_idle(cpu: Callable[[], float], rest: Callable[[float], object]) -> None:
    for _ in range(MOST_RESTS):
        spent = cpu()
        rest(QUIET)
        if cpu() - spent < IDLE * QUIET:
            return


def ratio(name: str, slow: Times, fast: Times, note: str = "") -> Figure:
    """Return how many times slower one way is: the median of the ratios of each pair of turns."""
    pairs = np.median(slow.wall, axis=1) / np.median(fast.wall, axis=1)
    of_medians = float(np.median(slow.wall) / np.median(fast.wall))
    of_work = float(np.median(slow.cpu) / np.median(fast.cpu))
    words = f"ratio of the medians {short(of_medians)}, of processor time {short(of_work)}"
    note = f"{note}; {words}" if note else words
    return Figure(name, "times", float(np.median(pairs)), n=len(pairs), note=note)

"""How fast this machine reads memory, and what that allows for the bytes of the models."""

import contextlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

from appliance.bench.figures import Figure, short
from appliance.bench.machine import last_cache
from appliance.bench.measure import Bench, Measure
from appliance.bench.turns import MICRO, Times, in_turns

GIGA = 1e9


def figures(bench: Bench) -> Iterator[Figure]:
    """Sum an array that no cache holds, on one core and on all."""
    size, times = read_memory(bench)
    for way, found in times.items():
        rates = size / GIGA / found.wall
        yield Figure(
            f"reading memory, {way}",
            "GB/s",
            float(np.median(rates)),
            n=rates.size,
            note=f"fastest pass {short(float(rates.max()))}",
        )
    weights = bytes_of_all(bench)
    yield Figure(
        f"weights that {len(bench.styles)} styles read a character",
        "MB",
        weights / 1e6,
        note="one row of the embedding, all else whole",
    )
    yield Figure(
        "the limit: those weights at the fastest pass",
        "µs",
        weights / fastest(size, times) * MICRO,
        note=cache_word(weights, last_cache()),
    )


def read_memory(bench: Bench) -> tuple[int, dict[str, Times]]:
    """Return an array's bytes, and the times to sum it on one core and on all of them.

    A sum of whole numbers, since it is one addition for eight bytes: the memory is the slower.
    """
    memory = np.ones(bench.effort.megabytes * 1_000_000 // 8, dtype=np.int64)
    with on_all_cores(memory, bench.cores) as read:
        times = in_turns(
            {"one core": memory.sum, f"{bench.cores} cores": read},
            rounds=max(2, bench.effort.rounds // 2),
            block=2,
        )
    return memory.nbytes, times


@contextlib.contextmanager
def on_all_cores(memory: NDArray[np.int64], cores: int) -> Iterator[Callable[[], object]]:
    """Yield a pass over an array, a part of it on each core."""
    parts = np.array_split(memory, cores)
    with ThreadPoolExecutor(cores) as pool:
        yield lambda: list(pool.map(np.sum, parts))


def bytes_of_all(bench: Bench) -> int:
    """Return the bytes of weights that one character needs with every style fed."""
    from appliance.bench.weights import bytes_of_file  # noqa: PLC0415  # needs onnx

    return sum(map(bytes_of_file, bench.styles.values()))


def fastest(size: int, times: dict[str, Times]) -> float:
    """Return the most bytes a second that any pass reached: other work can only slow a pass."""
    return size / min(float(found.wall.min()) for found in times.values())


def cache_word(weights: int, cache: int) -> str:
    """Say whether a cache makes the limit moot, given both in bytes; no size of a cache is 0."""
    if not cache:
        return "the system does not say how large its caches are"
    if weights <= cache:
        return f"moot: the last cache, {cache / 1e6:.1f} MB, can hold all of them"
    return f"the last cache holds {cache / 1e6:.1f} MB of them at most"


MEASURE = Measure("Memory bandwidth and the limit it sets", figures)

"""One hour as fast as the machine can: the engine's memory stays flat.

    python -m tests.proofs.hour [--seconds N]

A real engine process types at pace 0 while a stage listens and a hand moves the mixture every other
second, so that styles fall silent and catch up all the time. Its resident memory is read from
/proc. Exit status 1 if the line fitted through what was read after the first sixth of the time
rises by more than MOST_RISE from its beginning to its end, or if the engine stopped typing.
"""

import argparse
import itertools
import random
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from appliance import wire
from appliance.stage.link import Link
from tests.conftest import EngineProcess, wait_for

SECONDS = 3_600.0
SAMPLES, SELDOM = 60, 2.0  # how many; but not more often than the status comes, seconds
MOST_RISE = 2.0  # MiB
WARM_UP = 1 / 6  # of the samples: what is allocated once, and the allocator's own pools
HAND_EVERY = 2.0  # seconds


@dataclass(frozen=True, slots=True)
class Sample:
    """The engine at one moment."""

    seconds: float
    characters: int  # typed since it started
    resident: float  # MiB


def resident(pid: int, proc: Path = Path("/proc")) -> float:
    """Return a process' resident memory, MiB (proc_pid_status(5), VmRSS)."""
    for line in (proc / str(pid) / "status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    raise ValueError(f"process {pid} says nothing of its memory")


def rise(samples: Sequence[Sample]) -> float:
    """Return by how much a line fitted through the samples after warm-up rises, MiB."""
    warm = samples[round(WARM_UP * len(samples)) :]
    seconds = np.array([sample.seconds for sample in warm])
    slope = np.polyfit(seconds - seconds[0], [sample.resident for sample in warm], 1)[0]
    return float(slope * (seconds[-1] - seconds[0]))


def watch(
    engine: EngineProcess,
    link: Link,
    seconds: float,
    every: float,
    told: Callable[[Sample], None],
    hand: random.Random,
) -> list[Sample]:
    """Listen and play for so long; return a sample every so many seconds, each told at once."""
    assert engine._child is not None
    wait_for(link, lambda: link.view.styles)
    styles = list(link.view.styles)
    # At first all together, so that each has what it allocates once.
    link.send(wire.Pace(0.0), wire.Weights(tuple((slug, 1.0) for slug in styles)))
    began = time.monotonic()
    samples: list[Sample] = []
    moved = 0.0
    while len(samples) < seconds / every:
        link.poll()
        now = time.monotonic() - began
        if now - moved >= HAND_EVERY:
            moved = now
            chosen = hand.sample(styles, hand.randint(1, 4))
            link.send(wire.Weights(tuple((slug, hand.uniform(0.1, 1.0)) for slug in chosen)))
            if hand.random() < 0.02:
                link.send(wire.Reset())
        if now >= (len(samples) + 1) * every:
            typed = link.view.status.characters if link.view.status else 0
            samples.append(Sample(now, typed, resident(engine._child.pid)))
            told(samples[-1])
        time.sleep(0.002)  # leaves the processor to the engine; nothing is measured by it
    return samples


def _print(sample: Sample) -> None:
    print(f"{sample.seconds:8.0f} {sample.characters:14,} {sample.resident:10.2f}", flush=True)


def main() -> int:
    """Print a table of samples; exit status 1 if memory rises or the engine stops typing."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.proofs.hour",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--seconds",
        type=float,
        default=SECONDS,
        help="(%(default)s); much less than ten minutes is all warm-up, and fails",
    )
    args = parser.parse_args()
    every = max(args.seconds / SAMPLES, SELDOM)
    print(f"{'seconds':>8} {'characters':>14} {'MiB':>10}")
    with tempfile.TemporaryDirectory() as folder:
        engine = EngineProcess(Path(folder))
        engine.start("--fresh", "--seed", "1")
        try:
            with Link(("127.0.0.1", engine.port), "127.0.0.1", 0, time.monotonic) as link:
                samples = watch(engine, link, args.seconds, every, _print, random.Random(1))
        finally:
            engine.stop()
    typing = all(a.characters < b.characters for a, b in itertools.pairwise(samples))
    rose = rise(samples)
    print(f"after warm-up memory rises by {rose:+.2f} MiB; {MOST_RISE:g} MiB are allowed")
    if not typing:
        print("the engine stopped typing")
    return 0 if typing and rose <= MOST_RISE else 1


if __name__ == "__main__":
    sys.exit(main())

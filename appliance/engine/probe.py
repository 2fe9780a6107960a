"""One execution provider, tried on the models in a process of its own.

    python -m appliance.engine.probe JOB.json REPORT.json

A driver may crash or hang whoever calls it. So this process does it, ends itself after its time,
and what it found stands in a file: others write on standard output as they like.
"""

import json
import math
import signal
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from appliance.catalogue import BadModelError
from appliance.engine.ensemble import CATCH_UP, Ensemble
from appliance.engine.model import Model
from appliance.engine.sampling import Floats
from appliance.engine.session import CPU_NAME, Provider, ProviderError, reason, who_ran

# Genesis 1, Austen's Pride and Prejudice, and C: prose, verse and code all have to agree.
PASSAGE = (
    "In the beginning God created the heaven and the earth. It is a truth universally "
    "ack\n\tif (!page)\n"
)
ROUNDS = 9
Clock = Callable[[], float]


@dataclass(frozen=True, slots=True)
class Report:
    """What was found of a provider: why it is left out, or how it compares with the CPU."""

    name: str
    fault: str = ""  # a clause; empty: it ran everything
    unfinished: bool = False  # its time was over, or the machine lacked something for it
    dequantised: bool = False
    styles: int = 0
    apart: float = math.inf  # largest total variation from the CPU's distributions, 0 to 1
    character: float = math.inf  # seconds for one character, all styles in turn
    cpu_character: float = 0.0  # the same, on the CPU with the files as they are
    catch_up: float = math.inf  # seconds for 80 characters of one style
    cpu_catch_up: float = 0.0


@dataclass(frozen=True, slots=True)
class Job:
    """What is to be tried: a provider, model files, threads that read, and seconds it may take."""

    name: str
    library: str
    models: tuple[str, ...]
    workers: int
    seconds: float


def try_provider(job: Job, clock: Clock = time.perf_counter) -> Report:
    """Try a provider with the models as they are, then dequantised; never raises for its faults."""
    fault = ""
    for dequantised in (False, True):
        provider = Provider(job.name, job.library, dequantised=dequantised)
        try:
            return _compare(provider, [Path(path) for path in job.models], job.workers, clock)
        except (BadModelError, ProviderError) as error:
            fault = str(error)
    return Report(job.name, fault=fault)


def apart(a: Floats, b: Floats) -> float:
    """Return the largest total variation between distributions (..., 128), 0 to 1."""
    return float(0.5 * np.abs(a - b).sum(axis=-1).max())


def reading(model: Model) -> Floats:
    """Return what a model expects in the passage: after 80 characters, then after each one more."""
    tokens = np.frombuffer(PASSAGE.encode("ascii"), dtype=np.uint8).astype(np.int64)[None]
    expects, state = model.read(tokens[:, :CATCH_UP], model.zero())
    all_expected = [expects[0]]
    for at in range(CATCH_UP, tokens.shape[1]):
        expects, state = model.read(tokens[:, at : at + 1], state)
        all_expected.append(expects[0])
    return np.stack(all_expected)


def _compare(provider: Provider, paths: Sequence[Path], workers: int, clock: Clock) -> Report:
    on_cpu: list[Model] = []
    on_it: list[Model] = []
    farthest = 0.0
    with tempfile.TemporaryDirectory() as notes:
        for path in paths:
            try:
                on_cpu.append(Model(path))
            except BadModelError:
                continue  # the engine will name the file, whoever computes
            on_it.append(Model(path, provider, profile=Path(notes)))
            # Like with like: rounding to 8 bits moves a distribution more than a provider may.
            same_form = Model(path, replace(provider, name=CPU_NAME, library=""))
            farthest = max(farthest, apart(reading(same_form), reading(on_it[-1])))
            if on_it[-1].failure:
                raise ProviderError(on_it[-1].failure)
            others = _who_ran(on_it[-1]) - {provider.name}
            if others:
                raise ProviderError(f"it left a part of {path.name} to {', '.join(sorted(others))}")
    if not on_it:
        raise ProviderError("there is no model to try it with")
    with (
        _ensemble(on_it, workers) as its,
        _ensemble(on_cpu, workers) as cpus,
        ThreadPoolExecutor(1) as beside,
    ):
        # In turn, so that heat and other work on the machine fall on both alike.
        rounds = [(_seconds(its, clock), _seconds(cpus, clock)) for _ in range(ROUNDS)]
        catch_ups = [(_catch_up(on_it[0], clock), _catch_up(on_cpu[0], clock)) for _ in range(3)]
        # The engine does both at once, which not every provider bears.
        meanwhile = beside.submit(_catch_up, on_it[0], clock)
        _seconds(its, clock)
        meanwhile.result()
    for model in on_it:
        if model.failure:
            raise ProviderError(model.failure)
    character, cpu_character = map(statistics.median, zip(*rounds, strict=True))
    catch_up, cpu_catch_up = map(statistics.median, zip(*catch_ups, strict=True))
    return Report(
        provider.name,
        dequantised=provider.dequantised,
        styles=len(on_it),
        apart=farthest,
        character=character,
        cpu_character=cpu_character,
        catch_up=catch_up,
        cpu_catch_up=cpu_catch_up,
    )


def _who_ran(model: Model) -> frozenset[str]:
    try:
        return who_ran(model.session)
    except ValueError:  # onnxruntime does not say that it could not write its notes to their end
        raise OSError(
            f"onnxruntime's notes on {model.path.name} are cut short, look whether "
            f"{tempfile.gettempdir()} is full"
        ) from None


@contextmanager
def _ensemble(models: Sequence[Model], workers: int) -> Iterator[Ensemble]:
    """Yield the models as the engine has them while it plays: all fed, ready and shared out."""
    with Ensemble({str(i): model for i, model in enumerate(models)}, workers=workers) as ensemble:
        ensemble.weigh(np.ones(len(models)))
        ensemble.settle()
        ensemble.opinions()  # raises what has ended their catch-up
        yield ensemble


def _seconds(ensemble: Ensemble, clock: Clock) -> float:
    """Return the time in which all styles read one character, as in each tick of the engine."""
    began = clock()
    ensemble.read("e")
    return clock() - began


def _catch_up(model: Model, clock: Clock) -> float:
    tokens: NDArray[np.int64] = np.full((1, CATCH_UP), ord("e"), dtype=np.int64)
    began = clock()
    model.read(tokens, model.zero())
    return clock() - began


def try_or_say(job: Job) -> Report:
    """Try a provider; whatever else fails meanwhile is the report's fault, and never raised.

    What the machine lacks, room or memory, may be there next time: such a trial is unfinished.
    """
    try:
        return try_provider(job)
    except MemoryError:
        return Report(job.name, fault="there was too little memory to try it", unfinished=True)
    except OSError as error:
        return untried(job, error)
    except Exception as error:  # noqa: BLE001  # a status tells a technician nothing
        return Report(job.name, fault=f"its trial failed ({reason(error)})")


def untried(job: Job, error: OSError) -> Report:
    """Return the report on a trial that the machine had no room or no file for."""
    fault = f"it could not be tried ({error.strerror or reason(error)})"
    return Report(job.name, fault=fault, unfinished=True)


def main(job_file: Path, report_file: Path) -> None:
    """Carry out the job in one file and write the report into another."""
    entries = json.loads(job_file.read_text(encoding="utf-8"))
    job = Job(**{**entries, "models": tuple(entries["models"])})
    # Whoever started this process may be gone by then; a hung driver cannot hold up a signal's
    # default action.
    signal.alarm(math.ceil(job.seconds) + 1)
    report_file.write_text(json.dumps(asdict(try_or_say(job))), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))

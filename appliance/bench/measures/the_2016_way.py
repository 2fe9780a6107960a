"""What the way of 2016 costs: Keras, asked for one character of one model after the other.

Keras is no part of the appliance, and nothing here imports `export`: where a Python of this
checkout has Keras, it runs `export.bench_2016` as a process of its own, which prints JSON. So a
Pi needs none of it, and torch's threads and memory are nowhere near the other measures.
"""

import importlib.util
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from appliance.bench.figures import Figure, short
from appliance.bench.measure import Bench, BenchError, Measure
from appliance.bench.turns import MICRO, in_turns

ROOT = Path(__file__).resolve().parents[3]
PROGRAM = ROOT / "export" / "bench_2016.py"
ITS_PYTHON = ROOT / ".venv-export" / "bin" / "python"  # what `make lint` makes
PATIENCE = 600.0  # seconds
WAYS = ("predict", "predict_on_batch")


def figures(bench: Bench) -> Iterator[Figure]:
    """Time Keras in its own process, the engine here before and after it."""
    every = len(bench.styles)
    python = python_with_keras()
    if python is None:
        yield Figure.missing(f"{every} models in turn", "the export group is not installed")
        return
    rounds = max(3, bench.effort.rounds // 4)
    with bench.ensemble(every) as ensemble:
        ways = {"engine": lambda: ensemble.read("e")}
        before = in_turns(ways, rounds, bench.effort.block)["engine"]
        found = _ask(python, every, rounds, *sizes(next(iter(bench.styles.values()))))
        after = in_turns(ways, rounds, bench.effort.block)["engine"]
    engine = float(np.median(np.concatenate([before.wall, after.wall]))) * MICRO
    for way in WAYS:
        seconds = np.array(found[way])
        times = float(np.median(seconds)) * MICRO / engine
        yield Figure.of(f"{every} models in turn, {way}", "ms", 1e3 * seconds,
                        f"{short(times)} times the engine's {short(engine)} µs")  # fmt: skip


def python_with_keras() -> Path | None:
    """Return a Python that has Keras and torch, beside a checkout's `export`; None without one."""
    if not PROGRAM.is_file():
        return None
    if all(importlib.util.find_spec(name) for name in ("keras", "torch")):
        return Path(sys.executable)
    return ITS_PYTHON if ITS_PYTHON.exists() else None


def sizes(path: Path) -> tuple[int, int, int]:
    """Return hidden size, layers and embedding of a model file."""
    import onnx  # noqa: PLC0415  # a bare appliance has none

    graph = onnx.load(path).graph
    tables = {tensor.name: tensor.dims for tensor in graph.initializer}
    hidden = [value.type.tensor_type.shape.dim[-1].dim_value for value in graph.input[1:]]
    (gather,) = (node for node in graph.node if node.op_type == "Gather")
    return int(hidden[0]), len(hidden) // 2, int(tables[gather.input[0]][-1])


def _ask(
    python: Path, models: int, rounds: int, hidden: int, layers: int, embedding: int
) -> dict[str, list[float]]:
    numbers = {"models": models, "rounds": rounds, "hidden": hidden, "layers": layers}
    numbers["embedding"] = embedding
    options = [word for name, value in numbers.items() for word in (f"--{name}", str(value))]
    try:
        ended = subprocess.run(
            [python, "-m", "export.bench_2016", *options],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE,
        )
    except subprocess.TimeoutExpired:
        raise BenchError(f"export.bench_2016 has not ended within {PATIENCE:.0f} s") from None
    if ended.returncode:
        words = ended.stderr.strip().splitlines() or ["without a word"]
        raise BenchError(f"export.bench_2016 ended: {words[-1]}")
    answer: dict[str, list[float]] = json.loads(ended.stdout.splitlines()[-1])
    return answer


MEASURE = Measure("The way of 2016: Keras, one model after the other", figures)

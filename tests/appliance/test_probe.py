import json
import subprocess
import sys
import tempfile
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import asdict
from pathlib import Path
from typing import Any, Self

import numpy as np
import pytest
from numpy.typing import NDArray

from appliance.engine import probe
from appliance.engine.ensemble import CATCH_UP
from appliance.engine.model import Model, State
from appliance.engine.probe import ROUNDS, Job, Report, try_or_say, try_provider
from appliance.engine.reader import Reader
from appliance.engine.session import CPU_NAME
from tests.conftest import PATIENCE, ROOT


@pytest.fixture
def models(tiny: Path) -> tuple[str, ...]:
    return tuple(str(path) for path in sorted(tiny.glob("*.onnx")))


def test_the_cpu_agrees_with_itself_and_is_compared_with_itself(models: tuple[str, ...]) -> None:
    ticks = iter(range(1000))
    report = try_provider(Job(CPU_NAME, "", models, 2, 9.0), clock=lambda: float(next(ticks)))
    assert report == Report(
        CPU_NAME,
        styles=3,
        apart=0.0,
        character=1.0,
        cpu_character=1.0,
        catch_up=1.0,
        cpu_catch_up=1.0,
    )


class AtOnce:
    """An executor that does at once what it is given, so that a test's clock sees one thing."""

    def __init__(self, _threads: int) -> None:
        pass

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def submit(self, call: Callable[..., Any], *arguments: object) -> Future[Any]:
        done: Future[Any] = Future()
        done.set_result(call(*arguments))
        return done


def test_what_is_timed_is_what_the_engine_does_for_a_character(
    models: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    timed = False
    plainly: list[int] = []  # characters at once, in calls without bound buffers
    by_readers: list[int] = []

    def clock() -> float:
        nonlocal timed
        timed = not timed
        return 0.0

    def logits(
        model: Model, tokens: NDArray[np.int64], state: State
    ) -> tuple[NDArray[np.float32], State]:
        if timed:
            plainly.append(tokens.shape[1])
        return whole_logits(model, tokens, state)

    def read(reader: Reader, tokens: NDArray[np.int64]) -> NDArray[np.float32]:
        if timed:
            by_readers.append(tokens.shape[1])
        return whole_read(reader, tokens)

    whole_logits, whole_read = Model.logits, Reader.read
    monkeypatch.setattr(Model, "logits", logits)
    monkeypatch.setattr(Reader, "read", read)
    monkeypatch.setattr(probe, "ThreadPoolExecutor", AtOnce)
    assert try_provider(Job(CPU_NAME, "", models, 1, 9.0), clock=clock).fault == ""
    assert by_readers == [1] * len(models) * (2 * ROUNDS + 1)
    assert {*plainly} == {CATCH_UP}


@pytest.mark.parametrize(
    ("error", "fault", "unfinished"),
    [
        (OSError(28, "No space left on device"), "it could not be tried (No space left", True),
        (MemoryError(), "there was too little memory to try it", True),
        (RuntimeError("the kernel said 7."), "its trial failed (the kernel said 7)", False),
    ],
)
def test_whatever_fails_is_named_and_what_the_machine_lacked_is_tried_again(
    monkeypatch: pytest.MonkeyPatch, error: Exception, fault: str, unfinished: bool
) -> None:
    def fails(_job: Job) -> Report:
        raise error

    monkeypatch.setattr(probe, "try_provider", fails)
    report = try_or_say(Job("Some", "", (), 1, 9.0))
    assert report.fault.startswith(fault)
    assert report.unfinished == unfinished


def test_a_full_disk_is_named_and_is_no_fault_of_the_provider(
    tmp_path: Path, models: tuple[str, ...]
) -> None:
    job, report = tmp_path / "job.json", tmp_path / "report.json"
    job.write_text(json.dumps(asdict(Job(CPU_NAME, "", models[:1], 1, 60.0))), encoding="utf-8")
    script = (
        "import resource, sys\n"
        "from pathlib import Path\n"
        "from appliance.engine.probe import main\n"
        # No file may grow beyond this: onnxruntime cuts its notes off there and says nothing.
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))\n"
        "main(Path(sys.argv[1]), Path(sys.argv[2]))\n"
    )
    subprocess.run(
        [sys.executable, "-c", script, str(job), str(report)],
        check=True,
        cwd=ROOT,
        timeout=PATIENCE,
    )
    found = Report(**json.loads(report.read_text(encoding="utf-8")))
    assert found.unfinished
    assert found.fault == (
        "it could not be tried (onnxruntime's notes on a.onnx are cut short, look whether "
        f"{tempfile.gettempdir()} is full)"
    )

"""Who computes: the CPU, or an accelerator's execution provider that has proved itself.

At first start each provider that the settings name, or that onnxruntime has, is tried on the
models in a process of its own (`probe`): it must run every node, agree with the CPU, and be faster.
What was found is kept in the state folder until something changes that it depends on. Whatever
goes wrong, the CPU plays.
"""

import contextlib
import json
import logging
import os
import platform
import re
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from threading import Thread, Timer
from typing import IO, Any, Self

import onnxruntime as ort  # type: ignore[import-untyped]  # ships no types

from appliance import __version__
from appliance.child import python
from appliance.engine import probe
from appliance.engine.machine import devices, may_open, may_write_and_execute, processor
from appliance.engine.probe import Clock, Job, Report, untried
from appliance.engine.session import CPU, CPU_NAME, Provider
from appliance.files import replace_file
from appliance.settings import Engine

log = logging.getLogger("appliance.engine")

AUTO = ["auto"]
REMOTE = "AzureExecutionProvider"  # asks a service elsewhere; it computes nothing on this machine
FILE = "providers.json"
LIMIT = 10.0  # seconds that a provider may take to be tried, and
LIMIT_A_MEGABYTE = 0.25  # seconds more for each million bytes of models, which it must compile
TOGETHER = 70.0  # seconds that all may take at one start: whoever waits for it sees no character
ENDING = 1.0  # seconds for one that was killed to go
AGREES = 0.02  # largest total variation from the CPU with models of the same form
WORTH_IT = 0.9  # of the CPU's time: below this another provider pays for being less simple
ATTEMPTS = 2  # that may be cut short, by the mains or by the driver, before one gives up
PROVED = 60.0  # seconds that an engine must run before a start counts as good
STARTS = 3  # in a row that may end sooner
COLOUR = re.compile(r"\x1b\[[0-9;]*m")

Attempt = Callable[[Job], Report]


@dataclass(frozen=True, slots=True)
class Choice:
    """Who computes, and one sentence for the status: who, why, and who is left out why."""

    provider: Provider = CPU
    sentence: str = f"{CPU_NAME} computes"


@dataclass(slots=True)
class Record:
    """What is remembered of providers, as long as `key` stays what it was."""

    path: Path
    key: str
    reports: dict[str, Report] = field(default_factory=dict)
    begun: dict[str, int] = field(default_factory=dict)  # probes that have not come back
    starts: int = 0  # with the chosen provider, since the last that proved good

    @classmethod
    def read(cls, path: Path, key: str) -> Self:
        """Read the record; an empty one if there is none, or it is of another key or damaged."""
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError, AttributeError):
            entries: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
            if entries["key"] == key:
                return cls(
                    path,
                    key,
                    {str(name): Report(**report) for name, report in entries["reports"].items()},
                    {str(name): int(count) for name, count in entries["begun"].items()},
                    int(entries["starts"]),
                )
        return cls(path, key)

    def write(self) -> None:
        """Write it; where that is impossible, every start tries anew, and the log says so."""
        # A slow trial may have been the other work's fault: it gets a second one.
        known = {
            name: asdict(report)
            for name, report in self.reports.items()
            if not report.unfinished or self.begun.get(name, 0) >= ATTEMPTS
        }
        entries = {
            "key": self.key,
            "reports": known,
            "begun": self.begun,
            "starts": self.starts,
        }
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            replace_file(self.path, json.dumps(entries, indent=1).encode("utf-8"))
        except OSError as error:
            log.warning("%s cannot be written: %s", self.path, error.strerror)


def choose(
    settings: Engine,
    models: Sequence[Path],
    workers: int,
    folder: Path,
    *,
    attempt: Attempt | None = None,
    clock: Clock = time.monotonic,
) -> Choice:
    """Return who computes these model files, from the record in `folder` or by trying.

    Trying takes `TOGETHER` seconds at most; whoever is not tried by then is at the next start.
    """
    names = wanted(settings)
    if all(name == CPU_NAME for name in names):
        return Choice()
    record = Record.read(folder / FILE, key_of(settings, models, workers))
    if record.starts >= STARTS:
        _give_up(record, settings)
    seconds = LIMIT + LIMIT_A_MEGABYTE * sum(_size_and_time(path)[0] for path in models) / 1e6
    seconds = min(seconds, TOGETHER)
    began, tried = clock(), 0
    for name in names:
        if name == CPU_NAME or name in record.reports:
            continue
        if tried and clock() - began + seconds > TOGETHER:
            fault = "the others took all the time for trials, it is tried at the next start"
            record.reports[name] = Report(name, fault=fault, unfinished=True)
            continue
        paths = tuple(str(path) for path in models)
        job = Job(name, settings.provider_libraries.get(name, ""), paths, workers, seconds)
        record.reports[name] = _try(job, record, attempt or in_a_process)
        record.write()
        tried += 1
    return _decide_from(record, settings)


def wanted(settings: Engine) -> tuple[str, ...]:
    """Return the names of the providers that come into question, in the settings' order."""
    if settings.providers == AUTO:
        found = [name for name in ort.get_available_providers() if name not in (CPU_NAME, REMOTE)]
        return tuple(dict.fromkeys([*found, *settings.provider_libraries]))
    return tuple(dict.fromkeys(settings.providers))


def decide(reports: Sequence[Report], libraries: Mapping[str, str], *, in_order: bool) -> Choice:
    """Return who computes: the first that agrees, or the fastest if it is worth it, or the CPU.

    `reports` are in the order of the settings; one that is called after the CPU stands for it.
    """
    faults = {report.name: _fault(report, in_order=in_order) for report in reports}
    fit = [report for report in reports if not faults[report.name]]
    if fit and not in_order:
        fit = [min(fit, key=lambda report: report.character)]
    left_out = [f"{name} is left out: {fault}" for name, fault in faults.items() if fault]
    if not fit or fit[0].name == CPU_NAME:
        return Choice(CPU, "; ".join([f"{CPU_NAME} computes", *left_out]))
    best = fit[0]
    provider = Provider(best.name, libraries.get(best.name, ""), dequantised=best.dequantised)
    return Choice(provider, "; ".join([f"{best.name} computes: {_speed(best)}", *left_out]))


def key_of(settings: Engine, models: Sequence[Path], workers: int) -> str:
    """Return all that a choice depends on as one string.

    That is versions, settings, machine, files, and what this process may: a provider that failed
    behind a shut door is tried anew when the technician has opened it (docs/service.md).
    """
    libraries = {
        name: [path, *_size_and_time(Path(path))]
        for name, path in settings.provider_libraries.items()
    }
    return json.dumps(
        {
            "version": __version__,
            "onnxruntime": ort.__version__,
            "available": ort.get_available_providers(),
            "providers": settings.providers,
            "libraries": libraries,
            "workers": workers,
            "machine": [platform.machine(), platform.release(), processor(), *devices()],
            "may": {
                "write and execute": may_write_and_execute(),
                "open": may_open(),
                "groups": sorted(os.getgroups()),
            },
            "models": [[path.name, *_size_and_time(path)] for path in models],
        },
        sort_keys=True,
    )


def in_a_process(job: Job) -> Report:
    """Try a provider in a child process; a crash or a hang becomes the report's fault."""
    try:
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
            return _in_a_process(job, Path(folder))
    except OSError as error:
        return untried(job, error)


def _in_a_process(job: Job, folder: Path) -> Report:
    job_file, report_file = folder / "job.json", folder / "report.json"
    job_file.write_text(json.dumps(asdict(job)), encoding="utf-8")
    command = [*python(probe.__name__), str(job_file), str(report_file)]
    try:
        fault = end_of(command, job.seconds)
    except TimeoutError as error:
        return Report(job.name, fault=str(error), unfinished=True)
    with contextlib.suppress(OSError, ValueError, TypeError):
        return Report(**json.loads(report_file.read_text(encoding="utf-8")))
    return Report(job.name, fault=fault or "its trial said nothing")


def end_of(command: Sequence[str], seconds: float) -> str:
    """Run a command; return a clause on how it failed and what it last said, or an empty string.

    Raises TimeoutError, a clause, if it has not ended after some seconds; it is killed. Raises
    OSError if it cannot be started.
    """
    child = subprocess.Popen(
        command,
        cwd=Path(__file__).parents[2],  # where the package is, whoever calls
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    assert child.stderr is not None
    last = _LastLine(child.stderr)
    try:
        status = child.wait(seconds)
    except subprocess.TimeoutExpired:
        child.kill()
        # Who hangs inside a driver cannot even be killed; it is left behind.
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(ENDING)
        raise TimeoutError(f"it was not done within {seconds:.0f} seconds") from None
    if not status:
        return ""
    if status < 0:
        ended = f"it crashed ({signal.strsignal(-status)})"
    else:
        ended = f"its trial ended with status {status}"
    line = last.line()
    return f"{ended} and last said: {line}" if line else ended


class _LastLine(Thread):
    """Takes what a child says, so that it is never held up, and keeps the last line."""

    def __init__(self, stream: IO[bytes]) -> None:
        super().__init__(name="last line", daemon=True)
        self._stream = stream
        self._end = b""
        self.start()

    def run(self) -> None:
        with self._stream as stream:
            while said := os.read(stream.fileno(), 4096):
                self._end = (self._end + said)[-4096:]

    def line(self) -> str:
        """Return the last line, 200 characters at most; empty if nothing was said."""
        self.join(ENDING)  # a child of the child may hold the stream open
        text = COLOUR.sub("", self._end.decode("utf-8", errors="replace"))
        lines = [line.strip() for line in text.splitlines() if line.strip()]
        said = lines[-1][:200] if lines else ""
        return "".join(c for c in said if c.isprintable()).rstrip(" .")


class Probation:
    """Counts starts that end within a minute, and so notices a provider that crashes the engine.

    The trial of a provider is short; what fails later must not start and fail for ever. The CPU
    needs no probation.
    """

    def __init__(self, choice: Choice, folder: Path, seconds: float = PROVED) -> None:
        self._watched = not choice.provider.is_cpu
        self._path = folder / FILE
        self._timer = Timer(seconds, self._count, [0])
        self._timer.daemon = True

    def __enter__(self) -> Self:
        if self._watched:
            self._count(None)
            self._timer.start()
        return self

    def __exit__(self, failure: type[BaseException] | None, *_: object) -> None:
        self._timer.cancel()
        if self._watched and failure is None:
            self._count(0)

    def _count(self, starts: int | None) -> None:
        try:
            key = str(json.loads(self._path.read_text(encoding="utf-8"))["key"])
        except (OSError, ValueError, KeyError, TypeError):
            return
        record = Record.read(self._path, key)
        record.starts = record.starts + 1 if starts is None else starts
        record.write()


def _try(job: Job, record: Record, attempt: Attempt) -> Report:
    """Try one provider, having written down first that it is being tried."""
    if job.library and not Path(job.library).is_file():
        return Report(job.name, fault=f"there is no library {job.library}")
    if not job.library and job.name not in ort.get_available_providers():
        return Report(
            job.name,
            fault=f"onnxruntime {ort.__version__} has none of that name; a plug-in's library "
            "belongs into engine.provider_libraries",
        )
    if record.begun.get(job.name, 0) >= ATTEMPTS:
        return Report(job.name, fault=f"its trial was cut short {ATTEMPTS} times")
    record.begun[job.name] = record.begun.get(job.name, 0) + 1
    record.write()
    log.info("%s is tried for at most %.0f seconds", job.name, job.seconds)
    report = attempt(job)
    if not report.unfinished:
        record.begun.pop(job.name)
    return report


def _give_up(record: Record, settings: Engine) -> None:
    chosen = _decide_from(record, settings).provider.name
    if chosen in record.reports:
        record.reports[chosen] = replace(
            record.reports[chosen],
            fault=f"{record.starts} times in a row the engine ended within {PROVED:g} seconds",
        )
    record.starts = 0
    record.write()


def _decide_from(record: Record, settings: Engine) -> Choice:
    reports = [record.reports.get(name, Report(name)) for name in wanted(settings)]
    return decide(reports, settings.provider_libraries, in_order=settings.providers != AUTO)


def _fault(report: Report, *, in_order: bool) -> str:
    """Return why a report's provider does not compute; empty if it may."""
    if report.name == CPU_NAME or report.fault:
        return report.fault
    if not report.apart <= AGREES:
        return f"its distributions are {report.apart:.3f} apart from the CPU's, {AGREES:g} at most"
    if not in_order and not report.character <= WORTH_IT * report.cpu_character:
        return _speed(report)
    return ""


def _speed(report: Report) -> str:
    return (
        f"{report.styles} styles read a character in {report.character * 1e3:.1f} ms, on the CPU "
        f"in {report.cpu_character * 1e3:.1f} ms; one catches up in {report.catch_up * 1e3:.1f} "
        f"and {report.cpu_catch_up * 1e3:.1f} ms"
    )


def _size_and_time(path: Path) -> tuple[int, int]:
    try:
        found = path.stat()
    except OSError:
        return (0, 0)
    return (found.st_size, found.st_mtime_ns)

import json
import re
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import onnxruntime as ort  # type: ignore[import-untyped]  # ships no types
import pytest

from appliance.engine.probe import Job, Report
from appliance.engine.providers import (
    ENDING,
    FILE,
    LIMIT,
    LIMIT_A_MEGABYTE,
    STARTS,
    TOGETHER,
    Choice,
    Probation,
    choose,
    decide,
    end_of,
    in_a_process,
    key_of,
    wanted,
)
from appliance.engine.session import CPU, CPU_NAME, Provider
from appliance.settings import Engine, Loaded
from tests.conftest import PATIENCE, ROOT
from tests.libraries import CRASHES, HANGS, build
from tests.puppet import Clock

FAST = Report("FastExecutionProvider", styles=24, apart=0.001, character=1e-3, cpu_character=2e-3)
SLOW = replace(FAST, name="SlowExecutionProvider", character=1.9e-3)
STRAY = replace(FAST, name="StrayExecutionProvider", apart=0.03)


def engine(providers: list[str] | None = None, libraries: dict[str, str] | None = None) -> Engine:
    settings = Loaded.read().settings.engine
    return settings.model_copy(
        update={
            "providers": providers or settings.providers,
            "provider_libraries": libraries or {},
        }
    )


class Trials:
    """Trials whose outcome is known, and how often there was one."""

    def __init__(self, *reports: Report) -> None:
        self.reports = {report.name: report for report in reports}
        self.names: list[str] = []

    def __call__(self, job: Job) -> Report:
        self.names.append(job.name)
        return self.reports[job.name]


@pytest.fixture
def library(tmp_path: Path) -> str:
    path = tmp_path / "lib.so"
    path.write_bytes(b"no library at all")
    return str(path)


@pytest.fixture
def models(tiny: Path) -> list[Path]:
    return sorted(tiny.glob("*.onnx"))


def test_the_fastest_that_agrees_computes_and_the_others_are_named() -> None:
    choice = decide([STRAY, SLOW, FAST], {FAST.name: "/lib.so"}, in_order=False)
    assert choice.provider == Provider(FAST.name, "/lib.so")
    assert choice.sentence.startswith(
        "FastExecutionProvider computes: 24 styles read a character in 1.0 ms, on the CPU in 2.0 ms"
    )
    assert (
        "StrayExecutionProvider is left out: its distributions are 0.030 apart" in choice.sentence
    )
    assert "SlowExecutionProvider is left out: 24 styles" in choice.sentence


@pytest.mark.parametrize(
    "report",
    [
        SLOW,
        STRAY,
        replace(FAST, fault="it crashed"),
        replace(FAST, apart=float("nan")),
        replace(FAST, character=float("nan")),
    ],
)
def test_the_cpu_computes_if_no_other_is_worth_it(report: Report) -> None:
    choice = decide([report], {}, in_order=False)
    assert choice.provider == CPU
    assert choice.sentence.startswith(f"{CPU_NAME} computes; {report.name} is left out: ")


def test_in_the_settings_order_the_first_that_agrees_computes_however_slow() -> None:
    assert decide([STRAY, SLOW, FAST], {}, in_order=True).provider.name == SLOW.name
    assert decide([Report(CPU_NAME), FAST], {}, in_order=True).provider == CPU


def test_a_provider_that_needs_the_standard_form_gets_it() -> None:
    choice = decide([replace(FAST, dequantised=True)], {}, in_order=False)
    assert choice.provider.dequantised


def test_what_comes_into_question_is_what_onnxruntime_has_and_the_libraries() -> None:
    built_in = {*ort.get_available_providers()} - {CPU_NAME, "AzureExecutionProvider"}
    names = wanted(engine(libraries={"Some": "/some.so"}))
    assert {*names} == {*built_in, "Some"}
    assert wanted(engine(["B", "A", "B"])) == ("B", "A")


def test_with_nothing_but_the_cpu_nothing_is_tried_or_written(
    tmp_path: Path, models: list[Path]
) -> None:
    trials = Trials()
    assert choose(engine([CPU_NAME]), models, 1, tmp_path, attempt=trials) == Choice()
    assert trials.names == []
    assert list(tmp_path.iterdir()) == []


def test_what_was_found_good_or_bad_is_remembered(
    tmp_path: Path, models: list[Path], library: str
) -> None:
    bad = Report("Bad", fault="it crashed")
    trials = Trials(FAST, bad)
    settings = engine(libraries={FAST.name: library, "Bad": library})
    first = choose(settings, models, 1, tmp_path, attempt=trials)
    again = choose(settings, models, 1, tmp_path, attempt=Trials())
    assert trials.names == [FAST.name, "Bad"]
    assert first == again
    assert first.provider == Provider(FAST.name, library)
    assert "Bad is left out: it crashed" in first.sentence


def test_whatever_changes_is_tried_anew(
    tmp_path: Path, models: list[Path], library: str, tiny: Path
) -> None:
    settings = engine(libraries={FAST.name: library})
    key = key_of(settings, models, 1)
    assert key == key_of(settings, models, 1)
    assert key != key_of(settings, models, 2)
    assert key != key_of(settings, models[:2], 1)
    assert key != key_of(engine([FAST.name], {FAST.name: library}), models, 1)
    Path(library).write_bytes(b"a newer library")
    assert key != key_of(settings, models, 1)


@pytest.mark.parametrize("door", ["may_open", "may_write_and_execute", "os.getgroups"])
def test_what_failed_behind_a_shut_door_is_tried_anew_when_it_is_open(
    tmp_path: Path,
    models: list[Path],
    library: str,
    monkeypatch: pytest.MonkeyPatch,
    door: str,
) -> None:
    settings = engine(libraries={FAST.name: library})
    shut = Trials(replace(FAST, fault="its library finds no device"))
    for _ in range(2):
        assert choose(settings, models, 1, tmp_path, attempt=shut).provider == CPU
    assert shut.names == [FAST.name]
    monkeypatch.setattr(f"appliance.engine.providers.{door}", lambda: [4711])
    choice = choose(settings, models, 1, tmp_path, attempt=Trials(FAST))
    assert choice.provider.name == FAST.name


@pytest.mark.parametrize("damage", [b"", b"{}", b"\xff", b"[]", b'{"key": 3, "reports": 4}'])
def test_a_record_that_cannot_be_read_is_as_none(
    tmp_path: Path, models: list[Path], library: str, damage: bytes
) -> None:
    (tmp_path / FILE).write_bytes(damage)
    trials = Trials(FAST)
    settings = engine(libraries={FAST.name: library})
    assert choose(settings, models, 1, tmp_path, attempt=trials).provider.name == FAST.name
    assert trials.names == [FAST.name]


def test_a_folder_that_cannot_be_written_stops_nobody(
    tmp_path: Path, models: list[Path], library: str, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_bytes(b"")
    settings = engine(libraries={FAST.name: library})
    choice = choose(settings, models, 1, tmp_path / "file", attempt=Trials(FAST))
    assert choice.provider.name == FAST.name
    assert "cannot be written" in caplog.text


def test_a_trial_that_takes_the_machine_down_is_not_begun_for_ever(
    tmp_path: Path, models: list[Path], library: str
) -> None:
    def cut(job: Job) -> Report:
        raise KeyboardInterrupt  # nothing after this line is carried out, as in a power cut

    settings = engine(libraries={"Short": library})
    for _ in range(2):
        with pytest.raises(KeyboardInterrupt):
            choose(settings, models, 1, tmp_path, attempt=cut)
    choice = choose(settings, models, 1, tmp_path, attempt=cut)
    assert choice.provider == CPU
    assert "Short is left out: its trial was cut short 2 times" in choice.sentence


def test_a_slow_trial_gets_a_second_one_and_no_third(
    tmp_path: Path, models: list[Path], library: str
) -> None:
    trials = Trials(Report("Slow", fault="it was not done", unfinished=True))
    settings = engine(libraries={"Slow": library})
    for _ in range(4):
        choice = choose(settings, models, 1, tmp_path, attempt=trials)
        assert choice.provider == CPU
        assert "Slow is left out: it was not done" in choice.sentence
    assert trials.names == ["Slow", "Slow"]


def test_a_name_that_is_nowhere_is_one_clear_sentence(tmp_path: Path, models: list[Path]) -> None:
    choice = choose(engine(["NoExecutionProvider"]), models, 1, tmp_path)
    assert choice.provider == CPU
    assert "NoExecutionProvider is left out: onnxruntime" in choice.sentence
    assert "engine.provider_libraries" in choice.sentence
    choice = choose(engine(libraries={"No": "/no/lib.so"}), models, 1, tmp_path)
    assert choice.sentence == f"{CPU_NAME} computes; No is left out: there is no library /no/lib.so"


def test_a_library_that_is_none_is_left_out(
    tmp_path: Path, models: list[Path], library: str
) -> None:
    choice = choose(engine(libraries={"Text": library}), models, 1, tmp_path)
    assert choice.provider == CPU
    assert "Text is left out: its library does not load" in choice.sentence
    assert "\n" not in choice.sentence


def test_a_library_that_crashes_takes_only_its_own_process_with_it(
    tmp_path: Path, models: list[Path]
) -> None:
    libraries = {"Crash": build(tmp_path, CRASHES)}
    choice = choose(engine(libraries=libraries), models, 1, tmp_path)
    assert choice.sentence == f"{CPU_NAME} computes; Crash is left out: it crashed (Aborted)"
    again = choose(engine(libraries=libraries), models, 1, tmp_path, attempt=Trials())
    assert again == choice


def test_a_library_that_hangs_is_ended(tmp_path: Path, models: list[Path]) -> None:
    names = tuple(str(path) for path in models)
    report = in_a_process(Job("Hang", build(tmp_path, HANGS), names, 1, seconds=3.0))
    assert report.unfinished
    assert report.fault == "it was not done within 3 seconds"


def test_how_a_process_ended_is_told() -> None:
    assert end_of([sys.executable, "-c", "pass"], 30.0) == ""
    assert end_of([sys.executable, "-c", "raise SystemExit(3)"], 30.0) == (
        "its trial ended with status 3"
    )
    said = "raise SystemExit('one\\n\\x1b[31mtwo.\\x1b[m\\n\\n')"
    assert end_of([sys.executable, "-c", said], 30.0) == (
        "its trial ended with status 1 and last said: two"
    )
    much = "import os, sys; sys.stderr.write('x' * 9_000_000); sys.stderr.flush(); os.abort()"
    assert end_of([sys.executable, "-c", much], 30.0) == (
        f"it crashed (Aborted) and last said: {'x' * 200}"
    )


def test_no_room_for_a_trial_stops_nobody_and_it_is_tried_again(
    tmp_path: Path, models: list[Path], library: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = engine(libraries={FAST.name: library})
    with monkeypatch.context() as patch:
        patch.setattr(tempfile, "tempdir", str(tmp_path / "nowhere"))
        choice = choose(settings, models, 1, tmp_path)
    assert choice.sentence == (
        f"{CPU_NAME} computes; {FAST.name} is left out: it could not be tried (No such file or "
        "directory)"
    )
    assert choose(settings, models, 1, tmp_path, attempt=Trials(FAST)).provider.name == FAST.name


def test_trials_that_hang_leave_time_for_a_start_and_the_next_start_tries_the_others(
    tmp_path: Path, models: list[Path], library: str, clock: Clock
) -> None:
    tried: list[str] = []

    def hangs(job: Job) -> Report:
        tried.append(job.name)
        clock.now += job.seconds + ENDING
        return Report(job.name, fault="it was not done", unfinished=True)

    names = [f"Hang{i}" for i in range(9)]
    settings = engine(libraries=dict.fromkeys(names, library))
    first = choose(settings, models, 1, tmp_path, attempt=hangs, clock=clock)
    assert "Hang8 is left out: the others took all the time for trials" in first.sentence
    for _ in range(5):
        began = clock.now
        choose(settings, models, 1, tmp_path, attempt=hangs, clock=clock)
        assert clock.now - began <= TOGETHER + ENDING
    assert sorted(tried) == sorted(2 * names)


def test_large_models_take_no_more_time_than_a_start_has(tmp_path: Path, library: str) -> None:
    asked: list[float] = []

    def attempt(job: Job) -> Report:
        asked.append(job.seconds)
        return replace(FAST, name=job.name)

    for megabytes in (1, 1000):
        path = tmp_path / f"{megabytes}.onnx"
        with path.open("wb") as model:
            model.truncate(megabytes * 1_000_000)  # a hole, which takes no room
        choose(engine(libraries={"Some": library}), [path], 1, tmp_path, attempt=attempt)
    assert asked == [LIMIT + LIMIT_A_MEGABYTE, TOGETHER]


def test_the_unit_waits_for_all_trials_and_a_start_besides() -> None:
    unit = (ROOT / "deploy/systemd/appliance-engine.service").read_text(encoding="utf-8")
    [allowed] = re.findall(r"^TimeoutStartSec=(\d+)$", unit, re.MULTILINE)
    [said] = re.findall(r"(\d+) s for all of them, (\d+) s to end .* and (\d+) s to load", unit)
    assert tuple(map(float, said[:2])) == (TOGETHER, ENDING)
    assert sum(map(int, said)) == int(allowed)
    assert int(said[2]) >= 15


def test_an_engine_that_dies_young_gives_its_provider_up(
    tmp_path: Path, models: list[Path], library: str
) -> None:
    settings = engine(libraries={FAST.name: library})
    for _ in range(STARTS):
        choice = choose(settings, models, 1, tmp_path, attempt=Trials(FAST))
        assert choice.provider.name == FAST.name
        Probation(choice, tmp_path).__enter__()._timer.cancel()  # and then it crashes
    choice = choose(settings, models, 1, tmp_path, attempt=Trials())
    assert choice.provider == CPU
    assert f"{STARTS} times in a row the engine ended within 60 seconds" in choice.sentence
    assert choose(settings, models, 1, tmp_path, attempt=Trials()) == choice


def test_an_engine_that_lives_or_is_stopped_keeps_its_provider(
    tmp_path: Path, models: list[Path], library: str
) -> None:
    settings = engine(libraries={FAST.name: library})
    for _ in range(STARTS + 1):
        choice = choose(settings, models, 1, tmp_path, attempt=Trials(FAST))
        with Probation(choice, tmp_path):
            assert json.loads((tmp_path / FILE).read_text())["starts"] == 1
    young = Probation(choice, tmp_path, seconds=0.0)
    young.__enter__()
    young._timer.join(PATIENCE)
    assert not young._timer.is_alive()
    assert json.loads((tmp_path / FILE).read_text())["starts"] == 0


def test_an_engine_that_ends_by_an_error_is_counted_against_its_provider(
    tmp_path: Path, models: list[Path], library: str
) -> None:
    settings = engine(libraries={FAST.name: library})
    choice = choose(settings, models, 1, tmp_path, attempt=Trials(FAST))
    with pytest.raises(MemoryError), Probation(choice, tmp_path):
        raise MemoryError
    assert json.loads((tmp_path / FILE).read_text())["starts"] == 1


def test_the_cpu_is_on_no_probation(tmp_path: Path) -> None:
    with Probation(Choice(), tmp_path):
        assert list(tmp_path.iterdir()) == []

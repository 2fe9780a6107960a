"""How long add-style trains: so many minutes on the clock, whatever else the machine does."""

import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from export.adding.timed import AMISS, CHECKS, LONGEST, TimedRun, in_length
from export.recurrence import _fused
from export.trainer import Recipe
from tests.export import tiny

STEP = 8 * 32
FIRST = in_length(Recipe(rows=8, length=32, rate=1e-2, cool_down=1.0), 40 * STEP)
TEXT = tiny.text(tiny.WOODS, seed=1, characters=4_000)


def nothing(*_: object) -> None:
    pass


@pytest.fixture(autouse=True)
def _quickly(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Compile nothing, and do not wait for the disk at each of many measurements."""
    _fused.cache_clear()
    monkeypatch.setattr(shutil, "which", lambda _: None)
    monkeypatch.setattr(os, "fsync", nothing)
    yield
    _fused.cache_clear()


@dataclass
class Machine:
    """A clock by which every step takes so many seconds."""

    step: float
    now: float = 1_000.0

    def __call__(self) -> float:
        self.now += self.step
        return self.now


def run(folder: Path, machine: Machine, *, recipe: Recipe = FIRST, seconds: float = 40.0,
        most: int = 400 * STEP) -> TimedRun:  # fmt: skip
    texts = ({"woods": TEXT}, {"woods": TEXT})
    return TimedRun(folder, tiny.SHAPE, recipe, *texts, most=most, seconds=seconds, clock=machine)


def checks(folder: Path) -> list[int]:
    """Return after how many steps it was measured."""
    log = (folder / "log.jsonl").read_text().splitlines()
    return [json.loads(line)["characters"] // STEP for line in log]


def steps_of(trained: TimedRun) -> int:
    return trained.done // STEP


def test_on_a_machine_as_fast_as_planned_the_plan_is_kept(tmp_path: Path) -> None:
    trained = run(tmp_path, Machine(1.0))
    trained.train(nothing)
    assert steps_of(trained) == 40 and trained.recipe == FIRST
    assert trained.seconds == pytest.approx(40.0)
    assert len(trained.stretches) == 1


def test_a_machine_that_gets_busy_takes_no_longer_and_learns_less(tmp_path: Path) -> None:
    machine = Machine(1.0)
    trained = run(tmp_path, machine)

    def busy(done: int, *_: object) -> None:
        machine.step = 4.0 if done >= 20 * STEP else 1.0

    trained.train(busy)
    assert 40.0 <= trained.seconds < 40.0 + 4.0
    assert steps_of(trained) == 25  # 20 s for the first 20, and 4 s each after that
    assert checks(tmp_path)[-1] == 25  # the last weights are measured
    # The rate has fallen as over a run of that length, and not stopped half-way.
    assert trained.recipe.characters <= (1 + AMISS) * trained.done
    assert trained.stretches[-1]["planned"] == trained.recipe.characters


def test_a_trial_on_a_busy_machine_ruins_nothing(tmp_path: Path) -> None:
    trained = run(tmp_path, Machine(0.25))  # four times as fast as was planned for
    trained.train(nothing)
    assert 0.9 * 160 < steps_of(trained) <= 160
    assert trained.seconds <= 40.0
    # It is measured as often as it would have been, so that patience means the same.
    assert trained.recipe.check_every > 3 * STEP
    assert len(checks(tmp_path)) < 2 * CHECKS


def test_it_never_reads_more_than_the_recipe_allows(tmp_path: Path) -> None:
    trained = run(tmp_path, Machine(0.25), most=60 * STEP)
    trained.train(nothing)
    assert steps_of(trained) == 60
    assert trained.ended_by == "that is as often as the recipe allows"


def test_why_it_ended_is_told(tmp_path: Path) -> None:
    slow = run(tmp_path / "slow", Machine(10.0))
    slow.train(nothing)
    assert slow.ended_by == "that is what the time allows" and steps_of(slow) == 4
    vain = run(tmp_path / "vain", Machine(1.0))
    vain.train(nothing, patience=0)
    assert vain.ended_by == "the validation text gains no more"


def test_a_killed_run_does_not_begin_to_count_anew(tmp_path: Path) -> None:
    first = run(tmp_path, Machine(3.0))
    for _ in range(11):
        first.step()
    first.save()
    second = run(tmp_path, Machine(3.0), recipe=first.recipe)
    assert second.seconds == first.seconds == 33.0
    second.train(nothing)
    assert steps_of(second) == 11 + 3 and second.seconds == pytest.approx(42.0)
    third = run(tmp_path, Machine(3.0), recipe=second.recipe)
    assert third.finished
    before = checks(tmp_path)
    third.train(nothing)
    assert third.done == second.done and checks(tmp_path) == before


@pytest.mark.parametrize("kept", [None, "{", "[]", '{"seconds": null}'])
def test_where_the_time_is_lost_that_of_the_processor_is_taken(
    tmp_path: Path, kept: str | None
) -> None:
    first = run(tmp_path, Machine(3.0))
    for _ in range(3):
        first.step()
    first.spent = 7.5
    first.save()
    if kept is None:
        (tmp_path / "time.json").unlink()
    else:
        (tmp_path / "time.json").write_text(kept)
    assert run(tmp_path, Machine(3.0)).seconds == 7.5


def test_a_run_that_begins_anew_has_all_its_time(tmp_path: Path) -> None:
    first = run(tmp_path, Machine(30.0))
    first.train(nothing)
    assert first.finished
    (tmp_path / "checkpoint.npz").unlink()
    second = run(tmp_path, Machine(30.0))
    assert second.seconds == 0.0 and not second.finished


def test_a_pause_is_no_training(tmp_path: Path) -> None:
    machine = Machine(1.0)
    trained = run(tmp_path, machine, seconds=1_000.0)
    trained.step()
    trained.step()
    machine.now += 3_600.0  # stopped by hand, and gone on with an hour later
    trained.step()
    assert trained.seconds == 2.0 + LONGEST


def test_the_first_step_of_a_stretch_is_taken_to_last_as_long_as_the_second(tmp_path: Path) -> None:
    machine = Machine(1.0)
    trained = run(tmp_path, machine)
    machine.now += 30.0  # in which it compiles
    trained.step()
    trained.step()
    assert trained.seconds == 2.0

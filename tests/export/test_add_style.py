"""An artist's one command, from a folder of texts to a voice that the appliance plays."""

import errno
import functools
import itertools
import json
import os
import re
import shutil
import tempfile
from pathlib import Path

import pytest

from appliance.__main__ import main as appliance
from appliance.catalogue import read_catalogue
from export import add_style
from export.adding.timed import TimedRun
from export.listing import read_sums
from export.train import read_recipe, with_bar
from export.trainer import Recipe, Run, load_weights
from export.verify import verify
from tests.export import tiny
from tests.export.added import add, folder, runs

FIXTURES = (folder,)


def test_from_a_folder_of_texts_to_a_voice_that_plays(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert add(folder, "--licence", "mine", "--advisory", "adult") == 0
    printed = capsys.readouterr()
    told = " ".join(printed.err.split())
    assert "for at most 12 minutes, in which they are read about 0.5 times over" in told
    assert "minutes: that is as often as the recipe allows" in told
    assert "This is little text: 30," in printed.out

    style = read_catalogue(folder / "models").styles["my_woods"]
    assert (style.title, style.advisory, style.licence) == ("My woods", "adult", "mine")
    assert style.about == f"{len(text_of(folder)):,} characters of texts."
    assert all(not checked.faults for checked in verify(folder / "models"))

    page = (folder / "models" / "my_woods.md").read_text()
    assert page.startswith("# My woods\n") and "PPMd of order 6" in page
    assert page.count("`appliance type --mix my_woods=1 ") == 3
    assert "`appliance type --mix my_woods=0.5,sea=0.5 " in page
    assert "- This is little text" in page

    settings = folder / "settings.toml"
    settings.write_text(f'[styles]\nmodels = "{folder / "models"}"\n')
    command = page.split("`appliance ")[1].split("`")[0].split()
    assert appliance([*command, "--settings", str(settings)]) == 0
    assert f"```text\n{capsys.readouterr().out}\n```" in page


def text_of(folder: Path) -> str:
    return (folder / "work" / "added" / "text" / "my_woods.txt").read_text()


def killed(run: Run, title: str, *, patience: float) -> None:
    """Train as `with_bar` does, for three steps."""
    del title, patience
    for _ in range(3):
        run.step()
    run.save()
    raise KeyboardInterrupt


def test_a_killed_run_goes_on_and_a_finished_one_is_not_repeated(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = with_bar
    monkeypatch.setattr(add_style, "with_bar", killed)
    assert add(folder) == 130
    (run_folder,) = runs(folder)
    plan = (run_folder / "recipe.json").read_text()

    began: list[int] = []

    def watched(run: Run, title: str, *, patience: float) -> None:
        began.append(run.done)
        whole(run, title, patience=patience)

    monkeypatch.setattr(add_style, "with_bar", watched)
    monkeypatch.setattr(add_style, "measured_speed", lambda *_: pytest.fail("it knows its plan"))
    assert add(folder) == 0
    assert began == [3 * 8 * 32]
    assert (run_folder / "recipe.json").read_text() == plan
    before = (folder / "models" / "my_woods.onnx").read_bytes()
    capsys.readouterr()
    assert add(folder) == 0
    assert len(began) == 1 and "trained already" in capsys.readouterr().err
    assert (folder / "models" / "my_woods.onnx").read_bytes() == before


def test_other_texts_are_another_run_and_replace_a_voice_only_when_told_to(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert add(folder) == 0
    before = (folder / "models" / "my_woods.onnx").read_bytes()
    (folder / "texts" / "two.txt").write_text(tiny.text(tiny.SKY, seed=3))
    capsys.readouterr()
    assert add(folder) == 2
    sentence = capsys.readouterr().err.splitlines()[-1]
    assert "my_woods.onnx is there, the voice 'My woods' made of other texts" in sentence
    assert "choose another short name than my_woods, or say --replace" in sentence
    assert (folder / "models" / "my_woods.onnx").read_bytes() == before
    assert add(folder, "--replace") == 0
    assert (folder / "models" / "my_woods.onnx").read_bytes() != before
    assert len(runs(folder)) == 2


def test_the_folder_of_models_is_touched_last_of_all(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(*_: object) -> None:
        raise KeyboardInterrupt

    before = {path.name: path.read_bytes() for path in (folder / "models").iterdir()}
    with monkeypatch.context() as patched:
        patched.setattr(add_style, "page", stopped)
        assert add(folder) == 130
    assert {path.name: path.read_bytes() for path in (folder / "models").iterdir()} == before
    assert add(folder) == 0
    assert set(read_sums(folder / "models")) == {"my_woods.onnx", "sea.onnx"}


def test_a_torn_plan_is_read_from_the_checkpoint(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(add_style, "with_bar", killed)
    assert add(folder) == 130
    plan = runs(folder)[0] / "recipe.json"
    plan.write_text(plan.read_text()[:20])
    went_on: list[int] = []

    def watched(run: Run, title: str, *, patience: float) -> None:
        went_on.append(run.done)
        killed(run, title, patience=patience)

    monkeypatch.setattr(add_style, "with_bar", watched)
    monkeypatch.setattr(add_style, "measured_speed", lambda *_: pytest.fail("it knows its plan"))
    assert add(folder) == 130
    assert went_on == [3 * 8 * 32]


@pytest.mark.parametrize("name", ["checkpoint.npz", "best.npz"])
def test_a_torn_run_says_which_folder_to_delete(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr(add_style, "with_bar", killed)
    assert add(folder) == 130
    (run_folder,) = runs(folder)
    if name == "best.npz":
        (run_folder / "finished.json").write_text("{")  # torn too, but that it is there is enough
    (run_folder / name).write_bytes((run_folder / "checkpoint.npz").read_bytes()[:-400])
    capsys.readouterr()
    assert add(folder) == 2
    sentence = capsys.readouterr().err.splitlines()[-1]
    assert f"{name} is damaged" in sentence
    assert "delete that folder, and it begins anew" in sentence and str(run_folder) in sentence


def test_the_first_plan_is_what_the_trial_says(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(add_style, "measured_speed", lambda *_: 100.0)
    monkeypatch.setattr(add_style, "with_bar", killed)
    assert add(folder, "--minutes", "0.5") == 130
    planned = json.loads((runs(folder)[0] / "recipe.json").read_text())
    assert planned["characters"] == 3_000  # of 13,500 that the recipe allows
    assert planned["check_every"] == 8 * 32  # never more often than a step


def test_minutes_are_at_most_also_over_several_commands(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    hours = functools.partial(TimedRun, clock=functools.partial(next, itertools.count(0, 13)))
    monkeypatch.setattr(add_style, "TimedRun", hours)  # a step takes 13 s all of a sudden
    monkeypatch.setattr(add_style, "measured_speed", lambda *_: 1_000.0)
    whole = with_bar
    monkeypatch.setattr(add_style, "with_bar", killed)
    assert add(folder, "--minutes", "1") == 130  # after three steps, 39 s
    monkeypatch.setattr(add_style, "with_bar", whole)
    assert add(folder, "--minutes", "1") == 0
    finished = json.loads((runs(folder)[0] / "finished.json").read_text())
    assert finished["characters"] == 5 * 8 * 32  # 65 s, and not 13,500
    assert "over in 1.1 minutes: that is what the time allows" in " ".join(
        capsys.readouterr().err.split()
    )


def test_speed_is_characters_a_second(folder: Path) -> None:
    shape, start = load_weights(folder / "base.npz")
    recipe = Recipe(rows=8, length=32)
    ticks = itertools.count(step=0.02)  # a tick a look at the clock: two steps are 0.06 s
    speed = add_style.measured_speed(
        shape, recipe, start, tiny.text(tiny.SEA, seed=1), clock=lambda: next(ticks)
    )
    assert speed == pytest.approx(2 * 8 * 32 / 0.08)


ADDING = Path(__file__).parents[2] / "docs" / "adding-a-style.md"


def test_the_docs_say_what_the_recipe_allows() -> None:
    told = re.findall(r"allows (\d+) passes", " ".join(ADDING.read_text().split()))
    assert told == [f"{read_recipe()['style']['most_passes']:g}"]


# A full disk


def test_a_full_disk_is_named_by_the_folder_on_it(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    texts = folder / "work" / "added" / "text"
    texts.mkdir(parents=True)
    (texts / "my_woods.txt.partial").symlink_to("/dev/full")
    assert add(folder) == 2
    assert capsys.readouterr().err.splitlines()[-1] == (
        f"there is no room left on the disk of {texts}: make room, and the same command goes on"
    )
    assert add(folder) == 0


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_that_no_error_names_is_the_one_with_the_least_room(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(number, os.strerror(number))

    def usage(of: Path) -> object:
        free = 0 if of == folder / "models" else 1_000
        return type("Usage", (), {"free": free})

    monkeypatch.setattr(add_style, "with_bar", full)
    monkeypatch.setattr(shutil, "disk_usage", usage)
    assert add(folder) == 2
    said = capsys.readouterr().err.splitlines()[-1]
    assert said.startswith(f"there is no room left on the disk of {folder / 'models'}: make room")


def test_a_full_disk_of_a_passing_folder_is_named_by_what_stays(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*about: object, **_: object) -> None:
        into = about[-1]
        assert isinstance(into, Path)
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(into / "my_woods.onnx"))

    monkeypatch.setattr(add_style, "convert", lambda *about: full(*about[:6]))
    assert add(folder) == 2
    said = capsys.readouterr().err.splitlines()[-1]
    assert said.startswith(f"there is no room left on the disk of {tempfile.gettempdir()}: make")

"""An artist's one command, from a folder of texts to a voice that the appliance plays."""

import itertools
import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.__main__ import main as appliance
from appliance.catalogue import read_catalogue
from export import add_style
from export.__main__ import main
from export.network import Network
from export.recurrence import _fused
from export.train import with_bar
from export.trainer import Recipe, Run, load_weights, weights_of, write_atomically
from export.verify import verify
from tests.export import tiny

RECIPE = """
[style]
characters = 999
most_passes = 0.5
rows = 8
length = 32
rate = 1e-2
cool_down = 1.0
bound = 1.5
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Return a folder with a tiny base, a recipe, a shipped model, and texts of the woods."""
    _fused.cache_clear()
    monkeypatch.setattr(shutil, "which", lambda _: None)  # nothing is compiled
    monkeypatch.setattr(add_style, "TRIED", 0.05)
    tiny.write(tmp_path, "sea", tiny.SEA, seed=1)
    write_atomically(tmp_path / "base.npz", weights_of(Network(tiny.SHAPE)))
    (tmp_path / "recipe.toml").write_text(RECIPE)
    (tmp_path / "texts").mkdir()
    (tmp_path / "texts" / "one.txt").write_text(tiny.text(tiny.WOODS, seed=2))
    yield tmp_path
    _fused.cache_clear()


def add(folder: Path, *more: str, slug: str = "my_woods") -> int:
    said = [slug, str(folder / "texts"), "--title", "My woods", "--form", "verse"]
    places = {
        "--models": "models",
        "--work": "work",
        "--base": "base.npz",
        "--recipe": "recipe.toml",
    }
    for option, name in places.items():
        said += [option, str(folder / name)]
    return main(["add-style", *said, *more])


def test_from_a_folder_of_texts_to_a_voice_that_plays(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert add(folder, "--licence", "mine", "--advisory", "adult") == 0
    printed = capsys.readouterr()
    assert "at most 0.5 times over" in printed.err.replace("\n", " ")
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


def runs(folder: Path) -> list[Path]:
    return sorted((folder / "work" / "added" / "runs").iterdir())


def test_a_killed_run_goes_on_and_a_finished_one_is_not_repeated(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(run: Run, title: str, *, patience: float) -> None:
        del title, patience
        for _ in range(3):
            run.step()
        run.save()
        raise KeyboardInterrupt

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


def test_other_texts_are_another_run(folder: Path) -> None:
    assert add(folder) == 0
    (folder / "texts" / "two.txt").write_text(tiny.text(tiny.SKY, seed=3))
    assert add(folder) == 0
    assert len(runs(folder)) == 2


def test_time_bounds_how_much_is_read(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(add_style, "measured_speed", lambda *_: 100.0)
    assert add(folder, "--minutes", "0.5") == 0
    planned = json.loads((runs(folder)[0] / "recipe.json").read_text())
    assert planned["characters"] == 3_000  # of 13,500 that the recipe allows
    assert planned["check_every"] == 8 * 32  # never more often than a step


def test_speed_is_characters_a_second(folder: Path) -> None:
    shape, start = load_weights(folder / "base.npz")
    recipe = Recipe(rows=8, length=32)
    ticks = itertools.count(step=0.02)  # a tick a look at the clock: two steps are 0.06 s
    speed = add_style.measured_speed(
        shape, recipe, start, tiny.text(tiny.SEA, seed=1), clock=lambda: next(ticks)
    )
    assert speed == pytest.approx(2 * 8 * 32 / 0.08)


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        (["--colour", "red"], "the colour is 'red', but it must be of the form #rrggbb"),
        (["--title", " "], "the title is empty"),
        (["--minutes", "0"], "0 minutes are too few"),
        (["--base", "/nowhere"], "there is no base /nowhere"),
        (["--recipe", "/nowhere"], "/nowhere cannot be used"),
    ],
)
def test_what_is_asked_wrongly_is_one_sentence(
    folder: Path, capsys: pytest.CaptureFixture[str], more: list[str], sentence: str
) -> None:
    assert add(folder, *more) == 2
    printed = capsys.readouterr().err
    assert sentence in printed.splitlines()[-1]
    assert not (folder / "models" / "my_woods.onnx").exists()


@pytest.mark.parametrize(
    ("slug", "sentence"),
    [
        ("My Woods", "'My Woods' is no short name"),
        ("bible", "bible is one of the shipped styles: choose another short name"),
    ],
)
def test_a_name_that_cannot_be_is_refused(
    folder: Path, capsys: pytest.CaptureFixture[str], slug: str, sentence: str
) -> None:
    assert add(folder, slug=slug) == 2
    assert sentence in capsys.readouterr().err


def test_too_little_text_is_refused(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "texts" / "one.txt").write_text(tiny.text(tiny.WOODS, seed=2, characters=5_000))
    assert add(folder) == 2
    assert "give at least 20,000" in capsys.readouterr().err

"""`train` says in one sentence what was asked wrongly, and keeps what was trained already."""

import importlib
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from appliance.files import sha256_of
from export import train
from export.__main__ import main
from export.network import Network
from export.split import split
from export.trainer import read_notes, weights_of, write_atomically
from tests.export import tiny
from tests.export.added import RECIPE, folder

FIXTURES = (folder,)
ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        (["base", "--work", "/nowhere"], "there are no texts in /nowhere/text: run"),
        (["styles", "--work", "/nowhere"], "there are no texts in /nowhere/text: run"),
        (["style", "--only", "nosuch"], "text/nosuch.txt: run `python -m export prepare`"),
        (["styles", "--only", "nosuch"], "text/nosuch.txt: run `python -m export prepare`"),
        (["style"], "train style takes --only SLUG"),
        (["style", "--base", "/nowhere"], "there is no base at /nowhere: train it first"),
        (["styles", "--base", "/nowhere"], "there is no base at /nowhere: train it first"),
        (["base", "--recipe", "/nowhere"], "the recipe /nowhere cannot be read"),
        (["base", "--recipe", "SHAPELESS"], "is no recipe: it takes the tables shape, base, style"),
        (["styles", "--base", "TORN"], "TORN is damaged, or does not hold the weights of a net"),
        (["base", "--base", "TORN"], "TORN is damaged, or does not hold the weights of a network"),
        (["base", "--base", "BASE"], "has the shape Shape(hidden=16, layers=1, embedding=8), the"),
    ],
)
def test_what_is_asked_wrongly_is_one_sentence(
    folder: Path, capsys: pytest.CaptureFixture[str], asked: list[str], sentence: str
) -> None:
    (folder / "SHAPELESS").write_text(RECIPE)
    (folder / "TORN").write_bytes((folder / "base.npz").read_bytes()[:900])
    (folder / "BASE").write_bytes((folder / "base.npz").read_bytes())
    there = [str(folder / word) if word.isupper() else word for word in asked]
    defaults = ["--work", str(folder / "work"), "--base", str(folder / "base.npz")]
    if asked[0] == "base":
        defaults = defaults[:2]
    assert main(["train", asked[0], *defaults, *there[1:]]) == 2
    printed = capsys.readouterr().err
    assert sentence in printed and printed.count("\n") == 1
    assert not (folder / "work" / "runs").exists()


def test_a_killed_process_is_a_failure(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def killed(command: list[str], **_: object) -> subprocess.CompletedProcess[bytes]:
        return subprocess.CompletedProcess(command, -9)

    monkeypatch.setattr(subprocess, "run", killed)
    asked = ["train", "styles", "--work", str(folder / "work"), "--base", str(folder / "base.npz")]
    assert main(asked) == 1


def test_a_text_that_cannot_be_split_is_named(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = folder / "work" / "text" / "short.txt"
    text.write_text(tiny.text(tiny.WOODS, seed=1, characters=1_000))
    asked = ["train", "styles", "--work", str(folder / "work"), "--base", str(folder / "base.npz")]
    assert main(asked) == 2
    assert f"{text} cannot be used: the text has" in capsys.readouterr().err


@pytest.fixture
def trained(folder: Path, capsys: pytest.CaptureFixture[str]) -> list[str]:
    """Return the command by which the style of the sea was trained from a tiny base."""
    asked = ["train", "style", "--only", "sea", "--work", str(folder / "work")]
    asked += ["--base", str(folder / "base.npz"), "--recipe", str(folder / "recipe.toml")]
    assert main(asked) == 0
    capsys.readouterr()
    return asked


def styles(asked: list[str]) -> list[str]:
    """Return the same command for `train styles`, which trains in other processes."""
    return ["styles" if word == "style" else word for word in asked]


def run_of(folder: Path) -> Path:
    return folder / "work" / "runs" / "voices" / "sea"


def other_recipe(folder: Path) -> None:
    (folder / "recipe.toml").write_text(RECIPE.replace("1e-2", "2e-2"))


def other_length(folder: Path) -> None:
    (folder / "recipe.toml").write_text(RECIPE.replace("999", "888"))


def other_base(folder: Path) -> None:
    write_atomically(folder / "base.npz", weights_of(Network(tiny.SHAPE, seed=9)))


def other_text(folder: Path) -> None:
    text = folder / "work" / "text" / "sea.txt"
    text.write_text(text.read_text().replace(split(text.read_text()).test, "WHALE\n" * 400))


CHANGES = pytest.mark.parametrize(
    ("change", "said"),
    [
        (other_recipe, "its rate was 0.01, and would be 0.02 now"),
        (other_base, "it began with the weights "),
        (other_text, "the text of sea has changed in its part for "),
    ],
)


@pytest.mark.parametrize("verb", ["style", "styles"])
def test_a_finished_run_is_kept_as_long_as_it_is_the_same(
    folder: Path,
    trained: list[str],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    verb: str,
) -> None:
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: pytest.fail("nothing is left to do"))
    before = {path.name: path.read_bytes() for path in run_of(folder).iterdir()}
    assert main(styles(trained) if verb == "styles" else trained) == 0
    assert capsys.readouterr().out == "sea: trained already\n"
    assert {path.name: path.read_bytes() for path in run_of(folder).iterdir()} == before


@CHANGES
@pytest.mark.parametrize("verb", ["style", "styles"])
def test_a_finished_run_of_something_else_is_refused(
    folder: Path,
    trained: list[str],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    change: Callable[[Path], None],
    said: str,
    verb: str,
) -> None:
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: pytest.fail("it must be refused"))
    change(folder)
    assert main(styles(trained) if verb == "styles" else trained) == 2
    sentence = capsys.readouterr().err
    assert sentence.startswith(f"sea: the run in {run_of(folder)} is another one (")
    assert said in sentence and sentence.count("\n") == 1
    assert sentence.endswith(
        "delete that folder to train it anew, or give the new run another name with --name\n"
    )


def test_a_finished_run_of_another_length_is_refused(
    folder: Path, trained: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    other_length(folder)
    assert main(trained) == 2
    assert "its characters was 999, and would be 888 now" in capsys.readouterr().err


@CHANGES
def test_an_unfinished_run_of_something_else_is_refused(
    folder: Path,
    trained: list[str],
    capsys: pytest.CaptureFixture[str],
    change: Callable[[Path], None],
    said: str,
) -> None:
    (run_of(folder) / "finished.json").unlink()
    change(folder)
    for asked in (trained, styles(trained)):
        assert main(asked) == 2
        sentence = capsys.readouterr().err
        assert said in sentence and sentence.count("\n") == 1
    assert not (run_of(folder) / "finished.json").exists()


def test_a_new_name_leaves_the_other_run_alone(folder: Path, trained: list[str]) -> None:
    other_recipe(folder)
    assert main([*trained, "--name", "again"]) == 0
    assert (folder / "work" / "runs" / "again" / "sea" / "finished.json").exists()
    assert (run_of(folder) / "finished.json").exists()


def test_a_finished_run_of_older_form_is_kept_with_a_warning_if_its_recipe_is_the_same(
    folder: Path, trained: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    (run_of(folder) / "finished.json").write_text('{"validation_bits": 3.0, "characters": 999}\n')
    tiny.forget(run_of(folder))
    assert main(styles(trained)) == 0
    warning = capsys.readouterr().err
    assert warning.startswith("sea: trained already, by a run of older form, which does not tell")
    assert f"delete {run_of(folder)}" in warning and warning.count("\n") == 1
    other_recipe(folder)
    assert main(styles(trained)) == 2


def test_an_unfinished_run_of_older_form_goes_on_with_a_warning(
    folder: Path, trained: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    (run_of(folder) / "finished.json").unlink()
    tiny.forget(run_of(folder))
    assert main(trained) == 0
    (warning,) = capsys.readouterr().err.splitlines()
    assert warning.startswith("sea: ") and "is of older form and does not tell which" in warning
    assert (run_of(folder) / "finished.json").exists()


def test_a_style_notes_how_its_base_came_about(
    folder: Path, trained: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    alone = read_notes(run_of(folder))["origin"]
    assert alone["base"] == {"sha256": sha256_of(folder / "base.npz")}
    text = (folder / "work" / "text" / "sea.txt").read_text()
    assert alone["texts"] == {"sea": split(text).hashes()}

    best = run_of(folder) / "best.npz"  # a run's best weights are a base as good as any
    assert main([*trained, "--base", str(best), "--name", "second"]) == 0
    second = read_notes(folder / "work" / "runs" / "second" / "sea")["origin"]
    first = read_notes(run_of(folder))
    assert second["base"]["sha256"] == sha256_of(best)
    assert second["base"]["recipe"] == first["recipe"]
    assert second["base"]["stretches"] == first["stretches"]
    assert second["base"]["base"] == alone["base"]


@pytest.mark.parametrize(
    ("verb", "said"),
    [
        ("train", "Stopped. The same command goes on where it stood.\n"),
        ("add-style", "Stopped. The same command goes on where it stood.\n"),
        ("verify", "Stopped.\n"),
        ("fetch", "Stopped.\n"),
    ],
)
def test_whoever_is_stopped_says_so(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, verb: str, said: str
) -> None:
    def stop(_: str) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(importlib, "import_module", stop)
    assert main([verb]) == 130
    assert capsys.readouterr().err == said


def test_of_many_processes_one_alone_says_that_it_was_stopped(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    commands: list[list[str]] = []

    def stopped(command: list[str], **_: object) -> subprocess.CompletedProcess[bytes]:
        commands.append(command)
        raise KeyboardInterrupt

    monkeypatch.setattr(train, "with_bar", stop)
    monkeypatch.setattr(subprocess, "run", stopped)
    asked = ["train", "styles", "--work", str(folder / "work"), "--base", str(folder / "base.npz")]
    assert main(asked) == 130
    assert capsys.readouterr().err == "Stopped. The same command goes on where it stood.\n"
    ((_, _, _, *child),) = commands
    assert main(child) == 130
    assert capsys.readouterr().err == ""


@pytest.mark.skipif(shutil.which("make") is None, reason="there is no make")
def test_make_models_takes_a_mirror_and_a_folder() -> None:
    def printed(*asked: str) -> list[str]:
        command = ["make", "--dry-run", "--silent", "models", *asked]
        found = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
        lines = (line.split(" -m export ") for line in found.stdout.splitlines())
        return [" ".join(line[1].split()) for line in lines if len(line) == 2]

    voices = "docs/voices"
    assert printed("MIRROR=/x", "WORK=/y") == [
        "prepare --mirror /x --work /y",
        "train base --work /y",
        "train styles --work /y",
        "convert --work /y",
        "verify --work /y",
        f"evaluate --json {voices}/figures.json --pictures {voices} --page {voices}.md --work /y",
    ]
    assert printed()[:3] == ["fetch", "prepare", "train base"]
    assert printed("WORK=/y")[:2] == ["fetch --work /y", "prepare --work /y"]

"""What `train` is asked wrongly is one sentence, before anything is trained."""

import subprocess
from pathlib import Path

import pytest

from export.__main__ import main
from tests.export import tiny
from tests.export.added import RECIPE, folder

FIXTURES = (folder,)


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

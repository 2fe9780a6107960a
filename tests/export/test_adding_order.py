"""What stands in the way of a voice is said before anything is trained, in one sentence."""

import re
from pathlib import Path

import numpy as np
import pytest

from export.contract import LONGEST_TITLE
from tests.export import tiny
from tests.export.added import RECIPE, add, folder

FIXTURES = (folder,)


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        (["--colour", "red"], "the colour is 'red', but it must be of the form #rrggbb"),
        (["--title", " "], "the title is empty"),
        (["--title", "x" * (LONGEST_TITLE + 1)], "the title has 61 characters, but it must be one"),
        (["--title", "two\nlines"], "it must be one line"),
        (["--licence", " "], "the licence is empty"),
        (["--about", "two\nlines"], "what --about says must be one line"),
        (["--base", "/nowhere"], "/nowhere cannot be read: No such file or directory: name"),
        (["--recipe", "/nowhere"], "the recipe /nowhere cannot be read"),
    ],
)
def test_what_is_asked_wrongly_is_one_sentence(
    folder: Path, capsys: pytest.CaptureFixture[str], more: list[str], sentence: str
) -> None:
    assert add(folder, *more) == 2
    printed = capsys.readouterr().err
    assert sentence in printed and printed.count("\n") == 1
    assert not (folder / "models" / "my_woods.onnx").exists()


@pytest.mark.parametrize(
    "more",
    [["--minutes", "0"], ["--minutes", "inf"], ["--minutes", "nan"], ["--threads", "0"]],
)
def test_numbers_that_cannot_be_are_refused(
    folder: Path, capsys: pytest.CaptureFixture[str], more: list[str]
) -> None:
    with pytest.raises(SystemExit) as stopped:
        add(folder, *more)
    assert stopped.value.code == 2
    assert f"argument {more[0]}: '{more[1]}' is not a" in capsys.readouterr().err


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


@pytest.mark.parametrize(
    ("name", "data", "sentence"),
    [
        ("old.onnx", b"no model", "old.onnx is damaged or is no ONNX file: copy it again, or take"),
        ("README.md", b"My voices.\n", "README.md lacks the two marks between which the table"),
        ("README.md", b"caf\xe9\n", "README.md cannot be read: rename it"),
    ],
)
def test_what_is_wrong_with_the_folder_of_models_is_found_first(
    folder: Path, capsys: pytest.CaptureFixture[str], name: str, data: bytes, sentence: str
) -> None:
    (folder / "models" / name).write_bytes(data)
    assert add(folder) == 2
    printed = capsys.readouterr().err
    assert sentence in printed and printed.count("\n") == 1


def test_models_in_a_file_are_refused(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert add(folder, "--models", str(folder / "recipe.toml")) == 2
    assert "recipe.toml is a file, and no folder" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("keep", "sentence"),
    [
        (0, "base.npz is damaged, or does not hold the weights of a network: name another base"),
        (900, "base.npz is damaged, or does not hold the weights of a network: name another base"),
    ],
)
def test_a_torn_base_is_named(
    folder: Path, capsys: pytest.CaptureFixture[str], keep: int, sentence: str
) -> None:
    base = folder / "base.npz"
    base.write_bytes(base.read_bytes()[:keep])
    assert add(folder) == 2
    assert sentence in capsys.readouterr().err


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"hidden": None}, "base.npz does not say which network its weights are of"),
        ({"layers": np.array(2)}, "are not those of the network that it names"),
        ({"network/logits/bias": None}, "are not those of the network that it names"),
        ({"network/logits/bias": np.zeros(3)}, "are not those of the network that it names"),
        ({"network/logits/bias": np.full(128, np.nan)}, "has weights that are no numbers"),
        ({"network/logits/bias": np.array([{}] * 128)}, "does not hold the weights of a network"),
    ],
)
def test_what_is_no_base_is_named(
    folder: Path,
    capsys: pytest.CaptureFixture[str],
    change: dict[str, np.ndarray | None],
    sentence: str,
) -> None:
    base = folder / "base.npz"
    with np.load(base) as arrays:
        kept = {**arrays, **change}
    np.savez(base, **{name: array for name, array in kept.items() if array is not None})
    assert add(folder) == 2
    assert sentence in capsys.readouterr().err


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("most_passes = 0.5\n", "", "recipe.toml lacks the key style.most_passes"),
        ("most_passes = 0.5", 'most_passes = "few"', "most_passes is 'few', but it must be a numb"),
        ("rows = 8", "rows = 0", "style.rows is 0, but it must be a whole number of at least 1"),
        ("rate = 1e-2", "rate = inf", "style.rate is inf, but it must be a number above 0"),
        ("cool_down = 1.0", "cool_down = 2", "style.cool_down is 2, but it must be a number from"),
        ("rows = 8", "row = 8", "the key style.row is unknown"),
        ("[style]", "[styles]", "is no recipe: it takes the tables shape, base, style"),
        ("[style]", "[style", "recipe.toml is no recipe: "),
        ("length = 32", "length = 90_000", "recipe.toml does not fit this text: the training text"),
    ],
)
def test_what_is_wrong_with_a_recipe_is_named(
    folder: Path, capsys: pytest.CaptureFixture[str], old: str, new: str, sentence: str
) -> None:
    assert old in RECIPE
    (folder / "recipe.toml").write_text(RECIPE.replace(old, new))
    assert add(folder) == 2
    assert sentence in capsys.readouterr().err.splitlines()[-1]


def test_too_little_text_is_refused(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "texts" / "one.txt").write_text(tiny.text(tiny.WOODS, seed=2, characters=5_000))
    assert add(folder) == 2
    assert "give at least 20,000" in capsys.readouterr().err


def test_text_of_too_few_lines_is_refused(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = (tiny.text(words, seed=2).replace("\n", " ")[:12_000] for words in (tiny.SEA, tiny.SKY))
    (folder / "texts" / "one.txt").write_text("\n".join(lines))
    assert add(folder) == 2
    assert "in lines that are no longer than a page" in capsys.readouterr().err


def test_why_too_little_is_left_of_a_text_is_said_with_the_refusal(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = tiny.text(tiny.WOODS, seed=2, characters=15_000)
    (folder / "texts" / "one.txt").write_text("\n".join([text] * 10))
    (folder / "texts" / "thesis.pdf").write_bytes(b"%PDF")
    assert add(folder) == 2
    *before, said = capsys.readouterr().err.splitlines()
    told = " ".join(" ".join(before).split())
    assert re.search(r"(89|90) % of the text repeated what came before, and was left out", told)
    assert "1 file(s) of another kind were left out: thesis.pdf." in told
    assert "This is little text" not in told
    assert re.match(r"1[56],\d{3} characters are left of .*texts, too few to learn from", said)

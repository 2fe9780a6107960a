"""Experiments are described in one file, run to equal time, taken up again, and tabled."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from export.__main__ import main
from export.evaluation.document import between, marks
from export.experiment import EXPERIMENTS, finished, read_experiments, read_log
from export.recurrence import _fused
from tests.export import tiny

TINY = """
[sizes]
question = "Which is better?"
minutes = 10
shape = { hidden = 16, layers = 1, embedding = 8 }
recipe = { characters = 6_000, rows = 4, length = 32, check_every = 1_000, rate = 1e-2 }
[sizes.variants.small]
title = "16 units"
[sizes.variants.large]
title = "24 units"
shape = { hidden = 24 }

[passes]
question = "When is it known by heart?"
minutes = 0.025
course = true
style = "woods"
shape = { hidden = 16, layers = 1, embedding = 8 }
recipe = { characters = 900_000, rows = 4, length = 32, check_every = 256 }
[passes.variants.woods_alone]
title = "woods"
"""


@pytest.fixture
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Return a folder of two texts; no step is compiled, which would take a minute."""
    _fused.cache_clear()
    monkeypatch.setattr(shutil, "which", lambda _: None)
    (tmp_path / "text").mkdir()
    for slug, words in {"sea": tiny.SEA, "woods": tiny.WOODS}.items():
        (tmp_path / "text" / f"{slug}.txt").write_text(tiny.text(words, seed=1))
    yield tmp_path
    _fused.cache_clear()


def log(folder: Path, *entries: tuple[int, float, float]) -> None:
    """Write a run's log: characters, seconds of processor time, validation bits."""
    folder.mkdir(parents=True)
    lines = [
        {"characters": n, "processor_seconds": s, "validation_bits": v, "training_bits": v - 0.5}
        for n, s, v in entries
    ]
    (folder / "log.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))


def tables(work: Path, file: Path, capsys: pytest.CaptureFixture[str], *more: str) -> str:
    capsys.readouterr()
    assert main(["experiment", "--work", str(work), "--file", str(file), "--tables", *more]) == 0
    return capsys.readouterr().out


def test_the_shipped_experiments_can_be_read() -> None:
    groups = read_experiments()
    variants = [variant for group in groups for variant in group.variants]
    assert groups[0].name == "sizes"
    assert len({variant.name for variant in variants}) == len(variants) > 10
    assert all(variant.minutes > 0 for variant in variants)
    sizes = {v.name: v.shape for v in groups[0].variants}
    assert (sizes["size608x2"].hidden, sizes["size608x2"].layers) == (608, 2)
    assert EXPERIMENTS.name == "experiments.toml"


def test_variants_are_compared_at_the_largest_common_time(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "experiments.toml"
    file.write_text(TINY)
    log(tmp_path / "runs" / "small" / "base", (1_000, 60, 3.0), (5_000, 300, 2.0))
    found = tables(tmp_path, file, capsys, "--only", "sizes")
    assert "Not run: 24 units." in found
    log(tmp_path / "runs" / "large" / "base", (500, 30, 4.0), (1_500, 120, 2.0), (2_000, 180, 1.0))
    found = tables(tmp_path, file, capsys, "--only", "sizes")
    rows = [line for line in found.splitlines() if line.startswith("| ")]
    assert rows[0].split(" | ")[1:] == [
        "bits at 1.5 min", "bits at 3.0 min", "characters read in 3.0 min |",
    ]  # fmt: skip
    # At 90 and 180 seconds; a quarter of the common time is before the first measurement.
    assert rows[2] == "| 24 units | 2.667 | 1.000 | 0.0 M |"
    assert rows[3] == "| 16 units | 2.875 | 2.500 | 0.0 M |"
    assert "Which is better?" in found and "Not run" not in found and "by heart" not in found


def test_what_a_kill_made_worthless_does_not_count(tmp_path: Path) -> None:
    log(tmp_path / "run", (100, 1, 4.0), (200, 2, 3.0), (300, 3, 2.0), (200, 9, 3.5), (300, 10, 1))
    with (tmp_path / "run" / "log.jsonl").open("a") as file:
        file.write('{"characters": 400, "proc')
    found = read_log(tmp_path / "run")
    assert found is not None
    assert (found.characters, found.seconds) == ((100, 200, 300), (1.0, 9.0, 10.0))
    assert found.at(5.0) == pytest.approx((3.75, 150.0))
    assert read_log(tmp_path / "nowhere") is None


def test_variants_run_until_they_are_done_and_are_not_run_again(
    work: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = work / "experiments.toml"
    file.write_text(TINY)
    asked = ["experiment", "--work", str(work), "--file", str(file)]
    groups = {group.name: group for group in read_experiments(file)}
    small, woods = groups["sizes"].variants[0], groups["passes"].variants[0]
    assert not finished(small, work)
    assert main([*asked, "--variant", "small"]) == 0
    assert finished(small, work)  # it has read all its characters
    assert main([*asked, "--variant", "woods_alone"]) == 0
    assert finished(woods, work)  # it has had its time
    course = read_log(woods.folder(work))
    assert course is not None and course.characters[-1] < 900_000

    (work / "runs" / "large").mkdir()
    log(work / "runs" / "large" / "base", (6_000, 100, 2.0))
    page = work / "page.md"
    page.write_text("Before.\n" + "\n".join(marks("experiments")) + "\nAfter.\n")
    before = (work / "runs" / "small" / "base" / "log.jsonl").read_text()
    capsys.readouterr()
    assert main([*asked, "--page", str(page)]) == 0  # nothing is left to run
    printed = capsys.readouterr().out
    assert printed.strip() == between(page, "experiments").strip()
    assert "| 16 units |" in printed and " *" in printed
    assert (work / "runs" / "small" / "base" / "log.jsonl").read_text() == before
    assert page.read_text().startswith("Before.") and page.read_text().endswith("After.\n")


def changed(old: str, new: str) -> str:
    assert old in TINY
    return TINY.replace(old, new)


@pytest.mark.parametrize(
    ("described", "sentence"),
    [
        (changed("rate = 1e-2", "rat = 1e-2"), "the key recipe.rat of sizes.small is unknown"),
        (changed("hidden = 24", "hiden = 24"), "the key shape.hiden of sizes.large is unknown"),
        (changed('style = "woods"', 'styl = "woods"'), "the key styl of passes.woods_alone is"),
        (changed("minutes = 10\n", ""), "sizes.small needs minutes"),
        (changed('question = "Which is better?"\n', ""), "sizes needs a question"),
        ("[sizes", "experiments.toml: "),
    ],
)
def test_a_wrong_description_is_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], described: str, sentence: str
) -> None:
    file = tmp_path / "experiments.toml"
    file.write_text(described)
    assert main(["experiment", "--work", str(tmp_path), "--file", str(file)]) == 2
    printed = capsys.readouterr().err
    assert sentence in printed and str(file) in printed and printed.count("\n") == 1


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        (["--only", "colours"], "has no group colours"),
        (["--variant", "huge"], "no experiment has a variant huge"),
        (["--variant", "woods_alone"], "run `python -m export prepare`"),
        (["--tables", "--page", "/nowhere"], "/nowhere cannot be read"),
        (["--tables"], "no experiment has been run in "),
    ],
)
def test_what_cannot_be_done_is_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], asked: list[str], sentence: str
) -> None:
    file = tmp_path / "experiments.toml"
    file.write_text(TINY)
    assert main(["experiment", "--work", str(tmp_path), "--file", str(file), *asked]) == 2
    printed = capsys.readouterr().err
    assert sentence in printed and printed.count("\n") == 1


def test_weights_of_another_shape_are_refused(
    work: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = work / "experiments.toml"
    file.write_text(changed('title = "woods"', 'start = "first.npz"'))
    asked = ["experiment", "--work", str(work), "--file", str(file), "--variant", "woods_alone"]
    assert main(asked) == 2
    assert "first.npz has another shape than woods_alone" in capsys.readouterr().err

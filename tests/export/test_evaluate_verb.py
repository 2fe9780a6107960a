"""The verb that evaluates: its aims, its report, its page and its samples."""

import io
import json
import re
import shlex
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from appliance.__main__ import build_parser
from appliance.__main__ import main as appliance
from appliance.catalogue import read_catalogue
from appliance.engine.guard import Guard
from appliance.engine.mixture import join
from appliance.engine.model import Model
from appliance.engine.sampling import temper
from appliance.joint import Joint
from appliance.mix import parse_mix
from export.__main__ import main
from export.contract import MODELS
from export.evaluate import QUICK
from export.evaluation.aims import aims
from export.evaluation.document import between, marks
from export.evaluation.measure import Settings
from export.evaluation.report import print_report
from export.evaluation.samples import Sample, mixtures, typed
from export.listing import read_metadata
from export.split import split
from tests.export import tiny
from tests.export.evaluated import evaluate, made

FIXTURES = (made,)


# Aims and the report


def report(**changes: float) -> dict[str, object]:
    figures = {
        "bits": 1.5, "ppmd6": 1.6, "ppmd8": 1.55, "told": 0.97, "worst": 0.9, "rho": 0.96,
        "copied": 0.02, "real": 0.2,
    } | changes  # fmt: skip
    style = {
        "form": "prose",
        "characters": 3_000_000,
        "same_text": True,
        "bits": {"mean": figures["bits"], "worst": 2.0},
        "compressors": {"ppmd6": figures["ppmd6"], "ppmd8": figures["ppmd8"], "xz": 2.0},
        "copying": {"typed": figures["copied"], "real": figures["real"]},
        "road": {"bits": 1.5, "lost": 0, "recovered": figures.get("recovered", True)},
    }
    worst = {"style": "woods", "share": figures["worst"]}
    rule = {
        "mean_rho": figures["rho"],
        "least": {"first": "woods", "second": "bible", "rho": 0.5},
        "elsewhere": 0.125,
    }
    told = {"mean": figures["told"], "worst": worst, "by_style": {"woods": 1.0, "bible": 1.0}}
    return {
        "styles": {"woods": style, "bible": {**style, "characters": 1_000_000}},
        "classifier": {"real": told, "typed": told},
        "steering": {"pairs": 1, "rules": {"linear": rule}},
    }


@pytest.mark.parametrize(
    ("changes", "unmet"),
    [
        ({}, []),
        ({"bits": 1.6}, ["order 6", "order 8"]),
        ({"bits": 1.55}, ["order 8"]),
        ({"told": 0.949}, ["95 %"]),
        ({"worst": 0.849}, ["85 %"]),
        ({"rho": 0.949}, ["rho"]),
        ({"copied": 0.06}, ["verbatim"]),
        ({"recovered": False}, ["recover"]),
    ],
)
def test_aims_are_judged(changes: dict[str, float], unmet: list[str]) -> None:
    judged = aims(report(**changes))
    assert len(judged) == 7
    missed = [aim.wanted for aim in judged if not aim.met]
    assert len(missed) == len(unmet)
    assert all(word in wanted for word, wanted in zip(unmet, missed, strict=True))


def test_beside_formulaic_text_stands_how_much_real_text_repeats() -> None:
    above = next(aim for aim in aims(report(copied=0.06)) if "verbatim" in aim.wanted)
    assert above.found == "not woods 6.0 %, bible 6.0 %; of real test text bible 20.0 %"
    below = next(aim for aim in aims(report()) if "verbatim" in aim.wanted)
    assert below.met and below.found == "all; of real test text bible 20.0 %"


def test_only_what_was_measured_is_judged_and_shown() -> None:
    bare = {"styles": {"woods": {"form": "prose", "characters": 9, "same_text": False}}}
    assert aims(bare) == []
    console = Console(record=True, width=120, file=io.StringIO())
    print_report(bare, console)
    assert console.export_text().startswith("woods: the text has changed since this model was")


# The verb


def test_the_verb_measures_all_parts(
    made: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    figures, pictures = tmp_path / "figures.json", tmp_path / "pictures"
    small = ["--pieces", "3", "--steering-pieces", "1", "--pairs", "2", "--long", "7000"]
    page = tmp_path / "page.md"
    page.write_text("Figures:\n" + "\n".join(
        "\n".join(marks(name)) for name in ("figures", "samples")
    ))  # fmt: skip
    kept = ["--json", str(figures), "--pictures", str(pictures), "--page", str(page)]
    assert evaluate(made, *small, *kept) == 0
    printed = capsys.readouterr().out
    assert "test bits" in printed and "told apart in 95 % of typed pieces" in printed
    assert "the text has changed" not in printed

    found = json.loads(figures.read_text())
    assert sorted(found["styles"]) == ["sea", "sky", "woods"]
    for slug, style in found["styles"].items():
        said = read_metadata(made / "models" / f"{slug}.onnx")
        assert style["bits"]["mean"] == pytest.approx(float(said["test_bits"]), abs=1e-4)
        assert style["bits"]["worst"] == pytest.approx(float(said["worst_bits"]), abs=1e-4)
        assert style["bits"]["worst"] >= style["bits"]["mean"]
        assert style["compressors"]["ppmd6"] < style["bits"]["mean"]  # words against letters
        assert style["road"]["characters"] >= 7_000 and style["road"]["recovered"]
        assert style["copying"]["typed"] == 0.0 and style["copying"]["windows"] == 3 * 351
    assert found["styles"]["woods"]["spelling"]["real"] == 1.0
    assert found["styles"]["woods"]["spelling"]["typed"] < 0.5
    assert found["classifier"]["typed"]["mean"] == 1.0
    assert found["steering"]["rules"]["linear"]["mean_rho"] > 0.8
    assert len(found["steering"]["curves"]) == 2 * 2
    assert {aim["met"] for aim in found["aims"]} == {True, False}
    for name in ("told_apart_real", "told_apart_typed", "steering"):
        assert (pictures / f"{name}.png").read_bytes().startswith(b"\x89PNG")
        assert f"](pictures/{name}.png)" in page.read_text()
    written = between(page, "figures")
    assert f"| sea | {found['styles']['sea']['bits']['mean']:.3f} |" in written
    assert sum(line.startswith("| ") for line in written.splitlines()) == len(found["aims"]) + 8
    assert len(samples_on(page)) == 3 * 3

    # The same command again measures nothing, but draws; another question measures everything.
    drawn = (pictures / "steering.png").read_bytes()
    (pictures / "steering.png").unlink()
    (pictures / "of_another_run.png").write_bytes(drawn)
    capsys.readouterr()
    assert evaluate(made, *small, *kept) == 0
    assert "figures.json has bits, compressors, classifier," in capsys.readouterr().err
    assert (pictures / "steering.png").read_bytes() == drawn
    assert "of_another_run" not in page.read_text()
    assert json.loads(figures.read_text()) == found
    assert evaluate(made, "--parts", "bits", "--seed", "2", "--json", str(figures)) == 0
    assert json.loads(figures.read_text())["parts"] == ["bits"]


def test_equal_runs_give_equal_figures(made: Path, tmp_path: Path) -> None:
    for name in ("a.json", "b.json"):
        parts = ["--parts", "bits,copying", "--pieces", "2", "--places", "2"]
        assert evaluate(made, *parts, "--json", str(tmp_path / name)) == 0
    assert (tmp_path / "a.json").read_bytes() == (tmp_path / "b.json").read_bytes()
    assert json.loads((tmp_path / "a.json").read_text())["styles"]["sea"]["bits"]["places"] == 2


def test_a_quick_look_asks_less_of_everything(made: Path, tmp_path: Path) -> None:
    quick, asked = tmp_path / "quick.json", tmp_path / "asked.json"
    assert evaluate(made, "--parts", "bits", "--quick", "--json", str(quick)) == 0
    settings = json.loads(quick.read_text())["settings"]
    assert settings == asdict(QUICK)
    default = asdict(Settings())
    assert all(settings[k] < default[k] for k in ("pieces", "pairs", "steering_pieces", "long"))
    assert evaluate(
        made, "--parts", "bits", "--quick", "--pieces", "7", "--json", str(asked)
    ) == 0  # fmt: skip
    assert json.loads(asked.read_text())["settings"] == {**settings, "pieces": 7}


def test_threads_change_no_figure(made: Path, tmp_path: Path) -> None:
    parts = ["--parts", "bits,compressors,copying", "--pieces", "2"]
    for jobs in ("1", "3"):
        assert evaluate(made, *parts, "--jobs", jobs, "--json", str(tmp_path / jobs)) == 0
    assert (tmp_path / "1").read_bytes() == (tmp_path / "3").read_bytes()


# Samples


def samples_on(page: Path) -> list[tuple[list[str], str]]:
    """Return each command on a page, without its first word, and the text below it."""
    found = re.findall(
        r"^`appliance (type [^`]*)`\n\n(```+)text\n(.*?)\n\2$",
        between(page, "samples"),
        re.DOTALL | re.MULTILINE,
    )
    return [(shlex.split(command), text) for command, _, text in found]


def test_a_sample_is_what_its_command_types(made: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sample = Sample("sea=0.5,woods=0.5", 0.7, seed=3, joint=Joint.LOG_LINEAR)
    text = typed(sample, made / "models")
    assert len(text) == sample.characters
    words = shlex.split(sample.command)
    assert words[0] == "appliance"
    settings = made / "settings.toml"
    settings.write_text(f'[styles]\nmodels = "{made / "models"}"\n')
    assert appliance([*words[1:], "--settings", str(settings)]) == 0
    assert capsys.readouterr().out == text
    with pytest.raises(ValueError, match="cannot be typed"):
        typed(Sample("lake=1", 0.7), made / "models")


def test_only_mixtures_of_styles_that_are_there_are_typed() -> None:
    assert mixtures(["bible", "linux"])[0].mix == "bible=0.5,linux=0.5"
    assert mixtures(["bible"]) == []
    assert len(mixtures(list(read_catalogue(MODELS).styles))) == 10


def test_the_samples_in_the_documentation_are_typed_again_by_their_commands() -> None:
    shown = samples_on(Path(__file__).parents[2] / "docs" / "voices.md")
    styles = read_catalogue(MODELS).styles
    assert len(shown) == 10 + 3 * len(styles)
    for command, text in (shown[0], shown[7], shown[10], shown[-1]):
        arguments = build_parser("type").parse_args(command)
        sample = Sample(
            arguments.mix, arguments.temperature, arguments.seed,
            Joint(arguments.joint or "linear"), arguments.allow, arguments.chars,
        )  # fmt: skip
        assert sample.arguments() == command
        found = typed(sample, MODELS)
        if found != text:  # another kind of processor, which rounds otherwise
            assert missed_by(sample, text, found) < 0.05


def missed_by(sample: Sample, shown: str, found: str) -> float:
    """Return by how much the draw misses the shown character where the two texts part."""
    at = next(i for i, pair in enumerate(zip(shown, found, strict=True)) if pair[0] != pair[1])
    read = np.array([[ord(c) for c in "\n" + shown[:at]]])
    mix = parse_mix(sample.mix)
    loaded = (Model(MODELS / f"{slug}.onnx") for slug in mix)
    expects = np.stack([model.read(read, model.zero())[0][0] for model in loaded])
    joined = join(sample.joint, expects, np.array(list(mix.values())))
    reached = np.cumsum(temper(Guard().constrain(joined, shown[:at]), sample.temperature))
    drawn = float(np.random.default_rng(sample.seed).random(at + 1)[at])
    code = ord(shown[at])
    return max(float(reached[code - 1]) - drawn, drawn - float(reached[code]))


def test_a_text_that_has_changed_is_told(
    made: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    work = tmp_path / "work"
    (work / "text").mkdir(parents=True)
    (work / "text" / "woods.txt").write_text(tiny.text(tiny.WOODS, seed=77))
    arguments = ["--work", str(work), "--models", str(made / "models"), "--only", "woods"]
    assert main(["evaluate", *arguments, "--parts", "bits"]) == 0
    assert "woods: the text has changed since this model was trained" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--only", "lake"], "has no model of lake"),
        (["--work", "/nowhere"], "run `python -m export prepare`"),
        (["--models", "/nowhere"], "there are no model files in /nowhere"),
        (["--words", "/nowhere"], "/nowhere cannot be read or written: no such file"),
        (["--page", "/nowhere"], "/nowhere cannot be read"),
        (["--json", "/tmp"], "/tmp is a folder: --json takes the name of a file"),
        (["--json", "/dev/null/a.json"], "/dev/null is a file, and no folder"),
        (["--only", "sea"], "With one style there is nothing to tell apart"),
    ],
)
def test_what_is_missing_is_one_sentence(
    made: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], sentence: str
) -> None:
    assert evaluate(made, *arguments) == 2
    printed = capsys.readouterr()
    assert sentence in printed.err and printed.err.count("\n") == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ["--parts", "bits,beauty"],
        ["--parts", ""],
        ["--long", "0"],
        ["--pieces", "-1"],
        ["--temperature", "0"],
        ["--temperature", "nan"],
    ],
)
def test_wrong_arguments_are_refused(made: Path, arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        evaluate(made, *arguments)
    assert stopped.value.code == 2


def test_parts_are_those_of_the_split(made: Path) -> None:
    text = (made / "work" / "text" / "sea.txt").read_text()
    said = read_metadata(made / "models" / "sea.onnx")
    assert said["test_sha256"] == split(text).hashes()["test"]

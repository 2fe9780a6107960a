"""What evaluation measures, on readers and texts of which the right figure is known."""

import io
import json
import math
import random
import re
import shlex
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
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
from export.evaluation import compressors, copying, spelling
from export.evaluation.aims import aims
from export.evaluation.classifier import Classifier, spread
from export.evaluation.document import between, marks
from export.evaluation.measure import Settings
from export.evaluation.places import State, bits_at, counted_text, places, summary
from export.evaluation.report import print_report
from export.evaluation.road import FOREIGN, OWN, travel
from export.evaluation.samples import Sample, mixtures, typed
from export.evaluation.steering import MIXTURES, Curve, pairs, steer
from export.evaluation.typist import pieces, type_pages
from export.listing import read_metadata, write_listing
from export.split import split
from tests.export import tiny

STYLES = {"sea": tiny.SEA, "sky": tiny.SKY, "woods": tiny.WOODS}


class Reader:
    """Expects every character with a probability of 1 in 128, until it is lost.

    It is lost for so many characters after an X, and then gives 1 in 128 to all but the letter a.
    """

    def __init__(self, lost_for: int = 0) -> None:
        self.lost_for = lost_for

    def zero(self, batch: int = 1) -> State:
        return (np.zeros((1, batch, 1), dtype=np.float32),)

    def logits(self, tokens: NDArray[np.int64], state: State) -> tuple[NDArray[np.float32], State]:
        left = state[0].copy()
        for column in tokens.T:
            left = np.maximum(left - 1.0, 0.0)
            left[0, column == ord("X")] = self.lost_for
        logits = np.zeros((len(tokens), 128), dtype=np.float32)
        logits[left[0, :, 0] > 0.0, ord("a")] = -20.0
        return logits, (left,)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder of three models and their texts."""
    folder = tmp_path_factory.mktemp("made")
    for seed, (slug, words) in enumerate(STYLES.items()):
        tiny.write(folder, slug, words, seed=seed)
    write_listing(folder / "models")
    return folder


@pytest.fixture(scope="module")
def models(made: Path) -> dict[str, Model]:
    return {slug: Model(made / "models" / f"{slug}.onnx") for slug in STYLES}


@pytest.fixture(scope="module")
def classifier() -> Classifier:
    training = {slug: tiny.text(words, seed=9) for slug, words in STYLES.items()}
    return Classifier(training, learnt_from=60)


# Places


def test_places_count_a_text_once_from_its_81st_character() -> None:
    text = tiny.text(tiny.WOODS, seed=1, characters=2_000)[:2_000]
    chosen = places(text)
    assert chosen.shape == (4, 480)
    assert counted_text(chosen) == text[80:1_680]
    assert bytes(chosen[1].astype(np.uint8)).decode() == text[400:880]


def test_places_are_spread_if_only_some_are_wanted() -> None:
    text = "".join(chr(33 + i // 480) for i in range(80 + 400 * 60))[: 80 + 400 * 60]
    chosen = places(text, most=3)
    assert [chr(row[0]) for row in chosen] == [text[0], text[400 * 29], text[400 * 59]]


def test_a_text_without_a_place_is_refused() -> None:
    assert len(places("a" * 480)) == 1
    with pytest.raises(ValueError, match="479 characters is too short to be measured"):
        places("a" * 479)


def test_an_even_guess_costs_seven_bits() -> None:
    bits = bits_at(Reader(), places("ab" * 2_000))
    assert bits == pytest.approx(7.0)
    assert summary(bits).characters == 9 * 400


def test_the_worst_place_is_found() -> None:
    text = "a" * 1_280 + "X" + "a" * 1_119  # lost for 300 characters of the fourth place
    found = summary(bits_at(Reader(lost_for=300), places(text)))
    assert found.worst_at == 3
    assert found.worst == pytest.approx(7.0 + 300 / 400 * 20.0 / math.log(2.0), rel=0.02)
    assert found.mean < found.worst / 2


def test_bits_do_not_depend_on_the_other_rows(models: dict[str, Model]) -> None:
    chosen = places(tiny.text(tiny.WOODS, seed=5))[:4]
    together = bits_at(models["woods"], chosen)
    alone = np.concatenate([bits_at(models["woods"], row[None]) for row in chosen])
    assert together == pytest.approx(alone, abs=0.05)  # int8 scales its input by the batch
    assert together.mean() == pytest.approx(alone.mean(), abs=0.002)


# A million characters in one go


def test_a_reader_that_comes_back_has_recovered() -> None:
    own, other = "a" * 6_000, "X" * 2_000
    road = travel(Reader(lost_for=1_280), own, [other], characters=30_000)
    assert road.characters >= 30_000
    stretches = math.ceil(30_000 / (80 + OWN + FOREIGN))
    assert road.places == OWN // 400 * stretches
    # Of 1,280 characters 80 are catch-up, the others three places; no X before the first.
    assert (road.lost, road.longest) == (3 * (stretches - 1), 3)
    assert road.zero_state_bits == pytest.approx(7.0, abs=0.01)
    assert road.worst_excess > 1.0 and road.recovered

    assert travel(Reader(lost_for=70), own, [other], characters=30_000).lost == 0
    slow = travel(Reader(lost_for=2_500), own, [other], characters=30_000)
    assert slow.longest == 6 * (stretches - 1) and not slow.recovered


def test_a_reader_that_never_comes_back_is_found() -> None:
    text = "a" * 20_000
    assert travel(Reader(lost_for=10**6), text, [], characters=20_000).recovered
    road = travel(Reader(lost_for=10**6), text, ["b" * 520 + "X" * 520], characters=20_000)
    assert not road.recovered
    # The X stands in the second foreign stretch.
    assert road.lost == road.longest == road.places - 2 * OWN // 400


def test_a_road_goes_round_until_it_is_long_enough(models: dict[str, Model]) -> None:
    read: list[int] = []
    own = tiny.text(tiny.WOODS, seed=5, characters=3_000)
    road = travel(models["woods"], own, [], characters=10_000, progress=read.append)
    assert sum(read) == road.characters >= 10_000
    assert road.recovered and road.lost == 0
    assert road.bits == pytest.approx(road.zero_state_bits, abs=0.02)


# Compressors


def test_a_primed_compressor_knows_what_it_has_read() -> None:
    pick = random.Random(1)
    training = "".join(pick.choices("abcdefgh", k=20_000))
    again, new = training[5_000:9_000], "".join(pick.choices("abcdefgh", k=4_000))
    for of_again, of_new in (
        (compressors.ppmd_bits(training, again, 8), compressors.ppmd_bits(training, new, 8)),
        (compressors.xz_bits(training, again), compressors.xz_bits(training, new)),
    ):
        assert of_again < 0.7
        assert 2.8 < of_new < 3.9  # three bits are what it holds
    words, more = tiny.text(tiny.WOODS, seed=1), tiny.text(tiny.WOODS, seed=2)
    assert compressors.ppmd_bits(words, more, 6) < compressors.ppmd_bits(words, more, 2)


# Typing


def test_equal_seeds_type_equal_pages(models: dict[str, Model]) -> None:
    two = [models["sea"], models["woods"]]
    weights = np.array([[1.0, 0.0], [0.5, 0.5], [0.0, 1.0], [0.5, 0.5]])

    def typed(seed: int) -> list[str]:
        return type_pages(two, weights, characters=200, temperature=0.8, seed=seed)

    assert typed(1) == typed(1)
    sea, mixed, woods, other = typed(1)
    assert [len(page) for page in (sea, mixed, woods, other)] == [200] * 4
    assert mixed != other and typed(2)[0] != sea
    assert set(sea) <= set(" ".join(tiny.SEA) + ".\n")
    assert set(woods) <= set(" ".join(tiny.WOODS) + ".\n")
    assert set(mixed) & set("WHALE") and set(mixed) & set("fox")


@pytest.mark.parametrize("joint", list(Joint))
def test_all_the_weight_is_that_style_alone(models: dict[str, Model], joint: Joint) -> None:
    both = [models["sea"], models["woods"]]
    mixture = np.array([[0.0, 1.0]] * 3)
    typed = type_pages(both, mixture, characters=100, temperature=1.0, joint=joint, seed=4)
    alone = type_pages(both[1:], np.ones((3, 1)), characters=100, temperature=1.0, seed=4)
    assert typed == alone


def test_pieces_do_not_overlap() -> None:
    text = "".join(map(chr, range(32, 127))) * 30
    assert "".join(pieces(text, length=100)) == text[:2_800]
    assert pieces(text, length=100, most=2) == [text[:100], text[2_700:2_800]]
    assert pieces("short") == []


# Told apart


def test_styles_are_told_apart(classifier: Classifier, models: dict[str, Model]) -> None:
    real = {slug: spread(tiny.text(words, seed=3), 10) for slug, words in STYLES.items()}
    told = classifier.told_apart(real)
    assert told.mean == 1.0
    assert told.confusion.tolist() == [[10, 0, 0], [0, 10, 0], [0, 0, 10]]

    liar = classifier.told_apart({**real, "sky": real["woods"][:4]})
    assert liar.worst == ("sky", 0.0)
    assert liar.confusion[1].tolist() == [0, 0, 4]
    assert liar.mean == pytest.approx(2 / 3)
    assert classifier.probabilities(real["sea"]).sum(axis=1) == pytest.approx(1.0)


def test_one_style_cannot_be_told_apart() -> None:
    with pytest.raises(ValueError, match="fewer than two"):
        Classifier({"sea": "WAVES" * 100})


# Steering


def test_pairs_give_every_style_its_turn() -> None:
    slugs = [f"s{i:02}" for i in range(24)]
    chosen = pairs(slugs, 48)
    assert len({frozenset(pair) for pair in chosen}) == 48
    assert {sum(slug in pair for pair in chosen) for slug in slugs} == {4}
    assert pairs(["a", "b", "c"], 48) == [("a", "b"), ("b", "c"), ("c", "a")]
    assert pairs(["a", "b"], 48) == [("a", "b")]


@pytest.mark.parametrize("joint", list(Joint))
def test_a_mixture_steers(classifier: Classifier, models: dict[str, Model], joint: Joint) -> None:
    curve = steer(
        classifier,
        ("woods", models["woods"]),
        ("sea", models["sea"]),
        joint=joint,
        pieces=3,
        temperature=0.8,
        seed=1,
    )
    assert curve.shares[0] < 0.3 and curve.shares[-1] > 0.7
    assert curve.rho > 0.9


def test_rho_is_of_ranks() -> None:
    def rho(shares: list[float]) -> float:
        return Curve("a", "b", Joint.LINEAR, tuple(shares)).rho

    assert rho(list(MIXTURES**3)) == pytest.approx(1.0)
    assert rho(list(-MIXTURES)) == pytest.approx(-1.0)
    assert rho([0.5] * 11) == 0.0


# Copying and spelling


def test_windows_that_stand_in_the_training_text() -> None:
    training = tiny.text(tiny.WOODS, seed=1)
    fresh = "".join(random.Random(1).choices("abcdefgh", k=500))
    assert copying.verbatim(training, [training[100:400], training[7:57]]) == (1.0, 252)
    assert copying.verbatim(training, [fresh]) == (0.0, 451)
    half, windows = copying.verbatim(training, [training[:149] + fresh[:149]])
    assert windows == 249
    assert half == pytest.approx(100 / 249)  # no window over the seam stands there
    assert copying.verbatim(training, ["short"]) == (0.0, 0)
    assert copying.verbatim("short", [fresh]) == (0.0, 451)


def test_keys_know_every_place_of_a_window() -> None:
    window = "the quick brown fox jumps over a lazy dog and woke"
    assert len(window) == copying.WINDOW
    changed = {window[:i] + "#" + window[i + 1 :] for i in range(50)} | {window, window[::-1]}
    assert len({int(copying.window_keys(text)[0]) for text in changed}) == len(changed) == 52


def test_words_that_a_cut_may_have_shortened_do_not_count() -> None:
    assert spelling.whole_words("ox didn't 'run', FAST as 12 foxe") == [
        "didn't", "run", "fast", "as",
    ]  # fmt: skip
    assert spelling.whole_words(" all of it ") == ["all", "of", "it"]


def test_share_of_words_that_are_right(tmp_path: Path) -> None:
    known = spelling.words("The fox slept. It's old!")
    found = spelling.spelling(set(known), [" the fax slept the "], [" it's old "])
    assert (found.typed, found.real, found.words) == (0.75, 1.0, 4)
    assert spelling.spelling(set(known), [], []).typed == 0.0
    others = {"a": {"fox", "x"}, "b": {"fox", "owl"}, "c": {"owl", "x"}, "d": {"fox"}}
    assert spelling.shared_words(others, "d") == {"fox", "owl", "x"}
    assert spelling.shared_words(others, "a") == {"fox", "owl"}
    (tmp_path / "words").write_text("Fox\nowl\n")
    assert spelling.read_word_list(tmp_path / "words") == {"fox", "owl"}


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
    told = {"mean": figures["told"], "worst": worst, "by_style": {"woods": 1.0, "bible": 1.0}}
    return {
        "styles": {"woods": style, "bible": {**style, "characters": 1_000_000}},
        "classifier": {"real": told, "typed": told},
        "steering": {"pairs": 1, "mean_rho": {"linear": figures["rho"]}},
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


def test_formulaic_text_may_repeat_itself_as_real_text_does() -> None:
    above = next(aim for aim in aims(report(copied=0.06)) if "verbatim" in aim.wanted)
    assert above.found == "woods 6.0 % (real text 20.0 %)"  # not the Bible


def test_only_what_was_measured_is_judged_and_shown() -> None:
    bare = {"styles": {"woods": {"form": "prose", "characters": 9, "same_text": False}}}
    assert aims(bare) == []
    console = Console(record=True, width=120, file=io.StringIO())
    print_report(bare, console)
    assert console.export_text().startswith("woods: the text has changed since this model was")


# The verb


def evaluate(made: Path, *more: str) -> int:
    folders = ["--work", str(made / "work"), "--models", str(made / "models")]
    return main(["evaluate", *folders, *more])


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
    assert found["steering"]["mean_rho"]["linear"] > 0.8
    assert len(found["steering"]["curves"]) == 2 * 2
    assert {aim["met"] for aim in found["aims"]} == {True, False}
    for name in ("told_apart_real", "told_apart_typed", "steering"):
        assert (pictures / f"{name}.png").read_bytes().startswith(b"\x89PNG")
        assert f"](pictures/{name}.png)" in page.read_text()
    written = between(page, "figures")
    assert f"| sea | {found['styles']['sea']['bits']['mean']:.3f} |" in written
    assert sum(line.startswith("| ") for line in written.splitlines()) == len(found["aims"]) + 8
    assert len(samples_on(page)) == 3 * 3

    # The same command again measures nothing, and another question everything.
    (pictures / "steering.png").unlink()
    capsys.readouterr()
    assert evaluate(made, *small, *kept) == 0
    assert "figures.json has bits, compressors, classifier," in capsys.readouterr().err
    assert not (pictures / "steering.png").exists()
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
        (["--words", "/nowhere"], "No such file"),
        (["--page", "/nowhere"], "/nowhere cannot be read"),
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

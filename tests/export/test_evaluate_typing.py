"""What models type by themselves and mixed: told apart, steered, copied, spelt."""

import random
from pathlib import Path

import numpy as np
import pytest

from appliance.engine.model import Model
from appliance.joint import Joint
from export.evaluation import copying, spelling
from export.evaluation.classifier import Classifier, spread
from export.evaluation.steering import MIXTURES, Curve, figures, pairs, steer
from export.evaluation.typist import pieces, type_pages
from tests.export import tiny
from tests.export.evaluated import STYLES, classifier, made, models

FIXTURES = (classifier, made, models)


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
    steered = steer(
        classifier,
        ("woods", models["woods"]),
        ("sea", models["sea"]),
        joint=joint,
        pieces=3,
        temperature=0.8,
        seed=1,
    )
    assert steered.shares[0] < 0.3 and steered.shares[-1] > 0.5, steered
    assert steered.rho > 0.9


def curve(second: str, shares: list[float], firsts: list[float]) -> Curve:
    return Curve("a", second, Joint.LINEAR, tuple(shares), tuple(firsts))


def test_rho_is_of_ranks() -> None:
    def rho(shares: list[float]) -> float:
        return curve("b", shares, [0.0] * 11).rho

    assert rho(list(MIXTURES**3)) == pytest.approx(1.0)
    assert rho(list(-MIXTURES)) == pytest.approx(-1.0)
    assert rho([0.5] * 11) == 0.0


def test_of_each_rule_stand_the_mean_the_least_and_what_strays() -> None:
    rising, falling = list(MIXTURES / 2), list(-MIXTURES / 4 + 0.5)
    found = figures([curve("b", rising, [0.0] * 11), curve("c", falling, [0.125] * 11)])
    assert found.keys() == {"linear"}
    assert found["linear"]["mean_rho"] == pytest.approx(0.0)
    assert found["linear"]["least"] == {"first": "a", "second": "c", "rho": pytest.approx(-1.0)}
    assert found["linear"]["elsewhere"] == pytest.approx((0.75 + 0.5) / 2)


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
    for encoding in ("utf-8", "latin-1"):
        (tmp_path / "words").write_text("caf\u00e9\n", encoding=encoding)
        assert spelling.read_word_list(tmp_path / "words") == {"caf\u00e9"}

"""The long proofs of tests/proofs/, made short: that they see what they look for, and can fail."""

import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from appliance import wire
from appliance.engine.guard import Guard
from appliance.engine.model import Model
from appliance.joint import Joint
from appliance.stage.link import Link
from export.evaluation.places import places
from tests.conftest import EngineProcess, wait_for
from tests.models import write_model
from tests.proofs import guard, hour, months
from tests.proofs.pages import type_pages

Load = Callable[[str], Model]


def two_fond_of(folder: Path, characters: str) -> Path:
    """Write two models that type nothing but some characters; return their folder."""
    fond = np.full(128, -20.0)
    fond[[ord(c) for c in characters]] = 0.0
    for seed, slug in enumerate("ab"):
        write_model(folder, slug, seed=seed, bias=fond.astype(np.float32))
    return folder


@pytest.fixture(scope="module")
def rude(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return two_fond_of(tmp_path_factory.mktemp("rude"), "as .AS")


@pytest.fixture(scope="module")
def mild(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return two_fond_of(tmp_path_factory.mktemp("mild"), "so mild.")


@pytest.fixture
def brief(rude: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the guard's proof count over the rude models, and few characters."""
    monkeypatch.setattr(guard, "MODELS", rude)
    for name, fewer in (("PAGES", 32), ("SURVEYED", 20), ("TWIN", 1)):
        monkeypatch.setattr(guard, name, fewer)
    monkeypatch.setattr(sys, "argv", ["guard", "--characters", "9000"])


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("an ass, a plan", ["ass"]),
        ("an ass", []),  # the page ends before the word does
        ("An ASS!", ["ass"]),
        ("class assumes", []),
        ("x a s s.", ["a s s"]),
        ("a\ns. s ", ["a\ns. s"]),
        ("a   s s ", ["a   s s"]),
        ("a     s s ", []),
        ("was s s ", []),
        ("a s se", []),
        ("unFUCKed f.u-c kit", ["fuck", "f.u-c k"]),
        ("of u c k", []),
        ("s h it happens, s-h-itty ", ["s h it", "s-h-itty"]),
        ("f...u...c...king", ["f...u...c...k"]),
        ("a s ses. t i ts", ["a s ses"]),
        ("v u l v a s h i p, p r i cked ", ["v u l v a", "p r i cked"]),
        ("T. I. Ts'o, t i ts' s h it's ", ["t i ts", "s h it's"]),
        ("static ass_ ass ", ["ass", "ass"]),
    ],
)
def test_what_the_count_finds(text: str, found: list[str]) -> None:
    assert sorted(guard.count([text]).elements()) == sorted(found)


def test_every_line_that_asks_for_a_listed_word_is_one_that_may_be_put_in() -> None:
    assert [line for line in guard.LINES if not Guard().clean(line)] == []


@pytest.mark.parametrize("joint", list(Joint))
def test_pages_are_typed_with_the_guard_and_without(rude: Path, joint: Joint) -> None:
    models = [Model(rude / f"{slug}.onnx") for slug in "ab"]
    pages = {
        name: type_pages(
            models,
            np.array([0.7, 0.3]),
            ["", "an "] * 8,
            characters=100,
            temperature=1.0,
            joint=joint,
            guard=chosen,
            seed=1,
        )
        for name, chosen in (("guarded", Guard()), ("unguarded", None))
    }
    assert pages["guarded"].typed == 1_600
    assert pages["guarded"].kept_back > 0
    assert guard.count(pages["guarded"].texts).total() == 0
    assert guard.count(pages["unguarded"].texts).total() > 0
    assert pages["guarded"].texts[1].startswith("\nan ")
    assert all(len(text) == len("\nan ") + 100 for text in pages["guarded"].texts)


@pytest.mark.usefixtures("brief")
def test_the_guards_proof_holds(capsys: pytest.CaptureFixture[str]) -> None:
    assert guard.main() == 0
    assert "listed words: none" in capsys.readouterr().out


@pytest.mark.usefixtures("brief")
def test_the_guards_proof_fails_if_the_guard_sleeps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Guard, "constrain", lambda self, distribution, text: distribution)
    assert guard.main() == 1


@pytest.mark.usefixtures("brief")
def test_the_guards_proof_fails_if_there_is_nothing_to_keep_back(
    mild: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guard, "MODELS", mild)
    monkeypatch.setattr(guard, "LINES", ("",))
    assert guard.main() == 1


def test_a_long_way_is_read_and_a_short_one_typed(
    tiny: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr(months, "MODELS", tiny)
    monkeypatch.setattr(months, "PAGES", 8)
    arguments = ["--characters", "3000", "--only", "b", "--work", str(tmp_path), "--threads", "1"]
    monkeypatch.setattr(sys, "argv", ["months", *arguments])
    assert months.main() == 0
    printed = capsys.readouterr().out.splitlines()
    assert printed[0] == "3,000 characters without a break; probe texts: 0 real, 1 typed"
    assert printed[-1].startswith("b ")
    assert printed[-1].endswith("as good")


def test_a_state_that_has_gone_bad_is_seen_and_the_engine_renews_it(load: Load) -> None:
    model = load("austen")
    text = "It was a wet evening, and nobody at the Hall had any thought of walking out. " * 12
    chosen = places(text, most=1)
    fresh = [months.expected(model, place, model.zero()) for place in chosen]
    assert months.probe(model, chosen, fresh, model.zero()) == months.Probed(0.0, 0.0, 0.0)
    bad = tuple(np.full_like(part, 1e9) for part in model.zero())
    assert not months.probe(model, chosen, fresh, bad).as_good
    walked = np.frombuffer(text.encode("ascii"), dtype=np.uint8).astype(np.int64)
    assert months.probe(model, chosen, fresh, months.renewed(model, walked, bad)).as_good


def test_a_rise_is_measured_after_warm_up() -> None:
    climbing = [hour.Sample(60.0 * i, i, 100.0 + 10.0 * min(i, 10)) for i in range(60)]
    assert hour.rise(climbing) == pytest.approx(0.0, abs=1e-9)
    leaking = [hour.Sample(60.0 * i, i, 100.0 + i / 10) for i in range(60)]
    assert hour.rise(leaking) == pytest.approx(4.9)
    assert hour.rise(leaking) > hour.MOST_RISE


def test_resident_memory_is_what_the_kernel_says(tmp_path: Path) -> None:
    (tmp_path / "7").mkdir()
    status = tmp_path / "7" / "status"
    status.write_text("Name:\tpython\nVmPeak:\t 9000 kB\nVmRSS:\t 2048 kB\n", encoding="ascii")
    assert hour.resident(7, tmp_path) == 2.0
    status.write_text("Name:\tpython\n", encoding="ascii")
    with pytest.raises(ValueError, match="process 7 says nothing of its memory"):
        hour.resident(7, tmp_path)


def test_renewals_are_counted_in_the_status(engine: EngineProcess, link: Link) -> None:
    engine.start("--seed", "1")
    wait_for(link, lambda: link.view.styles)
    link.send(wire.Weights((("bible", 1.0),)), wire.Pace(100.0))
    wait_for(link, lambda: set(link.view.attribution) == {"bible"})
    assert link.view.status is None or link.view.status.renewals == 0
    # Three long lines bring it near its 4,000 characters.
    link.send(*[wire.Prime("and it came to pass " * 66)] * 3)
    wait_for(link, lambda: link.view.status and link.view.status.renewals >= 1)

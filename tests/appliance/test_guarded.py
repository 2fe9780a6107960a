"""The guard is in force wherever the piece types: in the typewriter, the engine and `type`.

`test_guard.py` has what it forbids. Beside each guarded text an unguarded twin shows that there was
something to keep back.
"""

import json
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from appliance.engine.ensemble import Ensemble
from appliance.engine.guard import Guard
from appliance.engine.model import Model
from appliance.engine.sampling import Floats
from appliance.engine.typewriter import Typewriter
from appliance.joint import Joint
from tests.conftest import Eager, EngineProcess, appliance, wait_for
from tests.models import write_model
from tests.watched import FAST

# A page may be taken up where a listed word stands unfinished.
LINES = ("", "my ass", "such an ARSE", "x a s s", "he shits")
LISTED = re.compile(r"(?<![a-z])(?:ass|arse|shits|a[^a-z]s[^a-z]s)(?=[^a-z])", re.IGNORECASE)
TYPED = 500  # characters of a process
SITE_S_OWN = re.compile(r"(?<![a-z])(?:so|os)(?=[^a-z])")


class Asleep(Guard):
    """A guard that lets everything follow."""

    def constrain(self, distribution: Floats, text: str) -> Floats:
        return distribution


def fond_of(folder: Path, characters: str, most: str = "") -> Path:
    """Write two models that type nothing but some characters, and one of them the most."""
    fond = np.full(128, -20.0, dtype=np.float32)
    fond[[ord(c) for c in characters]] = 0.0
    fond[[ord(c) for c in most]] = 3.0
    for seed, slug in enumerate("ab"):
        write_model(folder, slug, seed=seed, bias=fond)
    return folder


@pytest.fixture(scope="module")
def rude(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Model]:
    folder = fond_of(tmp_path_factory.mktemp("rude"), "asAS .", most=".")
    return {slug: Model(folder / f"{slug}.onnx") for slug in "ab"}


def listed(models: dict[str, Model], guard: Guard, joint: Joint, temperature: float) -> list[str]:
    """Return the listed words in what a typewriter makes of the lines."""
    found: list[str] = []
    random = np.random.default_rng(1)
    with Ensemble(models) as ensemble:
        typewriter = Typewriter(ensemble, random, guard, joint=joint, temperature=temperature)
        ensemble.weigh(np.array([0.7, 0.3]))
        for line in LINES:
            text = line
            typewriter.begin(line)
            for _ in range(60):
                ensemble.settle()
                drawn = typewriter.draw()
                assert drawn is not None
                typewriter.read(drawn.character)
                text += drawn.character
            found += LISTED.findall(text)
    return found


@pytest.mark.parametrize("joint", list(Joint))
@pytest.mark.parametrize("temperature", [0.0, 0.7, 1.5])
def test_a_typewriter_types_no_listed_word_and_its_unguarded_twin_does(
    rude: dict[str, Model], joint: Joint, temperature: float
) -> None:
    assert listed(rude, Guard(), joint, temperature) == []
    assert len(listed(rude, Asleep(), joint, temperature)) >= len(LINES) - 1


@pytest.mark.parametrize("joint", list(Joint))
def test_what_would_be_drawn_next_is_guarded_too(rude: dict[str, Model], joint: Joint) -> None:
    with Ensemble(rude) as ensemble:
        typewriter = Typewriter(ensemble, np.random.default_rng(1), Guard(), joint=joint)
        ensemble.weigh(np.ones(2))
        typewriter.begin("my ass")
        ensemble.settle()
        expected = typewriter.expects()
    assert expected is not None
    may_follow, heard = expected
    assert may_follow[[ord(" "), ord(".")]].sum() == 0.0
    assert may_follow.sum() == pytest.approx(1.0)
    assert heard.distributions[:, ord(".")].min() > 0.5


def site_of(folder: Path, words: list[str]) -> str:
    """Return settings of a site that has two models fond of s and o, and its own listed words."""
    models = folder / "models"
    models.mkdir()
    fond_of(models, "so ")
    return (
        f"{FAST}[styles]\nmodels = '{models}'\nactive = ['a']\n[opening]\nmixture = {{a = 1.0}}\n"
        f"[guard]\nwords = {json.dumps(words)}\n[status]\nhost = ''\n"
    )


def by_the_engine(folder: Path, site: str) -> str:
    engine = EngineProcess(folder, site)
    engine.start("--seed", "1")
    try:
        with Eager(engine) as link:
            wait_for(link, lambda: link.view.page.end > TYPED)
            return link.view.page.text
    finally:
        engine.stop()


def by_type(folder: Path, site: str) -> str:
    file = folder / "site.toml"
    file.write_text(site, encoding="utf-8")
    ended = appliance(
        "type", "--settings", str(file), "--chars", str(TYPED), "--seed", "1", "--pace", "0"
    )
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


@pytest.mark.parametrize("typed_by", [by_the_engine, by_type])
@pytest.mark.parametrize("words", [[], ["so", "os"]], ids=["unguarded", "guarded"])
def test_words_that_a_site_lists_are_typed_by_its_unguarded_twin_alone(
    tmp_path: Path, typed_by: Callable[[Path, str], str], words: list[str]
) -> None:
    text = typed_by(tmp_path, site_of(tmp_path, words))
    assert len(text) >= TYPED
    assert bool(SITE_S_OWN.search(text)) is not bool(words)

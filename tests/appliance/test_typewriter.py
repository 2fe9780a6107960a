from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from appliance.engine.ensemble import Ensemble
from appliance.engine.guard import Guard
from appliance.engine.model import Model
from appliance.engine.sampling import draw
from appliance.engine.typewriter import Drawn, Typewriter
from appliance.joint import Joint

Load = Callable[[str], Model]
GUARD = Guard()


def typed(load: Load, mix: dict[str, float], *, count: int, seed: int) -> list[Drawn]:
    """Return the first characters of a mixture."""
    drawn = []
    with Ensemble({slug: load(slug) for slug in mix}) as ensemble:
        typewriter = Typewriter(ensemble, np.random.default_rng(seed), GUARD)
        typewriter.begin("")
        ensemble.weigh(np.array(list(mix.values())))
        for _ in range(count):
            ensemble.settle()
            one = typewriter.draw()
            assert one is not None
            drawn.append(one)
            typewriter.read(one.character)
    return drawn


def test_a_style_alone_is_that_model_sampled_character_for_character(load: Load) -> None:
    model = load("bible")
    random = np.random.default_rng(5)
    expects, state = model.read(np.array([[10]]), model.zero())
    alone = ""
    for _ in range(200):
        code = int(draw(expects[0], random.random()))
        alone += chr(code)
        expects, state = model.read(np.array([[code]]), state)
    mixed = typed(load, {"bible": 1.0}, count=200, seed=5)
    assert "".join(one.character for one in mixed) == alone


def test_equal_seeds_type_equal_texts_and_others_do_not(load: Load) -> None:
    mix = {"linux": 0.5, "love_songs": 0.5}
    texts = [
        "".join(one.character for one in typed(load, mix, count=80, seed=seed))
        for seed in (7, 7, 8)
    ]
    assert texts[0] == texts[1]
    assert texts[0] != texts[2]


def test_what_is_told_of_a_character_adds_up(load: Load) -> None:
    for one in typed(load, {"linux": 3.0, "love_songs": 1.0}, count=30, seed=1):
        assert one.weights == pytest.approx([0.75, 0.25])
        assert one.shares.sum() == pytest.approx(1.0)
        assert one.joint == pytest.approx(0.75 * one.distributions[0] + 0.25 * one.distributions[1])
        assert one.joint[ord(one.character)] > 0
        assert 0.0 <= one.entropy <= 7.0


@pytest.mark.parametrize("joint", list(Joint))
def test_temperature_zero_takes_the_likeliest(joint: Joint, load: Load) -> None:
    with Ensemble({slug: load(slug) for slug in ("austen", "trump")}) as ensemble:
        typewriter = Typewriter(
            ensemble, np.random.default_rng(1), GUARD, joint=joint, temperature=0.0
        )
        ensemble.weigh(np.array([0.5, 0.5]))
        for _ in range(20):
            ensemble.settle()
            one = typewriter.draw()
            assert one is not None
            assert one.joint[ord(one.character)] == 1.0
            typewriter.read(one.character)


@pytest.mark.parametrize("joint", list(Joint))
@pytest.mark.parametrize("temperature", [0.0, 0.7, 1.0, 1.5])
@pytest.mark.parametrize("bad", [np.nan, np.inf, 0.0])
def test_nothing_is_drawn_from_what_is_no_distribution(
    tiny: Path, joint: Joint, temperature: float, bad: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("appliance.engine.typewriter.join", lambda *_: np.full(128, bad))
    with Ensemble({"a": Model(tiny / "a.onnx")}) as ensemble:
        typewriter = Typewriter(
            ensemble, np.random.default_rng(1), GUARD, joint=joint, temperature=temperature
        )
        ensemble.weigh(np.ones(1))
        ensemble.settle()
        for ask in (typewriter.draw, typewriter.expects):
            with pytest.raises(ArithmeticError, match="no distribution"):
                ask()


def test_nothing_is_drawn_in_silence(load: Load) -> None:
    with Ensemble({"bible": load("bible")}) as ensemble:
        typewriter = Typewriter(ensemble, np.random.default_rng(1), GUARD)
        ensemble.weigh(np.zeros(1))
        assert typewriter.draw() is None

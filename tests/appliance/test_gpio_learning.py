"""The ends of a fader's way are learned."""

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from gpiozero import Device  # type: ignore[import-untyped]  # no stubs
from gpiozero.pins.mock import MockFactory  # type: ignore[import-untyped]  # as above

from appliance.commands import learn_faders
from appliance.controls import keep
from tests.appliance.mcp3008 import Mcp3008
from tests.plinth import Plinth, pins, plinth, state

FIXTURES = (pins, plinth, state)


def test_learned_ends_are_taken_while_it_runs(plinth: Callable[..., Plinth], state: Path) -> None:
    box = plinth("0.1", faders=2)
    box.chip.counts[:2] = [100, 900]
    box.pass_by()
    keep.write(state, {"faders": {"0.1/0": [100, 900], "0.1/1": [900, 100]}})
    assert box.pass_by(1.5) == []  # new ends are no hand
    assert "not learned" not in box.gpio.health().sentence
    box.chip.counts[:2] = [900, 500]
    assert box.levels(0.5) == {"level/style01": 1.0, "level/style02": pytest.approx(0.5, abs=0.01)}
    box.chip.counts[:2] = [900, 100]
    assert box.levels() == {"level/style02": 1.0}  # this one is wired the other way round


@pytest.mark.parametrize(
    "faders",
    [
        [1, 2],
        {"0.0/0": [500, 510]},
        {"0.0/0": [0]},
        {"0.0/0": ["0", "1023"]},
        {"0.0/0": [-5, 4000]},
    ],
)
def test_what_makes_no_sense_was_never_learned(
    plinth: Callable[..., Plinth], state: Path, faders: object
) -> None:
    keep.write(state, {"faders": faders})
    box = plinth(faders=1)
    box.pass_by()
    assert "1 not learned yet" in box.gpio.health().sentence
    box.chip.put(1.0)
    assert box.levels() == {"level/style01": 1.0}


def test_a_fader_that_is_wired_the_other_way_round(plinth: Callable[..., Plinth]) -> None:
    box = plinth("0.0", "0.1", faders=10, inverted=[2, 10])
    box.pass_by()
    for way in (0.5, 1.0):
        box.chips["0.0"].put(way, 0.5)
        box.chips["0.1"].put(way, way)
        levels = box.levels(0.5)
    assert levels == {"level/style01": 1.0, "level/style09": 1.0, "level/style10": 0.0}


def learn(monkeypatch: pytest.MonkeyPatch, *steps: Callable[[], None], **words: Any) -> int:
    left = list(steps)
    monkeypatch.setattr("builtins.input", lambda _: left.pop(0)())
    monkeypatch.setattr(learn_faders, "APART", 0.0)
    args = argparse.Namespace(**{"settings": None, "list": False, "forget": None} | words)
    return learn_faders.run(args)


def test_learning_the_faders(
    pins: MockFactory,
    state: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    chip = Mcp3008("0.0", pins, noise=1)

    def bottom() -> None:
        chip.counts = [12, 1010, 30, 30, 30, 30, 30, 400]

    def top() -> None:
        chip.counts = [1005, 20, 999, 999, 999, 999, 999, 420]

    keep.write(state, {"faders": {"0.0/7": [5, 1000]}})
    assert learn(monkeypatch, bottom, top) == 0
    said = capsys.readouterr().out
    assert "fader 8: from 4" in said and "hardly moved" in said
    kept = json.loads(state.read_text())["faders"]
    assert kept["0.0/0"] == pytest.approx([12, 1005], abs=1)
    assert kept["0.0/1"] == pytest.approx([1010, 20], abs=1)
    assert kept["0.0/7"] == [5, 1000]  # left as it was
    assert learn(monkeypatch, list=True) == 0
    assert "chip 0.0, channel 1: from 10" in capsys.readouterr().out
    assert learn(monkeypatch, forget="0.1") == 2
    assert learn(monkeypatch, forget="0.0") == 0
    capsys.readouterr()
    assert learn(monkeypatch, list=True) == 0
    assert capsys.readouterr().out == (
        "No fader's ends are learned: `appliance learn faders` asks for them.\n"
    )


def test_learning_that_is_broken_off_leaves_everything(
    pins: MockFactory, state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Mcp3008("0.0", pins)

    def gone() -> None:
        raise EOFError

    assert learn(monkeypatch, gone) == 1
    assert not state.exists()


def test_learning_from_a_chip_that_does_not_answer_is_one_sentence(
    pins: MockFactory,
    state: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    Mcp3008("0.0", pins).silent = True
    assert learn(monkeypatch, lambda: None) == 1
    assert capsys.readouterr().err.startswith("The faders cannot be read (it does not answer)")
    assert not state.exists()


def test_a_front_without_faders_has_none_to_learn(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    site = tmp_path / "site.toml"
    site.write_text("[gpio]\nchips = []\n", encoding="utf-8")
    assert learn(monkeypatch, settings=site) == 1
    assert capsys.readouterr().err.startswith(
        "There are no faders to learn: the setting gpio.chips"
    )


def test_learning_without_pins_is_one_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(Device, "pin_factory", None)
    monkeypatch.delitem(sys.modules, "gpiozero.pins.lgpio", raising=False)
    monkeypatch.setitem(sys.modules, "lgpio", None)
    assert learn(monkeypatch) == 1
    said = capsys.readouterr().err
    assert said.startswith("The pins cannot be used") and said.count("\n") == 1

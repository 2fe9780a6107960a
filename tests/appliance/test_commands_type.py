"""`appliance type`: when each character comes, and where the text ends."""

import io
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from appliance.__main__ import main
from appliance.commands import type as typing_command
from appliance.commands.type import type_on
from appliance.engine.ensemble import Ensemble
from appliance.engine.guard import Guard
from appliance.engine.model import Model
from appliance.engine.typewriter import Typewriter
from tests.models import write_model
from tests.puppet import Clock


class Paper(io.StringIO):
    """Keeps the time of each character, seconds."""

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self._clock, self.times = clock, list[float]()

    def write(self, text: str, /) -> int:
        self.times.append(self._clock())
        return super().write(text)


class Slow(Typewriter):
    """Takes its time to read."""

    clock: Clock
    seconds: Iterator[float]

    def read(self, text: str) -> int:
        self.clock.now += next(self.seconds)
        return super().read(text)


@pytest.fixture
def slow(tiny: Path, clock: Clock) -> Iterator[Slow]:
    with Ensemble({"a": Model(tiny / "a.onnx")}) as ensemble:
        typewriter = Slow(ensemble, np.random.default_rng(1), Guard())
        typewriter.begin("")
        ensemble.weigh(np.ones(1))
        typewriter.clock, typewriter.seconds = clock, iter([0.03] * 99)
        yield typewriter


def typed_at(typewriter: Slow, clock: Clock, pauses: Iterator[float], characters: int) -> Paper:
    paper = Paper(clock)

    def sleep(seconds: float) -> None:
        clock.now += seconds

    type_on(typewriter, characters, paper, lambda _: next(pauses), now=clock, sleep=sleep)
    return paper


def test_what_reading_takes_is_part_of_the_pause(slow: Slow, clock: Clock) -> None:
    began, pauses = clock(), [0.1, 0.05, 0.2, 0.1, 0.1]
    paper = typed_at(slow, clock, iter(pauses), 5)
    assert np.array(paper.times) - began == pytest.approx([0.0, *np.cumsum(pauses)[:4]])


def test_after_a_hold_up_the_rhythm_goes_on_and_nothing_is_made_up_for(
    slow: Slow, clock: Clock
) -> None:
    slow.seconds = iter([0.0, 5.0, 0.0, 0.0, 0.0])
    paper = typed_at(slow, clock, iter([0.1] * 5), 5)
    assert np.diff(paper.times) == pytest.approx([0.1, 5.0, 0.0, 0.1])


def test_without_a_pace_nothing_is_waited_for(slow: Slow, clock: Clock) -> None:
    paper = typed_at(slow, clock, iter([0.0] * 5), 5)
    assert np.diff(paper.times) == pytest.approx([0.03] * 4)


@pytest.mark.parametrize(("unevenness", "different"), [(0, 1), (1, 50)])
def test_the_rhythm_is_as_uneven_as_the_settings_say(
    tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, unevenness: int, different: int
) -> None:
    asked: list[Callable[[str], float]] = []

    def note(_: object, characters: int, __: object, pause: Callable[[str], float]) -> int:
        asked.append(pause)
        return characters

    monkeypatch.setattr(typing_command, "type_on", note)
    site = tmp_path / "site.toml"
    site.write_text(f"[styles]\nmodels = '{tiny}'\n[typing]\nunevenness = {unevenness}\n")
    assert main(["type", "--settings", str(site), "--mix", "a", "--pace", "20"]) == 0
    pauses = [asked[0]("e") for _ in range(50)]
    assert len(set(pauses)) == different
    assert 0.005 < min(pauses) <= max(pauses) < 0.5


@pytest.fixture
def rude(tmp_path: Path) -> Path:
    """Return a settings file for a model that types nothing but some characters."""
    fond = np.full(128, -20.0, dtype=np.float32)
    fond[[ord(c) for c in "as ."]] = 0.0
    write_model(tmp_path, "a", bias=fond)
    site = tmp_path / "site.toml"
    site.write_text(f"[styles]\nmodels = '{tmp_path}'\n")
    return site


def test_the_text_ends_where_the_guard_lets_it(
    rude: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def typed(characters: int) -> str:
        command = ["type", "--settings", str(rude), "--mix", "a", "--seed", "1", "--pace", "0"]
        assert main([*command, "--temperature", "1", "--chars", str(characters)]) == 0
        return capsys.readouterr().out

    whole, guard = typed(400), Guard()
    unsettled = [at for at in range(1, 400) if not guard.settled(whole[:at])]
    assert len(unsettled) >= 3
    for at in unsettled[:3]:
        text = typed(at)
        assert len(text) > at
        assert guard.settled(text)
        assert whole.startswith(text)
        assert not any(guard.settled(whole[:n]) for n in range(at, len(text)))
    assert typed(unsettled[0] - 1) == whole[: unsettled[0] - 1]


def test_no_character_asked_for_is_none_typed_whatever_was_read(
    rude: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["type", "--settings", str(rude), "--mix", "a", "--pace", "0", "--prime", "an ass"]
    assert main([*command, "--chars", "0"]) == 0
    assert capsys.readouterr().out == ""

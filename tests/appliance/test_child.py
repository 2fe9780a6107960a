"""A program that is run isolated starts its own modules isolated too."""

import sys
from collections.abc import Sequence
from types import SimpleNamespace

import pytest

from appliance import child
from appliance.child import python
from appliance.engine import providers
from appliance.engine.probe import Job


@pytest.fixture
def isolated(monkeypatch: pytest.MonkeyPatch) -> None:
    flags = SimpleNamespace(isolated=1)
    monkeypatch.setattr(child, "sys", SimpleNamespace(executable=sys.executable, flags=flags))


def test_at_a_desk_a_child_is_run_plainly() -> None:
    assert python("this") == [sys.executable, "-m", "this"]


def test_a_releases_child_sees_nobodys_modules(isolated: None) -> None:
    assert python("this") == [sys.executable, "-I", "-m", "this"]


def test_a_provider_is_tried_as_the_program_is_run(
    isolated: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[Sequence[str]] = []

    def end_of(command: Sequence[str], _seconds: float) -> str:
        started.append(command)
        return "it was not run"

    monkeypatch.setattr(providers, "end_of", end_of)
    report = providers.in_a_process(Job("Some", "", (), 1, seconds=1.0))
    assert report.fault == "it was not run"
    [command] = started
    assert command[:4] == [sys.executable, "-I", "-m", "appliance.engine.probe"]

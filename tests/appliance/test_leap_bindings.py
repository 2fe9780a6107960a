"""The Leap's bindings: Ultraleap's own, and those that cannot be had."""

import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from appliance.controls.leap import LATER
from appliance.controls.leap_frames import Ear
from tests.appliance.leap_stand_in import PATIENCE, Service, module
from tests.leap_room import BINDINGS, Room, connect, lines, no_leap, ready, room, service

FIXTURES = (no_leap, ready, room, service)


@pytest.mark.skipif(
    not BINDINGS,
    reason="LEAP_BINDINGS_SOURCE does not name the source of Ultraleap's leapc-python-bindings, "
    "github.com/ultraleap/leapc-python-bindings; see docs/leap.md",
)
def test_ultraleaps_own_bindings(ready: Room, service: Service) -> None:
    # Every story of test_leap_*.py that asks for a service is told on them too, where they are.
    service.track((7, 55.0, 200.0, -55.0))
    assert ready.frame() == pytest.approx({"puck/x": 0.75, "puck/y": 0.25})


def broken(folder: Path, text: str) -> None:
    (folder / "leap").mkdir()
    (folder / "leap" / "__init__.py").write_text(text)


NO_SDK = "raise Exception('Error: Unable to find leapc_cffi dir within directory /opt/x')"
NO_MODULE = "import sys; sys.path.append('/opt/x'); import _leapc_cffi_that_is_missing"
NO_LIBRARY = "raise OSError('libLeapC.so.5: cannot open shared object file')"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (None, "the leap bindings are not installed"),
        (NO_SDK, "the leap bindings cannot load LeapC: Error: Unable to find leapc_cffi dir"),
        (NO_MODULE, "the leap bindings lack a module: No module named '_leapc_cffi_that_is_mis"),
        (NO_LIBRARY, "the leap bindings cannot load LeapC: libLeapC.so.5: cannot open"),
        ("x = 1", "__init__.py is not Ultraleap's module leap"),
    ],
)
def test_bindings_that_cannot_be_had_are_one_sentence_and_looked_for_again(
    text: str | None,
    reason: str,
    no_leap: None,
    room: Room,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    # Nothing but this folder, so that bindings which are installed here are not found.
    monkeypatch.setattr(sys, "path", [str(tmp_path)])
    if text is not None:
        broken(tmp_path, text)
    for _ in range(3):
        room.frame()
        room.ended()
        room.frame()
        assert room.frame(LATER / 2) == {}
        assert room.leap._ear is None
        room.frame(LATER)
    [line] = lines(caplog)
    assert line.startswith("no Leap Motion can be played (")
    assert reason in line and line.endswith("): see docs/leap.md")
    assert not room.leap.health().well
    assert sys.path == [str(tmp_path)]  # as it was, however often they were tried


def test_bindings_that_are_installed_later_are_found(
    no_leap: None, room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = sys.path
    monkeypatch.setattr(sys, "path", [])
    room.frame()
    room.ended()
    room.frame()
    service = Service()
    made: ModuleType = module(service)
    monkeypatch.setattr(sys, "path", kept)
    monkeypatch.setitem(sys.modules, "leap", made)
    room.frame(LATER)
    room.frame()
    connect(room, service)
    service.track()
    room.frame()
    assert room.leap.health().well


def test_the_thread_ends_whatever_the_bindings_raise(
    no_leap: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: Any = module(Service())
    made.Connection = lambda: 1 / 0
    monkeypatch.setitem(sys.modules, "leap", made)
    ear = Ear()
    ear.join(PATIENCE)
    assert not ear.alive
    assert ear.seen.fault == "division by zero"

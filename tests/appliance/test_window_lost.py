"""A window that is lost while it plays: the process ends, so that whoever supervises it returns."""

import os
import threading
from pathlib import Path

import pytest

os.environ.setdefault("SDL_VIDEODRIVER", "dummy")

import pygame

from appliance.commands import stage
from appliance.settings import DEFAULTS, Loaded
from appliance.stage.calm import CalmScreens
from appliance.stage.desk import Desk
from appliance.stage.displays import Display, Eyes
from appliance.stage.link import Link
from appliance.stage.operator.kept import Shelf
from appliance.stage.screen import Screen
from tests.puppet import Clock, Puppet


class RendererError(RuntimeError):
    """What a renderer raises, which is no pygame.error."""


@pytest.mark.parametrize("kind", [pygame.error, RendererError])
def test_a_window_that_is_lost_ends_the_stage_with_one_sentence(
    puppet: Puppet,
    clock: Clock,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    kind: type[RuntimeError],
) -> None:
    def lost(self: Screen, places: list[pygame.Rect]) -> None:
        raise kind("device lost")

    monkeypatch.setattr(Screen, "show", lost)
    loaded = Loaded.read(DEFAULTS)
    with Link(puppet.socket.getsockname(), "127.0.0.1", 0, clock) as link:
        desk = Desk(link, loaded.settings.controls)
        with pytest.raises(stage.StageError, match="the window was lost \\(device lost\\)"):
            stage.in_window(desk, loaded, Shelf(tmp_path), threading.Event(), None)
    assert not pygame.display.get_init()


def test_a_renderer_that_fails_leaves_the_calm_picture_to_the_next_look(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    displays = (Display((0, 0, 640, 480), "a"),)
    shown = Screen.show

    def failing(self: Screen, places: list[pygame.Rect]) -> None:
        raise RendererError("device lost")

    with CalmScreens("Please ask the staff.", "", eyes=Eyes(lambda: displays)) as screens:
        screens.look()
        monkeypatch.setattr(Screen, "show", failing)
        assert not screens.show(0.0)
        assert "a lost the picture (device lost)" in caplog.text
        monkeypatch.setattr(Screen, "show", shown)
        screens.look()
        assert screens.show(0.1)

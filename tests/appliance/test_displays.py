"""Screens: which is which, one that comes late, one that goes."""

import logging
import os
import struct
import subprocess
import sys
from pathlib import Path

import pygame
import pytest

from appliance.settings import DEFAULTS, Loaded, Stage
from appliance.stage.displays import (
    Display,
    Eyes,
    choose,
    connected,
    described,
    displays,
    monitors,
)
from appliance.stage.screen import Plain, Screen, Tiled
from tests.conftest import PATIENCE, ROOT, free_port
from tests.puppet import Clock
from tests.staging import Typing, colours, finger, greeted, key, panel, puppet, staged

FIXTURES = (puppet,)
TOUCH = Display((0, 0, 1280, 800), "HDMI-A-1 Touch", 10.1)
WALL = Display((1280, 0, 1920, 1080), "HDMI-A-2 Projector", 80.0)
TWIN = Display((1280, 0, 1280, 800), "", 0.0)


def stage(**more: str) -> Stage:
    return Loaded.read(DEFAULTS).settings.stage.model_copy(update=more)


@pytest.mark.parametrize(
    ("there", "screen", "wall", "expected"),
    [
        ((TOUCH,), "", "", {"instrument": TOUCH}),
        ((TOUCH, WALL), "", "", {"instrument": TOUCH}),
        ((TOUCH, WALL), "", "projector", {"instrument": TOUCH, "wall": WALL}),
        ((WALL, TOUCH), "", "1920x1080", {"instrument": TOUCH, "wall": WALL}),
        ((WALL, TOUCH), "touch", "1920x1080", {"instrument": TOUCH, "wall": WALL}),
        ((WALL, TOUCH), "touch", "", {"instrument": TOUCH}),
        ((TOUCH,), "", "projector", {"instrument": TOUCH}),
        ((WALL,), "touch", "projector", {"wall": WALL}),
        ((WALL,), "touch", "", {"instrument": WALL}),
        ((TOUCH, TWIN), "", "1280x800", {"instrument": TOUCH, "wall": TWIN}),
        ((), "", "projector", {}),
    ],
)
def test_which_screen_is_which(
    there: tuple[Display, ...], screen: str, wall: str, expected: dict[str, Display]
) -> None:
    assert choose(there, stage(screen=screen, wall=wall)) == expected


def test_a_millimetre_is_as_many_pixels_as_the_screen_says() -> None:
    assert TOUCH.millimetre(0.0) == pytest.approx(5.88, abs=0.01)
    assert TOUCH.millimetre(20.2) == pytest.approx(2.94, abs=0.01)
    assert TWIN.millimetre(0.0) == TOUCH.millimetre(0.0)  # what says nothing is taken for 10.1"


# --- what a stage does about it ---------------------------------------------------------------


class Plugs:
    """Screens that a test plugs in and out."""

    def __init__(self, *there: Display) -> None:
        self.there = there

    def look(self) -> tuple[Display, ...]:
        return self.there


def test_two_screens_the_text_is_on_the_wall_and_legible_from_six_metres(
    puppet: Typing, clock: Clock
) -> None:
    eyes = Eyes(Plugs(TOUCH, WALL).look)
    with staged(puppet, clock, eyes=eyes, fullscreen=True, wall="projector") as app:
        greeted(app, puppet)
        puppet.write("static unsigned love", author=1)
        app.frame()
        assert "text" not in app.pictures["instrument"].layout
        assert set(app.pictures["wall"].layout) == {"text"}
        assert app.screens["wall"].surface.get_size() == (1920, 1080)
        assert app.screens["instrument"].surface.get_size() == (1280, 800)
        seen = colours(app.screens["wall"].surface, app.panel("text", "wall"))
        assert len(seen) > 2
        wall = panel(app, "text", "wall")
        capital = 0.698 * wall._em / wall.look.millimetre  # type: ignore[attr-defined]  # a TextPanel
        assert capital >= 6_000 * 20 / 60 * 3.1416 / 180  # millimetres: 20 minutes of arc


def test_a_wall_that_goes_leaves_everything_on_the_other_screen_and_comes_back(
    puppet: Typing, clock: Clock
) -> None:
    plugs = Plugs(TOUCH, WALL)
    with staged(puppet, clock, eyes=Eyes(plugs.look), fullscreen=True, wall="projector") as app:
        greeted(app, puppet)
        puppet.write("love", author=1)
        app.frame()
        plugs.there = (TOUCH,)
        clock.now += 3.0
        assert app.frame()
        assert set(app.screens) == {"instrument"}
        assert "text" in app.pictures["instrument"].layout
        assert len(colours(app.screen, app.panel("text"))) > 2
        finger(pygame.FINGERDOWN, 1, app, app.panel("puck").center)
        assert app.frame()
        plugs.there = (TOUCH, WALL)
        clock.now += 3.0
        assert app.frame()
        assert set(app.screens) == {"instrument", "wall"}
        assert len(colours(app.screens["wall"].surface, app.panel("text", "wall"))) > 2


def test_a_stage_without_a_screen_plays_on_and_takes_up_the_one_that_comes_late(
    puppet: Typing, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    plugs = Plugs()
    with (
        caplog.at_level(logging.INFO, "appliance.stage"),
        staged(puppet, clock, eyes=Eyes(plugs.look), patient=True, fullscreen=True) as app,
    ):
        greeted(app, puppet)
        assert app.screens == {}
        for _ in range(3):
            clock.now += 3.0
            puppet.write("late ", author=0)
            assert app.frame()
        assert app.desk.link.view.page.text == "late late late "
        plugs.there = (TOUCH,)
        clock.now += 1200.0
        puppet.write("!", author=0)
        assert app.frame()
        assert app.screen.get_size() == (1280, 800)
        assert len(colours(app.screen, app.panel("text"))) > 2
    lines = [record.message for record in caplog.records if "screens:" in record.message]
    assert len(lines) == 2
    assert "looking for one" in lines[0] and "HDMI-A-1 Touch, 1280x800" in lines[1]


def test_without_a_desktop_video_begins_anew_when_something_was_plugged_in(
    puppet: Typing, clock: Clock, tmp_path: Path
) -> None:
    connector(tmp_path, "card1-HDMI-A-1", "connected")
    connector(tmp_path, "card1-HDMI-A-2", "disconnected")
    eyes = Eyes(Plugs(TOUCH).look, drm=tmp_path, driver=lambda: "KMSDRM")
    with staged(puppet, clock, eyes=eyes, fullscreen=True) as app:
        greeted(app, puppet)
        puppet.write("love", author=1)
        app.frame()
        before = app.screens["instrument"]
        clock.now += 3.0
        app.frame()
        assert app.screens["instrument"] is before
        (tmp_path / "card1-HDMI-A-2" / "status").write_text("connected\n")
        clock.now += 3.0
        puppet.write("!", author=1)
        assert app.frame()
        assert app.screens["instrument"] is not before
        assert len(colours(app.screen, app.panel("text"))) > 2


def test_what_the_system_starts_waits_for_a_screen_and_ends_when_told(tmp_path: Path) -> None:
    site = tmp_path / "site.toml"
    site.write_text(f"[engine]\nport = {free_port()}\n[controls]\non = []\n")
    child = subprocess.Popen(
        [sys.executable, "-m", "appliance", "stage", "--settings", str(site)],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, cwd=ROOT,
        env=os.environ | {"SDL_VIDEODRIVER": "nonesuch"},
    )  # fmt: skip
    assert child.stderr is not None
    assert b"looking for one" in child.stderr.readline()
    child.terminate()
    assert child.wait(PATIENCE) == 0
    child.stderr.close()


def test_a_stage_that_is_not_patient_says_that_there_is_no_screen(
    puppet: Typing, clock: Clock
) -> None:
    with (
        pytest.raises(pygame.error, match="no display"),
        staged(puppet, clock, eyes=Eyes(Plugs().look)),
    ):
        pass  # pragma: no cover


def test_a_video_driver_that_shows_nobody_anything_is_not_taken(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pygame.display.quit()
    monkeypatch.setenv("SDL_VIDEODRIVER", "nonesuch")
    assert Eyes(Plugs(TOUCH).look).look() == ()
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
    assert Eyes(Plugs(TOUCH).look).look() == (TOUCH,)
    pygame.display.quit()


def test_a_window_that_cannot_be_opened_is_named_once_and_tried_again(
    puppet: Typing, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    absurd = Display((0, 0, 0, 0), "absurd")
    plugs = Plugs(absurd)
    with staged(puppet, clock, eyes=Eyes(plugs.look), patient=True, fullscreen=True) as app:
        for _ in range(3):
            clock.now += 3.0
            assert app.frame()
        [line] = [r.message for r in caplog.records if "no window" in r.message]
        assert line.startswith("no window for the instrument (") and "tried again" in line
        plugs.there = (TOUCH,)
        clock.now += 3.0
        app.frame()
        assert app.screen.get_size() == (1280, 800)


# --- what SDL and the kernel tell -------------------------------------------------------------


def edid(name: str, pixels: tuple[int, int], millimetres: tuple[int, int]) -> bytes:
    """Return a monitor's description with a detailed timing and a name."""
    (w, h), (mm_w, mm_h) = pixels, millimetres
    timing = bytearray(18)
    timing[0:2] = struct.pack("<H", 14850)
    timing[2], timing[4] = w & 0xFF, (w >> 8) << 4
    timing[5], timing[7] = h & 0xFF, (h >> 8) << 4
    timing[12], timing[13] = mm_w & 0xFF, mm_h & 0xFF
    timing[14] = (mm_w >> 8) << 4 | mm_h >> 8
    called = b"\x00\x00\x00\xfc\x00" + name.encode("ascii") + b"\n"
    block = b"\x00" + b"\xff" * 6 + b"\x00" + bytes(46) + bytes(timing) + called.ljust(18, b" ")
    return block.ljust(128, b"\x00")


def connector(drm: Path, name: str, status: str, description: bytes = b"") -> None:
    (drm / name).mkdir()
    (drm / name / "status").write_text(status + "\n")
    (drm / name / "edid").write_bytes(description)


def test_a_monitors_description_is_read() -> None:
    monitor = described(edid("TOUCH 10", (1280, 800), (217, 136)), "HDMI-A-1")
    assert monitor.name == "HDMI-A-1 TOUCH 10"
    assert monitor.pixels == (1280, 800)
    assert monitor.inches == pytest.approx(10.08, abs=0.01)
    with pytest.raises(ValueError, match="no EDID"):
        described(b"nonsense")


def test_plugged_in_monitors_are_found_in_the_kernels_tree(tmp_path: Path) -> None:
    connector(tmp_path, "card1-HDMI-A-1", "connected", edid("TOUCH 10", (1024, 768), (217, 163)))
    connector(tmp_path, "card1-HDMI-A-2", "disconnected")
    connector(tmp_path, "card1-DSI-1", "connected")
    assert connected(tmp_path) == ("card1-DSI-1", "card1-HDMI-A-1")
    assert [monitor.name for monitor in monitors(tmp_path)] == ["HDMI-A-1 TOUCH 10"]
    assert connected(tmp_path / "nothing") == ()
    pygame.display.init()
    [display] = displays(tmp_path)  # the dummy driver's own, of 1024 x 768
    assert display.place == (0, 0, 1024, 768)
    assert "TOUCH 10" in display.name
    assert display.inches == pytest.approx(10.7, abs=0.1)
    pygame.display.quit()


# --- how a picture comes to a screen ----------------------------------------------------------


def test_only_the_tiles_that_were_drawn_into_are_sent() -> None:
    pygame.display.init()
    window = pygame.Window("test", (600, 250))
    way = Tiled(window, accelerated=False)
    way.surface.fill((10, 20, 30))
    way.show([way.surface.get_rect()])
    assert colours(way.renderer.to_surface(), pygame.Rect(0, 0, 600, 250)) == {(10, 20, 30)}
    way.surface.fill((200, 100, 50))
    way.show([pygame.Rect(590, 240, 4, 4)])
    shown = way.renderer.to_surface()
    last = pygame.Rect(512, 192, 88, 58)
    assert colours(shown, last) == {(200, 100, 50)}
    assert colours(shown, pygame.Rect(0, 0, 512, 250)) == {(10, 20, 30)}
    window.size = (700, 300)
    way.resize()
    way.surface.fill((1, 2, 3))
    way.show([way.surface.get_rect()])
    assert way.surface.get_size() == (700, 300)
    assert colours(way.renderer.to_surface(), pygame.Rect(0, 0, 700, 300)) == {(1, 2, 3)}
    window.destroy()
    pygame.display.quit()


def test_without_a_hardware_renderer_the_picture_is_drawn_by_software(
    caplog: pytest.LogCaptureFixture,
) -> None:
    pygame.display.init()
    with (
        caplog.at_level(logging.WARNING, "appliance.stage"),
        Screen(TOUCH, (320, 200), "hardware") as screen,
    ):
        screen.surface.fill((1, 2, 3))
        screen.show([pygame.Rect(0, 0, 500, 500)])
        assert isinstance(screen._way, Plain)
        assert "drawn by software" in caplog.text
    pygame.display.quit()


def test_the_window_may_be_made_larger(puppet: Typing, clock: Clock) -> None:
    with staged(puppet, clock) as app:
        greeted(app, puppet)
        before = app.panel("puck").size
        app.screens["instrument"].window.size = (1600, 1000)
        app.frame()
        assert app.screen.get_size() == (1600, 1000)
        assert app.panel("puck").width > before[0]
        key(pygame.K_F11)
        assert app.frame()

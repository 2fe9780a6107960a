"""Two screens without a desktop: who holds them, and that each window fills its own."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from threading import Event

import pygame
import pytest

from appliance.settings import DEFAULTS, Loaded, Stage
from appliance.stage.compositor import CompositorError, config, running, two_screens, wanted
from appliance.stage.theme import THEMES
from tests.conftest import PATIENCE, ROOT, free_port

OUTPUTS = ("HEADLESS-1:800x600@60", "HEADLESS-2:1280x720@60")
SITE = f"""\
[engine]
port = {{port}}
[controls]
on = []
[stage]
fullscreen = true
screen = "800x600"
wall = "1280x720"
outputs = {list(OUTPUTS)}
renderer = "{{renderer}}"
"""
# Root is nobody's user, says Sway; in a name space of users, root is somebody.
AS_SOMEBODY = '#!/bin/sh\nexec unshare --user --map-user=1000 --map-group=1000 {} "$@"\n'
HEADLESS = {
    "SDL_VIDEODRIVER": "kmsdrm",
    "SDL_RENDER_DRIVER": "opengles2",
    "WLR_BACKENDS": "headless",
    "WLR_HEADLESS_OUTPUTS": "2",
    "WLR_LIBINPUT_NO_DEVICES": "1",
    "WLR_RENDERER": "pixman",
}


def stage(**changes: object) -> Stage:
    return Loaded.read(DEFAULTS).settings.stage.model_copy(update=changes)


@pytest.mark.parametrize(
    ("wall", "driver", "needed"),
    [
        ("HDMI-A-2", "kmsdrm", True),
        ("", "kmsdrm", False),
        ("HDMI-A-2", "wayland", False),
        ("HDMI-A-2", "", False),
    ],
)
def test_it_is_started_for_two_screens_where_there_is_no_desktop(
    wall: str, driver: str, needed: bool
) -> None:
    assert wanted(stage(wall=wall), {"SDL_VIDEODRIVER": driver}) is needed
    assert not wanted(stage(wall=wall), {})


def test_it_is_told_the_modes_and_whose_glass_is_touched() -> None:
    lines = config(stage(outputs=list(OUTPUTS), screen="HDMI-A-1")).splitlines()
    assert "output HEADLESS-1 mode 800x600@60Hz" in lines
    assert "output HEADLESS-2 mode 1280x720@60Hz" in lines
    assert "input type:touch map_to_output HDMI-A-1" in lines
    assert not any("touch" in line for line in config(stage(screen="800x600")).splitlines())


def test_where_it_is_not_installed_the_instrument_has_the_one_screen(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setenv("SDL_VIDEODRIVER", "kmsdrm")
    before = dict(os.environ)
    until = Event()
    with two_screens(stage(wall="HDMI-A-2"), until):
        assert dict(os.environ) == before
    [record] = caplog.records
    assert "sudo apt install sway seatd" in record.message
    assert not until.is_set()


@pytest.fixture
def sway(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    """Let Sway be found and draw for nobody; return a folder with a short name for its sockets."""
    found = shutil.which("sway")
    if found is None:
        pytest.skip("sway is missing: apt install sway grim")
    if os.geteuid() == 0:
        program = tmp_path / "bin" / "sway"
        program.parent.mkdir()
        program.write_text(AS_SOMEBODY.format(found), encoding="utf-8")
        program.chmod(0o755)
        monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
        if subprocess.run([program, "--version"], capture_output=True, check=False).returncode:
            pytest.skip("root cannot start sway here: this kernel has no name spaces of users")
    for name, value in HEADLESS.items():
        monkeypatch.setenv(name, value)
    with tempfile.TemporaryDirectory(prefix="sul-") as folder:
        monkeypatch.setenv("RUNTIME_DIRECTORY", folder)
        yield Path(folder)


def test_one_that_does_not_come_up_says_why_and_leaves_nothing(
    sway: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WLR_BACKENDS", "nonsense")
    with (
        pytest.raises(CompositorError, match=r"sway does not come up \(.*backend"),
        running(stage(wall="x"), Event()),
    ):
        pass
    assert list(sway.iterdir()) == []


def test_one_that_ends_ends_the_stage(sway: Path) -> None:
    until = Event()
    with running(stage(wall="x"), until) as found:
        socket = Path(found["XDG_RUNTIME_DIR"], found["WAYLAND_DISPLAY"])
        assert socket.is_socket()
        owner = next(sway.glob("*/sway-ipc.*.sock")).name.split(".")[2]
        os.kill(int(owner), signal.SIGKILL)
        assert until.wait(PATIENCE)
    until = Event()
    with running(stage(wall="x"), until):
        pass
    assert not until.is_set()  # one that is ended is no accident
    assert list(sway.iterdir()) == []


def photograph(sockets: Path, output: str, to: Path) -> pygame.Surface | None:
    """Return what an output shows, or None where there is nobody to ask yet."""
    display = next((path for path in sockets.glob("*/wayland-*") if path.is_socket()), None)
    if display is None:
        return None
    done = subprocess.run(
        ["grim", "-o", output, to],
        env=os.environ | {"XDG_RUNTIME_DIR": str(display.parent), "WAYLAND_DISPLAY": display.name},
        capture_output=True, check=False, timeout=PATIENCE,
    )  # fmt: skip
    return pygame.image.load(to) if done.returncode == 0 else None


@pytest.mark.skipif(shutil.which("grim") is None, reason="grim is missing: apt install sway grim")
@pytest.mark.parametrize("renderer", ["auto", "software"])
def test_the_stage_fills_both_screens(renderer: str, sway: Path, tmp_path: Path) -> None:
    site = tmp_path / "site.toml"
    site.write_text(SITE.format(port=free_port(), renderer=renderer), encoding="utf-8")
    command = [sys.executable, "-m", "appliance", "stage", "--settings", str(site)]
    child = subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        env=os.environ | {"STATE_DIRECTORY": str(tmp_path)},
    )  # fmt: skip
    ground = THEMES["night"].ground
    panel = THEMES["night"].blue
    shown: dict[str, pygame.Surface] = {}
    has: dict[str, int] = {}  # pixels of the sliders' panel
    end = time.monotonic() + PATIENCE
    try:
        # The first frame of a screen may come before its panels do.
        while len(shown) < 2 or has["HEADLESS-1"] <= 10_000:
            assert time.monotonic() < end and child.poll() is None, f"only {has}"
            for output in ("HEADLESS-1", "HEADLESS-2"):
                picture = photograph(sway, output, tmp_path / f"{output}.png")
                if picture is not None and picture.get_at((2, 2))[:3] == ground:
                    shown[output] = picture
                    has[output] = pygame.mask.from_threshold(picture, panel, (1, 1, 1)).count()
    finally:
        child.terminate()
        child.wait(PATIENCE)
    instrument, wall = shown["HEADLESS-1"], shown["HEADLESS-2"]
    assert (instrument.get_size(), wall.get_size()) == ((800, 600), (1280, 720))
    assert has["HEADLESS-1"] > 10_000 and has["HEADLESS-2"] == 0  # each shows its own part

"""What is shown when the piece cannot play."""

import os
import pty
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pygame
import pytest

os.environ.setdefault("SDL_VIDEODRIVER", "dummy")

from appliance.commands.fallback import (
    CLEAR,
    LOOK_EVERY,
    REWRITE_EVERY,
    Notice,
    Nowhere,
    placed,
    readable,
)
from appliance.settings import DEFAULTS, Loaded
from appliance.stage.calm import (
    BREATH,
    DRIFT,
    FAINTEST,
    NIGHT,
    TURN,
    Calm,
    CalmScreens,
    breath,
    dots,
    drift,
    set_lines,
)
from appliance.stage.displays import Display, Eyes
from appliance.stage.theme import blend, contrast
from tests.conftest import PATIENCE, ROOT
from tests.puppet import Clock

SENTENCE = Loaded.read(DEFAULTS).settings.words.fallback
WITHOUT_PYGAME = """\
import sys
sys.modules["pygame"] = None
from appliance.__main__ import main
sys.exit(main(["fallback", "--console", sys.argv[1]]))
"""


class Wall:
    """Screens that are there or not, as a test wishes."""

    def __init__(self, *, there: bool = True) -> None:
        self.there, self.looks, self.fault = there, 0, False

    def look(self) -> None:
        self.looks += 1

    def show(self, now: float) -> bool:
        if self.fault:
            raise ZeroDivisionError("a fault in the drawing")
        return self.there

    def closed(self) -> bool:
        return False


@pytest.fixture(autouse=True)
def typeface() -> None:
    pygame.font.init()


@pytest.fixture
def console(tmp_path: Path) -> Path:
    return tmp_path / "console"


# --- the sentence -----------------------------------------------------------------------------


def test_a_site_says_it_in_its_own_words(tmp_path: Path) -> None:
    site = tmp_path / "site.toml"
    site.write_text('[words]\nfallback = "Bitte rufen Sie 0123."\n', encoding="utf-8")
    assert readable(site).words.fallback == "Bitte rufen Sie 0123."


@pytest.mark.parametrize(
    "broken", ["no toml", "[words]\nfallbak = 'x'\n", "[words]\nfallback = 7\n", "\xff"]
)
def test_broken_settings_still_leave_a_sentence(
    tmp_path: Path, broken: str, caplog: pytest.LogCaptureFixture
) -> None:
    site = tmp_path / "site.toml"
    site.write_bytes(broken.encode("latin-1"))
    assert readable(site).words.fallback == SENTENCE
    assert str(site) in caplog.text


def test_settings_that_cannot_even_be_looked_for_leave_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("STATE_DIRECTORY", str(tmp_path / "file"))  # no folder
    monkeypatch.setenv("STATIC_UNSIGNED_LOVE_SETTINGS", str(tmp_path / "missing.toml"))
    assert readable(None).words.fallback == SENTENCE


# --- the picture ------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [(1920, 1080), (1080, 1920), (800, 480), (3840, 1080)])
def test_the_sentence_is_whole_and_stays_on_the_screen(size: tuple[int, int]) -> None:
    calm, surface = Calm(SENTENCE, size), pygame.Surface(size)
    for part in range(24):  # all places that the picture drifts to
        calm.draw(surface, part / 24 * DRIFT[0] * DRIFT[1] / 60)
        drawn = pygame.mask.from_threshold(surface, NIGHT.ground, (1, 1, 1, 255))
        drawn.invert()
        inside = pygame.mask.Mask(size)
        inside.draw(pygame.mask.Mask((size[0] - 4, size[1] - 4), fill=True), (2, 2))
        assert drawn.count() > 100
        assert drawn.overlap_area(inside, (0, 0)) == drawn.count()


def test_a_longer_sentence_is_smaller_and_none_is_shortened() -> None:
    small, lines = set_lines("word " * 31 + "word", (1280, 720))
    large, _ = set_lines("word", (1280, 720))
    assert small < large
    assert " ".join(lines) == "word " * 31 + "word"


def test_it_can_be_read_at_its_faintest() -> None:
    assert min(breath(t / 10) for t in range(round(10 * BREATH))) >= FAINTEST
    faintest = blend(NIGHT.ink, NIGHT.ground, FAINTEST)
    assert contrast(faintest, NIGHT.ground) >= NIGHT.far


def test_nothing_stands_still_and_nothing_is_quick() -> None:
    size = (1920, 1080)
    assert len({drift(t, size) for t in range(0, 600, 10)}) > 50
    now, later = dots(0.0, 180.0), dots(0.1, 180.0)
    for (x, y, _), (later_x, later_y, _) in zip(now, later, strict=True):
        assert 0 < abs(later_x - x) + abs(later_y - y) < 1  # pixels in a frame
    assert TURN > 60


def test_every_screen_shows_it_and_one_that_comes_late_too() -> None:
    found: list[tuple[Display, ...]] = [()]
    with CalmScreens(SENTENCE, "", eyes=Eyes(lambda: found[0])) as screens:
        screens.look()
        assert not screens.show(0.0)
        found[0] = (Display((0, 0, 640, 480), "a"), Display((640, 0, 800, 480), "b"))
        screens.look()
        assert screens.show(0.1)
        surfaces = [screen.surface for screen, _ in screens._screens.values()]
        assert [surface.get_size() for surface in surfaces] == [(640, 480), (800, 480)]
        for surface in surfaces:
            assert (
                len(
                    {surface.get_at((x, y))[:3] for x in range(0, 640, 4) for y in range(0, 480, 4)}
                )
                > 9
            )
        found[0] = ()
        screens.look()
        assert not screens.show(0.2)


def test_without_a_desktop_a_screen_that_is_plugged_in_is_found(tmp_path: Path) -> None:
    seen = (Display((0, 0, 640, 480)),)
    eyes = Eyes(lambda: seen, drm=tmp_path, driver=lambda: "kmsdrm")
    with CalmScreens(SENTENCE, "", eyes=eyes) as screens:
        screens.look()
        [first] = screens._screens.values()
        status = tmp_path / "card0-HDMI-A-2" / "status"
        status.parent.mkdir()
        status.write_text("connected\n", encoding="ascii")
        screens.look()
        [second] = screens._screens.values()
        assert second is not first  # SDL had begun anew, and its windows were gone
        assert screens.show(0.0)


def test_a_face_that_is_no_font_is_named_and_done_without(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "face.ttf").write_text("no font", encoding="utf-8")
    with CalmScreens(SENTENCE, str(tmp_path / "face.ttf"), eyes=Eyes(lambda: ())):
        assert "face.ttf" in caplog.text


# --- the console ------------------------------------------------------------------------------


def test_without_a_screen_the_console_has_the_sentence(clock: Clock, console: Path) -> None:
    notice = Notice(SENTENCE, Nowhere(), console, clock)
    notice.frame()
    first = console.read_text(encoding="utf-8")
    assert " ".join(words(first)) == SENTENCE
    console.unlink()
    clock.now += REWRITE_EVERY / 2
    notice.frame()
    assert not console.exists()
    clock.now += REWRITE_EVERY
    notice.frame()
    assert console.read_text(encoding="utf-8") not in ("", first)  # elsewhere


def test_with_a_screen_the_console_is_left_alone(clock: Clock, console: Path) -> None:
    wall = Wall()
    notice = Notice(SENTENCE, wall, console, clock)
    notice.frame()
    assert not console.exists()
    wall.there = False
    clock.now += LOOK_EVERY
    notice.frame()
    assert console.exists()
    assert wall.looks == 2


def test_a_fault_in_the_picture_leaves_the_console(
    clock: Clock, console: Path, caplog: pytest.LogCaptureFixture
) -> None:
    wall = Wall()
    wall.fault = True
    notice = Notice(SENTENCE, wall, console, clock)
    for _ in range(3):
        assert notice.frame()
    assert console.exists()
    assert caplog.text.count("a fault in the drawing") == 1


def test_a_console_that_cannot_be_written_is_named_once(
    clock: Clock, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    notice = Notice(SENTENCE, Nowhere(), tmp_path, clock)  # a folder
    for _ in range(3):
        clock.now += REWRITE_EVERY
        assert notice.frame()
    assert caplog.text.count("cannot be written") == 1


@pytest.mark.parametrize(("columns", "rows"), [(80, 24), (240, 67), (20, 2), (1, 1)])
def test_wherever_it_stands_on_the_console_it_is_whole(columns: int, rows: int) -> None:
    places = set()
    for times in range(60):
        text = placed(SENTENCE, columns, rows, times)
        assert " ".join(words(text)) == SENTENCE
        places.add(text)
    assert len(places) > 20 or rows < 24


def words(text: str) -> list[str]:
    """Return the lines that stand on a console."""
    lines = text.removeprefix(CLEAR).split("\033[")
    return [line.partition("H")[2] for line in lines if line.partition("H")[2]]


# --- the service manager ----------------------------------------------------------------------


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as heard:
        heard.bind(str(tmp_path / "notify"))
        heard.settimeout(PATIENCE)
        yield heard


@pytest.mark.parametrize(
    ("driver", "said"),
    [("dummy", "The fallback picture is shown."), ("kmsdrm", "No screen takes a picture")],
)
def test_the_process_says_how_it_is_and_ends_when_told_to(
    manager: socket.socket, tmp_path: Path, driver: str, said: str
) -> None:
    pytest.importorskip("systemd.daemon", reason="systemd-python: apt install python3-systemd")
    if driver == "kmsdrm" and Path("/dev/dri").exists():
        pytest.skip("this machine has a screen of its own")
    site = tmp_path / "site.toml"
    site.write_text("broken", encoding="utf-8")
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "appliance", "fallback", "--settings", str(site)]
    child = subprocess.Popen(
        [*command, "--console", os.ttyname(theirs)],
        cwd=ROOT,
        env=os.environ
        | {
            "NOTIFY_SOCKET": str(tmp_path / "notify"),
            "WATCHDOG_USEC": "100000",
            "STATE_DIRECTORY": str(tmp_path),
            "SDL_VIDEODRIVER": driver,
        },
    )
    try:
        status, ready, fed, again = (manager.recv(4096).decode() for _ in range(4))
        assert status.startswith(f"STATUS={said}")
        assert (ready, fed, again) == ("READY=1", "WATCHDOG=1", "WATCHDOG=1")
        if driver == "kmsdrm":
            os.set_blocking(ours, False)
            assert SENTENCE.split()[0] in os.read(ours, 4096).decode()
        child.send_signal(signal.SIGTERM)
        assert child.wait(PATIENCE) == 0
        last = ""
        while last != "STOPPING=1":
            last = manager.recv(4096).decode()
    finally:
        child.kill()
        child.wait()
        os.close(ours)
        os.close(theirs)


def test_without_pygame_the_console_has_the_sentence(console: Path, tmp_path: Path) -> None:
    os.mkfifo(console)
    child = subprocess.Popen(
        [sys.executable, "-c", WITHOUT_PYGAME, str(console)],
        cwd=ROOT,
        env=os.environ | {"STATE_DIRECTORY": str(tmp_path)},
    )
    try:
        ours = os.open(console, os.O_RDWR)  # opens at once, and the child finds a reader
        ready, _, _ = select.select([ours], [], [], PATIENCE)
        assert ready, "nothing was written on the console"
        assert " ".join(words(os.read(ours, 4096).decode())) == SENTENCE
        child.terminate()
        assert child.wait(PATIENCE) == 0
    finally:
        child.kill()
        child.wait()
        os.close(ours)

"""Two screens without a desktop: a small compositor that holds both, and gives each window its own.

On a bare display SDL shows one picture. So where the settings name a wall, Sway is started beneath
the stage. It fills the screen that a window asks for, and with these few lines it does nothing
else: no bar, no cursor, no keys. Cage joins all screens into one, and Weston's kiosk shell sorts
windows by program. See sway(5), sway-input(5), sway-output(5).
"""

import contextlib
import logging
import os
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from threading import Event, Thread

from appliance.outputs import CONNECTOR, parted
from appliance.settings import Stage
from appliance.stage.displays import BARE

PROGRAM = "sway"
PATIENCE = 10.0  # seconds until it listens, on a cold card
LEAVE = 3.0  # seconds that it is given to end
CONFIG = """\
xwayland disable
default_border none
default_floating_border none
focus_follows_mouse no
output * bg #000000 solid_color
seat * hide_cursor 1000
input type:keyboard xkb_options srvrkeys:none
"""  # the last keeps Ctrl-Alt-F2 from leading to a login

log = logging.getLogger("appliance.stage")


class CompositorError(Exception):
    """A compositor that does not come up; the message is one clause."""


def wanted(settings: Stage, environment: Mapping[str, str]) -> bool:
    """Tell whether a stage needs a compositor: two screens are named, and there is no desktop."""
    return bool(settings.wall) and environment.get("SDL_VIDEODRIVER") == BARE


def config(settings: Stage) -> str:
    """Return what Sway is told: the modes that are named, and whose glass is touched."""
    lines = [CONFIG]
    for name, (width, height), rate in map(parted, settings.outputs):
        lines.append(f"output {name} mode {width}x{height}@{rate}Hz\n")
    if re.fullmatch(CONNECTOR, settings.screen):
        lines.append(f"input type:touch map_to_output {settings.screen}\n")
    return "".join(lines)


@contextlib.contextmanager
def two_screens(settings: Stage, until: Event) -> Iterator[None]:
    """Let SDL find a compositor while the body runs, if one is wanted and comes up.

    Else it finds what it found before, and the instrument has the only screen. A compositor that
    ends sets `until`: a stage without one shows nothing, and whoever started it starts it anew.
    """
    with contextlib.ExitStack() as stack:
        if wanted(settings, os.environ):
            try:
                stack.enter_context(_environment(stack.enter_context(running(settings, until))))
            except CompositorError as error:
                log.error("%s: the instrument is shown alone, on one screen", error)
        yield


@contextlib.contextmanager
def running(settings: Stage, until: Event) -> Iterator[dict[str, str]]:
    """Run a compositor, and give the environment in which SDL finds it; CompositorError."""
    program = shutil.which(PROGRAM)
    if program is None:
        raise CompositorError(
            f"two screens are named, and {PROGRAM} is missing (`sudo apt install sway seatd`)"
        )
    ending = Event()
    # A service's own folder lies in memory; a socket's path must be short.
    where = os.environ.get("RUNTIME_DIRECTORY", "").split(":")[0] or None
    with tempfile.TemporaryDirectory(prefix="stage-", dir=where) as scratch:
        folder = Path(scratch)
        (folder / "config").write_text(config(settings), encoding="utf-8")
        found = {"XDG_RUNTIME_DIR": scratch, "SDL_VIDEODRIVER": "wayland"}
        with (folder / "said").open("wb") as said:
            process = subprocess.Popen(
                [program, "--config", folder / "config"],
                env={**os.environ, **found},
                stdin=subprocess.DEVNULL, stdout=said, stderr=said,
            )  # fmt: skip
        try:
            found["WAYLAND_DISPLAY"] = _listening(process, folder)
            Thread(target=_watch, args=(process, ending, until), daemon=True).start()
            log.info("two screens: %s holds them", PROGRAM)
            yield found
        finally:
            ending.set()
            process.terminate()
            try:
                process.wait(LEAVE)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _listening(process: subprocess.Popen[bytes], folder: Path) -> str:
    """Return the name of the socket on which it listens, as soon as it does."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and process.poll() is None:
        for path in folder.glob("wayland-*"):
            if path.is_socket():
                return path.name
        time.sleep(0.02)
    lines = (folder / "said").read_text(encoding="utf-8", errors="replace").split("\n")
    last = next((line.strip() for line in reversed(lines) if line.strip()), "it says nothing")
    raise CompositorError(f"{PROGRAM} does not come up ({last})")


def _watch(process: subprocess.Popen[bytes], ending: Event, until: Event) -> None:
    process.wait()
    if not ending.is_set():
        log.error("%s has ended: the stage begins anew", PROGRAM)
        until.set()


@contextlib.contextmanager
def _environment(given: Mapping[str, str]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in given}
    os.environ.update(given)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value

"""Which screens there are: their places, names and sizes, as SDL and the kernel know them.

pygame tells neither a display's name nor its density, so SDL is asked itself, by ctypes; where SDL
does not know them, a monitor's own description (EDID) is read, which the kernel keeps in /sys.
"""

import contextlib
import ctypes
import logging
import math
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pygame

from appliance.settings import Stage

DRM = Path("/sys/class/drm")
UNSEEN = ("dummy", "offscreen")  # drivers that SDL takes where it finds no display
BARE = "kmsdrm"  # the driver without a desktop, which tells nothing of plugs
ASSUMED = 10.1  # inches, of a screen that says nothing of its size
BELIEVED = (4.0, 130.0)  # inches; what claims to be smaller or larger is mistaken

log = logging.getLogger("appliance.stage")


@dataclass(frozen=True, slots=True)
class Display:
    """A screen: its place on the desktop in pixels, its name, its diagonal in inches (0: unknown).

    It may be smaller than a window on it says it is, where a test or a desktop has no real screen.
    """

    place: tuple[int, int, int, int]  # x, y, width, height
    name: str = ""
    inches: float = 0.0

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return self.place[2:]

    def millimetre(self, inches: float) -> float:
        """Return how many pixels a millimetre is; `inches` is what the settings say, or 0."""
        return math.hypot(*self.size) / 25.4 / (inches or self.inches or ASSUMED)

    def is_called(self, wanted: str) -> bool:
        """Tell whether this display has that size, as "1920x1080", or that part in its name."""
        width, height = self.size
        return wanted.lower() in (f"{width}x{height}", self.name.lower()) or (
            wanted.lower() in self.name.lower()
        )


def choose(displays: tuple[Display, ...], settings: Stage) -> dict[str, Display]:
    """Return which display shows the instrument and which the wall, of those that are there.

    A wall that is named and missing is not shown; an instrument whose display is missing takes
    any other than the wall's. Two displays of one size and no names are told apart by their order.
    """
    chosen: dict[str, Display] = {}
    left = list(displays)
    if settings.screen:
        found = [display for display in left if display.is_called(settings.screen)]
        if found:
            chosen["instrument"] = found[0]
            left.remove(found[0])
    if settings.wall:
        found = [display for display in left if display.is_called(settings.wall)]
        if found:
            # The last: where both are of one size, the first is the instrument's.
            chosen["wall"] = found[-1]
            left.remove(found[-1])
    if "instrument" not in chosen and left:
        chosen["instrument"] = left[0]
    return chosen


class Eyes:
    """Looks for displays, and opens SDL's video for those that come late."""

    def __init__(
        self,
        look: Callable[[], tuple[Display, ...]] | None = None,
        *,
        drm: Path = DRM,
        driver: Callable[[], str] = pygame.display.get_driver,
    ) -> None:
        """Look with SDL, or with what is given; `drm` is where the kernel lists connectors."""
        self._look, self._drm, self._driver = look or displays, drm, driver
        self._plugged = connected(drm)

    def replugged(self) -> bool:
        """Tell whether SDL must begin anew: without a desktop it looks at connectors only then."""
        before, self._plugged = self._plugged, connected(self._drm)
        open_ = pygame.display.get_init()
        return open_ and self._driver().lower() == BARE and before != self._plugged

    def look(self) -> tuple[Display, ...]:
        """Return the displays that are there; none raises nothing."""
        if not pygame.display.get_init():
            try:
                pygame.display.init()
            except pygame.error:
                return ()
            driver = pygame.display.get_driver()
            if driver in UNSEEN and os.environ.get("SDL_VIDEODRIVER") != driver:
                pygame.display.quit()  # it would be drawn for nobody
                return ()
        return self._look()


def displays(drm: Path = DRM) -> tuple[Display, ...]:
    """Return the displays that SDL knows, with what the kernel knows of their monitors."""
    try:
        sizes = pygame.display.get_desktop_sizes()
    except pygame.error:
        return ()
    known = monitors(drm)
    found = []
    x = 0
    for number, (width, height) in enumerate(sizes):
        asked = _ask_sdl(number)
        place, name, inches = asked or ((x, 0, width, height), "", 0.0)
        described = next((m for m in known if m.pixels == (width, height)), None)
        if described is not None:
            known.remove(described)
            name = f"{name} {described.name}".strip()
            inches = inches or described.inches
        if not BELIEVED[0] <= inches <= BELIEVED[1]:
            inches = 0.0
        found.append(Display(place, name, inches))
        x += width
    return tuple(found)


def _ask_sdl(number: int) -> tuple[tuple[int, int, int, int], str, float] | None:
    """Return a display's bounds, name and diagonal in inches from the SDL that pygame has loaded.

    SDL_GetDisplayBounds, SDL_GetDisplayName, SDL_GetDisplayDPI: https://wiki.libsdl.org/SDL2
    """
    with contextlib.suppress(OSError, StopIteration, AttributeError):
        maps = Path("/proc/self/maps").read_text(encoding="utf-8").splitlines()
        path = next(line.split()[-1] for line in maps if "/libSDL2-2" in line)
        sdl = ctypes.CDLL(path)
        sdl.SDL_GetDisplayName.restype = ctypes.c_char_p
        bounds = (ctypes.c_int * 4)()
        diagonal = ctypes.c_float()
        if sdl.SDL_GetDisplayBounds(number, bounds) == 0:
            x, y, width, height = bounds
            name = (sdl.SDL_GetDisplayName(number) or b"").decode("utf-8", "replace")
            told = sdl.SDL_GetDisplayDPI(number, ctypes.byref(diagonal), None, None) == 0
            dots = float(diagonal.value) if told else 0.0
            inches = math.hypot(width, height) / dots if dots > 0 else 0.0
            return (x, y, width, height), name, inches
    return None


# --- the kernel's knowledge -----------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Monitor:
    """What a monitor says of itself."""

    name: str
    pixels: tuple[int, int]
    inches: float


def connected(drm: Path = DRM) -> tuple[str, ...]:
    """Return the names of the connectors that something is plugged into."""
    found = []
    for status in sorted(drm.glob("card*-*/status")):
        with contextlib.suppress(OSError):
            if status.read_text(encoding="ascii").strip() == "connected":
                found.append(status.parent.name)
    return tuple(found)


def monitors(drm: Path = DRM) -> list[Monitor]:
    """Return the monitors that are plugged in and describe themselves."""
    found = []
    for name in connected(drm):
        with contextlib.suppress(OSError, ValueError):
            found.append(described((drm / name / "edid").read_bytes(), name.partition("-")[2]))
    return found


def described(edid: bytes, connector: str = "") -> Monitor:
    """Read a monitor's description; ValueError if it is none.

    VESA E-EDID 1.4, sections 3.10.2 (detailed timing) and 3.10.3.4 (name).
    """
    if len(edid) < 128 or edid[:8] != b"\x00\xff\xff\xff\xff\xff\xff\x00":
        raise ValueError("no EDID")
    timing = edid[54:72]
    width = timing[2] | (timing[4] & 0xF0) << 4
    height = timing[5] | (timing[7] & 0xF0) << 4
    wide = timing[12] | (timing[14] & 0xF0) << 4
    high = timing[13] | (timing[14] & 0x0F) << 8
    name = connector
    for at in range(72, 126, 18):
        if edid[at : at + 5] == b"\x00\x00\x00\xfc\x00":
            name += " " + edid[at + 5 : at + 18].split(b"\n")[0].decode("ascii", "replace").strip()
    return Monitor(name.strip(), (width, height), math.hypot(wide, high) / 25.4)

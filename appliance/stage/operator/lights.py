"""How bright a screen is: by its backlight where it has one, else by a darker picture.

The kernel lists backlights in /sys/class/backlight (see its Documentation/ABI/stable,
sysfs-class-backlight); one belongs to a panel that is built in, and never to a monitor at a cable.
"""

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from appliance.stage.displays import Display

SYS = Path("/sys")
BUILT_IN = ("DSI", "eDP", "DPI", "LVDS")  # connectors, see drm_connector_enum_list of the kernel

log = logging.getLogger("appliance.stage")


class Lights:
    """Sets the brightness of screens; `sys` is where the kernel shows its devices."""

    def __init__(self, sys: Path = SYS) -> None:
        self._sys = sys
        self._refused: set[Path] = set()  # backlights that were named as ones that cannot be set

    def shine(self, role: str, share: float, screens: Mapping[str, Display]) -> float:
        """Bring a screen to a share of its brightness; return the light that its picture needs.

        That is 1 where a backlight took the share.
        """
        display = screens[role]
        others = [screens[other] for other in screens if other != role]
        backlight = find(display, others, self._sys)
        if backlight is not None and self._set(backlight, share):
            return 1.0
        return share

    def _set(self, backlight: "Backlight", share: float) -> bool:
        try:
            backlight.set(share)
        except OSError as error:
            if backlight.path not in self._refused:
                log.warning(
                    "%s cannot be set (%s): the picture is made darker instead",
                    backlight.path,
                    error.strerror,
                )
            self._refused.add(backlight.path)
            return False
        self._refused.discard(backlight.path)
        return True


@dataclass(frozen=True, slots=True)
class Backlight:
    """A backlight, its highest step, and the connector that it names, if it does."""

    path: Path
    highest: int
    connector: str = ""

    def set(self, share: float) -> None:
        """Set it to a share of its highest step, never to none; OSError if it refuses."""
        step = max(1, round(share * self.highest))
        (self.path / "brightness").write_text(f"{step}\n", encoding="ascii")


def find(display: Display, others: Iterable[Display], sys: Path = SYS) -> Backlight | None:
    """Return the backlight of a display, if it is certain which one that is."""
    size = sorted(display.size)  # a panel may be turned
    if any(sorted(other.size) == size for other in others):
        return None
    fitting = [name for name, mode in built_in(sys).items() if sorted(mode) == size]
    if len(fitting) != 1:
        return None
    lights = backlights(sys)
    named = [light for light in lights if light.connector == fitting[0]]
    unnamed = [light for light in lights if not light.connector]
    found = named or unnamed
    return found[0] if len(found) == 1 else None


def built_in(sys: Path = SYS) -> dict[str, tuple[int, int]]:
    """Return the connectors of panels that are there and built in, and their pixels."""
    found = {}
    for folder in sorted((sys / "class/drm").glob("card*-*")):
        name = folder.name.partition("-")[2]
        if not name.startswith(BUILT_IN):
            continue
        try:
            if (folder / "status").read_text(encoding="ascii").strip() != "connected":
                continue
            mode = (folder / "modes").read_text(encoding="ascii").split()[0]
            width, _, height = mode.partition("x")
            found[name] = (int(width), int(height.rstrip("i")))
        except (OSError, ValueError, IndexError):
            continue
    return found


def backlights(sys: Path = SYS) -> list[Backlight]:
    """Return all backlights; `display_name` is the Raspberry Pi kernel's."""
    found = []
    for folder in sorted((sys / "class/backlight").glob("*")):
        try:
            highest = int((folder / "max_brightness").read_text(encoding="ascii"))
        except (OSError, ValueError):
            continue
        try:
            connector = (folder / "display_name").read_text(encoding="ascii").strip()
        except (OSError, ValueError):
            connector = ""
        found.append(Backlight(folder, highest, connector))
    return found

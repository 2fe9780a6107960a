"""The way in to the operator's panel, for the windows: a corner, a finger, a ring that fills.

Without an operator there is no way in, and nothing here does anything.
"""

from collections.abc import Mapping

import pygame

from appliance.stage.desk import Desk
from appliance.stage.displays import Display
from appliance.stage.learning import Learning
from appliance.stage.look import Look
from appliance.stage.operator.lights import Lights
from appliance.stage.operator.operator import Operator
from appliance.stage.operator.ring import ZONE, Ring, corner
from appliance.stage.screen import Screen

STRAY = 4.0  # millimetres that a finger may stray while it presses


class Gate:
    """What screens have of an operator: corner, ring and brightness, each by the screen's role."""

    def __init__(self, operator: Operator | None, lights: Lights | None = None) -> None:
        """Keep the way in to an operator's panel."""
        self.operator, self._lights = operator, lights or Lights()
        self._rings: dict[str, Ring] = {}
        self._lit: dict[str, object] = {}  # what each screen's light was last set by

    @property
    def is_open(self) -> bool:
        """Whether the panel is shown."""
        return self.operator is not None and self.operator.is_open

    @property
    def leaving(self) -> bool:
        """Whether the operator wants the stage to end, and to be started again."""
        return self.operator is not None and self.operator.leaving

    def shows(self, role: str) -> bool:
        """Tell whether the panel is open on a screen."""
        return self.operator is not None and self.operator.role == role

    def see(self, displays: Mapping[str, Display]) -> None:
        """Take note of which screens are there."""
        if self.operator is not None:
            self.operator.screens = displays

    def advance(self, desk: Desk, learning: Learning, now: float) -> None:
        """Let a frame's time pass, and begin what the operator wants taught."""
        if self.operator is None:
            return
        self.operator.advance(desk, now)
        if self.operator.teaches:
            learning.begin(desk, now, self.operator.teaches)
            self.operator.teaches = ""

    def shut(self) -> None:
        """Forget what was pressed and lit: the screens have gone."""
        self._lit.clear()
        if self.operator is not None:
            self.operator.press.forget()

    def end(self) -> None:
        """Keep what the operator's day has brought."""
        if self.operator is not None:
            self.operator.end()

    # --- fingers ------------------------------------------------------------------------------

    def corner(self, screen: Screen | None, look: Look | None) -> pygame.Rect:
        """Return the corner of a screen that is pressed; an empty one where none is."""
        if self.operator is None or screen is None or look is None:
            return pygame.Rect(0, 0, 0, 0)
        area = screen.surface.get_rect()
        return corner(area, self.operator.settings.corner, round(ZONE * look.target))

    def down(
        self, role: str, finger: int, at: tuple[float, float], now: float, millimetre: float
    ) -> None:
        """Begin a long press with a finger that came down in the corner; pixels."""
        if self.operator is not None and not self.operator.is_open:
            self.operator.press.down(role, finger, at, now, STRAY * millimetre)

    def move(self, role: str, finger: int, at: tuple[float, float]) -> None:
        """Follow a finger: one that strays presses no longer."""
        if self.operator is not None:
            self.operator.press.move(role, finger, at)

    def up(self, role: str, finger: int) -> None:
        """Let a finger go."""
        if self.operator is not None:
            self.operator.press.up(role, finger)

    # --- picture ------------------------------------------------------------------------------

    def shine(self, role: str, screens: Mapping[str, Screen]) -> bool:
        """Bring a screen to the chosen brightness; tell whether that was another before."""
        if self.operator is None:
            return False
        screen, brightness = screens[role], self.operator.brightness(role)
        displays = {role: screen.display for role, screen in screens.items()}
        wanted = (screen, brightness, tuple(displays.items()))
        if self._lit.get(role) == wanted:
            return False
        self._lit[role] = wanted
        screen.dim(self._lights.shine(role, brightness, displays))
        return True

    def forget(self, role: str) -> None:
        """Note that a screen was laid out anew, which covers its ring."""
        self._ring(role).forget()

    def lift(self, role: str, surface: pygame.Surface) -> list[pygame.Rect]:
        """Put back what was under the ring; return the places where."""
        return self._ring(role).lift(surface)

    def lay(self, role: str, screen: Screen, look: Look | None, now: float) -> list[pygame.Rect]:
        """Draw how far a long press has come, if one is under way here; return the places where."""
        if self.operator is None or look is None or self.operator.press.role != role:
            return []
        share = self.operator.press.share(now)
        if self.operator.is_open or share <= 0:
            return []
        return self._ring(role).lay(screen.surface, self.corner(screen, look), share, look)

    def _ring(self, role: str) -> Ring:
        return self._rings.setdefault(role, Ring())

"""What all panels have in common."""

from collections.abc import Hashable
from typing import Protocol

import pygame

from appliance.stage.desk import Desk

Point = tuple[int, int]


class Panel(Protocol):
    """A part of the screen that shows a desk and may be touched.

    A panel is drawn anew only when its `signature` changes. Touch comes as the point of a finger
    or of the mouse, relative to the panel; a finger that went down on a panel stays with it.
    """

    def signature(self, desk: Desk) -> Hashable:
        """Return all that the picture depends on."""

    def draw(self, surface: pygame.Surface, desk: Desk) -> None:
        """Draw the whole panel."""

    def touch(self, at: Point, size: Point, desk: Desk, now: float, *, down: bool) -> None:
        """Take a finger that went down here, or one that moves on."""

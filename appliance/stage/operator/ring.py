"""The faint ring in a corner that fills while it is pressed; it leaves the picture as it was."""

from math import cos, pi, sin

import pygame

from appliance.settings import Corner
from appliance.stage.look import Look

ZONE = 1.4  # of the least that a finger is given, the corner's side
POINTS = 90  # of the whole ring


def corner(area: pygame.Rect, where: Corner, side: int) -> pygame.Rect:
    """Return the square in a corner of an area; an empty one for "none"."""
    place = pygame.Rect(0, 0, side, side).clip(pygame.Rect((0, 0), area.size))
    if where == "none":
        return pygame.Rect(area.topleft, (0, 0))
    down, across = where.split(" ")
    place.top, place.left = area.top, area.left
    if down == "bottom":
        place.bottom = area.bottom
    if across == "right":
        place.right = area.right
    return place


class Ring:
    """A ring on one screen; what is under it is put back before the picture is drawn again."""

    def __init__(self) -> None:
        self._under: pygame.Surface | None = None
        self._place = pygame.Rect(0, 0, 0, 0)

    def forget(self) -> None:
        """Note that the picture was drawn anew, and the ring with it was covered."""
        self._under = None

    def lift(self, surface: pygame.Surface) -> list[pygame.Rect]:
        """Put back what was under the ring; return the places where."""
        if self._under is None:
            return []
        surface.blit(self._under, self._place)
        self._under = None
        return [self._place]

    def lay(
        self, surface: pygame.Surface, place: pygame.Rect, share: float, look: Look
    ) -> list[pygame.Rect]:
        """Draw the ring in a corner, so much of it filled; return the places where."""
        self._place = place.clip(surface.get_rect())
        self._under = surface.subsurface(self._place).copy()
        radius = 0.36 * place.width
        thick = max(2.0, 0.12 * radius)
        _arc(surface, place, radius, thick, 1.0, look.theme.line)
        _arc(surface, place, radius, thick, share, look.theme.faint)
        return [self._place]


def _arc(
    surface: pygame.Surface,
    place: pygame.Rect,
    radius: float,
    thick: float,
    share: float,
    colour: tuple[int, int, int],
) -> None:
    steps = max(1, round(POINTS * share))
    angles = [2.0 * pi * share * step / steps - pi / 2.0 for step in range(steps + 1)]
    x, y = place.center
    outer = [(x + radius * cos(a), y + radius * sin(a)) for a in angles]
    inner = [(x + (radius - thick) * cos(a), y + (radius - thick) * sin(a)) for a in angles]
    if share > 0:
        pygame.draw.polygon(surface, colour, [*outer, *reversed(inner)])

"""Round shapes with smooth edges, which are drawn once."""

import pygame

from appliance.stage.drawn import drawn_once
from appliance.stage.theme import Colour


@drawn_once(1 << 20)
def disc(radius: int, colour: Colour) -> pygame.Surface:
    """Return a disc."""
    surface = pygame.Surface((2 * radius + 3, 2 * radius + 3), pygame.SRCALPHA)
    surface.fill((*colour, 0))
    pygame.draw.aacircle(surface, colour, (radius + 1, radius + 1), radius)
    return surface


@drawn_once(1 << 20)
def bolt(size: tuple[int, int], colour: Colour) -> pygame.Surface:
    """Return a bar that is round at both ends."""
    surface = pygame.Surface(size, pygame.SRCALPHA)
    half = size[1] // 2
    end = disc(half, colour)
    surface.fill(colour, (half, 0, size[0] - 2 * half, size[1]))
    for x in (half, size[0] - half):
        surface.blit(end, end.get_rect(center=(x, half)))
    return surface


@drawn_once(1 << 19)
def ring(radius: int, thick: int, colour: Colour, inside: Colour) -> pygame.Surface:
    """Return a disc with a rim that is `thick` pixels wide."""
    surface = disc(radius, colour).copy()
    pygame.draw.aacircle(surface, inside, (radius + 1, radius + 1), max(1, radius - thick))
    return surface


@drawn_once(1 << 20)
def circle(radius: int, thick: int, colour: Colour) -> pygame.Surface:
    """Return a circle's line, `thick` pixels wide, with nothing inside."""
    surface = pygame.Surface((2 * radius + 3, 2 * radius + 3), pygame.SRCALPHA)
    surface.fill((*colour, 0))
    pygame.draw.aacircle(surface, colour, (radius + 1, radius + 1), radius, thick)
    return surface


def rounded(
    surface: pygame.Surface, place: pygame.Rect, radius: int, colour: Colour, ground: Colour
) -> None:
    """Fill a place, its corners round on a ground."""
    surface.fill(colour, place)
    corner = disc(radius, colour)
    box = pygame.Rect(0, 0, radius, radius)
    for right, foot in ((0, 0), (0, 1), (1, 0), (1, 1)):
        box.topleft = (
            place.x + right * (place.width - radius),
            place.y + foot * (place.height - radius),
        )
        surface.fill(ground, box)
        middle = (box.right - right * radius, box.bottom - foot * radius)
        surface.set_clip(box)
        surface.blit(corner, corner.get_rect(center=middle))
        surface.set_clip(None)

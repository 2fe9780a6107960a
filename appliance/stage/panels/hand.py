"""The ghost hand that carries the puck while nobody plays."""

from functools import lru_cache

import pygame

from appliance.stage.theme import Colour, blend

FINE = 4  # times larger it is drawn, so that its edges are smooth
# A pointing hand seen from above, in tenths of its width: fingers, thumb, palm.
FINGERS = [(2.9, 0.0, 1.8, 7.0), (4.7, 3.6, 1.7, 4.0), (6.4, 4.1, 1.6, 3.6), (8.0, 4.8, 1.4, 3.0)]
THUMB = [(3.4, 9.2), (0.2, 6.6), (0.9, 5.4), (2.3, 5.9), (3.9, 7.4)]
PALM = (2.9, 5.4, 6.5, 6.4)


@lru_cache(maxsize=8)
def hand(size: int, colour: Colour, ground: Colour) -> pygame.Surface:
    """Return the hand, `size` pixels wide, its fingertip at four tenths of the upper edge."""
    unit = size * FINE / 10
    large = pygame.Surface((size * FINE, round(size * FINE * 1.25)), pygame.SRCALPHA)
    for edge, shade in ((0.32, blend(ground, (0, 0, 0), 0.5)), (0.0, colour)):
        for x, y, wide, high in [*FINGERS, PALM]:
            place = pygame.Rect(
                round((x - edge) * unit),
                round((y - edge + 0.4) * unit),
                round((wide - 0.12 + 2 * edge) * unit),
                round((high + 2 * edge) * unit),
            )
            pygame.draw.rect(large, shade, place, border_radius=round(0.85 * unit))
        grown = round(2 * edge * unit)
        thumb = [(x * unit, (y + 0.4) * unit) for x, y in THUMB]
        pygame.draw.polygon(large, shade, thumb)
        if grown:
            pygame.draw.lines(large, shade, True, thumb, grown)
    return pygame.transform.smoothscale(large, (size, round(size * 1.25)))

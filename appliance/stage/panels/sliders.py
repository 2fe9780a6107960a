"""The sliders: one for each active style, its height the fader, its bright part the weight."""

from collections.abc import Hashable

import pygame

from appliance.stage.desk import Desk
from appliance.stage.panels.panel import Point
from appliance.stage.theme import BLUE, INK, LINE, blend, fitting, rgb, word

MARGIN = 0.08  # of the panel's height, above and below the tracks


class SlidersPanel:
    """Upright faders on blue."""

    def signature(self, desk: Desk) -> Hashable:
        """Return the faders' positions and the weights."""
        levels = tuple(round(desk.mixer.levels[slug], 4) for slug in desk.circle)
        return desk.circle, levels, tuple(sorted(desk.mixer.weights().items()))

    def draw(self, surface: pygame.Surface, desk: Desk) -> None:
        """Draw the faders, their names upright beside them, and the share under each."""
        surface.fill(BLUE)
        width, height = surface.get_size()
        circle = desk.circle
        if not circle:
            return
        step = width / len(circle)
        size = max(9, min(int(step * 0.3), height // 18))
        top, bottom = self._track(height, size)
        weights = desk.mixer.weights()
        for i, slug in enumerate(circle):
            colour = rgb(desk.link.view.styles[slug].colour)
            x = round((i + 0.5) * step)
            level = desk.mixer.levels[slug]
            y = round(bottom - level * (bottom - top))
            wide = max(4, round(step * 0.34))
            pygame.draw.line(surface, blend(INK, BLUE, 0.25), (x, top), (x, bottom), 3)
            pygame.draw.line(surface, colour, (x, y), (x, bottom), max(3, wide // 3))
            knob = pygame.Rect(0, 0, wide, max(10, height // 26))
            knob.center = (x, y)
            pygame.draw.rect(surface, colour if level > 0 else LINE, knob, border_radius=3)
            pygame.draw.line(surface, BLUE, knob.midleft, (knob.right - 1, knob.centery), 2)
            share = word(f"{weights.get(slug, 0.0):.0%}", size, blend(colour, INK, 0.5))
            surface.blit(share, share.get_rect(midtop=(x, bottom + size // 2)))
            name = fitting(desk.link.view.styles[slug].title, size, round(bottom - top))
            upright = pygame.transform.rotate(word(name, size, blend(INK, BLUE, 0.75)), 90)
            surface.blit(upright, upright.get_rect(bottomright=(x - wide // 2 - 2, bottom)))

    def touch(self, at: Point, size: Point, desk: Desk, now: float, *, down: bool) -> None:
        """Move the fader under the finger; it stays with the one that it went down on."""
        circle = desk.circle
        if not circle:
            return
        if down or getattr(self, "_held", None) not in circle:
            i = min(len(circle) - 1, max(0, at[0] * len(circle) // max(1, size[0])))
            self._held = circle[i]
        glyph = max(9, min(int(size[0] / len(circle) * 0.3), size[1] // 18))
        top, bottom = self._track(size[1], glyph)
        desk.set_level(self._held, (bottom - at[1]) / (bottom - top), now)

    @staticmethod
    def _track(height: int, size: int) -> tuple[int, int]:
        return round(height * MARGIN), round(height * (1.0 - MARGIN)) - 2 * size

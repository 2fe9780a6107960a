"""The styles panel: every style that may play; a tap wakes it or sends it to sleep."""

from collections.abc import Hashable

import pygame

from appliance.stage.desk import Desk
from appliance.stage.panels.panel import Point
from appliance.stage.theme import FAINT, INK, LINE, PAPER, blend, fitting, font, rgb, word

COLUMNS = 2


class StylesPanel:
    """Names in columns; active ones are lit and marked, sleeping ones are faint and hollow."""

    def signature(self, desk: Desk) -> Hashable:
        """Return the styles and which are active."""
        return desk.slugs, desk.mixer.active

    def draw(self, surface: pygame.Surface, desk: Desk) -> None:
        """Draw the names."""
        surface.fill(PAPER)
        width, height = surface.get_size()
        rows = self._rows(desk)
        if not rows:
            return
        cell_w, cell_h = width / COLUMNS, height / rows
        size = min(int(cell_h * 0.5), width // 26)
        for i, slug in enumerate(desk.slugs):
            column, row = divmod(i, rows)
            x, y = round(column * cell_w), round(row * cell_h)
            colour = rgb(desk.link.view.styles[slug].colour)
            on = slug in desk.mixer.active
            mark = pygame.Rect(x + size // 2, 0, size // 2 + 2, size // 2 + 2)
            mark.centery = y + round(cell_h / 2)
            pygame.draw.rect(surface, colour if on else LINE, mark, width=0 if on else 2)
            title = fitting(
                desk.link.view.styles[slug].title, size, round(cell_w) - 2 * size, bold=on
            )
            drawn = word(title, size, blend(colour, INK, 0.6) if on else FAINT, on)
            surface.blit(
                drawn, (mark.right + size // 2, mark.centery - font(size).get_height() // 2)
            )

    def touch(self, at: Point, size: Point, desk: Desk, now: float, *, down: bool) -> None:
        """Wake or send to sleep the style under a tap."""
        rows = self._rows(desk)
        if not down or not rows:
            return
        column = min(COLUMNS - 1, at[0] * COLUMNS // max(1, size[0]))
        row = min(rows - 1, at[1] * rows // max(1, size[1]))
        i = column * rows + row
        if 0 <= i < len(desk.slugs):
            desk.toggle(desk.slugs[i], now)

    @staticmethod
    def _rows(desk: Desk) -> int:
        return -(-len(desk.slugs) // COLUMNS)

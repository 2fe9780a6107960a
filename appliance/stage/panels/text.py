"""The page: what was typed, each character in the colour of who wrote it; old text fades upward."""

from collections.abc import Hashable

import pygame

from appliance.stage.desk import Desk
from appliance.stage.lines import wrap
from appliance.stage.panels.panel import Point
from appliance.stage.theme import FAINT, GROUND, INK, blend, font, rgb, word

COLUMNS = 44  # characters a line that is read with ease from where one plays


class TextPanel:
    """The end of the page, its last line at the foot, with a caret."""

    def signature(self, desk: Desk) -> Hashable:
        """Return which page it is and how far it has come."""
        page = desk.link.view.page
        return page.run, page.start, page.end, len(page.text), desk.slugs, desk.link.alive

    def draw(self, surface: pygame.Surface, desk: Desk) -> None:
        """Draw the lines that fit."""
        surface.fill(GROUND)
        width, height = surface.get_size()
        size = max(12, round(width / (COLUMNS + 3) / 0.6))  # the face is 0.6 as wide as high
        advance, leading = font(size).size("m")[0], round(size * 1.35)
        margin = leading // 2
        rows = max(1, (height - 2 * margin) // leading)
        columns = max(8, (width - 2 * margin) // advance)
        page = desk.link.view.page
        lines = wrap(page.text[-rows * columns :], columns, rows)
        offset = len(page.text) - len(page.text[-rows * columns :])
        y = height - margin - leading * len(lines)
        for row, line in enumerate(lines):
            light = 1.0 - 0.65 * ((len(lines) - 1 - row) / max(1, rows - 1)) ** 1.5
            for column, i in enumerate(line):
                character = page.text[offset + i]
                if character > " ":
                    colour = self._colour(desk, page.authors[offset + i], light)
                    surface.blit(
                        word(character, size, colour),
                        (margin + column * advance, y + row * leading),
                    )
        last = lines[-1]
        caret = pygame.Rect(
            margin + len(last) * advance, y + (len(lines) - 1) * leading, max(2, size // 8), leading
        )
        pygame.draw.rect(surface, INK if desk.link.alive else FAINT, caret)

    @staticmethod
    def _colour(desk: Desk, author: str, light: float) -> tuple[int, int, int]:
        view = desk.link.view
        slug = view.by_author.get(author)
        colour = INK if slug is None else blend(rgb(view.styles[slug].colour), INK, 0.8)
        # In steps, so that few glyphs have to be drawn.
        return blend(colour, GROUND, round(light * 12) / 12)

    def touch(self, at: Point, size: Point, desk: Desk, now: float, *, down: bool) -> None:
        """Do nothing: the page is read."""

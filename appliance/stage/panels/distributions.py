"""What is expected next: the joint, and each heard style's distribution over the characters."""

from collections.abc import Hashable

import numpy as np
import pygame
from numpy.typing import NDArray

from appliance.stage.desk import Desk
from appliance.stage.panels.panel import Point
from appliance.stage.theme import INK, LINE, PAPER, Colour, blend, rgb, word

FIRST, LAST = 32, 127  # of the characters, those that have a shape
NAMES = {9: "tab", 10: "end", 32: "space"}
JOINT = 0.34  # of the panel's height


def shown(code: int) -> str:
    """Return how a character is named where its shape says nothing."""
    return NAMES.get(code) or (chr(code) if FIRST < code < LAST else "?")


class DistributionsPanel:
    """The joint large above, a row for each heard style below, each with its likeliest named."""

    def signature(self, desk: Desk) -> Hashable:
        """Return which character is expected, and whom one hears."""
        view = desk.link.view
        return view.page.run, view.page.end, tuple(view.distributions), desk.slugs

    def draw(self, surface: pygame.Surface, desk: Desk) -> None:
        """Draw the histograms."""
        surface.fill(PAPER)
        width, height = surface.get_size()
        view = desk.link.view
        top = round(height * JOINT)
        _draw_one(surface, pygame.Rect(0, 0, width, top), view.joint, INK, "all together")
        heard = [slug for slug in desk.slugs if slug in view.distributions]
        if not heard:
            return
        columns = 1 if len(heard) <= 4 else 2 if len(heard) <= 12 else 3
        rows = -(-len(heard) // columns)
        for i, slug in enumerate(heard):
            column, row = divmod(i, rows)
            box = pygame.Rect(
                column * width // columns,
                top + row * (height - top) // rows,
                width // columns,
                (height - top) // rows,
            )
            style = view.styles[slug]
            _draw_one(surface, box, view.distributions[slug], rgb(style.colour), style.title)

    def touch(self, at: Point, size: Point, desk: Desk, now: float, *, down: bool) -> None:
        """Do nothing: what is expected follows from what is played."""


def _draw_one(
    surface: pygame.Surface,
    box: pygame.Rect,
    distribution: NDArray[np.float32],
    colour: Colour,
    title: str,
) -> None:
    size = max(9, min(box.height // 4, box.width // 24, 28))
    inner = box.inflate(-size, -size // 2)
    pygame.draw.line(surface, LINE, inner.bottomleft, inner.bottomright)
    # Line end and tabulator stand before the printable characters.
    bars = np.concatenate([distribution[[10, 9]], distribution[FIRST:LAST]])
    room = inner.width / len(bars)
    for i in np.flatnonzero(bars > 0.004):
        tall = max(1, round(float(bars[i]) * (inner.height - size)))
        x = inner.left + round(i * room)
        pygame.draw.rect(surface, colour, (x, inner.bottom - tall, max(2, round(room) - 1), tall))
    peak = int(distribution.argmax())
    label = word(title, max(8, size * 2 // 3), blend(colour, PAPER, 0.75))
    surface.blit(label, inner.topleft)
    name = word(shown(peak), size, colour, True)
    surface.blit(name, name.get_rect(topright=inner.topright))

"""The styles panel: every style that may play; a tap wakes it or sends it to sleep.

Where not all fit with a finger's room for each, the panel is drawn up and down under the finger.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import pygame

from appliance.stage.desk import Desk
from appliance.stage.grid import Grid, fit
from appliance.stage.letters import PLAIN, Cut, folded, font, word
from appliance.stage.panels import heading
from appliance.stage.panels.panel import Panel, Point
from appliance.stage.theme import blend

STRAY = 4.0  # millimetres that a tap may stray; further, it draws the list
NARROWEST = 6.3  # of the labels' size, a cell's width
OFF = 0.78  # of the ink, a style that may not write


@dataclass(slots=True)
class Finger:
    """A finger on the list: where it went down, and where the list then stood."""

    at: Point
    scrolled: float
    strayed: bool = False


class StylesPanel(Panel):
    """Names in columns; active ones are lit and ticked, the others faint and hollow."""

    _scrolled = 0.0  # pixels that the list was drawn up

    def lay(self) -> None:
        """Begin with no finger on the list."""
        self._fingers: dict[int, Finger] = {}
        top = heading.height(self.look)
        side = self.look.pad // 2
        self._list = pygame.Rect(side, top, self.size[0] - 2 * side, self.size[1] - top - side)

    def grid(self, desk: Desk) -> Grid:
        """Return where the names stand."""
        look = self.look
        least = (max(1.34 * look.target, look.label * NARROWEST), look.target)
        return fit(self._list, len(desk.slugs), least, 1.6 * look.target)

    def draw(self, desk: Desk, now: float) -> Iterable[pygame.Rect]:
        """Draw the names that have changed, or all when the list was drawn up or down."""
        del now
        grid = self.grid(desk)
        self._scrolled = min(self._scrolled, float(grid.overflow))
        pressed = [self._under(f.at, desk) for f in self._fingers.values() if not f.strayed]
        card = self.look.theme.card
        if self.differs("list", (desk.slugs, round(self._scrolled), grid.overflow)):
            self.wipe(card)
            heading.draw(self.surface, self.look, self.look.words.styles, card)
            self._shown = {"list": self._shown["list"]}
            self._draw_bar(grid)
            yield self.surface.get_rect()
        for number, slug in enumerate(desk.slugs):
            place = grid.cell(number, self._scrolled)
            if not self._list.colliderect(place):
                continue
            style = desk.link.view.styles[slug]
            shows = (slug, style, slug in desk.mixer.active, number in pressed)
            if self.differs(number, shows):
                self._draw_style(desk, slug, place, pressed=number in pressed)
                yield place

    def _draw_bar(self, grid: Grid) -> None:
        """Show how far the list goes on."""
        if not grid.overflow:
            return
        share = self._list.height / (self._list.height + grid.overflow)
        bar = pygame.Rect(0, 0, max(2, self.look.label // 6), round(self._list.height * share))
        far = self._scrolled / grid.overflow
        bar.topright = (
            self.size[0] - bar.width,
            self._list.y + round(far * (self._list.height - bar.height)),
        )
        pygame.draw.rect(self.surface, self.look.theme.faint, bar, border_radius=bar.width)

    def _draw_style(self, desk: Desk, slug: str, place: pygame.Rect, *, pressed: bool) -> None:
        look, style = self.look, desk.link.view.styles[slug]
        side = look.pad - look.pad // 2  # so that boxes stand in line with the heading
        off = blend(look.theme.ink, look.theme.card, OFF)
        on = slug in desk.mixer.active
        self.surface.set_clip(place.clip(self._list))
        ground = look.theme.line if pressed else look.theme.card
        self.surface.fill(ground, place.inflate(-2, -2))
        colour = look.tint(style.colour, ground)
        box = pygame.Rect(0, 0, round(0.9 * look.label), round(0.9 * look.label))
        box.midleft = (place.x + side, place.centery)
        pygame.draw.rect(
            self.surface, colour if on else off, box,
            width=0 if on else max(1, look.label // 12), border_radius=look.label // 5,
        )  # fmt: skip
        if on:  # ticked, so that one sees it without colours too
            bends = [(0.22, 0.52), (0.42, 0.72), (0.78, 0.28)]
            tick = [(box.x + x * box.width, box.y + y * box.height) for x, y in bends]
            pygame.draw.lines(self.surface, ground, False, tick, max(2, look.label // 7))
        cut = look.cuts.of(slug) if on else PLAIN
        left = box.right + round(0.4 * look.label)
        size, lines = self._fold(style.title, place.right - left - 2, place, cut)
        leading = font(size).get_height()
        top = place.centery - leading * len(lines) // 2
        for row, line in enumerate(lines):
            drawn = word(line, size, colour if on else off, cut)
            self.surface.blit(drawn, (left, top + row * leading))
        self.surface.set_clip(None)

    def _fold(self, title: str, room: int, place: pygame.Rect, cut: Cut) -> tuple[int, list[str]]:
        """Return the largest size at which a title fits, and its lines."""
        label = self.look.label
        for size in range(round(0.92 * label), round(0.6 * label), -1):
            lines = folded(title, size, room, cut, max(1, place.height // font(size).get_height()))
            if not any(line.endswith("…") for line in lines):
                break
        return size, lines

    # --- fingers ------------------------------------------------------------------------------

    def down(self, finger: int, at: Point, desk: Desk, now: float) -> None:
        """Mark what is under the finger; it counts when the finger leaves there."""
        del desk, now
        self._fingers[finger] = Finger(at, self._scrolled)

    def move(self, finger: int, at: Point, desk: Desk, now: float) -> None:
        """Draw the list up or down."""
        del now
        held = self._fingers.get(finger)
        if held is None:
            return
        way = at[1] - held.at[1]
        if max(abs(way), abs(at[0] - held.at[0])) > STRAY * self.look.millimetre:
            held.strayed = True
        if held.strayed:
            overflow = self.grid(desk).overflow
            self._scrolled = min(float(overflow), max(0.0, held.scrolled - way))

    def up(self, finger: int, desk: Desk, now: float) -> None:
        """Wake or send to sleep the style that was tapped."""
        held = self._fingers.pop(finger, None)
        if held is None or held.strayed:
            return
        slug = self.slug_at(held.at, desk)
        if slug is not None:
            desk.toggle(slug, now)

    def lose(self, finger: int, desk: Desk, now: float) -> None:
        """Let go of a finger; nothing was tapped."""
        del desk, now
        self._fingers.pop(finger, None)

    def slug_at(self, at: Point, desk: Desk) -> str | None:
        """Return the style whose name is at a place of the panel."""
        number = self._under(at, desk)
        return None if number is None else desk.slugs[number]

    def _under(self, at: Point, desk: Desk) -> int | None:
        if not self._list.collidepoint(at):
            return None
        return self.grid(desk).at(at, len(desk.slugs), self._scrolled)

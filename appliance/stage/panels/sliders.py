"""The sliders: one for each active style, long enough to read its name beside it.

The knob is the hand's; the bright bar follows it as the weights glide. Where not all fit with a
finger's room for each, the foot turns the page.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Self

import pygame

from appliance.stage.desk import Desk
from appliance.stage.grid import Grid, fit
from appliance.stage.letters import PLAIN, fitting, font, shrunk, word
from appliance.stage.panels import heading
from appliance.stage.panels.panel import Panel, Point
from appliance.stage.shapes import bolt, disc, ring
from appliance.stage.theme import blend

HEARD = 0.05  # of the largest weight: the engine feeds no style below
NARROWEST = 9.0  # of the labels' size, a slider's width
AIRY = 2.9  # of the labels' size, a slider's height where there is room
NEXT, BEFORE = "→", "←"


@dataclass(frozen=True, slots=True)
class Slider:
    """What a slider shows, in pixels and letters."""

    slug: str
    title: str
    colour: str
    knob: int
    bar: int
    share: str
    heard: bool
    fader: str
    chosen: bool

    @property
    def written(self) -> tuple[object, ...]:
        """All but what moves."""
        said = (self.slug, self.title, self.colour, self.share, self.heard, self.fader)
        return (*said, self.chosen)


@dataclass(frozen=True, slots=True)
class Stand:
    """How all sliders stand."""

    weights: Mapping[str, float]
    levels: Mapping[str, float]
    largest: float  # of the weights
    top: float  # of the active styles' levels
    faders: Mapping[str, str]  # what is written beside the fader that plays a style

    @classmethod
    def of(cls, desk: Desk) -> Self:
        """Look at a desk."""
        weights, levels = desk.mixer.weights(), desk.mixer.levels
        top = max((levels[slug] for slug in weights), default=0.0)
        return cls(weights, levels, max(weights.values(), default=0.0), top, desk.hands.plays())


class SlidersPanel(Panel):
    """Faders on blue."""

    chosen = ""  # the style that the keyboard plays
    _page = 0

    def lay(self) -> None:
        """Begin with no finger on any slider."""
        self._held: dict[int, str] = {}

    def draw(self, desk: Desk, now: float) -> Iterable[pygame.Rect]:
        """Draw the sliders that have moved."""
        del now
        grid, pages = self.grid(desk), self.pages(desk)
        blue, words = self.look.theme.blue, self.look.words
        self._page = min(self._page, pages - 1)
        if self.differs("page", (desk.circle, self._page, pages, grid.area.size)):
            self._shown = {"page": self._shown["page"]}
            self.surface.fill(blue)
            heading.draw(self.surface, self.look, words.sliders, blue)
            self._draw_pager(pages)
            yield self.surface.get_rect()
        stand = Stand.of(desk)
        for number, slug in self._on_page(desk, grid):
            place = grid.cell(number)
            slider = self._slider(desk, slug, place, stand)
            if self.differs(number, slider.written):
                self.surface.fill(blue, place)
                self._draw_names(slider, place)
                self._draw_track(slider, place)
                self.differs((number, "moved"), slider)
                yield place
            elif self.differs((number, "moved"), slider):
                self._draw_track(slider, place)
                yield self.track(place)

    # --- places -------------------------------------------------------------------------------

    def grid(self, desk: Desk) -> Grid:
        """Return where the sliders of a page stand."""
        look, count = self.look, len(desk.circle)
        top = heading.height(look)
        area = pygame.Rect(0, top, self.size[0], self.size[1] - top)
        area = area.inflate(0, -look.label // 2)
        wide = max(2.0 * look.target, look.label * NARROWEST)
        tallest = max(2.2 * look.target, 4.8 * look.label)
        grid = fit(area, count, (wide, max(look.target, look.label * AIRY)), tallest)
        if grid.overflow:
            grid = fit(area, count, (wide, look.target), look.target)
        if grid.overflow:
            area.height -= look.target
            rows = max(1, area.height // look.target)
            grid = Grid(area, grid.columns, rows, area.height / rows)
        return grid

    def pages(self, desk: Desk) -> int:
        """Return how many pages of sliders there are."""
        grid = self.grid(desk)
        return max(1, -(-len(desk.circle) // (grid.columns * grid.rows)))

    def _on_page(self, desk: Desk, grid: Grid) -> list[tuple[int, str]]:
        each = grid.columns * grid.rows
        return list(enumerate(desk.circle[self._page * each : (self._page + 1) * each]))

    def track(self, place: pygame.Rect) -> pygame.Rect:
        """Return the way of a slider's knob, in its cell."""
        label = self.look.label
        high = min(round(place.height * 0.42), 2 * label)
        left, right = place.x + label // 2, place.right - label // 2
        names = font(label).get_height()
        top = place.y + (place.height - high - names) // 2 + names
        return pygame.Rect(left, top, right - left, high)

    # --- picture ------------------------------------------------------------------------------

    def _slider(self, desk: Desk, slug: str, place: pygame.Rect, stand: Stand) -> Slider:
        weight = stand.weights.get(slug, 0.0)
        heard = weight > HEARD * stand.largest
        style = desk.link.view.styles[slug]
        track = self.track(place)
        way = track.width - track.height
        return Slider(
            slug,
            style.title,
            style.colour,
            round(stand.levels[slug] * way),
            round(weight / stand.largest * stand.top * way) if stand.largest else 0,
            f"{weight:.0%}" if heard else self.look.words.asleep,
            heard,
            stand.faders.get(slug, ""),
            slug == self.chosen,
        )

    def _draw_track(self, slider: Slider, place: pygame.Rect) -> None:
        look, theme, track = self.look, self.look.theme, self.track(place)
        half = track.height // 2
        groove = blend(theme.ink, theme.blue, 0.14)
        self.surface.fill(theme.blue, track)
        self.surface.blit(bolt(track.size, groove), track)
        if slider.bar > 0:
            colour = look.tint(slider.colour, theme.blue)
            shown = (0, 0, half + slider.bar, track.height)
            self.surface.blit(bolt(track.size, colour), track, shown)
            end = disc(half, colour)
            at = end.get_rect(center=(track.x + half + slider.bar, track.y + half))
            self.surface.blit(end, at)
        if slider.heard:
            knob = ring(half, round(half * 0.58), theme.ink, theme.blue)
        else:  # hollow: asleep
            knob = ring(half, max(2, half // 5), theme.faint, groove)
        at = knob.get_rect(center=(track.x + half + slider.knob, track.y + half))
        self.surface.blit(knob, at)

    def _draw_names(self, slider: Slider, place: pygame.Rect) -> None:
        look, theme, track = self.look, self.look.theme, self.track(place)
        label = look.label
        if slider.chosen:
            pygame.draw.rect(self.surface, theme.ink, place.inflate(-4, -4), 2, label // 3)
        cut = look.cuts.of(slider.slug)
        colour = look.tint(slider.colour, theme.blue) if slider.heard else theme.faint
        top = track.y - font(label).get_height() - max(1, label // 10)
        said = f"{slider.fader} · {slider.share}" if slider.fader else slider.share
        share = look.say(said, round(label * 0.82), theme.ink if slider.heard else theme.faint)
        at = share.get_rect(right=track.right, y=top + round(label * 0.18))
        room = at.x - track.x - label // 2
        size = shrunk(slider.title, label, room, cut)
        title = word(fitting(slider.title, size, room, cut), size, colour, cut)
        self.surface.set_clip(place)
        self.surface.blit(title, title.get_rect(x=track.x, bottom=track.y - max(1, label // 10)))
        self.surface.blit(share, at)
        self.surface.set_clip(None)

    def _draw_pager(self, pages: int) -> None:
        if pages == 1:
            return
        theme, look = self.look.theme, self.look
        foot = self._foot()
        for sense, side in ((BEFORE, foot.left), (NEXT, foot.right - look.target)):
            box = pygame.Rect(side, foot.y, look.target, foot.height)
            ends = (sense == BEFORE and self._page == 0) or (
                sense == NEXT and self._page == pages - 1
            )
            colour = theme.line if ends else theme.ink
            arrow = word(sense, look.label * 2, colour, PLAIN)
            self.surface.blit(arrow, arrow.get_rect(center=box.center))
        size = max(3, look.label // 3)
        for page in range(pages):
            x = foot.centerx + round((page - (pages - 1) / 2) * size * 4)
            here = page == self._page
            pygame.draw.aacircle(
                self.surface, theme.ink, (x, foot.centery), size if here else size - 1,
                0 if here else 2,
            )  # fmt: skip

    def _foot(self) -> pygame.Rect:
        high = self.look.target
        return pygame.Rect(0, self.size[1] - high, self.size[0], high)

    # --- fingers ------------------------------------------------------------------------------

    def slug_at(self, at: Point, desk: Desk) -> str | None:
        """Return the style whose slider is at a place."""
        grid = self.grid(desk)
        on_page = self._on_page(desk, grid)
        number = grid.at(at, len(on_page))
        return None if number is None else on_page[number][1]

    def down(self, finger: int, at: Point, desk: Desk, now: float) -> None:
        """Move the slider under the finger, or turn the page."""
        pages = self.pages(desk)
        if pages > 1 and self._foot().collidepoint(at):
            step = 1 if at[0] > self.size[0] // 2 else -1
            self._page = min(pages - 1, max(0, self._page + step))
            return
        slug = self.slug_at(at, desk)
        if slug is not None:
            self._held[finger] = slug
            self.move(finger, at, desk, now)

    def move(self, finger: int, at: Point, desk: Desk, now: float) -> None:
        """Move the slider that the finger went down on."""
        slug = self._held.get(finger)
        grid = self.grid(desk)
        for number, other in self._on_page(desk, grid):
            if other == slug:
                track = self.track(grid.cell(number))
                room = track.width - track.height
                desk.set_level(slug, (at[0] - track.x - track.height / 2) / room, now)

    def up(self, finger: int, desk: Desk, now: float) -> None:
        """Let the slider go."""
        del desk, now
        self._held.pop(finger, None)

"""The sliders: one for each active style, and above it what that style expects.

The knob is the hand's; the bright bar follows it as the weights glide. Where not all fit with a
finger's room for each, the foot turns the page.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np
import pygame

from appliance.stage.desk import Desk
from appliance.stage.grid import Grid, fit
from appliance.stage.histogram import BARS, GLIDE, SETTLED, bars
from appliance.stage.letters import PLAIN, font, named, shrunk, word
from appliance.stage.panels import heading
from appliance.stage.panels.panel import Panel, Point
from appliance.stage.panels.spectrum import Spectrum
from appliance.stage.shapes import bolt, disc, ring
from appliance.stage.theme import blend

HEARD = 0.05  # of the largest weight: the engine feeds no style below
NARROWEST = 7.8  # of the labels' size, a slider's width
AIRY = 3.4  # of the labels' size, a slider's height where there is room
FLATTEST, TALLEST = 0.4, 2.6  # of the labels' size, the height of what a style expects
FIRST = 60.0  # seconds that pass for the first picture, so that it stands at once
NEXT, BEFORE = "→", "←"


@dataclass(frozen=True, slots=True)
class Slider:
    """What a slider shows, in pixels and letters."""

    slug: str
    title: str
    colour: str
    knob: int
    bar: int
    heard: bool
    fader: str
    chosen: bool

    @property
    def written(self) -> tuple[object, ...]:
        """All but what moves."""
        return (self.slug, self.title, self.colour, self.heard, self.fader, self.chosen)


@dataclass(frozen=True, slots=True)
class Parts:
    """Where the parts of a slider stand."""

    name: pygame.Rect
    bars: pygame.Rect  # of what the style expects; flat where there is no room
    track: pygame.Rect
    size: int  # of the name's letters


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

    def hears(self, slug: str) -> bool:
        """Tell whether the engine asks a style."""
        return self.weights.get(slug, 0.0) > HEARD * self.largest


class SlidersPanel(Panel):
    """Faders on blue."""

    chosen = ""  # the style that the keyboard plays
    _page = 0

    def lay(self) -> None:
        """Begin with no finger on any slider."""
        self._held: dict[int, str] = {}
        self._spectra: dict[str, Spectrum] = {}  # of the styles that are on this page
        self._values = np.zeros((0, BARS))
        self._at: float | None = None  # when the bars last moved
        self._turn = False

    def draw(self, desk: Desk, now: float) -> Iterable[pygame.Rect]:
        """Draw the sliders that have moved, and what their styles expect."""
        grid, pages = self.grid(desk), self.pages(desk)
        blue, words = self.look.theme.blue, self.look.words
        self._page = min(self._page, pages - 1)
        on_page = self._on_page(desk, grid)
        styles = tuple(desk.link.view.styles[slug] for _, slug in on_page)
        if self.differs("page", (styles, self._page, pages, grid.area.size)):
            self._shown = {"page": self._shown["page"]}
            self.wipe(blue)
            heading.draw(self.surface, self.look, words.sliders, blue)
            self._draw_pager(pages)
            self._lay_spectra(desk, grid, on_page)
            yield self.surface.get_rect()
        stand = Stand.of(desk)
        for number, slug in on_page:
            place = grid.cell(number)
            slider = self._slider(desk, slug, place, stand)
            if self.differs(number, slider.written):
                self.surface.fill(blue, place)
                self._draw_name(slider, place)
                self._draw_track(slider, place)
                self._spectra[slug].forget()
                self.differs((number, "moved"), slider)
                yield place
            elif self.differs((number, "moved"), slider):
                self._draw_track(slider, place)
                yield self.track(place)
        heard = {slug for _, slug in on_page if stand.hears(slug)}
        yield from self._draw_spectra(desk, heard, now)

    def _lay_spectra(self, desk: Desk, grid: Grid, on_page: list[tuple[int, str]]) -> None:
        look, view = self.look, desk.link.view
        self._spectra = {}
        for number, slug in on_page:
            parts = self.parts(grid.cell(number))
            colour = look.tint(view.styles[slug].colour, look.theme.blue)
            letter = pygame.Rect(0, parts.name.y, round(1.2 * parts.size), parts.name.height)
            letter.right = parts.name.right
            self._spectra[slug] = Spectrum(parts.bars, letter, colour, look.theme)
        self._values = np.zeros((len(on_page), BARS))
        self._at = None

    def _draw_spectra(self, desk: Desk, heard: set[str], now: float) -> Iterable[pygame.Rect]:
        said = desk.link.view.distributions
        expected = {slug: said[slug] for slug in self._spectra if slug in heard and slug in said}
        aims = np.zeros_like(self._values)
        for row, slug in enumerate(self._spectra):
            if slug in expected:
                aims[row] = bars(expected[slug])
        passed = FIRST if self._at is None else max(0.0, now - self._at)
        self._at = now
        moving = bool(np.abs(aims - self._values).max(initial=0.0) > SETTLED)
        self._values += (aims - self._values) * (1.0 - np.exp(-passed / GLIDE))
        self._turn = not self._turn
        for row, (slug, spectrum) in enumerate(self._spectra.items()):
            # Every other one in each frame; but all of them at first, and when they have settled.
            if row % 2 == self._turn and spectrum.drawn and moving:
                continue
            yield from spectrum.draw(self.surface, self._values[row], expected.get(slug))

    # --- places -------------------------------------------------------------------------------

    def grid(self, desk: Desk) -> Grid:
        """Return where the sliders of a page stand."""
        look, count = self.look, len(desk.circle)
        top = heading.height(look)
        side = look.pad // 2
        area = pygame.Rect(side, top, self.size[0] - 2 * side, self.size[1] - top - side)
        wide = max(1.6 * look.target, look.label * NARROWEST)
        tallest = max(2.2 * look.target, 4.8 * look.label)
        grid = fit(area, count, (wide, max(look.target, look.label * AIRY)), tallest)
        if grid.overflow:
            grid = fit(area, count, (wide, look.target), tallest)
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

    def parts(self, place: pygame.Rect) -> Parts:
        """Return where name, bars and knob's way stand in a cell: the bars have what is left."""
        label, high = self.look.label, place.height
        size = label if high >= 4.0 * label else round(0.8 * label)
        side = self.look.pad - self.look.pad // 2  # so that names stand in line with the heading
        left, wide = place.x + side, place.width - 2 * side
        name = pygame.Rect(left, 0, wide, font(size).get_height())
        track = pygame.Rect(left, 0, wide, min(round(high * 0.31), 2 * label) | 1)
        space = max(2, label // 6)
        room = high - name.height - track.height - space - max(space, round(0.12 * high))
        flat = room < FLATTEST * label
        bars = pygame.Rect(left, 0, wide, 0 if flat else min(room, round(TALLEST * label)))
        total = name.height + bars.height + track.height + (0 if flat else space)
        name.y = place.y + max(0, high - total) // 2
        bars.y = name.bottom
        track.y = bars.bottom + (0 if flat else space)
        return Parts(name, bars, track, size)

    def track(self, place: pygame.Rect) -> pygame.Rect:
        """Return the way of a slider's knob, in its cell."""
        return self.parts(place).track

    # --- picture ------------------------------------------------------------------------------

    def _slider(self, desk: Desk, slug: str, place: pygame.Rect, stand: Stand) -> Slider:
        weight = stand.weights.get(slug, 0.0)
        style = desk.link.view.styles[slug]
        track = self.track(place)
        way = track.width - track.height
        return Slider(
            slug,
            style.title,
            style.colour,
            round(stand.levels[slug] * way),
            round(weight / stand.largest * stand.top * way) if stand.largest else 0,
            stand.hears(slug),
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
        else:  # hollow, and said in the groove, as far as the knob leaves room
            knob = ring(half, max(2, half // 5), theme.faint, groove)
            size = min(round(0.8 * look.label), round(0.62 * track.height))
            silent = look.say(look.words.asleep, size, theme.faint)
            at = silent.get_rect(midright=(track.right - half, track.centery))
            if at.x > track.x + 2 * half + slider.knob:
                self.surface.blit(silent, at)
        at = knob.get_rect(center=(track.x + half + slider.knob, track.y + half))
        self.surface.blit(knob, at)

    def _draw_name(self, slider: Slider, place: pygame.Rect) -> None:
        look, theme, parts = self.look, self.look.theme, self.parts(place)
        if slider.chosen:
            pygame.draw.rect(self.surface, theme.ink, place.inflate(-4, -4), 2, look.label // 3)
        cut = look.cuts.of(slider.slug)
        # At the right stands what the style expects, and before that the fader's name.
        right = parts.name.right - (round(1.3 * parts.size) if slider.heard else 0)
        if slider.fader:
            note = look.say(slider.fader, round(0.8 * parts.size), theme.faint)
            at = note.get_rect(midright=(right, parts.name.centery))
            right = at.x - parts.size // 2
            self.surface.blit(note, at)
        room = right - parts.name.x
        # Smaller before shorter, and then as large again as the shorter one may be.
        title = named(slider.title, shrunk(slider.title, parts.size, room, cut), room, cut)
        size = shrunk(title, parts.size, room, cut)
        colour = look.tint(slider.colour, theme.blue)
        drawn = word(title, size, colour, cut)
        self.surface.blit(drawn, drawn.get_rect(midleft=parts.name.midleft))

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
        side, high = self.look.pad // 2, self.look.target
        return pygame.Rect(side, self.size[1] - high - side, self.size[0] - 2 * side, high + side)

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
                desk.set_level(slug, (at[0] - track.x - track.height // 2) / room, now)

    def up(self, finger: int, desk: Desk, now: float) -> None:
        """Let the slider go."""
        del desk, now
        self._held.pop(finger, None)

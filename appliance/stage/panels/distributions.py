"""What is expected: the joint, large, and each active style's distribution over the characters.

Every bar is one of the 128 ASCII characters; those that have no shape, and are never written, share
the first. Bars glide to where they belong, so that nothing flickers at twenty characters a second.
"""

from collections.abc import Iterable

import numpy as np
import pygame
from numpy.typing import NDArray

from appliance.stage.desk import Desk
from appliance.stage.letters import PLAIN, STRONG, Cut, fitting, font, shrunk, sign, width, word
from appliance.stage.look import Look
from appliance.stage.panels.panel import Panel
from appliance.stage.theme import Colour, blend
from appliance.wire import StyleIs

Floats = NDArray[np.float64]
BARS = 98  # the unseen, tabulator, line end, and the 95 from space to tilde
MARKS = {3: " ", 19: "0", 28: "9", 36: "A", 61: "Z", 68: "a", 93: "z"}  # bars that are named
JOINT = 0.42  # of the panel's height
GLIDE = 0.05  # seconds, time constant of the bars
TORN = 0.6  # seconds, time constant of the sentence
FIRST = 60.0  # seconds that pass for the first picture, so that it stands at once
LEAST = 0.03  # of a character's probability, to be named above its bar
NAMED = 4  # characters of the joint that are named
NARROWEST, LOWEST = 5.0, 1.75  # of the labels' size, a cell's width and height


def bars(distribution: NDArray[np.float32]) -> Floats:
    """Return the bars (98,) of a distribution (128,); nothing of it is left out."""
    found = np.empty(BARS)
    found[1:3] = distribution[[9, 10]]
    found[3:] = distribution[32:127]
    found[0] = max(0.0, float(distribution.sum(dtype=np.float64) - found[1:].sum()))
    return found


def code(bar: int) -> int:
    """Return the ASCII code that a bar stands for; 0 for the unseen."""
    return (0, 9, 10)[bar] if bar < 3 else bar + 29


def tall(values: Floats) -> Floats:
    """Return the heights of bars, 0 to 1: the root, so that what is unlikely is seen too."""
    return np.sqrt(np.clip(values, 0.0, 1.0))


class Histogram:
    """Bars in a place, of which only those that differ are drawn."""

    def __init__(self, place: pygame.Rect, colour: Colour, ground: Colour) -> None:
        self.place, self._colour, self._ground = place, colour, ground
        edges = np.linspace(place.left, place.right, BARS + 1).round().astype(int)
        self.left = edges[:-1].tolist()
        room = place.width / BARS
        self.wide = max(1, int(room) - (1 if room >= 3 else 0))
        self._high = np.zeros(BARS, dtype=np.int64)

    def forget(self) -> None:
        """Take it that no bar stands there."""
        self._high[:] = 0

    def draw(self, surface: pygame.Surface, values: Floats) -> bool:
        """Draw bars of probabilities (98,); return whether any has another height."""
        high = np.rint(tall(values) * self.place.height).astype(np.int64)
        changed = np.flatnonzero(high != self._high)
        foot = self.place.bottom
        for i in changed.tolist():
            old, new = int(self._high[i]), int(high[i])
            tone = self._colour if new > old else self._ground
            upper, lower = max(old, new), min(old, new)
            surface.fill(tone, (self.left[i], foot - upper, self.wide, upper - lower))
        self._high = high
        return bool(changed.size)


class DistributionsPanel(Panel):
    """The joint above, a cell for each active style below, those that sleep visibly empty."""

    def lay(self) -> None:
        """Begin with nothing expected."""
        self._at: float | None = None  # when the bars last moved
        self._styles: list[StyleCell] = []
        self._titles: tuple[StyleIs, ...] | None = None
        self._values = np.zeros((1, BARS))
        self._marks: list[tuple[pygame.Surface, pygame.Rect]] = []
        self._bits = 0.0
        self._turn = False

    def draw(self, desk: Desk, now: float) -> Iterable[pygame.Rect]:
        """Let the bars glide, and draw what has moved."""
        view = desk.link.view
        shown = self._choose(desk)
        titles = tuple(view.styles[slug] for slug in shown)
        if titles != self._titles:
            self._titles = titles
            self._lay_cells(desk, shown)
            self.forget()
        if self.differs("ground", True):
            self._wipe()
            yield self.surface.get_rect()
        aims = np.zeros_like(self._values)
        aims[0] = bars(view.joint)
        for row, cell in enumerate(self._styles, 1):
            if cell.slug in view.distributions:
                aims[row] = bars(view.distributions[cell.slug])
        passed = FIRST if self._at is None else max(0.0, now - self._at)
        self._at = now
        moving = bool(np.abs(aims - self._values).max() > 2e-3)
        self._values += (aims - self._values) * (1.0 - np.exp(-passed / GLIDE))
        self._bits += (view.entropy - self._bits) * (1.0 - np.exp(-passed / TORN))
        yield from self._draw_joint()
        self._turn = not self._turn
        for row, (cell, values) in enumerate(zip(self._styles, self._values[1:], strict=True)):
            # Every other one in each frame; but all of them at first, and when they have settled.
            if row % 2 == self._turn and cell.drawn and moving:
                continue
            if cell.draw(self.surface, values, view.distributions.get(cell.slug)):
                yield cell.place

    def _choose(self, desk: Desk) -> tuple[str, ...]:
        """Return the styles that have a cell.

        They are all that are active, or where there is little room, the heaviest that are heard.
        """
        label = self.look.label
        wide, height = self.size
        room = height * (1.0 - JOINT) - label
        most = int(wide / (label * NARROWEST)) * int(room / (label * LOWEST))
        if len(desk.circle) <= most:
            return desk.circle
        view = desk.link.view
        heard = sorted(view.distributions, key=lambda slug: -view.weights.get(slug, 0.0))
        return tuple(slug for slug in desk.circle if slug in heard[: max(1, most)])

    def _lay_cells(self, desk: Desk, shown: tuple[str, ...]) -> None:
        look, theme = self.look, self.look.theme
        wide, height = self.size
        pad = look.label // 2
        top = round(height * JOINT)
        axis = round(look.label * 0.8)
        names = font(look.label).get_height()
        place = pygame.Rect(pad, names, wide - 2 * pad, max(8, top - names - axis))
        self._joint = Histogram(place, theme.ink, theme.card)
        self._marks = []
        for bar, mark in MARKS.items():
            drawn = sign(ord(mark), axis, theme.faint)
            middle = self._joint.left[bar] + self._joint.wide // 2
            self._marks.append((drawn, drawn.get_rect(midtop=(middle, place.bottom + 1))))
        count = len(shown)
        columns, rows = _columns(count, wide, height - top - names // 2, look.label)
        area = pygame.Rect(0, top + names // 2, wide, height - top - names // 2)
        self._styles = []
        for number, slug in enumerate(shown):
            column, row = divmod(number, rows)
            box = pygame.Rect(
                column * wide // columns,
                area.y + row * area.height // rows,
                wide // columns,
                area.height // rows,
            )
            style = desk.link.view.styles[slug]
            cut = look.cuts.of(slug)
            cell = StyleCell(slug, style.title, box, look, look.tint(style.colour, theme.card), cut)
            self._styles.append(cell)
        self._values = np.zeros((1 + count, BARS))
        self._at = None

    def _wipe(self) -> None:
        """Draw what stands behind the bars."""
        self.surface.fill(self.look.theme.card)
        self.surface.blits(self._marks)
        for cell in self._styles:
            cell.forget()

    def _draw_joint(self) -> Iterable[pygame.Rect]:
        look, theme = self.look, self.look.theme
        words = look.words
        letters = round(2.0**self._bits)  # as many equal ones would be as undecided
        torn = words.sure if letters <= 1 else words.torn.replace("{n}", str(letters))
        if self.differs("torn", torn):
            line = pygame.Rect(0, 0, self.size[0], self._joint.place.top)
            self.surface.fill(theme.card, line)
            pad, size = look.label // 2, round(look.label * 0.82)
            room = line.width - 2 * pad
            # Where there is no room for both, what changes is said alone.
            both = f"{words.together}  {torn}"
            size = shrunk(both, size, room, look.face)
            if width(both, size, look.face) <= room:
                left = look.say(words.together, size, theme.ink)
                self.surface.blit(left, left.get_rect(midleft=(pad, line.centery)))
            right = look.say(fitting(torn, size, room, look.face), size, theme.faint)
            self.surface.blit(right, right.get_rect(midright=(line.right - pad, line.centery)))
            yield line
        values = self._values[0]
        if self.differs("joint", np.rint(tall(values) * self._joint.place.height).tobytes()):
            place = self._joint.place
            # Names stand above their bars, so all of it is drawn.
            band = pygame.Rect(0, place.y, self.size[0], place.height + 1)
            self.surface.fill(theme.card, band)
            self._joint.forget()
            size = min(round(look.label * 1.5), place.height // 2)
            scale = (place.height - size) / place.height
            self._joint.draw(self.surface, values * scale**2)
            pygame.draw.line(
                self.surface, theme.line, place.bottomleft, (place.right - 1, place.bottom)
            )
            self._draw_names(values, size)
            yield band

    def _draw_names(self, values: Floats, size: int) -> None:
        """Name the likeliest characters above their bars, as far as they leave each other room."""
        place, taken = self._joint.place, list[pygame.Rect]()
        for bar in np.argsort(-values)[:NAMED].tolist():
            if values[bar] < LEAST:
                return
            drawn = sign(code(bar), size, self.look.theme.ink, STRONG)
            high = round(float(tall(values)[bar]) * (place.height - size))
            at = drawn.get_rect(midtop=(self._joint.left[bar] + self._joint.wide // 2, 0))
            # By the letter's own shape and not by its line: it sits on its bar.
            at.bottom = place.bottom - high + font(size).get_height() // 5
            at.clamp_ip(place.inflate(self.look.label, 0))
            if at.collidelist(taken) < 0:
                self.surface.blit(drawn, at)
                taken.append(at)


class StyleCell:
    """One style's name, its likeliest character and its bars."""

    def __init__(
        self, slug: str, title: str, place: pygame.Rect, look: Look, colour: Colour, cut: Cut
    ) -> None:
        self.slug, self.place = slug, place
        self._title, self._look, self._colour, self._cut = title, look, colour, cut
        self._size = min(round(look.label * 0.82), round(place.height * 0.34))
        self._large = min(round(look.label * 1.5), round(place.height * 0.62))
        pad, names = look.label // 2, font(self._size).get_height()
        aside = round(self._large * 0.95)  # where the likeliest character stands
        self._letter = pygame.Rect(
            place.right - pad - aside, place.y, aside, place.height - place.height // 10
        )
        inner = pygame.Rect(
            place.x + pad, place.y + names, place.width - 2 * pad - aside,
            place.height - names - place.height // 10,
        )  # fmt: skip
        self._bars = Histogram(inner, colour, look.theme.card)
        self._before: tuple[bool, int] | None = None

    @property
    def drawn(self) -> bool:
        """Whether there is a picture of it."""
        return self._before is not None

    def forget(self) -> None:
        """Draw everything the next time."""
        self._before = None
        self._bars.forget()

    def draw(
        self, surface: pygame.Surface, values: Floats, heard: NDArray[np.float32] | None
    ) -> bool:
        """Draw what is different; return whether anything was."""
        peak = -1 if heard is None else int(heard.argmax())
        changed = self._bars.draw(surface, values)
        if (heard is not None, peak) != self._before:
            if self._before is None or self._before[0] != (heard is not None):
                self._draw_name(surface, awake=heard is not None)
            self._before = (heard is not None, peak)
            surface.fill(self._look.theme.card, self._letter)
            if heard is not None:
                drawn = sign(peak, self._large, self._colour, STRONG)
                surface.blit(drawn, drawn.get_rect(midright=self._letter.midright))
            changed = True
        return changed

    def _draw_name(self, surface: pygame.Surface, *, awake: bool) -> None:
        theme, inner = self._look.theme, self._bars.place
        line = pygame.Rect(inner.x, self.place.y, inner.width, inner.y - self.place.y)
        surface.fill(theme.card, line)
        colour = self._colour if awake else theme.faint
        room = line.width
        if not awake:
            asleep = self._look.say(self._look.words.asleep, round(self._size * 0.9), theme.faint)
            if asleep.get_width() * 2 < room:
                surface.blit(asleep, asleep.get_rect(midright=(line.right, line.centery)))
                room -= asleep.get_width() + self._size // 2
        cut = self._cut if awake else PLAIN
        size = shrunk(self._title, self._size, room, cut)
        title = word(fitting(self._title, size, room, cut), size, colour, cut)
        surface.blit(title, title.get_rect(midleft=line.midleft))
        foot = blend(colour, theme.card, 0.6) if awake else theme.line
        end = (inner.right - 1, inner.bottom)
        pygame.draw.line(surface, theme.card, inner.bottomleft, end)
        if awake:
            pygame.draw.line(surface, foot, inner.bottomleft, end)
        else:  # a broken line: there is nobody
            for x in range(inner.left, inner.right, 8):
                pygame.draw.line(surface, foot, (x, inner.bottom), (x + 2, inner.bottom))


def _columns(count: int, wide: int, height: int, label: int) -> tuple[int, int]:
    """Return columns and rows of cells, near the shape in which name, letter and bars fit best."""
    most = max(1, int(wide / (label * NARROWEST)))
    columns = 1
    while columns < most and height / -(-max(1, count) // columns) < 2.4 * label:
        columns += 1
    return columns, max(1, -(-count // columns))

"""The page: what was typed, each character in the colour and cut of who wrote it.

After the caret stands what is likeliest to come next, and under it what else may; in nobody's
colour, since nobody has written it yet. Old lines fade upward.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from math import cos, exp, pi, tan

import numpy as np
import pygame
from numpy.typing import NDArray

from appliance.page import Page
from appliance.stage.desk import Desk
from appliance.stage.expectation import Expectation
from appliance.stage.letters import PLAIN, WIDE, Cut, fitting, font, sign, word
from appliance.stage.lines import Line, Lines
from appliance.stage.panels.panel import Panel
from appliance.stage.theme import Colour, blend, dimmest, least, readable, rgb

COLUMNS = (44, 72)  # of a page that is read from where one plays
NARROW = (34, 44)  # where the page is higher than wide
ROWS = 5  # that are worth narrower letters
FEWEST, MOST = 18, 44  # columns of a page that is read from afar
ACROSS = 2.0  # metres: from farther the page is read from across the room
# Capital letters of 22 minutes of arc are read with ease (ISO 9241-303 asks for 20 to 22).
ARC = 22 / 60 * pi / 180
CAPITAL = 0.698  # of the size, in this face
LEADING = 1.36  # of the size, from line to line
TALL = 1.35  # of the size, from the highest to the lowest of all letters, and some air
FOOT = 1.2  # of that, the strip below the last line
GLIDE = 0.085  # seconds, time constant of a line that moves up
BREATH = 3.2  # seconds, of the caret
SHADES = 24  # of the caret's light
OPEN = 0.15  # seconds, time constant of the caret's width
AHEAD = 0.58  # of a column, how far the next character stands after the caret
BELOW = 2  # more characters, under the likeliest
LEAST = 0.05  # probability of one of these
SEEN, LIT = 3.2, 6.0  # contrast of what may come: of the unlikely, and of what is certain
LEAVING = (0.30, 0.62)  # light of the two lines that are about to leave; of the last, on a low page
LOW = 7  # rows


@dataclass(frozen=True, slots=True)
class May:
    """A character that may come next."""

    code: int
    place: tuple[int, int]  # when the page has come to rest
    size: int
    colour: Colour


class TextPanel(Panel):
    """The end of the page, its last line above a strip for what else may come."""

    def lay(self) -> None:
        """Choose the size of the letters."""
        width, height = self.size
        few, many = COLUMNS if width > height * 0.9 else NARROW
        if self.look.reading > ACROSS:
            capital = 1000.0 * self.look.reading * tan(ARC) * self.look.millimetre
            few = many = min(MOST, max(FEWEST, round(width / (capital / CAPITAL * WIDE))))
        across = width / WIDE
        self._em = max(12, round(min(across / few, height / (ROWS + FOOT) / LEADING)))
        self._em = max(self._em, round(across / many))
        self._advance = font(self._em).size("m")[0]
        self._leading = round(self._em * LEADING)
        self._margin = max(self.look.gap // 2 + self.look.pad, self._advance // 2)
        foot = min(FOOT * self._leading, height * 0.3)
        whole = max(1, int((height - foot) / self._leading)) * self._leading
        # On a low page the strip has what whole lines leave of it.
        foot = min(FOOT * self._leading, max(foot, height - whole))
        self._foot = height - round(foot)  # where the last line ends
        # At a full line's end the next character still stands on the page.
        self.columns = max(8, int((width - 2 * self._margin) / self._advance - AHEAD - 0.6))
        self.rows = max(1, self._foot // self._leading)
        self._leaving = LEAVING if self.rows >= LOW else LEAVING[1:]
        ink, ground = self.look.theme.ink, self.look.theme.ground
        self._lights = least(ink, ground, SEEN), least(ink, ground, LIT)
        self._begin()

    def forget(self) -> None:
        """Draw everything in the next frame."""
        self._wet = True

    def _begin(self) -> None:
        self._lines = Lines(self.columns, self.rows + 2)
        self._strips: dict[int, pygame.Surface] = {}
        self._expected = Expectation()
        self._bits = 0.0  # of uncertainty, as the caret shows it
        self._thought: NDArray[np.float32] | None = None  # what the next was last known to be
        self._may: tuple[May, ...] = ()
        self._old = pygame.Rect(0, 0, 0, 0)  # where the text's end was last drawn
        self._rise = 0.0  # pixels that the page has still to move up
        self._end = 0
        self._at: float | None = None
        self._key: object = None
        self._wet = True  # whether all of it must be drawn

    def draw(self, desk: Desk, now: float) -> Iterable[pygame.Rect]:
        """Draw what was typed since, and what moves."""
        page = desk.link.view.page
        passed = 0.0 if self._at is None else max(0.0, now - self._at)
        self._at = now
        # A style's colour belongs to the page: it may be known later than its first characters.
        if (page.run, page.start, tuple(desk.link.view.by_author)) != self._key:
            self._begin()
            self._at = now
            self._key = (page.run, page.start, tuple(desk.link.view.by_author))
        wet, self._wet = self._wet, False
        typed = page.end - self._end
        if typed:
            wet = self._take(page, desk, now) or wet
        self._expected.follow(desk.link.view)
        self._bits += (self._expected.bits - self._bits) * (1.0 - exp(-passed / OPEN))
        if self._rise:
            wet = True
            self._rise *= exp(-passed / GLIDE)
            self._rise = 0.0 if self._rise < 0.5 else self._rise
        self._think(desk)
        if wet:
            self.surface.fill(self.look.theme.ground)
            self._draw_lines()
            self._draw_foot(desk, now)
            self._shown.clear()
            self._differs(desk, now)
            self._old = self._end_place(desk, now)
            yield self.surface.get_rect()
        elif self._differs(desk, now) or typed:
            yield self._draw_end(desk, now)

    # --- lines --------------------------------------------------------------------------------

    def _take(self, page: Page, desk: Desk, now: float) -> bool:
        """Take in what was typed; return whether more than the last line has changed."""
        fresh = page.end - self._end
        if fresh > len(page.text) or fresh < 0:
            key = self._key
            self._begin()
            self._key, self._at = key, now
            fresh = len(page.text)
        before = self._lines.count
        first = page.end - fresh
        new = enumerate(page.text[len(page.text) - fresh :], first)
        changed = self._lines.extend(new)
        started = self._end == 0 or fresh > self.columns
        self._end = page.end
        more = self._lines.count - before
        if more and not started:
            self._rise = min(self._rise + more * self._leading, 2.0 * self._leading)
        offset = page.end - len(page.text)
        for number in range(max(changed, self._lines.first), self._lines.count):
            self._strips[number] = self._strip(self._line(number), page, offset, desk)
        oldest = self._lines.count - self.rows - 2
        for number in [n for n in self._strips if n < oldest]:
            del self._strips[number]
        return bool(more) or started

    def _line(self, number: int) -> Line:
        return self._lines.lines[number - self._lines.first]

    def _strip(self, line: Line, page: Page, offset: int, desk: Desk) -> pygame.Surface:
        strip = pygame.Surface((self.size[0], self._leading))
        strip.fill(self.look.theme.ground)
        drop = (self._leading - font(self._em).get_height()) // 2
        for index, column in line.cells:
            at = index - offset
            if at < 0 or page.text[at] <= " ":
                continue
            colour, cut = self._hand(desk, page.authors[at])
            drawn = word(page.text[at], self._em, colour, cut)
            strip.blit(drawn, (self._margin + column * self._advance, drop))
        return strip

    def _hand(self, desk: Desk, author: str) -> tuple[Colour, Cut]:
        view, theme = desk.link.view, self.look.theme
        slug = view.by_author.get(author)
        if slug is None:
            return theme.ink, PLAIN
        return self._colour(desk, slug), self.look.cuts.of(slug)

    def _colour(self, desk: Desk, slug: str) -> Colour:
        theme = self.look.theme
        return readable(rgb(desk.link.view.styles[slug].colour), theme.ground, theme.far)

    def light(self, row: float) -> float:
        """Return the light of a line, 0 to 1, by how many rows it stands above the last."""
        theme = self.look.theme
        kept = dimmest(theme.ground, theme.far, theme.near)
        left = self.rows - 1 - row  # rows above it
        if left < 0:
            return self._leaving[0] * max(0.0, 1.0 + left)
        if left < len(self._leaving):
            low = self._leaving[int(left)]
            high = self._leaving[int(left) + 1] if int(left) + 1 < len(self._leaving) else kept
            fade = low + (high - low) * (left % 1.0)
            return min(1.0, fade) if row > 0 else 1.0
        return 1.0 - (1.0 - kept) * min(1.0, row / max(1, self.rows - len(self._leaving)))

    def _draw_lines(self) -> None:
        last = self._lines.count - 1
        for row in range(self.rows + 1):
            strip = self._strips.get(last - row)
            if strip is None:
                return
            up = row - self._rise / self._leading
            strip.set_alpha(round(255 * self.light(up)) if up > 0 else None)
            y = self._foot - (row + 1) * self._leading + round(self._rise)
            self.surface.blit(strip, (0, y))

    # --- the end of the text ------------------------------------------------------------------

    def _think(self, desk: Desk) -> None:
        """Find the places of what may come next; none while nobody knows it."""
        view, ground, ink = desk.link.view, self.look.theme.ground, self.look.theme.ink
        if view.following is self._thought:
            return
        self._thought, self._may = view.following, ()
        if view.following is None or not view.page.text:
            return
        low, high = self._lights
        x, top = self._next_place()
        found: list[May] = []
        for code in np.argsort(-view.following)[: 1 + BELOW].tolist():
            chance = min(1.0, max(0.0, float(view.following[code])))
            if found and chance < LEAST:
                break
            size = self._em if not found else round(self._em * 0.56)
            colour = blend(ink, ground, low + (high - low) * chance)
            aside = (self._advance - font(size).size("m")[0]) // 2
            found.append(May(code, (x + aside, top), size, colour))
            top = self._foot + (len(found) - 1) * round(size * 1.05)
        self._may = tuple(found)

    @property
    def _risen(self) -> int:
        return round(self._rise)

    def _next_place(self) -> tuple[int, int]:
        """Return where the next character is expected, when the page has come to rest."""
        column = min(self._lines.lines[-1].column, self.columns)
        drop = (self._leading - font(self._em).get_height()) // 2
        x = self._margin + round((column + AHEAD) * self._advance)
        return x, self._foot - self._leading + drop

    def _differs(self, desk: Desk, now: float) -> bool:
        shows = (self._caret(desk, now), self._notice(desk), self._may, desk.link.view.page.end)
        return self.differs("end", shows)

    def _caret(self, desk: Desk, now: float) -> tuple[tuple[int, int, int, int], Colour]:
        """Return the caret: it breathes, and is the wider the more is open."""
        theme = self.look.theme
        light = round(SHADES * (0.66 + 0.34 * cos(2.0 * pi * now / BREATH))) / SHADES
        ink = theme.ink if desk.link.alive else theme.faint
        wide = max(2, round(self._advance * (0.06 + 0.11 * min(4.0, self._bits))))
        x = self._margin + min(self._lines.lines[-1].column, self.columns) * self._advance
        high = round(self._em * 0.98)
        y = self._foot - self._leading + (self._leading - high) // 2 + self._risen
        caret = (x + self._advance // 16, y, wide, high)
        return caret, blend(ink, theme.ground, light)

    def _end_place(self, desk: Desk, now: float) -> pygame.Rect:
        caret, _ = self._caret(desk, now)
        left, right = caret[0] - 3 * self._advance, caret[0] + 3 * self._advance
        top = self._foot - self._leading
        return pygame.Rect(left, top, right - left, self.size[1] - top)

    def _draw_end(self, desk: Desk, now: float) -> pygame.Rect:
        """Draw the last line's end and what may follow; return the place."""
        fresh = self._end_place(desk, now)
        place, self._old = fresh.union(self._old), fresh
        if self.differs("notice", self._notice(desk)):
            place.update(0, place.y, self.size[0], place.height)
        place = place.clip(self.surface.get_rect())
        self.surface.set_clip(place)
        self.surface.fill(self.look.theme.ground)
        strip = self._strips.get(self._lines.count - 1)
        if strip is not None:
            strip.set_alpha(None)
            self.surface.blit(strip, (0, self._foot - self._leading))
        self._draw_foot(desk, now)
        self.surface.set_clip(None)
        return place

    def _draw_foot(self, desk: Desk, now: float) -> None:
        caret, colour = self._caret(desk, now)
        pygame.draw.rect(self.surface, colour, caret, border_radius=min(caret[2] // 2, 4))
        notice = self._notice(desk)
        if notice:
            room = int((self.size[1] - self._foot) / TALL)
            size = min(round(self._em * 0.72), self.look.label * 2, room)
            said = fitting(notice, size, self.size[0] - 2 * self._margin, self.look.face)
            drawn = self.look.say(said, size, self.look.theme.ink)
            middle = (self._foot + self.size[1]) // 2
            self.surface.blit(drawn, drawn.get_rect(midleft=(self._margin, middle)))
        # Where something is said, the likeliest stands alone.
        for may in self._may[:1] if notice else self._may:
            x, y = may.place
            self.surface.blit(sign(may.code, may.size, may.colour), (x, y + self._risen))

    def _notice(self, desk: Desk) -> str:
        view, words = desk.link.view, self.look.words
        if not desk.link.alive or (view.status is None and not view.page.text):
            return words.waiting
        if view.status is not None and view.status.state == "starting":
            return words.waiting
        if view.hello is not None and view.hello.hold:
            return words.held
        # By the hands here: the engine's own word for it comes a moment later.
        if desk.slugs and not any(desk.mixer.weights().values()):
            return words.silence
        return ""

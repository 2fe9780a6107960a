"""The page: what was typed, each character in the colour and cut of who wrote it.

Under the newest character hang the ones that it might have been; old lines fade upward.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from math import cos, exp, pi, tan

import numpy as np
import pygame

from appliance.page import Page
from appliance.stage.desk import Desk
from appliance.stage.letters import PLAIN, WIDE, Cut, fitting, font, word
from appliance.stage.lines import Line, Lines
from appliance.stage.panels.panel import Panel
from appliance.stage.theme import Colour, blend, dimmest, readable, rgb

COLUMNS = 42  # a line that is read with ease from where one plays
FEWEST, MOST = 18, 44  # columns of a page that is read from afar
ACROSS = 2.0  # metres: from farther the page is read from across the room
# Capital letters of 22 minutes of arc are read with ease (ISO 9241-303 asks for 20 to 22).
ARC = 22 / 60 * pi / 180
CAPITAL = 0.698  # of the size, in this face
LEADING = 1.36  # of the size, from line to line
GLIDE = 0.085  # seconds, time constant of a line that moves up
BREATH = 3.2  # seconds, of the caret
SHADES = 24  # of the caret's light
LINGER = 0.55  # seconds, time constant of the characters that were not to be
HANGING = 3  # of them under each place
LEAST = 0.03  # probability of one that is shown
LEAVING = (0.30, 0.62)  # light of the two lines that are about to leave


@dataclass(frozen=True, slots=True)
class Might:
    """A character that might have been: where it hangs, and since when."""

    under: int  # x of the character that was
    place: tuple[int, int]
    text: str
    size: int
    colour: Colour
    cut: Cut
    since: float


class TextPanel(Panel):
    """The end of the page, its last line above a strip for what might have been."""

    def lay(self) -> None:
        """Choose the size of the letters."""
        width, height = self.size
        columns = COLUMNS if width > height * 0.9 else round(COLUMNS * 0.8)
        if self.look.reading > ACROSS:
            capital = 1000.0 * self.look.reading * tan(ARC) * self.look.millimetre
            columns = round(width / (capital / CAPITAL * WIDE)) - 2
            columns = min(MOST, max(FEWEST, columns))
        self._em = max(12, round(width / (columns + 2) / WIDE))
        self._advance = font(self._em).size("m")[0]
        self._leading = round(self._em * LEADING)
        self._margin = self._advance
        foot = 2.1 * self._leading
        self._foot = height - round(min(foot, height * 0.3))  # where the last line ends
        self.columns = max(8, (width - 2 * self._margin) // self._advance)
        self.rows = max(1, self._foot // self._leading)
        self._begin()

    def forget(self) -> None:
        """Draw everything in the next frame."""
        self._wet = True

    def _begin(self) -> None:
        self._lines = Lines(self.columns, self.rows + 2)
        self._strips: dict[int, pygame.Surface] = {}
        self._might: list[Might] = []
        self._typed = 0.0  # when the newest character came
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
        if self._rise:
            wet = True
            self._rise *= exp(-passed / GLIDE)
            self._rise = 0.0 if self._rise < 0.5 else self._rise
        if wet:
            self.surface.fill(self.look.theme.ground)
            self._draw_lines()
            self._draw_foot(desk, now)
            self._shown.clear()
            self._differs(desk, now)
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
        self._hang(page, desk, now)
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
        least = dimmest(theme.ground, theme.far, theme.near)
        left = self.rows - 1 - row  # rows above it
        if left < 0:
            return LEAVING[0] * max(0.0, 1.0 + left)
        if left < len(LEAVING):
            low = LEAVING[int(left)]
            high = LEAVING[int(left) + 1] if int(left) + 1 < len(LEAVING) else least
            fade = low + (high - low) * (left % 1.0)
            return min(1.0, fade) if row > 0 else 1.0
        return 1.0 - (1.0 - least) * min(1.0, row / max(1, self.rows - len(LEAVING)))

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

    def _differs(self, desk: Desk, now: float) -> bool:
        view = desk.link.view
        moving = any(might.since != self._typed for might in self._might)
        shows = (self._caret(desk, now), self._notice(desk), round(now / 0.03) if moving else 0)
        return self.differs("end", (shows, view.page.end))

    def _caret(self, desk: Desk, now: float) -> tuple[pygame.Rect, Colour]:
        """Return the caret: it breathes, and is the wider the less is certain."""
        theme, view = self.look.theme, desk.link.view
        light = round(SHADES * (0.62 + 0.38 * cos(2.0 * pi * now / BREATH))) / SHADES
        ink = theme.ink if desk.link.alive else theme.faint
        wide = max(2, round(self._em * (0.05 + 0.09 * min(5.0, view.entropy))))
        x = self._margin + min(self._lines.lines[-1].column, self.columns) * self._advance
        high = round(self._em * 0.98)
        y = self._foot - self._leading + (self._leading - high) // 2 + round(self._rise)
        return pygame.Rect(x + self._advance // 12, y, wide, high), blend(ink, theme.ground, light)

    def _draw_end(self, desk: Desk, now: float) -> pygame.Rect:
        """Draw the last line's end and what hangs there; return the place."""
        caret, _ = self._caret(desk, now)
        left = min([caret.x - 3 * self._advance, *(m.place[0] for m in self._might)])
        right = max([caret.right, *(m.place[0] for m in self._might)]) + 2 * self._advance
        if self.differs("notice", self._notice(desk)):
            left, right = 0, self.size[0]
        top = self._foot - self._leading
        place = pygame.Rect(left, top, right - left, self.size[1] - top)
        place.clamp_ip(self.surface.get_rect())
        place = place.clip(self.surface.get_rect())
        self.surface.set_clip(place)
        self.surface.fill(self.look.theme.ground)
        strip = self._strips.get(self._lines.count - 1)
        if strip is not None:
            strip.set_alpha(None)
            self.surface.blit(strip, (0, top))
        self._draw_foot(desk, now)
        self.surface.set_clip(None)
        return place

    def _draw_foot(self, desk: Desk, now: float) -> None:
        caret, colour = self._caret(desk, now)
        pygame.draw.rect(self.surface, colour, caret, border_radius=min(caret.width // 2, 4))
        notice = self._notice(desk)
        if notice:
            size = min(round(self._em * 0.72), self.look.label * 2)
            said = fitting(notice, size, self.size[0] - 2 * self._margin, self.look.face)
            drawn = self.look.say(said, size, self.look.theme.ink)
            middle = (self._foot + self.size[1]) // 2
            self.surface.blit(drawn, drawn.get_rect(midleft=(self._margin, middle)))
            return
        newest = self._typed
        self._might = [m for m in self._might if m.since == newest or now - m.since < 4 * LINGER]
        for might in self._might:
            age = 0.0 if might.since == newest else now - might.since
            shade = round(12 * exp(-age / LINGER)) / 12
            if shade > 0:
                colour = blend(might.colour, self.look.theme.ground, shade)
                self.surface.blit(word(might.text, might.size, colour, might.cut), might.place)

    def _hang(self, page: Page, desk: Desk, now: float) -> None:
        """Hang what might have been under the newest character."""
        view = desk.link.view
        self._typed = now
        cells = self._lines.lines[-1].cells
        heard = [slug for slug in view.distributions if slug in view.styles]
        if not cells or not page.text or not heard:
            return
        left = view.joint.copy()
        left[: ord("!")] = 0.0  # white space has no shape to hang there
        left[ord(page.text[-1]) % left.size] = 0.0
        x = self._margin + cells[-1][1] * self._advance
        y = self._foot
        self._might = [might for might in self._might if might.under != x]
        for code in np.argsort(-left)[:HANGING].tolist():
            chance = float(left[code])
            if chance < LEAST:
                return
            size = round(self._em * min(0.86, 0.42 + 0.62 * chance**0.5))
            if y + size > self.size[1]:
                return
            slug = max(heard, key=lambda s: self._wish(desk, s, code))
            middle = x + (self._advance - font(size).size("m")[0]) // 2
            strength = 0.35 + 0.65 * min(1.0, 2.0 * chance)
            colour = blend(self._colour(desk, slug), self.look.theme.ground, strength)
            cut = self.look.cuts.of(slug)
            self._might.append(Might(x, (middle, y), chr(code), size, colour, cut, now))
            y += round(size * 1.02)

    @staticmethod
    def _wish(desk: Desk, slug: str, code: int) -> float:
        view = desk.link.view
        return view.weights.get(slug, 0.0) * float(view.distributions[slug][code])

    def _notice(self, desk: Desk) -> str:
        view, words = desk.link.view, self.look.words
        if not desk.link.alive or (view.status is None and not view.page.text):
            return words.waiting
        if view.hello is not None and view.hello.hold:
            return words.held
        # By the hands here: the engine's own word for it comes a moment later.
        if desk.slugs and not any(desk.mixer.weights().values()):
            return words.silence
        return ""

"""The joint distribution under the page: every character in its place, the likeliest standing out.

It tells what may come next, before it comes.
"""

from collections.abc import Iterable

import numpy as np
import pygame

from appliance.stage.desk import Desk
from appliance.stage.expectation import Expectation
from appliance.stage.histogram import BARS, GLIDE, Histogram, bars, code, tall
from appliance.stage.letters import STRONG, fitting, font, sign, width
from appliance.stage.panels.panel import Panel

TORN = 0.6  # seconds, time constant of the sentence
FIRST = 60.0  # seconds that pass for the first picture, so that it stands at once
LEAST = 0.01  # of a character's probability, to be named above its bar
MOST = 12  # characters that are named
KEYS = 0.78  # of the labels' size, the characters along the foot


class JointPanel(Panel):
    """Bars over the page's ground, the characters below them like the keys of an instrument."""

    def lay(self) -> None:
        """Find the bars' places, and draw the characters below them."""
        look, theme = self.look, self.look.theme
        margin = look.gap // 2 + look.pad
        self._head = round(look.label * 1.45)
        keys = round(look.label * KEYS)
        foot = font(keys).get_height()
        wide, height = self.size
        place = pygame.Rect(
            margin, self._head, wide - 2 * margin, max(8, height - self._head - foot)
        )
        self._bars = Histogram(place, theme.ink, theme.ground)
        self._keys: list[tuple[pygame.Surface, pygame.Rect]] = []
        size = min(keys, int(place.width / BARS / 0.56))
        for bar in range(1, BARS):
            drawn = sign(code(bar), size, theme.faint)
            at = drawn.get_rect(midtop=(self._bars.middle(bar), place.bottom + 1))
            self._keys.append((drawn, at))
        self._expected = Expectation()
        self._values = np.zeros(BARS)
        self._bits = 0.0
        self._at: float | None = None  # when the bars last moved
        self.named: dict[int, pygame.Rect] = {}  # characters, and where their names stand

    def draw(self, desk: Desk, now: float) -> Iterable[pygame.Rect]:
        """Let the bars glide, and draw what has moved."""
        self._expected.follow(desk.link.view)
        passed = FIRST if self._at is None else max(0.0, now - self._at)
        self._at = now
        self._values += (bars(self._expected.values) - self._values) * (
            1.0 - np.exp(-passed / GLIDE)
        )
        self._bits += (self._expected.bits - self._bits) * (1.0 - np.exp(-passed / TORN))
        if self.differs("ground", True):
            self.surface.fill(self.look.theme.ground)
            self.surface.blits(self._keys)
            yield self.surface.get_rect()
        letters = round(2.0**self._bits)  # as many equal ones would be as undecided
        high = np.rint(tall(self._values) * self._bars.place.height)
        if self.differs("bars", (letters, high.tobytes())):
            yield self._draw_bars(letters)

    def _draw_bars(self, letters: int) -> pygame.Rect:
        place, theme = self._bars.place, self.look.theme
        # Names stand above their bars, so all of it is drawn.
        band = pygame.Rect(0, 0, self.size[0], place.bottom + 1)
        self.surface.fill(theme.ground, band)
        self._bars.forget()
        size = min(round(self.look.label * 1.35), place.height // 2)
        scale = (place.height - size) / place.height
        said = self._draw_sentence(letters)
        self._bars.draw(self.surface, self._values * scale**2)
        pygame.draw.line(
            self.surface, theme.line, place.bottomleft, (place.right - 1, place.bottom)
        )
        self._draw_names(size, scale, min(MOST, max(1, letters)), said)
        return band

    def _draw_sentence(self, letters: int) -> list[pygame.Rect]:
        """Say how much is open, and of what piece; return the places."""
        look, theme, words = self.look, self.look.theme, self.look.words
        torn = words.sure if letters <= 1 else words.torn.replace("{n}", str(letters))
        torn = torn if self._expected.values.any() else ""  # nobody has begun
        place, left = self._bars.place, self._bars.place.x
        middle = self._head // 2
        room = place.width - width(words.together, look.label, look.face) - look.pad
        if width(torn, look.label, look.face) <= room:
            said = look.say(words.together, look.label, theme.ink)
            self.surface.blit(said, said.get_rect(midleft=(left, middle)))
            left = said.get_rect(x=left).right + look.pad
        # Where there is no room for both, what changes is said alone.
        torn = fitting(torn, look.label, place.right - left, look.face)
        said = look.say(torn, look.label, theme.faint)
        at = self.surface.blit(said, said.get_rect(midleft=(left, middle)))
        places = [pygame.Rect(place.x, 0, at.right - place.x, self._head)]
        size = round(0.82 * look.label)
        # By the longest sentence, lest the title comes and goes.
        most = width(words.torn, look.label, look.face) + 2 * look.label
        if words.title and width(words.title, size, look.face) <= place.right - left - most:
            said = look.say(words.title, size, theme.faint)
            places.append(self.surface.blit(said, said.get_rect(midright=(place.right, middle))))
        return places

    def _draw_names(self, size: int, scale: float, count: int, said: list[pygame.Rect]) -> None:
        """Name so many of the likeliest characters, each clear of the others and of what is said.

        One that has no room above its bar stands above its neighbour's name.
        """
        place = self._bars.place
        self.named = {}
        tops = tall(self._values) * scale * place.height
        for bar in np.argsort(-self._values)[:count].tolist():
            if self._values[bar] < LEAST:
                return
            drawn = sign(code(bar), size, self.look.theme.ink, STRONG)
            shape = drawn.get_bounding_rect()
            at = pygame.Rect(0, 0, shape.width + 2, shape.height + 3)
            at.midbottom = (self._bars.middle(bar), place.bottom - round(float(tops[bar])) - 1)
            taken = list(self.named.values())
            while (hit := at.collidelist(taken)) >= 0:
                at.bottom = taken[hit].top
            if at.top < 0 or at.collidelist(said) >= 0:
                continue
            self.surface.blit(drawn, (at.x + 1, at.y + 1), shape)
            self.named[code(bar)] = at

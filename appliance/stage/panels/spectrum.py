"""What one style expects: its bars over a slider, and its likeliest character."""

from collections.abc import Iterable

import numpy as np
import pygame
from numpy.typing import NDArray

from appliance.stage.histogram import Floats, Histogram
from appliance.stage.letters import STRONG, sign
from appliance.stage.theme import Colour, Theme, blend


class Spectrum:
    """Bars of a style, in its colour; a broken line while it is silent."""

    def __init__(
        self, place: pygame.Rect, letter: pygame.Rect, colour: Colour, theme: Theme
    ) -> None:
        """Stand in a place, which may be flat, with the likeliest character in another."""
        self._letter, self._colour, self._theme = letter, colour, theme
        self._bars = Histogram(place, colour, theme.blue)
        self._before: tuple[bool, int] | None = None

    @property
    def drawn(self) -> bool:
        """Whether there is a picture of it."""
        return self._before is not None

    def forget(self) -> None:
        """Take it that nothing of it is drawn."""
        self._before = None
        self._bars.forget()

    def draw(
        self, surface: pygame.Surface, values: Floats, heard: NDArray[np.float32] | None
    ) -> Iterable[pygame.Rect]:
        """Draw what is different from before; return the places."""
        place = self._bars.place
        if place.height and self._bars.draw(surface, values):
            yield place
        peak = -1 if heard is None else int(heard.argmax())
        now = (heard is not None, peak)
        if now == self._before:
            return
        if place.height and (self._before is None or self._before[0] != now[0]):
            self._draw_line(surface, awake=now[0])
            yield pygame.Rect(place.x, place.bottom, place.width, 1)
        if heard is not None or (self._before is not None and self._before[0]):
            surface.fill(self._theme.blue, self._letter)
        if heard is not None:
            drawn = sign(peak, self._letter.height * 4 // 5, self._colour, STRONG)
            surface.blit(drawn, drawn.get_rect(midright=self._letter.midright))
        self._before = now
        yield self._letter

    def _draw_line(self, surface: pygame.Surface, *, awake: bool) -> None:
        place, blue = self._bars.place, self._theme.blue
        pygame.draw.line(surface, blue, place.bottomleft, (place.right - 1, place.bottom))
        if awake:
            tone = blend(self._colour, blue, 0.6)
            pygame.draw.line(surface, tone, place.bottomleft, (place.right - 1, place.bottom))
            return
        for x in range(place.left, place.right, 8):  # a broken line: there is nobody
            pygame.draw.line(surface, self._theme.line, (x, place.bottom), (x + 2, place.bottom))

"""The picture while the piece cannot play: a ring of dots that breathes, and one sentence.

All of it drifts, so that nothing burns in, and so slowly that nobody's eye is caught.
"""

import colorsys
import contextlib
import logging
import math
from typing import Self

import pygame

from appliance.settings import Renderer
from appliance.stage.displays import Display, Eyes
from appliance.stage.letters import PLAIN, Cut, folded, font, lacking, word
from appliance.stage.screen import Screen
from appliance.stage.theme import THEMES, Colour, blend, rgb

DOTS = 24
TURN = 600.0  # seconds in which the ring turns once
BREATH = 12.0  # seconds
FAINTEST = 0.65  # of the light, to which it goes out and from which it returns
DRIFT = (420.0, 660.0)  # seconds in which all of it goes across and back, down and back
ROOM = 0.08  # of the screen, how far it drifts from the middle
RING, FOOT = 0.34, 0.60  # of the height, where the ring's middle and the sentence's top stand
WIDEST, HIGHEST = 0.7, 0.28  # of the screen, the sentence
NIGHT = THEMES["night"]

log = logging.getLogger("appliance.stage")


def breath(now: float, phase: float = 0.0) -> float:
    """Return how bright something is, from FAINTEST to 1; `phase` is a part of a breath."""
    wave = 0.5 - 0.5 * math.cos(2.0 * math.pi * (now / BREATH + phase))
    return FAINTEST + (1.0 - FAINTEST) * wave


def drift(now: float, size: tuple[int, int]) -> tuple[int, int]:
    """Return how far all of it stands from the middle, pixels."""
    across, down = (
        round(ROOM * length * math.sin(2.0 * math.pi * now / period))
        for length, period in zip(size, DRIFT, strict=True)
    )
    return across, down


def dots(now: float, radius: float) -> list[tuple[float, float, Colour]]:
    """Return each dot's place from the middle of the ring, and its colour."""
    found = []
    for number in range(DOTS):
        part = number / DOTS
        angle = 2.0 * math.pi * (part + now / TURN)
        red, green, blue = colorsys.hls_to_rgb(part, 0.6, 0.5)
        hue = rgb(f"#{round(255 * red):02x}{round(255 * green):02x}{round(255 * blue):02x}")
        colour = blend(hue, NIGHT.ground, breath(now, 3.0 * part))
        found.append((radius * math.cos(angle), radius * math.sin(angle), colour))
    return found


def set_lines(sentence: str, size: tuple[int, int], cut: Cut = PLAIN) -> tuple[int, list[str]]:
    """Return the largest height of letters at which a sentence fits, in pixels, and its lines."""
    width, height = round(WIDEST * size[0]), HIGHEST * size[1]
    for letters in range(min(size) // 16, 7, -1):
        most = int(height // font(letters, cut).get_linesize())
        lines = folded(sentence, letters, width, cut, max(1, most))
        if " ".join(lines) == sentence.strip():
            return letters, lines
    return 8, folded(sentence, 8, width, cut)


class Calm:
    """The picture on a surface of one size."""

    def __init__(self, sentence: str, size: tuple[int, int], cut: Cut = PLAIN) -> None:
        """Set the sentence in a cut of the typeface, or in a face of the site's own."""
        self._size = size
        letters, lines = set_lines(sentence, size, cut)
        self._lines = [word(line, letters, NIGHT.ink, cut).copy() for line in lines]
        self._leading = font(letters, cut).get_linesize()

    def draw(self, surface: pygame.Surface, now: float) -> None:
        """Draw the ring above and the sentence below the middle."""
        width, height = self._size
        across, down = drift(now, self._size)
        middle, radius = width // 2 + across, min(self._size) * 0.17
        surface.fill(NIGHT.ground)
        ring = RING * height + down
        for x, y, colour in dots(now, radius):
            pygame.draw.circle(surface, colour, (middle + x, ring + y), max(2.0, radius / 14))
        top = round(FOOT * height) + down
        for number, line in enumerate(self._lines):
            line.set_alpha(round(255 * breath(now)))
            surface.blit(line, (middle - line.get_width() // 2, top + number * self._leading))


class CalmScreens:
    """The picture on every screen that is there; a context manager that closes them."""

    def __init__(
        self, sentence: str, face: str, renderer: Renderer = "auto", eyes: Eyes | None = None
    ) -> None:
        """Show a sentence; `face` is a font file for it, or empty."""
        self._sentence, self._renderer = sentence, renderer
        self._eyes = eyes or Eyes()
        self._displays: tuple[Display, ...] = ()
        self._screens: dict[Display, tuple[Screen, Calm]] = {}
        self._refused: set[str] = set()  # faults that were named
        self._cut = self._usable(face)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._shut()
        pygame.display.quit()

    def look(self) -> None:
        """Take up screens that have come, and leave those that have gone."""
        if self._eyes.replugged():
            self._shut()
            self._displays = ()
            pygame.display.quit()
        displays = self._eyes.look()
        if displays != self._displays:
            self._shut()
            self._displays = displays
        for display in displays:
            if display in self._screens:
                continue
            try:
                screen = Screen(display, None, self._renderer)
                pygame.mouse.set_visible(False)
            except RuntimeError as error:  # the renderer has one beside pygame.error
                self._name(f"{display.name or 'a screen'} takes no picture ({error})")
                continue
            calm = Calm(self._sentence, screen.surface.get_size(), self._cut)
            self._screens[display] = screen, calm

    def show(self, now: float) -> bool:
        """Show one frame; tell whether any screen took it."""
        for display, (screen, calm) in list(self._screens.items()):
            try:
                calm.draw(screen.surface, now)
                screen.show([screen.surface.get_rect()])
            except RuntimeError as error:
                self._name(f"{display.name or 'a screen'} lost the picture ({error})")
                self._screens.pop(display)[0].close()
        return bool(self._screens)

    def closed(self) -> bool:
        """Take the events; tell whether somebody at a desk has closed a window."""
        if not pygame.display.get_init():
            return False
        return any(e.type in (pygame.QUIT, pygame.WINDOWCLOSE) for e in pygame.event.get())

    def _shut(self) -> None:
        for screen, _ in self._screens.values():
            with contextlib.suppress(RuntimeError):
                screen.close()
        self._screens.clear()

    def _usable(self, face: str) -> Cut:
        pygame.font.init()
        if not face:
            return PLAIN
        try:
            lacks = lacking(self._sentence, face)  # what is no font at all opens, and draws nothing
        except (OSError, pygame.error) as error:
            self._name(f"stage.face {face} cannot be used ({error})")
            return PLAIN
        if lacks:
            self._name(f"stage.face {face} has no shape for {lacks}")
        return face

    def _name(self, fault: str) -> None:
        if fault not in self._refused:
            self._refused.add(fault)
            log.error("%s", fault)

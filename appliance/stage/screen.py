"""A window that is drawn into, and how what was drawn comes to the screen.

Where there is a desktop, its window's own memory is drawn into. On a bare display the picture is
kept by the graphics processor, in tiles, and only those tiles are sent in which something changed:
sending two million pixels a frame is what a small computer has no time for.
"""

import contextlib
import logging
from collections.abc import Iterable
from typing import Protocol, Self

import pygame
from pygame._sdl2.video import Renderer as Render
from pygame._sdl2.video import Texture

from appliance.settings import Renderer
from appliance.stage.displays import UNSEEN, Display

TITLE = "static-unsigned-love"
WITH_RENDERER = ("kmsdrm", "wayland")  # drivers behind which there is a graphics processor
WAYLAND = "wayland"
ES2 = {  # what SDL's renderer opengles2 asks of a window
    pygame.GL_CONTEXT_PROFILE_MASK: pygame.GL_CONTEXT_PROFILE_ES,
    pygame.GL_CONTEXT_MAJOR_VERSION: 2,
    pygame.GL_CONTEXT_MINOR_VERSION: 0,
}
TILE = (256, 96)  # pixels: a line of text touches few of them

log = logging.getLogger("appliance.stage")


class Way(Protocol):
    """How a picture comes to a window."""

    surface: pygame.Surface

    def dim(self, share: float) -> None:
        """Show a share of the light of what is drawn; all of it must be shown anew."""

    def show(self, places: list[pygame.Rect]) -> None:
        """Show what was drawn at some places."""

    def resize(self) -> None:
        """Take up the window's new size."""


class Plain:
    """The window's own memory; where it is dimmed, a picture of its own beside that."""

    def __init__(self, window: pygame.Window) -> None:
        self._window, self._share = window, 1.0
        self.resize()

    def dim(self, share: float) -> None:
        """Show a share of the light."""
        self._share = share
        self.resize()

    def resize(self) -> None:
        """Take up the window's new size."""
        self._memory = self._window.get_surface()
        self.surface = self._memory if self._share >= 1.0 else self._memory.copy()

    def show(self, places: list[pygame.Rect]) -> None:
        """Show the window; pygame shows all of one or none."""
        if self.surface is not self._memory:
            light = (round(255 * self._share),) * 3
            for place in places:
                self._memory.blit(self.surface, place, place)
                self._memory.fill(light, place, pygame.BLEND_MULT)
        self._window.flip()


class Tiled:
    """Textures side by side, kept where the screen is drawn from.

    One large texture would do, but pygame-ce 2.5.8 sends every part of one to its upper left.
    """

    def __init__(self, window: pygame.Window, *, accelerated: bool = True) -> None:
        """Begin with nothing shown; RuntimeError where there is no such renderer."""
        self._window = window
        self.renderer = Render(window, accelerated=int(accelerated), vsync=accelerated)
        self._share = 1.0
        self.resize()

    def dim(self, share: float) -> None:
        """Show a share of the light: the renderer multiplies every tile by it."""
        self._share = share
        for _, texture in self._tiles:
            texture.color = self._light()

    def _light(self) -> pygame.Color:
        part = round(255 * self._share)
        return pygame.Color(part, part, part)

    def resize(self) -> None:
        """Take up the window's new size."""
        self.surface = pygame.Surface(self._window.size, 0, 32)
        self._tiles: list[tuple[pygame.Rect, Texture]] = []
        bounds = self.surface.get_rect()
        for y in range(0, bounds.height, TILE[1]):
            for x in range(0, bounds.width, TILE[0]):
                place = pygame.Rect((x, y), TILE).clip(bounds)
                texture = Texture(self.renderer, place.size, depth=32, streaming=True)
                texture.color = self._light()
                self._tiles.append((place, texture))

    def show(self, places: list[pygame.Rect]) -> None:
        """Send the tiles that were drawn into, and show all of them."""
        for tile, texture in self._tiles:
            if tile.collidelist(places) >= 0:
                texture.update(self.surface.subsurface(tile))
            texture.draw(None, tile)
        self.renderer.present()


class Screen:
    """A window on a display; a context manager that closes it."""

    def __init__(
        self, display: Display, size: tuple[int, int] | None, renderer: Renderer = "auto"
    ) -> None:
        """Fill the display, or open a window of a size; raises pygame.error if it cannot."""
        self.display = display
        self._fills, self._renderer = size is None, renderer
        if pygame.display.get_driver().lower() == WAYLAND and renderer == "software":
            # A window without a renderer fills whichever of two screens it likes there.
            self._renderer = "auto"
        self.window = self._open(size)
        try:
            self._way = self._choose()
        except RuntimeError as error:  # pygame.error is one; the renderer has one of its own
            log.warning("no hardware renderer (%s): the picture is drawn by software", error)
            self.window.destroy()  # a window that had a renderer has no memory of its own
            self.window = self._open(size)
            self._way = Plain(self.window)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the window."""
        self.window.destroy()

    @property
    def surface(self) -> pygame.Surface:
        """What is drawn into."""
        return self._way.surface

    def show(self, places: Iterable[pygame.Rect]) -> None:
        """Bring what was drawn at these places to the screen."""
        bounds = self.surface.get_rect()
        shown = [clipped for place in places if (clipped := place.clip(bounds)).size != (0, 0)]
        if shown:
            self._way.show(shown)

    def dim(self, share: float) -> None:
        """Show a share of the light of what is drawn; all of it must be drawn anew."""
        self._way.dim(share)

    def resize(self) -> None:
        """Take up the window's new size."""
        self._way.resize()

    def toggle(self) -> None:
        """Fill the display, or leave that."""
        self._fills = not self._fills
        if self._fills:
            self.window.set_fullscreen(desktop=True)
        else:
            self.window.set_windowed()

    @property
    def fills(self) -> bool:
        """Whether the picture fills its display."""
        return self._fills

    def _open(self, size: tuple[int, int] | None) -> pygame.Window:
        x, y, width, height = self.display.place
        seen = pygame.display.get_driver() not in UNSEEN
        if size is not None:
            return pygame.Window(TITLE, size, resizable=True)
        if pygame.display.get_driver().lower() == WAYLAND:
            # As the renderer wants it. Else SDL makes the window anew for it, and forgets on the
            # way that it was to fill a screen, and which.
            for attribute, value in ES2.items():
                pygame.display.gl_set_attribute(attribute, value)
            with contextlib.suppress(pygame.error):
                return pygame.Window(
                    TITLE, (width, height), (x, y), fullscreen_desktop=True, opengl=True
                )
        return pygame.Window(TITLE, (width, height), (x, y), fullscreen_desktop=seen)

    def _choose(self) -> Way:
        driver = pygame.display.get_driver().lower()
        if self._renderer == "hardware" or (self._renderer == "auto" and driver in WITH_RENDERER):
            return Tiled(self.window)
        return Plain(self.window)

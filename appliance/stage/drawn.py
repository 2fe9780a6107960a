"""What is drawn once and shown often: kept while it is in use, within a bound of bytes.

A bound by number would not hold: a title on a wall takes a thousand times what a letter takes.
"""

from collections.abc import Callable, Hashable
from typing import ParamSpec

import pygame

P = ParamSpec("P")


class Drawn:
    """Surfaces by what they show; what was not asked for the longest goes first."""

    def __init__(self, most_bytes: int) -> None:
        self.most_bytes, self.bytes = most_bytes, 0
        self._kept: dict[Hashable, pygame.Surface] = {}  # the newest last

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, what: Hashable) -> pygame.Surface | None:
        """Return a surface that is kept, which is in use thereby."""
        surface = self._kept.pop(what, None)
        if surface is not None:
            self._kept[what] = surface
        return surface

    def keep(self, what: Hashable, surface: pygame.Surface) -> None:
        """Keep a surface that is not kept yet, and let others go for it."""
        self._kept[what] = surface
        self.bytes += size_of(surface)
        while self.bytes > self.most_bytes:
            oldest = next(iter(self._kept))
            self.bytes -= size_of(self._kept.pop(oldest))


def drawn_once(
    most_bytes: int,
) -> Callable[[Callable[P, pygame.Surface]], Callable[P, pygame.Surface]]:
    """Keep what a function draws for the same arguments, in so many bytes at most."""

    def once(draw: Callable[P, pygame.Surface]) -> Callable[P, pygame.Surface]:
        kept = Drawn(most_bytes)

        def again(*args: P.args, **kwargs: P.kwargs) -> pygame.Surface:
            what = (args, *kwargs.items())
            surface = kept.get(what)
            if surface is None:
                surface = draw(*args, **kwargs)
                kept.keep(what, surface)
            return surface

        again.__doc__ = draw.__doc__
        return again

    return once


def size_of(surface: pygame.Surface) -> int:
    """Return the bytes of a surface's pixels."""
    return surface.get_pitch() * surface.get_height()

"""How the stage looks: colours, the typeface, and glyphs that are drawn once."""

from functools import lru_cache
from importlib.resources import files
from pathlib import Path

import pygame

Colour = tuple[int, int, int]

GROUND: Colour = (11, 12, 16)
PAPER: Colour = (17, 18, 23)
INK: Colour = (236, 233, 226)
FAINT: Colour = (120, 122, 132)
LINE: Colour = (44, 47, 58)
BLUE: Colour = (22, 34, 62)  # the sliders' ground, as in the original
PINK: Colour = (62, 24, 46)  # the circle's
PUCK: Colour = (255, 255, 255)


def rgb(colour: str) -> Colour:
    """Return the three parts of a "#rrggbb"."""
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return red, green, blue


def blend(colour: Colour, ground: Colour, share: float) -> Colour:
    """Return `share` of a colour over a ground."""
    red, green, blue = (
        round(c * share + g * (1.0 - share)) for c, g in zip(colour, ground, strict=True)
    )
    return red, green, blue


def typeface(bold: bool = False) -> Path:
    """Return the file of the monospaced face, which is a dependency: IBM Plex Mono, OFL 1.1."""
    weight = "SemiBold" if bold else "Regular"
    return Path(str(files("fontpkg_ibm_plex_mono") / "files" / f"IBMPlexMono-{weight}.ttf"))


@lru_cache(maxsize=64)
def font(size: int, bold: bool = False) -> pygame.font.Font:
    """Return the typeface at a height in pixels."""
    return pygame.font.Font(typeface(bold), max(6, size))


@lru_cache(maxsize=8_192)
def word(text: str, size: int, colour: Colour, bold: bool = False) -> pygame.Surface:
    """Return a drawn word; the same word is drawn once."""
    return font(size, bold).render(text, True, colour)


def fitting(text: str, size: int, width: int, bold: bool = False) -> str:
    """Return the text, shortened by an ellipsis if it is wider than `width` pixels."""
    if font(size, bold).size(text)[0] <= width:
        return text
    while text and font(size, bold).size(text + "…")[0] > width:
        text = text[:-1]
    return text.rstrip() + "…"

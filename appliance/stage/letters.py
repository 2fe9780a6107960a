"""The typeface, and words that are drawn once.

IBM Plex Mono (OFL 1.1), which is a dependency. A style writes in one of its cuts, so that a
hand-over shows in the shape of the letters too, and not in their colour alone.
"""

from functools import lru_cache
from importlib.resources import files
from pathlib import Path

import pygame

from appliance.stage.drawn import drawn_once
from appliance.stage.theme import Colour

Cut = str  # a cut of the typeface, as its files name it
PLAIN, STRONG = "Regular", "SemiBold"
CUTS: tuple[Cut, ...] = ("Regular", "Italic", "SemiBold", "LightItalic", "Light", "SemiBoldItalic")
WIDE = 0.6  # of the size, each character's advance
SHRUNK = 0.74  # of the size, the least that a label is made smaller to fit
ABSENT = "\uffff"  # which no face draws
SPACE = 32  # it and what is before it have no shape, and are shown by signs


def typeface(cut: Cut = PLAIN) -> Path:
    """Return the file of a cut of the monospaced face."""
    return Path(str(files("fontpkg_ibm_plex_mono") / "files" / f"IBMPlexMono-{cut}.ttf"))


@lru_cache(maxsize=128)
def font(size: int, cut: Cut = PLAIN) -> pygame.font.Font:
    """Return a cut at a height in pixels; a cut that is a path is a face of the site's own."""
    path = cut if "/" in cut else typeface(cut)
    return pygame.font.Font(path, max(6, size))


@drawn_once(4 << 20)
def word(text: str, size: int, colour: Colour, cut: Cut = PLAIN) -> pygame.Surface:
    """Return a drawn word; the same word is drawn once."""
    return font(size, cut).render(text, True, colour)


@lru_cache(maxsize=4_096)
def width(text: str, size: int, cut: Cut = PLAIN) -> int:
    """Return how wide a word is, in pixels."""
    return font(size, cut).size(text)[0]


@lru_cache(maxsize=1_024)
def fitting(text: str, size: int, room: int, cut: Cut = PLAIN) -> str:
    """Return the text, shortened by an ellipsis if it is wider than `room` pixels."""
    if width(text, size, cut) <= room:
        return text
    while text and width(text + "…", size, cut) > room:
        text = text[:-1]
    return text.rstrip() + "…"


@lru_cache(maxsize=1_024)
def named(title: str, size: int, room: int, cut: Cut = PLAIN) -> str:
    """Return a title, with initials for all but its last word if it is wider than `room` pixels.

    A small word, as that in Leonardo da Vinci, stays; what is still too wide is shortened.
    """
    *first, last = title.split(" ")
    initials = [f"{part[0]}." if part[:1].isupper() else part for part in first]
    short = " ".join([*initials, last])
    return title if width(title, size, cut) <= room else fitting(short, size, room, cut)


@lru_cache(maxsize=1_024)
def shrunk(text: str, size: int, room: int, cut: Cut = PLAIN) -> int:
    """Return the size, or one down to SHRUNK of it at which the text fits in `room` pixels."""
    for tried in range(size, round(size * SHRUNK), -1):
        if width(text, tried, cut) <= room:
            return tried
    return max(6, round(size * SHRUNK))


def folded(text: str, size: int, room: int, cut: Cut = PLAIN, lines: int = 2) -> list[str]:
    """Return a title in as many lines as it needs; what is too wide or too much is shortened."""
    found = [""]
    for part in text.split(" "):
        longer = f"{found[-1]} {part}".lstrip()
        if not found[-1] or width(longer, size, cut) <= room:
            found[-1] = longer
        else:
            found.append(part)
    if len(found) > lines:
        found[lines - 1 :] = [" ".join(found[lines - 1 :])]
    return [fitting(line, size, room, cut) for line in found]


def lacking(text: str, cut: Cut = PLAIN) -> str:
    """Return the characters of a text that a face has no shape for."""
    face = font(32, cut)
    box = pygame.image.tobytes(face.render(ABSENT, True, (0, 0, 0)), "RGBA")
    return "".join(
        c
        for c in dict.fromkeys(text)
        if not c.isspace() and pygame.image.tobytes(face.render(c, True, (0, 0, 0)), "RGBA") == box
    )


@drawn_once(1 << 20)
def sign(code: int, size: int, colour: Colour, cut: Cut = PLAIN) -> pygame.Surface:
    """Return how a character is shown by itself: its shape, or a drawn sign where it has none."""
    if SPACE < code < 127:
        return word(chr(code), size, colour, cut)
    surface = pygame.Surface(font(size).size("m"), pygame.SRCALPHA)
    wide, high = surface.get_size()
    foot, thick = round(high * 0.72), max(1, size // 14)
    left, right = round(wide * 0.12), round(wide * 0.88)
    barb = max(2, round(wide * 0.22))
    match code:
        case 32:  # an open box
            up = foot - round(high * 0.12)
            corners = [(left, up), (left, foot), (right, foot), (right, up)]
            pygame.draw.lines(surface, colour, False, corners, thick)
        case 10:  # an arrow down and to the left
            up, level = round(high * 0.38), foot - barb
            pygame.draw.lines(
                surface, colour, False, [(right, up), (right, level), (left, level)], thick
            )
            _barbs(surface, colour, (left, level), barb, thick)
        case 9:  # an arrow against a bar
            level = round(high * 0.55)
            pygame.draw.line(surface, colour, (left, level), (right, level), thick)
            pygame.draw.line(surface, colour, (right, level - barb), (right, level + barb), thick)
            _barbs(surface, colour, (right - thick, level), -barb, thick)
        case _:
            return word("?", size, colour, cut)
    return surface


def _barbs(
    surface: pygame.Surface, colour: Colour, tip: tuple[int, int], barb: int, thick: int
) -> None:
    for side in (-1, 1):
        end = (tip[0] + barb, tip[1] + side * abs(barb))
        pygame.draw.line(surface, colour, tip, end, thick)

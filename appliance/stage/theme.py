"""The stage's colours: themes, and colours that can be read on any of their grounds.

Contrast is that of WCAG 2.2, from 1 to 21: https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio
"""

from dataclasses import dataclass
from functools import lru_cache

from appliance.settings import ThemeName

Colour = tuple[int, int, int]
WHITE: Colour = (255, 255, 255)
BLACK: Colour = (0, 0, 0)
STEPS = 64  # in which a colour is made lighter or darker until it can be read


@dataclass(frozen=True, slots=True)
class Theme:
    """Grounds, inks, and the contrast that they keep.

    `near` is the least contrast of what is read from where one plays, `far` of what is read from
    across the room.
    """

    ground: Colour  # of the page
    card: Colour  # of the styles
    blue: Colour  # of the sliders, as in the original
    pink: Colour  # of the circle
    ink: Colour
    faint: Colour  # what is asleep or off
    line: Colour  # what is only a trace
    rim: Colour  # around the white puck
    near: float = 4.5
    far: float = 7.0


# Blue, pink and the cards between them are of one lightness and one strength each, so that they
# are seen as one instrument; only their hue tells them apart.
THEMES: dict[ThemeName, Theme] = {
    "night": Theme(
        ground=(8, 7, 14), card=(35, 29, 51), blue=(15, 38, 96), pink=(80, 15, 64),
        ink=(242, 239, 232), faint=(178, 177, 190), line=(84, 82, 102), rim=(255, 255, 255),
    ),
    "paper": Theme(
        ground=(250, 247, 240), card=(231, 227, 243), blue=(205, 222, 253), pink=(249, 210, 229),
        ink=(22, 20, 24), faint=(80, 77, 86), line=(176, 172, 184), rim=(22, 20, 24),
    ),
    "contrast": Theme(
        ground=(0, 0, 0), card=(14, 10, 26), blue=(0, 8, 58), pink=(46, 0, 30),
        ink=(255, 255, 255), faint=(205, 205, 210), line=(130, 130, 140), rim=(255, 255, 255),
        near=7.0, far=10.0,
    ),
}  # fmt: skip


@lru_cache(maxsize=256)
def rgb(colour: str) -> Colour:
    """Return the three parts of a "#rrggbb"."""
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return red, green, blue


@lru_cache(maxsize=2_048)
def blend(colour: Colour, ground: Colour, share: float) -> Colour:
    """Return `share` of a colour over a ground."""
    red, green, blue = (
        round(c * share + g * (1.0 - share)) for c, g in zip(colour, ground, strict=True)
    )
    return red, green, blue


def luminance(colour: Colour) -> float:
    """Return the relative luminance of an sRGB colour, 0 to 1."""
    red, green, blue = (
        c / 3294.6 if c <= 10 else ((c / 255.0 + 0.055) / 1.055) ** 2.4 for c in colour
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(a: Colour, b: Colour) -> float:
    """Return the contrast ratio of two colours, 1 to 21."""
    dark, light = sorted((luminance(a), luminance(b)))
    return (light + 0.05) / (dark + 0.05)


@lru_cache(maxsize=512)
def readable(colour: Colour, ground: Colour, ratio: float) -> Colour:
    """Return the colour itself, or the nearest to it towards white or black that can be read.

    The ratio is not reached only where neither white nor black reaches it.
    """
    end = WHITE if contrast(WHITE, ground) > contrast(BLACK, ground) else BLACK
    for step in range(STEPS):
        tried = blend(end, colour, step / STEPS)
        if contrast(tried, ground) >= ratio:
            return tried
    return end


@lru_cache(maxsize=64)
def least(ink: Colour, ground: Colour, kept: float) -> float:
    """Return the least share of an ink over a ground that has the contrast `kept`; at most 1."""
    for step in range(1, STEPS):
        if contrast(blend(ink, ground, step / STEPS), ground) >= kept:
            return step / STEPS
    return 1.0


@lru_cache(maxsize=16)
def dimmest(ground: Colour, lit: float, kept: float) -> float:
    """Return the least share over a ground at which what has contrast `lit` still has `kept`.

    On a dark ground that share is about the same for all colours; on a light one, a dark ink's.
    """
    ink = readable(ground, ground, lit)
    for step in range(STEPS, -1, -1):
        if contrast(blend(ink, ground, step / STEPS), ground) < kept:
            return min(1.0, (step + 1) / STEPS)
    return 0.0

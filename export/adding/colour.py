"""A colour for a new style: as far as can be from those that are taken.

Distances are taken in Oklab (Ottosson, 2020, https://bottosson.github.io/posts/oklab/), where equal
steps look about equally large. Arrays: N colours, three numbers each.
"""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

# Of the page cited above: linear sRGB to cone responses, and their cube roots to Oklab.
TO_CONES = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
TO_OKLAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)
LIGHTNESS = np.linspace(0.68, 0.90, 6)  # legible on a dark page, as the shipped styles are
CHROMA = np.linspace(0.05, 0.22, 6)
HUES = np.radians(np.arange(0, 360, 5))


def oklab(colours: Iterable[str]) -> Floats:
    """Return colours of the form #rrggbb in Oklab, (N, 3)."""
    srgb = np.array([[int(c[i : i + 2], 16) for i in (1, 3, 5)] for c in colours]) / 255.0
    linear = np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)
    found: Floats = np.cbrt(linear @ TO_CONES.T) @ TO_OKLAB.T
    return found


def _in_srgb(lab: Floats) -> Floats:
    """Return Oklab colours (N, 3) in sRGB, of which those outside of 0 to 1 cannot be shown."""
    cones = (lab @ np.linalg.inv(TO_OKLAB).T) ** 3
    linear = cones @ np.linalg.inv(TO_CONES).T
    positive = np.maximum(linear, 0.0)
    curved = np.where(
        positive <= 0.0031308, positive * 12.92, 1.055 * positive ** (1.0 / 2.4) - 0.055
    )
    found: Floats = np.where(linear < 0.0, linear, curved)
    return found


def free_colour(taken: Iterable[str]) -> str:
    """Return the colour, #rrggbb, whose nearest among those that are taken is farthest."""
    light, chroma, hue = np.meshgrid(LIGHTNESS, CHROMA, HUES, indexing="ij")
    lab = np.stack([light, chroma * np.cos(hue), chroma * np.sin(hue)], axis=-1).reshape(-1, 3)
    srgb = _in_srgb(lab)
    shown = ((srgb >= 0.0) & (srgb <= 1.0)).all(axis=1)
    lab, srgb = lab[shown], srgb[shown]
    others = oklab(taken) if (taken := list(taken)) else np.zeros((1, 3))
    nearest = np.linalg.norm(lab[:, None] - others[None], axis=2).min(axis=1)
    red, green, blue = np.rint(255.0 * srgb[nearest.argmax()]).astype(int)
    return f"#{red:02x}{green:02x}{blue:02x}"

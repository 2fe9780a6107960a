"""Text typed by the models themselves, many pages at once.

Every page begins with a line end, which each model reads from the zero state, and its first 80
characters are thrown away: no real text helps it to begin. From there on it is cut into pieces.

Shapes: S styles, R pages (rows of the batch), V = 128 characters.
"""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from appliance.engine.mixture import join
from appliance.engine.model import Model
from appliance.engine.sampling import draw, temper
from appliance.joint import Joint

BEGIN = ord("\n")
SETTLE = 80  # characters
PIECE = 400  # characters; what the classifier is asked about
Floats = NDArray[np.float64]


def type_pages(
    models: Sequence[Model],
    weights: Floats,
    *,
    characters: int,
    temperature: float,
    joint: Joint = Joint.LINEAR,
    seed: int = 0,
    progress: Callable[[int], None] = lambda _: None,
) -> list[str]:
    """Type R pages of `characters`, each with its mixture weights (R, S); a seed gives one text.

    `progress` is told of every character that all pages have typed.
    """
    rows = len(weights)
    random = np.random.default_rng(seed)
    mixtures, which = np.unique(weights, axis=0, return_inverse=True)
    members = [np.flatnonzero(which.reshape(-1) == m) for m in range(len(mixtures))]
    states = [model.zero(rows) for model in models]
    tokens = np.full((rows, 1), BEGIN, dtype=np.int64)
    typed = np.empty((rows, SETTLE + characters), dtype=np.uint8)
    distributions = np.empty((len(models), rows, 128))
    joined = np.empty((rows, 128))
    for at in range(SETTLE + characters):
        for s, model in enumerate(models):
            distributions[s], states[s] = model.read(tokens, states[s])
        for mixture, pages in zip(mixtures, members, strict=True):
            joined[pages] = join(joint, distributions[:, pages], mixture)
        drawn = draw(temper(joined, temperature), random.random(rows))
        typed[:, at] = drawn
        tokens = drawn[:, None].astype(np.int64)
        progress(1)
    return [bytes(row[SETTLE:]).decode("ascii") for row in typed]


def pieces(text: str, *, length: int = PIECE, most: int | None = None) -> list[str]:
    """Cut a text into pieces that do not overlap; at most `most`, evenly spread."""
    starts = range(0, len(text) - length + 1, length)
    if most is not None and len(starts) > most:
        starts_taken = [starts[i] for i in np.linspace(0, len(starts) - 1, most).astype(int)]
    else:
        starts_taken = list(starts)
    return [text[at : at + length] for at in starts_taken]

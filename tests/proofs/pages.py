"""Pages typed many at once by the appliance's own rules, with the guard or without it.

Shapes: R pages (rows of the batch), S styles, V = 128 characters. A page begins with a line that
every style reads from the zero state; only what follows it is typed.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from appliance.engine.guard import Guard
from appliance.engine.mixture import join
from appliance.engine.model import Model
from appliance.engine.sampling import Floats, draw, temper
from appliance.engine.typewriter import TAIL, what_is_drawn_from
from appliance.joint import Joint


@dataclass(frozen=True, slots=True)
class Pages:
    """What was typed, each page with the line that it begins with."""

    texts: tuple[str, ...]
    typed: int  # characters, without the lines
    kept_back: int  # draws that would have fallen on a character that the guard does not let follow


def type_pages(
    models: Sequence[Model],
    weights: Floats,
    lines: Sequence[str],
    *,
    characters: int,
    temperature: float,
    joint: Joint,
    guard: Guard | None,
    seed: int,
) -> Pages:
    """Type R pages, one for each line, with one mixture of weights (S,); a seed gives one text.

    What is drawn from is the typewriter's own, guard and temperature. Shorter lines are preceded by
    line ends, so that all can be read at once.
    """
    random = np.random.default_rng(seed)
    longest = 1 + max(map(len, lines))
    texts = [line.rjust(longest, "\n") for line in lines]
    tokens = np.array([list(text.encode("ascii")) for text in texts], dtype=np.int64)
    states = [model.zero(len(lines)) for model in models]
    kept_back = 0
    for _ in range(characters):
        expects = np.empty((len(models), len(lines), 128))
        for s, model in enumerate(models):
            expects[s], states[s] = model.read(tokens, states[s])
        joined = join(joint, expects, weights)
        u = random.random(len(lines))
        drawn = draw(temper(joined, temperature), u)
        if guard is not None:
            wished = drawn
            drawn_from = np.stack(
                [
                    what_is_drawn_from(p, t[-TAIL:], guard, temperature)
                    for p, t in zip(joined, texts, strict=True)
                ]
            )
            drawn = draw(drawn_from, u)
            refused = np.take_along_axis(drawn_from, wished[:, None], axis=1) == 0.0
            kept_back += int(refused.sum())
        texts = [text + chr(code) for text, code in zip(texts, drawn, strict=True)]
        tokens = drawn[:, None]
    return Pages(tuple(texts), characters * len(lines), kept_back)

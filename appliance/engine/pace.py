"""When the next character is due: a typist's rhythm, not a clock's."""

import math

import numpy as np

PAUSES = {" ": 1.15, "\n": 1.8, ".": 1.6, "!": 1.6, "?": 1.6, ",": 1.3, ";": 1.4, ":": 1.4}


def interval(pace: float, unevenness: float, before: str, random: np.random.Generator) -> float:
    """Return the seconds until the next character, after the one before.

    The mean rate is `pace` characters a second whatever the unevenness (0 to 1): the spread is
    log-normal, as measured key intervals are, and its mean is divided out. A pace of 0 is as fast
    as it can.
    """
    if pace <= 0.0:
        return 0.0
    if unevenness <= 0.0:
        return 1.0 / pace
    sigma = 0.5 * unevenness
    spread = math.exp(sigma * float(random.standard_normal()) - 0.5 * sigma * sigma)
    pause: float = PAUSES.get(before, 0.95) ** unevenness
    return spread * pause / pace

"""A mixture as a person writes it: `linux=0.5,love_songs=0.5`."""

import math
from collections.abc import Collection, Mapping

from appliance.settings import nearest


class MixError(ValueError):
    """A mixture that cannot be played; the message is one sentence."""


def parse_mix(text: str) -> dict[str, float]:
    """Read `style=weight,style=weight`; a style without a weight has weight 1."""
    mix: dict[str, float] = {}
    for part in filter(None, (piece.strip() for piece in text.split(","))):
        slug, equals, number = (word.strip() for word in part.partition("="))
        try:
            weight = float(number) if equals else 1.0
        except ValueError:
            raise MixError(f"the weight of {slug} is {number!r}, which is no number") from None
        if slug in mix:
            raise MixError(f"the style {slug} is named twice")
        mix[slug] = weight
    return mix


def check_mix(
    mix: Mapping[str, float],
    known: Collection[str],
    allowed: Collection[str],
    *,
    remedy: str = "name it in styles.allow",
) -> None:
    """Raise MixError, one sentence, if a mixture names unknown or shut styles or is silent."""
    for slug, weight in mix.items():
        if slug not in known:
            hint = nearest(slug, list(known)) or "; `appliance styles` lists them"
            raise MixError(f"there is no style {slug}{hint}")
        if not math.isfinite(weight):
            raise MixError(f"the weight of {slug} is {weight}, but it must be a finite number")
        if weight < 0:
            raise MixError(f"the weight of {slug} is {weight:g}, but it must not be negative")
        if weight > 0 and slug not in allowed:
            raise MixError(f"the style {slug} is not allowed by the settings: {remedy}")
    if not any(weight > 0 for weight in mix.values()):
        raise MixError("the mixture is silent: give at least one style a weight above 0")

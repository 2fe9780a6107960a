"""How a fader that has a position of its own takes a level that was moved elsewhere."""

from enum import StrEnum


class Takeover(StrEnum):
    """At once and over 0.3 s, or only when the fader passes where the level stands."""

    GLIDE = "glide"
    PICKUP = "pickup"

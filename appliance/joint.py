"""The two rules by which several distributions become one; known to every room."""

from enum import StrEnum


class Joint(StrEnum):
    """How the styles' distributions are joined."""

    LINEAR = "linear"
    LOG_LINEAR = "log-linear"

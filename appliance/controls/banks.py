"""A box has fewer faders than there are styles: banks of them, one at a time."""

from collections.abc import Sequence


def banks(styles: int, faders: int) -> int:
    """Return how many banks of faders it takes to reach all styles; at least one."""
    return max(1, -(-styles // max(1, faders)))


def playing(styles: Sequence[str], faders: int, bank: int) -> tuple[str | None, ...]:
    """Return the style that each fader plays in a bank; None for a fader beyond the last style."""
    first = (bank % banks(len(styles), faders)) * faders
    chosen = list(styles[first : first + faders])
    return tuple(chosen + [None] * (faders - len(chosen)))

"""A box has fewer faders than there are styles: banks of them, one at a time."""

from collections.abc import Collection, Mapping, Sequence


def arranged(titles: Mapping[str, str], *first: Sequence[str]) -> tuple[str, ...]:
    """Return styles in an order: those that are named first, the others by title."""
    named = dict.fromkeys(slug for slugs in first for slug in slugs if slug in titles)
    by_title = sorted(titles, key=lambda slug: (titles[slug].casefold(), slug))
    return tuple({**named, **dict.fromkeys(by_title)})


def on_faders(
    titles: Mapping[str, str],
    *,
    named: Sequence[str],
    opening: Collection[str],
    order: Sequence[str],
) -> tuple[str, ...]:
    """Return all styles in the order in which faders play them.

    First those that the site names, then the ones that are chosen when the piece opens, as their
    sliders stand on the screen, then the others as the panel of styles shows them.
    """
    chosen = [slug for slug in arranged(titles, order) if slug in opening]
    return arranged(titles, named, chosen, order)


def banks(styles: int, faders: int) -> int:
    """Return how many banks of faders it takes to reach all styles; at least one."""
    return max(1, -(-styles // max(1, faders)))


def playing(styles: Sequence[str], faders: int, bank: int) -> tuple[str | None, ...]:
    """Return the style that each fader plays in a bank; None for a fader beyond the last style."""
    first = (bank % banks(len(styles), faders)) * faders
    chosen = list(styles[first : first + faders])
    return tuple(chosen + [None] * (faders - len(chosen)))

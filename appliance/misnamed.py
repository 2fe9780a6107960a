"""Styles that a site's settings name and that nobody has a model of: most likely a slip."""

from collections.abc import Iterator
from itertools import chain
from typing import Any

from appliance.catalogue import Catalogue
from appliance.settings import Loaded, nearest

KEYS = (
    "styles.allow", "styles.active", "styles.order", "styles.apart", "opening.mixture",
    "controls.faders",
)  # fmt: skip


def misnamed(loaded: Loaded, catalogue: Catalogue) -> list[str]:
    """Return a sentence for each style that a site names wrongly, whether it may play or not.

    What the shipped defaults name is left out: a site may well have other models. So is a style
    whose file is damaged, which has a sentence of its own.
    """
    known = [*catalogue.styles, *catalogue.left_out]
    return [
        f"{loaded.origins[key]}: {key} names {slug}, which is no style{_hint(slug, known)}"
        for key in KEYS
        if loaded.site is not None and loaded.origins[key] == loaded.site
        for slug in dict.fromkeys(_slugs(loaded.values[key]))
        if slug not in known
    ]


def _slugs(value: Any) -> Iterator[str]:
    groups = value if value and isinstance(next(iter(value)), list) else [value]
    yield from chain.from_iterable(groups)


def _hint(slug: str, known: list[str]) -> str:
    return nearest(slug, known) or "; `appliance styles` lists them"

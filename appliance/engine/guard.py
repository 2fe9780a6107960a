"""Words that are never completed, since an unattended screen is seen by children.

The guard says which characters may not come next; the draw goes to the others, renormalised. So
nothing has to be taken back. What is listed, and where letters spell it: `appliance/listed.py`.
"""

from collections.abc import Collection

import numpy as np
from numpy.typing import NDArray

from appliance.engine.sampling import Floats
from appliance.listed import SMALL, Listed

CHARACTERS = 128


class Guard:
    """Knows the listed words and stems; has no state of its own."""

    def __init__(self, words: Collection[str] = (), stems: Collection[str] = ()) -> None:
        """Guard the shipped list and a site's own words and stems, in letters of any case."""
        self._listed = Listed(words, stems)

    def forbidden(self, text: str) -> NDArray[np.bool_]:
        """Return which characters may not follow a text, shape (128,)."""
        return _mask(self._listed.barred(text))

    def settled(self, text: str) -> bool:
        """Tell whether the text may stop here: it does not end in a listed word."""
        return self._listed.settled(text)

    def clean(self, text: str) -> bool:
        """Tell whether a text of 7 bits has no listed word or stem in it, its end included."""
        return self._listed.may_stand(text) == len(text)

    def constrain(self, distribution: Floats, text: str) -> Floats:
        """Return a distribution (128,) without what may not follow the text, renormalised.

        If nothing else was expected, any small letter that may follow will do. If none may, since a
        site lists so much, it is a space, even where that leaves a listed word standing.
        """
        barred = self._listed.barred(text)
        if not barred:
            return distribution
        kept = np.where(_mask(barred), 0.0, distribution)
        total = kept.sum()
        if total <= 0.0:
            letters = "".join(letter for letter in SMALL if letter not in barred)
            kept = _mask(letters or " ").astype(np.float64)
            total = kept.sum()
        constrained: Floats = kept / total
        return constrained


def _mask(characters: str) -> NDArray[np.bool_]:
    mask = np.zeros(CHARACTERS, dtype=bool)
    mask[list(characters.encode("ascii"))] = True
    return mask

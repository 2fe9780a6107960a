"""Words that are never completed, since an unattended screen is seen by children.

The guard says which characters may not come next; the draw goes to the others, renormalised. So
nothing has to be taken back. A listed word may not be followed by anything but a letter (`class`
and `assume` stay possible, `ass` does not); a listed stem may not occur at all. Upper and lower
case are the same, and so are letters that stand apart (`a s s`, `f.u.c.k`, `f u cking`), whichever
other single letters stand before them.
"""

import re
import tomllib
from collections.abc import Collection
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from appliance.engine.sampling import Floats

LISTED = Path(__file__).with_name("guard.toml")
CHARACTERS = 128
LETTERS = np.zeros(CHARACTERS, dtype=bool)
LETTERS[[ord(c) for c in "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"]] = True
RUN = re.compile(r"[a-z]+$")
# Letters that stand alone, each followed by one or two other characters.
APART = re.compile(r"(?:(?<![a-z])[a-z][^a-z]{1,2})+$")
# At least two of them, and a word: with one alone, `it's hit` would be a listed stem.
APART_AND_RUN = re.compile(r"(?:(?<![a-z])[a-z][^a-z]{1,2}){2,}[a-z]+$")
APART_TO_THE_END = re.compile(r"(?:(?<![a-z])[a-z][^a-z]{1,2})+[a-z]$")


class Guard:
    """Knows the listed words and stems; has no state of its own."""

    def __init__(self, words: Collection[str] = (), stems: Collection[str] = ()) -> None:
        """Guard the shipped list and a site's own words and stems, in letters of any case."""
        listed = tomllib.loads(LISTED.read_text(encoding="ascii"))
        self._words = frozenset(word.lower() for word in (*listed["words"], *words))
        self._stems = frozenset(stem.lower() for stem in (*listed["stems"], *stems))
        bad = sorted(entry for entry in self._words | self._stems if not RUN.fullmatch(entry))
        if bad:
            raise ValueError(f"the guard takes words of the letters a to z, not {bad[0]!r}")
        # Three characters a letter where letters stand apart, and one letter more than any word.
        self._reach = 3 * (max(len(entry) for entry in self._words | self._stems) + 1)
        self._every_word = tuple(self._words)
        self._ends: dict[str, set[str]] = {}
        for stem in self._stems:
            self._ends.setdefault(stem[:-1], set()).add(stem[-1])
        self._before_end = sorted({len(beginning) for beginning in self._ends})

    def forbidden(self, text: str) -> NDArray[np.bool_]:
        """Return which characters may not follow a text, shape (128,)."""
        mask = np.zeros(CHARACTERS, dtype=bool)
        tail = self._tail(text)
        run = _letters(RUN, tail)
        for letters in (run, _letters(APART, tail), _letters(APART_AND_RUN, tail)):
            for length in self._before_end:
                for last in self._ends.get(letters[-length:] if length else "", ()):
                    if len(letters) >= length:
                        mask[[ord(last), ord(last.upper())]] = True
        if self._unsettled(tail, run):
            mask |= ~LETTERS
        return mask

    def settled(self, text: str) -> bool:
        """Tell whether the text may stop here: it does not end in a listed word."""
        tail = self._tail(text)
        return not self._unsettled(tail, _letters(RUN, tail))

    def clean(self, text: str) -> bool:
        """Tell whether a text of 7 bits has no listed word or stem in it, its end included."""
        # Whatever may stand is what could have been typed.
        return self.settled(text) and not any(
            self.forbidden(text[max(0, at - self._reach) : at])[ord(character)]
            for at, character in enumerate(text)
        )

    def constrain(self, distribution: Floats, text: str) -> Floats:
        """Return a distribution (128,) without what may not follow the text, renormalised."""
        mask = self.forbidden(text)
        if not mask.any():
            return distribution
        kept = np.where(mask, 0.0, distribution)
        total = kept.sum()
        if total <= 0.0:  # only forbidden characters were expected: any small letter will do
            kept = (LETTERS & ~mask).astype(np.float64)
            kept[: ord("a")] = 0.0
            total = kept.sum()
        constrained: Floats = kept / total
        return constrained

    def _tail(self, text: str) -> str:
        return text[-self._reach :].lower()

    def _unsettled(self, tail: str, run: str) -> bool:
        apart = _letters(APART_TO_THE_END, tail)
        return run in self._words or apart.endswith(self._every_word)


def _letters(pattern: re.Pattern[str], tail: str) -> str:
    found = pattern.search(tail)
    return re.sub(r"[^a-z]", "", found[0]) if found else ""

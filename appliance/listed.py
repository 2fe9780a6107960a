"""The listed words and stems, and what may not follow a text lest it spell one of them.

A listed word may be followed by nothing but a letter (`class` and `assume` stay possible, `ass`
does not); a listed stem may not occur at all. Upper and lower case are the same, and so are letters
that stand apart, up to four other characters between two of them, whichever other single letters
stand before them: `a s s`, `f...u...c...k`. After two that stand apart the others may stand
together (`f u cking`, `s h it`), and with the usual endings (`t i ts`). One alone is none, or
`it's hit` could not be written.

No model and no numpy: the settings ask here whether their own line may stand.
"""

import re
import tomllib
from collections.abc import Collection
from pathlib import Path

LISTED = Path(__file__).with_suffix(".toml")
SMALL = "abcdefghijklmnopqrstuvwxyz"
LETTERS = SMALL + SMALL.upper()
NO_LETTERS = "".join(chr(code) for code in range(128) if chr(code) not in LETTERS)
# What a word may become where only letters may follow it; "ll" as in "it'll".
ENDINGS = ("", "d", "ed", "er", "ers", "es", "ing", "ll", "s", "y")
BETWEEN = 4  # characters, at most, between two letters that stand apart
ALONE = rf"[^a-z]{{1,{BETWEEN}}}[a-z](?![a-z])"
# Both are read backwards from the end of a text, so that they need not be looked for: letters that
# follow each other, and before them letters that stand alone.
RUN_AND_ALONE = re.compile(rf"([a-z]*)((?:{ALONE})*)")
RUN_WITH_APOSTROPHE = re.compile(rf"([a-z]*)'([a-z]{{2,}})((?:{ALONE}){{2,}})")
AFTER_APOSTROPHE = 3  # letters of an ending, at most


class Listed:
    """What may not follow a text, by the shipped list and a site's own; has no state."""

    def __init__(self, words: Collection[str] = (), stems: Collection[str] = ()) -> None:
        """Take a site's words and stems, in letters of any case; ValueError if one has others."""
        shipped = tomllib.loads(LISTED.read_text(encoding="ascii"))
        self._words = frozenset(word.lower() for word in (*shipped["words"], *words))
        stems = frozenset(stem.lower() for stem in (*shipped["stems"], *stems))
        bad = sorted(entry for entry in self._words | stems if not re.fullmatch("[a-z]+", entry))
        if bad:
            raise ValueError(f"the guard takes words of the letters a to z, not {bad[0]!r}")
        self._inflected = frozenset(word + ending for word in self._words for ending in ENDINGS)
        self._lengths = sorted({len(word) for word in self._inflected})
        self._ends: dict[str, str] = {}
        for stem in sorted(stems):
            last = stem[-1] + stem[-1].upper()
            self._ends[stem[:-1]] = self._ends.get(stem[:-1], "") + last
        self._before_end = sorted({len(beginning) for beginning in self._ends})
        # One letter more than any entry: what was cut off may have been letters, too.
        longest = max(len(entry) for entry in self._inflected | stems)
        self._reach = (1 + BETWEEN) * (longest + 1)

    def barred(self, text: str) -> str:
        """Return the characters of 7 bits that may not follow a text."""
        completing, leaving = self._look(text)
        return completing + leaving

    def settled(self, text: str) -> bool:
        """Tell whether the text may stop here: it does not end in a listed word."""
        return not self._look(text)[1]

    def may_stand(self, text: str) -> int:
        """Return how many characters of a text may stand: all, or those up to a listed entry."""
        # Whatever may stand is what could have been typed.
        for at, character in enumerate(text):
            if character in self.barred(text[max(0, at - self._reach) : at]):
                return at
        return len(text) if self.settled(text) else len(text) - 1

    def _look(self, text: str) -> tuple[str, str]:
        """Return the characters that would complete a stem, and those that would leave a word."""
        backwards = text[: -self._reach - 1 : -1].lower()
        found = RUN_AND_ALONE.match(backwards)
        assert found is not None  # it matches nothing at all, too
        run, alone = found[1][::-1], _letters(found[2])
        completing = self._completing(alone + run if not run or len(alone) > 1 else run)
        if run in self._words:
            return completing, NO_LETTERS
        if run and alone and self._spelt(alone, run):
            # As in "T. I. Ts'o", who wrote much of what a style has read.
            return completing, NO_LETTERS.replace("'", "") if len(run) > 1 else NO_LETTERS
        if "'" in backwards[: AFTER_APOSTROPHE + 1]:
            found = RUN_WITH_APOSTROPHE.match(backwards)
            if found and self._spelt(_letters(found[3]), (found[1] + found[2])[::-1]):
                return completing, NO_LETTERS
        return completing, ""

    def _completing(self, letters: str) -> str:
        completing = ""
        for length in self._before_end:
            if length > len(letters):
                break
            completing += self._ends.get(letters[len(letters) - length :], "")
        return completing

    def _spelt(self, alone: str, run: str) -> bool:
        """Tell whether letters that stand apart spell a word with the run that follows them."""
        letters = alone + run
        fewest = len(run) + (2 if len(run) > 1 else 1)
        return any(
            letters[-length:] in self._inflected
            for length in self._lengths
            if fewest <= length <= len(letters)
        )


def _letters(backwards: str) -> str:
    return "".join(filter(SMALL.__contains__, backwards))[::-1] if backwards else ""

"""Any text as the 7-bit ASCII that the models speak."""

import unicodedata

DRAWN = {
    "\u2018": "'", "\u2019": "'", "\u201a": "'", "\u201c": '"', "\u201d": '"', "\u201e": '"',
    "\u2013": "-", "\u2014": "--", "\u2026": "...", "\u00a0": " ", "\u00df": "ss",
    "\u00e6": "ae", "\u00c6": "Ae", "\u0153": "oe", "\u0152": "Oe", "\r": "",
}  # fmt: skip


def plain(text: str) -> str:
    """Return a text with quotes and dashes drawn in ASCII, accents dropped, the rest left out."""
    drawn = "".join(DRAWN.get(character, character) for character in text)
    letters = unicodedata.normalize("NFKD", drawn).encode("ascii", "ignore").decode("ascii")
    return "".join(c for c in letters if c in "\n\t" or " " <= c <= "~")

"""Folds any text to 7-bit ASCII.

Quotation marks become straight, dashes become "--", ligatures and accents are taken apart, Greek
is spelt in Latin letters; whatever has no counterpart is dropped.
"""

import re
import unicodedata
from typing import Final

_SPELT: Final = {
    "\u2018": "'", "\u2019": "'", "\u201a": "'", "\u201b": "'", "\u2032": "'", "\u00b4": "'",
    "\u0060": "`", "\u02bc": "'", "\u02be": "'", "\u02bf": "'", "\u201c": '"', "\u201d": '"',
    "\u201e": '"', "\u201f": '"', "\u2033": '"', "\u00ab": '"', "\u00bb": '"', "\u2039": "'",
    "\u203a": "'", "\u2010": "-", "\u2011": "-", "\u2012": "-", "\u2013": "--", "\u2014": "--",
    "\u2015": "--", "\u2212": "-", "\u00ad": "", "\u2026": "...", "\u2022": "*", "\u00b7": ".",
    "\u00c6": "Ae", "\u00e6": "ae", "\u0152": "Oe", "\u0153": "oe", "\u00df": "ss",
    "\u00d8": "O", "\u00f8": "o", "\u0141": "L", "\u0142": "l", "\u00d0": "D", "\u00f0": "d",
    "\u00de": "Th", "\u00fe": "th", "\u0131": "i", "\u00d7": "x", "\u00f7": "/",
    "\u00a3": "L", "\u20ac": "EUR ", "\u00a2": "c", "\u00a5": "Y", "\u00a7": "Sec. ",
    "\u00b6": "", "\u2020": "", "\u2021": "", "\u00b0": " deg.", "\u00ba": "o", "\u00aa": "a",
    "\u00bc": " 1/4", "\u00bd": " 1/2", "\u00be": " 3/4", "\u2044": "/", "\u00a9": "(c)",
    "\u00ae": "(R)", "\u2122": "", "\u00b1": "+-", "\u00b5": "u", "\u00a1": "", "\u00bf": "",
    "\u2028": "\n", "\u2029": "\n", "\ufeff": "", "\u200b": "", "\u200d": "", "\u00ac": "not ",
}  # fmt: skip
_GREEK: Final = dict(
    zip(
        "\u03b1\u03b2\u03b3\u03b4\u03b5\u03b6\u03b7\u03b9\u03ba\u03bb\u03bc\u03bd\u03be\u03bf\u03c0"
        "\u03c1\u03c3\u03c2\u03c4\u03c5\u03c9",
        "abgdeze\u0069klmnxoprsstyo",
        strict=True,
    )
) | {"\u03b8": "th", "\u03c6": "ph", "\u03c7": "ch", "\u03c8": "ps"}
_TABLE: Final = str.maketrans(
    _SPELT | _GREEK | {letter.upper(): spelt.capitalize() for letter, spelt in _GREEK.items()
                       if letter != "\u03c2"}
)  # fmt: skip
_BETWEEN_DIGITS: Final = re.compile(r"(?<=\d)\u2013(?=\d)")
_NOT_ASCII: Final = re.compile(r"[^\n\t\x20-\x7e]")


def to_ascii(text: str) -> str:
    """Return the text with nothing left but new lines, tabs and the 95 printable characters."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\f", "\n")
    if text.isascii():
        return _NOT_ASCII.sub("", text)
    # A dash between two numbers is a range, and a range is short.
    text = _BETWEEN_DIGITS.sub("-", text).translate(_TABLE)
    text = unicodedata.normalize("NFKD", text).translate(_TABLE)
    return _NOT_ASCII.sub("", text)

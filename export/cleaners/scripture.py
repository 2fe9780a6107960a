"""Cleans the Bible, and the translations of the Koran."""

import json
import re
from typing import Final

from export.cleaners import spans
from export.cleaners.archive import members
from export.cleaners.gutenberg import plain
from export.cleaners.paragraphs import blocks, paragraph, width
from export.corpora import CorpusError, Source

CANON: Final = (
    "Genesis", "Exodus", "Leviticus", "Numbers", "Deuteronomy", "Joshua", "Judges", "Ruth",
    "1 Samuel", "2 Samuel", "1 Kings", "2 Kings", "1 Chronicles", "2 Chronicles", "Ezra",
    "Nehemiah", "Esther", "Job", "Psalms", "Proverbs", "Ecclesiastes", "Song of Solomon",
    "Isaiah", "Jeremiah", "Lamentations", "Ezekiel", "Daniel", "Hosea", "Joel", "Amos", "Obadiah",
    "Jonah", "Micah", "Nahum", "Habakkuk", "Zephaniah", "Haggai", "Zechariah", "Malachi",
    "Matthew", "Mark", "Luke", "John", "Acts", "Romans", "1 Corinthians", "2 Corinthians",
    "Galatians", "Ephesians", "Philippians", "Colossians", "1 Thessalonians", "2 Thessalonians",
    "1 Timothy", "2 Timothy", "Titus", "Philemon", "Hebrews", "James", "1 Peter", "2 Peter",
    "1 John", "2 John", "3 John", "Jude", "Revelation",
)  # fmt: skip

_VERSE: Final = re.compile(r"\d{3}\.\d{3}")
_SIDE: Final = re.compile(r"([YPS]): ?")
_SURA: Final = re.compile(r"\s*SURA\d?[ -]+[IVXLC]+\b.*\[")
_FIRST_NOTE: Final = re.compile(r"\s*1\s+\S")
_GLUED_MARK: Final = re.compile(r"(?<=[A-Za-z.,;:!?)'\"\u201d\u2019])\d{1,3}(?![\d\w])")


def clean_bible(source: Source, data: bytes) -> list[str]:
    """Return the books in the order of the canon, a chapter a block, a verse a line."""
    books = {}
    for name, text in members(source, data):
        book = json.loads(text)
        books[name.removesuffix(".json")] = book["chapters"]
    chapters: list[str] = []
    for title in CANON:
        if (key := title.replace(" ", "")) not in books:
            raise CorpusError(f"{source.file}: the book {title} is missing")
        chapters.append(title.upper())
        for chapter in books[key]:
            verses = (
                f"{chapter['chapter']}:{verse['verse']} {plain(verse['text'].strip())}"
                for verse in chapter["verses"]
            )
            chapters.append("\n".join(verses))
    return chapters


def clean_sides(source: Source, data: bytes) -> list[str]:
    """Return the verses of two of the three translations that stand side by side.

    Yusuf Ali comes first (lines marked Y), then Pickthall (P). The third (S) is in copyright; a
    file in which it is not marked raises `CorpusError`, for then it could not be told apart.
    """
    text = data.decode(source.encoding).replace("\r\n", "\n")
    verses: dict[str, list[str]] = {"Y": [], "P": [], "S": []}
    for block in blocks(spans.select(source, text.split("\n"))):
        begin = 1 if _VERSE.fullmatch(block[0].strip()) else 0
        joined = " ".join(line.strip() for line in block[begin:])
        if side := _SIDE.match(joined):
            verses[side[1]].append(plain(joined[side.end() :]))
    if not all(verses.values()):
        raise CorpusError(f"{source.file}: the translations are not marked Y:, P: and S:")
    return [verse for verse in verses["Y"] + verses["P"] if verse]


def clean_rodwell(source: Source, data: bytes) -> list[str]:
    """Return Rodwell's suras without his notes.

    The notes of a sura stand below it, from a line that begins with the number 1 to the next
    sura; their numbers are glued to the words of the verses.
    """
    text = data.decode(source.encoding).replace("\r\n", "\n")
    lines = spans.select(source, text.split("\n"))
    kept: list[str] = []
    in_notes = False
    for line in lines:
        if _SURA.match(line):
            in_notes = False
        elif _FIRST_NOTE.match(line):
            in_notes = True
        if not in_notes:
            kept.append(line)
    wrapped_at = width(kept)
    found = [paragraph(block, "prose", wrapped_at) for block in blocks(kept)]
    verses = (plain(_GLUED_MARK.sub("", item)) for item in found)
    return [verse for verse in verses if verse]

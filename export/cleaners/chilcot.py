"""Cleans the sections of the Iraq Inquiry's report, which were drawn from pages.

Two layouts occur: Markdown with marked footnotes, and plain text in which a page ends with its
footnotes and its number, and begins with a running head.
"""

import re
from typing import Final

from export.cleaners import spans
from export.cleaners.ascii import to_ascii
from export.cleaners.paragraphs import blocks
from export.corpora import Source

_FRONT_MATTER: Final = re.compile(r"\A---\n.*?\n---\n", re.DOTALL)
_PAGE_NUMBER: Final = re.compile(r"\s*\d{1,4}\s*")
_HEAD: Final = "The Report of the Iraq Inquiry"
_RUNNING: Final = re.compile(r"\d{1,2}(?:\.\d)? +\| +\S.*")
_NOTE: Final = re.compile(r"\d{1,4} +[\u2018\u2019\u201c'\"A-Z\[a-z]")
_DEFINITION: Final = re.compile(r"\[\^\d+\]:")
_MARK: Final = re.compile(r" ?\[\^\d+\]")
_GLUED: Final = re.compile(
    r"(?<=[a-z,;:\u201d\u2019\")\]])\d{1,3}(?=[\s,.;]|$)|(?<=[^\d\s]\.)\d{1,3}(?=\s|$)"
)
_ITEM: Final = re.compile(r"(?:>\s*)?(?:[\u2022*]\s+|\d{1,4}\\?\.\s+(?=\S))")
_ENDED: Final = re.compile(r"[.:;!?][\u201d\u2019\"')\]]*\s*(?:\d{1,3})?$")
_EMPHASIS: Final = re.compile(r"\*\*|(?<!\w)__?(?=\w)|(?<=\w)__?(?!\w)")


def clean(source: Source, data: bytes) -> list[str]:
    """Return the paragraphs of one section, each numbered paragraph and list item by itself."""
    text = _FRONT_MATTER.sub("", data.decode(source.encoding).replace("\r\n", "\n"))
    text = text.replace("\f", "\n\n")
    lines = spans.select(source, text.split("\n"))
    marked = any(_DEFINITION.match(line) for line in lines)
    pages = _without_feet(lines, marked)
    paragraphs = [_plain(item, marked) for item in _flowed(pages)]
    return [item for item in paragraphs if _is_prose(item)]


def _without_feet(lines: list[str], marked: bool) -> list[list[str]]:
    """Return the blocks without footnotes, page numbers and running heads."""
    found = blocks(lines)
    kept: list[list[str]] = []
    for number, block in enumerate(found):
        if marked and _DEFINITION.match(block[0]):
            continue
        following = found[number + 1][0] if number + 1 < len(found) else "1"
        before_number = len(block) >= 1 and bool(_PAGE_NUMBER.fullmatch(following))
        if not marked and _NOTE.match(block[0]) and (before_number or _all_notes(block)):
            continue
        lines_left = [stripped for line in block if (stripped := _body(line, marked))]
        if lines_left:
            kept.append(lines_left)
    return kept


def _all_notes(block: list[str]) -> bool:
    numbers = [int(line.split()[0]) for line in block if _NOTE.match(line)]
    return len(numbers) > 1 and numbers == list(range(numbers[0], numbers[0] + len(numbers)))


def _body(line: str, marked: bool) -> str:
    """Return what a line holds beside page number, running head and Markdown."""
    line = line.strip()
    if _PAGE_NUMBER.fullmatch(line) or line in ("* TOC", "{:toc}"):
        return ""
    if line.startswith(_HEAD):
        line = line.removeprefix(_HEAD).strip()
    if _RUNNING.fullmatch(line):
        return ""
    if marked and _DEFINITION.match(line):
        return ""
    return re.sub(r"^(?:>\s?)+|^#{1,6}\s+", "", line).strip()


def _flowed(pages: list[list[str]]) -> list[str]:
    """Join lines into paragraphs, and paragraphs that a page end had cut in two."""
    items: list[str] = []
    for block in pages:
        for number, line in enumerate(block):
            new = _ITEM.match(line) or not items
            if number == 0 and not new:
                before = items[-1]
                new = bool(_ENDED.search(before)) or not line[:1].islower() or len(before) < 60
            if new:
                items.append(line)
            else:
                items[-1] += line if items[-1].endswith("-") else f" {line}"
    return items


def _plain(text: str, marked: bool) -> str:
    text = _MARK.sub("", text)
    if not marked:
        text = _GLUED.sub("", text)
    text = re.sub(r"\\(?=[.*_\[\]#-])", "", _EMPHASIS.sub("", text))
    text = re.sub(r"^\u2022\s*", "* ", text)
    return re.sub(r"\s+", " ", to_ascii(text)).strip().replace("{", "").replace("}", "")


def _is_prose(text: str) -> bool:
    """Tell sentences and headings from table cells and the torn ends of list items."""
    if "|" in text or text.startswith("#") or (len(text) < 80 and text[:1].islower()):
        return False
    letters = sum(char.isalpha() or char == " " for char in text)
    return len(text) > 2 and letters >= 0.75 * len(text)

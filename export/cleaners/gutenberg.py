"""Cleans the plain-text editions of Project Gutenberg.

The lines that a source keeps are named in corpora.toml by their markers. What is cut here is
what all these editions have in common: notes, captions and sidenotes in brackets, the marks of
notes, page numbers, rules and the signs for italics. No licence text and no producer's credit is
left: `clean` raises when the trademark is still found.
"""

import re
from typing import Final

from export.cleaners import spans
from export.cleaners.ascii import to_ascii
from export.cleaners.paragraphs import blocks, paragraph, width
from export.corpora import CorpusError, Source

_BRACKETED: Final = re.compile(
    r"[\[{](?=\*|(?i:footnote|foot-note|illustration|picture|transcriber|sidenote|note:|decoration"
    r"|ornament|column \d|sic\b|greek inserted|hebrew|arabic|music|blank|p(?:g|gs|age|\.)? ?\d))"
)
_GREEK: Final = re.compile(r"\[Greek:?\s*([^\[\]]{0,300})\]")
_LONGEST_NOTE: Final = 12_000
_SECTION: Final = re.compile(r"\n\n\s*\d{1,4}\.\s*\n")
_BRACKET_ENDS: Final = re.compile(r"[\]}](?=\s*(?:\n\n|\Z))")
_NOTE: Final = re.compile(
    r"(?:\[\s*(?:\d{1,4}[a-z]?|[A-Z]|[ivx]+)\s*\]|\{\d{1,4}\}|\*+(?![\s*]*$|\([A-Za-z]))\s*\S"
)
_NOTE_HEADING: Final = re.compile(r"(?i)foot-?notes?:?|foot-?note \d+:?")
_MARK: Final = re.compile(
    r" ?\[(?:\d{1,4}[a-z]?|[A-Z]|\*+|\u2020)\]|\{\d{1,4}[a-z]?\}|\[\d+:\d+\]"
    r"|(?<=[\w.,;:!?\"')\u201d\u2019])\*+(?!\w)|(?<=\S) \*+(?=\s|$)"
)
_EDITOR: Final = re.compile(
    r"\s*\[(?:Vide|See|Cf\.|Compare|Letters of|Poetical Works|P\. ?W\.)[^\[\]]*\]"
    r"|\s*\[[^\[\]]{0,3000}?(?:ED|Ed|TR|Tr|H\. ?N\. ?C|E\. ?H\. ?C|J\. ?M\. ?K)\.?\]"
)
_LIGATURE: Final = re.compile(r"\[((?i:oe|ae))\]")
_SUPERSCRIPT: Final = re.compile(r"\^\{([^{}\n]*)\}|\^(?=\w)")
_LEADERS: Final = re.compile(r"\.{5,}|(?:\. ){5,}")
_RULE: Final = re.compile(r"[\s*_=.\-~#+|]*")
_TABLE: Final = re.compile(r"\|.*\||-{2,}\+|\+-{2,}|\|\s*$|^\s*\|")
_PAGE: Final = re.compile(r"[\[{(]?(?:p(?:age|g)?\.? ?)?\d{1,4}[\]})]?", re.IGNORECASE)
_TRADEMARK: Final = re.compile(r"project gutenberg|gutenberg\.(?:org|net)|\betexts?\b|\bebooks?\b",
                               re.IGNORECASE)  # fmt: skip
_SMALL_CAPITALS: Final = re.compile(r"(?<![\w/])/([A-Z][^/\n]{0,60}?)/(?![\w/])")
_ITALICS: Final = re.compile(r"_(?=[^_\s])|(?<=[^_\s])_|(?<!\w)_(?!\w)")


def clean(source: Source, data: bytes) -> list[str]:
    """Return the paragraphs of one book."""
    text = data.decode(source.encoding, "replace").replace("\r\n", "\n")
    lines = spans.select(source, text.split("\n"))
    text = "\n".join(spans.drop_lines(source, lines))
    text = unbracketed(spans.drop_text(source, text))
    wrapped_at = width(text.split("\n"))
    kept = [
        plain(paragraph(block, source.form, wrapped_at))
        for block in _without_notes(blocks(text.split("\n")))
    ]
    kept = spans.drop_paragraphs(source, [item for item in kept if item.strip()])
    for item in kept:
        if _TRADEMARK.search(item):
            raise CorpusError(f"{source.file}: a licence or credit is left in: {item[:120]!r}")
    return kept


def unbracketed(text: str) -> str:
    """Return the text without notes, captions and page numbers that stand in square brackets.

    A bracket that is never closed ends with its paragraph. Greek in brackets is kept.
    """
    text = _GREEK.sub(r"\1", text)
    parts: list[str] = []
    begin = 0
    while found := _BRACKETED.search(text, begin):
        parts.append(text[begin : found.start()])
        begin = _closed(text, found.start())
    return "".join(parts) + text[begin:]


def _closed(text: str, opened: int) -> int:
    """Return where a bracket ends: at its partner, unless a bracket within it is never closed.

    That is seen from a numbered section that would be swallowed; then the bracket ends with the
    first paragraph that ends in a bracket.
    """
    depth = 0
    for number in range(opened, min(len(text), opened + _LONGEST_NOTE)):
        if text[number] in "[{":
            depth += 1
        elif text[number] in "]}":
            depth -= 1
            if not depth:
                swallowed = _SECTION.search(text, opened, number)
                if not swallowed:
                    return number + 1
                end = _BRACKET_ENDS.search(text, opened, swallowed.start() + 2)
                return end.end() if end else _paragraph_end(text, opened)
    return _paragraph_end(text, opened)


def _paragraph_end(text: str, begin: int) -> int:
    blank = text.find("\n\n", begin)
    return len(text) if blank < 0 else blank


def plain(text: str) -> str:
    """Return a paragraph in ASCII without the marks of notes, italics and bold type."""
    text = to_ascii(_MARK.sub("", _EDITOR.sub("", text)))
    text = _LEADERS.sub(" ... ", _SUPERSCRIPT.sub(r"\1", text))
    text = _LIGATURE.sub(r"\1", text).replace("{", "").replace("}", "")
    text = _ITALICS.sub("", text).replace("_", " ")
    text = re.sub(r"(?<!\S)=(\S[^=\n]{0,200}?)=", r"\1", text)
    text = _SMALL_CAPITALS.sub(r"\1", text).removeprefix(">").removeprefix("*")
    text = re.sub(r"[ \t]+", " ", text)
    text = re.sub(r" +(?=[,;:.!?)](?:\s|$))", "", text)
    return "\n".join(line.strip() for line in text.split("\n")).strip()


def _without_notes(found: list[list[str]]) -> list[list[str]]:
    """Return the blocks that are neither notes, page numbers, rules nor tables."""
    kept: list[list[str]] = []
    note_follows = False
    for block in found:
        first = block[0].strip()
        if note_follows and not _NOTE_HEADING.fullmatch(first):
            note_follows = False
            continue
        if _NOTE_HEADING.fullmatch(first):
            # "Footnote 3:" has its note below it; "FOOTNOTES:" only announces notes.
            note_follows = len(block) == 1 and any(char.isdigit() for char in first)
            continue
        lines = [line for line in block if not _RULE.fullmatch(line)]
        if lines and not _NOTE.match(first) and not _is_furniture(lines):
            kept.append(lines)
    return kept


def _is_furniture(block: list[str]) -> bool:
    if len(block) == 1 and _PAGE.fullmatch(block[0].strip()):
        return True
    return 3 * sum(bool(_TABLE.search(line)) for line in block) >= len(block)

"""Cuts lines out of a text between markers, and stops when a marker is not there."""

import re
from collections.abc import Sequence

from export.corpora import CorpusError, Source, Span


def select(source: Source, lines: Sequence[str]) -> list[str]:
    """Return the lines that the source keeps, without those that it cuts.

    Raises `CorpusError` when a marker is missing: a passage that must not be shown is never left
    in because a file has changed.
    """
    if source.keep:
        kept: list[str] = []
        for span in source.keep:
            begin, end = _find(source, lines, span)
            kept += [*lines[begin:end], ""]
    else:
        kept = list(lines)
    for span in source.cut:
        begin, end = _find(source, kept, span)
        kept[begin:end] = [""]
    return kept


def drop_lines(source: Source, lines: Sequence[str]) -> list[str]:
    """Return the lines without those that match a pattern of the source from their beginning."""
    for pattern in source.drop_lines:
        search = re.compile(pattern)
        kept = [line for line in lines if not search.match(line)]
        if len(kept) == len(lines):
            raise CorpusError(f"{source.file}: no line matches {pattern!r}, which is to be dropped")
        lines = kept
    return list(lines)


def drop_paragraphs(source: Source, paragraphs: Sequence[str]) -> list[str]:
    """Return the paragraphs without those in which a pattern of the source is found."""
    return drop_matching(source.file, source.drop_paragraphs, paragraphs)


def drop_matching(place: str, patterns: Sequence[str], paragraphs: Sequence[str]) -> list[str]:
    """Return the paragraphs without those in which one of the patterns is found.

    Raises `CorpusError` when a pattern is found nowhere, for the reason given at `select`.
    """
    for pattern in patterns:
        search = re.compile(pattern)
        kept = [paragraph for paragraph in paragraphs if not search.search(paragraph)]
        if len(kept) == len(paragraphs):
            raise CorpusError(f"{place}: no paragraph matches {pattern!r}, which is to be dropped")
        paragraphs = kept
    return list(paragraphs)


def drop_meeting(
    place: str, pairs: Sequence[tuple[str, str]], paragraphs: Sequence[str]
) -> list[str]:
    """Return the paragraphs without those in which both patterns of a pair are found.

    Raises `CorpusError` when a pair meets nowhere, for the reason given at `select`.
    """
    for pair in pairs:
        kept = [paragraph for paragraph in paragraphs if not forbidden((), (pair,), paragraph)]
        if len(kept) == len(paragraphs):
            raise CorpusError(f"{place}: no paragraph matches {pair!r}, which is to be dropped")
        paragraphs = kept
    return list(paragraphs)


def forbidden(patterns: Sequence[str], pairs: Sequence[tuple[str, str]], paragraph: str) -> bool:
    """Tell whether a paragraph matches one of the patterns, or both patterns of a pair."""
    return any(re.search(pattern, paragraph) for pattern in patterns) or any(
        re.search(one, paragraph) and re.search(other, paragraph) for one, other in pairs
    )


def drop_text(source: Source, text: str) -> str:
    """Return the text without the parts that match a pattern of the source."""
    for pattern in source.drop_text:
        text, count = re.subn(pattern, "", text)
        if not count:
            raise CorpusError(f"{source.file}: nothing matches {pattern!r}, which is to be dropped")
    return text


def _find(source: Source, lines: Sequence[str], span: Span) -> tuple[int, int]:
    begin = 0
    if span.start is not None:
        begin = _line(source, lines, span.start, 0, span.skip)
    end = len(lines)
    if span.until is not None:
        end = _line(source, lines, span.until, begin + (span.start is not None), 0)
    return begin, end


def _line(source: Source, lines: Sequence[str], marker: str, first: int, skip: int) -> int:
    for number in range(first, len(lines)):
        if lines[number].strip().startswith(marker):
            if not skip:
                return number
            skip -= 1
    raise CorpusError(
        f"{source.file}: no line begins with the marker {marker!r}; the file is another one than "
        "the rules in corpora.toml were written for, and nothing of it is used"
    )

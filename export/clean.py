"""Turns the files of a style into one text, each by the cleaner of its kind."""

import re
import tarfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from export.cleaners import archive, chilcot, gutenberg, scripture, spans, speech
from export.corpora import CorpusError, Source, Style

CLEANERS: Final[Mapping[str, Callable[[Source, bytes], list[str]]]] = {
    "gutenberg": gutenberg.clean,
    "bible": scripture.clean_bible,
    "sides": scripture.clean_sides,
    "rodwell": scripture.clean_rodwell,
    "chilcot": chilcot.clean,
    "tweets": speech.clean_tweets,
    "speeches": speech.clean_speeches,
    "transcripts": speech.clean_transcripts,
    "unbroken": speech.clean_unbroken,
    "agc": archive.clean_agc,
    "c": archive.clean_c,
    "tex": archive.clean_tex,
}

_FOREIGN: Final = re.compile(r"[^\n\t\x20-\x7e]")


def clean_style(style: Style, raw: Path) -> str:
    """Return the text of a style from the files below `raw`, before duplicates are dropped."""
    parts: list[str] = []
    for source in style.sources:
        path = raw / source.file
        try:
            data = path.read_bytes()
        except OSError as error:
            raise CorpusError(
                f"{path}: {error.strerror}; run `python -m export fetch --only {style.slug}`"
            ) from error
        parts += clean_source(source, data)
    parts = spans.drop_matching(style.slug, style.leave_out, parts)
    parts = spans.drop_meeting(style.slug, style.apart, parts)
    return "\n\n".join(parts) + "\n"


def clean_source(source: Source, data: bytes) -> list[str]:
    """Return the paragraphs, or for code the files, that one source gives."""
    try:
        paragraphs = CLEANERS[source.kind](source, data)
    except (ValueError, KeyError, tarfile.TarError) as error:
        raise CorpusError(f"{source.file}: cannot be read as {source.kind}: {error}") from error
    if source.kind != "gutenberg":
        paragraphs = spans.drop_paragraphs(source, paragraphs)
    if not paragraphs:
        raise CorpusError(f"{source.file}: nothing is left of it")
    return paragraphs


def inspect(style: Style, text: str) -> None:
    """Raise `CorpusError` when a text holds what its style must never hold.

    That is any character outside of 7-bit ASCII, a tab outside of code, and any paragraph that
    `leave_out` or `apart` forbid.
    """
    foreign = _FOREIGN.search(text)
    if foreign or ("\t" in text and style.form != "code"):
        place = foreign.start() if foreign else text.index("\t")
        raise CorpusError(f"{style.slug}: a character that may not occur: {_around(text, place)}")
    for paragraph in text.split("\n\n"):
        if spans.forbidden(style.leave_out, style.apart, paragraph):
            raise CorpusError(f"{style.slug}: must not be in the text: {paragraph[:120]!r}")


def _around(text: str, place: int) -> str:
    return repr(text[max(0, place - 40) : place + 60])

"""Cleans the archives of program and document sources, which keep their lines and tabs."""

import io
import re
import tarfile
from collections.abc import Iterator
from typing import Final

from export.cleaners.ascii import to_ascii
from export.corpora import CorpusError, Source

_AGC_PAGE: Final = re.compile(
    r"#\s*Page\s+\d+.*|#\s*Pages?\s+\d+\s*(?:-|,|and|to)\s*\d+.*", re.IGNORECASE
)
_AGC_MODERN: Final = re.compile(
    r"^#+\s*(?:Copyright|Filename|Mod history|Contact|Website|Transcribed)\b|sandroid|ibiblio",
    re.IGNORECASE,
)
_AGC_REMARK: Final = re.compile(
    r"\bRSB\b|\bOH 20|\b20\d\d-\d\d-\d\d\b|yaYUL|sandroid|ibiblio|https?:|page image|\bscan\b",
    re.IGNORECASE,
)


def members(source: Source, data: bytes) -> Iterator[tuple[str, str]]:
    """Yield the name and the decoded text of each file of an archive, in its order."""
    with tarfile.open(fileobj=io.BytesIO(data), mode="r:") as archive:
        for member in archive:
            stream = archive.extractfile(member)
            if stream is None:
                raise CorpusError(f"{source.file}: {member.name} is not a plain file")
            yield member.name, stream.read().decode(source.encoding)


def clean_c(source: Source, data: bytes) -> list[str]:
    """Return each C file as one text."""
    return [_lines(text, 1) for _, text in members(source, data)]


def clean_tex(source: Source, data: bytes) -> list[str]:
    """Return each LaTeX file as one text; runs of blank lines become one or two."""
    return [_lines(text, 2) for _, text in members(source, data)]


def clean_agc(source: Source, data: bytes) -> list[str]:
    """Return each file of the Apollo Guidance Computer without what its transcribers added.

    That is the block of comments at the head of the file, up to the first blank line, which must
    be there and must say that it is public domain; the lines with the page numbers; and the files
    MAIN.agc, which only list the others.
    """
    texts = []
    for name, text in members(source, data):
        if name.endswith("/MAIN.agc"):
            continue
        lines = text.replace("\r\n", "\n").lstrip("\ufeff\n").split("\n")
        if not re.match(r"#+\s*Copyright", lines[0]):
            raise CorpusError(f"{source.file}: {name} does not open with the transcribers' heading")
        while lines and (lines[0].startswith("#") or _AGC_MODERN.search(lines[0])):
            if _AGC_PAGE.fullmatch(lines[0].rstrip()):
                break
            lines.pop(0)
        texts.append(_lines("\n".join(_without_remarks(lines)), 1))
    return texts


def _without_remarks(lines: list[str]) -> list[str]:
    """Return AGC source without page numbers and without what its transcribers remarked.

    A remark that fills its line goes on in the comment lines below it.
    """
    kept: list[str] = []
    in_remark = False
    for line in lines:
        code, mark, comment = line.partition("#")
        if _AGC_PAGE.fullmatch(line.strip()) or line.startswith("##"):
            continue
        if mark and _AGC_REMARK.search(comment):
            in_remark = not code.strip()
            if code.strip():
                kept.append(code.rstrip())
        elif not (in_remark and mark and not code.strip() and comment.strip()):
            in_remark = False
            kept.append(line)
    return kept


def _lines(text: str, most_blank: int) -> str:
    text = "\n".join(line.rstrip() for line in to_ascii(text).split("\n"))
    return re.sub(rf"\n{{{most_blank + 2},}}", "\n" * (most_blank + 1), text).strip("\n")

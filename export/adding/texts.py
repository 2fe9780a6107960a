"""An artist's files as one 7-bit text, and what is to be said about it.

Plain text, Markdown (as it stands) and HTML (its text alone) are read, in UTF-8, UTF-16 or
Windows-1252, as found. Of prose, wrapped lines come to one line a paragraph; verse and code keep
their lines. What Project Gutenberg put around a book goes. Passages that came before are dropped,
as in the shipped voices (`export/dedupe.py`).
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from export.adding.encoding import UNREADABLE, decode, is_western
from export.adding.web_page import seen_text
from export.cleaners.ascii import to_ascii
from export.cleaners.paragraphs import are_wrapped, blocks, is_wrapped, paragraph, width
from export.dedupe import drop_repeated

PLAIN, MARKED_UP = (".txt", ".text", ".md"), (".html", ".htm")
LITTLE = 300_000  # characters below which a voice repeats itself
REPEATED, LOST, MOST_LOST = 0.15, 0.01, 0.3  # shares that are worth a warning; a refusal
GUTENBERG = re.compile(
    r"\A.*?^\*\*\* ?START OF [^\n]*\n(.*?)^\*\*\* ?END OF ", re.DOTALL | re.MULTILINE
)


class TextError(Exception):
    """Texts that no voice can be made of; the message is one sentence."""


@dataclass(frozen=True, slots=True)
class Gathered:
    """A cleaned text and how it came about."""

    text: str
    files: int
    left_out: tuple[str, ...]  # names of files of other kinds
    lost: float  # share of letters that have no counterpart in ASCII
    repeated: float  # share of the text that was dropped because it came before
    broken: tuple[str, ...] = ()  # names of files with bytes that are no text
    guessed: tuple[str, ...] = ()  # names of files that are not in UTF-8

    @property
    def warnings(self) -> list[str]:
        """Return what the artist should know, a sentence each."""
        return self.little + self.losses

    @property
    def little(self) -> list[str]:
        """Return what is to be said of a short text, if it is one."""
        said = (
            f"This is little text: {len(self.text):,} characters. The voice will know parts of it "
            f"by heart and repeat itself; {LITTLE:,} are better, two million are good."
        )
        return [said] if len(self.text) < LITTLE else []

    @property
    def losses(self) -> list[str]:
        """Return what was left out of the files or may be wrong with them, a sentence each."""
        found: list[str] = []
        if self.repeated > REPEATED:
            found.append(
                f"{100 * self.repeated:.0f} % of the text repeated what came before, and was left "
                "out: look for files that stand there twice, or for headers on every page."
            )
        if self.lost > LOST:
            found.append(
                f"{100 * self.lost:.1f} % of the letters have no counterpart in ASCII, and were "
                "left out: words that had them are now misspelt."
            )
        if self.broken:
            found.append(
                f"{_few(self.broken)}: some bytes are no text, and were left out; save it anew in "
                "UTF-8 if words are missing."
            )
        if self.guessed:
            found.append(
                f"{_few(self.guessed)}: not in UTF-8, and read as Windows-1252; save it anew in "
                "UTF-8 if the samples have misspelt words."
            )
        if self.left_out:
            found.append(_told_left_out(self.left_out))
        return found


class _File(NamedTuple):
    """A file's text as it was read."""

    path: Path
    text: str
    guessed: bool  # whether as Windows-1252, for want of anything better


def _few(names: Sequence[str]) -> str:
    return ", ".join(names[:3]) + (" …" if len(names) > 3 else "")


def _told_left_out(names: Sequence[str]) -> str:
    return f"{len(names)} file(s) of another kind were left out: {_few(names)}."


def gather(paths: Sequence[Path], form: str) -> Gathered:
    """Read files, and folders with all that is below them, as one text; TextError if none is left.

    `form` is prose, verse or code. Files follow each other by name, so that the same files always
    give the same text.
    """
    chosen, left_out = _files(paths)
    if not chosen:
        kinds = ", ".join((*PLAIN, *MARKED_UP))
        sentence = f"there is no text in {', '.join(map(str, paths))}: give files of {kinds}"
        raise TextError(_with_left_out(sentence, left_out))
    read = [_read(path) for path in chosen]
    if wrong := [str(f.path) for f in read if f.guessed and not is_western(f.text)]:
        are, do, it = ("is", "does", "it") if len(wrong) == 1 else ("are", "do", "them")
        raise TextError(
            f"{_few(wrong)} {are} not in UTF-8 and {do} not look like Windows-1252: save {it} in "
            "UTF-8"
        )
    lost = share_lost("".join(file.text for file in read))
    if lost > MOST_LOST:
        raise TextError(
            f"{100 * lost:.0f} % of the letters in {paths[0]} have no counterpart in ASCII, which "
            "is all that the voices speak: give a text in the Latin alphabet"
        )
    text = "\n\n".join(filter(None, (clean(file.text, form) for file in read)))
    kept, dropped = drop_repeated(text, form)
    if not kept.strip():
        sentence = f"nothing is left of {paths[0]} when it is cleaned"
        raise TextError(_with_left_out(sentence, left_out))
    return Gathered(
        kept,
        len(chosen),
        tuple(left_out),
        lost,
        dropped / len(text),
        broken=tuple(file.path.name for file in read if UNREADABLE in file.text),
        guessed=tuple(file.path.name for file in read if file.guessed),
    )


def _with_left_out(sentence: str, left_out: Sequence[str]) -> str:
    return f"{sentence}. {_told_left_out(left_out)}" if left_out else sentence


def _files(paths: Sequence[Path]) -> tuple[list[Path], list[str]]:
    found: list[Path] = []
    for path in paths:
        if not path.exists():
            raise TextError(f"there is no file or folder {path}")
        below = path.rglob("*") if path.is_dir() else [path]
        found += sorted(p for p in below if p.is_file() and not p.name.startswith("."))
    taken = [p for p in found if p.suffix.lower() in (*PLAIN, *MARKED_UP)]
    return taken, [p.name for p in found if p not in set(taken)]


def _read(path: Path) -> _File:
    try:
        text, guessed = decode(path.read_bytes())
    except OSError as error:
        raise TextError(f"{path} cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise TextError(f"{path} is no text: save it as plain text in UTF-8") from error
    return _File(path, seen_text(text) if path.suffix.lower() in MARKED_UP else text, guessed)


def share_lost(text: str) -> float:
    """Return the share of a text's letters that leave nothing behind in ASCII."""
    letters = Counter(c for c in text if c.isalpha())
    lost = sum(n for c, n in letters.items() if not c.isascii() and not to_ascii(c).strip())
    return lost / max(1, letters.total())


def clean(text: str, form: str) -> str:
    """Return one file's text in ASCII, in paragraphs."""
    text = text.replace("\r\n", "\n")
    if inner := GUTENBERG.match(text):
        text = inner[1]
    text = to_ascii(text)
    if form == "code":
        lines = (line.rstrip() for line in text.split("\n"))
        return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip("\n")
    lines_apart = text.expandtabs(4).split("\n")
    wrapped_at, found = width(lines_apart), blocks(lines_apart)
    joined = [block for block in found if len(block) > 1 and is_wrapped(block, wrapped_at)]
    # A word processor ends its paragraphs, and a chat its messages, with a line end alone.
    form = form if are_wrapped(joined) else "verse"
    return "\n\n".join(paragraph(block, form, wrapped_at) for block in found)

"""An artist's files as one 7-bit text, and what is to be said about it.

Plain text, Markdown (as it stands) and HTML (its text alone) are read, in UTF-8, UTF-16 or
Windows-1252, as found. Of prose, wrapped lines come to one line a paragraph; verse and code keep
their lines. What Project Gutenberg put around a book goes. Passages that came before are dropped,
as in the shipped voices (`export/dedupe.py`).
"""

import codecs
import html.parser
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from export.cleaners.ascii import to_ascii
from export.cleaners.paragraphs import are_wrapped, blocks, is_wrapped, paragraph, width
from export.dedupe import drop_repeated

PLAIN, MARKED_UP = (".txt", ".text", ".md"), (".html", ".htm")
LITTLE = 300_000  # characters below which a voice repeats itself
REPEATED, LOST, MOST_LOST = 0.15, 0.01, 0.3  # shares that are worth a warning; a refusal
UNREADABLE = "\ufffd"
GUTENBERG = re.compile(
    r"\A.*?^\*\*\* ?START OF [^\n]*\n(.*?)^\*\*\* ?END OF ", re.DOTALL | re.MULTILINE
)
# Elements that stand in a paragraph of their own, and those whose content is no text.
BLOCKS = {"p", "div", "br", "li", "tr", "pre", "blockquote", "section", "article", "table",
          "h1", "h2", "h3", "h4", "h5", "h6"}  # fmt: skip
UNSEEN = {"title", "script", "style", "nav", "template", "svg"}
OTHER_KINDS = (b"%PDF", b"{\\rtf", b"PK\x03\x04")  # whatever such a file is called
CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f]")
MOST_CONTROL = 0.002  # of characters, from which on a file is no text


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

    @property
    def warnings(self) -> list[str]:
        """Return what the artist should know, a sentence each."""
        found: list[str] = []
        if len(self.text) < LITTLE:
            found.append(
                f"This is little text: {len(self.text):,} characters. The voice will know parts of "
                f"it by heart and repeat itself; {LITTLE:,} are better, two million are good."
            )
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
        if self.left_out:
            count = len(self.left_out)
            found.append(f"{count} file(s) of another kind were left out: {_few(self.left_out)}.")
        return found


def _few(names: Sequence[str]) -> str:
    return ", ".join(names[:3]) + (" …" if len(names) > 3 else "")


def gather(paths: Sequence[Path], form: str) -> Gathered:
    """Read files, and folders with all that is below them, as one text; TextError if none is left.

    `form` is prose, verse or code. Files follow each other by name, so that the same files always
    give the same text.
    """
    chosen, left_out = _files(paths)
    if not chosen:
        kinds = ", ".join((*PLAIN, *MARKED_UP))
        raise TextError(f"there is no text in {', '.join(map(str, paths))}: give files of {kinds}")
    raw = [_read(path) for path in chosen]
    lost = share_lost("".join(raw))
    if lost > MOST_LOST:
        raise TextError(
            f"{100 * lost:.0f} % of the letters in {paths[0]} have no counterpart in ASCII, which "
            "is all that the voices speak: give a text in the Latin alphabet"
        )
    text = "\n\n".join(filter(None, (clean(text, form) for text in raw)))
    kept, dropped = drop_repeated(text, form)
    if not kept.strip():
        raise TextError(f"nothing is left of {paths[0]} when it is cleaned")
    broken = tuple(path.name for path, text in zip(chosen, raw, strict=True) if UNREADABLE in text)
    return Gathered(kept, len(chosen), tuple(left_out), lost, dropped / len(text), broken)


def _files(paths: Sequence[Path]) -> tuple[list[Path], list[str]]:
    found: list[Path] = []
    for path in paths:
        if not path.exists():
            raise TextError(f"there is no file or folder {path}")
        below = path.rglob("*") if path.is_dir() else [path]
        found += sorted(p for p in below if p.is_file() and not p.name.startswith("."))
    taken = [p for p in found if p.suffix.lower() in (*PLAIN, *MARKED_UP)]
    return taken, [p.name for p in found if p not in set(taken)]


def _read(path: Path) -> str:
    try:
        text = decode(path.read_bytes())
    except OSError as error:
        raise TextError(f"{path} cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise TextError(f"{path} is no text: save it as plain text in UTF-8") from error
    return seen_text(text) if path.suffix.lower() in MARKED_UP else text


def decode(data: bytes) -> str:
    """Return text in whichever of three encodings it is; ValueError if it is no text.

    Where most of a text is UTF-8, bytes that are not become U+FFFD.
    """
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        text = data.decode("utf-16")
    elif data.startswith(OTHER_KINDS) or b"\0" in data:
        raise ValueError("this is a file of another kind")
    else:
        text = data.decode("utf-8-sig", "replace")
        broken = text.count(UNREADABLE)
        if broken and sum(not c.isascii() for c in text) < 2 * broken:
            text = data.decode("cp1252", "replace")
    if len(CONTROL.findall(text)) > MOST_CONTROL * len(text):
        raise ValueError("a text has no control characters")
    return text


class _Page(html.parser.HTMLParser):
    """Collects what a reader of a page sees.

    Where the end of `head` is left out, as HTML allows, the first element of a body ends it.
    """

    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []
        self._unseen = 0
        self._in_head = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002  # the parser's own signature
        self._unseen += tag in UNSEEN
        self._in_head = tag == "head" or (self._in_head and tag not in {"body", *BLOCKS})
        if tag in BLOCKS:
            self.parts.append("\n" if tag == "br" else "\n\n")

    def handle_endtag(self, tag: str) -> None:
        self._unseen = max(0, self._unseen - (tag in UNSEEN))
        self._in_head = self._in_head and tag != "head"
        if tag in BLOCKS and tag != "br":
            self.parts.append("\n\n")

    def handle_data(self, data: str) -> None:
        if not (self._unseen or self._in_head):
            self.parts.append(re.sub(r"\s+", " ", data))


def seen_text(page: str) -> str:
    """Return the text of an HTML page, a line a paragraph."""
    parser = _Page()
    parser.feed(page)
    parser.close()
    lines = (line.strip() for line in "".join(parser.parts).split("\n"))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip("\n")


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

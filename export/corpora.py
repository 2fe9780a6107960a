"""The styles and their sources, read from corpora.toml.

`corpora.toml` says for each style what it is called, how its lines are kept, and which files it
is made of; for each file its address, its sum, and the rules by which it is cut. Everything is
checked when it is read: a wrong key, a missing one or a malformed value raises `CorpusError`
with the place in its text.
"""

import argparse
import dataclasses
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

CORPORA_TOML: Final = Path(__file__).with_name("corpora.toml")

FORMS: Final = ("prose", "verse", "code")
ADVISORIES: Final = ("", "hate", "adult")
KINDS: Final = (
    "gutenberg",
    "bible",
    "sides",
    "rodwell",
    "chilcot",
    "tweets",
    "speeches",
    "transcripts",
    "unbroken",
    "agc",
    "c",
    "tex",
)
ENCODINGS: Final = ("ascii", "utf-8", "utf-8-sig", "cp1252")

_SLUG = re.compile(r"[a-z][a-z0-9_]{1,31}")
_COLOUR = re.compile(r"#[0-9a-f]{6}")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_FILE = re.compile(r"[a-z0-9_]+/[A-Za-z0-9_.-]+")


class CorpusError(Exception):
    """A corpus cannot be fetched, cut or cleaned as described; the text says which and why."""


@dataclasses.dataclass(frozen=True, slots=True)
class Span:
    """A run of lines, from the line that begins with one marker up to the one with another.

    `start` is part of the run and `until` is not. Without `start` the run begins with the text,
    without `until` it ends with it. `skip` passes over that many lines which also begin with
    `start`.
    """

    start: str | None
    until: str | None
    skip: int = 0


@dataclasses.dataclass(frozen=True, slots=True)
class Source:
    """One file of a corpus: where it is, what it must be, and how it is cut."""

    file: str
    url: str
    sha256: str
    size: int
    encoding: str
    kind: str
    form: str
    members: Mapping[str, str]
    keep: tuple[Span, ...]
    cut: tuple[Span, ...]
    drop_paragraphs: tuple[str, ...]
    drop_lines: tuple[str, ...]
    drop_text: tuple[str, ...]


@dataclasses.dataclass(frozen=True, slots=True)
class Style:
    """One style: its name and colour for the visitor, and the sources of its text.

    Paragraphs in which a pattern of `leave_out` is found, or both patterns of a pair of `apart`,
    are never part of the text.
    """

    slug: str
    title: str
    colour: str
    advisory: str
    form: str
    licence: str
    about: str
    leave_out: tuple[str, ...]
    apart: tuple[tuple[str, str], ...]
    sources: tuple[Source, ...]


def load(path: Path = CORPORA_TOML) -> dict[str, Style]:
    """Read all styles, in the order of the file."""
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise CorpusError(f"{path}: {error}") from error
    tables = document.pop("styles", None)
    words = _words(_Table("words", document.pop("words", {})))
    if not isinstance(tables, dict) or not tables or document:
        raise CorpusError(f"{path}: expected [words] and one table [styles.<slug>] a style")
    return {slug: _style(slug, table, words, path.parent) for slug, table in tables.items()}


def add_choice(parser: argparse.ArgumentParser) -> None:
    """Describe the options by which a step is told which styles, and where its files stand."""
    parser.add_argument(
        "--work", type=Path, metavar="DIR", help="the folder of working files (default: a cache)"
    )
    parser.add_argument(
        "--corpora", type=Path, default=CORPORA_TOML, help="the list of styles and sources"
    )
    parser.add_argument("--only", nargs="+", metavar="SLUG", help="these styles and no others")


def choose(styles: Mapping[str, Style], only: list[str] | None) -> list[Style]:
    """Return the named styles, or all of them, in the order of the file."""
    unknown = sorted(set(only or ()) - set(styles))
    if unknown:
        raise CorpusError(f"no style is called {', '.join(unknown)}; there are {', '.join(styles)}")
    return [style for slug, style in styles.items() if not only or slug in only]


class _Table:
    """A TOML table that is emptied key by key, so that what is left over is a mistake."""

    def __init__(self, place: str, table: object) -> None:
        if not isinstance(table, dict):
            raise CorpusError(f"{place}: expected a table")
        self.place = place
        self._table: dict[str, Any] = dict(table)

    def text(self, key: str, default: str | None = None) -> str:
        value = self._table.pop(key, default)
        if not isinstance(value, str):
            raise CorpusError(f"{self.place}: {key} is missing or not a text")
        return value

    def optional_text(self, key: str) -> str | None:
        return self.text(key) if key in self._table else None

    def matching(self, key: str, pattern: re.Pattern[str]) -> str:
        value = self.text(key)
        if not pattern.fullmatch(value):
            raise CorpusError(f"{self.place}: {key} is {value!r}; expected {pattern.pattern}")
        return value

    def choice(self, key: str, choices: tuple[str, ...], default: str | None = None) -> str:
        value = self.text(key, default)
        if value not in choices:
            raise CorpusError(f"{self.place}: {key} is {value!r}, not one of {', '.join(choices)}")
        return value

    def whole(self, key: str, default: int | None = None) -> int:
        value = self._table.pop(key, default)
        if not isinstance(value, int) or isinstance(value, bool) or value < 0:
            raise CorpusError(f"{self.place}: {key} is missing or not a whole number")
        return value

    def tables(self, key: str) -> list["_Table"]:
        value = self._table.pop(key, [])
        if not isinstance(value, list):
            raise CorpusError(f"{self.place}: {key} is not a list")
        return [_Table(f"{self.place}, {key} {n}", item) for n, item in enumerate(value, 1)]

    def patterns(self, key: str) -> tuple[str, ...]:
        value = self._table.pop(key, [])
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise CorpusError(f"{self.place}: {key} is not a list of texts")
        for item in value:
            try:
                re.compile(item)
            except re.error as error:
                raise CorpusError(f"{self.place}: {key}: {item!r}: {error}") from error
        return tuple(value)

    def pairs(self, key: str, words: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
        value = self._table.pop(key, [])
        found: list[tuple[str, str]] = []
        for pair in value if isinstance(value, list) else [value]:
            if not isinstance(pair, list) or len(pair) != 2 or not set(pair) <= set(words):
                raise CorpusError(f"{self.place}: {key}: {pair!r} is not two lists of [words]")
            found.append((words[pair[0]], words[pair[1]]))
        return tuple(found)

    def names(self) -> list[str]:
        return list(self._table)

    def end(self) -> None:
        if self._table:
            raise CorpusError(f"{self.place}: unknown key {', '.join(sorted(self._table))}")


def _words(table: _Table) -> dict[str, str]:
    """Return for each list of words the pattern that finds one of them."""
    return {name: rf"(?i)\b(?:{'|'.join(table.patterns(name))})\b" for name in table.names()}


def _style(slug: str, raw: object, words: Mapping[str, str], folder: Path) -> Style:
    if not _SLUG.fullmatch(slug):
        raise CorpusError(f"styles.{slug}: a slug is lower-case letters, digits and underscores")
    table = _Table(f"styles.{slug}", raw)
    form = table.choice("form", FORMS)
    style = Style(
        slug=slug,
        title=table.text("title"),
        colour=table.matching("colour", _COLOUR),
        advisory=table.choice("advisory", ADVISORIES),
        form=form,
        licence=table.text("licence"),
        about=table.text("about"),
        leave_out=table.patterns("leave_out"),
        apart=table.pairs("apart", words),
        sources=tuple(_source(slug, form, item, folder) for item in table.tables("sources")),
    )
    table.end()
    if not style.sources:
        raise CorpusError(f"{table.place}: has no sources")
    return style


def _source(slug: str, form: str, table: _Table, folder: Path) -> Source:
    file = table.matching("file", _FILE)
    if not file.startswith(f"{slug}/"):
        raise CorpusError(f"{table.place}: file {file!r} does not lie in the folder {slug}")
    members = table.optional_text("members")
    source = Source(
        file=file,
        url=table.text("url"),
        sha256=table.matching("sha256", _SHA256),
        size=table.whole("bytes"),
        encoding=table.choice("encoding", ENCODINGS),
        kind=table.choice("kind", KINDS, "gutenberg"),
        form=table.choice("form", FORMS, form),
        members=_members(folder / members) if members else {},
        keep=tuple(_span(item) for item in table.tables("keep")),
        cut=tuple(_span(item) for item in table.tables("cut")),
        drop_paragraphs=table.patterns("drop_paragraphs"),
        drop_lines=table.patterns("drop_lines"),
        drop_text=table.patterns("drop_text"),
    )
    table.end()
    if bool(source.members) != file.endswith(".tar"):
        raise CorpusError(f"{table.place}: archives, and only they, have members")
    if source.members and "{member}" not in source.url:
        raise CorpusError(f"{table.place}: url of an archive needs {{member}} in it")
    return source


def _span(table: _Table) -> Span:
    span = Span(table.optional_text("from"), table.optional_text("until"), table.whole("skip", 0))
    table.end()
    if not span.start and not span.until:
        raise CorpusError(f"{table.place}: needs from or until")
    return span


def _members(path: Path) -> dict[str, str]:
    """Read lines of sum and name, as sha256sum writes them."""
    try:
        lines = path.read_text(encoding="ascii").splitlines()
    except OSError as error:
        raise CorpusError(f"{path}: {error.strerror}") from error
    members: dict[str, str] = {}
    for number, line in enumerate(lines, 1):
        total, _, name = line.partition("  ")
        if not _SHA256.fullmatch(total) or not name or ".." in name or name.startswith("/"):
            raise CorpusError(f"{path}, line {number}: expected a sha256, two spaces and a name")
        members[name] = total
    return members

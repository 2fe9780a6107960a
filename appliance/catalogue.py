"""Which styles there are: what the model files say of themselves.

A model file is an ONNX ModelProto. Of that message only field 14, `metadata_props`, is of interest
here, and it is read without loading the network, so that the stage, which knows no onnxruntime,
knows titles and colours too. Wire format: https://protobuf.dev/programming-guides/encoding/.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

METADATA_PROPS = 14  # field number in onnx.proto, ModelProto
VARINT, FIXED64, LENGTH_DELIMITED, FIXED32 = 0, 1, 2, 5  # wire types
SLUG = re.compile(r"[a-z][a-z0-9_]{0,31}")
COLOUR = re.compile(r"#[0-9a-fA-F]{6}")


class BadModelError(Exception):
    """A model file that cannot be used; the message is one sentence that names it."""


@dataclass(frozen=True, slots=True)
class Style:
    """A data set and the model trained on it, as its model file describes them."""

    slug: str
    title: str
    colour: str  # "#rrggbb"
    advisory: str  # empty, or why the curator should decide: "hate", "adult"
    about: str
    licence: str
    test_bits: float | None  # bits a character on text never trained on
    path: Path


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All styles of a folder by slug in alphabetical order, and the files that were left out."""

    styles: dict[str, Style]
    faults: tuple[str, ...]


def read_catalogue(folder: Path) -> Catalogue:
    """Read every .onnx file of a folder; a damaged one becomes a fault, never an exception."""
    styles: dict[str, Style] = {}
    faults: list[str] = []
    for path in sorted(folder.glob("*.onnx")):
        try:
            style = read_style(path)
        except BadModelError as error:
            faults.append(str(error))
            continue
        if style.slug in styles:
            other = styles[style.slug].path.name
            faults.append(f"{path} is left out: {other} is the style {style.slug} already")
        else:
            styles[style.slug] = style
    if not folder.is_dir():
        faults.append(f"there is no folder {folder}: name the models' folder with --models")
    return Catalogue(dict(sorted(styles.items())), tuple(faults))


def read_style(path: Path) -> Style:
    """Read the description inside one model file; BadModelError says what is wrong with it."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise BadModelError(f"{path} cannot be read: {error.strerror}") from error
    try:
        props = dict(_metadata(data))
    except (ValueError, IndexError) as error:
        raise BadModelError(f"{path} is damaged or is no ONNX file: copy it again") from error
    slug = props.get("slug", "")
    if not SLUG.fullmatch(slug):
        raise BadModelError(f"{path} does not say which style it is (metadata key slug)")
    colour = props.get("colour", "")
    if not COLOUR.fullmatch(colour):
        raise BadModelError(f"{path} has no colour of the form #rrggbb (metadata key colour)")
    try:
        bits = float(props["test_bits"])
    except (KeyError, ValueError):
        bits = None
    return Style(
        slug=slug,
        title=props.get("title") or slug,
        colour=colour,
        advisory=props.get("advisory", ""),
        about=props.get("about", ""),
        licence=props.get("corpus_licence", ""),
        test_bits=bits,
        path=path,
    )


def _metadata(data: bytes) -> Iterator[tuple[str, str]]:
    for number, value in _fields(data):
        if number == METADATA_PROPS and isinstance(value, memoryview):
            entry = dict(_fields(value))
            key, text = entry.get(1), entry.get(2, b"")
            yield _text(key), _text(text)


def _text(value: object) -> str:
    if not isinstance(value, memoryview | bytes):
        raise ValueError("a metadata entry is no string")
    return bytes(value).decode("utf-8")


def _fields(data: bytes | memoryview) -> Iterator[tuple[int, int | memoryview]]:
    view = memoryview(data)
    at = 0
    while at < len(view):
        tag, at = _varint(view, at)
        number, wire = tag >> 3, tag & 7
        if wire == VARINT:
            value, at = _varint(view, at)
            yield number, value
            continue
        if wire == LENGTH_DELIMITED:
            size, at = _varint(view, at)
        elif wire in (FIXED64, FIXED32):
            size = 8 if wire == FIXED64 else 4
        else:
            raise ValueError(f"wire type {wire} is not used by ONNX")
        if at + size > len(view):
            raise ValueError("the file ends in the middle of a field")
        yield number, view[at : at + size]
        at += size


def _varint(view: memoryview, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = view[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7
        if shift > 63:
            raise ValueError("a number has too many bytes")

"""Which styles there are: what the model files say of themselves.

A model file is an ONNX ModelProto. Of that message only field 14, `metadata_props`, is of interest
here, and it is read without loading the network, so that the stage, which knows no onnxruntime,
knows titles and colours too. Wire format: https://protobuf.dev/programming-guides/encoding/.
"""

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

METADATA_PROPS = 14  # field number in onnx.proto, ModelProto
KEY, VALUE = 1, 2  # field numbers in onnx.proto, StringStringEntryProto
LONGEST = 1 << 20  # bytes of an entry
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
    """All styles by slug in alphabetical order, and the files that were left out."""

    styles: dict[str, Style]
    faults: tuple[str, ...]
    notes: tuple[str, ...] = ()  # what is as it was meant, and should not surprise anybody
    left_out: tuple[str, ...] = ()  # names of those files, without their endings


def read_catalogue(folder: Path, own: Path | None = None) -> Catalogue:
    """Read every .onnx file of a folder; a damaged one becomes a fault, never an exception.

    `own` is a folder beside it with the site's own voices, which need not exist. A style that both
    have is the site's.
    """
    catalogue = _read_folder(folder)
    if not folder.is_dir():
        fault = f"there is no folder {folder}: styles.models in the settings names the models' one"
        catalogue = replace(catalogue, faults=(*catalogue.faults, fault))
    if own is None or own.resolve() == folder.resolve():  # nothing is read and named twice
        return catalogue
    added = _read_folder(own)
    notes = tuple(
        f"the style {slug} is read from {style.path}, not from {catalogue.styles[slug].path}"
        for slug, style in added.styles.items()
        if slug in catalogue.styles
    )
    styles = dict(sorted((catalogue.styles | added.styles).items()))
    left_out = catalogue.left_out + added.left_out
    return Catalogue(styles, catalogue.faults + added.faults, notes, left_out)


def _read_folder(folder: Path) -> Catalogue:
    styles: dict[str, Style] = {}
    faults: list[str] = []
    left_out: list[str] = []
    for path in sorted(folder.glob("*.onnx")):
        try:
            style = read_style(path)
        except BadModelError as error:
            faults.append(str(error))
            left_out.append(path.stem)
            continue
        if style.slug in styles:
            other = styles[style.slug].path.name
            faults.append(f"{path} is left out: {other} is the style {style.slug} already")
        else:
            styles[style.slug] = style
    return Catalogue(dict(sorted(styles.items())), tuple(faults), left_out=tuple(left_out))


def read_style(path: Path) -> Style:
    """Read the description inside one model file; BadModelError says what is wrong with it."""
    try:
        with path.open("rb") as file:
            props = dict(_metadata(file))
    except OSError as error:
        raise BadModelError(f"{path} cannot be read: {error.strerror}") from error
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


def _metadata(file: BinaryIO) -> Iterator[tuple[str, str]]:
    for entry in _strings(file, {METADATA_PROPS}):
        key, value = (b"".join(_strings(io.BytesIO(entry), {part})) for part in (KEY, VALUE))
        yield key.decode("utf-8"), value.decode("utf-8")


def _strings(file: BinaryIO, wanted: set[int]) -> Iterator[bytes]:
    """Yield the wanted fields of a message; what is not wanted, the network above all, is unread.

    Raises ValueError where the message breaks off or is none.
    """
    end = file.seek(0, io.SEEK_END)
    file.seek(0)
    while file.tell() < end:
        tag = _varint(file)
        number, wire = tag >> 3, tag & 7
        if wire == VARINT:
            _varint(file)
            continue
        if wire == LENGTH_DELIMITED:
            size = _varint(file)
        elif wire in (FIXED64, FIXED32):
            size = 8 if wire == FIXED64 else 4
        else:
            raise ValueError(f"wire type {wire} is not used by ONNX")
        if file.tell() + size > end:
            raise ValueError("the file ends in the middle of a field")
        if number not in wanted:
            file.seek(size, io.SEEK_CUR)
        elif wire == LENGTH_DELIMITED and size <= LONGEST:
            yield file.read(size)
        else:
            raise ValueError("a metadata entry is no string or a very long one")


def _varint(file: BinaryIO) -> int:
    value = 0
    for shift in range(0, 64, 7):
        byte = file.read(1)
        if not byte:
            raise ValueError("the file ends in the middle of a number")
        value |= (byte[0] & 0x7F) << shift
        if byte[0] < 0x80:
            return value
    raise ValueError("a number has too many bytes")

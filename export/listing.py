"""What lies beside the model files: their sums, and a page that says what each was trained on."""

from collections.abc import Collection
from pathlib import Path

import onnx

from appliance.files import replace_file, sha256_of

SUMS, PAGE = "SHA256SUMS", "README.md"
BEGIN = "<!-- table: written by `python -m export convert` -->"
END = "<!-- end of table -->"
NEW_PAGE = f"# The model files\n\n{BEGIN}\n{END}\n"


class ListingError(Exception):
    """A list that cannot be read; the message is one sentence."""


def read_sums(folder: Path) -> dict[str, str]:
    """Return the sha256 of each listed file by name; ListingError if the list is malformed."""
    path = folder / SUMS
    try:
        lines = path.read_text(encoding="ascii").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ListingError(f"{path} cannot be read: run `convert`, which writes it") from error
    sums: dict[str, str] = {}
    for number, line in enumerate(lines, 1):
        digest, separator, name = line.partition("  ")
        if not separator or len(digest) != 64 or not name:
            raise ListingError(f"{path}, line {number}: expected a sha256, two spaces and a name")
        sums[name] = digest
    return sums


def read_metadata(path: Path) -> dict[str, str]:
    """Return what a model file says of itself; ValueError if it is no ONNX file."""
    try:
        model = onnx.load(path)
    except Exception as error:  # protobuf's own exception has no public name
        raise ValueError(f"{path} is damaged or is no ONNX file") from error
    props = {entry.key: entry.value for entry in model.metadata_props}
    if not all(isinstance(text, str) for entry in props.items() for text in entry):
        raise ValueError(f"{path} is damaged: what it says of itself is no UTF-8")  # but bytes
    return props


def write_listing(folder: Path) -> None:
    """Write SHA256SUMS anew, and the table in README.md, for all model files of a folder.

    ListingError, before anything is written, if a file is damaged or the page lacks its marks.
    """
    paths = sorted(folder.glob("*.onnx"))
    before, after = _around_table(folder)
    rows = table(paths)
    sums = "".join(f"{sha256_of(path)}  {path.name}\n" for path in paths)
    replace_file(folder / SUMS, sums.encode("ascii"))
    replace_file(folder / PAGE, f"{before}{BEGIN}\n{rows}{END}{after}".encode())


def check_listing(folder: Path, but: Collection[str] = ()) -> None:
    """Raise the ListingError that `write_listing` would, were it not for some files, by stem."""
    _around_table(folder)
    table([path for path in sorted(folder.glob("*.onnx")) if path.stem not in but])


def _around_table(folder: Path) -> tuple[str, str]:
    page = folder / PAGE
    try:
        text = page.read_text(encoding="utf-8") if page.exists() else NEW_PAGE
    except (OSError, UnicodeDecodeError) as error:
        raise ListingError(f"{page} cannot be read: rename it, and it is written anew") from error
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ListingError(
            f"{page} lacks the two marks between which the table stands, {BEGIN} and {END}: put "
            "them there, or rename it, and it is written anew"
        )
    return before, after


def table(paths: list[Path]) -> str:
    """Return the table of model files in Markdown; ListingError names one that is damaged."""
    heading = ("File", "Trained on", "Licence of the text", "Advisory", "Units", "Size",
               "Test bits", "Worst place", "int8 loss")  # fmt: skip
    rows = [heading, ("---",) * 5 + ("---:",) * 4]
    for path in paths:
        try:
            props = read_metadata(path)
        except ValueError as error:
            raise ListingError(f"{error}: copy it again, or take it out of the folder") from error
        rows.append(
            (
                f"`{path.name}`",
                f"**{props.get('title', path.stem)}**: {props.get('about', '')}",
                props.get("corpus_licence", ""),
                props.get("advisory", ""),
                f"{props.get('layers', '?')} x {props.get('hidden', '?')}",
                f"{path.stat().st_size / 1e6:.1f} MB",
                _figure(props, "test_bits", 3),
                _figure(props, "worst_bits", 3),
                _figure(props, "int8_difference_bits", 4),
            )
        )
    return "".join("| " + " | ".join(_cell(text) for text in row) + " |\n" for row in rows)


def _figure(props: dict[str, str], key: str, places: int) -> str:
    try:
        return f"{float(props[key]):.{places}f}"
    except (KeyError, ValueError):  # a file that somebody dropped in; `verify` says what it lacks
        return "?"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")

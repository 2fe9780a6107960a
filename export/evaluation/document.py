"""Figures in Markdown, and the page of the documentation that they stand on.

What a command writes stands between two marks; the words around it are written by hand.
"""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import fmean
from typing import Any

from appliance.bench.machine import processor
from appliance.files import replace_file
from export.evaluation.report import rows_of, shown_columns, steering_lines

Figures = Mapping[str, Any]


class PageError(Exception):
    """A page without the marks between which something is to stand; the message says which."""


def marks(name: str) -> tuple[str, str]:
    """Return the two marks of a part of a page."""
    return f"<!-- {name}: written by a command, see above -->", f"<!-- end of {name} -->"


def between(page: Path, name: str) -> str:
    """Return what stands on a page between the marks of a name; PageError if they are not there."""
    return _parts(page, name)[1]


def put_between(page: Path, name: str, text: str) -> None:
    """Put a text between the marks of a name; PageError if they are not there."""
    before, _, after = _parts(page, name)
    replace_file(page, f"{before}\n{text}{after}".encode())


def _parts(page: Path, name: str) -> tuple[str, str, str]:
    begin, end = marks(name)
    try:
        before, found, rest = page.read_text(encoding="utf-8").partition(begin)
    except OSError as error:
        raise PageError(f"{page} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise PageError(f"{page} is no text in UTF-8: save it as such") from error
    inner, found_end, after = rest.partition(end)
    if not found or not found_end:
        raise PageError(f"{page} lacks the two marks between which {name} stands: {begin} … {end}")
    return before + begin, inner, end + after


def figures_in_markdown(report: Figures, pictures: Sequence[Path], page: Path) -> str:
    """Return aims, the table of all styles and the pictures of a report."""
    lines = ["", f"Measured on {processor()}; {_how(report)}.", ""]
    lines += ["| aim | found | met |", "| --- | --- | --- |"]
    for aim in report["aims"]:
        lines.append(f"| {aim['wanted']} | {aim['found']} | {'yes' if aim['met'] else '**no**'} |")
    rows = rows_of(report)
    columns = shown_columns(rows)
    lines += ["", _row("style", *(heading for heading, _, _ in columns))]
    lines.append(_row("---", *("---:" for _ in columns)))
    for slug, row in rows.items():
        values = (write(row[part][name]) if part in row else ""
                  for _, (part, name), write in columns)  # fmt: skip
        lines.append(_row(slug, *values))
    if columns:
        lines.append(_row("**mean**", *(_mean(rows, *column) for column in columns)))
    for line in steering_lines(report):
        lines += ["", line]
    for picture in sorted(pictures):
        lines += [
            "",
            f"![{picture.stem.replace('_', ' ')}]({os.path.relpath(picture, page.parent)})",
        ]
    return "\n".join([*lines, ""])


def _how(report: Figures) -> str:
    settings = report["settings"]
    some = settings["places"]
    return (
        (f"a quick look, at {some} places a style only, which decides nothing: " if some else "")
        + f"{settings['pieces']} pieces of 400 characters a style typed at temperature "
        f"{settings['temperature']:g} with seed {settings['seed']}, "
        f"{settings['steering_pieces']} a mixture for steering, {settings['long']:,} characters in "
        "one go"
    )


def _mean(rows: Figures, _: str, path: tuple[str, str], write: Any) -> str:
    part, name = path
    values = [row[part][name] for row in rows.values() if part in row]
    return str(sum(values)) if write is str else write(fmean(values))


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"

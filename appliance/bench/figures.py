"""What a measure found, and its three forms: a table for eyes, Markdown for docs, plain data."""

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike

COLUMNS = ("", "median", "p99", "n", "")


@dataclass(frozen=True, slots=True)
class Figure:
    """One row: a name, the median and 99th percentile of n samples in a unit, and a note.

    A quantity that has no spread has no p99; what could not be measured has no median either, and
    its note says why.
    """

    name: str
    unit: str
    median: float | None
    p99: float | None = None
    n: int = 1
    note: str = ""

    def __post_init__(self) -> None:
        for value in (self.median, self.p99):
            if value is not None and not math.isfinite(value):
                raise ValueError(f"the figure {self.name!r} is {value}, which is no finite number")

    @classmethod
    def of(cls, name: str, unit: str, samples: ArrayLike, note: str = "") -> Self:
        """Sum up samples (N,); ValueError if there are none, or one is not finite."""
        values = np.asarray(samples, dtype=np.float64)
        if values.size == 0 or not np.isfinite(values).all():
            raise ValueError(f"the figure {name!r} needs samples, all of them finite")
        median, p99 = np.percentile(values, (50, 99))
        return cls(name, unit, float(median), float(p99), values.size, note)

    @classmethod
    def missing(cls, name: str, why: str) -> Self:
        """Return the row of what could not be measured here."""
        return cls(name, "", None, n=0, note=f"not measured: {why}")


@dataclass(frozen=True, slots=True)
class Found:
    """All figures of one measure."""

    name: str
    title: str
    figures: tuple[Figure, ...]


def as_table(found: Found) -> str:
    """Return one measure's figures in columns, its title above."""
    rows = [_row(figure) for figure in found.figures]
    widths = [max(len(row[i]) for row in (COLUMNS, *rows)) for i in range(4)]
    lines = [f"{found.title}  [{found.name}]"]
    for name, median, p99, n, note in (COLUMNS, *rows):
        line = f"  {name:{widths[0]}}  {median:>{widths[1]}}  {p99:>{widths[2]}}  {n:>{widths[3]}}"
        lines.append(f"{line}  {note}".rstrip())
    return "\n".join(lines)


def as_markdown(found: Found) -> str:
    """Return one measure's figures as a table for a page of docs."""
    lines = [f"### {found.title}", "", "| | median | p99 | n | |", "|---|--:|--:|--:|---|"]
    lines += [f"| {' | '.join(_row(figure))} |" for figure in found.figures]
    return "\n".join(lines)


def as_data(machine: dict[str, Any], founds: Sequence[Found]) -> dict[str, Any]:
    """Return everything as plain values, for JSON."""
    return {"machine": machine, "measures": [asdict(found) for found in founds]}


def short(value: float) -> str:
    """Write a number with three digits that count, and all of those before the point."""
    if abs(value) >= 100.0:
        return f"{value:,.0f}"
    return f"{value:.3g}" if abs(value) >= 1e-3 or value == 0.0 else f"{value:.1e}"


def _row(figure: Figure) -> tuple[str, str, str, str, str]:
    if figure.median is None:
        return figure.name, "-", "", "", figure.note
    median = f"{short(figure.median)} {figure.unit}".rstrip()
    p99 = "" if figure.p99 is None else short(figure.p99)
    return figure.name, median, p99, str(figure.n) if figure.n > 1 else "", figure.note

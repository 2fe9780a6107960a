"""An evaluation as tables in the terminal."""

from collections.abc import Callable, Mapping
from statistics import fmean
from typing import Any

from rich.console import Console
from rich.table import Table

from export.evaluation.aims import aims

Figures = Mapping[str, Any]


def _bits(value: float) -> str:
    return f"{value:.3f}"


def _share(value: float) -> str:
    return f"{100 * value:.1f} %"


# Heading, where the figure stands in a style's part of the report, and how it is written.
Column = tuple[str, tuple[str, str], Callable[[float], str]]
COLUMNS: tuple[Column, ...] = (
    ("test bits", ("bits", "mean"), _bits),
    ("worst place", ("bits", "worst"), _bits),
    ("PPMd 6", ("compressors", "ppmd6"), _bits),
    ("PPMd 8", ("compressors", "ppmd8"), _bits),
    ("xz", ("compressors", "xz"), _bits),
    ("one go", ("road", "bits"), _bits),
    ("lost", ("road", "lost"), str),
    ("told, real", ("told", "real"), _share),
    ("told, typed", ("told", "typed"), _share),
    ("verbatim", ("copying", "typed"), _share),
    ("of real", ("copying", "real"), _share),
    ("spelling", ("spelling", "typed"), _share),
    ("of real", ("spelling", "real"), _share),
)


def rows_of(report: Figures) -> dict[str, dict[str, Any]]:
    """Return each style's figures, with how well it was told apart."""
    rows = {slug: dict(figures) for slug, figures in report["styles"].items()}
    if told := report.get("classifier"):
        for slug, row in rows.items():
            row["told"] = {kind: told[kind]["by_style"][slug] for kind in ("real", "typed")}
    return rows


def shown_columns(rows: Mapping[str, Figures]) -> list[Column]:
    """Return the columns of which there are figures."""
    return [c for c in COLUMNS if any(c[1][0] in row for row in rows.values())]


def print_report(report: Figures, console: Console) -> None:
    """Print one row a style with what was measured, the means, steering, and the aims."""
    rows = rows_of(report)
    shown = shown_columns(rows)
    table = Table(header_style="bold")
    table.add_column("style")
    for heading, _, _ in shown:
        table.add_column(heading, justify="right")
    for slug, row in rows.items():
        table.add_row(slug, *(_cell(row, path, write) for _, path, write in shown))
    table.add_section()
    table.add_row("mean", *(_mean(rows, path, write) for _, path, write in shown))
    if shown:
        console.print(table)
    for line in steering_lines(report):
        console.print(line)
    judged = Table("aim", "found", "met", header_style="bold")
    for aim in aims(report):
        judged.add_row(aim.wanted, aim.found, "yes" if aim.met else "no")
    if judged.row_count:
        console.print(judged)
    for slug, row in rows.items():
        if not row["same_text"]:
            console.print(
                f"{slug}: the text has changed since this model was trained, so that its test part "
                "may hold text that the model has read"
            )


def steering_lines(report: Figures) -> list[str]:
    """Return a sentence on each rule's steering."""
    return [
        f"Steering, {joint}: Spearman's rho {rule['mean_rho']:.3f} on the mean of "
        f"{report['steering']['pairs']} pairs, {rule['least']['rho']:.3f} at the least "
        f"({rule['least']['first']} to {rule['least']['second']}); at the even mixture "
        f"{100 * rule['elsewhere']:.1f} % goes to other styles than the two."
        for joint, rule in report.get("steering", {}).get("rules", {}).items()
    ]


def _cell(row: Figures, path: tuple[str, str], write: Callable[[float], str]) -> str:
    part, name = path
    return write(row[part][name]) if part in row else ""


def _mean(rows: Mapping[str, Figures], path: tuple[str, str], write: Callable[[float], str]) -> str:
    part, name = path
    values = [row[part][name] for row in rows.values() if part in row]
    if write is str:
        return str(sum(values))
    return write(fmean(values)) if values else ""

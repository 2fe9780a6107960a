"""Run the experiments by which size and recipe were chosen, and print what they found.

    python -m export experiment --work DIR [--only GROUP ...] [--tables] [--page FILE]

The experiments stand in `experiments.toml`. Each variant trains until it has had its processor
time; a killed one goes on where it stood, and a finished one is only read.
"""

import argparse
import itertools
import json
import subprocess
import sys
import tomllib
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
import torch

from export.evaluation.document import PageError, between, put_between
from export.network import Shape
from export.split import Parts, split
from export.train import with_bar
from export.trainer import Recipe, Run, load_weights
from export.work import slugs_with_text, work_folder

EXPERIMENTS = Path(__file__).with_name("experiments.toml")
BASES = Path(__file__).with_name("base")
COLUMNS = (0.25, 0.5, 1.0)  # of the common processor time
ENOUGH = 0.98  # of its minutes; a run that was ended from outside logs a little less


class ExperimentError(Exception):
    """An experiment that is not described well or cannot run; the message is one sentence."""


@dataclass(frozen=True, slots=True)
class Variant:
    """One run: what learns, how, on which text, and for how long."""

    name: str  # of its folder in runs/
    title: str
    style: str  # empty: a base on all styles
    start: str  # file of weights in export/base, or empty: from nothing
    shape: Shape
    recipe: Recipe
    minutes: float  # of processor time

    def folder(self, work: Path) -> Path:
        """Return where the run stands, as `train` would name it."""
        return work / "runs" / self.name / (self.style or "base")


@dataclass(frozen=True, slots=True)
class Group:
    """Variants that answer one question."""

    name: str
    question: str
    course: bool  # whether each run's course is of interest, and not the comparison
    variants: tuple[Variant, ...]


@dataclass(frozen=True, slots=True)
class Log:
    """What a run has logged: N measurements, oldest first."""

    seconds: tuple[float, ...]  # of processor time
    characters: tuple[int, ...]
    training: tuple[float, ...]  # bits a character
    validation: tuple[float, ...]  # bits a character, mean of the styles

    def at(self, seconds: float) -> tuple[float, float]:
        """Return validation bits and characters at a processor time, interpolated."""
        bits = np.interp(seconds, self.seconds, self.validation)
        return float(bits), float(np.interp(seconds, self.seconds, self.characters))


def read_experiments(path: Path = EXPERIMENTS) -> list[Group]:
    """Read all groups of a file; ExperimentError names file and key of what is wrong."""
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
        return [_group(name, dict(table)) for name, table in tables.items()]
    except OSError as error:
        raise ExperimentError(f"{path} cannot be read: {error.strerror}") from error
    except (ValueError, TypeError, KeyError, ExperimentError) as error:
        raise ExperimentError(f"{path}: {error}") from error


def _group(name: str, table: dict[str, Any]) -> Group:
    question, variants = table.pop("question", ""), table.pop("variants", {})
    course = bool(table.pop("course", False))
    if not question or not variants:
        raise ExperimentError(f"{name} needs a question and variants")
    return Group(
        name, question, course, tuple(_variant(name, table, *item) for item in variants.items())
    )


def _variant(group: str, common: dict[str, Any], name: str, own: dict[str, Any]) -> Variant:
    known = {"title", "style", "start", "minutes"}
    merged = {**common, **own}
    shape, recipe = (
        {**common.get(table, {}), **own.get(table, {})} for table in ("shape", "recipe")
    )
    for place, keys, allowed in (
        ("", merged, known | {"shape", "recipe"}),
        ("shape.", shape, {f.name for f in fields(Shape)}),
        ("recipe.", recipe, {f.name for f in fields(Recipe)}),
    ):
        if unknown := sorted(set(keys) - allowed):
            raise ExperimentError(f"the key {place}{unknown[0]} of {group}.{name} is unknown")
    if "minutes" not in merged:
        raise ExperimentError(f"{group}.{name} needs minutes")
    return Variant(
        name,
        title=merged.get("title", name),
        style=merged.get("style", ""),
        start=merged.get("start", ""),
        shape=Shape(**shape),
        recipe=Recipe(**recipe),
        minutes=float(merged["minutes"]),
    )


def read_log(folder: Path) -> Log | None:
    """Return what a run has logged, or None if that is nothing yet.

    A run that was killed measures some places twice; the later measurement counts. A torn line
    does not.
    """
    try:
        text = (folder / "log.jsonl").read_text(encoding="ascii", errors="replace")
    except OSError:
        return None
    by_characters: dict[int, dict[str, Any]] = {}
    for line in text.splitlines():
        try:
            entry = json.loads(line)
        except ValueError:  # torn by a kill
            continue
        if not isinstance(entry, dict) or "characters" not in entry:  # or by a power cut
            continue
        # What was measured beyond the checkpoint from which a run went on is not part of it.
        by_characters = {n: e for n, e in by_characters.items() if n < entry["characters"]}
        if "processor_seconds" in entry:
            by_characters[entry["characters"]] = entry
    entries = list(by_characters.values())
    if not entries:
        return None
    return Log(
        tuple(float(e["processor_seconds"]) for e in entries),
        tuple(by_characters),
        tuple(e["training_bits"] for e in entries),
        tuple(e["validation_bits"] for e in entries),
    )


def finished(variant: Variant, work: Path) -> bool:
    """Tell whether a variant has had its time, or has read all its characters."""
    log = read_log(variant.folder(work))
    if log is None:
        return False
    timed = log.seconds[-1] >= ENOUGH * 60.0 * variant.minutes
    return timed or log.characters[-1] >= variant.recipe.characters


def learn(variant: Variant, work: Path) -> None:
    """Train one variant until it has had its time; ExperimentError if it cannot."""
    torch.set_num_threads(1)  # so that processor time is time, and the same on every machine
    slugs = [variant.style] if variant.style else slugs_with_text(work)
    parts = {slug: _parts(work, slug) for slug in slugs}
    start = None
    try:
        if variant.start:
            shape, start = load_weights(BASES / variant.start)
            if shape != variant.shape:
                raise ExperimentError(f"{variant.start} has another shape than {variant.name}")
        run = Run(
            variant.folder(work),
            variant.shape,
            variant.recipe,
            {slug: part.training for slug, part in parts.items()},
            {slug: part.validation for slug, part in parts.items()},
            start=start,
        )
    except (OSError, ValueError) as error:
        raise ExperimentError(f"{variant.name}: {error}") from error
    with_bar(run, variant.name, seconds=60.0 * variant.minutes)


def _parts(work: Path, slug: str) -> Parts:
    path = work / "text" / f"{slug}.txt"
    try:
        return split(path.read_text(encoding="ascii"))
    except OSError as error:
        raise ExperimentError(f"there is no text {path}: run `python -m export prepare`") from error
    except ValueError as error:  # not ASCII, or too short
        raise ExperimentError(f"{path} cannot be used: {error}") from error


def tables(groups: list[Group], work: Path) -> str:
    """Return what the groups found so far, in Markdown; ExperimentError if that is nothing."""
    if not any(read_log(v.folder(work)) for group in groups for v in group.variants):
        raise ExperimentError(
            f"no experiment has been run in {work}: name the folder of its runs by --work"
        )
    return "\n".join(_course(g, work) if g.course else _comparison(g, work) for g in groups)


def _comparison(group: Group, work: Path) -> str:
    logs = {v: log for v in group.variants if (log := read_log(v.folder(work)))}
    lines = [f"**{group.question}**", ""]
    if logs:
        common = min(log.seconds[-1] for log in logs.values())
        # Before the first measurement of the slowest there is nothing to interpolate.
        first = max(log.seconds[0] for log in logs.values())
        times = [s for share in COLUMNS if (s := share * common) >= first]
        heads = [f"bits at {s / 60:.1f} min" for s in times]
        lines += _heading("variant", *heads, f"characters read in {common / 60:.1f} min")
        by_bits = sorted(logs.items(), key=lambda item: item[1].at(common)[0])
        for variant, log in by_bits:
            bits = [f"{log.at(s)[0]:.3f}" for s in times]
            lines.append(_row(variant.title, *bits, f"{log.at(common)[1] / 1e6:.1f} M"))
    return "\n".join([*lines, *_missing(group, logs), ""])


def _course(group: Group, work: Path) -> str:
    logs = {v: log for v in group.variants if (log := read_log(v.folder(work)))}
    lines = [f"**{group.question}**", ""]
    if logs:
        lines += _heading("passes over the training text, bits in training / validation",
                          *(v.title for v in logs))  # fmt: skip
        lengths = [len(_parts(work, v.style).training) for v in logs]
        passes = [
            [f"{n / length:.1f}: {t:.2f} / {v:.3f}" + (" *" if v == min(log.validation) else "")
             for n, t, v in zip(log.characters, log.training, log.validation, strict=True)]
            for log, length in zip(logs.values(), lengths, strict=True)
        ]  # fmt: skip
        rows = itertools.zip_longest(*passes, fillvalue="")
        lines += [_row(str(number), *row) for number, row in enumerate(rows, 1)]
        lines += ["", "\\* the best, which is the one that is kept."]
    return "\n".join([*lines, *_missing(group, logs), ""])


def _missing(group: Group, logs: dict[Variant, Log]) -> list[str]:
    missing = [v.title for v in group.variants if v not in logs]
    return ["", f"Not run: {', '.join(missing)}."] if missing else []


def _heading(*cells: str) -> list[str]:
    return [_row(*cells), _row("---", *("---:",) * (len(cells) - 1))]


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def _chosen(groups: list[Group], only: list[str] | None, file: Path) -> list[Group]:
    if unknown := sorted(set(only or ()) - {group.name for group in groups}):
        raise ExperimentError(f"{file} has no group {', '.join(unknown)}")
    return [group for group in groups if not only or group.name in only]


def _named(groups: list[Group], name: str) -> Variant:
    for group in groups:
        for variant in group.variants:
            if variant.name == name:
                return variant
    raise ExperimentError(f"no experiment has a variant {name}")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `experiment`."""
    parser.add_argument("--work", type=Path, help="folder of working files (in the user's cache)")
    parser.add_argument("--file", type=Path, default=EXPERIMENTS, help="what is tried")
    parser.add_argument("--only", nargs="+", metavar="GROUP", help="these groups alone")
    parser.add_argument("--variant", metavar="NAME", help="this one alone")
    parser.add_argument("--tables", action="store_true", help="run nothing, print what is there")
    parser.add_argument(
        "--page", type=Path, metavar="FILE", help="put it between the marks of this Markdown page"
    )


def run(args: argparse.Namespace) -> int:
    """Carry out `experiment`; return 1 if a variant failed, 2 if it was asked wrongly."""
    work = work_folder(args.work)
    try:
        chosen = _chosen(read_experiments(args.file), args.only, args.file)
        if args.variant:
            learn(_named(chosen, args.variant), work)
            return 0
        if args.page:
            between(args.page, "experiments")
    except (ExperimentError, PageError, FileNotFoundError) as error:
        print(error, file=sys.stderr)
        return 2
    failed = 0
    if not args.tables:
        left = [v for group in chosen for v in group.variants if not finished(v, work)]
        for variant in left:  # each in a process of its own, with its own compiled steps
            command = [sys.executable, "-m", "export", "experiment", "--variant", variant.name]
            command += ["--work", str(work), "--file", str(args.file)]
            failed += subprocess.run(command, check=False).returncode != 0
    try:
        found = tables(chosen, work)
        print(found)
        if args.page:
            put_between(args.page, "experiments", f"\n{found}")
    except (ExperimentError, PageError) as error:
        print(error, file=sys.stderr)
        return 2
    return 1 if failed else 0

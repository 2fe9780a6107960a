"""Train a base on all styles together, then one network a style from it.

    python -m export train base    --work DIR
    python -m export train styles  --work DIR --jobs 2

How each learns stands in `recipe.toml`. Both go on where they were killed.
"""

import argparse
import json
import math
import os
import subprocess
import sys
import tomllib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields
from pathlib import Path
from typing import Any

import torch
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from export.network import Shape
from export.split import Parts, split
from export.trainer import Recipe, Run, load_weights
from export.work import slugs_with_text, work_folder

RECIPE = Path(__file__).with_name("recipe.toml")


def read_recipe(path: Path = RECIPE) -> dict[str, Any]:
    """Read the tables `shape`, `base` and `style` of a recipe; ValueError names a wrong key."""
    tables = tomllib.loads(path.read_text(encoding="utf-8"))
    known = {
        "shape": {f.name for f in fields(Shape)},
        "base": {f.name for f in fields(Recipe)},
        "style": {f.name for f in fields(Recipe)} | {"most_passes"},
    }
    for table, entries in tables.items():
        for key in entries:
            if key not in known.get(table, ()):
                raise ValueError(f"{path.name}: the key {table}.{key} is unknown")
    return tables


def style_recipe(tables: dict[str, Any], training: str) -> Recipe:
    """Return the recipe for one style, whose length is bounded by passes over its own text."""
    entries = dict(tables["style"])
    most = entries.pop("most_passes")
    recipe = Recipe(**entries)
    return Recipe(**{**entries, "characters": min(recipe.characters, int(most * len(training)))})


def read_parts(work: Path, slugs: list[str]) -> dict[str, Parts]:
    """Read and split the prepared texts."""
    return {
        slug: split((work / "text" / f"{slug}.txt").read_text(encoding="ascii")) for slug in slugs
    }


def train_base(work: Path, name: str, tables: dict[str, Any], base: Path | None = None) -> None:
    """Train one network on all styles' training texts, in `runs/<name>/base`.

    It begins with the weights in `base`, if there are any; ValueError if they are of another shape.
    """
    shape, start = Shape(**tables["shape"]), None
    if base is not None:
        found, start = load_weights(base)
        if found != shape:
            raise ValueError(f"{base} has the shape {found}, the recipe {shape}")
    parts = read_parts(work, slugs_with_text(work))
    run = Run(
        work / "runs" / name / "base",
        shape,
        Recipe(**tables["base"]),
        {slug: part.training for slug, part in parts.items()},
        {slug: part.validation for slug, part in parts.items()},
        start=start,
    )
    with_bar(run, "base")
    note_finished(run)


def train_style(work: Path, name: str, slug: str, tables: dict[str, Any], base: Path) -> None:
    """Fine-tune the base on one style, in `runs/<name>/<slug>`."""
    parts = read_parts(work, [slug])[slug]
    shape, weights = load_weights(base)
    run = Run(
        work / "runs" / name / slug,
        shape,
        style_recipe(tables, parts.training),
        {slug: parts.training},
        {slug: parts.validation},
        start=weights,
    )
    with_bar(run, slug)
    note_finished(run)


def with_bar(
    run: Run, title: str, *, seconds: float = math.inf, patience: float = math.inf
) -> None:
    """Train a run as `Run.train` does, and show how far it is."""
    columns = (
        TextColumn("{task.description:20}"),
        BarColumn(),
        TextColumn("{task.percentage:5.1f}%"),
        TimeRemainingColumn(compact=True, elapsed_when_finished=True),
        TextColumn("{task.fields[known]}"),
    )
    with Progress(*columns) as bar:
        task = bar.add_task(title, total=run.recipe.characters, completed=run.done, known="")

        def show(done: int, _: int, known: str) -> None:
            bar.update(task, completed=done, known=known)

        run.train(show, seconds=seconds, patience=patience)


def note_finished(run: Run) -> None:
    """Write into a run's folder that nothing is left to do."""
    (run.folder / "finished.json").write_text(
        json.dumps({"validation_bits": run.best, "characters": run.done}) + "\n", encoding="ascii"
    )


def train_styles(args: argparse.Namespace, work: Path) -> int:
    """Fine-tune every style, `--jobs` processes of one thread at a time; return an exit status."""
    wanted = args.only or slugs_with_text(work)
    left = [s for s in wanted if not (work / "runs" / args.name / s / "finished.json").exists()]

    def one(slug: str) -> int:
        command = [sys.executable, "-m", "export", "train", "style", "--only", slug]
        command += ["--work", str(work), "--name", args.name, "--recipe", str(args.recipe)]
        command += ["--base", str(args.base)] if args.base else []
        return subprocess.run(command, check=False).returncode

    with ThreadPoolExecutor(args.jobs) as pool:
        return max(pool.map(one, left), default=0)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `train`."""
    parser.add_argument("what", choices=("base", "styles", "style"))
    parser.add_argument("--work", type=Path, help="folder of working files (%(default)s)")
    parser.add_argument("--name", default="voices", help="name of this set of runs (%(default)s)")
    parser.add_argument("--recipe", type=Path, default=RECIPE, help="how to learn (%(default)s)")
    parser.add_argument("--base", type=Path, help="weights to start from (styles: the run's base)")
    parser.add_argument("--only", nargs="+", metavar="SLUG", help="these styles alone")
    parser.add_argument("--jobs", type=int, default=max(1, (os.cpu_count() or 1)))
    parser.add_argument("--threads", type=int, default=1, help="threads a process (%(default)s)")


def run(args: argparse.Namespace) -> int:
    """Carry out `train`; return an exit status."""
    torch.set_num_threads(args.threads)
    work = work_folder(args.work)
    tables = read_recipe(args.recipe)
    if args.what == "base":
        train_base(work, args.name, tables, args.base)
        return 0
    if args.what == "styles":
        return train_styles(args, work)
    base = args.base or work / "runs" / args.name / "base" / "best.npz"
    if not base.exists():
        print(
            f"There is no base at {base}: train it first, or name one with --base.", file=sys.stderr
        )
        return 2
    for slug in args.only or []:
        train_style(work, args.name, slug, tables, base)
    return 0

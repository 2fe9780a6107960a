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
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from appliance.files import replace_file
from export.asked import at_least_one, in_a_sentence
from export.network import Shape
from export.split import Parts, split
from export.trainer import Recipe, Run, load_weights
from export.work import slugs_with_text, work_folder

RECIPE = Path(__file__).with_name("recipe.toml")
# The keys of each table of a recipe, and the type of each.
KEYS = {name: type(value) for name, value in asdict(Recipe()).items()}
TABLES: dict[str, dict[str, type]] = {
    "shape": dict.fromkeys(asdict(Shape()), int),
    "base": KEYS,
    "style": {**KEYS, "most_passes": float},
}
SHARES = {"restart", "warm_up", "cool_down", "dropout", "weight_drop", "average"}
MAY_BE_ZERO = {"seed", "evenness", "weight_decay", "bound"}


class TrainingError(ValueError):
    """What training needs is not there or is not so; the message is one sentence."""


def read_recipe(path: Path = RECIPE, *needed: str) -> dict[str, Any]:
    """Read the tables `shape`, `base` and `style` of a recipe, of which some are needed.

    TrainingError names the file and the key of what is wrong.
    """
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise TrainingError(f"the recipe {path} cannot be read: {error.strerror}") from error
    except ValueError as error:  # no TOML, or no UTF-8
        raise TrainingError(f"{path} is no recipe: {error}") from error
    for table in (*tables, *needed):
        if table not in TABLES or not isinstance(tables.get(table), dict):
            raise TrainingError(f"{path} is no recipe: it takes the tables {', '.join(TABLES)}")
        for key, value in tables[table].items():
            if key not in TABLES[table]:
                raise TrainingError(f"{path}: the key {table}.{key} is unknown")
            if wanted := _wanted_of(TABLES[table][key], key, value):
                raise TrainingError(f"{path}: {table}.{key} is {value!r}, but it must be {wanted}")
    if "style" in needed and "most_passes" not in tables["style"]:
        raise TrainingError(f"{path} lacks the key style.most_passes")
    return tables


def _wanted_of(kind: type, key: str, value: Any) -> str:
    """Say what a key's value must be, if it is not so."""
    least = int(key not in MAY_BE_ZERO)
    if kind is int:
        whole = isinstance(value, int) and not isinstance(value, bool) and value >= least
        return "" if whole else f"a whole number of at least {least}"
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if key in SHARES:
        return "" if number and 0.0 <= value <= 1.0 else "a number from 0 to 1"
    good = number and math.isfinite(value) and (value > 0.0 or (value == 0.0 and not least))
    return "" if good else f"a number {'above' if least else 'of at least'} 0"


def style_recipe(tables: dict[str, Any], training: str) -> Recipe:
    """Return the recipe for one style, whose length is bounded by passes over its own text."""
    entries = dict(tables["style"])
    most = entries.pop("most_passes")
    recipe = Recipe(**entries)
    return Recipe(**{**entries, "characters": min(recipe.characters, int(most * len(training)))})


def read_parts(work: Path, slugs: list[str]) -> dict[str, Parts]:
    """Read and split the prepared texts; TrainingError names one that is not to be had."""
    parts: dict[str, Parts] = {}
    for slug in slugs:
        path = work / "text" / f"{slug}.txt"
        try:
            parts[slug] = split(path.read_text(encoding="ascii"))
        except OSError as error:
            raise TrainingError(
                f"there is no text {path}: run `python -m export prepare`, or name its folder by "
                "--work"
            ) from error
        except ValueError as error:  # not ASCII, or too short
            raise TrainingError(f"{path} cannot be used: {error}") from error
    return parts


def train_base(work: Path, name: str, tables: dict[str, Any], base: Path | None = None) -> None:
    """Train one network on all styles' training texts, in `runs/<name>/base`.

    It begins with the weights in `base`, if there are any; TrainingError if they are of another
    shape.
    """
    shape, start = Shape(**tables["shape"]), None
    if base is not None:
        found, start = load_weights(base)
        if found != shape:
            raise TrainingError(f"{base} has the shape {found}, the recipe {shape}")
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
    said = json.dumps({"validation_bits": run.best, "characters": run.done}) + "\n"
    replace_file(run.folder / "finished.json", said.encode("ascii"))


def train_styles(args: argparse.Namespace, work: Path) -> int:
    """Fine-tune every style, `--jobs` processes of one thread at a time; return an exit status."""
    wanted = args.only or slugs_with_text(work)
    if args.base:
        load_weights(args.base)
    read_parts(work, wanted)  # rather than find out in the last of many hours
    left = [s for s in wanted if not (work / "runs" / args.name / s / "finished.json").exists()]

    def one(slug: str) -> int:
        command = [sys.executable, "-m", "export", "train", "style", "--only", slug]
        command += ["--work", str(work), "--name", args.name, "--recipe", str(args.recipe)]
        command += ["--base", str(args.base)] if args.base else []
        return subprocess.run(command, check=False).returncode

    with ThreadPoolExecutor(args.jobs) as pool:
        # A killed one has a negative status, which is no better than any other.
        return 1 if any(list(pool.map(one, left))) else 0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `train`."""
    parser.add_argument("what", choices=("base", "styles", "style"))
    parser.add_argument("--work", type=Path, help="folder of working files (%(default)s)")
    parser.add_argument("--name", default="voices", help="name of this set of runs (%(default)s)")
    parser.add_argument("--recipe", type=Path, default=RECIPE, help="how to learn (%(default)s)")
    parser.add_argument("--base", type=Path, help="weights to start from (styles: the run's base)")
    parser.add_argument("--only", nargs="+", metavar="SLUG", help="these styles alone")
    parser.add_argument(
        "--jobs", type=at_least_one, default=os.cpu_count() or 1,
        help="processes of one thread at a time, of styles (%(default)s); 1 on a GPU",
    )  # fmt: skip
    parser.add_argument(
        "--threads", type=at_least_one, default=1, help="threads a process (%(default)s)"
    )


def run(args: argparse.Namespace) -> int:
    """Carry out `train`; return 2 if it was asked wrongly, 1 if a style could not be trained."""
    torch.set_num_threads(args.threads)
    try:
        return _train(args, work_folder(args.work))
    except ValueError as error:  # a recipe, a text, weights, a run
        print(error, file=sys.stderr)
    except OSError as error:
        print(in_a_sentence(error), file=sys.stderr)
    return 2


def _train(args: argparse.Namespace, work: Path) -> int:
    tables = read_recipe(args.recipe, *(("shape", "base") if args.what == "base" else ("style",)))
    if args.what == "base":
        train_base(work, args.name, tables, args.base)
        return 0
    base = args.base or work / "runs" / args.name / "base" / "best.npz"
    if not base.is_file():
        raise TrainingError(f"there is no base at {base}: train it first, or name one with --base")
    if args.what == "styles":
        return train_styles(args, work)
    if not args.only:
        raise TrainingError("train style takes --only SLUG; all of them are `train styles`")
    for slug in args.only:
        train_style(work, args.name, slug, tables, base)
    return 0

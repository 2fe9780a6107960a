"""Train a base on all styles together, then one network a style from it.

    python -m export train base    --work DIR
    python -m export train styles  --work DIR --jobs 2

How each learns stands in `recipe.toml`. Both go on where they were killed.
"""

import argparse
import contextlib
import json
import math
import os
import subprocess
import sys
import tomllib
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from appliance.files import replace_file, sha256_of
from export.asked import at_least_one, in_a_sentence
from export.network import Shape
from export.origin import Hashes, Origin, otherwise, read_origin
from export.recipe import KEYS, Recipe, wanted_of
from export.split import Parts, split
from export.trainer import DamagedError, Run, load_weights, read_notes
from export.work import slugs_with_text, work_folder

RECIPE = Path(__file__).with_name("recipe.toml")
# The keys of each table of a recipe, and the type of each.
TABLES: dict[str, dict[str, type]] = {
    "shape": dict.fromkeys(asdict(Shape()), int),
    "base": KEYS,
    "style": {**KEYS, "most_passes": float},
}


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
            if wanted := wanted_of(TABLES[table][key], key, value):
                raise TrainingError(f"{path}: {table}.{key} is {value!r}, but it must be {wanted}")
    if "style" in needed and "most_passes" not in tables["style"]:
        raise TrainingError(f"{path} lacks the key style.most_passes")
    return tables


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


def texts_of(parts: Mapping[str, Parts]) -> Hashes:
    """Return the sha256 of each part of each style's text."""
    return {slug: part.hashes() for slug, part in parts.items()}


def known_of(base: Path) -> dict[str, Any]:
    """Return the sha256 of a file of weights, and of a run's best ones how they came about."""
    known: dict[str, Any] = {"sha256": sha256_of(base)}
    if base.name == "best.npz" and (base.parent / "checkpoint.npz").exists():
        with contextlib.suppress(DamagedError):
            notes = read_notes(base.parent)
            known |= {"recipe": notes["recipe"], "characters": notes["done"]}
            known |= {"stretches": notes["stretches"]} if "stretches" in notes else {}
            origin = read_origin(notes)
            known |= {} if origin is None else origin.as_dict()
    return known


def trained_already(folder: Path, name: str, plan: Mapping[str, Any], origin: Origin) -> bool:
    """Tell whether a run is finished, and say so; TrainingError if it is not the one that is meant.

    `plan` has the keys of shape and recipe. One that is unfinished must be the one that is meant as
    well, but for its length.
    """
    finished = (folder / "finished.json").exists()
    if not finished and not (folder / "checkpoint.npz").exists():
        return False
    notes = _notes(folder, finished=finished)
    kept = {**notes.get("recipe", {}), **notes.get("shape", {})}
    if not finished:
        kept.pop("characters", None)
    if mistake := otherwise(folder, {**notes, "recipe": kept}, plan, origin):
        raise TrainingError(f"{name}: {mistake} with --name")
    if finished and read_origin(notes) is None:
        print(
            f"{name}: trained already, by a run of older form, which does not tell from which text "
            f"and weights: if these have changed since, delete {folder}",
            file=sys.stderr,
        )
    elif finished:
        print(f"{name}: trained already", flush=True)
    return finished


def _notes(folder: Path, *, finished: bool) -> dict[str, Any]:
    """Return what a run has noted, when it was finished if it is; nothing if that is lost."""
    if not finished:
        return read_notes(folder)
    with contextlib.suppress(ValueError, TypeError):  # torn; that it is there is enough
        notes = dict(json.loads((folder / "finished.json").read_text(encoding="ascii")))
        if "recipe" in notes:
            return notes
    with contextlib.suppress(DamagedError):  # one of older form says it in its checkpoint alone
        return read_notes(folder)
    return {}


def train_base(work: Path, name: str, tables: dict[str, Any], base: Path | None = None) -> None:
    """Train one network on all styles' training texts, in `runs/<name>/base`.

    It begins with the weights in `base`, if there are any; TrainingError if they are of another
    shape, or if what is there already is another run.
    """
    shape, start = Shape(**tables["shape"]), None
    if base is not None:
        found, start = load_weights(base)
        if found != shape:
            raise TrainingError(f"{base} has the shape {found}, the recipe {shape}")
    parts = read_parts(work, slugs_with_text(work))
    _train_run(
        work / "runs" / name / "base",
        "base",
        shape,
        Recipe(**tables["base"]),
        parts,
        start,
        Origin(texts_of(parts), {} if base is None else known_of(base)),
    )


def train_style(work: Path, name: str, slug: str, tables: dict[str, Any], base: Path) -> None:
    """Fine-tune the base on one style, in `runs/<name>/<slug>`.

    TrainingError if what is there already is another run.
    """
    parts = read_parts(work, [slug])
    shape, weights = load_weights(base)
    _train_run(
        work / "runs" / name / slug,
        slug,
        shape,
        style_recipe(tables, parts[slug].training),
        parts,
        weights,
        Origin(texts_of(parts), known_of(base)),
    )


def _train_run(
    folder: Path,
    title: str,
    shape: Shape,
    recipe: Recipe,
    parts: Mapping[str, Parts],
    start: Mapping[str, NDArray[np.float32]] | None,
    origin: Origin,
) -> None:
    if trained_already(folder, title, {**shape.as_dict(), **asdict(recipe)}, origin):
        return
    run = Run(
        folder,
        shape,
        recipe,
        {slug: part.training for slug, part in parts.items()},
        {slug: part.validation for slug, part in parts.items()},
        start=start,
        origin=origin,
    )
    with_bar(run, title)
    note_finished(run)


def with_bar(
    run: Run, title: str, *, seconds: float = math.inf, patience: float = math.inf
) -> None:
    """Train a run as `Run.train` does, and show how far it is, and what it cannot know."""
    if run.doubt:
        print(f"{title}: {run.doubt}", file=sys.stderr)
    columns = (
        TextColumn("{task.description:20}"),
        BarColumn(),
        TextColumn("{task.percentage:5.1f}%"),
        TimeRemainingColumn(compact=True, elapsed_when_finished=True),
        TextColumn("{task.fields[known]}"),
    )
    with Progress(*columns) as bar:
        task = bar.add_task(title, total=run.recipe.characters, completed=run.done, known="")

        def show(done: int, total: int, known: str) -> None:
            bar.update(task, completed=done, total=total, known=known)

        run.train(show, seconds=seconds, patience=patience)


def note_finished(run: Run) -> None:
    """Write into a run's folder that nothing is left to do, and of which run that is true."""
    said = {
        "validation_bits": run.best,
        "characters": run.done,
        "recipe": asdict(run.recipe),
        "shape": run.network.sizes.as_dict(),
        "origin": run.origin.as_dict(),
    }
    replace_file(run.folder / "finished.json", (json.dumps(said) + "\n").encode("ascii"))


def train_styles(args: argparse.Namespace, work: Path, tables: dict[str, Any], base: Path) -> int:
    """Fine-tune every style, `--jobs` processes of one thread at a time; return an exit status.

    TrainingError, before any is begun, if a run that is there already is another one.
    """
    wanted = args.only or slugs_with_text(work)
    shape, _ = load_weights(base)  # rather than find out in the last of many hours
    known, left = known_of(base), []
    for slug, part in read_parts(work, wanted).items():
        origin = Origin(texts_of({slug: part}), known)
        plan = {**shape.as_dict(), **asdict(style_recipe(tables, part.training))}
        if not trained_already(work / "runs" / args.name / slug, slug, plan, origin):
            left.append(slug)

    def one(slug: str) -> int:
        command = [sys.executable, "-m", "export", "train", "style", "--only", slug]
        command += ["--work", str(work), "--name", args.name, "--recipe", str(args.recipe)]
        command += ["--base", str(base), "--quietly-stopped"]
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
    # For the processes of `train styles`, which says for all of them that it was stopped.
    parser.add_argument("--quietly-stopped", action="store_true", help=argparse.SUPPRESS)


def run(args: argparse.Namespace) -> int:
    """Carry out `train`; return 2 if it was asked wrongly, 1 if a style could not be trained."""
    torch.set_num_threads(args.threads)
    try:
        return _train(args, work_folder(args.work))
    except ValueError as error:  # a recipe, a text, weights, a run
        print(error, file=sys.stderr)
    except OSError as error:
        print(in_a_sentence(error), file=sys.stderr)
    except KeyboardInterrupt:
        if not args.quietly_stopped:
            raise
        return 130
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
        return train_styles(args, work, tables, base)
    if not args.only:
        raise TrainingError("train style takes --only SLUG; all of them are `train styles`")
    for slug in args.only:
        train_style(work, args.name, slug, tables, base)
    return 0

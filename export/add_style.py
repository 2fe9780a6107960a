"""Make a voice of your own: from a folder of texts to a model file that plays.

    python -m export add-style my_style my_texts/ --title "My style"

Cleans and splits the texts, fine-tunes the shipped base on them, converts, verifies and measures
the result, and writes `my_style.onnx` and a page about it, `my_style.md`, where the appliance
looks for its voices. Killed, it goes on where it stood when it is given the same command.
"""

import argparse
import contextlib
import dataclasses
import errno
import hashlib
import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import torch
from rich.console import Console
from rich.markup import escape

from appliance.catalogue import read_style
from appliance.files import replace_file, sha256_of
from export.adding.order import (
    AddingError,
    another,
    check_folder,
    check_replaced,
    check_texts,
    describe,
)
from export.adding.page import in_words, page, uneven, warnings
from export.adding.texts import TextError, gather
from export.adding.timed import Clock, TimedRun, in_length
from export.asked import above_zero, at_least_one, in_a_sentence
from export.contract import ADVISORIES, BASE, FORMS, MODELS
from export.convert import ConversionError, Description, convert, recipe_of, trained_of
from export.evaluation.measure import Evaluation, Settings
from export.evaluation.samples import Sample, of_style
from export.evaluation.voices import EvaluationError, read_voice
from export.experiment import read_log
from export.graph import Weights
from export.listing import ListingError, write_listing
from export.network import Shape
from export.origin import Origin
from export.split import Parts
from export.train import (
    RECIPE,
    TrainingError,
    known_of,
    note_finished,
    read_recipe,
    style_recipe,
    texts_of,
    with_bar,
)
from export.trainer import DamagedError, Recipe, Run, load_weights
from export.verify import check
from export.work import work_folder

PATIENCE = 12  # measurements on the validation text in vain, after which it ends
TRIED = 8.0  # seconds of training by which a first plan is made
PIECES = 40  # of 400 characters, typed to be measured


class Beginning(NamedTuple):
    """From what a voice goes on, and how it learns."""

    shape: Shape
    weights: Weights
    tables: dict[str, Any]  # of the recipe


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `add-style`."""
    parser.add_argument("slug", help="short name: lower-case letters, digits and _")
    parser.add_argument("texts", type=Path, nargs="+", help="files, or folders of .txt .md .html")
    parser.add_argument("--title", required=True, help="as it stands on the stage")
    parser.add_argument("--form", choices=FORMS, default="prose", help="(%(default)s)")
    parser.add_argument("--about", help="one sentence on what it was trained on")
    parser.add_argument(
        "--licence", default="not stated", help="of the texts, as it stands in the model file"
    )
    parser.add_argument(
        "--advisory", choices=ADVISORIES, default="", help="why a curator should decide, if so"
    )
    parser.add_argument("--colour", help="#rrggbb (one far from those of the other styles)")
    parser.add_argument(
        "--minutes",
        type=above_zero(100_000.0),
        default=12.0,
        help="of training at most, on the clock (%(default)g)",
    )
    parser.add_argument("--models", type=Path, default=MODELS, help="folder of model files")
    parser.add_argument(
        "--replace", action="store_true", help="a voice of this name that was made of other texts"
    )
    parser.add_argument("--work", type=Path, help="folder of working files (in the user's cache)")
    parser.add_argument("--base", type=Path, default=BASE, help="weights to begin from")
    parser.add_argument("--recipe", type=Path, default=RECIPE, help="how to learn")
    parser.add_argument("--threads", type=at_least_one, default=1, help="of training (%(default)s)")


def run(args: argparse.Namespace) -> int:
    """Carry out `add-style`; return 2 if it was asked wrongly, 1 if the voice is no good."""
    torch.set_num_threads(args.threads)
    try:
        add(args, Console(stderr=True))
    except (ConversionError, EvaluationError) as error:
        print(error, file=sys.stderr)
        return 1
    except (AddingError, TextError, ListingError, TrainingError) as error:
        print(error, file=sys.stderr)
        return 2
    except OSError as error:
        print(_full(error, args) or in_a_sentence(error), file=sys.stderr)
        return 2
    return 0


def _full(error: OSError, args: argparse.Namespace) -> str:
    """Say which disk is full, if that is what an error says."""
    if error.errno not in {errno.ENOSPC, errno.EDQUOT}:
        return ""
    # Not every error names a file; then it is the disk that has the least room.
    folders = [work_folder(args.work), args.models, Path(tempfile.gettempdir())]
    if error.filename:
        folders = [Path(os.fsdecode(error.filename)).parent]
    # What stood in a folder for the moment is gone with it.
    there = [
        next(f for f in (folder, *folder.resolve().parents) if f.is_dir()) for folder in folders
    ]
    least = min(there, key=lambda folder: shutil.disk_usage(folder).free)
    return f"there is no room left on the disk of {least}: make room, and the same command goes on"


def _say(console: Console, warnings: Sequence[str]) -> None:
    for warning in warnings:
        console.print(f"       {escape(warning)}")


def add(args: argparse.Namespace, console: Console) -> None:
    """Go the whole way; AddingError, TextError or ConversionError says what stops it."""
    began = time.monotonic()
    description = describe(args)
    slug, work = description.slug, work_folder(args.work) / "added"  # apart from shipped voices'
    check_folder(args.models, slug, replace=args.replace)
    beginning = _beginning(args.base, args.recipe)
    console.print(f"[bold]1 of 4[/] reading {escape(', '.join(map(str, args.texts)))}")
    gathered = gather(args.texts, description.form)
    _say(console, gathered.losses)  # first, since they are why a text may be refused
    parts = check_texts(gathered, args.texts[0])
    check_replaced(args.models, slug, gathered.text, replace=args.replace)
    _say(console, gathered.little + uneven(parts))
    if not description.about:
        name = os.fsencode(args.texts[0].resolve().name).decode("utf-8", "replace")
        about = f"{len(gathered.text):,} characters of {name}."
        description = dataclasses.replace(description, about=about)
    (work / "text").mkdir(parents=True, exist_ok=True)
    replace_file(work / "text" / f"{slug}.txt", gathered.text.encode("ascii"))
    run_folder = _train(args, beginning, slug, parts, gathered.text, work / "runs", console)
    with tempfile.TemporaryDirectory() as folder:
        made = _make(args, description, run_folder, gathered.text, Path(folder), console)
        console.print("[bold]4 of 4[/] measuring it")
        figures = _measure(made, work)
        warned = warnings(gathered, parts, figures)
        samples = of_style(slug, description.advisory)
        if other := another(args.models, slug):
            shutil.copy(other, folder)
            mix = f"{slug}=0.5,{read_style(other).slug}=0.5"
            samples.append(Sample(mix, 0.7, allow=bool(description.advisory)))
        trained = f"Fine-tuned from {args.base.name}: {_told(run_folder)}"
        text = page(description, gathered, warned, figures, samples, Path(folder), trained)
        replace_file(args.models / f"{slug}.md", text.encode("utf-8"))
        replace_file(args.models / made.name, made.read_bytes())
    write_listing(args.models)
    for line in (*(f"{what:88} {found}" for what, found in in_words(figures)), *warned):
        print(line)
    minutes = (time.monotonic() - began) / 60.0
    model = args.models / made.name
    print(f"\n{model} is there after {minutes:.1f} minutes, and {slug}.md beside it. Hear it:\n")
    for sample in samples[1:]:
        print(f"  {sample.command}")


def _beginning(base: Path, path: Path) -> Beginning:
    try:
        shape, weights = load_weights(base)
    except DamagedError as error:
        raise AddingError(f"{error}: name another base with --base") from error
    return Beginning(shape, weights, read_recipe(path, "style"))


def _make(
    args: argparse.Namespace,
    description: Description,
    run_folder: Path,
    text: str,
    folder: Path,
    console: Console,
) -> Path:
    """Convert what was trained, outside of the folder where it will play, and verify it."""
    model = folder / f"{description.slug}.onnx"
    console.print(f"[bold]3 of 4[/] converting to {model.name}, and verifying it")
    try:
        shape, weights = load_weights(run_folder / "best.npz")
        style = recipe_of(run_folder)
    except (DamagedError, ConversionError) as error:
        raise _torn(error, run_folder) from error
    recipe = {"shape": shape.as_dict(), "style": style, "base": sha256_of(args.base)}
    convert(description, shape, weights, text, recipe, folder, trained_of(run_folder))
    if faults := check(model, sha256_of(model)).faults:
        raise ConversionError(" ".join(faults))
    return model


def _torn(error: Exception, folder: Path) -> AddingError:
    return AddingError(
        f"the training that is kept in {folder} is damaged ({error}): delete that folder, and it "
        "begins anew"
    )


def _train(
    args: argparse.Namespace,
    beginning: Beginning,
    slug: str,
    parts: Parts,
    text: str,
    runs: Path,
    console: Console,
) -> Path:
    """Fine-tune the base on the training part, and return the run's folder."""
    # Another text, base, recipe or time is another run, and never goes on with this one.
    about = json.dumps([beginning.tables["style"], args.minutes, sha256_of(args.base), text])
    folder = runs / f"{slug}_{hashlib.sha256(about.encode()).hexdigest()[:12]}"
    if (folder / "finished.json").exists():
        console.print("[bold]2 of 4[/] trained already")
        return folder
    console.print("[bold]2 of 4[/] trying how fast this machine learns")
    texts = ({slug: parts.training}, {slug: parts.validation})
    most = int(beginning.tables["style"]["most_passes"] * len(parts.training))
    try:
        recipe = _planned(folder, args.minutes, beginning, parts, most)
        console.print(
            f"       training on {len(parts.training):,} characters for at most {args.minutes:g} "
            f"minutes, in which they are read about {_times(recipe.characters, parts)} over"
        )
        run = TimedRun(
            folder,
            beginning.shape,
            recipe,
            *texts,
            beginning.weights,
            most=most,
            seconds=60.0 * args.minutes,
            origin=Origin(texts_of({slug: parts}), known_of(args.base)),
        )
    except DamagedError as error:
        raise _torn(error, folder) from error
    except ValueError as error:  # a segment of the recipe is longer than the text
        raise AddingError(f"{args.recipe} does not fit this text: {error}") from error
    with_bar(run, slug, patience=PATIENCE)
    note_finished(run)
    console.print(
        f"       read {_times(run.done, parts)} over in {run.seconds / 60.0:.1f} minutes: "
        f"{run.ended_by}"
    )
    return folder


def _times(characters: int, parts: Parts) -> str:
    return f"{characters / len(parts.training):.1f} times"


def _planned(folder: Path, minutes: float, beginning: Beginning, parts: Parts, most: int) -> Recipe:
    """Return the recipe that is in the run's folder, or one that this machine can do in time.

    The shipped voices' recipe says how often a text is read at most; measured speed says how much
    of that fits into the minutes. The run itself corrects that as it goes.
    """
    if (recipe := _kept(folder)) is not None:
        return recipe
    longest = in_length(style_recipe(beginning.tables, parts.training), most)
    speed = measured_speed(beginning.shape, longest, beginning.weights, parts.training)
    recipe = in_length(longest, min(most, speed * 60.0 * minutes))
    folder.mkdir(parents=True, exist_ok=True)
    plan = json.dumps(dataclasses.asdict(recipe))
    replace_file(folder / "recipe.json", plan.encode("ascii"))
    return recipe


def _kept(folder: Path) -> Recipe | None:
    """Return the recipe by which a run began, from its checkpoint or else from its plan."""
    with contextlib.suppress(ConversionError, TypeError):
        return Recipe(**recipe_of(folder))
    with contextlib.suppress(OSError, ValueError, TypeError):
        return Recipe(**json.loads((folder / "recipe.json").read_text(encoding="ascii")))
    return None


def measured_speed(
    shape: Shape,
    recipe: Recipe,
    start: Weights,
    training: str,
    *,
    clock: Clock = time.perf_counter,
) -> float:
    """Return how many characters a second this machine learns from, tried for some seconds."""
    with tempfile.TemporaryDirectory() as folder:
        run = Run(Path(folder), shape, recipe, {"tried": training}, {"tried": training}, start)
        run.step()  # the first compiles what the others run
        began, done = clock(), run.done
        while clock() - began < TRIED:
            run.step()
        return (run.done - done) / (clock() - began)


def _measure(model: Path, work: Path) -> dict[str, Any]:
    """Return what `evaluate` says of one style alone."""
    voice = read_voice(model, work)
    evaluation = Evaluation([voice], Settings(pieces=PIECES), lambda *_: lambda _: None)
    evaluation.bits()
    evaluation.compressors()
    evaluation.copying()
    if voice.form != "code":
        evaluation.spelling()
    figures: dict[str, Any] = evaluation.report["styles"][voice.slug]
    return figures


def _told(folder: Path) -> str:
    """Say in a sentence how long a run was and what it came to."""
    log = read_log(folder)
    if log is None:
        return "its log is lost."
    best = min(range(len(log.validation)), key=lambda i: log.validation[i])
    return (
        f"{log.characters[-1]:,} characters read in {log.seconds[-1] / 60:.1f} minutes of "
        f"processor time, best on the validation text after {log.characters[best]:,}."
    )

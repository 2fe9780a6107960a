"""Make a voice of your own: from a folder of texts to a model file that plays.

    python -m export add-style my_style my_texts/ --title "My style"

Cleans and splits the texts, fine-tunes the shipped base on them, converts, verifies and measures
the result, and writes `my_style.onnx` and a page about it, `my_style.md`, where the appliance
looks for its voices. Killed, it goes on where it stood when it is given the same command.
"""

import argparse
import hashlib
import json
import sys
import tempfile
import time
import tomllib
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import torch
from rich.console import Console

from appliance.catalogue import COLOUR, SLUG, read_catalogue
from appliance.files import replace_file, sha256_of
from export import corpora
from export.adding.colour import free_colour
from export.adding.page import in_words, page, warnings
from export.adding.texts import TextError, gather
from export.contract import ADVISORIES, BASE, FORMS, MODELS
from export.convert import ConversionError, Description, convert, recipe_of
from export.evaluation.measure import Evaluation, Settings
from export.evaluation.samples import Sample, of_style
from export.evaluation.voices import read_voice
from export.graph import Weights
from export.listing import ListingError, read_sums, write_listing
from export.network import Shape
from export.split import Parts, split
from export.train import RECIPE, note_finished, read_recipe, style_recipe, with_bar
from export.trainer import Recipe, Run, load_weights
from export.verify import check
from export.work import work_folder

CHECKS = 40  # measurements on the validation text in one run
PATIENCE = 12  # of them in vain, after which it ends
TRIED = 8.0  # seconds of training by which the speed is found
PIECES = 40  # of 400 characters, typed to be measured
LEAST = 20_000  # characters
Clock = Callable[[], float]


class AddingError(Exception):
    """A style that cannot be added; the message is one sentence."""


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
        "--minutes", type=float, default=12.0, help="of training at most (%(default)g)"
    )
    parser.add_argument("--models", type=Path, default=MODELS, help="folder of model files")
    parser.add_argument("--work", type=Path, help="folder of working files (in the user's cache)")
    parser.add_argument("--base", type=Path, default=BASE, help="weights to begin from")
    parser.add_argument("--recipe", type=Path, default=RECIPE, help="how to learn")
    parser.add_argument("--threads", type=int, default=1, help="of training (%(default)s)")


def run(args: argparse.Namespace) -> int:
    """Carry out `add-style`; return 2 if it was asked wrongly, 1 if the voice is no good."""
    torch.set_num_threads(args.threads)
    console = Console(stderr=True)
    try:
        description = _describe(args)
        add(args, description, console)
    except (AddingError, TextError, ConversionError, ListingError, OSError) as error:
        print(error, file=sys.stderr)
        return 1 if isinstance(error, ConversionError) else 2
    return 0


def add(args: argparse.Namespace, description: Description, console: Console) -> None:
    """Go the whole way; AddingError, TextError or ConversionError says what stops it."""
    began, slug = time.monotonic(), description.slug
    work = work_folder(args.work) / "added"  # apart from the texts of the shipped voices
    console.print(f"[bold]1 of 4[/] reading {', '.join(map(str, args.texts))}")
    gathered = gather(args.texts, description.form)
    for warning in gathered.warnings:
        console.print(f"       {warning}")
    if not args.about:
        about = f"{len(gathered.text):,} characters of {args.texts[0].name}."
        description = replace(description, about=about)
    if len(gathered.text) < LEAST:
        raise AddingError(
            f"{len(gathered.text):,} characters are left of {args.texts[0]}, too few to learn from "
            f"and to be measured by: give at least {LEAST:,}"
        )
    parts = split(gathered.text)
    (work / "text").mkdir(parents=True, exist_ok=True)
    replace_file(work / "text" / f"{slug}.txt", gathered.text.encode("ascii"))
    run_folder = _train(args, slug, parts, gathered.text, work / "runs", console)
    console.print(f"[bold]3 of 4[/] converting to {args.models / slug}.onnx, and verifying it")
    shape, weights = load_weights(run_folder / "best.npz")
    style = recipe_of(run_folder)
    recipe = {"shape": shape.as_dict(), "style": style, "base": sha256_of(args.base)}
    convert(description, shape, weights, gathered.text, recipe, args.models)
    write_listing(args.models)
    model = args.models / f"{slug}.onnx"
    if faults := check(model, read_sums(args.models).get(model.name)).faults:
        raise ConversionError(" ".join(faults))
    console.print("[bold]4 of 4[/] measuring it")
    figures = _measure(model, work)
    samples = of_style(slug, description.advisory) + _with_another(slug, args.models)
    trained = f"Fine-tuned from {args.base.name}: {_told(run_folder)}"
    text = page(description, gathered, figures, samples, args.models, trained)
    replace_file(args.models / f"{slug}.md", text.encode("utf-8"))
    for what, found in in_words(figures):
        print(f"{what:88} {found}")
    for warning in warnings(gathered, figures):
        print(warning)
    minutes = (time.monotonic() - began) / 60.0
    print(f"\n{model} is there after {minutes:.1f} minutes, and {slug}.md beside it. Hear it:\n")
    for sample in samples[1:]:
        print(f"  {sample.command}")


def _describe(args: argparse.Namespace) -> Description:
    """Return what the model file will say of the style, and see that it may be so."""
    if not SLUG.fullmatch(args.slug):
        raise AddingError(
            f"{args.slug!r} is no short name: take lower-case letters, digits and _, and begin "
            "with a letter"
        )
    if args.slug in corpora.load():
        raise AddingError(f"{args.slug} is one of the shipped styles: choose another short name")
    if not args.title.strip():
        raise AddingError("the title is empty: say what the stage should call the style")
    if args.colour and not COLOUR.fullmatch(args.colour):
        raise AddingError(f"the colour is {args.colour!r}, but it must be of the form #rrggbb")
    if not args.minutes > 0.0:
        raise AddingError(f"{args.minutes:g} minutes are too few to learn anything")
    if not args.base.is_file():
        raise AddingError(f"there is no base {args.base}: name one with --base")
    args.models.mkdir(parents=True, exist_ok=True)
    others = [s.colour for s in read_catalogue(args.models).styles.values() if s.slug != args.slug]
    shipped = [style.colour for style in corpora.load().values()]
    return Description(
        slug=args.slug,
        title=args.title.strip(),
        colour=args.colour or free_colour({*others, *shipped}),
        advisory=args.advisory,
        about=args.about or "",
        form=args.form,
        licence=args.licence,
    )


def _train(
    args: argparse.Namespace, slug: str, parts: Parts, text: str, runs: Path, console: Console
) -> Path:
    """Fine-tune the base on the training part, and return the run's folder."""
    try:
        shape, start = load_weights(args.base)
        tables = read_recipe(args.recipe)
        own = tables["style"]
    except (OSError, ValueError, KeyError, tomllib.TOMLDecodeError) as error:
        raise AddingError(f"{args.base} or {args.recipe} cannot be used: {error}") from error
    # Another text, base, recipe or time is another run, and never goes on with this one.
    about = json.dumps([own, args.minutes, sha256_of(args.base), text])
    folder = runs / f"{slug}_{hashlib.sha256(about.encode()).hexdigest()[:12]}"
    if (folder / "finished.json").exists():
        console.print("[bold]2 of 4[/] trained already")
        return folder
    console.print("[bold]2 of 4[/] trying how fast this machine learns")
    recipe = _planned(folder, args.minutes, tables, parts, shape, start)
    texts = ({slug: parts.training}, {slug: parts.validation})
    console.print(
        f"       training on {len(parts.training):,} characters, at most "
        f"{recipe.characters / len(parts.training):.1f} times over and {args.minutes:g} minutes"
    )
    run = Run(folder, shape, recipe, *texts, start=start)
    with_bar(run, slug, patience=PATIENCE)
    note_finished(run)
    return folder


def _planned(
    folder: Path,
    minutes: float,
    tables: dict[str, Any],
    parts: Parts,
    shape: Shape,
    start: Weights,
) -> Recipe:
    """Return the recipe that is in the run's folder, or one that this machine can do in time.

    The shipped voices' recipe says how often a text is read at most; measured speed says how much
    of that fits into the minutes. The rate falls over the whole of it.
    """
    plan = folder / "recipe.json"
    if plan.exists():
        return Recipe(**json.loads(plan.read_text(encoding="ascii")))
    passes = tables["style"]["most_passes"]
    most = style_recipe(tables, parts.training)
    most = replace(most, characters=int(passes * len(parts.training)))
    speed = measured_speed(shape, most, start, parts.training)
    step = most.rows * most.length
    characters = max(step, min(most.characters, int(speed * 60.0 * minutes)))
    recipe = replace(most, characters=characters, check_every=max(step, characters // CHECKS))
    folder.mkdir(parents=True, exist_ok=True)
    replace_file(plan, json.dumps(asdict(recipe)).encode("ascii"))
    return recipe


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


def _with_another(slug: str, models: Path) -> list[Sample]:
    """Return a mixture with one shipped style, if the folder has one that needs no curator."""
    styles = read_catalogue(models).styles.values()
    others = [style.slug for style in styles if style.slug != slug and not style.advisory]
    mine = next(style for style in styles if style.slug == slug)
    if not others:
        return []
    other = "bible" if "bible" in others else others[0]
    return [Sample(f"{slug}=0.5,{other}=0.5", 0.7, allow=bool(mine.advisory))]


def _told(folder: Path) -> str:
    """Say in a sentence how long a run was and what it came to."""
    lines = (folder / "log.jsonl").read_text(encoding="ascii").splitlines()
    entries = [json.loads(line) for line in lines]
    best = min(entries, key=lambda entry: float(entry["validation_bits"]))
    return (
        f"{entries[-1]['characters']:,} characters read in "
        f"{entries[-1]['processor_seconds'] / 60:.1f} minutes of processor time, best on the "
        f"validation text after {best['characters']:,}."
    )

"""Measure the shipped model files on text that they were never trained on.

    python -m export evaluate --work DIR --json figures.json --pictures DIR --page docs/voices.md

Everything is read from the zero state after 80 characters of catch-up, as in the appliance. Each
part is written to the JSON file when it is done; the same command goes on with the next one.
"""

import argparse
import json
import os
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from appliance import __version__
from appliance.files import replace_file
from export.asked import above_zero, at_least_one, in_a_sentence
from export.contract import MODELS
from export.evaluation.aims import aims
from export.evaluation.document import PageError, between, figures_in_markdown, put_between
from export.evaluation.measure import Evaluation, Settings
from export.evaluation.pictures import draw
from export.evaluation.report import print_report
from export.evaluation.samples import samples_page
from export.evaluation.spelling import read_word_list
from export.evaluation.voices import EvaluationError, read_test_texts, read_voices
from export.work import work_folder

QUICK = Settings(
    places=40, pieces=20, pairs=8, steering_pieces=6, long=50_000, learnt_from=500
)  # a look in a few minutes, which decides nothing
PARTS: dict[str, Callable[[Evaluation], None]] = {
    "bits": Evaluation.bits,
    "compressors": Evaluation.compressors,
    "classifier": Evaluation.tell_apart,
    "copying": Evaluation.copying,
    "spelling": Evaluation.spelling,
    "steering": Evaluation.steering,
    "long": Evaluation.long,
}


def chosen_parts(text: str) -> list[str]:
    """Read a list of parts with commas between; argparse shows what is wrong with it."""
    parts = [part.strip() for part in text.split(",") if part.strip()]
    unknown = [part for part in parts if part not in PARTS]
    if unknown or not parts:
        raise argparse.ArgumentTypeError(
            f"no part is called {', '.join(unknown) or 'so'}; there are {', '.join(PARTS)}"
        )
    return parts


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `evaluate`."""
    default = Settings()
    parser.add_argument("--work", type=Path, help="folder of working files (in the user's cache)")
    parser.add_argument("--models", type=Path, default=MODELS, help="folder of model files")
    parser.add_argument("--only", nargs="+", metavar="SLUG", help="these styles alone")
    parser.add_argument(
        "--parts", type=chosen_parts, help=f"which, with commas between: {','.join(PARTS)} (all)"
    )
    parser.add_argument(
        "--quick", action="store_true", help="less of everything, for a look in a few minutes"
    )
    parser.add_argument(
        "--long", type=at_least_one, metavar="N",
        help=f"read N characters in one go ({default.long})",
    )  # fmt: skip
    parser.add_argument(
        "--places", type=at_least_one, help="of 400 characters a style (the whole test text)"
    )
    parser.add_argument("--pieces", type=at_least_one, help=f"typed a style ({default.pieces})")
    parser.add_argument("--pairs", type=at_least_one, help=f"to steer between ({default.pairs})")
    parser.add_argument(
        "--steering-pieces", type=at_least_one,
        help=f"typed a mixture ({default.steering_pieces})",
    )  # fmt: skip
    parser.add_argument(
        "--temperature",
        type=above_zero(100.0),
        default=default.temperature,
        help="of what is typed (%(default)s)",
    )
    parser.add_argument("--seed", type=int, default=default.seed, help="(%(default)s)")
    parser.add_argument("--words", type=Path, metavar="FILE", help="word list, one a line")
    parser.add_argument(
        "--jobs", type=at_least_one, default=os.cpu_count() or 1, help="threads (%(default)s)"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="keep all figures there")
    parser.add_argument("--pictures", type=Path, metavar="DIR", help="write pictures there")
    parser.add_argument(
        "--page", type=Path, metavar="FILE",
        help="put figures and samples between the marks of this Markdown page",
    )  # fmt: skip


def _settings(args: argparse.Namespace) -> Settings:
    """Return what is asked for, over the defaults or over the quick look."""
    asked = {
        name: getattr(args, name)
        for name in ("places", "pieces", "pairs", "steering_pieces", "long")
        if getattr(args, name) is not None
    }
    return replace(
        QUICK if args.quick else Settings(), temperature=args.temperature, seed=args.seed, **asked
    )


def run(args: argparse.Namespace) -> int:
    """Carry out `evaluate`; return an exit status, which does not depend on the figures."""
    parts = args.parts or list(PARTS)
    try:
        work = work_folder(args.work)
        voices = read_voices(args.models, work, args.only)
        foreign = read_test_texts(work) if "long" in parts else None
        word_list = read_word_list(args.words) if args.words else None
        _check_places(args)
    except (EvaluationError, PageError) as error:
        print(error, file=sys.stderr)
        return 2
    except OSError as error:
        print(in_a_sentence(error), file=sys.stderr)
        return 2
    if len(voices) < 2 and {"classifier", "steering"} & set(parts):
        print("With one style there is nothing to tell apart: leave out the parts classifier and "
              "steering.", file=sys.stderr)  # fmt: skip
        return 2
    with _progress() as progress:

        def bar(title: str, total: int) -> Callable[[int], None]:
            task = progress.add_task(title, total=total)
            return lambda steps: progress.advance(task, steps)

        evaluation = Evaluation(voices, _settings(args), bar, word_list, foreign, args.jobs)
        report = evaluation.report
        report |= {"project": __version__, "words": str(args.words or ""), "parts": []}
        _take_up(report, args.json)
        for part in parts:
            if part not in report["parts"]:
                PARTS[part](evaluation)
                report["parts"].append(part)
            report["aims"] = [aim.as_dict() for aim in aims(report)]
            if args.json:
                figures = json.dumps(report, indent=2, sort_keys=True) + "\n"
                replace_file(args.json, figures.encode("utf-8"))
        drawn = draw(report, args.pictures) if args.pictures else []
        if args.page:
            put_between(args.page, "figures", figures_in_markdown(report, drawn, args.page))
            step = bar("samples", 1)
            put_between(args.page, "samples", samples_page(args.models))
            step(1)
    print_report(report, Console(width=None if sys.stdout.isatty() else 160))
    return 0


def _check_places(args: argparse.Namespace) -> None:
    """See that what will be measured can be written, before anything is."""
    for folder in (args.pictures, args.json and args.json.parent):
        if folder and folder.exists() and not folder.is_dir():
            raise EvaluationError(f"{folder} is a file, and no folder: name another")
        if folder:
            folder.mkdir(parents=True, exist_ok=True)
            if not os.access(folder, os.W_OK | os.X_OK):
                raise EvaluationError(f"nothing can be written into {folder}: name another folder")
    if args.json and args.json.is_dir():
        raise EvaluationError(f"{args.json} is a folder: --json takes the name of a file")
    if args.page:
        for name in ("figures", "samples"):
            between(args.page, name)


def _take_up(report: dict[str, Any], path: Path | None) -> None:
    """Take over the parts that an earlier call has measured of the same files in the same way."""
    if path is None or not path.exists():
        return
    try:
        earlier = json.loads(path.read_text(encoding="utf-8"))
        styles = {s: {**earlier["styles"][s], **known} for s, known in report["styles"].items()}
        same = all(earlier[key] == report[key] for key in ("settings", "project", "words"))
        same &= earlier["styles"].keys() == styles.keys()
        same &= all(earlier["styles"][slug] == style for slug, style in styles.items())
    except (OSError, ValueError, KeyError, TypeError):
        return  # it is written anew
    if same:
        report.update({**earlier, "styles": styles})
        print(f"{path} has {', '.join(report['parts'])} already.", file=sys.stderr)


def _progress() -> Progress:
    return Progress(
        TextColumn("{task.description:24}"),
        BarColumn(),
        TextColumn("{task.percentage:5.1f}%"),
        TimeRemainingColumn(compact=True, elapsed_when_finished=True),
        console=Console(stderr=True),
    )

"""Measure the shipped model files on text that they were never trained on.

    python -m export evaluate --work DIR --json figures.json --pictures DIR --long 1000000

Everything is read from the zero state after 80 characters of catch-up, as in the appliance.
"""

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from appliance import __version__
from appliance.files import replace_file
from export.contract import MODELS
from export.evaluation.aims import aims
from export.evaluation.measure import Evaluation, Settings
from export.evaluation.report import print_report
from export.evaluation.spelling import read_word_list
from export.evaluation.voices import EvaluationError, read_test_texts, read_voices
from export.work import work_folder

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


def at_least_one(text: str) -> int:
    """Read a whole number that is not less than one."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number of at least 1")
    return int(text)


def above_zero(text: str) -> float:
    """Read a temperature."""
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0.0 < value < 100.0:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number above 0 and below 100")
    return value


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
        "--long", type=at_least_one, metavar="N", help="read N characters in one go (1000000)"
    )
    parser.add_argument(
        "--places", type=at_least_one, help="of 400 characters a style (the whole test text)"
    )
    parser.add_argument(
        "--pieces", type=at_least_one, default=default.pieces, help="typed a style (%(default)s)"
    )
    parser.add_argument(
        "--pairs", type=at_least_one, default=default.pairs, help="to steer between (%(default)s)"
    )
    parser.add_argument(
        "--steering-pieces", type=at_least_one, default=default.steering_pieces,
        help="typed a mixture (%(default)s)",
    )  # fmt: skip
    parser.add_argument(
        "--temperature",
        type=above_zero,
        default=default.temperature,
        help="of what is typed (%(default)s)",
    )
    parser.add_argument("--seed", type=int, default=default.seed, help="(%(default)s)")
    parser.add_argument("--words", type=Path, metavar="FILE", help="word list, one a line")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures there")
    parser.add_argument("--pictures", type=Path, metavar="DIR", help="write pictures there")


def run(args: argparse.Namespace) -> int:
    """Carry out `evaluate`; return an exit status, which does not depend on the figures."""
    parts = args.parts or [part for part in PARTS if part != "long" or args.long]
    settings = Settings(
        places=args.places,
        pieces=args.pieces,
        temperature=args.temperature,
        pairs=args.pairs,
        steering_pieces=args.steering_pieces,
        long=(args.long or 1_000_000) if "long" in parts else 0,
        seed=args.seed,
    )
    try:
        work = work_folder(args.work)
        voices = read_voices(args.models, work, args.only)
        foreign = read_test_texts(work) if "long" in parts else None
        word_list = read_word_list(args.words) if args.words else None
        for folder in (args.pictures, args.json and args.json.parent):
            if folder:
                folder.mkdir(parents=True, exist_ok=True)
    except (EvaluationError, OSError) as error:
        print(error, file=sys.stderr)
        return 2
    if len(voices) < 2 and {"classifier", "steering"} & set(parts):
        print("With one style there is nothing to tell apart: leave out the parts classifier and "
              "steering.", file=sys.stderr)  # fmt: skip
        return 2
    columns = (
        TextColumn("{task.description:24}"),
        BarColumn(),
        TextColumn("{task.percentage:5.1f}%"),
        TimeRemainingColumn(compact=True, elapsed_when_finished=True),
    )
    with Progress(*columns, console=Console(stderr=True)) as progress:

        def bar(title: str, total: int) -> Callable[[int], None]:
            task = progress.add_task(title, total=total)
            return lambda steps: progress.advance(task, steps)

        evaluation = Evaluation(voices, settings, bar, args.pictures, word_list, foreign)
        evaluation.report["project"] = __version__
        for part in parts:
            PARTS[part](evaluation)
            evaluation.report["aims"] = [aim.as_dict() for aim in aims(evaluation.report)]
            if args.json:  # after each part, since all of them take hours
                figures = json.dumps(evaluation.report, indent=2, sort_keys=True) + "\n"
                replace_file(args.json, figures.encode("utf-8"))
    print_report(evaluation.report, Console(width=None if sys.stdout.isatty() else 160))
    return 0

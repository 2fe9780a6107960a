"""Measure this machine: what a character costs, what memory allows, how late the tick is.

Prints medians, 99th percentiles and ratios. Other work on the machine falls into them: the load
before measuring stands at the top. docs/performance.md says what each figure means.
"""

import argparse
import dataclasses
import json
from pathlib import Path

from appliance.bench import machine
from appliance.bench.figures import Figure, Found, as_data, as_markdown, as_table
from appliance.bench.measure import QUICK, Bench, BenchError, Effort, Measure, find, names
from appliance.catalogue import BadModelError
from appliance.commands.options import finish, not_negative
from appliance.settings import Loaded


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `bench`."""
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="print JSON")
    form.add_argument("--markdown", action="store_true", help="print tables for a page of docs")
    parser.add_argument(
        "--only", nargs="+", choices=names(), metavar="NAME", help=f"of: {', '.join(names())}"
    )
    parser.add_argument("--save", type=Path, metavar="FILE", help="write JSON into a file as well")
    parser.add_argument("--quick", action="store_true", help="fewer samples, rougher figures")
    parser.add_argument(
        "--minutes", type=not_negative(), metavar="N", help="length of the measure soak (60)"
    )


def run(args: argparse.Namespace) -> int:
    """Take the measures and print them; return an exit status, 1 if one could not go on."""
    effort = QUICK if args.quick else Effort()
    if args.minutes is not None:
        effort = dataclasses.replace(effort, soak=60.0 * args.minutes)
    try:
        bench = Bench.of(Loaded.read(args.settings).settings, effort)
    except BenchError as error:
        return finish(f"{error}.", 1)
    here = machine.describe()
    if not args.json:
        print(machine.sentence(here))
    form = as_markdown if args.markdown else as_table
    found: list[Found] = []
    status = 0
    for name, measure in chosen(args.only):
        figures: list[Figure] = []
        try:
            # One by one, so that what was found before a fault is not lost.
            for figure in measure.figures(bench):
                figures.append(figure)  # noqa: PERF402  # as said above
        except (BadModelError, BenchError) as error:
            figures.append(Figure.missing("the rest", str(error)))
            status = 1
        except ImportError as error:
            figures.append(
                Figure.missing("the rest", f"the Python package {error.name} is not installed")
            )
            status = 1
        found.append(Found(name, measure.title, tuple(figures)))
        if not args.json:
            print(f"\n{form(found[-1])}", flush=True)
    data = json.dumps(as_data(here, found), indent=2)
    if args.json:
        print(data)
    if args.save:
        try:
            args.save.write_text(f"{data}\n", encoding="utf-8")
        except OSError as error:
            return finish(f"{args.save} cannot be written: {error.strerror}.", 1)
    return status


def chosen(only: list[str] | None) -> list[tuple[str, Measure]]:
    """Return the named measures, or all that are taken by default."""
    measures = [(name, find(name)) for name in (only or names())]
    return [(name, measure) for name, measure in measures if only or measure.by_default]

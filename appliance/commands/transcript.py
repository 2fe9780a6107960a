"""Print what was typed in a period, from the archive; the piece may go on meanwhile.

    appliance transcript --from 2026-11-22 --to 2026-11-23
    appliance transcript --from "2026-11-22 10:00" --json > sunday.jsonl

Times are local. As text, each page begins with its date and time; as JSON, each line is a
character or a line that was put in, with its time, its writer and the mixture.
"""

import argparse
import json
import sqlite3
import sys
from datetime import datetime
from pathlib import Path

from appliance.commands.options import finish
from appliance.engine.transcript import FOR_EVER, Entry, entries, opened
from appliance.files import state_folder


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `transcript`."""
    parser.add_argument("--from", dest="begin", type=_moment, metavar="TIME", help="(all)")
    parser.add_argument("--to", dest="end", type=_moment, metavar="TIME", help="(until now)")
    parser.add_argument("--json", action="store_true", help="a line of JSON for each character")
    parser.add_argument("--archive", type=Path, metavar="FILE", help="(the running piece's)")


def run(args: argparse.Namespace) -> int:
    """Print the period; return an exit status."""
    path = args.archive or state_folder() / "archive.sqlite"
    begin = round(args.begin.timestamp() * 1e3) if args.begin else 0
    end = round(args.end.timestamp() * 1e3) if args.end else FOR_EVER
    if not path.exists():
        return finish(f"there is no archive {path}: nothing was typed, or archive.on is false.", 1)
    try:
        with opened(path) as database:
            for entry in entries(database, begin, end):
                sys.stdout.write(_as_json(entry) if args.json else _as_text(entry))
    except (sqlite3.Error, ValueError) as error:
        return finish(f"{path} cannot be read ({error}).", 1)
    return 0


def _as_text(entry: Entry) -> str:
    if entry.new_page:
        return f"\n\n--- {_local(entry):%Y-%m-%d %H:%M:%S} ---\n{entry.text}"
    return entry.text


def _as_json(entry: Entry) -> str:
    facts = {
        "at": _local(entry).isoformat(timespec="milliseconds"),
        "text": entry.text,
        "drawn": entry.drawn,
        "new_page": entry.new_page,
        "author": entry.author,
        "mixture": entry.mixture,
    }
    return json.dumps(facts) + "\n"


def _local(entry: Entry) -> datetime:
    return datetime.fromtimestamp(entry.at / 1e3).astimezone()


def _moment(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text).astimezone()
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"{text!r} is no time: write it like 2026-11-22 or '2026-11-22 10:00'"
        ) from None

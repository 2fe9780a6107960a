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
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

from appliance.commands.options import finish
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
    end = round(args.end.timestamp() * 1e3) if args.end else 2**62
    if not path.exists():
        return finish(f"there is no archive {path}: nothing was typed, or archive.on is false.", 1)
    try:
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
            for entry in entries(database, begin, end):
                sys.stdout.write(_as_json(entry) if args.json else _as_text(entry))
    except sqlite3.Error as error:
        return finish(f"{path} cannot be read ({error}).", 1)
    return 0


def entries(database: sqlite3.Connection, begin: int, end: int) -> Iterator[dict[str, Any]]:
    """Yield characters and lines of a period in order; times in milliseconds since 1970."""
    # A line stands before the character it names; where both have the same place, the line first.
    found = database.execute(
        """
        SELECT before AS place, 0 AS drawn, id, at, text, page, NULL, NULL FROM lines
            WHERE at >= :begin AND at < :end
        UNION ALL
        SELECT characters.id, 1, characters.id, at, char(code), 0, author, weights
            FROM characters JOIN mixtures ON mixtures.id = mixture
            WHERE at >= :begin AND at < :end
        ORDER BY place, drawn, id
        """,
        {"begin": begin, "end": end},
    )
    for _, drawn, _, at, text, page, author, weights in found:
        yield {
            "at": datetime.fromtimestamp(at / 1e3).astimezone(),
            "text": text,
            "drawn": bool(drawn),
            "new_page": bool(page),
            "author": author,
            "mixture": json.loads(weights) if weights else None,
        }


def _as_text(entry: dict[str, Any]) -> str:
    if entry["new_page"]:
        return f"\n\n--- {entry['at']:%Y-%m-%d %H:%M:%S} ---\n{entry['text']}"
    return str(entry["text"])


def _as_json(entry: dict[str, Any]) -> str:
    return json.dumps(entry | {"at": entry["at"].isoformat(timespec="milliseconds")}) + "\n"


def _moment(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text).astimezone()
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"{text!r} is no time: write it like 2026-11-22 or '2026-11-22 10:00'"
        ) from None

"""The step `prepare`: cleans the fetched corpora and drops repeated passages.

Writes `<work>/text/<slug>.txt`, 7-bit ASCII, and beside it `<slug>.json` with the sum of the text,
its number of characters and how many were dropped as repeated. The same files always give the
same texts.
"""

import argparse
import dataclasses
import hashlib
import json
import sys
from pathlib import Path
from typing import Final

from rich.progress import track

from appliance.files import replace_file
from export import clean, corpora, dedupe
from export.work import work_folder

# A tweet is a passage, however short: it was written and repeated as a whole.
_SHORTEST_TWEET: Final = 30


@dataclasses.dataclass(frozen=True, slots=True)
class Prepared:
    """What is known of a cleaned text."""

    slug: str
    sha256: str
    characters: int
    repeated: int


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the step's options to the command line."""
    parser.add_argument(
        "--mirror", type=Path, metavar="DIR", help="take the files from DIR, not from <work>/raw"
    )
    corpora.add_choice(parser)


def run(args: argparse.Namespace) -> int:
    """Prepare the chosen styles; return 1 when one of them could not be."""
    work = work_folder(args.work)
    raw: Path = args.mirror or work / "raw"
    failed = 0
    try:
        styles = corpora.choose(corpora.load(args.corpora), args.only)
    except corpora.CorpusError as error:
        print(error, file=sys.stderr)
        return 1
    for style in track(styles, "prepare", disable=not sys.stderr.isatty()):
        try:
            done = prepare(style, raw, work / "text")
        except corpora.CorpusError as error:
            print(error, file=sys.stderr)
            failed += 1
        else:
            print(f"{done.slug:18} {done.characters:9,} characters, "
                  f"{done.repeated:9,} dropped as repeated", flush=True)  # fmt: skip
    return 1 if failed else 0


def prepare(style: corpora.Style, raw: Path, folder: Path) -> Prepared:
    """Clean one style and write its text and facts into a folder."""
    cleaned = clean.clean_style(style, raw)
    tweets = all(source.kind == "tweets" for source in style.sources)
    text, repeated = dedupe.drop_repeated(
        cleaned, style.form, _SHORTEST_TWEET if tweets else dedupe.SHORTEST
    )
    clean.inspect(style, text)
    data = text.encode("ascii")
    done = Prepared(style.slug, hashlib.sha256(data).hexdigest(), len(data), repeated)
    folder.mkdir(parents=True, exist_ok=True)
    replace_file(folder / f"{style.slug}.txt", data)
    facts = json.dumps(dataclasses.asdict(done), indent=2) + "\n"
    replace_file(folder / f"{style.slug}.json", facts.encode())
    return done

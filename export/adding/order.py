"""What an artist has ordered, looked at before a minute is spent on it."""

import argparse
import hashlib
import os
from pathlib import Path

from appliance.catalogue import COLOUR, SLUG, BadModelError, read_catalogue
from appliance.engine.ensemble import CATCH_UP
from appliance.engine.model import Model
from export import corpora
from export.adding.colour import free_colour
from export.adding.texts import Gathered
from export.contract import LONGEST_TITLE, is_title
from export.convert import Description
from export.evaluation.places import COUNTED
from export.listing import check_listing, read_metadata
from export.split import Parts, split

LEAST = 20_000  # characters


class AddingError(Exception):
    """A style that cannot be added; the message is one sentence."""


def describe(args: argparse.Namespace) -> Description:
    """Return what the model file will say of the style, and see that it may be so."""
    if not SLUG.fullmatch(args.slug):
        raise AddingError(
            f"{args.slug!r} is no short name: take at most 32 lower-case letters, digits and _, "
            "and begin with a letter"
        )
    if args.slug in corpora.load():
        raise AddingError(f"{args.slug} is one of the shipped styles: choose another short name")
    title = args.title.strip()
    if not title:
        raise AddingError("the title is empty: say what the stage should call the style")
    if not is_title(title):
        raise AddingError(
            f"the title has {len(title)} characters, but it must be one line of at most "
            f"{LONGEST_TITLE}"
        )
    if args.colour and not COLOUR.fullmatch(args.colour):
        raise AddingError(f"the colour is {args.colour!r}, but it must be of the form #rrggbb")
    if not args.licence.strip():
        raise AddingError("the licence is empty: say under which the texts are, or leave it out")
    for name, said in (("licence", args.licence), ("about", args.about or "")):
        if not said.isprintable():
            raise AddingError(f"what --{name} says must be one line of plain text")
    return Description(
        slug=args.slug,
        title=title,
        colour=args.colour or _free(args.models, args.slug),
        advisory=args.advisory,
        about=(args.about or "").strip(),
        form=args.form,
        licence=args.licence.strip(),
    )


def _free(models: Path, slug: str) -> str:
    others = [s.colour for s in read_catalogue(models).styles.values() if s.slug != slug]
    return free_colour([*others, *(style.colour for style in corpora.load().values())])


def check_folder(models: Path, slug: str, *, replace: bool) -> None:
    """See that a voice can be put into a folder, and its lists be written.

    AddingError or ListingError says what is in the way.
    """
    if models.exists() and not models.is_dir():
        raise AddingError(f"{models} is a file, and no folder: name a folder with --models")
    models.mkdir(parents=True, exist_ok=True)
    if not os.access(models, os.W_OK | os.X_OK):
        raise AddingError(f"nothing can be written into {models}: name another with --models")
    check_listing(models, {slug} if replace else set())


def check_texts(gathered: Gathered, first: Path) -> Parts:
    """Split a text; AddingError says why a voice cannot be made of it."""
    if len(gathered.text) < LEAST:
        raise AddingError(
            f"{len(gathered.text):,} characters are left of {first}, too few to learn from "
            f"and to be measured by: give at least {LEAST:,}"
        )
    try:
        parts = split(gathered.text)
    except ValueError as error:
        raise AddingError(str(error)) from error
    if min(map(len, (parts.training, parts.validation, parts.test))) < CATCH_UP + COUNTED:
        raise AddingError(
            f"the text of {first} stands in so few lines that a part of it is too short to measure "
            "by: give more text, or break its lines"
        )
    return parts


def check_replaced(models: Path, slug: str, text: str, *, replace: bool) -> None:
    """See that no voice made of other texts would be lost unasked."""
    path = models / f"{slug}.onnx"
    if replace or not path.exists():
        return
    props = read_metadata(path)
    if props.get("corpus_sha256") != hashlib.sha256(text.encode("ascii")).hexdigest():
        raise AddingError(
            f"{path} is there, the voice {props.get('title', slug)!r} made of other texts: choose "
            f"another short name than {slug}, or say --replace"
        )


def another(models: Path, slug: str) -> Path | None:
    """Return the file of a style to hear the new one with, that plays and needs no curator."""
    styles = read_catalogue(models).styles
    for other in sorted(styles, key=lambda other: other != "bible"):  # it goes with everything
        if slug in {other, styles[other].path.stem} or styles[other].advisory:
            continue
        try:
            Model(styles[other].path)
        except BadModelError:
            continue
        return styles[other].path
    return None

"""List the styles: which may play, which wait for the curator, and what each was trained on.

A style with an advisory is not allowed until the site's settings name it in `styles.allow`.
"""

import argparse
import json

from appliance.catalogue import Style
from appliance.commands.options import finish
from appliance.engine.voices import allowed, site_catalogue
from appliance.settings import Loaded


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `styles`."""
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(args: argparse.Namespace) -> int:
    """Print the styles; return an exit status."""
    settings = Loaded.read(args.settings).settings.styles
    catalogue = site_catalogue(settings)
    may_play = allowed(catalogue.styles, settings)
    if args.json:
        facts = [_facts(style, style.slug in may_play) for style in catalogue.styles.values()]
        found = {"styles": facts, "notes": catalogue.notes, "faults": catalogue.faults}
        print(json.dumps(found, indent=2))
        return 0
    for style in catalogue.styles.values():
        word = "allowed" if style.slug in may_play else f"not allowed ({style.advisory})"
        print(f"{style.slug:18} {style.title:28} {word:22} {style.about}")
    shut = [slug for slug in catalogue.styles if slug not in may_play]
    if shut:
        print(
            f"\n{', '.join(shut)}: not allowed, since children see an unattended screen; "
            "a curator allows one by naming it in styles.allow in the settings."
        )
    for fault in (*catalogue.notes, *catalogue.faults):
        finish(f"{fault}.", 0)
    return 0


def _facts(style: Style, may_play: bool) -> dict[str, object]:
    return {
        "slug": style.slug,
        "title": style.title,
        "colour": style.colour,
        "advisory": style.advisory,
        "allowed": may_play,
        "about": style.about,
        "licence": style.licence,
        "test_bits": style.test_bits,
        "file": str(style.path),
    }

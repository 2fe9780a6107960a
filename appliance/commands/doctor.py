"""Say of every part whether it is well, and if it is not, what to do.

Controls are listened to for a moment: move a fader meanwhile, and its value is shown. A device or a
port that one program alone can have is busy while the piece runs; stop it first.
Exit status 0: all is well; 1: the piece plays, and something wants a look; 2: nothing plays.
"""

import argparse
import json
import logging
import time

from appliance.catalogue import read_catalogue
from appliance.commands.options import not_negative
from appliance.controls.control import Shown
from appliance.engine.voices import allowed, models_folder
from appliance.service import checks
from appliance.service.check_controls import check_controls
from appliance.service.check_models import check_models
from appliance.service.checks import Check
from appliance.settings import Loaded, Settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `doctor`."""
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument(
        "--seconds",
        type=not_negative(3600.0),
        default=1.5,
        metavar="N",
        help="how long the controls are listened to (1.5)",
    )


def run(args: argparse.Namespace) -> int:
    """Check all parts and print what was found; return an exit status."""
    # What the log would say is in the sentences.
    logging.getLogger("appliance").addHandler(logging.NullHandler())
    logging.getLogger("appliance").propagate = False
    loaded, first = checks.settings(args.settings)
    found = [first, *(examine(loaded, args.seconds) if loaded else [])]
    print(json.dumps(checks.as_data(found), indent=2) if args.json else checks.as_table(found))
    return checks.status(found)


def examine(loaded: Loaded, seconds: float) -> list[Check]:
    """Make every check that needs usable settings."""
    settings = loaded.settings
    return [
        *check_models(settings),
        *check_controls(loaded, everything(settings), seconds, time.monotonic, time.sleep),
    ]


def everything(settings: Settings) -> Shown:
    """Return what the controls find: all styles that may play, silent, and nobody there."""
    catalogue = read_catalogue(models_folder(settings.styles))
    may_play = allowed(catalogue.styles, settings.styles)
    first = [slug for slug in settings.controls.faders if slug in may_play]
    faders = (*first, *(slug for slug in may_play if slug not in first))
    return Shown(
        now=0.0,
        faders=faders,
        active=tuple(slug for slug in settings.styles.active if slug in may_play),
        levels=dict.fromkeys(faders, 0.0),
        titles={slug: style.title for slug, style in may_play.items()},
        typing=False,
    )

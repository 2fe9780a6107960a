"""A text instrument: many writers, one mixture, played live."""

import argparse
import importlib
import os
import sys
from pathlib import Path

from appliance import __version__
from appliance.commands.options import finish
from appliance.settings import SettingsError

VERBS = {
    "run": "play the piece at a desk: engine and stage together",
    "engine": "run the models alone (what the system starts)",
    "stage": "run the screens and controls alone (what the system starts)",
    "fallback": "show a sentence for the staff (what the system starts when the piece cannot play)",
    "type": "type a text of a mixture on standard output",
    "styles": "list the styles and which of them may play",
    "transcript": "print what was typed in a period, from the archive",
    "settings": "print the settings in force and where each comes from",
    "learn": "teach a control which of its faders and buttons does what",
    "face": "fetch the models that see a face",
    "labels": "print what each fader plays, or strips to stick above them",
    "pin": "choose the PIN of the operator's panel on the stage",
    "doctor": "say of every part whether it is well, and what to do",
    "update": "take a signed update, or see what became of the last one",
    "boot": "make the machine start quietly and straight into the piece",
    "bench": "measure how fast the piece is on this machine",
}
EXAMPLES = """\
examples:
  appliance run
  appliance type --mix linux=0.5,love_songs=0.5 --chars 400 --seed 7 --pace 0
  appliance type --mix bible=1 --prime "And it came to pass" --temperature 0.6
  appliance styles
  appliance settings

Each verb has its own --help.
"""


def build_parser(chosen: str | None) -> argparse.ArgumentParser:
    """Return the parser; only the chosen verb's module is imported."""
    parser = argparse.ArgumentParser(
        prog="appliance",
        description=__doc__,
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    for verb, summary in VERBS.items():
        module = importlib.import_module(f"appliance.commands.{verb}") if verb == chosen else None
        sub = verbs.add_parser(
            verb,
            help=summary,
            description=module.__doc__ if module else summary,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        sub.add_argument(
            "--settings", type=Path, metavar="FILE", help="the site's settings file (TOML)"
        )
        if module:
            module.add_arguments(sub)
    return parser


def main(argv: list[str] | None = None) -> int:
    """Run one verb; return its exit status."""
    argv = sys.argv[1:] if argv is None else argv
    chosen = next((word for word in argv if word in VERBS), None)
    args = build_parser(chosen).parse_args(argv)
    try:
        status: int = importlib.import_module(f"appliance.commands.{args.verb}").run(args)
    except SettingsError as error:
        return finish(f"{error}.", 2)
    except BrokenPipeError:
        # The reader of our output has gone: not our fault, and nothing more to say at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        return 130
    return status


if __name__ == "__main__":
    sys.exit(main())

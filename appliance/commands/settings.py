"""Print the settings in force, each with the file that set it and what it means."""

import argparse
import json

from appliance.settings import DEFAULTS, Loaded, describe


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `settings`."""
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(args: argparse.Namespace) -> int:
    """Print the settings; return an exit status."""
    loaded = Loaded.read(args.settings)
    meanings = describe()
    if args.json:
        facts = {
            key: {"value": value, "from": str(loaded.origins[key]), "meaning": meanings[key]}
            for key, value in loaded.values.items()
        }
        print(json.dumps(facts, indent=2))
        return 0
    for key, value in loaded.values.items():
        origin = loaded.origins[key]
        source = "default" if origin == DEFAULTS else str(origin)
        print(f"{key} = {json.dumps(value)}\n    {meanings[key]} ({source})")
    return 0

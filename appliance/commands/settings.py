"""Print the settings in force, each with the file that set it and what it means.

The tables of controls are listed for those that `controls.on` names.
"""

import argparse
import json

from appliance.commands.options import finish
from appliance.controls.hands import switched_on
from appliance.settings import DEFAULTS, Loaded, describe, describe_control


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `settings`."""
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(args: argparse.Namespace) -> int:
    """Print the settings; return an exit status."""
    loaded = Loaded.read(args.settings)
    meanings = describe()
    values, origins = dict(loaded.values), dict(loaded.origins)
    controls, faults = switched_on(loaded)
    for name, control in controls.items():
        given = loaded.of_controls.get(name, {})
        meanings |= describe_control(name, control.Settings)
        for key, value in control.settings.model_dump(mode="json").items():
            values[f"{name}.{key}"] = value
            origins[f"{name}.{key}"] = loaded.site if key in given and loaded.site else DEFAULTS
    for fault in faults.values():
        finish(f"{fault}.", 0)
    if args.json:
        facts = {
            key: {"value": value, "from": str(origins[key]), "meaning": meanings[key]}
            for key, value in values.items()
        }
        print(json.dumps(facts, indent=2))
        return 0
    for key, value in values.items():
        origin = origins[key]
        source = "default" if origin == DEFAULTS else str(origin)
        print(f"{key} = {json.dumps(value)}\n    {meanings[key]} ({source})")
    return 0

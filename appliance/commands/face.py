"""Fetch the two models that see a face: 1.5 MB out of a package of 33 MB, by their checksums.

They are MediaPipe's, under the Apache licence 2.0, and are kept in the state folder with its text.
Without a network, bring the wheel of mediapipe 0.10.14, for whatever processor, and name it.
"""

import argparse
from pathlib import Path

from appliance.commands.options import finish


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `face`."""
    parser.add_argument("deed", choices=["fetch"], help="fetch: bring the models here")
    parser.add_argument("--from", dest="wheel", type=Path, metavar="WHEEL", help="not the network")
    parser.add_argument("--to", default="", metavar="FOLDER", help="not the state folder")


def run(args: argparse.Namespace) -> int:
    """Fetch the models; return an exit status."""
    try:
        from appliance.face import models  # noqa: PLC0415  # onnx may be missing
    except ImportError as error:
        return finish(f"a face needs the Python package {error.name}: install it.", 1)

    folder = models.place(args.to)
    try:
        models.fetch(folder, args.wheel)
        models.read(folder)
    except models.FaceModelsError as error:
        return finish(f"{error}.", 1)
    print(f"The models of a face are in {folder}; {models.LICENCE} there is their licence.")
    return 0

"""From public texts to model files, a step a verb."""

import argparse
import importlib
import sys

VERBS = {
    "fetch": "get the sources of all styles and check them",
    "prepare": "clean the sources into one 7-bit text a style",
    "train": "train the base, then one network a style",
    "convert": "write the trained networks as int8 ONNX model files",
    "verify": "check the shipped model files",
    "evaluate": "measure the shipped model files on text never trained on",
    "add-style": "make a voice of your own from a folder of texts",
    "experiment": "compare sizes and recipes at equal processor time",
}
GO_ON = {"train", "add-style"}  # where they stood, when they are given again


def module(verb: str) -> str:
    """Return the module of a verb."""
    return verb.replace("-", "_")


def main(argv: list[str] | None = None) -> int:
    """Run one verb; return its exit status."""
    argv = sys.argv[1:] if argv is None else argv
    try:
        return _run(argv)
    except KeyboardInterrupt:
        goes_on = argv[:1] and argv[0] in GO_ON
        more = " The same command goes on where it stood." if goes_on else ""
        print(f"Stopped.{more}", file=sys.stderr)
        return 130


def _run(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m export", description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    for verb, summary in VERBS.items():
        sub = verbs.add_parser(verb, help=summary, description=summary.capitalize() + ".")
        # Only the chosen verb is imported: fetching needs no torch.
        if argv[:1] == [verb]:
            importlib.import_module(f"export.{module(verb)}").add_arguments(sub)
    args = parser.parse_args(argv)
    status: int = importlib.import_module(f"export.{module(args.verb)}").run(args)
    return status


if __name__ == "__main__":
    sys.exit(main())

"""Numbers that the command line takes, with an error that says what is wanted."""

import argparse
import math
import sys
from collections.abc import Callable


def at_least(lowest: int) -> Callable[[str], int]:
    """Return a parser of whole numbers that are not below `lowest`."""

    def parse(text: str) -> int:
        try:
            number = int(text)
        except ValueError:
            raise argparse.ArgumentTypeError(f"{text!r} is no whole number") from None
        if number < lowest:
            raise argparse.ArgumentTypeError(f"{number} is below {lowest}")
        return number

    return parse


def not_negative(most: float = math.inf) -> Callable[[str], float]:
    """Return a parser of finite numbers from 0 to `most`."""

    def parse(text: str) -> float:
        try:
            number = float(text)
        except ValueError:
            raise argparse.ArgumentTypeError(f"{text!r} is no number") from None
        if not math.isfinite(number) or not 0 <= number <= most:
            bound = f"from 0 to {most:g}" if math.isfinite(most) else "of 0 or more"
            raise argparse.ArgumentTypeError(f"{text} is no number {bound}")
        return number

    return parse


def finish(sentence: str, status: int) -> int:
    """Say one sentence on standard error and return the exit status."""
    first = sentence.split(maxsplit=1)[0]
    # A file keeps its name.
    print(sentence[0].upper() + sentence[1:] if first.isalpha() else sentence, file=sys.stderr)
    return status

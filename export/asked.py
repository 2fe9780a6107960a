"""What is asked for on the command line, and what the machine answers, in words."""

import argparse
from collections.abc import Callable


def at_least_one(text: str) -> int:
    """Read a whole number that is not less than one; argparse shows what is wrong with it."""
    if not (text.isascii() and text.isdecimal()) or not 1 <= int(text[:10]) < 10**9:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number of at least 1")
    return int(text)


def above_zero(most: float) -> Callable[[str], float]:
    """Return a reader of numbers above zero and below `most`."""

    def read(text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            value = 0.0
        if not 0.0 < value < most:
            raise argparse.ArgumentTypeError(
                f"{text!r} is not a number above 0 and below {most:,g}"
            )
        return value

    return read


def in_a_sentence(error: OSError) -> str:
    """Say which file could not be read or written, and why."""
    if error.strerror is None:  # raised by ourselves, with a sentence
        return str(error)
    where = error.filename or "a file"
    return f"{where} cannot be read or written: {error.strerror.lower()}"

"""How this program starts another of its own modules as a process."""

import sys


def python(module: str) -> list[str]:
    """Return the command that runs a module of this package as this program is run."""
    # A release is run isolated, and so must its children be.
    return [sys.executable, *(["-I"] if sys.flags.isolated else []), "-m", module]

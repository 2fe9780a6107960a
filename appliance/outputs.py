"""Outputs that are on whether a screen answers or not, as the settings name them.

`HDMI-A-1:1920x1080@60` is a connector as the kernel calls it (`ls /sys/class/drm`), its pixels, and
pictures a second.
"""

import re
from typing import Annotated

from pydantic import AfterValidator
from pydantic_core import PydanticCustomError

CONNECTOR = r"[A-Za-z]+(?:-[A-Z])?-[0-9]+"
FORM = re.compile(rf"({CONNECTOR}):([0-9]{{3,4}})x([0-9]{{3,4}})@([0-9]{{2,3}})")


def parted(output: str) -> tuple[str, tuple[int, int], int]:
    """Return an output's connector, pixels across and down, and rate; ValueError if it is none."""
    found = FORM.fullmatch(output)
    if found is None:
        raise ValueError(f"{output!r} is no output")
    name, width, height, rate = found.groups()
    return name, (int(width), int(height)), int(rate)


def _output(text: str) -> str:
    try:
        parted(text)
    except ValueError:
        raise PydanticCustomError(
            "output", "value should be an output and its mode, such as HDMI-A-1:1920x1080@60"
        ) from None
    return text


Outputs = list[Annotated[str, AfterValidator(_output)]]

"""Joins the wrapped lines of a book into paragraphs, and leaves verse as it stands.

Whether a block of lines is wrapped prose is seen from how it was filled: in prose the first word
of a line would not have fitted on the line before.
"""

import re
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Final

_SPACES: Final = re.compile(r"[ \t]+")
_TRAILING_HYPHEN: Final = re.compile(r"(?<=[a-z])-$")
_BEGINS_A_VERSE: Final = re.compile(r"[^A-Za-z]*[A-Z\u00c0-\u00de]")
_NARROWEST: Final = 60
_FULL: Final = 0.75
_MOSTLY_FULL: Final = 0.5
_WIDEST: Final = 132  # columns of a line printer; nobody wraps to more
_ENDS_A_SENTENCE: Final = re.compile(r"[.!?][\"')\]]*$")
_FEW: Final = 20  # pairs of lines, which tell nothing
_SENTENCES: Final = 0.3  # of lines; in books it is 2 to 4 in a hundred
_FITTING: Final = 0.45  # of lines; in books that were wrapped to several widths it is up to 0.3


def blocks(lines: Iterable[str]) -> list[list[str]]:
    """Return the runs of lines that are not blank."""
    found: list[list[str]] = [[]]
    for line in lines:
        if line.strip():
            found[-1].append(line.rstrip())
        elif found[-1]:
            found.append([])
    return [block for block in found if block]


def width(lines: Sequence[str]) -> int:
    """Return the width to which the lines of a book were wrapped: nine in ten are no longer.

    A book of verse was not wrapped, so that its short lines are not taken for the width.
    """
    lengths = sorted(len(line) for line in lines if len(line) > 30)
    return max(_NARROWEST, lengths[len(lengths) * 9 // 10]) if lengths else 72


def paragraph(block: Sequence[str], form: str, wrapped_at: int) -> str:
    """Return one block of lines as a paragraph of prose, or line by line where it is verse."""
    lines = [_SPACES.sub(" ", line).strip() for line in block]
    if form == "prose" and is_wrapped(block, wrapped_at):
        return _joined(lines)
    return "\n".join(lines)


def is_wrapped(block: Sequence[str], wrapped_at: int) -> bool:
    """Tell whether a block is prose that was wrapped, and not verse, a list or a heading."""
    if len(block) < 2:
        return True
    longest = max(len(line) for line in block)
    if wrapped_at > _WIDEST or longest > 2 * _WIDEST:
        return False
    if longest < 0.9 * wrapped_at and all(_BEGINS_A_VERSE.match(line.strip()) for line in block):
        return False
    limit = max(longest, int(0.78 * wrapped_at))
    full = sum(
        len(line) + 1 + len(following.split()[0]) > limit - 2
        or (len(line) > 0.6 * wrapped_at and following.strip()[0].islower())
        for line, following in pairwise(block)
    )
    return full >= (_FULL if longest < 0.9 * wrapped_at else _MOSTLY_FULL) * (len(block) - 1)


def are_wrapped(joined: Sequence[Sequence[str]]) -> bool:
    """Tell whether the blocks that `is_wrapped` would join were filled, all of them together.

    Lines of which each is a paragraph or a message of its own end with a sentence, or have room
    for the next one's first word.
    """
    pairs = [pair for block in joined for pair in pairwise(block)]
    if len(pairs) < _FEW:
        return True
    filled_to = sorted(len(line) for line, _ in pairs)[len(pairs) * 3 // 4]
    fitting = sum(
        len(line) + 1 + len(following.split()[0]) <= filled_to for line, following in pairs
    )
    sentences = sum(_ENDS_A_SENTENCE.search(line) is not None for line, _ in pairs)
    return fitting <= _FITTING * len(pairs) and sentences <= _SENTENCES * len(pairs)


def _joined(lines: Sequence[str]) -> str:
    text = ""
    for line in lines:
        if text.endswith("--") or (text and _TRAILING_HYPHEN.search(text)):
            text += line
        else:
            text = f"{text} {line}" if text else line
    return text

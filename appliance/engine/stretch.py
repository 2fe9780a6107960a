"""How the archive keeps a stretch of text: for each character when, by whom, with which mixture.

A hand that never rests changes the mixture with every character, and cards wear by being written
to, so it is packed. A number takes seven bits a byte, the lowest first, and the highest bit says
that more follow (LEB128, as in DWARF 5, section 7.6). A character is

    milliseconds since the one before
    4 · author + how its mixture is told: 0 as before, 1 new weights, 2 other styles too
    for 2: how many styles, and each of them
    for 1 and 2: the weight of each style, in ten-thousandths
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

SAME, WEIGHTS, STYLES = range(3)

Mixture = tuple[tuple[int, int], ...]  # styles by number, and their weights in ten-thousandths


@dataclass(frozen=True, slots=True)
class Stroke:
    """How one character came about; styles are numbers."""

    after: int  # milliseconds since the one before
    author: int
    mixture: Mixture


def pack(strokes: Sequence[Stroke]) -> bytes:
    """Return strokes as bytes; ValueError for a number below zero."""
    out = bytearray()
    before: Mixture = ()
    for stroke in strokes:
        mixture = stroke.mixture
        styles = [style for style, _ in mixture]
        told = STYLES if styles != [style for style, _ in before] else WEIGHTS
        told = SAME if mixture == before else told
        _put(out, stroke.after)
        _put(out, stroke.author << 2 | told)
        if told == STYLES:
            _put(out, len(styles))
            for style in styles:
                _put(out, style)
        if told != SAME:
            for _, weight in mixture:
                _put(out, weight)
        before = mixture
    return bytes(out)


def unpack(data: bytes) -> Iterator[Stroke]:
    """Yield the strokes of packed bytes; ValueError if they end in the middle of one."""
    numbers = _numbers(data)
    mixture: Mixture = ()
    for after in numbers:
        try:
            author, told = divmod(next(numbers), 4)
            styles = [style for style, _ in mixture]
            if told == STYLES:
                styles = [next(numbers) for _ in range(next(numbers))]
            if told != SAME:
                weights = [next(numbers) for _ in styles]
                mixture = tuple(zip(styles, weights, strict=True))
        except StopIteration:
            raise ValueError("a stretch ends in the middle of a character") from None
        yield Stroke(after, author, mixture)


def _put(out: bytearray, number: int) -> None:
    if number < 0:
        raise ValueError(f"{number} cannot be packed")
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    out.append(number)


def _numbers(data: bytes) -> Iterator[int]:
    number = shift = 0
    for byte in data:
        number |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            yield number
            number = shift = 0
    if shift:
        raise ValueError("a stretch ends in the middle of a number")

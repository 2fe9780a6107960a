"""Where the buttons of the operator's panel stand; none is smaller than a finger needs.

A `unit` is that, or what a word in large letters needs, pixels.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from textwrap import wrap

from pygame import Rect

from appliance.service.status_page import Line

KEYS = ("1", "2", "3", "4", "5", "6", "7", "8", "9", "back", "0", "ok")
TABS = 5  # four pages and the way out
WIDEST_KEY, HIGHEST_KEY = 2.0, 1.5  # units
WIDEST_ROW = 9  # units


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a folded sentence."""

    text: str
    name: int = 0  # characters at its beginning that are the name
    ill: bool = False
    first: bool = False


def tabs(area: Rect, unit: int) -> tuple[list[Rect], Rect]:
    """Return the places of pages and way out, and what they leave: at the left, or above."""
    if area.width > area.height:
        wide = min(round(2.3 * unit), area.width // 3)
        high = area.height // TABS
        cells = [Rect(area.x, area.y + n * high, wide, high) for n in range(TABS)]
        return cells, Rect(area.x + wide, area.y, area.width - wide, area.height)
    wide, high = area.width // TABS, round(1.15 * unit)
    cells = [Rect(area.x + n * wide, area.y, wide, high) for n in range(TABS)]
    return cells, Rect(area.x, area.y + high, area.width, area.height - high)


def keypad(area: Rect, unit: int) -> tuple[dict[str, Rect], Rect]:
    """Return the keys' places, and what they leave for what is asked: at the left, or above."""
    beside = area.width > area.height
    wide = min(round(WIDEST_KEY * unit), (area.width // (2 if beside else 1)) // 3)
    room = area.height // 4 if beside else max(unit, area.height // 6)
    high = min(round(HIGHEST_KEY * unit), room)
    if beside:
        pad = Rect(0, 0, 3 * wide, 4 * high)
        pad.center = (area.x + 3 * area.width // 4, area.centery)
        rest = Rect(area.x, area.y, pad.x - area.x, area.height)
    else:
        pad = Rect(0, area.bottom - 4 * high, 3 * wide, 4 * high)
        pad.centerx = area.centerx
        rest = Rect(area.x, area.y, area.width, area.height - pad.height)
    keys = {
        key: Rect(pad.x + n % 3 * wide, pad.y + n // 3 * high, wide, high)
        for n, key in enumerate(KEYS)
    }
    return keys, rest


def stacked(area: Rect, count: int, unit: int) -> list[Rect]:
    """Return places one below the other, each of a unit at least, of one and a quarter at most."""
    high = max(unit, min(round(1.25 * unit), area.height // max(1, count)))
    wide = min(area.width, WIDEST_ROW * unit)
    return [Rect(area.x, area.y + n * high, wide, high) for n in range(count)]


def cells(area: Rect, count: int, unit: int, width: int) -> tuple[list[Rect], int]:
    """Return places for as many names as fit on a page, and how many names a page has.

    Where that is one less, the last place turns the page. `width` is the least of a name, pixels;
    names get more where there are rows for them.
    """
    rows = max(1, area.height // unit)
    columns = min(max(1, area.width // width), max(1, -(-count // rows)))
    rows = min(rows, max(1, -(-count // columns)))
    high = min(round(1.25 * unit), area.height // rows)
    wide = min(area.width // columns, WIDEST_ROW * unit)
    places = [
        Rect(area.x + column * wide, area.y + row * high, wide, high)
        for column in range(columns)
        for row in range(rows)
    ]
    return places, count if count <= len(places) else max(1, len(places) - 1)


def folded(lines: Sequence[Line], columns: int) -> list[list[Row]]:
    """Return each line as rows of so many characters, its name in front."""
    found = []
    columns = max(12, columns)
    for line in lines:
        text = " ".join(_torn(word, columns) for word in f"{line.name}: {line.sentence}".split())
        parts = wrap(text, columns, break_on_hyphens=False)
        found.append(
            [
                Row(text, len(line.name) + 1 if n == 0 else 0, not line.well, n == 0)
                for n, text in enumerate(parts)
            ]
        )
    return found


def _torn(word: str, columns: int) -> str:
    """Return a word; one that is wider than a row is a path, and torn at the last / that fits."""
    cut = word.rfind("/", 0, columns) + 1
    return word if len(word) <= columns or cut <= 1 else f"{word[:cut]} {word[cut:]}"


def pages(items: Sequence[Sequence[Row]], rows: int) -> list[list[Row]]:
    """Return rows by page; a sentence is torn over two pages only if it is longer than one."""
    found: list[list[Row]] = [[]]
    for item in items:
        if len(found[-1]) + len(item) > rows and found[-1] and len(item) <= rows:
            found.append([])
        for row in item:
            if len(found[-1]) >= rows:
                found.append([])
            found[-1].append(row)
    return found

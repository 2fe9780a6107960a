"""Breaking a text into lines while it is being written.

Lines break after a space or a hyphen where there is one, at the edge where there is none. What
stands never breaks anew when more is typed, or when the page's beginning is forgotten. Line ends
are kept, as source code and verse need them; a line that is too long for the page goes on under
its own indentation.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

TAB = 4  # columns; the kernel's own eight would leave no room for its lines
EMPTY = 2  # empty lines that may follow each other; more say nothing more
Cell = tuple[int, int]  # a character's index in the text, and its column


@dataclass(slots=True)
class Line:
    """One line: where each of its characters stands."""

    column: int = 0  # of the next character
    indent: int = 0  # columns of white space that the paragraph begins with
    cells: list[Cell] = field(default_factory=list)
    breakable: int = 0  # cells before the last place where the line may be broken
    _bare: bool = True  # nothing but white space so far

    def add(self, index: int, character: str) -> None:
        """Put a character at the line's end."""
        self.cells.append((index, self.column))
        self.column += TAB - self.column % TAB if character == "\t" else 1
        blank = character in " \t"
        if self._bare and blank:
            self.indent = self.column
        elif blank or (character == "-" and not self._bare):
            self.breakable = len(self.cells)
        self._bare = self._bare and blank

    def split(self, width: int) -> "Line":
        """Cut the line where it may be broken, and return what follows, as the next line."""
        indent = min(self.indent, width // 3)
        at = self.breakable or len(self.cells)
        rest, self.cells = self.cells[at:], self.cells[:at]
        shift = (rest[0][1] if rest else self.column) - indent
        following = Line(self.column - shift, indent, [(i, c - shift) for i, c in rest])
        following._bare = not rest
        return following


class Lines:
    """The last lines of a text that grows at its end."""

    def __init__(self, width: int, keep: int) -> None:
        """Begin an empty text, `width` columns wide; at least the last `keep` lines are known."""
        self.lines: list[Line] = [Line()]
        self.first = 0  # number of the first line that is still known
        self._width, self._keep = width, keep

    @property
    def count(self) -> int:
        """How many lines the text has had."""
        return self.first + len(self.lines)

    def add(self, index: int, character: str) -> int:
        """Add a character; return the number of the first line that is now another one."""
        changed = self.count - 1
        line = self.lines[-1]
        if character == "\n":
            tail = self.lines[-EMPTY - 1 :]
            if len(tail) <= EMPTY or any(known.cells for known in tail):
                self.lines.append(Line())
        elif line.column >= self._width and character == " ":
            line.cells.append((index, self._width))  # hangs over the edge, unseen
            line.breakable = len(line.cells)
        else:
            if line.column >= self._width:
                self.lines.append(line.split(self._width))
            self.lines[-1].add(index, character)
        if len(self.lines) > 2 * self._keep:
            gone = len(self.lines) - self._keep
            self.first += gone
            del self.lines[:gone]
        return changed

    def extend(self, characters: Iterable[tuple[int, str]]) -> int:
        """Add characters with their indices; return the number of the first line that changed."""
        return min((self.add(i, c) for i, c in characters), default=self.count)


def wrap(text: str, width: int, height: int) -> list[list[Cell]]:
    """Break a text into its last lines; each is its characters' indices and columns."""
    lines = Lines(width, height)
    lines.extend(enumerate(text))
    return [line.cells for line in lines.lines[-height:]]

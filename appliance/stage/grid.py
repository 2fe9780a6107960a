"""Places for fingers: as many as fit, and none of them too small."""

from dataclasses import dataclass

from pygame import Rect


@dataclass(frozen=True, slots=True)
class Grid:
    """Cells in columns, filled downwards, in an area of its own coordinates."""

    area: Rect
    columns: int
    rows: int  # of all cells
    height: float  # of a cell, pixels

    @property
    def seen(self) -> int:
        """How many rows are whole in the area."""
        return min(self.rows, int(self.area.height / self.height + 1e-6))

    @property
    def overflow(self) -> int:
        """How many pixels of cells there are below the area."""
        return max(0, round(self.rows * self.height) - self.area.height)

    def cell(self, number: int, scrolled: float = 0.0) -> Rect:
        """Return a cell's place, with the cells scrolled up by so many pixels."""
        column, row = divmod(number, max(1, self.rows))
        left = self.area.x + column * self.area.width // self.columns
        right = self.area.x + (column + 1) * self.area.width // self.columns
        top = round(self.area.y + row * self.height - scrolled)
        bottom = round(self.area.y + (row + 1) * self.height - scrolled)
        return Rect(left, top, right - left, bottom - top)

    def at(self, point: tuple[int, int], count: int, scrolled: float = 0.0) -> int | None:
        """Return which of `count` cells is at a point."""
        for number in range(count):
            if self.cell(number, scrolled).collidepoint(point):
                return number
        return None


def fit(area: Rect, count: int, least: tuple[float, float], tallest: float) -> Grid:
    """Lay `count` cells of at least (width, height) in an area, in the fewest columns that do.

    Where they do not all fit, they keep their least height and go on below the area.
    """
    most = max(1, int(area.width / least[0]))
    columns = 1
    while columns < most and -(-count // columns) * least[1] > area.height:
        columns += 1
    rows = max(1, -(-count // columns))
    height = max(least[1], min(tallest, area.height / rows))
    return Grid(area, columns, rows, height)

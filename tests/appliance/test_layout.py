"""Where panels stand, and how much room a finger has."""

import itertools

import pytest
from pygame import Rect

from appliance.settings import LayoutKind
from appliance.stage.grid import Grid, fit
from appliance.stage.layout import arrange
from appliance.stage.picture import CREEP, SIDE, crept

SIZES = [(1024, 600), (1280, 800), (1920, 1080), (3840, 2160), (600, 1024), (1080, 1920)]
KINDS: list[LayoutKind] = ["whole", "instrument", "text"]


@pytest.mark.parametrize(("size", "kind"), list(itertools.product(SIZES, KINDS)))
def test_panels_fill_the_screen_and_do_not_overlap(size: tuple[int, int], kind: LayoutKind) -> None:
    area = Rect((2, 2), size)
    layout = arrange(area, kind, target=60)
    rects = list(layout.values())
    assert all(area.contains(rect) for rect in rects)
    assert sum(rect.width * rect.height for rect in rects) == size[0] * size[1]
    assert not any(a.colliderect(b) for a, b in itertools.combinations(rects, 2))
    assert ("text" in layout) == (kind != "instrument")
    assert (len(layout) == 1) == (kind == "text")


def test_on_a_screen_like_a_hand_the_page_has_the_joints_room() -> None:
    small = arrange(Rect(0, 0, 1024, 600), target=100)
    large = arrange(Rect(0, 0, 1024, 600), target=60)
    assert "joint" not in small and "joint" in large
    assert small["text"].bottom == small["styles"].top


def test_the_originals_order_is_kept() -> None:
    layout = arrange(Rect(0, 0, 1920, 1080))
    assert layout["styles"].right <= layout["sliders"].left
    assert layout["sliders"].right <= layout["puck"].left


@pytest.mark.parametrize("count", [0, 1, 5, 8, 24])
@pytest.mark.parametrize("size", [(200, 500), (430, 300), (900, 480)])
def test_no_cell_is_smaller_than_a_finger(count: int, size: tuple[int, int]) -> None:
    grid = fit(Rect((10, 20), size), count, (120, 88), 140)
    cells = [grid.cell(number) for number in range(count)]
    assert all(cell.width >= 120 and cell.height >= 87 for cell in cells)
    assert not any(a.colliderect(b) for a, b in itertools.combinations(cells, 2))
    for number, cell in enumerate(cells):
        assert grid.at(cell.center, count) == number
    if not grid.overflow:
        assert all(grid.area.contains(cell) for cell in cells)


def test_cells_that_do_not_fit_are_reached_by_scrolling() -> None:
    grid = fit(Rect(0, 0, 100, 300), 10, (100, 100), 150)
    assert grid.overflow == 700
    assert grid.at((50, 250), 10) == 2
    assert grid.at((50, 250), 10, scrolled=700.0) == 9
    assert grid.at((50, 250), 2) is None


def test_a_grid_has_at_least_one_column() -> None:
    assert fit(Rect(0, 0, 50, 300), 3, (100, 100), 150) == Grid(Rect(0, 0, 50, 300), 1, 3, 100)


def test_the_picture_creeps_by_one_pixel_at_a_time_and_visits_every_place() -> None:
    path = [crept(step) for step in range(2 * SIDE * SIDE + 1)]
    for (x, y), (then_x, then_y) in itertools.pairwise(path):
        assert abs(x - then_x) + abs(y - then_y) <= 1
    assert len(set(path)) == SIDE * SIDE
    assert max(max(abs(x), abs(y)) for x, y in path) == CREEP
    assert path[0] == path[-1]

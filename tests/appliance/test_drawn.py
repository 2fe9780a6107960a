import pygame

from appliance.stage.drawn import Drawn, drawn_once, size_of


def square(side: int) -> pygame.Surface:
    return pygame.Surface((side, side), pygame.SRCALPHA)


def test_the_same_is_drawn_once() -> None:
    asked: list[int] = []

    @drawn_once(1 << 20)
    def draw(side: int, *, twice: bool = False) -> pygame.Surface:
        """Draw."""
        asked.append(side)
        return square(2 * side if twice else side)

    assert draw(3) is draw(3)
    assert draw(3, twice=True) is not draw(3)
    assert asked == [3, 3]
    assert draw.__doc__ == "Draw."


def test_what_is_not_in_use_goes_first_and_the_bound_holds() -> None:
    kept = Drawn(3 * size_of(square(8)))
    for name in "abc":
        kept.keep(name, square(8))
    assert kept.get("a") is not None  # in use
    kept.keep("d", square(8))
    assert [name for name in "abcd" if kept.get(name)] == ["a", "c", "d"]
    assert (kept.bytes, len(kept)) == (kept.most_bytes, 3)


def test_a_surface_larger_than_the_bound_is_not_kept() -> None:
    kept = Drawn(100)
    kept.keep("small", square(2))
    kept.keep("large", square(64))
    assert kept.get("large") is None
    assert (kept.bytes, len(kept)) == (0, 0)


def test_ten_thousand_sizes_stay_within_the_bound() -> None:
    kept = Drawn(1 << 20)
    for number in range(10_000):
        kept.keep(number, square(number % 40))
        assert kept.bytes <= 1 << 20
    assert kept.bytes == sum(size_of(square(n % 40)) for n in range(10_000 - len(kept), 10_000))

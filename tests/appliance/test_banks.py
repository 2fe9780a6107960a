import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.controls.banks import banks, on_faders, playing

STYLES = tuple("abcdefghijk")  # eleven


@pytest.mark.parametrize(
    ("styles", "faders", "count"),
    [(24, 8, 3), (24, 9, 3), (25, 8, 4), (8, 8, 1), (1, 8, 1), (0, 8, 1), (24, 1, 24), (24, 0, 24)],
)
def test_how_many_banks_reach_all_styles(styles: int, faders: int, count: int) -> None:
    assert banks(styles, faders) == count


def test_a_box_plays_first_what_the_site_names_then_what_is_on_the_screen() -> None:
    titles = {"a": "Zoe", "b": "Bo", "c": "Al", "d": "Cy", "e": "Di"}
    order = on_faders(titles, named=["e"], opening={"a", "d"}, order=["c"])
    assert order == ("e", "d", "a", "c", "b")
    assert on_faders(titles, named=[], opening=(), order=[]) == ("c", "b", "d", "e", "a")


def test_faders_beyond_the_last_style_play_nothing() -> None:
    assert playing(STYLES, 4, 0) == ("a", "b", "c", "d")
    assert playing(STYLES, 4, 2) == ("i", "j", "k", None)
    assert playing((), 2, 0) == (None, None)


@pytest.mark.parametrize(("bank", "first"), [(3, "a"), (-1, "i"), (7, "e")])
def test_after_the_last_bank_comes_the_first(bank: int, first: str) -> None:
    assert playing(STYLES, 4, bank)[0] == first


@given(st.integers(0, 40), st.integers(1, 12))
def test_every_style_has_one_fader_in_one_bank(styles: int, faders: int) -> None:
    names = [str(i) for i in range(styles)]
    reached = [
        name
        for bank in range(banks(styles, faders))
        for name in playing(names, faders, bank)
        if name is not None
    ]
    assert reached == names

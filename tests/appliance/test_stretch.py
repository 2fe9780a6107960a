import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.engine.stretch import Stroke, pack, unpack

NUMBERS = st.integers(0, 2**40)
MIXTURES = st.lists(st.tuples(st.integers(0, 300), st.integers(0, 10_000)), max_size=24)
STROKES = st.lists(st.builds(Stroke, NUMBERS, st.integers(0, 300), MIXTURES.map(tuple)))


@given(STROKES)
def test_what_is_packed_is_unpacked(strokes: list[Stroke]) -> None:
    assert list(unpack(pack(strokes))) == strokes


def test_it_is_small() -> None:
    moved = [Stroke(50, 3, ((1, 5_000 + n), (2, 3_000 - n), (3, 2_000))) for n in range(20)]
    assert len(pack(moved)) == 20 * (2 + 3 * 2) + 4  # the styles once
    stands = [Stroke(50, 3, ((1, 5_000), (2, 5_000)))] * 20
    assert len(pack(stands)) == 20 * 2 + 7


@given(STROKES.filter(bool), st.data())
def test_what_is_cut_off_is_never_taken_for_whole(
    strokes: list[Stroke], data: st.DataObject
) -> None:
    whole = pack(strokes)
    cut = whole[: data.draw(st.integers(0, len(whole) - 1))]
    try:
        found = list(unpack(cut))
    except ValueError:
        return
    assert len(found) < len(strokes) and found == strokes[: len(found)]


def test_numbers_below_zero_are_refused() -> None:
    with pytest.raises(ValueError, match="-1"):
        pack([Stroke(-1, 0, ())])

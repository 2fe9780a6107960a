import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.stage.lines import wrap


def lines(text: str, width: int, height: int = 1000) -> list[str]:
    return ["".join(text[i] for i in line) for line in wrap(text, width, height)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("static unsigned love", ["static ", "unsigned ", "love"]),
        ("a\n\nb", ["a", "", "b"]),
        ("antidisestablishmentarianism", ["antidisest", "ablishment", "arianism"]),
        ("one two three", ["one two ", "three"]),
        ("ends with\n", ["ends with", ""]),
        ("", [""]),
    ],
)
def test_lines_break_at_spaces(text: str, expected: list[str]) -> None:
    assert lines(text, 10) == expected


@given(st.text("ab \n", max_size=200), st.integers(1, 20))
def test_wrapping_loses_no_character(text: str, width: int) -> None:
    shown = lines(text, width)
    assert "".join(shown) == text.replace("\n", "")
    assert all(len(line) <= width + 1 for line in shown)


def test_the_last_lines_are_kept() -> None:
    assert lines("a\nb\nc", 10, height=2) == ["b", "c"]

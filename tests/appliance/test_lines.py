import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.stage.lines import Lines, wrap


def lines(text: str, width: int, height: int = 1000) -> list[str]:
    return ["".join(text[i] for i, _ in line) for line in wrap(text, width, height)]


def drawn(text: str, width: int) -> list[str]:
    """Return the lines as they look, with their indentation."""
    found = []
    for line in wrap(text, width, 1000):
        row = [" "] * (width + 1)
        for i, column in line:
            row[column] = text[i]
        found.append("".join(row).replace("\t", " ").rstrip())
    return found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("static unsigned love", ["static ", "unsigned ", "love"]),
        ("a\n\nb", ["a", "", "b"]),
        ("antidisestablishmentarianism", ["antidisest", "ablishment", "arianism"]),
        ("one two three", ["one two ", "three"]),
        ("ends with\n", ["ends with", ""]),
        ("\nbegins", ["", "begins"]),
        ("a well-known one", ["a well-", "known one"]),
        ("", [""]),
    ],
)
def test_lines_break_at_spaces_and_hyphens(text: str, expected: list[str]) -> None:
    assert lines(text, 10) == expected


def test_source_code_keeps_its_lines_and_goes_on_under_its_indentation() -> None:
    code = "if (x)\n\treturn do_it(with, a, few, arguments);\n}\n"
    shown = ["if (x)", "    return do_it(with,", "    a, few, arguments);", "}", ""]
    assert drawn(code, 24) == shown


def test_an_indentation_leaves_room_for_the_line() -> None:
    assert drawn(" " * 20 + "word and word", 12)[1:] == ["    word and", "    word"]


def test_a_flood_of_empty_lines_does_not_push_the_page_away() -> None:
    assert lines("a" + "\n" * 50 + "b", 10) == ["a", "", "", "b"]


@given(st.text("ab \t-\n", max_size=200), st.integers(2, 20))
def test_wrapping_loses_no_character(text: str, width: int) -> None:
    assert "".join(lines(text, width)) == text.replace("\n", "")
    for line in wrap(text, width, 1000):
        columns = [column for i, column in line if text[i] not in " \t"]
        assert all(column < width for column in columns)
        assert columns == sorted(set(columns))


@given(st.text("ab \t-\n", max_size=120), st.integers(2, 20))
def test_what_stands_never_breaks_anew(text: str, width: int) -> None:
    growing = Lines(width, 500)
    before: list[list[tuple[int, int]]] = []
    for i, character in enumerate(text):
        changed = growing.add(i, character)
        now = [list(line.cells) for line in growing.lines]
        assert now[:changed] == before[:changed]
        before = now


def test_only_so_many_lines_are_kept_and_their_numbers_stay() -> None:
    kept = Lines(10, 3)
    assert kept.extend(enumerate("\n".join("abcdefgh"))) == 0
    assert kept.count == 8
    assert 3 <= len(kept.lines) <= 6
    assert kept.first == kept.count - len(kept.lines)


def test_the_last_lines_are_kept() -> None:
    assert lines("a\nb\nc", 10, height=2) == ["b", "c"]

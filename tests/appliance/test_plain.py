import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.plain import plain


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("“déjà vu” — naïve…", '"deja vu" -- naive...'),
        ("a\tb\r\nc", "a\tb\nc"),
        ("Æsop\u2019s œuvre, Straße", "Aesop's oeuvre, Strasse"),
        ("日本 ok\x07\x7f", " ok"),
        ("", ""),
    ],
)
def test_text_is_drawn_in_ascii(text: str, expected: str) -> None:
    assert plain(text) == expected


@given(st.text())
def test_only_what_a_page_can_show_is_left(text: str) -> None:
    assert all(c in "\n\t" or " " <= c <= "~" for c in plain(text))

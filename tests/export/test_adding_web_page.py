"""What add-style reads in an HTML page."""

from pathlib import Path

import pytest

from export.adding.texts import gather
from export.adding.web_page import seen_text


def test_a_page_is_read_as_its_reader_sees_it() -> None:
    page = """<html><head><title>no</title><style>p {}</style></head><body><nav>menu</nav>
    <h1>Of  the\n sea</h1><p>It was <i>late</i> &amp; dark.<br>Nobody came.</p>
    <script>no()</script><ul><li>one</li><li>two</li></ul></body></html>"""
    assert seen_text(page) == "Of the sea\n\nIt was late & dark.\nNobody came.\n\none\n\ntwo"


@pytest.mark.parametrize(
    "page",
    [
        "<html><head><title>no</title><body><p>Seen.</p></html>",
        "<head><meta charset=utf-8><title>no</title><style>p {}</style><p>Seen.",
        "<title>no</title><p>Seen.",
    ],
)
def test_a_head_that_is_not_closed_ends_where_the_body_begins(page: str) -> None:
    assert seen_text(page) == "Seen."


@pytest.mark.parametrize(
    ("page", "text"),
    [
        ("<nav>menu<ul><li>one</ul><h1>Of the sea</h1><p>Seen.", "Of the sea\n\nSeen."),
        ("<nav>menu<main><p>Seen.</main><footer><nav>more</nav></footer>", "Seen."),
        ("<header><nav>menu</header><article>Seen.</article>", "Seen."),
        ("<nav>menu <svg>x</svg><h2>Seen.</h2>", "Seen."),
    ],
    ids=["a heading", "main", "an article", "something else in it"],
)
def test_a_menu_that_is_not_closed_ends_where_the_text_begins(page: str, text: str) -> None:
    assert seen_text(f"<html><body>{page}</body></html>") == text


def test_a_menu_that_nothing_ends_is_read_rather_than_the_page_lost() -> None:
    page = "<body><nav>menu<p>Seen.</p></body></html>"
    assert seen_text(page) == "menu\n\nSeen."


def test_a_heading_within_a_closed_menu_is_part_of_it() -> None:
    page = "<nav><h2>Contents</h2><ul><li>one</ul></nav><p>Seen.<nav><nav>deep</nav>more</nav>"
    assert seen_text(page) == "Seen."


def test_text_that_was_set_before_keeps_its_lines_and_its_indents() -> None:
    page = (
        "<p>A  poem\nof mine:</p>\r\n<pre>\r\n  Roses   are <i>red</i>,\r\n    Violets  \r\n"
        "\r\n\r\nOr so.<br>Yes.</pre>It\n  went <pre>on</pre>."
    )
    assert seen_text(page) == (
        "A poem of mine:\n\n  Roses   are red,\n    Violets\n\nOr so.\nYes.\n\nIt went\n\non\n\n."
    )


@pytest.mark.parametrize(
    ("form", "text"),
    [
        ("verse", "Roses are red,\nViolets blue.\n"),
        ("code", "Roses are red,\n  Violets blue.\n"),
    ],
)
def test_a_poem_in_a_page_keeps_its_lines(tmp_path: Path, form: str, text: str) -> None:
    (tmp_path / "a.html").write_text("<pre>Roses are red,\n  Violets blue.\n</pre>")
    assert gather([tmp_path], form).text == text

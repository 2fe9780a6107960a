import pytest

from export.cleaners import gutenberg, spans
from export.cleaners.ascii import to_ascii
from export.cleaners.paragraphs import is_wrapped, paragraph
from export.corpora import CorpusError, Span
from tests.export.sources import source

# Characters


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("\u201cOh\u201d, \u2018no\u2019", "\"Oh\", 'no'"),
        ("a\u2014b \u2013 c", "a--b -- c"),
        ("1914\u20131918", "1914-1918"),
        ("wait\u2026", "wait..."),
        ("\u0152uvre, Stra\u00dfe, na\u00efve \ufb01sh", "Oeuvre, Strasse, naive fish"),
        ("\u03bb\u03cc\u03b3\u03bf\u03c2 \u03a8\u03c5\u03c7\u03ae", "logos Psyche"),
        ("\u00a35 and \u00bd a loaf", "L5 and  1/2 a loaf"),
        ("a\u00a0b\u200b\u00ad", "a b"),
        ("a\r\nb\rc\fd", "a\nb\nc\nd"),
        ("\tkept \x00\x07gone \u4e2d\U0001f600", "\tkept gone "),
    ],
)  # fmt: skip
def test_text_becomes_ascii(text: str, expected: str) -> None:
    assert to_ascii(text) == expected


# Markers


LINES = ["Licence", "  ONE", "a", "secret", "b", "TWO", "ONE", "c", "TWO"]


@pytest.mark.parametrize(
    ("keep", "cut", "expected"),
    [
        ((), (), LINES),
        ((Span("ONE", "TWO"),), (), ["  ONE", "a", "secret", "b", ""]),
        ((Span("ONE", "TWO", 1),), (), ["ONE", "c", ""]),
        ((Span(None, "ONE"), Span("c", None)), (), ["Licence", "", "c", "TWO", ""]),
        ((Span("ONE", "TWO"),), (Span("sec", "b"),), ["  ONE", "a", "", "b", ""]),
    ],
)
def test_lines_are_selected(
    keep: tuple[Span, ...], cut: tuple[Span, ...], expected: list[str]
) -> None:
    assert spans.select(source(keep=keep, cut=cut), LINES) == expected


@pytest.mark.parametrize(
    ("keep", "cut", "marker"),
    [
        ((Span("THREE", None),), (), "THREE"),
        ((Span("ONE", "TWO", 2),), (), "ONE"),
        ((Span("c", "Licence"),), (), "Licence"),
        ((), (Span("hidden", "b"),), "hidden"),
        ((), (Span("secret", "gone"),), "gone"),
        ((Span("c", None),), (Span("secret", "b"),), "secret"),
    ],
)
def test_a_missing_marker_is_an_error_that_names_file_and_marker(
    keep: tuple[Span, ...], cut: tuple[Span, ...], marker: str
) -> None:
    with pytest.raises(CorpusError, match=rf"fable/1\.txt.*'{marker}'"):
        spans.select(source(keep=keep, cut=cut), LINES)


def test_a_pattern_that_drops_nothing_is_an_error() -> None:
    with pytest.raises(CorpusError, match=r"fable/1\.txt.*wolf"):
        spans.drop_paragraphs(source(drop_paragraphs=("wolf",)), ["a lamb"])
    with pytest.raises(CorpusError, match=r"fable/1\.txt.*wolf"):
        spans.drop_lines(source(drop_lines=("wolf",)), ["a lamb"])
    with pytest.raises(CorpusError, match=r"fable/1\.txt.*wolf"):
        spans.drop_text(source(drop_text=("wolf",)), "a lamb")
    with pytest.raises(CorpusError, match=r"fable.*wolf"):
        spans.drop_meeting("fable", (("wolf", "lamb"),), ["a lamb", "a wolf"])


def test_what_matches_is_dropped() -> None:
    assert spans.drop_paragraphs(source(drop_paragraphs=("wolf",)), ["a wolf", "b"]) == ["b"]
    assert spans.drop_lines(source(drop_lines=("wolf",)), ["wolf", "a wolf"]) == ["a wolf"]
    assert spans.drop_text(source(drop_text=("w[a-z]+ ",)), "a wolf ran") == "a ran"
    assert spans.drop_meeting("x", (("a", "b"),), ["a", "ab", "b"]) == ["a", "b"]


# Paragraphs


PROSE = [
    "It is a truth that is known to all the world, that a single man who is in",
    "possession of a good fortune has no wish for anything so much as for a",
    "wife, and a house in the country.",
]
VERSE = [
    "    The curfew tolls the knell of parting day,",
    "    The lowing herd wind slowly o'er the lea,",
    "    The ploughman homeward plods his weary way,",
    "    And leaves the world to darkness and to me.",
]


def test_prose_is_unwrapped_and_verse_is_not() -> None:
    assert is_wrapped(PROSE, 74) and not is_wrapped(VERSE, 74)
    assert paragraph(PROSE, "prose", 74) == " ".join(PROSE)
    assert paragraph(VERSE, "prose", 74).split("\n") == [line.strip() for line in VERSE]
    assert paragraph(PROSE, "verse", 74).split("\n") == PROSE


def test_a_word_divided_by_a_dash_is_joined() -> None:
    assert paragraph(["He paused--", "and went on with his half-", "eaten meal"], "prose", 20) == (
        "He paused--and went on with his half-eaten meal"
    )


BOOK = """Header with the licence
START
[Illustration: a ship
at sea]
 CHAPTER I

It was _very_ dark[1] at the inn, and the {12} host--a man whom nobody had yet
seen--said: \u201cLet us wait.\u201d[Footnote 3: A note
that [within it] has brackets.] And they waited.*

[1] This is a note.

* So is this.

[Sidenote: A sidenote]

     *       *       *       *       *

12

  +-----+-----+
  | one | two |
  +-----+-----+

FOOTNOTES:

Footnote 2:

  A note in two blocks.

The M^{r.} of =bold= type went on. [He was wrong.--ED.] All was well, they said.
END
Footer with the licence
"""


def test_a_book_is_cleaned() -> None:
    book = source(keep=(Span("START", "END"),), drop_lines=("START",))
    heading, first, second = gutenberg.clean(book, BOOK.encode())
    assert heading == "CHAPTER I"
    assert first == (
        "It was very dark at the inn, and the host--a man whom nobody had yet seen--said: "
        '"Let us wait." And they waited.'
    )
    assert second == "The Mr. of bold type went on. All was well, they said."


def test_a_bracket_that_is_never_closed_takes_its_paragraph_only() -> None:
    text = "a [Footnote: no end\nof it.\n\nb"
    assert gutenberg.unbracketed(text) == "a \n\nb"
    text = "a [Footnote: see [12.]\n\n7.\n\nKept.]\n\nb"
    assert gutenberg.unbracketed(text) == "a \n\n7.\n\nKept.]\n\nb"


@pytest.mark.parametrize(
    "line", ["Project Gutenberg is a trademark", "This eBook is for", "see www.gutenberg.org"]
)
def test_a_licence_that_is_left_in_is_an_error(line: str) -> None:
    with pytest.raises(CorpusError, match=r"fable/1\.txt.*licence"):
        gutenberg.clean(source(), f"A tale.\n\n{line}\n".encode())

import json

import pytest

from export.clean import clean_source
from export.cleaners import archive, chilcot, scripture, speech
from export.corpora import CorpusError
from tests.export.sources import packed, source


def test_the_bible_stands_in_the_order_of_the_canon() -> None:
    books = {
        f"{title.replace(' ', '')}.json": json.dumps(
            {"book": title, "chapters": [{"chapter": "1", "verses": [{"verse": "1", "text": "x"}]}]}
        )
        for title in sorted(scripture.CANON)
    }
    chapters = scripture.clean_bible(source("bible"), packed(books))
    assert len(scripture.CANON) == 66
    assert chapters[:4] == ["GENESIS", "1:1 x", "EXODUS", "1:1 x"]
    assert chapters[-2] == "REVELATION"
    del books["Ruth.json"]
    with pytest.raises(CorpusError, match="Ruth"):
        scripture.clean_bible(source("bible"), packed(books))


SIDES = """001.001
Y: In the name
of One.

P: In the Name.

S: Not free.

001.002
Y: Praise.

P: All praise.

S: Not free either.
"""


def test_the_translations_are_taken_apart_and_the_third_is_left_out() -> None:
    verses = scripture.clean_sides(source("sides"), SIDES.encode())
    assert verses == ["In the name of One.", "Praise.", "In the Name.", "All praise."]


@pytest.mark.parametrize("mark", ["Y:", "P:", "S:"])
def test_a_translation_without_its_mark_is_an_error(mark: str) -> None:
    with pytest.raises(CorpusError, match="not marked"):
        scripture.clean_sides(source("sides"), SIDES.replace(mark, "").encode())


def test_the_notes_of_a_sura_are_left_out() -> None:
    text = """SURA I.1-THE DAY [VIII.]

By the NIGHT2 when it spreads!

____

1 A note that goes

on and on.

2 Another.

SURA1 LXXXVI. THE COMER [XXII.]

Lo! it cometh.3
"""
    assert scripture.clean_rodwell(source("rodwell"), text.encode()) == [
        "SURA I.-THE DAY [VIII.]",
        "By the NIGHT when it spreads!",
        "SURA LXXXVI. THE COMER [XXII.]",
        "Lo! it cometh.",
    ]  # fmt: skip


def test_a_report_loses_notes_heads_and_page_numbers() -> None:
    text = """The Committee met on 3 March and agreed that the
paper should be sent to Ministers,12 who were to reply by

12 Minute A to B, 3 March 2003.
13 Public hearing, page 4.

272

The Report of the Iraq Inquiry10.1  |  Reconstruction

the end of the week.

\u2022  first, the \u201coil\u201d; and
\u2022  second, 1.5 million people.
The Report of the Iraq Inquiry73.  The reply came late.
"""
    first, *others = chilcot.clean(source("chilcot"), text.encode())
    assert first == (
        "The Committee met on 3 March and agreed that the paper should be sent to Ministers, who "
        "were to reply by the end of the week."
    )
    assert others == [
        '* first, the "oil"; and',
        "* second, 1.5 million people.",
        "73. The reply came late.",
    ]


def test_a_report_in_markdown_loses_its_marks() -> None:
    text = """---
title: x
---

* TOC
{:toc}

# Introduction

1\\.  **Nobody** knew.[^1]

>"It was said."

[^1]: Letter A to B.

30
"""
    assert chilcot.clean(source("chilcot"), text.encode()) == [
        "Introduction",
        "1. Nobody knew.",
        '"It was said."',
    ]


TWEETS = [
    "Be kind whenever possible. It is always possible.",
    "Be kind &amp; calm whenever that is possible. https://t.co/abc",
    "RT @someone Be kind whenever that is possible at all.",
    "HHDL speaks in Delhi tomorrow morning at nine o'clock.",
    "A new book of photographs: https://t.co/abc",
    "Why People Should Be Kind To Each Other",
    "Be kind.",
]


def test_tweets_are_sayings_only() -> None:
    expected = [TWEETS[0], "Be kind & calm whenever that is possible."]
    table = "id,text\n" + "".join(f'{n},"{text}"\n' for n, text in enumerate(TWEETS))
    csv = source("tweets", file="fable/1.csv")
    assert speech.clean_tweets(csv, table.encode()) == expected
    document = json.dumps({"tweets": [{"full_text": text} for text in TWEETS]})
    jsons = source("tweets", file="fable/1.json")
    assert speech.clean_tweets(jsons, document.encode()) == expected
    with pytest.raises(CorpusError, match="no tweets"):
        speech.clean_tweets(csv, b"id,text\n1,short\n")


def test_speeches_lose_headings_and_remarks() -> None:
    text = (
        "SPEECH 1\n\n...Thank you. [applause] It's great (Laughter) to be here.\nAudience: Yes!\n"
    )
    assert speech.clean_speeches(source("speeches"), text.encode()) == [
        "Thank you. It's great to be here."
    ]


def test_transcripts_lose_their_block_of_facts() -> None:
    good = {"a.md": "---\ndate: x\n---\n\nHello.\nBye.\n"}
    assert speech.clean_transcripts(source(), packed(good)) == ["Hello.", "Bye."]
    with pytest.raises(CorpusError, match=r"b\.md"):
        speech.clean_transcripts(source(), packed(good | {"b.md": "Hello.\n"}))


def test_a_book_in_one_line_gets_paragraphs() -> None:
    sentence = "This is a sentence of some length, and {254}it ends here. "
    text = sentence * 20 + "[Note 3. A note.] The end."
    paragraphs = speech.clean_unbroken(source("unbroken"), text.encode())
    assert len(paragraphs) == 3
    assert all(500 <= len(item) < 600 for item in paragraphs[:-1])
    assert not any(char in "".join(paragraphs) for char in "[]{}")
    assert paragraphs[-1].endswith("The end.")


AGC = """# Copyright:\tPublic domain.
# Filename:\tA.agc
# Contact:\tSomebody <info@example.org>.

# Page 1493
# TURNS ON THE LIGHT.
ALARM\t\tINHINT
\t\tCA\tQ\t\t# Was CAF --- RSB 2009
# RSB 2009.  The next line
# was another.
\t\tTS\tL
"""


def test_agc_source_loses_what_its_transcribers_added() -> None:
    tar = packed({"C/A.agc": AGC, "C/MAIN.agc": "$A.agc\t# p. 1\n"})
    assert archive.clean_agc(source("agc"), tar) == [
        "# TURNS ON THE LIGHT.\nALARM\t\tINHINT\n\t\tCA\tQ\n\t\tTS\tL"
    ]
    with pytest.raises(CorpusError, match=r"C/B\.agc"):
        archive.clean_agc(source("agc"), packed({"C/B.agc": "ALARM\tINHINT\n"}))


def test_code_keeps_its_tabs_and_few_blank_lines() -> None:
    tar = packed({"a.c": "int a;  \n\n\n\n\tb();\n", "b.c": "\nc();\n\n"})
    assert archive.clean_c(source("c"), tar) == ["int a;\n\n\tb();", "c();"]
    assert archive.clean_tex(source("tex"), tar)[0] == "int a;\n\n\n\tb();"


@pytest.mark.parametrize(
    ("kind", "data"),
    [("bible", b"no archive"), ("tweets", b"a,b\n1,2\n"), ("speeches", b"\xff"), ("speeches", b"")],
)
def test_a_file_that_is_not_of_its_kind_is_named(kind: str, data: bytes) -> None:
    with pytest.raises(CorpusError, match=r"fable/1\.txt"):
        clean_source(source(kind), data)

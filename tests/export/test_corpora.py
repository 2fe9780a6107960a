import colorsys
from itertools import pairwise
from pathlib import Path

import pytest

from export import clean, corpora
from export.cleaners import spans
from export.corpora import CorpusError, Span, Style

LEAN = """
[words]
young = ['child', 'lambs?']
bold = ['wolf\\w*']

[styles.fable]
title = "Fables"
colour = "#aabbcc"
advisory = ""
form = "prose"
licence = "public domain"
about = "Some fables."
apart = [["young", "bold"]]

[[styles.fable.sources]]
file = "fable/1.txt"
url = "https://example.org/1.txt"
sha256 = "{sum}"
bytes = 12
encoding = "ascii"
keep = [{{ from = "ONE", until = "TWO", skip = 1 }}]
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "corpora.toml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.fixture
def lean() -> str:
    return LEAN.format(sum="0" * 64)


# The shipped file


@pytest.fixture(scope="module")
def shipped() -> dict[str, Style]:
    return corpora.load()


def test_there_are_24_styles_from_121_files(shipped: dict[str, Style]) -> None:
    assert len(shipped) == 24
    files = [item.file for style in shipped.values() for item in style.sources]
    assert len(files) == len(set(files)) == 121


def test_every_book_is_cut_by_markers(shipped: dict[str, Style]) -> None:
    for style in shipped.values():
        for item in style.sources:
            assert item.keep or item.kind not in ("gutenberg", "sides", "rodwell"), item.file


@pytest.mark.parametrize(
    ("slug", "advisory"),
    [("mein_kampf", "hate"), ("victorian_erotica", "adult"), ("kama_sutra", "adult")],
)
def test_what_needs_an_advisory_has_one(
    shipped: dict[str, Style], slug: str, advisory: str
) -> None:
    assert shipped[slug].advisory == advisory
    assert sum(bool(style.advisory) for style in shipped.values()) == 3


def test_what_children_must_not_see_is_named(shipped: dict[str, Style]) -> None:
    for slug in ("jung", "victorian_erotica", "aristotle", "nietzsche", "mein_kampf"):
        assert shipped[slug].apart, slug
    (kama,) = shipped["kama_sutra"].sources
    assert [span.until for span in kama.keep] == ["=END OF PART II.=", "_Works issued"]
    assert spans.forbidden(shipped["kama_sutra"].leave_out, (), "a young girl")
    venus = next(s for s in shipped["victorian_erotica"].sources if "6852" in s.file)
    assert [span.until for span in venus.cut] == [
        '"A goddess," I interrupted.',
        "Wanda rose and opened the window.",
    ]
    papers = next(s for s in shipped["jung"].sources if "48225" in s.file)
    assert [(span.start, span.until) for span in papers.keep] == [
        ("CHAPTER I", "LECTURE III"),
        ("CHAPTER III", "CHAPTER IV"),
        ("CHAPTER VI", "INDEX"),
    ]


def test_colours_are_bright_and_unlike_their_neighbours(shipped: dict[str, Style]) -> None:
    colours = [
        tuple(int(style.colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
        for style in shipped.values()
    ]
    assert len(set(colours)) == 24
    for red, green, blue in colours:
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4
                  for c in (red, green, blue)]  # fmt: skip
        luminance = sum(w * c for w, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))
        assert (luminance + 0.05) / 0.05 > 7
    hues = [colorsys.rgb_to_hsv(*colour)[0] for colour in colours]
    for one, other in pairwise(hues):
        assert min(abs(one - other), 1 - abs(one - other)) > 0.1


# Reading


def test_a_style_is_read(tmp_path: Path, lean: str) -> None:
    style = corpora.load(written(tmp_path, lean))["fable"]
    assert (style.slug, style.title, style.colour) == ("fable", "Fables", "#aabbcc")
    assert style.sources[0].keep == (Span("ONE", "TWO", 1),)
    assert style.sources[0].kind == "gutenberg" and style.sources[0].form == "prose"
    assert spans.forbidden((), style.apart, "The Wolf\nmet the LAMBS.")
    assert not spans.forbidden((), style.apart, "The wolf met the lambskin.")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("#aabbcc", "#AABBCC", "colour"),
        ("#aabbcc", "red", "colour"),
        ('advisory = ""', 'advisory = "mild"', "advisory"),
        ('form = "prose"', 'form = "poem"', "form"),
        ("title =", "tittle =", "title"),
        ('about = "Some fables."', 'about = "x"\nabuot = 1', "abuot"),
        ("fable/1.txt", "other/1.txt", "does not lie in the folder"),
        ("fable/1.txt", "fable/../1.txt", "file"),
        ('file = "fable/1.txt"', 'file = "fable/1.tar"', "members"),
        ("0" * 64, "0" * 63, "sha256"),
        ("bytes = 12", "bytes = -1", "bytes"),
        ("bytes = 12", "bytes = true", "bytes"),
        ('encoding = "ascii"', 'encoding = "ebcdic"', "encoding"),
        ('{ from = "ONE", until = "TWO", skip = 1 }', "{ skip = 1 }", "needs from or until"),
        ("skip = 1", "skipp = 1", "skipp"),
        ('["young", "bold"]', '["young", "old"]', "apart"),
        ('["young", "bold"]', '"young"', "apart"),
        ("'lambs?'", "'lambs('", "young"),
        ("[styles.fable]", "[styles.Fable]", "Fable"),
        ("[words]", "[wards]", "expected"),
        ("[styles.fable]", "[styles.fable", "corpora.toml"),
    ],
)
def test_a_wrong_entry_is_named(tmp_path: Path, lean: str, old: str, new: str, said: str) -> None:
    assert old in lean
    with pytest.raises(CorpusError, match=said):
        corpora.load(written(tmp_path, lean.replace(old, new)))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match=r"nothing\.toml"):
        corpora.load(tmp_path / "nothing.toml")


@pytest.mark.parametrize("line", ["", "abc  a.txt", "0" * 64 + " a.txt", "0" * 64 + "  ../a.txt"])
def test_a_wrong_list_of_members_is_named(tmp_path: Path, lean: str, line: str) -> None:
    (tmp_path / "fable.sha256").write_text(f"{'1' * 64}  good.txt\n{line}\n", encoding="ascii")
    text = lean.replace("fable/1.txt", "fable/1.tar") + 'members = "fable.sha256"\n'
    with pytest.raises(CorpusError, match="line 2"):
        corpora.load(written(tmp_path, text))


def test_an_archive_needs_a_place_for_the_member(tmp_path: Path, lean: str) -> None:
    (tmp_path / "fable.sha256").write_text(f"{'1' * 64}  a.txt\n", encoding="ascii")
    text = lean.replace("fable/1.txt", "fable/1.tar") + 'members = "fable.sha256"\n'
    with pytest.raises(CorpusError, match="member"):
        corpora.load(written(tmp_path, text))
    text = text.replace("org/1.txt", "org/{member}")
    assert corpora.load(written(tmp_path, text))["fable"].sources[0].members == {"a.txt": "1" * 64}


def test_styles_are_chosen_in_their_order(shipped: dict[str, Style]) -> None:
    chosen = corpora.choose(shipped, ["linux", "bible"])
    assert [style.slug for style in chosen] == ["bible", "linux"]
    assert len(corpora.choose(shipped, None)) == 24
    with pytest.raises(CorpusError, match="lynux"):
        corpora.choose(shipped, ["lynux"])


# Styles


def test_a_style_is_the_text_of_its_sources_without_what_is_left_out(
    tmp_path: Path, lean: str
) -> None:
    style = corpora.load(written(tmp_path, lean))["fable"]
    (tmp_path / "fable").mkdir()
    book = tmp_path / "fable/1.txt"
    book.write_text("ONE\nTWO\nONE\n\nA wolf.\n\nA wolf and a child.\n\nA child.\nTWO\n")
    text = clean.clean_style(style, tmp_path)
    assert text == "ONE\n\nA wolf.\n\nA child.\n"
    clean.inspect(style, text)
    book.write_text("ONE\nTWO\nONE\n\nA wolf.\n\nA child.\nTWO\n")
    with pytest.raises(CorpusError, match="fable"):
        clean.clean_style(style, tmp_path)


def test_a_missing_source_says_what_to_do(tmp_path: Path, lean: str) -> None:
    style = corpora.load(written(tmp_path, lean))["fable"]
    with pytest.raises(CorpusError, match=r"1\.txt.*fetch --only fable"):
        clean.clean_style(style, tmp_path)


@pytest.mark.parametrize("text", ["caf\u00e9", "a\tb", "a\x00b", "a\rb", "The wolf\nand the child"])
def test_what_must_not_be_in_a_text_is_an_error(tmp_path: Path, lean: str, text: str) -> None:
    style = corpora.load(written(tmp_path, lean))["fable"]
    with pytest.raises(CorpusError, match="fable"):
        clean.inspect(style, f"Once.\n\n{text}\n")

"""Which encodings add-style takes a text in, and which it says are wrong."""

import tomllib
from pathlib import Path

import pytest

from export.adding.encoding import Decoded, decode, is_western
from export.adding.texts import TextError, gather

SENTENCES = {
    language: text.strip("\n")
    for language, text in tomllib.loads(
        Path(__file__).with_name("sentences.toml").read_text(encoding="utf-8")
    ).items()
}
WESTERN = ["English", "French", "German", "Portuguese", "Spanish", "Icelandic"]
OTHERS = [
    ("English", "mac_roman"),
    ("French", "mac_roman"),
    ("French", "cp850"),
    ("German", "mac_roman"),
    ("German", "cp437"),
    ("Portuguese", "mac_roman"),
    ("Polish", "iso8859_2"),
    ("Polish", "cp1250"),
    ("Czech", "iso8859_2"),
    ("Czech", "cp1250"),
    ("Turkish", "cp1254"),
    ("Russian", "cp1251"),
    ("Russian", "koi8_r"),
    ("Russian", "iso8859_5"),
    ("Russian", "cp866"),
    ("Greek", "cp1253"),
    ("Japanese", "shift_jis"),
    ("Japanese", "euc_jp"),
    ("Chinese", "gb18030"),
]


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"plain", "plain"),
        ("na\u00efve \u2014 \u201cyes\u201d".encode(), "na\u00efve \u2014 \u201cyes\u201d"),
        (b"\xef\xbb\xbfmarked", "marked"),
        ("wide".encode("utf-16"), "wide"),
        ("\u00e9t\u00e9 ".encode() * 9 + b"\xff", "\u00e9t\u00e9 " * 9 + "\ufffd"),
    ],
    ids=["ASCII", "UTF-8", "with a mark", "UTF-16", "UTF-8 with a bad byte"],
)
def test_utf_8_and_utf_16_are_known_for_certain(data: bytes, text: str) -> None:
    assert decode(data) == Decoded(text, guessed=False)


@pytest.mark.parametrize("text", ["\u201ccaf\u00e9\u201d", "\u00e9t\u00e9 " * 9, "\u00c0 \u00c9."])
def test_a_few_words_in_windows_1252_are_read_as_such(text: str) -> None:
    assert decode(text.encode("cp1252")) == Decoded(text, guessed=True)
    assert is_western(text)


@pytest.mark.parametrize("language", WESTERN)
def test_the_languages_of_western_europe_are_read_in_windows_1252(language: str) -> None:
    text = SENTENCES[language]
    assert decode(text.encode("cp1252")) == Decoded(text, guessed=True)
    assert is_western(text)


def test_latin_1_is_read_too_and_a_text_in_several_languages() -> None:
    text = "\n".join(5 * SENTENCES[language] for language in WESTERN[1:])
    in_latin_1 = text.encode("latin-1", "ignore")  # which lacks a few quotation marks
    assert is_western(decode(in_latin_1).text)
    assert is_western(decode(text.encode("cp1252")).text)


@pytest.mark.parametrize(("language", "encoding"), OTHERS)
def test_a_text_in_another_encoding_is_no_windows_1252(language: str, encoding: str) -> None:
    text, guessed = decode(SENTENCES[language].encode(encoding, "ignore"))
    assert guessed and not is_western(text)


def test_letters_and_signs_where_they_belong_are_no_sign_of_another_encoding() -> None:
    text = (
        "l\u2019\u00c9tat col\u00b7legi rock\u2019n\u2019roll word\u2014word and\u2026so "
        "don\u00b4t 20\u00b0C \u00a35 n\u00ba 5 \u00a7 3 \u00abici\u00bb \u20ac7 \u00bfqu\u00e9? "
        "\u00a9 me\u00adsa "
    )
    assert is_western(text * 20)


@pytest.mark.parametrize(
    "data",
    [
        b"\x7fELF\0\0",
        b"%PDF-1.7 words and words",
        b"{\\rtf1 words and words}",
        bytes(range(1, 256)) * 20,
        SENTENCES["Japanese"].encode("iso2022_jp"),
        SENTENCES["French"].encode("utf-16-le"),  # without the mark that says so
    ],
    ids=["zero bytes", "PDF", "RTF", "all bytes but zero", "escape sequences", "UTF-16 unmarked"],
)
def test_what_is_no_text_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match=r"another kind|control characters"):
        decode(data)


@pytest.mark.parametrize(
    ("language", "encoding"), [("Russian", "cp1251"), ("Polish", "iso8859_2"), ("Czech", "cp1250")]
)
def test_a_file_in_another_encoding_is_named_even_among_others(
    tmp_path: Path, language: str, encoding: str
) -> None:
    (tmp_path / "a.txt").write_text(SENTENCES["English"] * 20, encoding="utf-8")
    (tmp_path / "b.txt").write_bytes(SENTENCES[language].encode(encoding))
    with pytest.raises(TextError) as refused:
        gather([tmp_path], "prose")
    assert str(refused.value) == (
        f"{tmp_path / 'b.txt'} is not in UTF-8 and does not look like Windows-1252: save it in "
        "UTF-8"
    )


def test_several_files_in_another_encoding_are_one_sentence(tmp_path: Path) -> None:
    for name in ("a.txt", "b.txt"):
        (tmp_path / name).write_bytes(SENTENCES["Russian"].encode("koi8_r"))
    with pytest.raises(TextError, match=r"b\.txt are not in UTF-8 and do not .*: save them in"):
        gather([tmp_path], "prose")


def test_a_page_is_judged_by_what_its_reader_sees(tmp_path: Path) -> None:
    page = "<html>" + "<div class='wide'><span></span>" * 900 + f"<p>{SENTENCES['Russian']}</p>"
    (tmp_path / "a.html").write_bytes(page.encode("cp1251"))
    with pytest.raises(TextError, match="does not look like Windows-1252"):
        gather([tmp_path], "prose")


def test_what_was_read_as_windows_1252_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(SENTENCES["French"].encode("cp1252"))
    (tmp_path / "b.txt").write_text(SENTENCES["German"], encoding="utf-8")
    found = gather([tmp_path], "prose")
    assert "Tous les etres humains" in found.text and "an Wurde und Rechten" in found.text
    (said,) = found.losses
    assert said.startswith("a.txt: not in UTF-8, and read as Windows-1252; save it anew in UTF-8")

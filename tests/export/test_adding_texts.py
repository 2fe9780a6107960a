"""What add-style takes for a text, and what it says about it."""

import colorsys
import random
import textwrap
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pytest

from export import corpora
from export.adding.colour import free_colour, oklab
from export.adding.page import uneven
from export.adding.texts import TextError, clean, gather, share_lost
from export.split import Parts
from tests.export import tiny


def lines(words: Iterable[int], seed: int) -> list[str]:
    """Return lines of so many words each, in small letters, without a full stop."""
    pick = random.Random(seed)
    return [" ".join(pick.choices(tiny.WOODS, k=count)) for count in words]


def test_a_paragraph_a_line_as_of_a_word_processor_stays_a_line() -> None:
    pick = random.Random(1)
    long = lines((pick.randint(60, 300) for _ in range(40)), seed=2)
    short = [f"{line}." for line in lines([12] * 40, seed=3)]  # dialogue: one sentence a line
    for paragraphs in (long, short):
        assert clean("\n".join(paragraphs), "prose").split("\n") == paragraphs


def test_a_message_a_line_as_of_a_chat_stays_a_line() -> None:
    pick = random.Random(1)
    messages = lines((pick.randint(2, 20) for _ in range(200)), seed=2)
    assert clean("\n".join(messages), "prose").split("\n") == messages


def test_a_wrapped_book_without_blank_lines_still_comes_to_one_line() -> None:
    (told,) = lines([3_000], seed=4)
    assert clean(textwrap.fill(told, 72), "prose") == told


def test_wrapped_prose_comes_to_one_line_a_paragraph_and_code_does_not() -> None:
    words = "the quick brown fox jumps over the lazy dog and then it goes to sleep at last\n"
    assert clean(words * 3 + "\n\n\n" + "And so on.", "prose").split("\n\n") == [
        " ".join([words.strip()] * 3), "And so on.",
    ]  # fmt: skip
    code = "if x:\n\treturn  y   \n\n\n\n# \u201cdone\u201d\n"
    assert clean(code, "code") == 'if x:\n\treturn  y\n\n# "done"'
    verse = "Roses are red,\n  Violets blue.\n"
    assert clean(verse, "verse") == "Roses are red,\nViolets blue."


def test_what_gutenberg_put_around_a_book_goes() -> None:
    around = (
        "The Project Gutenberg eBook\nlicence\n*** START OF THE PROJECT GUTENBERG EBOOK X ***\n"
        "The book.\n*** END OF THE PROJECT GUTENBERG EBOOK X ***\nlicence\n"
    )
    assert clean(around, "prose") == "The book."


def test_letters_without_a_counterpart_are_counted() -> None:
    assert share_lost("caf\u00e9 \u0153uvre \u201cna\u00efve\u201d 12 \u2603") == 0.0
    assert share_lost("ab\u0436\u0434") == 0.5
    assert share_lost("") == 0.0


def test_a_folder_is_one_text_in_the_order_of_names(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    for name, text in {"b.txt": "Second.", "a.md": "First.", "deep/c.html": "<p>Third.</p>",
                       "picture.png": "x", ".hidden.txt": "no"}.items():  # fmt: skip
        (tmp_path / name).write_text(text)
    found = gather([tmp_path], "prose")
    assert found.text == "First.\n\nSecond.\n\nThird.\n"
    assert (found.files, found.left_out) == (3, ("picture.png",))
    little, other = found.warnings
    assert "little text: 24 characters" in little
    assert other == "1 file(s) of another kind were left out: picture.png."


def test_what_came_before_is_dropped_and_told(tmp_path: Path) -> None:
    text = tiny.text(tiny.WOODS, seed=1, characters=200_000)
    for name in ("a.txt", "b.txt"):
        (tmp_path / name).write_text(text)
    found = gather([tmp_path], "verse")
    assert found.repeated == pytest.approx(0.5, abs=0.01)
    assert any("50 % of the text repeated what came before" in w for w in found.warnings)


def test_a_text_of_which_too_little_is_learnt_from_is_told() -> None:
    assert uneven(Parts("x" * 85, "x" * 7, "x" * 8)) == []
    (told,) = uneven(Parts("x" * 8_400, "x" * 600, "x" * 1_000))
    assert told.startswith("Only 84.0 % of the text is learnt from: 600 and 1,000 characters")


def test_some_letters_without_a_counterpart_are_told(tmp_path: Path) -> None:
    path = tmp_path / "mixed.txt"
    path.write_text("latin letters " * 9 + "\u0436\u0434\u0438", encoding="utf-8")
    assert any("2.7 % of the letters have no" in w for w in gather([path], "prose").warnings)


@pytest.mark.parametrize(
    ("name", "data", "sentence"),
    [
        (
            "a.pdf",
            b"%PDF",
            r"there is no text in .*\. 1 file.* of another kind were left out: a.pdf",
        ),
        ("a.txt", b"a\0b", "a.txt is no text: save it as plain text in UTF-8"),
        ("a.txt", b"%PDF-1.7 a", "a.txt is no text: save it as plain text in UTF-8"),
        ("a.txt", "\u0436\u0434\u0438 abc".encode(), "50 % of the letters in"),
        ("a.txt", b" \n\n ", "nothing is left of"),
    ],
)
def test_texts_that_give_no_voice_are_refused(
    tmp_path: Path, name: str, data: bytes, sentence: str
) -> None:
    (tmp_path / name).write_bytes(data)
    with pytest.raises(TextError, match=sentence):
        gather([tmp_path], "prose")


def test_files_that_were_left_out_are_named_where_nothing_is_left(tmp_path: Path) -> None:
    for name in ("a.docx", "b.docx", "c.odt", "d.pages"):
        (tmp_path / name).write_bytes(b"PK")
    with pytest.raises(
        TextError, match=r"there is no text in .*: give files of \.txt, "
    ) as refused:
        gather([tmp_path], "prose")
    said = "4 file(s) of another kind were left out: a.docx, b.docx, c.odt \u2026."
    assert str(refused.value).endswith(said)
    (tmp_path / "e.txt").write_text(" \n")
    with pytest.raises(TextError, match=r"nothing is left of .* when it is cleaned\. ") as refused:
        gather([tmp_path], "prose")
    assert str(refused.value).endswith(said)


def test_bytes_that_are_no_text_are_told(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes("na\u00efve caf\u00e9".encode() + b"\xff")
    found = gather([tmp_path], "prose")
    assert found.text == "naive cafe\n"
    assert any("a.txt: some bytes are no text" in warning for warning in found.warnings)


def test_a_missing_folder_is_named() -> None:
    with pytest.raises(TextError, match="there is no file or folder /nowhere"):
        gather([Path("/nowhere")], "prose")


# Colour


def test_oklab_is_that_of_its_author() -> None:
    # White, and pure red as https://bottosson.github.io/posts/oklab/ has it to three places.
    found = oklab(["#ffffff", "#ff0000"])
    assert found[0] == pytest.approx([1.0, 0.0, 0.0], abs=1e-3)
    assert found[1] == pytest.approx([0.628, 0.225, 0.126], abs=1e-3)


def test_a_free_colour_is_far_from_all_others_and_legible() -> None:
    shipped = [style.colour for style in corpora.load().values()]
    free = free_colour(shipped)

    def nearest(colour: str) -> float:
        apart = np.linalg.norm(oklab([colour]) - oklab(set(shipped) - {colour}), axis=1)
        return float(apart.min())

    assert nearest(free) > 0.05
    assert nearest(free) > sorted(map(nearest, shipped))[3]
    assert 0.66 < oklab([free])[0, 0] < 0.92  # lightness
    second = free_colour([*shipped, free])
    assert second not in {free, *shipped}
    red, green, blue = (int(free_colour([])[i : i + 2], 16) for i in (1, 3, 5))
    assert max(colorsys.rgb_to_hsv(red, green, blue)[1:]) > 0

import random

import pytest

from export.split import LONGEST, OVERLONG, blocks, split


def prose(seed: int, paragraphs: int = 400) -> str:
    pick = random.Random(seed)
    return "".join(
        " ".join(str(pick.randrange(10**12)) for _ in range(40)) + "\n\n" for _ in range(paragraphs)
    )


def test_the_blocks_are_the_text() -> None:
    text = prose(1)
    pieces = blocks(text)
    assert "".join(pieces) == text
    assert all(len(piece) <= LONGEST + 300 for piece in pieces)
    assert all(piece.endswith("\n") for piece in pieces)


def test_the_parts_share_nothing_and_lose_nothing() -> None:
    text = prose(2)
    parts = split(text)
    lines = [set(part.split()) for part in (parts.training, parts.validation, parts.test)]
    assert not lines[0] & lines[1] and not lines[0] & lines[2] and not lines[1] & lines[2]
    assert lines[0] | lines[1] | lines[2] == set(text.split())
    for part in (parts.validation, parts.test):
        assert 0.05 <= len(part) / len(text) <= 0.05 + (LONGEST + 300) / len(text)


def test_the_parts_are_spread_over_the_whole_text() -> None:
    text = prose(3, paragraphs=6000)
    parts = split(text)
    places = [text.index(line) / len(text) for line in parts.test.split("\n\n") if line]
    assert min(places) < 0.2 and max(places) > 0.8


def test_a_correction_of_one_page_moves_that_page_alone() -> None:
    text = prose(4)
    corrected = text[: len(text) // 2] + "A correction.\n" + text[len(text) // 2 :]
    before, after = split(text), split(corrected)
    held_out = set(before.test.split("\n\n")) - {""}
    leaked = held_out & set(after.training.split("\n\n"))
    # A block at the border of the ranks may change sides; the other blocks stay where they were.
    assert sum(map(len, leaked)) <= 2 * LONGEST
    assert len(held_out & set(after.test.split("\n\n"))) > 0.6 * len(held_out)


def test_a_text_that_is_too_short_is_refused_with_what_is_needed() -> None:
    with pytest.raises(ValueError, match="give at least 18,000 characters"):
        split("short\n")


def sentences(seed: int, count: int) -> str:
    """Return sentences in one line."""
    return prose(seed, paragraphs=count).replace("\n\n", ". ").strip()


def test_an_overlong_line_is_cut_at_sentences() -> None:
    text = sentences(6, 300)
    pieces = blocks(text)
    assert "".join(pieces) == text and "\n" not in text
    assert all(piece.endswith(". ") for piece in pieces[:-1])
    assert max(map(len, pieces)) < 2 * LONGEST
    assert 0.85 < split(text).trained_share < 0.95
    # A block ends where its own sentences say, wherever it stands.
    later = blocks("Another beginning. " * 150 + text)
    assert len(set(pieces) & set(later)) > 0.6 * len(pieces)


@pytest.mark.parametrize(
    "text", ["word " * 10_000, "x" * 50_000], ids=["no sentence", "not even a word"]
)
def test_a_line_without_sentences_is_cut_all_the_same(text: str) -> None:
    pieces = blocks(text)
    assert "".join(pieces) == text
    assert max(map(len, pieces)) < 2 * LONGEST


def test_a_line_of_a_few_pages_stays_whole() -> None:
    line = sentences(7, 30) + "\n"
    assert LONGEST < len(line) < OVERLONG
    assert blocks(line) == [line]


@pytest.mark.parametrize("lengths", [(17_900, 7_000, 5), (7_000, 17_900, 5), (9_000, 9_000, 9_000)])
def test_every_part_has_a_block(lengths: tuple[int, ...]) -> None:
    for seed in range(8):  # whichever comes first by its hash
        lines = [sentences(10 * seed + n, 1 + size // 500)[:size] for n, size in enumerate(lengths)]
        parts = split("\n".join(lines) + "\n")
        assert all((parts.training, parts.validation, parts.test))
        assert parts.trained_share < 0.95


def test_the_hashes_name_each_part() -> None:
    hashes = split(prose(5)).hashes()
    assert set(hashes) == {"training", "validation", "test"}
    assert len(set(hashes.values())) == 3

import random

import pytest

from export.split import LONGEST, blocks, split


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


def test_the_hashes_name_each_part() -> None:
    hashes = split(prose(5)).hashes()
    assert set(hashes) == {"training", "validation", "test"}
    assert len(set(hashes.values())) == 3

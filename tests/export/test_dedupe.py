import random
import string

import pytest

from export.dedupe import SHORTEST, drop_repeated


def sentence(pick: random.Random, words: int = 12) -> str:
    made = ("".join(pick.choices(string.ascii_lowercase, k=5)) for _ in range(words))
    return " ".join(made).capitalize() + "."


def passage(seed: int, sentences: int = 5) -> str:
    pick = random.Random(seed)
    return " ".join(sentence(pick) for _ in range(sentences))


def joined(*paragraphs: str) -> str:
    return "\n\n".join(paragraphs) + "\n"


@pytest.mark.parametrize("form", ["prose", "verse", "code"])
def test_a_text_without_repetition_stays_as_it_is(form: str) -> None:
    text = joined(*(passage(seed) for seed in range(20)))
    assert drop_repeated(text, form) == (text, 0)


def test_a_repeated_paragraph_goes_and_the_first_stays() -> None:
    text = joined(passage(1), passage(2), passage(1), passage(3))
    kept = drop_repeated(text, "prose")
    assert kept.text == joined(passage(1), passage(2), passage(3))
    assert kept.dropped == len(text) - len(kept.text)


@pytest.mark.parametrize(("every", "dropped"), [(40, True), (4, False)])
def test_a_paragraph_that_was_changed_in_few_words_goes_too(every: int, dropped: bool) -> None:
    words = passage(1).split()
    changed = " ".join("other" if n % every == 2 else word for n, word in enumerate(words))
    kept = drop_repeated(joined(passage(1), passage(2), changed), "prose")
    assert (changed not in kept.text) is dropped


def test_a_part_of_a_long_paragraph_goes() -> None:
    old = passage(1, sentences=8)
    text = joined(old, f"{passage(2, 8)} {old} {passage(3, 8)}")
    kept = drop_repeated(text, "prose").text
    assert kept.count(old[100:200]) == 1
    assert passage(2, 8)[:100] in kept and passage(3, 8)[-100:] in kept


def test_refrains_and_headings_stay() -> None:
    refrain = "O Satan, have pity on my long misery!"
    text = joined(*(f"{passage(seed)}\n{refrain}" for seed in range(4)), "CHAPTER I", "CHAPTER I")
    assert drop_repeated(text, "verse") == (text, 0)
    assert len(refrain) < SHORTEST


def test_closing_lines_of_code_stay() -> None:
    blocks = [f"{passage(seed)}\n\n\treturn 0;\n}}" for seed in range(4)]
    text = joined(*blocks)
    assert drop_repeated(text, "code") == (text, 0)


def test_what_is_short_goes_with_its_repeated_neighbours_only() -> None:
    short = "TITLE OF THE PIECE"
    text = joined(short, passage(1), passage(2), short, passage(1), short, passage(3))
    kept = drop_repeated(text, "prose").text
    # The second title stood before a repeated passage, the third after it: both go with it.
    assert kept == joined(short, passage(1), passage(2), passage(3))
    text = joined(short, passage(1), short, passage(2))
    assert drop_repeated(text, "prose").dropped == 0


def test_short_passages_can_be_counted_too() -> None:
    text = joined("Be kind whenever possible.", "Be calm.", "Be kind whenever possible.")
    assert drop_repeated(text, "prose").dropped == 0
    kept = drop_repeated(text, "prose", shortest=20)
    assert kept.text == joined("Be kind whenever possible.", "Be calm.")


def test_numbers_do_not_tell_verses_apart() -> None:
    words = passage(1).split()
    one, other = (
        " ".join(f"{n}:{word}" for n, word in enumerate(words, first)) for first in (1, 100)
    )
    assert other not in drop_repeated(joined(one, passage(2), other), "verse").text


@pytest.mark.parametrize("text", ["", "\n", "one word\n", "a b c d e f g h\n"])
def test_the_shortest_texts_are_no_trouble(text: str) -> None:
    assert drop_repeated(text, "prose").text.strip() == text.strip()


def test_the_same_text_gives_the_same_result() -> None:
    text = joined(*(passage(seed % 7) for seed in range(30)))
    assert drop_repeated(text, "prose") == drop_repeated(text, "prose")

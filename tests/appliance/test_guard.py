import random
import string
import tomllib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.engine.guard import Guard
from appliance.engine.sampling import draw
from appliance.listed import LISTED
from tests.proofs.guard import count

GUARD = Guard(words=["static"], stems=["unsign"])
LIST = tomllib.loads(LISTED.read_text(encoding="ascii"))
NO_LETTERS = "".join(chr(code) for code in range(128) if not chr(code).isalpha())
BETWEEN = st.text(NO_LETTERS, min_size=1, max_size=4)


def torn(entry: str, apart: int, gaps: list[str]) -> str:
    """Return a word with its first letters apart, and the others, one at least, together."""
    apart = min(apart, len(entry) - 1)
    alone = zip(entry[:apart], gaps[:apart], strict=True)
    return "".join(letter + gap for letter, gap in alone) + entry[apart:]


def may_follow(text: str, character: str) -> bool:
    return not GUARD.forbidden(text)[ord(character)]


@pytest.mark.parametrize(
    ("text", "character", "allowed"),
    [
        ("the ass", " ", False),
        ("the ass", "u", True),
        ("the ass", ".", False),
        ("the ass", "_", False),
        ("the ass", "1", False),
        ("the ass", "\n", False),
        ("the cass", " ", True),
        ("class", " ", True),
        ("assume", " ", True),
        ("ASS", " ", False),
        ("As", "s", True),
        ("a s s", " ", False),
        ("a s s", "e", True),
        ("a.s.s", ".", False),
        ("a  s  s", " ", False),
        ("x a s s", " ", False),
        ("x, y: a\ns s", ".", False),
        ("x a s s", "e", True),
        ("was s", " ", True),
        ("it is a s", " ", True),
        ("fuc", "k", False),
        ("fuc", "K", False),
        ("FUC", "k", False),
        ("fuc", "h", True),
        ("unfuc", "k", False),
        ("f u c ", "k", False),
        ("f-u-c-", "k", False),
        ("of u c ", "k", True),
        ("static", " ", False),
        ("statical", " ", True),
        ("unsig", "n", False),
        ("", "a", True),
        ("shittim", " ", True),
        ("Scun", "t", False),
        ("s h it", " ", False),
        ("s h it", "h", True),
        ("s h i ts", ".", False),
        ("s h itt", "y", True),
        ("s h itty", " ", False),
        ("he is hit", " ", True),
        ("my majestic swan\n", "k", True),
        ("a s", " ", True),
        ("a s se", " ", True),
        ("v u l v as", " ", False),
        ("f   u   c   ", "k", False),
        ("f - u - c - ", "k", False),
        ("f     u     c     ", "k", True),
        ("T. I. Ts", ".", False),
        ("T. I. Ts", "'", True),
        ("T. I. Ts'", "o", True),
        ("T. I. Ts'", " ", False),
        ("T. I. Ts'", "'", False),
        ("T. I. Ts'o", " ", True),
        ("s h it'", "l", True),
        ("s h it's", " ", False),
        ("s h it'll", " ", False),
        ("s h i t", "'", False),
    ],
)
def test_what_may_follow(text: str, character: str, allowed: bool) -> None:
    assert may_follow(text, character) is allowed


@pytest.mark.parametrize(
    ("text", "settled"),
    [
        ("the ass", False),
        ("the assu", True),
        ("a s s", False),
        ("", True),
        ("class", True),
        ("the ass ", True),
        ("s h it", False),
        ("s h i ts", False),
        ("T. I. Ts'", False),
        ("T. I. Ts'o", True),
        ("f   u   c", True),
        ("a   s   s", False),
    ],
)
def test_where_a_text_may_stop(text: str, settled: bool) -> None:
    assert GUARD.settled(text) is settled


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("an ass, a plan", False),
        ("an ass", False),
        ("a class of assumptions", True),
        ("o f u c k i t", False),
        ("FUCKING", False),
        ("t-i-t for tat", False),
        ("x a s s", False),
        ("(x, a, s, s)", False),
        ("x a s se", True),
        ("f u c king hell", False),
        ("f.u.c.ked", False),
        ("fu ck", True),
        ("F u ck it", False),
        ("you w-h-o-res", False),
        ("it's hit, and she's hitting back", True),
        ("", True),
        ("I saw a b c d", True),
        ("s h it happens", False),
        ("x s h it", False),
        ("t i ts", False),
        ("b i tch", False),
        ("B. I. TCH", False),
        ("a s ses", False),
        ("s h i ts", False),
        ("s h itty", False),
        ("p r i cked", False),
        ("f - u - c - k", False),
        ("f,  u,  c,  k", False),
        ("f...u...c...k", False),
        ("f   u   c   k", False),
        ("f -- u -- c -- k", False),
        ("f\n\n\tu\n\n\tc\n\n\tking", False),
        ("s -- h -- it", False),
        ("a s h ip", True),
        ("T. I. Ts'o and A. S. Ssele", True),
        ("for (i = 0; i < n; i++)\n\t\ta[i] = s;\n", True),
        ("if (a > b) c = s; else t = i;\n", True),
        ("Let $a_i$ and $s_i$ be in $A$, and $x, y, z$ its classes.", True),
        ("Act I. S. and H. it was who assumed it.", True),
        ("\tCAF\tS\n\tTS\tA\n\tTC\tI\n", True),
    ],
)
def test_what_is_clean(text: str, clean: bool) -> None:
    assert GUARD.clean(text) is clean


@given(st.integers(0, 2**32 - 1))
def test_no_listed_word_is_ever_typed_however_much_it_is_wished_for(seed: int) -> None:
    pick = random.Random(seed)
    wishes = ["ass", "fuck", "static", "unsigned", "a s s", "f.u.c.k", "shit", "tits", "whore"]
    text = ""
    uniform = np.random.default_rng(seed)
    while len(text) < 120:
        if pick.random() < 0.5:
            gaps = ["".join(pick.choices(" .,-\n'1", k=pick.randint(1, 4))) for _ in range(11)]
            wish = torn(pick.choice(LIST["words"] + LIST["stems"]), pick.randint(2, 11), gaps)
        else:
            wish = pick.choice(wishes)
        wish += pick.choice(" .,\n-x's")
        for wanted in pick.choice([wish, wish.upper(), wish.title()]):
            expected = np.full(128, 1e-4)
            expected[: ord(" ")] = 0.0
            expected[127] = 0.0
            expected[ord(wanted)] = 1.0
            constrained = GUARD.constrain(expected / expected.sum(), text)
            assert constrained.sum() == pytest.approx(1.0)
            text += chr(int(draw(constrained, uniform.random())))
    while not GUARD.settled(text):
        text += "x"
    assert GUARD.clean(text)
    assert not count([f"{text} "])


@given(
    st.sampled_from(LIST["words"] + LIST["stems"]),
    st.integers(2, 11),
    st.lists(BETWEEN, min_size=11, max_size=11),
    st.sampled_from(["", "x ", "An x, ", "so. ", "\n\n"]),
    st.sampled_from(["", "s", "ed", "'s", "ing", "er"]),
    st.sampled_from(NO_LETTERS.replace("'", "")),
    st.booleans(),
)
def test_what_is_torn_apart_from_its_second_letter_on_is_not_clean(
    entry: str, apart: int, gaps: list[str], before: str, ending: str, after: str, loud: bool
) -> None:
    text = before + torn(entry, apart, gaps) + ending + after
    assert not GUARD.clean(text.upper() if loud else text)


TORN = st.builds(
    torn,
    st.sampled_from(LIST["words"] + LIST["stems"]),
    st.integers(2, 11),
    st.lists(st.text(" .,-'1\n", min_size=1, max_size=4), min_size=11, max_size=11),
)


@given(st.lists(TORN | st.text("asexyT' .,-\n", max_size=6), max_size=5).map("".join))
def test_what_the_proof_counts_is_never_clean(text: str) -> None:
    if count([f"{text} "]):
        assert not GUARD.clean(text)


@given(st.lists(st.text(string.ascii_lowercase, min_size=2, max_size=6), min_size=2, max_size=6))
def test_words_of_two_letters_and_more_are_looked_at_one_by_one(words: list[str]) -> None:
    for between in (" ", "; ", "\n", " -- "):
        text = between.join(words)
        assert (GUARD.forbidden(text) == GUARD.forbidden(words[-1])).all()
        assert not GUARD.forbidden(text + between).any()


@given(st.text(string.ascii_letters + " .", max_size=60))
def test_something_may_always_follow(text: str) -> None:
    certain = np.zeros(128)
    certain[ord(" ")] = 1.0
    constrained = GUARD.constrain(certain, text)
    assert constrained.sum() == pytest.approx(1.0)
    assert not constrained[GUARD.forbidden(text)].any()


def test_where_a_site_lists_all_letters_a_space_is_typed() -> None:
    guard = Guard(stems=list(string.ascii_lowercase))
    letter = np.zeros(128)
    letter[ord("a")] = 1.0
    for text in ("", "the end", "a - b - "):
        assert guard.constrain(letter, text)[ord(" ")] == 1.0


def test_where_a_word_may_neither_end_nor_go_on_a_space_is_typed() -> None:
    guard = Guard(words=["ab"], stems=[f"ab{letter}" for letter in string.ascii_lowercase])
    assert guard.forbidden("ab").all()
    constrained = guard.constrain(np.full(128, 1 / 128), "ab")
    assert constrained[ord(" ")] == constrained.sum() == 1.0
    assert not guard.clean("ab ")


def test_what_is_not_guarded_is_left_as_it_is() -> None:
    even = np.full(128, 1 / 128)
    assert GUARD.constrain(even, "And it came to pass") is even


def test_a_word_that_is_no_word_is_refused() -> None:
    with pytest.raises(ValueError, match="letters a to z, not 'two words'"):
        Guard(words=["two words"])

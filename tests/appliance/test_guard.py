import random
import string

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.engine.guard import Guard
from appliance.engine.sampling import draw

GUARD = Guard(words=["static"], stems=["unsign"])


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
        wish = pick.choice(wishes) + pick.choice(" .,\n-x")
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


@given(st.text(string.ascii_letters + " .", max_size=60))
def test_something_may_always_follow(text: str) -> None:
    certain = np.zeros(128)
    certain[ord(" ")] = 1.0
    constrained = GUARD.constrain(certain, text)
    assert constrained.sum() == pytest.approx(1.0)
    assert not constrained[GUARD.forbidden(text)].any()


def test_what_is_not_guarded_is_left_as_it_is() -> None:
    even = np.full(128, 1 / 128)
    assert GUARD.constrain(even, "And it came to pass") is even


def test_a_word_that_is_no_word_is_refused() -> None:
    with pytest.raises(ValueError, match="letters a to z, not 'two words'"):
        Guard(words=["two words"])

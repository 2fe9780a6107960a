"""What the next character may be, how much is open, and how it becomes bars."""

import numpy as np
import pytest

from appliance.stage.expectation import Expectation, bits
from appliance.stage.histogram import BARS, bars, code
from appliance.stage.letters import named, width
from appliance.stage.link import View


def even(letters: str) -> "np.ndarray[tuple[int], np.dtype[np.float32]]":
    values = np.zeros(128, dtype=np.float32)
    values[[ord(letter) for letter in letters]] = 1.0 / len(letters)
    return values


@pytest.mark.parametrize(("letters", "open_"), [("a", 0.0), ("ab", 1.0), ("abcdefgh", 3.0)])
def test_what_is_open_is_measured_in_bits(letters: str, open_: float) -> None:
    assert bits(even(letters)) == pytest.approx(open_)


def test_what_is_no_distribution_is_measured_all_the_same() -> None:
    assert bits(np.zeros(128, dtype=np.float32)) == 0.0
    assert bits(np.full(128, 3e38, dtype=np.float32)) == pytest.approx(7.0)
    assert bits(np.full(128, -1.0, dtype=np.float32)) == 0.0


def test_the_next_is_expected_and_kept_until_the_one_after_it_is_known() -> None:
    view, expected = View(), Expectation()
    view.page.run = 1
    view.joint = even("ab")
    expected.follow(view)
    assert expected.bits == pytest.approx(1.0)  # nobody has told what comes next
    view.following = even("abcd")
    expected.follow(view)
    assert expected.bits == pytest.approx(2.0)
    view.joint, view.following = even("a"), None
    expected.follow(view)
    assert expected.bits == pytest.approx(2.0)
    view.page.run = 2  # another engine, which does not tell
    expected.follow(view)
    assert expected.bits == 0.0


def test_every_character_has_a_bar_and_nothing_is_left_out() -> None:
    values = np.random.default_rng(1).dirichlet(np.ones(128)).astype(np.float32)
    found = bars(values)
    assert found.shape == (BARS,)
    assert found.sum() == pytest.approx(1.0, abs=1e-6)
    for bar in range(1, BARS):
        assert found[bar] == values[code(bar)]
    assert [code(bar) for bar in (0, 1, 2, 3)] == [0, 9, 10, 32]


def test_a_long_title_keeps_its_last_word() -> None:
    room = width("Leonardo da Vin", 20)
    assert named("Leonardo da Vinci", 20, 1_000) == "Leonardo da Vinci"
    assert named("Leonardo da Vinci", 20, room) == "L. da Vinci"
    assert named("Samuel Taylor Coleridge", 20, room) == "S. T. Coleridge"
    assert named("Aristotle", 20, width("Arist", 20)) == "Aris…"

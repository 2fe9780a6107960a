"""Bits at many places and on a long road, and what compressors make of the same text."""

import math
import random

import numpy as np
import pytest

from appliance.engine.model import Model
from export.evaluation import compressors
from export.evaluation.places import bits_at, counted_text, places, summary
from export.evaluation.road import FOREIGN, OWN, travel
from tests.export import tiny
from tests.export.evaluated import Reader, made, models

FIXTURES = (made, models)


# Places


def test_places_count_a_text_once_from_its_81st_character() -> None:
    text = tiny.text(tiny.WOODS, seed=1, characters=2_000)[:2_000]
    chosen = places(text)
    assert chosen.shape == (4, 480)
    assert counted_text(chosen) == text[80:1_680]
    assert bytes(chosen[1].astype(np.uint8)).decode() == text[400:880]


def test_places_are_spread_if_only_some_are_wanted() -> None:
    text = "".join(chr(33 + i // 480) for i in range(80 + 400 * 60))[: 80 + 400 * 60]
    chosen = places(text, most=3)
    assert [chr(row[0]) for row in chosen] == [text[0], text[400 * 29], text[400 * 59]]


def test_a_text_without_a_place_is_refused() -> None:
    assert len(places("a" * 480)) == 1
    with pytest.raises(ValueError, match="479 characters is too short to be measured"):
        places("a" * 479)


def test_an_even_guess_costs_seven_bits() -> None:
    bits = bits_at(Reader(), places("ab" * 2_000))
    assert bits == pytest.approx(7.0)
    assert summary(bits).characters == 9 * 400


def test_the_worst_place_is_found() -> None:
    text = "a" * 1_280 + "X" + "a" * 1_119  # lost for 300 characters of the fourth place
    found = summary(bits_at(Reader(lost_for=300), places(text)))
    assert found.worst_at == 3
    assert found.worst == pytest.approx(7.0 + 300 / 400 * 20.0 / math.log(2.0), rel=0.02)
    assert found.mean < found.worst / 2


def test_bits_do_not_depend_on_the_other_rows(models: dict[str, Model]) -> None:
    chosen = places(tiny.text(tiny.WOODS, seed=5))[:4]
    together = bits_at(models["woods"], chosen)
    alone = np.concatenate([bits_at(models["woods"], row[None]) for row in chosen])
    assert together == pytest.approx(alone, abs=0.05)  # int8 scales its input by the batch
    assert together.mean() == pytest.approx(alone.mean(), abs=0.002)


# A million characters in one go


def test_a_reader_that_comes_back_has_recovered() -> None:
    own, other = "a" * 6_000, "X" * 2_000
    road = travel(Reader(lost_for=1_280), own, [other], characters=30_000)
    assert road.characters >= 30_000
    stretches = math.ceil(30_000 / (80 + OWN + FOREIGN))
    assert road.places == OWN // 400 * stretches
    # Of 1,280 characters 80 are catch-up, the others three places; no X before the first.
    assert (road.lost, road.longest) == (3 * (stretches - 1), 3)
    assert road.zero_state_bits == pytest.approx(7.0, abs=0.01)
    assert road.worst_excess > 1.0 and road.recovered

    assert travel(Reader(lost_for=70), own, [other], characters=30_000).lost == 0
    slow = travel(Reader(lost_for=2_500), own, [other], characters=30_000)
    assert slow.longest == 6 * (stretches - 1) and not slow.recovered


def test_a_reader_that_never_comes_back_is_found() -> None:
    text = "a" * 20_000
    assert travel(Reader(lost_for=10**6), text, [], characters=20_000).recovered
    road = travel(Reader(lost_for=10**6), text, ["b" * 520 + "X" * 520], characters=20_000)
    assert not road.recovered
    # The X stands in the second foreign stretch.
    assert road.lost == road.longest == road.places - 2 * OWN // 400


def test_a_road_goes_round_until_it_is_long_enough(models: dict[str, Model]) -> None:
    read: list[int] = []
    own = tiny.text(tiny.WOODS, seed=5, characters=3_000)
    road = travel(models["woods"], own, [], characters=10_000, progress=read.append)
    assert sum(read) == road.characters >= 10_000
    assert road.recovered and road.lost == 0
    assert road.bits == pytest.approx(road.zero_state_bits, abs=0.02)


# Compressors


def test_a_primed_compressor_knows_what_it_has_read() -> None:
    pick = random.Random(1)
    training = "".join(pick.choices("abcdefgh", k=20_000))
    again, new = training[5_000:9_000], "".join(pick.choices("abcdefgh", k=4_000))
    for of_again, of_new in (
        (compressors.ppmd_bits(training, again, 8), compressors.ppmd_bits(training, new, 8)),
        (compressors.xz_bits(training, again), compressors.xz_bits(training, new)),
    ):
        assert of_again < 0.7
        assert 2.8 < of_new < 3.9  # three bits are what it holds
    words, more = tiny.text(tiny.WOODS, seed=1), tiny.text(tiny.WOODS, seed=2)
    assert compressors.ppmd_bits(words, more, 6) < compressors.ppmd_bits(words, more, 2)

import json

import numpy as np
import pytest

from export.streams import Streams, encode, windows

TEXTS = {"low": "abcdefghij" * 50, "high": "0123456789" * 200}


def streams(**changes: float) -> Streams:
    options = {"rows": 8, "length": 16, "restart": 0.2, "evenness": 0.5, "seed": 3} | changes
    return Streams(TEXTS, **options)  # type: ignore[arg-type]  # whole numbers stay whole


def test_targets_are_the_inputs_one_later() -> None:
    source = streams()
    for _ in range(20):
        x, y, _ = source.next()
        assert np.array_equal(x[:, 1:], y[:, :-1])
        for row in range(8):
            text = "".join(map(chr, [*x[row], y[row, -1]]))
            assert text in TEXTS["low"] or text in TEXTS["high"]


def test_a_row_reads_on_unless_it_begins_anew() -> None:
    source = streams()
    _, before, fresh = source.next()
    assert fresh.all()
    carried = 0
    for _ in range(50):
        x, y, fresh = source.next()
        for row in np.flatnonzero(~fresh):
            assert x[row, 0] == before[row, -1]
            carried += 1
        before = y
    assert carried > 200


def test_the_share_of_a_text_follows_its_size_to_a_power() -> None:
    for evenness, share in ((0.0, 0.5), (1.0, 0.8)):
        source = streams(evenness=evenness, restart=1.0)
        digits = np.mean([np.mean(source.next()[0] < 60) for _ in range(400)])
        assert digits == pytest.approx(share, abs=0.05)


def test_a_saved_place_goes_on_with_the_very_next_segment() -> None:
    source = streams()
    for _ in range(7):
        source.next()
    state = json.loads(json.dumps(source.state()))
    expected = [source.next() for _ in range(5)]
    other = streams(seed=99)
    other.restore(state)
    for x, y, fresh in expected:
        x2, y2, fresh2 = other.next()
        assert np.array_equal(x, x2) and np.array_equal(y, y2) and np.array_equal(fresh, fresh2)


def test_a_text_shorter_than_a_segment_is_named() -> None:
    with pytest.raises(ValueError, match="text of tiny is shorter"):
        Streams({"tiny": "abc"}, rows=1, length=16, restart=0.1, evenness=1.0, seed=1)


def test_windows_are_spread_evenly() -> None:
    found = windows("abcdefghij" * 10, length=10, most=4)
    assert found.shape == (4, 10)
    assert found[0, 0] == ord("a") and found[-1, -1] == ord("j")
    assert windows("ab" * 30, length=50, most=9).shape == (1, 50)
    with pytest.raises(ValueError, match="no window of 500"):
        windows("ab", length=500, most=1)


def test_a_text_that_is_not_ascii_is_refused() -> None:
    with pytest.raises(UnicodeEncodeError):
        encode("é")

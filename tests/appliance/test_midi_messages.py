"""Bytes in, moved controls out: no ports."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.controls.midi_messages import Key, Moved, Reader, written

DATA = st.integers(0, 127)


def read(*messages: tuple[int, ...], pairs: bool | None = None) -> list[Moved]:
    reader = Reader(pairs)
    return [moved for message in messages if (moved := reader.read(message)) is not None]


@pytest.mark.parametrize(
    ("message", "key", "value"),
    [
        ((0xB0, 7, 0), "1/cc7", 0.0),
        ((0xB0, 7, 127), "1/cc7", 1.0),
        ((0xBF, 119, 64), "16/cc119", 64 / 127),
        ((0xE0, 0, 0), "1/bend", 0.0),
        ((0xE8, 127, 127), "9/bend", 1.0),
        ((0xE0, 1, 64), "1/bend", 8193 / 16383),
        ((0x90, 36, 1), "1/note36", 1.0),
        ((0x90, 36, 0), "1/note36", 0.0),
        ((0x83, 36, 64), "4/note36", 0.0),
    ],
)
def test_a_message_moves_a_control(message: tuple[int, ...], key: str, value: float) -> None:
    (moved,) = read(message)
    assert moved.key == key
    assert moved.value == pytest.approx(value)


@pytest.mark.parametrize(
    "message",
    [
        (),
        (0xB0,),
        (0xB0, 7),
        (0xB0, 7, 128),
        (0xB0, -1, 3),
        (0xB0, 7, 1, 1),
        (0xB0, 120, 0),  # all sound off, a channel mode
        (0xB0, 123, 0),  # all notes off
        (0xA0, 36, 80),  # pressure on a key
        (0xC0, 5),  # program change
        (0xD0, 5),
        (0xF8,),  # clock
        (0xF0, 0x7E, 0xF7),
        (7, 7, 7),  # data without a status
        (0x1B0, 7, 7),
    ],
)
def test_what_moves_nothing_is_passed_over(message: tuple[int, ...]) -> None:
    assert read(message) == []


@given(st.lists(st.lists(st.integers(-1, 300), max_size=5), max_size=60))
def test_no_bytes_hurt_and_every_value_is_from_0_to_1(messages: list[list[int]]) -> None:
    for pairs in (None, False, True):
        reader = Reader(pairs)
        for message in messages:
            moved = reader.read(message)
            assert moved is None or 0.0 <= moved.value <= 1.0
            assert moved is None or str(Key.parse(moved.key)) == moved.key


def test_a_box_said_to_send_pairs_has_14_bits_from_the_first_on() -> None:
    moved = read((0xB2, 1, 64), (0xB2, 33, 1), (0xB2, 33, 2), (0xB2, 34, 3), pairs=True)
    assert moved == [
        Moved("3/cc1", 64 / 127),
        Moved("3/cc1", (64 * 128 + 1) / 16383),
        Moved("3/cc1", (64 * 128 + 2) / 16383),  # an upper half that stays need not come again
    ]


def test_pairs_show_themselves_and_the_lower_half_is_no_fader_of_its_own() -> None:
    way = [(64, 9), (64, 30), (65, 3), (65, 77), (127, 127)]
    moved = read(*[m for upper, lower in way for m in ((0xB0, 7, upper), (0xB0, 39, lower))])
    assert {m.key for m in moved} == {"1/cc7"}
    assert Moved("1/cc7", (65 * 128 + 77) / 16383) in moved
    assert moved[-1].value == 1.0


def test_a_clock_between_both_halves_does_no_harm() -> None:
    moved = read(*[(0xB0, 7, 64), (0xF8,), (0xB0, 39, 9)] * 4)
    assert {m.key for m in moved} == {"1/cc7"}
    assert moved[-1].value == (64 * 128 + 9) / 16383


def test_a_button_at_number_32_is_no_lower_half() -> None:
    pressed = [(0xB0, 0, 50), (0xB0, 32, 127), (0xB0, 0, 51), (0xB0, 32, 0)] * 6
    assert {m.key for m in read(*pressed)} == {"1/cc0", "1/cc32"}


def test_a_knob_that_once_moved_by_itself_is_no_lower_half() -> None:
    both_hands = [(0xB0, 39, 20), *[(0xB0, 7, 50), (0xB0, 39, 21)] * 9]
    assert [m.key for m in read(*both_hands)].count("1/cc39") == 10


def test_a_ready_map_rules_pairs_out() -> None:
    assert {m.key for m in read(*[(0xB0, 7, 50), (0xB0, 39, 21)] * 9, pairs=False)} == {
        "1/cc7",
        "1/cc39",
    }


@given(
    st.sampled_from(["1/cc7", "16/cc31", "2/cc100", "1/bend", "9/bend"]),
    st.floats(0, 1),
    st.booleans(),
)
def test_what_is_written_is_read_again(key: str, value: float, fine: bool) -> None:
    fine = fine and "cc7" in key
    reader = Reader(fine)
    moved = [reader.read(message) for message in written(Key.parse(key), value, fine=fine)]
    last = moved[-1]
    assert last is not None and last.key == key
    exact = fine or "bend" in key
    assert last.value == pytest.approx(value, abs=0.51 / (16383 if exact else 127))


@pytest.mark.parametrize(
    "text", ["", "cc", "cc128", "0/cc7", "17/cc7", "note", "fader1", "1/1/cc1"]
)
def test_what_is_no_key_is_refused_in_one_sentence(text: str) -> None:
    with pytest.raises(ValueError, match="write cc7, note36, bend or 1/cc7"):
        Key.parse(text)


def test_a_key_without_a_channel_is_written_on_the_first() -> None:
    assert written(Key.parse("cc7"), 1.0) == [bytes([0xB0, 7, 127])]
    assert written(Key.parse("3/note5"), 1.0) == [bytes([0x92, 5, 127])]

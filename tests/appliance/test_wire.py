import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pythonosc.osc_message_builder import OscMessageBuilder

from appliance import wire
from appliance.wire import INWARD, OUTWARD, WireError, blob, decode, encode

BLOB = blob(np.linspace(0, 1, 128))
EVERY_INWARD = [
    wire.Weights((("linux", 0.5), ("love_songs", 0.5))),
    wire.Weights(()),
    wire.Weight("linux", 0.25),
    wire.Puck(0.5, 1.0),
    wire.Active(("bible", "linux")),
    wire.Active(()),
    wire.Temperature(0.75),
    wire.Pace(14.0),
    wire.SetJoint("log-linear"),
    wire.Hold(1),
    wire.Reset(),
    wire.Prime("static unsigned lo"),
    wire.Subscribe(0, wire.VERSION),
    wire.Unsubscribe(9001),
    wire.Report("midi", 1, "nanoKONTROL2: 8 faders."),
]
EVERY_OUTWARD = [
    wire.Hello(1, 77, "linear", 0.5, 12.0, 0),
    wire.StyleIs(3, "linux", "Linux kernel", "#00ff00", ""),
    wire.Text(77, 5, 8, "abc", "01 "),
    wire.Character(77, 7, 5, "abc", "01 ", 2.5),
    wire.WeightsAre((("linux", 1.0),)),
    wire.ActiveAre(("linux",)),
    wire.Attribution((("linux", 1.0),)),
    wire.JointIs(BLOB),
    wire.Next(BLOB, 77, 7),
    wire.Distribution(BLOB, "linux"),
    wire.Status("typing", "Typing.", 12.0, 1, 2, 3, 4, 0.5, "the CPU"),
]


@pytest.mark.parametrize("message", EVERY_INWARD)
def test_what_is_said_to_the_engine_is_heard(message: wire.Message) -> None:
    assert decode(encode(message), INWARD) == [message]


@pytest.mark.parametrize("message", EVERY_OUTWARD)
def test_what_the_engine_says_is_heard(message: wire.Message) -> None:
    assert decode(encode(message), OUTWARD) == [message]


def test_every_message_of_the_language_is_tested_here() -> None:
    assert {m.address for m in EVERY_INWARD} == set(INWARD)
    assert {m.address for m in EVERY_OUTWARD} | {"/puck"} == set(OUTWARD)


def test_a_bundle_is_heard_in_order() -> None:
    assert decode(encode(*EVERY_OUTWARD), OUTWARD) == EVERY_OUTWARD


def test_a_distribution_travels_as_floats() -> None:
    [message] = decode(encode(wire.JointIs(BLOB)), OUTWARD)
    assert isinstance(message, wire.JointIs)
    np.testing.assert_allclose(message.values(), np.linspace(0, 1, 128), atol=1e-7)


@pytest.mark.parametrize(
    ("address", "arguments"),
    [
        ("/weights", ["linux"]),
        ("/weights", ["linux", -0.1]),
        ("/weights", ["linux", float("nan")]),
        ("/weights", ["linux", float("inf")]),
        ("/weights", [0.5, "linux"]),
        ("/weights", ["x", 0.1] * 65),
        ("/weight", ["linux"]),
        ("/weight", ["linux", "much"]),
        ("/puck", [0.5]),
        ("/puck", [0.5, 1.5]),
        ("/temperature", [3.0]),
        ("/temperature", [True]),
        ("/pace", [-1.0]),
        ("/hold", [2]),
        ("/hold", [0.5]),
        ("/joint/kind", ["average"]),
        ("/prime", [""]),
        ("/prime", ["x" * 2001]),
        ("/reset", [1]),
        ("/subscribe", [70000, 1]),
        ("/active", [1, 2]),
        ("/nowhere", []),
        ("/character", []),
    ],
)
def test_a_message_that_is_not_of_the_language_is_refused(
    address: str, arguments: list[object]
) -> None:
    builder = OscMessageBuilder(address=address)
    for argument in arguments:
        builder.add_arg(argument)  # type: ignore[arg-type]  # wrong on purpose
    with pytest.raises(WireError):
        decode(builder.build().dgram, INWARD)


def test_a_patcher_that_sends_whole_numbers_as_floats_is_understood() -> None:
    builder = OscMessageBuilder(address="/hold")
    builder.add_arg(1.0)
    assert decode(builder.build().dgram, INWARD) == [wire.Hold(1)]


@pytest.mark.parametrize(("index", "start", "tail"), [(7, 5, ""), (7, 5, "abcd"), (4, 5, "a")])
def test_a_letter_with_more_of_the_page_than_there_is_is_refused(
    index: int, start: int, tail: str
) -> None:
    with pytest.raises(WireError):
        wire.Character(77, index, start, tail, " " * len(tail), 0.0)


@pytest.mark.parametrize("colour", ["", "red", "#12345", "#1234567", "#12345g"])
def test_a_style_without_a_colour_is_refused(colour: str) -> None:
    with pytest.raises(WireError):
        wire.StyleIs(0, "linux", "Linux", colour, "")


@pytest.mark.parametrize(("tag", "value"), [("d", 1e39), ("d", -1e300), ("h", 2**31), ("h", 2**62)])
def test_a_number_that_could_not_be_said_again_is_refused(tag: str, value: float) -> None:
    number = struct.pack(">d", value) if tag == "d" else struct.pack(">q", value)
    for address in (b"/pace\0\0\0", b"/unsubscribe\0\0\0\0"):
        with pytest.raises(WireError):
            decode(address + b"," + tag.encode() + b"\0\0" + number, INWARD)


def test_what_32_bits_do_not_hold_is_not_said() -> None:
    with pytest.raises(WireError):
        encode(wire.WeightsAre((("linux", 1e39),)))


@pytest.mark.parametrize("slug", ["", "Linux", "a/b", "7", "x" * 33])
def test_a_style_without_a_slug_is_refused(slug: str) -> None:
    with pytest.raises(WireError):
        wire.StyleIs(0, slug, "Linux", "#d49915", "")


@pytest.mark.parametrize("number", [-1, 64, 2**31 - 1])
def test_a_style_whose_number_has_no_letter_is_refused(number: int) -> None:
    with pytest.raises(WireError):
        wire.StyleIs(number, "linux", "Linux", "#d49915", "")


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_a_distribution_that_is_not_finite_is_refused(value: float) -> None:
    values = np.zeros(128)
    values[7] = value
    with pytest.raises(WireError):
        wire.JointIs(wire.blob(values))
    with pytest.raises(WireError):
        wire.Distribution(wire.blob(values), "linux")


def test_a_text_that_no_style_writes_is_refused() -> None:
    with pytest.raises(WireError):
        wire.Text(77, 0, 4, "caf\u00e9", "    ")
    with pytest.raises(WireError):
        wire.Character(77, 3, 0, "caf\u00e9", "    ", 0.0)


@pytest.mark.parametrize("entropy", [-0.1, 7.1, 1e30])
def test_an_entropy_that_128_characters_cannot_have_is_refused(entropy: float) -> None:
    with pytest.raises(WireError):
        wire.Character(77, 3, 0, "text", "    ", entropy)


@pytest.mark.parametrize(("temperature", "pace", "hold"), [(2.1, 14, 0), (1, 101, 0), (1, 1, 2)])
def test_an_engine_that_says_what_cannot_be_set_is_refused(
    temperature: float, pace: float, hold: int
) -> None:
    with pytest.raises(WireError):
        wire.Hello(1, 77, "linear", temperature, pace, hold)


@given(st.binary(max_size=300))
def test_noise_raises_nothing_but_wire_error(noise: bytes) -> None:
    try:
        decode(noise, INWARD)
    except WireError:
        return


@given(st.sampled_from(EVERY_INWARD), st.integers(0, 400), st.binary(max_size=4))
def test_torn_and_patched_datagrams_raise_nothing_but_wire_error(
    message: wire.Message, at: int, patch: bytes
) -> None:
    datagram = encode(message)
    for damaged in (datagram[:at], datagram[:at] + patch + datagram[at + len(patch) :]):
        try:
            decode(damaged, INWARD)
        except WireError:
            continue


def bundle(*elements: tuple[int, bytes]) -> bytes:
    """Return a bundle whose elements have the sizes that are stated."""
    parts = (size.to_bytes(4, "big", signed=True) + packet for size, packet in elements)
    return b"#bundle\0" + bytes(7) + b"\1" + b"".join(parts)


RESET = b"/reset\0\0,\0\0\0"


@pytest.mark.parametrize("size", [-(2**31), -5, -4, -1, 0, 4, 11, 13, 2**31 - 1])
def test_a_bundle_with_an_element_of_a_wrong_size_is_refused(size: int) -> None:
    with pytest.raises(WireError):
        decode(bundle((size, RESET)), INWARD)


@pytest.mark.parametrize("tail", [b"", b"\0\0", b"#bundle\0", b"hello!!\0"])
def test_a_bundle_that_ends_early_or_holds_something_else_is_refused(tail: bytes) -> None:
    with pytest.raises(WireError):
        decode(bundle((len(tail), tail)), INWARD)
    with pytest.raises(WireError):
        decode(bundle()[:15], INWARD)


def test_bundles_in_bundles_are_heard_three_deep_and_refused_beyond() -> None:
    packet = RESET
    for _ in range(3):
        packet = bundle((len(packet), packet), (len(RESET), RESET))
    assert decode(packet, INWARD) == [wire.Reset()] * 4
    for _ in range(2_000):
        packet = bundle((len(packet), packet))
        if len(packet) > wire.LARGEST:
            break
        with pytest.raises(WireError):
            decode(packet, INWARD)


def test_a_bundle_of_which_one_message_is_foreign_is_refused_whole() -> None:
    foreign = b"/nowhere\0\0\0\0,\0\0\0"
    with pytest.raises(WireError, match="/nowhere"):
        decode(bundle((len(RESET), RESET), (len(foreign), foreign)), INWARD)


def test_wide_numbers_and_truth_values_are_understood() -> None:
    assert decode(b"/pace\0\0\0,d\0\0" + struct.pack(">d", 12.5), INWARD) == [wire.Pace(12.5)]
    assert decode(b"/pace\0\0\0,h\0\0" + struct.pack(">q", 12), INWARD) == [wire.Pace(12.0)]
    assert decode(b"/hold\0\0\0,T\0\0", INWARD) == [wire.Hold(1)]
    assert decode(b"/reset\0\0", INWARD) == [wire.Reset()]  # older patchers send no type tags


@pytest.mark.parametrize("tags", ["c", "I", "N", "[f]", "m", "r", "t", "S"])
def test_other_types_are_refused_without_a_word_in_the_log(
    tags: str, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(WireError, match="type tags"):
        decode(b"/pace\0\0\0" + f",{tags}".encode().ljust(8, b"\0") + bytes(16), INWARD)
    assert caplog.records == []


def test_a_datagram_that_is_too_large_is_refused_unread() -> None:
    with pytest.raises(WireError, match="too large"):
        decode(b"#bundle\0" + b"\0" * wire.LARGEST, INWARD)

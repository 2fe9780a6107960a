"""The simple ear for OSC: its words without a socket, then its socket on loopback."""

import logging
import math
import re
import socket
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance import osc as packets
from appliance.controls.control import Event, Shown
from appliance.controls.osc import ANSWER_EVERY, HOLDS, LARGEST, LATELY, TRY_AGAIN, Osc
from appliance.controls.osc_words import answer, events
from appliance.osc import WireError
from tests.conftest import ROOT

STYLES = ("bible", "linux", "love_songs")


def shown(now: float = 10.0, **levels: float) -> Shown:
    return Shown(now, faders=STYLES, levels=dict.fromkeys(STYLES, 0.0) | levels)


def message(address: str, *values: float | str | bool) -> bytes:
    tags = {float: "f", int: "i", str: "s"}
    return packets.packet(address, [(tags[type(value)], value) for value in values])


def moved(datagram: bytes) -> list[tuple[str, float]]:
    return [(event.what, event.value) for event in events(datagram, shown())]


# --- words ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("address", "values", "moves"),
    [
        ("/level/linux", [0.5], [("level/linux", 0.5)]),
        ("/level/linux", [1], [("level/linux", 1.0)]),
        ("/fader/1", [0.25], [("level/bible", 0.25)]),
        ("/fader/3", [0.0], [("level/love_songs", 0.0)]),
        ("/puck", [0.25, 0.75], [("puck/x", 0.25), ("puck/y", 0.75)]),
        ("/puck/x", [0.5], [("puck/x", 0.5)]),
        ("/puck/y", [1.0], [("puck/y", 1.0)]),
        ("/temperature", [0.5], [("temperature", 0.5)]),
        ("/pace", [0.5], [("pace", 0.5)]),
        ("/joint", [1], [("joint", 1.0)]),
        ("/active/linux", [], [("active/linux", 1.0)]),
        ("/alone/linux", [0], [("alone/linux", 0.0)]),
        ("/reset", [], [("reset", 1.0)]),
        ("/hold", [1.0], [("hold", 1.0)]),
        ("/layout", [0.0], [("layout", 0.0)]),
    ],
)
def test_what_it_understands(
    address: str, values: list[float], moves: list[tuple[str, float]]
) -> None:
    assert moved(message(address, *values)) == moves


def test_a_truth_value_is_a_button_s() -> None:
    assert moved(b"/hold\0\0\0,T\0\0") == [("hold", 1.0)]
    assert moved(b"/hold\0\0\0,F\0\0") == [("hold", 0.0)]


@pytest.mark.parametrize(
    ("address", "values", "words"),
    [
        ("/level/linux", [1.01], "takes 0 to 1, not 1.0"),
        ("/level/linux", [-0.01], "takes 0 to 1"),
        ("/level/linux", [math.nan], "takes 0 to 1, not nan"),
        ("/level/linux", [math.inf], "takes 0 to 1, not inf"),
        ("/level/linux", [2], "takes 0 to 1, not 2"),
        ("/level/linux", ["0.5"], "takes 0 to 1, not '0.5'"),
        ("/level/linux", [], "takes 1 values, not 0"),
        ("/level/linux", [0.5, 0.5], "takes 1 values, not 2"),
        ("/level/nobody", [0.5], "there is no style 'nobody' here"),
        ("/level", [0.5], "there is no style ''"),
        ("/level/*", [0.5], "there is no style '*'"),
        ("/fader/0", [0.5], "numbered 1 to 3"),
        ("/fader/4", [0.5], "numbered 1 to 3"),
        ("/fader/-1", [0.5], "numbered 1 to 3"),
        ("/fader/1" + 40 * "1", [0.5], "numbered 1 to 3"),
        ("/fader/one", [0.5], "numbered 1 to 3"),
        ("/puck", [0.5], "takes 2 values, not 1"),
        ("/puck/z", [0.5], "none of this control's"),
        ("/active/nobody", [], "there is no style"),
        ("/hold", [1, 1], "takes 1 values, not 2"),
        ("/weights", [0.5], "none of this control's"),
        ("/reset/now", [], "none of this control's"),
        ("/", [], "none of this control's"),
        ("/" + "x" * 2000, [], "none of this control's"),
    ],
)
def test_what_it_refuses(address: str, values: list[Any], words: str) -> None:
    with pytest.raises(WireError, match=re.escape(words)) as caught:
        events(message(address, *values), shown())
    assert len(str(caught.value)) < 150


def test_a_bundle_is_obeyed_as_a_whole_or_not_at_all() -> None:
    good, bad = message("/fader/1", 0.5), message("/fader/9", 0.5)
    assert moved(packets.write([good, message("/reset")])) == [("level/bible", 0.5), ("reset", 1.0)]
    with pytest.raises(WireError):
        moved(packets.write([good, bad]))


def test_an_event_has_the_time_of_its_frame_and_the_hand_of_its_sender() -> None:
    [event] = events(message("/pace", 0.5), shown(now=77.0), hand="10.0.0.1:5000")
    assert event == Event("pace", 0.5, 77.0, "10.0.0.1:5000")


@given(
    st.binary(max_size=120) | st.binary(max_size=60).map(lambda tail: b"/fader/1\0\0\0\0" + tail)
)
def test_whatever_comes_is_events_or_an_error_of_the_wire(datagram: bytes) -> None:
    try:
        found = events(datagram, shown())
    except WireError:
        return
    assert all(isinstance(event, Event) for event in found)


def test_an_answer_names_each_fader_by_style_and_by_number() -> None:
    said = packets.read(answer({"linux": 0.5, "bible": 1.0}, STYLES))
    assert said == [
        ("/level/bible", [1.0]), ("/fader/1", [1.0]), ("/level/linux", [0.5]), ("/fader/2", [0.5]),
    ]  # fmt: skip


def test_the_page_names_every_word_and_each_is_understood() -> None:
    page = (ROOT / "docs" / "osc-control.md").read_text(encoding="utf-8")
    written = re.findall(r"^oscsend \S+ 7771 (/\S+) ?(\w*) ?(.*)$", page, re.MULTILINE)
    kinds = {"f": float, "i": int}
    for address, tags, values in written:
        arguments = [kinds[tag](v) for tag, v in zip(tags, values.split(), strict=True)]
        assert moved(message(address, *arguments)), address
    assert {address.split("/")[1] for address, _, _ in written} == {
        "level", "fader", "puck", "temperature", "pace", "joint", "active", "alone", "reset",
        "hold", "layout",
    }  # fmt: skip


# --- the socket ----------------------------------------------------------------------------------


@pytest.fixture
def phone() -> Iterator[socket.socket]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as made:
        made.bind(("127.0.0.1", 0))
        made.setblocking(False)
        yield made


@pytest.fixture
def ear(phone: socket.socket) -> Iterator[Osc]:
    """Return a control on any free port that answers to the phone's."""
    settings = Osc.Settings(port=0, answer_port=phone.getsockname()[1])
    with Osc(settings) as control:
        yield control


def say(phone: socket.socket, ear: Osc, *datagrams: bytes) -> None:
    for datagram in datagrams:
        phone.sendto(datagram, ("127.0.0.1", ear.port))


def heard(phone: socket.socket) -> dict[str, float]:
    """Return what a phone has been told, the newest for each address."""
    told: dict[str, float] = {}
    while True:
        try:
            datagram = phone.recv(65_535)
        except BlockingIOError:
            return told
        told |= {address: round(values[0], 4) for address, values in packets.read(datagram)}


def test_what_was_said_since_the_last_frame_is_moved_in_this_one(
    phone: socket.socket, ear: Osc
) -> None:
    assert ear.poll(shown(1.0)) == []
    assert "nothing has come yet" in ear.health().sentence
    say(phone, ear, message("/fader/1", 0.25), message("/fader/2", 0.75))
    assert [(e.what, e.value, e.when) for e in ear.poll(shown(2.0))] == [
        ("level/bible", 0.25, 2.0), ("level/linux", 0.75, 2.0),
    ]  # fmt: skip
    assert ear.health().sentence == (
        f"osc listens on 127.0.0.1, UDP port {ear.port}; last came level/linux 0.75 from 127.0.0.1."
    )
    assert ear.poll(shown(3.0)) == []


def test_what_is_refused_is_counted_and_named_once(
    phone: socket.socket, ear: Osc, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "appliance.controls")
    good = message("/fader/1", 0.25)
    say(phone, ear, b"", b"hello", message("/fader/1", 2.0), good, b"/" + bytes(LARGEST))
    assert len(ear.poll(shown())) == 1
    assert ear.refused == 4
    assert "4 refused, the last because" in ear.health().sentence
    assert ear.health().well
    assert len(caplog.messages) == 1


def test_of_a_flood_the_newest_is_obeyed_and_the_rest_is_counted(
    phone: socket.socket, ear: Osc
) -> None:
    bundle = packets.write([message("/fader/1", 0.5)] * 150)  # 3,616 bytes
    say(phone, ear, *[bundle] * 20, message("/fader/1", 0.75))
    found = ear.poll(shown())
    assert len(found) == 301
    assert found[-1].value == 0.75
    assert ear.refused == 18
    assert ear.poll(shown()) == []


class Network:
    """A socket to which anybody on a network has sent something: no other machine is here."""

    def __init__(self, *came: tuple[bytes, tuple[str, int]]) -> None:
        self.came = list(came)

    def recvfrom(self, size: int) -> tuple[bytes, tuple[str, int]]:
        if not self.came:
            raise BlockingIOError
        return self.came.pop(0)

    def getsockname(self) -> tuple[str, int]:
        return ("0.0.0.0", 7771)

    def close(self) -> None:
        """Nothing to close."""


def test_strangers_are_not_heard_and_neighbours_that_are_named_are() -> None:
    control = Osc(Osc.Settings(host="0.0.0.0", allow=["192.168.7.0/24"]))
    network: Any = Network(
        (message("/fader/1", 0.1), ("192.168.8.1", 5000)),
        (message("/fader/1", 0.2), ("192.168.7.1", 5000)),
        (message("/fader/1", 0.3), ("127.0.0.1", 5000)),
    )
    control._socket = network
    found = control.poll(shown())
    assert [(round(event.value, 6), event.hand) for event in found] == [
        (0.2, "192.168.7.1:5000"), (0.3, "127.0.0.1:5000"),
    ]  # fmt: skip
    assert (
        "1 refused, the last because 192.168.8.1 is not in osc.allow" in control.health().sentence
    )


def test_a_port_that_is_taken_is_told_and_taken_up_when_it_is_free(
    phone: socket.socket, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "appliance.controls")
    port = phone.getsockname()[1]
    with Osc(Osc.Settings(port=port)) as control:
        for frame in range(100):
            assert control.poll(shown(100.0 + frame / 10)) == []
        assert not control.health().well
        assert f"UDP port {port} (Address already in use)" in control.health().sentence
        phone.close()
        control.poll(shown(110.0 + TRY_AGAIN))
        assert control.health().well
        assert control.port == port
    assert caplog.messages == [
        f"osc cannot listen on UDP port {port}: Address already in use",
        f"osc listens on UDP port {port} now",
    ]


def test_it_can_be_closed_twice_and_opened_again(phone: socket.socket, ear: Osc) -> None:
    ear.close()
    ear.close()
    assert not ear.health().well
    ear.open()
    say(phone, ear, message("/reset"))
    assert len(ear.poll(shown())) == 1


# --- answers -------------------------------------------------------------------------------------


def test_faders_of_who_has_spoken_follow_what_moves_elsewhere(
    phone: socket.socket, ear: Osc
) -> None:
    ear.poll(shown(10.0, bible=0.5))
    assert heard(phone) == {}, "who has not spoken is not known"
    say(phone, ear, message("/reset"))
    ear.poll(shown(11.0, bible=0.5))
    assert heard(phone) == {
        "/level/bible": 0.5, "/fader/1": 0.5, "/level/linux": 0.0, "/fader/2": 0.0,
        "/level/love_songs": 0.0, "/fader/3": 0.0,
    }  # fmt: skip
    ear.poll(shown(12.0, bible=0.5, linux=0.3))
    assert heard(phone) == {"/level/linux": 0.3, "/fader/2": 0.3}
    ear.poll(shown(13.0, bible=0.5, linux=0.3))
    assert heard(phone) == {}


def test_a_fader_is_not_moved_under_the_finger_that_moves_it(
    phone: socket.socket, ear: Osc
) -> None:
    say(phone, ear, message("/reset"))
    ear.poll(shown(10.0))
    heard(phone)
    say(phone, ear, message("/level/linux", 0.4))
    ear.poll(shown(11.0))
    ear.poll(shown(11.1, linux=0.38))  # it is on its way
    assert heard(phone) == {}
    ear.poll(shown(11.2, linux=0.4))
    ear.poll(shown(11.2 + HOLDS, linux=0.4))
    assert heard(phone) == {}
    ear.poll(shown(12.0, linux=0.1))  # another hand
    assert heard(phone) == {"/level/linux": 0.1, "/fader/2": 0.1}


def test_it_is_told_at_a_rate_that_a_phone_can_bear(phone: socket.socket, ear: Osc) -> None:
    say(phone, ear, message("/reset"))
    for frame in range(100):
        ear.poll(shown(10.0 + frame / 100, linux=frame / 100))
    told = 0
    while True:
        try:
            phone.recv(65_535)
        except BlockingIOError:
            break
        told += 1
    assert 0.8 / ANSWER_EVERY <= told <= 1.0 / ANSWER_EVERY + 1


def test_who_is_silent_for_long_is_told_no_more(phone: socket.socket, ear: Osc) -> None:
    say(phone, ear, message("/reset"))
    ear.poll(shown(10.0))
    heard(phone)
    ear.poll(shown(11.0 + LATELY, linux=0.5))
    assert heard(phone) == {}


def test_without_an_answer_port_nobody_is_told(phone: socket.socket) -> None:
    with Osc(Osc.Settings(port=0)) as control:
        say(phone, control, message("/reset"))
        control.poll(shown(10.0, linux=0.5))
        assert heard(phone) == {}

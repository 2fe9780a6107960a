"""The stage's end of the wire, with an engine whose words and a clock that the test chooses."""

import socket
from collections.abc import Iterator

import numpy as np
import pytest

from appliance import wire
from appliance.stage.link import GONE_AFTER, RENEW_EVERY, RETRY_EVERY, Link
from tests.puppet import Clock, Puppet

BLOB = wire.blob(np.full(128, 1 / 128))
RUN, DEAD = 4711, 815
STYLE = wire.StyleIs(0, "bible", "Bible", "#16b3eb", "")


@pytest.fixture
def link(puppet: Puppet, clock: Clock) -> Iterator[Link]:
    with Link(puppet.socket.getsockname(), "127.0.0.1", 0, clock) as opened:
        opened.poll()
        assert puppet.heard() == [wire.Subscribe(0, wire.VERSION)]
        yield opened


def hello(run: int = RUN) -> wire.Hello:
    return wire.Hello(wire.VERSION, run, "linear", 0.75, 14.0, 0)


def page(text: str, run: int = RUN) -> wire.Text:
    return wire.Text(run, 0, len(text), text, wire.NOBODY * len(text))


def letter(text: str, run: int = RUN) -> wire.Character:
    """Return what is said of a text's last character."""
    return wire.Character(run, len(text) - 1, 0, text[-4:], wire.NOBODY * len(text[-4:]), 1.0)


def weights(slug: str) -> wire.WeightsAre:
    return wire.WeightsAre(((slug, 1.0),))


def greet(puppet: Puppet, run: int = RUN, text: str = "In the") -> None:
    puppet.say(hello(run), STYLE)
    puppet.say(page(text, run), wire.ActiveAre(("bible",)), weights("bible"))


def test_it_asks_every_second_until_it_is_answered_and_then_every_ten(
    link: Link, puppet: Puppet, clock: Clock
) -> None:
    for _ in range(3):
        clock.now += RETRY_EVERY + 0.01
        link.poll()
        link.poll()
        assert puppet.heard() == [wire.Subscribe(0, wire.VERSION)]
    greet(puppet)
    link.poll()
    assert link.alive
    assert link.view.whole
    asked = 0
    for _ in range(100):
        clock.now += RENEW_EVERY / 50
        puppet.say(hello())
        link.poll()
        asked += len(puppet.heard())
    assert asked == 2


@pytest.mark.parametrize("lost", [0, 1])
def test_it_asks_again_at_once_when_half_of_an_answer_is_lost(
    link: Link, puppet: Puppet, clock: Clock, lost: int
) -> None:
    greet(puppet, DEAD)
    link.poll()
    # The engine dies and returns; of its answer one datagram arrives.
    if lost:
        puppet.say(hello(), STYLE)
    else:
        puppet.say(page("In the"), weights("linux"))
    clock.now += RETRY_EVERY + 0.01
    link.poll()
    assert link.alive
    assert not link.view.whole
    assert puppet.heard() == [wire.Subscribe(0, wire.VERSION)]


def test_what_comes_with_a_late_letter_is_as_late(link: Link, puppet: Puppet) -> None:
    greet(puppet)
    puppet.say(letter("In the b"), weights("linux"), wire.JointIs(BLOB))
    puppet.say(letter("In the "), weights("trump"), wire.Distribution(BLOB, "trump"))
    puppet.say(letter("In the b"), weights("trump"), wire.Attribution((("trump", 1.0),)))
    puppet.say(page("In"), wire.ActiveAre(("trump",)), weights("trump"))
    taken = link.poll()
    assert link.view.page.text == "In the b"
    assert link.view.weights == {"linux": 1.0}
    assert link.view.active == ("bible",)
    assert link.view.attribution == link.view.distributions == {}
    assert link.view.characters == 1
    assert weights("trump") not in taken


def test_a_page_that_is_said_again_is_taken_with_what_comes_with_it(
    link: Link, puppet: Puppet
) -> None:
    greet(puppet)
    puppet.say(page("In the"), wire.ActiveAre(("bible", "linux")), weights("linux"))
    link.poll()
    assert link.view.weights == {"linux": 1.0}
    assert link.view.active == ("bible", "linux")


def test_a_dead_engine_is_not_heard(link: Link, puppet: Puppet) -> None:
    greet(puppet, DEAD, text="the dead")
    link.poll()
    greet(puppet)
    puppet.say(wire.Hello(wire.VERSION, DEAD, "log-linear", 0.1, 1.0, 1), STYLE)
    puppet.say(letter("the dead one", DEAD), weights("trump"))
    link.poll()
    assert link.view.page.text == "In the"
    assert link.view.hello == hello()
    assert link.view.weights == {"bible": 1.0}


def test_a_living_engine_that_was_taken_for_dead_is_believed_again(
    link: Link, puppet: Puppet, clock: Clock
) -> None:
    greet(puppet)
    puppet.say(letter("a stray datagram", DEAD))
    link.poll()
    assert link.view.page.run == DEAD
    clock.now += GONE_AFTER + 0.01
    puppet.say(letter("In the b"))
    link.poll()
    greet(puppet, text="In the be")
    link.poll()
    assert link.view.page.text == "In the be"
    assert link.view.whole


def test_styles_of_an_engine_that_returned_replace_those_of_the_one_before(
    link: Link, puppet: Puppet
) -> None:
    greet(puppet, DEAD)
    puppet.say(hello(), wire.StyleIs(0, "linux", "Linux", "#d49915", ""))
    puppet.say(page("In"), wire.ActiveAre(("linux",)), weights("linux"))
    link.poll()
    assert set(link.view.styles) == {"linux"}
    assert link.view.by_author == {wire.author(0): "linux"}


def test_a_number_is_one_style_s_and_a_style_has_one_number(link: Link, puppet: Puppet) -> None:
    puppet.say(hello(), STYLE, wire.StyleIs(1, "linux", "Linux", "#d49915", ""))
    for slug in ("bible", "linux", "nobody"):
        puppet.say(wire.Distribution(BLOB, slug))
    link.poll()
    assert set(link.view.distributions) == {"bible", "linux"}
    puppet.say(wire.StyleIs(1, "bible", "Bible", "#16b3eb", ""))
    link.poll()
    assert link.view.by_author == {wire.author(1): "bible"}
    assert set(link.view.styles) == set(link.view.distributions) == {"bible"}
    puppet.say(hello(DEAD))
    link.poll()
    assert link.view.distributions == {}


def test_what_cannot_be_read_is_counted_and_dropped(link: Link, puppet: Puppet) -> None:
    greet(puppet)
    nested = b""
    for _ in range(2_000):
        nested = b"#bundle\0" + bytes(8) + len(nested).to_bytes(4, "big") + nested
    for datagram in (
        b"",
        b"hello",
        wire.encode(wire.Weights(())),  # of the other direction
        b"#bundle\0" + bytes(8) + b"\xff\xff\xff\xfc" + bytes(8),
        nested,
        bytes(61_000),
    ):
        puppet.send(datagram)
    link.poll()
    assert link.dropped == 6
    assert link.view.page.text == "In the"


def test_nobody_but_the_engine_is_heard(
    link: Link, puppet: Puppet, caplog: pytest.LogCaptureFixture
) -> None:
    greet(puppet)
    for host in ("127.0.0.1", "127.0.0.2"):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
            stranger.bind((host, 0))
            stranger.sendto(wire.encode(hello(DEAD), STYLE), puppet.stage)
            stranger.sendto(wire.encode(page("of no guard", DEAD)), puppet.stage)
    puppet.say(letter("In the b"))
    link.poll()
    assert (link.view.page.text, link.strangers, link.dropped) == ("In the b", 4, 0)
    assert caplog.messages == ["a datagram from 127.0.0.1 was dropped: it is not the engine"]


def test_an_engine_is_heard_whichever_name_it_has(puppet: Puppet, clock: Clock) -> None:
    with Link(("localhost", puppet.socket.getsockname()[1]), "127.0.0.1", 0, clock) as link:
        link.poll()
        assert puppet.heard() == [wire.Subscribe(0, wire.VERSION)]
        greet(puppet)
        link.poll()
        assert link.view.page.text == "In the"


def test_a_host_that_is_not_of_the_socket_s_family_is_said_at_once(clock: Clock) -> None:
    with pytest.raises(socket.gaierror):
        Link(("::1", 7770), "127.0.0.1", 0, clock)


def test_it_says_good_bye(puppet: Puppet, clock: Clock) -> None:
    with Link(puppet.socket.getsockname(), "127.0.0.1", 0, clock):
        pass
    assert puppet.heard() == [wire.Unsubscribe(0)]


def test_what_each_style_expects_stands_until_the_next_is_told(link: Link, puppet: Puppet) -> None:
    greet(puppet)
    puppet.say(hello(), STYLE, wire.StyleIs(1, "linux", "Linux", "#d49915", ""))
    puppet.say(letter("In the b"), weights("linux"))
    puppet.say(wire.Next(BLOB, RUN, 7), wire.Distribution(BLOB, "linux"))
    link.poll()
    assert set(link.view.distributions) == {"linux"}
    puppet.say(letter("In the bo"), weights("bible"))
    link.poll()
    assert set(link.view.distributions) == {"linux"}  # nothing blinks between two letters
    puppet.say(wire.Next(BLOB, RUN, 8), wire.Distribution(BLOB, "bible"))
    puppet.say(wire.Next(BLOB, RUN, 7), wire.Distribution(BLOB, "linux"))  # late
    link.poll()
    assert set(link.view.distributions) == {"bible"}

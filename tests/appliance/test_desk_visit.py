"""A visit that ends on the desk, and a curator's styles that are never mixed."""

from collections.abc import Iterator

import pytest

from appliance import wire
from appliance.engine.score import Score
from appliance.joint import Joint
from appliance.service.tables import Visit as VisitSettings
from appliance.settings import Controls, Loaded
from appliance.stage.link import Link
from appliance.stage.visit import Visit
from tests.desk_room import STYLES, Room, controls
from tests.puppet import Clock, Puppet

FIXTURES = (controls,)
ENDS_AFTER = 60.0
TYPING = Loaded.read().settings.typing
GROUPS = [["bible", "homer"]]


@pytest.fixture
def visited(puppet: Puppet, clock: Clock, controls: Controls) -> Iterator[Room]:
    """Return a room whose visits end, in which somebody has played."""
    settings = VisitSettings(ends_after=ENDS_AFTER, countdown=0.0, new_page=True)
    visit = Visit(settings, {"bible": 0.75, "linux": 0.25}, ["bible", "linux"], TYPING)
    with Link(puppet.socket.getsockname(), "127.0.0.1", 0, clock) as link:
        room = Room(puppet, link, clock, controls, visit=visit)
        room.temperature, room.pace = TYPING.temperature, TYPING.pace
        room.greet()
        room.attract.close()
        room.frame(("level/trump", 1.0), ("level/bible", 0.0))
        room.answer()
        room.pass_by(1.0)
        yield room


def left_alone(room: Room) -> list[wire.Message]:
    """Let the visit end; return what the desk has sent of it."""
    room.clock.now += ENDS_AFTER
    room.frame()
    sent = room.answer()
    room.frame()  # in which the faders have come to where they were put
    return sent + room.answer()


def test_a_visit_that_ends_returns_to_the_opening_mixture_on_a_new_page(visited: Room) -> None:
    sent = left_alone(visited)
    assert wire.Reset() in sent
    assert visited.active == ("bible", "linux")
    assert visited.mixture == pytest.approx({"bible": 0.75, "linux": 0.25})
    assert wire.Reset() not in left_alone(visited)  # it ends once


def test_a_piece_that_was_held_goes_on_for_who_comes_next(visited: Room) -> None:
    visited.frame(("hold", 1.0))
    visited.answer()
    assert visited.hold == 1
    left_alone(visited)
    assert visited.hold == 0


def test_tempo_and_joint_return_to_the_settings(visited: Room) -> None:
    visited.frame(("temperature", 1.0), ("pace", 0.0), ("joint", 1.0))
    visited.answer()
    visited.pass_by(1.0)
    assert visited.temperature != TYPING.temperature and visited.joint == "log-linear"
    left_alone(visited)
    visited.pass_by(1.0)
    assert visited.temperature == pytest.approx(TYPING.temperature)
    assert visited.pace == pytest.approx(TYPING.pace)
    assert visited.joint == str(TYPING.joint)


def test_what_nobody_has_changed_is_not_sent(visited: Room) -> None:
    kinds = {type(message) for message in left_alone(visited)}
    assert not kinds & {wire.Hold, wire.Temperature, wire.Pace, wire.SetJoint}


class Curated(Room):
    """A room whose engine keeps two styles apart, as the real one does."""

    def answer(self) -> list[wire.Message]:
        score = Score(
            STYLES, active=STYLES, weights=self.mixture, temperature=0.7, pace=14.0,
            joint=Joint.LINEAR, apart=GROUPS,
        )  # fmt: skip
        heard = self.said()
        for message in heard:
            score.take(message)
        self.active, self.mixture = score.active, score.mixture()
        self.puppet.say(self.hello(), *self.stands())
        return heard


@pytest.fixture
def curated(puppet: Puppet, clock: Clock, controls: Controls) -> Iterator[Room]:
    with Link(puppet.socket.getsockname(), "127.0.0.1", 0, clock) as link:
        room = Curated(puppet, link, clock, controls, apart=GROUPS)
        room.greet()
        yield room


def test_the_ghost_plays_on_although_two_of_its_styles_are_kept_apart(curated: Room) -> None:
    curated.pass_by(2.0)
    curated.clock.now += 120.0
    curated.answer()
    for _ in range(20):
        curated.pass_by(0.5)
        assert curated.desk.ghost
        assert not {"bible", "homer"} <= curated.mixture.keys()


def test_a_slider_that_is_kept_silent_stays_under_the_finger(curated: Room) -> None:
    curated.frame(("level/bible", 0.5), ("level/homer", 0.4))
    curated.answer()
    curated.pass_by(2.0)
    assert curated.desk.mixer.levels["homer"] == pytest.approx(0.4)
    assert "homer" not in curated.mixture
    curated.frame(("level/homer", 0.9))
    curated.answer()
    curated.pass_by(2.0)
    assert "homer" in curated.mixture and "bible" not in curated.mixture
    assert curated.desk.mixer.levels["bible"] == pytest.approx(0.5)

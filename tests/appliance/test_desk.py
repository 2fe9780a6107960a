"""What hands do to the desk and what it sends, with an engine whose words the test chooses."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import pytest

from appliance import wire
from appliance.controls.attract import Attract
from appliance.controls.control import Control, Event, Health, Shown
from appliance.controls.faders import GLIDE
from appliance.controls.hands import Hands
from appliance.settings import Controls, Loaded, Table
from appliance.stage.desk import ECHO, Desk
from appliance.stage.link import Link
from appliance.takeover import Takeover
from tests.puppet import Clock, Puppet

STYLES = ("bible", "homer", "linux", "trump")
RUN = 4711
FRAME = 1 / 60
LOW, HIGH = 0.2, 1.2  # of the temperature, in the settings


class Player(Control):
    """A control that plays what the test says, and remembers how things stood."""

    class Settings(Table):
        """None."""

    def __init__(self) -> None:
        super().__init__(self.Settings())
        self.next: list[tuple[str, float]] = []
        self.shown = Shown(0.0)

    def poll(self, shown: Shown) -> Iterable[Event]:
        self.shown, moved, self.next = shown, self.next, []
        return [Event(what, value, shown.now) for what, value in moved]

    def health(self) -> Health:
        return Health("plays.")


class Box(Player):
    takes_over = True


class Room:
    """A desk with an engine's end of the wire, a finger, a box of faders, and a ghost."""

    def __init__(self, puppet: Puppet, link: Link, clock: Clock, controls: Controls) -> None:
        self.puppet, self.link, self.clock = puppet, link, clock
        self.player, self.box = Player(), Box()
        self.attract = Attract(Attract.Settings.model_validate({}))
        hands = Hands({"player": self.player, "box": self.box, "attract": self.attract})
        self.desk = Desk(link, controls, hands=hands)
        self.temperature, self.pace, self.hold = 0.7, 14.0, 0
        self.mixture: dict[str, float] = {"bible": 0.5, "linux": 0.5}
        self.active: tuple[str, ...] = ("bible", "homer", "linux")
        self.obeys = True

    def greet(self) -> None:
        self.frame()
        assert self.puppet.heard() == [wire.Subscribe(0, wire.VERSION)]
        styles = [wire.StyleIs(i, s, s.title(), "#a0b0c0", "") for i, s in enumerate(STYLES)]
        self.puppet.say(self.hello(), *styles)
        self.puppet.say(wire.Text(RUN, 0, 0, "", ""), *self.stands())
        self.frame()
        assert self.said() == []

    def said(self) -> list[wire.Message]:
        """Return what the desk has sent, but for its reports, which come by the clock."""
        return [m for m in self.puppet.heard() if not isinstance(m, wire.Report)]

    def hello(self) -> wire.Hello:
        return wire.Hello(wire.VERSION, RUN, "linear", self.temperature, self.pace, self.hold)

    def stands(self) -> tuple[wire.Message, ...]:
        return wire.ActiveAre(self.active), wire.WeightsAre(tuple(self.mixture.items()))

    def frame(self, *moves: tuple[str, float], box: Sequence[tuple[str, float]] = ()) -> None:
        """Let a frame pass in which a player and a box make their moves."""
        self.player.next, self.box.next = list(moves), list(box)
        self.clock.now += FRAME
        now = self.clock.now
        self.desk.follow(self.link.poll(), now)
        self.desk.play(now)
        self.desk.flush(now)

    def pass_by(self, seconds: float) -> None:
        """Let frames pass without a move, while the engine answers what it hears."""
        for _ in range(round(seconds / FRAME)):
            self.frame()
            self.answer()

    def answer(self) -> list[wire.Message]:
        """Obey what was sent as the engine does, and say so; return it."""
        heard = self.said()
        for message in heard if self.obeys else []:
            match message:
                case wire.Weights(pairs):
                    self.mixture = {slug: weight for slug, weight in pairs if weight > 0}
                case wire.Active(slugs):
                    self.active = slugs
                case wire.Temperature(value):
                    self.temperature = value
                case wire.Pace(value):
                    self.pace = value
                case wire.Hold(on):
                    self.hold = on
        self.puppet.say(self.hello(), *self.stands())
        return heard

    def sent(self, kind: type[wire.Message]) -> list[Any]:
        """Return what was sent of one kind, and obey it."""
        return [message for message in self.answer() if isinstance(message, kind)]


@pytest.fixture
def controls() -> Controls:
    return Loaded.read().settings.controls.model_copy(update={"smoothing": 0.0})


@pytest.fixture
def room(puppet: Puppet, clock: Clock, controls: Controls) -> Iterator[Room]:
    with Link(puppet.socket.getsockname(), "127.0.0.1", 0, clock) as link:
        made = Room(puppet, link, clock, controls)
        made.greet()
        yield made


# --- each kind of event --------------------------------------------------------------------------


def test_a_level_moves_a_fader_and_is_sent_in_the_same_frame(room: Room) -> None:
    room.frame(("level/bible", 1.0), ("level/linux", 0.25))
    [weights] = room.sent(wire.Weights)
    assert dict(weights.pairs) == pytest.approx({"bible": 0.8, "homer": 0.0, "linux": 0.2})


def test_a_sleeping_style_that_is_raised_wakes(room: Room) -> None:
    room.frame(("level/trump", 0.5))
    sent = room.answer()
    assert sent[0] == wire.Active(STYLES)
    assert isinstance(sent[1], wire.Weights)
    assert "trump" in room.desk.circle


def test_a_box_glides_to_its_place_and_the_last_word_is_the_whole_way(room: Room) -> None:
    room.frame(box=[("level/homer", 0.5)])
    assert room.desk.mixer.levels["homer"] == 0.0
    room.pass_by(GLIDE / 2)
    assert 0.15 < room.desk.mixer.levels["homer"] < 0.35
    room.pass_by(GLIDE)
    assert room.desk.mixer.levels["homer"] == 0.5
    # What the engine heard last is where the faders came to stand.
    assert room.mixture == pytest.approx(
        {slug: weight for slug, weight in room.desk.mixer.weights().items() if weight}, abs=1e-6
    )


def test_with_all_faders_down_the_engine_is_told_of_silence(
    puppet: Puppet, clock: Clock, controls: Controls
) -> None:
    smooth = controls.model_copy(update={"smoothing": 0.08})
    with Link(puppet.socket.getsockname(), "127.0.0.1", 0, clock) as link:
        room = Room(puppet, link, clock, smooth)
        room.greet()
        room.frame(*((f"level/{slug}", 0.0) for slug in STYLES))
        room.pass_by(3.0)
    assert room.mixture == {}


@pytest.mark.parametrize("takeover", list(Takeover))
def test_an_upper_and_a_lower_end_of_a_box_reach_the_ends(
    puppet: Puppet, clock: Clock, controls: Controls, takeover: Takeover
) -> None:
    smooth = controls.model_copy(update={"smoothing": 0.08, "takeover": takeover})
    with Link(puppet.socket.getsockname(), "127.0.0.1", 0, clock) as link:
        room = Room(puppet, link, clock, smooth)
        room.greet()
        for step in range(128):
            room.frame(box=[("level/homer", step / 127)])
        for slug in ("bible", "linux"):
            for step in range(127, -1, -1):
                room.frame(box=[(f"level/{slug}", step / 127)])
        room.pass_by(3.0)
    assert room.mixture == {"homer": 1.0}


def test_the_puck_of_a_control_is_laid_once_a_frame_at_both_coordinates(room: Room) -> None:
    room.frame(("puck/x", 0.5), ("puck/y", 0.0))
    [weights] = room.sent(wire.Weights)
    assert room.desk.puck == pytest.approx((0.0, -1.0))
    assert dict(weights.pairs)["bible"] == pytest.approx(1.0)
    room.frame(("puck/y", 0.5))
    assert room.desk.puck == pytest.approx((0.0, 0.0))


@pytest.mark.parametrize("hand", ["player", "box"])
def test_tempo_comes_in_the_engine_s_units_and_stays(room: Room, hand: str) -> None:
    moves = [("temperature", 0.25), ("pace", 1.0)]
    if hand == "box":
        room.frame(box=moves)
    else:
        room.frame(*moves)
    room.pass_by(GLIDE + 2 * ECHO)
    assert room.temperature == pytest.approx(LOW + 0.25 * (HIGH - LOW), abs=1e-3)
    assert room.pace == pytest.approx(30.0, abs=0.01)
    assert room.player.shown.temperature == pytest.approx(0.25, abs=1e-3)
    assert room.player.shown.pace == pytest.approx(1.0, abs=1e-3)
    assert room.answer() == [], "and then nothing more is said of it"


def test_tempo_from_another_hand_moves_what_controls_are_shown(room: Room) -> None:
    room.temperature, room.pace = 1.2, 4.0
    room.answer()
    room.frame()
    room.frame()
    assert (room.player.shown.temperature, room.player.shown.pace) == pytest.approx((1.0, 0.0))
    assert room.sent(wire.Temperature) == room.sent(wire.Pace) == []


def test_a_tempo_that_the_settings_fix_stays_where_they_fix_it(
    puppet: Puppet, clock: Clock, controls: Controls
) -> None:
    fixed = controls.model_copy(update={"temperature": [0.7, 0.7]})
    with Link(puppet.socket.getsockname(), "127.0.0.1", 0, clock) as link:
        room = Room(puppet, link, clock, fixed)
        room.greet()
        room.frame(("temperature", 0.9))
        assert {round(m.value, 6) for m in room.sent(wire.Temperature)} == {0.7}


def test_buttons_do_something_when_they_go_down_and_nothing_when_they_are_let_go(
    room: Room,
) -> None:
    room.frame(("active/homer", 1.0))
    room.frame(("active/homer", 0.0))
    assert room.sent(wire.Active) == [wire.Active(("bible", "linux"))]
    room.frame(("alone/homer", 1.0), ("alone/homer", 0.0))
    assert room.sent(wire.Active) == [wire.Active(("bible", "homer", "linux"))]
    assert room.mixture == {"homer": 1.0}
    room.frame(("reset", 1.0), ("reset", 0.0))
    assert room.sent(wire.Reset) == [wire.Reset()]
    room.frame(("layout", 1.0), ("layout", 0.0))
    assert room.desk.layout == 1
    room.frame(("joint", 1.0))
    room.frame(("joint", 0.0))
    assert room.sent(wire.SetJoint) == [wire.SetJoint("log-linear"), wire.SetJoint("linear")]


def test_hold_stops_and_lets_go(room: Room) -> None:
    for on in (1, 0, 1):
        room.frame(("hold", 1.0))
        room.frame(("hold", 0.0))
        assert room.sent(wire.Hold) == [wire.Hold(on)]
        room.frame()
        assert room.player.shown.hold == bool(on)


@pytest.mark.parametrize("kind", ["level", "active", "alone"])
def test_a_style_that_is_not_here_is_passed_over(room: Room, kind: str) -> None:
    stood = room.desk.mixer.levels
    room.frame((f"{kind}/nobody", 1.0), box=[(f"{kind}/nobody", 1.0)])
    assert room.desk.mixer.levels == stood
    assert room.answer() == []


def test_the_same_frame_holds_many_moves_in_one_datagram(room: Room) -> None:
    room.frame(("level/trump", 0.5), ("temperature", 1.0), ("reset", 1.0))
    data = room.puppet.socket.recv(65_535)
    kinds = [type(message) for message in wire.decode(data, wire.INWARD)]
    assert kinds == [wire.Reset, wire.Temperature, wire.Active, wire.Weights]
    with pytest.raises(BlockingIOError):
        room.puppet.socket.recv(65_535)


# --- what is shown to controls -------------------------------------------------------------------


def test_controls_are_shown_how_things_stand(
    puppet: Puppet, clock: Clock, controls: Controls
) -> None:
    named = controls.model_copy(update={"faders": ["trump", "nobody", "bible"]})
    with Link(puppet.socket.getsockname(), "127.0.0.1", 0, clock) as link:
        room = Room(puppet, link, clock, named)
        room.greet()
        room.puppet.say(wire.Status("typing", "Typing.", 14.0, 1, 0, 0, 0, 1.0, "CPU"))
        room.frame()
        room.frame()
        shown = room.player.shown
        assert shown.now == clock.now
        assert shown.faders == ("trump", "bible", "homer", "linux")
        assert shown.active == ("bible", "homer", "linux")
        assert shown.levels == {"bible": 1.0, "homer": 0.0, "linux": 1.0, "trump": 0.0}
        assert shown.titles["trump"] == "Trump"
        assert shown.temperature == pytest.approx(0.5)
        assert shown.typing
        clock.now += 10.0
        room.frame()
        assert not room.player.shown.typing


def test_idle_is_since_the_last_hand_on_anything(room: Room) -> None:
    for moves in (("level/bible", 0.5), ("reset", 1.0), ("temperature", 0.1), ("layout", 1.0)):
        room.pass_by(2.0)
        assert room.player.shown.idle > 1.5
        room.frame(moves)
        room.frame()
        assert room.player.shown.idle <= 2 * FRAME
    room.pass_by(2.0)
    room.desk.set_level("linux", 0.5, room.clock.now)  # a finger
    assert room.desk.idle(room.clock.now) == 0.0


@pytest.mark.parametrize(
    "move", [("temperature", 0.9), ("level/linux", 0.3), ("hold", 1.0), ("active/linux", 1.0)]
)
def test_a_control_that_yields_is_no_hand_whatever_it_moves(
    room: Room, monkeypatch: pytest.MonkeyPatch, move: tuple[str, float]
) -> None:
    monkeypatch.setattr(Player, "yields", True)
    room.pass_by(2.0)
    room.frame(move)
    assert room.answer(), "it plays"
    room.pass_by(2.0)
    assert room.player.shown.idle > 3.9


def test_the_ghost_of_the_puck_is_only_who_lays_it(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Player, "yields", True)
    room.frame(("temperature", 0.9))
    assert not room.desk.ghost
    room.frame(("puck/x", 0.9))
    assert room.desk.ghost


# --- the ghost, and other hands ------------------------------------------------------------------


@pytest.fixture
def haunted(room: Room) -> Room:
    """Return a room in which the ghost has been about for a while."""
    room.pass_by(2.0)
    room.clock.now += 120.0
    room.answer()
    room.pass_by(4.0)
    assert room.desk.ghost
    return room


def test_the_ghost_moves_the_mixture_and_is_no_touch(haunted: Room) -> None:
    before = haunted.mixture
    haunted.pass_by(1.0)
    assert haunted.mixture != before
    assert haunted.player.shown.idle > 60.0
    assert haunted.desk.ghost


@pytest.mark.parametrize("move", [("level/linux", 0.3), ("puck/x", 0.2), ("reset", 1.0)])
def test_a_hand_silences_the_ghost_in_the_same_frame(
    haunted: Room, move: tuple[str, float]
) -> None:
    puck = haunted.desk.puck
    haunted.frame(move)
    assert not haunted.desk.ghost
    if move[0] == "reset":
        assert haunted.desk.puck == puck
    stood = haunted.desk.mixer.levels
    haunted.pass_by(5.0)
    assert haunted.desk.mixer.levels == stood
    assert not haunted.desk.ghost


def test_a_finger_silences_the_ghost_in_the_same_frame(haunted: Room) -> None:
    haunted.clock.now += FRAME
    haunted.desk.set_level("linux", 0.3, haunted.clock.now)
    stood = haunted.desk.mixer.levels
    haunted.desk.play(haunted.clock.now)
    assert not haunted.desk.ghost
    assert haunted.desk.mixer.levels == stood


def test_weights_of_another_hand_count_as_a_touch(room: Room) -> None:
    room.pass_by(10.0)
    assert room.player.shown.idle > 9.0
    room.mixture = {"homer": 1.0}
    room.answer()
    room.frame()
    assert room.player.shown.idle == 0.0
    assert room.desk.mixer.weights()["homer"] == 1.0
    assert room.sent(wire.Weights) == [], "it stands so already"


def test_weights_of_another_hand_silence_the_ghost_and_stand(haunted: Room) -> None:
    haunted.mixture = {"trump": 0.75, "bible": 0.25}
    haunted.active = ("bible", "trump")
    haunted.puppet.say(*haunted.stands())
    haunted.frame()
    assert not haunted.desk.ghost
    haunted.pass_by(5.0)
    assert not haunted.desk.ghost
    assert haunted.mixture == pytest.approx({"trump": 0.75, "bible": 0.25})
    assert haunted.desk.circle == ("bible", "trump")


def test_the_ghost_comes_although_the_engine_still_reports_what_stood(room: Room) -> None:
    room.pass_by(2.0)
    room.clock.now += 120.0
    room.answer()
    for _ in range(30):  # half a second in which the engine's reports are older
        room.puppet.say(*room.stands())
        room.frame()
    assert room.desk.ghost


def test_what_an_engine_reports_late_is_no_other_hand(room: Room) -> None:
    old = room.stands()
    room.frame(("level/homer", 0.5))
    level = room.desk.mixer.levels
    for _ in range(int(ECHO / FRAME) - 2):
        room.puppet.say(*old)
        room.frame()
    assert room.desk.mixer.levels == level


def test_nothing_moves_and_nothing_is_sent_while_nobody_does_anything(room: Room) -> None:
    room.pass_by(1.0)
    assert [m for m in room.answer() if not isinstance(m, wire.Subscribe)] == []

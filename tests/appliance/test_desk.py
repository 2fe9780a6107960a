"""What hands do to the desk and what it sends, with an engine whose words the test chooses."""

import pytest

from appliance import wire
from appliance.controls.faders import GLIDE
from appliance.settings import Controls
from appliance.stage.desk import ECHO
from appliance.stage.link import Link
from appliance.takeover import Takeover
from tests.desk_room import FRAME, STYLES, Player, Room, controls, room
from tests.puppet import Clock, Puppet

FIXTURES = (controls, room)
LOW, HIGH = 0.2, 1.2  # of the temperature, in the settings


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


def test_a_style_that_the_puck_lay_on_is_all_there_is_and_its_slider_brings_silence(
    room: Room,
) -> None:
    room.desk.move_puck(0.02, -0.96, room.clock.now)  # beside the first style's dot
    levels = room.desk.mixer.levels
    assert levels == {"bible": 1.0, "homer": 0.0, "linux": 0.0, "trump": 0.0}
    room.desk.set_level("bible", 0.0, room.clock.now)
    room.pass_by(2 * ECHO)
    assert room.mixture == {}

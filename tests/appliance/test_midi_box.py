"""A box as it is played, on bytes: maps, banks, buttons, motors."""

from pathlib import Path

import pytest

from appliance.controls.control import Event, Shown
from appliance.controls.faders import GLIDE
from appliance.controls.midi_box import ECHO, OFTEN, QUIET, Box
from appliance.controls.midi_maps import is_role, ready_for, ready_maps, roles_of
from appliance.controls.midi_messages import Key, Reader
from appliance.controls.mixer import Mixer

STYLES = tuple("abcdefghijklmnopqrstuvwx")
NANO = "nanoKONTROL2"


def cc(number: int, value: int, channel: int = 0) -> tuple[int, ...]:
    return (0xB0 | channel, number, value)


def press(box: Box, *message: int, styles: tuple[str, ...] = STYLES) -> list[Event]:
    down = box.take((message[0], message[1], 127), 0.0, styles)
    box.take((message[0], message[1], 0), 0.0, styles)
    return down


def nano() -> Box:
    return Box(NANO, ready=ready_for(NANO))


def what(events: list[Event]) -> list[tuple[str, float]]:
    return [(event.what, round(event.value, 3)) for event in events]


# --- maps ---------------------------------------------------------------------------------------


def test_every_ready_map_names_its_source_and_that_no_device_was_there() -> None:
    assert len(ready_maps()) == 3
    for ready in ready_maps():
        assert ready.source and ready.untested
        assert len([role for role in ready.roles.values() if "/" not in role[6:]]) >= 8
        assert any(role.startswith("bank/") for role in ready.roles.values())


@pytest.mark.parametrize(
    ("port", "title"),
    [
        ("nanoKONTROL2", "Korg nanoKONTROL2"),
        ("APC mini mk2 Contr", "Akai APC mini mk2"),
        ("X-Touch-Ext X-TOUCH_INT", "Behringer X-Touch Extender"),
        ("nanoKONTROL Studio", None),
        ("MPKmini2", None),
    ],
)
def test_a_ready_map_is_found_by_the_ports_name(port: str, title: str | None) -> None:
    ready = ready_for(port)
    assert (ready.title if ready else None) == title


def test_a_map_that_cannot_be_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "boxes.toml"
    text = '[x]\ntitle="X"\nports=["x"]\nsource="s"\nuntested=true\nfaders=[]\nroles={cc1="volume"}'
    path.write_text(text)
    with pytest.raises(ValueError, match="X: 'volume' is no role"):
        ready_maps(path)


@pytest.mark.parametrize(
    ("role", "good"),
    [
        *[(r, True) for r in ("fader/1", "fader/24/alone", "fader/3/touch", "bank/next", "bank/3")],
        *[(r, True) for r in ("level/linux", "active/linux", "reset", "puck/x", "temperature")],
        *[(r, False) for r in ("fader", "fader/0", "fader/1/x", "bank/0", "level/", "volume", "")],
    ],
)
def test_what_a_role_is(role: str, good: bool) -> None:
    assert is_role(role) is good


def test_what_was_learned_is_never_overruled() -> None:
    ready = ready_for(NANO)
    learned = {"1/cc0": "reset", "1/cc99": "fader/2"}
    roles = roles_of(learned, ready, (), 0)
    assert roles["1/cc0"] == "reset" and roles["1/cc99"] == "fader/2"
    assert "cc1" not in roles  # another plays fader 2 now
    assert roles["cc2"] == "fader/3"
    assert roles_of({"1/cc9": "fader/1"}, None, ["1/cc1", "1/cc2"]) == {"1/cc9": "fader/1"}
    assert roles_of({"1/cc9": "bank/next"}, None, ["1/cc1"]) == {
        "1/cc9": "bank/next",
        "1/cc1": "fader/1",
    }


# --- faders -------------------------------------------------------------------------------------


def test_a_fader_plays_its_style_on_any_channel() -> None:
    box = nano()
    assert what(box.take(cc(2, 127), 1.0, STYLES)) == [("level/c", 1.0)]
    assert what(box.take(cc(2, 0, channel=4), 2.0, STYLES)) == [("level/c", 0.0)]
    assert "fader 3 at 0.00" in box.last
    assert what(box.take(cc(16, 127), 2.0, STYLES)) == [("temperature", 1.0)]
    assert box.take(cc(99, 1), 2.0, STYLES) == []


def test_banks_reach_all_styles_and_a_fader_beyond_the_last_plays_none() -> None:
    box = nano()
    styles = STYLES[:20]
    assert box.plays(styles) == {style: str(n) for n, style in enumerate("abcdefgh", 1)}
    press(box, 0xB0, 59, styles=styles)
    press(box, 0xB0, 59, styles=styles)
    assert box.plays(styles) == {"q": "1", "r": "2", "s": "3", "t": "4"}
    assert box.take(cc(4, 100), 0.0, styles) == []
    press(box, 0xB0, 59, styles=styles)
    assert box.bank == 0
    press(box, 0xB0, 58, styles=styles)
    assert what(box.take(cc(0, 127), 0.0, styles)) == [("level/q", 1.0)]


def test_a_fader_that_returns_to_a_bank_is_a_new_hand_and_so_takes_over() -> None:
    box = nano()
    (before,) = box.take(cc(0, 100), 0.0, STYLES)
    press(box, 0xB0, 59)
    press(box, 0xB0, 58)
    (after,) = box.take(cc(0, 99), 0.0, STYLES)
    assert before.what == after.what == "level/a"
    assert before.hand == "nanoKONTROL2 fader 1" != after.hand


def test_buttons_act_once_when_they_go_down() -> None:
    box = nano()
    assert what(press(box, 0xB0, 34)) == [("alone/c", 1.0)]
    assert what(press(box, 0xB0, 48)) == [("active/a", 1.0)]
    down = box.take(cc(45, 127), 0.0, STYLES)
    held = box.take(cc(45, 126), 0.0, STYLES)
    up = box.take(cc(45, 0), 0.0, STYLES)
    assert (what(down), held, what(up)) == ([("reset", 1.0)], [], [("reset", 0.0)])


def test_a_note_is_a_button() -> None:
    box = Box("pads", learned={"10/note36": "bank/2", "10/note37": "level/e", "10/note38": "hold"})
    assert what(press(box, 0x99, 38)) == [("hold", 1.0)]
    assert what(box.take((0x99, 37, 90), 0.0, STYLES)) == [("level/e", 1.0)]


def test_a_style_that_may_not_play_is_not_moved() -> None:
    box = Box("x", learned={"1/cc1": "level/secret", "1/cc2": "alone/secret"})
    assert box.take(cc(1, 100), 0.0, STYLES) == []
    assert press(box, 0xB0, 2) == []


def test_pitch_bend_faders_are_14_bit_faders() -> None:
    box = Box("x", learned={f"{n}/bend": f"fader/{n}" for n in range(1, 9)})
    (event,) = box.take((0xE7, 1, 0), 0.0, STYLES)
    assert (event.what, event.value) == ("level/h", 1 / 16383)


# --- a box that nobody has described ------------------------------------------------------------


def test_an_unknown_box_plays_at_once_in_the_order_of_its_numbers() -> None:
    box = Box("any box")
    assert what(box.take(cc(20, 64), 0.0, STYLES)) == [("level/a", round(64 / 127, 3))]
    box.take(cc(22, 64), 0.0, STYLES)
    box.take(cc(21, 64), 0.0, STYLES)
    assert box.seen == ("1/cc20", "1/cc22", "1/cc21")
    assert what(box.take(cc(22, 127), 0.0, STYLES)) == [("level/c", 1.0)]
    again = Box("any box", seen=box.seen)  # after a restart
    assert what(again.take(cc(21, 0), 0.0, STYLES)) == [("level/b", 0.0)]


def test_its_buttons_and_notes_are_no_faders_until_they_are_learned() -> None:
    box = Box("any box")
    for message in (cc(64, 127), cc(64, 0), (0x90, 60, 64), (0x80, 60, 0)):
        assert box.take(message, 0.0, STYLES) == []
    assert box.roles == {}


def test_the_settings_say_how_many_faders_are_guessed() -> None:
    box = Box("any box", faders=2)
    for number in (1, 2, 3):
        box.take(cc(number, 50), 0.0, STYLES)
    assert box.plays(STYLES) == {"a": "1", "b": "2"}


def test_a_flood_of_controls_is_bounded() -> None:
    box = Box("noise")
    for number in range(120):
        for channel in range(16):
            box.take(cc(number, 50, channel), 0.0, STYLES)
    assert len(box.seen) == 64


# --- motors -------------------------------------------------------------------------------------


def shown(now: float, **levels: float) -> Shown:
    everything = dict.fromkeys(STYLES, 0.0) | levels
    return Shown(now=now, faders=STYLES, levels=everything)


def sent(box: Box, state: Shown) -> dict[str, float]:
    reader = Reader(False)
    return dict(filter(None, (reader.read(message) for message in box.answers(state))))


def test_motors_and_rings_are_put_where_things_stand_and_only_what_changes_is_sent() -> None:
    box = Box("x", ready=ready_for("X-Touch-Ext"))
    first = sent(box, shown(0.0, a=1.0))
    assert first["1/cc70"] == 1.0 and first["1/cc71"] == 0.0
    assert first["1/cc80"] == pytest.approx(0.5, abs=0.01)  # temperature, a ring
    assert not [key for key in first if "note" in key]
    assert sent(box, shown(1.0, a=1.0)) == {}
    assert sent(box, shown(2.0, a=0.5)) == {"1/cc70": pytest.approx(0.5, abs=0.01)}
    assert sent(box, shown(2.0 + OFTEN / 2, a=0.6)) == {}  # thirty a second at most
    assert sent(box, shown(2.0 + 2 * OFTEN, a=0.6)) != {}


def test_a_motor_does_not_pull_at_the_hand_that_moves_it() -> None:
    box = Box("x", ready=ready_for("X-Touch-Ext"))
    sent(box, shown(0.0))
    box.take(cc(70, 100), 10.0, STYLES)
    assert sent(box, shown(10.1, a=0.3)) == {}  # the level glides to where the hand is
    assert sent(box, shown(10.0 + QUIET, a=100 / 127)) == {}
    assert sent(box, shown(20.0, a=0.2)) == {"1/cc70": pytest.approx(0.2, abs=0.01)}


def test_a_motor_rests_while_a_hand_lies_on_it() -> None:
    box = Box("x", learned={"1/cc70": "fader/1", "1/note110": "fader/1/touch"})
    sent(box, shown(0.0))
    assert box.take((0x90, 110, 127), 1.0, STYLES) == []
    assert sent(box, shown(5.0, a=0.7)) == {}
    box.take((0x90, 110, 0), 6.0, STYLES)
    assert sent(box, shown(6.1, a=0.7)) == {}
    assert sent(box, shown(6.0 + QUIET, a=0.7)) == {"1/cc70": pytest.approx(0.7, abs=0.01)}


def test_a_box_that_sends_back_what_it_was_sent_is_no_hand() -> None:
    box = Box("x", learned={"1/cc70": "fader/1"})
    (message,) = box.answers(shown(1.0, a=0.5))
    assert box.take(message, 1.1, STYLES) == []
    assert len(box.take(cc(70, 90), 1.2, STYLES)) == 1
    assert len(box.take(message, 1.3 + ECHO, STYLES)) == 1


@pytest.mark.parametrize("role", ["temperature", "level/c"])
def test_a_control_that_has_learned_something_does_nothing_else(role: str) -> None:
    box = Box("x", ready=ready_for("X-Touch-Ext"), learned={"1/cc70": role})
    assert "a" not in box.plays(STYLES)  # no fader plays it any more
    first = sent(box, shown(0.0, a=1.0, c=0.5))
    assert first["1/cc70"] == pytest.approx(0.5, abs=0.01)
    assert "1/cc70" not in sent(box, shown(1.0, a=0.2, c=0.5))  # what the map had there moves


def test_motors_of_14_bits_are_sent_14_bits() -> None:
    box = Box("x", learned={"1/cc7": "fader/1", "2/bend": "fader/2"}, pairs=True)
    box.take(cc(7, 10), 0.0, STYLES)
    box.take(cc(39, 10), 0.0, STYLES)
    messages = list(box.answers(shown(9.0, a=1.0, b=0.5)))
    assert [m[:2] for m in messages] == [b"\xb0\x07", b"\xb0\x27", b"\xe1\x00"]
    assert messages[0][2] == messages[1][2] == 127


def test_turning_the_bank_takes_the_motors_along() -> None:
    box = Box("x", ready=ready_for("X-Touch-Ext"))
    sent(box, shown(0.0, a=1.0, i=0.5))
    press(box, 0x90, 9)
    assert sent(box, shown(1.0, a=1.0, i=0.5)) == {"1/cc70": pytest.approx(0.5, abs=0.01)}
    box.plug_in()
    assert len(sent(box, shown(2.0, a=1.0, i=0.5))) == 12  # the box has forgotten


def test_the_channel_of_an_answer_is_the_boxs_own() -> None:
    box = Box("x", ready=ready_for("X-Touch-Ext"))
    box.take(cc(70, 5, channel=3), 0.0, STYLES)
    assert "4/cc70" in sent(box, shown(9.0, a=1.0))


def test_keys_of_ready_maps_hold_on_any_channel() -> None:
    assert all(Key.parse(key).channel == 0 for ready in ready_maps() for key in ready.roles)


# --- on the mixer -------------------------------------------------------------------------------


def test_a_fader_wakes_a_style_and_comes_back_to_a_bank_without_a_jump() -> None:
    mixer, box = Mixer(), nano()
    mixer.offer(STYLES)

    def move(value: int, now: float) -> float:
        for event in box.take(cc(0, value), now, STYLES):
            mixer.move(event.what.partition("/")[2], event.value, event.hand, now)
        mixer.advance(now)
        return mixer.levels["a"]

    assert "a" not in mixer.active
    move(127, 0.0)
    mixer.advance(1.0)
    assert "a" in mixer.active and mixer.levels["a"] == 1.0
    press(box, 0xB0, 59)  # the next bank: the same fader plays the style i now
    move(0, 2.0)
    mixer.advance(3.0)
    press(box, 0xB0, 58)
    assert mixer.levels["a"] == 1.0
    assert move(12, 4.0) == 1.0  # the fader stands far below, and begins to take over
    mixer.advance(4.0 + GLIDE)
    assert mixer.levels["a"] == pytest.approx(12 / 127)

import argparse
import json
import logging
import sys
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import gpiozero.pins  # type: ignore[import-untyped]  # no stubs
import pytest
from gpiozero import Device
from gpiozero.pins.mock import MockFactory  # type: ignore[import-untyped]  # as above
from pydantic import ValidationError

from appliance.commands import learn_faders
from appliance.controls import keep
from appliance.controls.control import Event, Shown
from appliance.controls.faders import Faders
from appliance.controls.gpio import Gpio
from appliance.controls.gpio_parts import lit
from appliance.controls.hands import switched_on
from appliance.settings import Loaded
from appliance.takeover import Takeover
from tests.appliance.mcp3008 import PI5, Mcp3008, mock_pins

STYLES = tuple(f"style{n:02}" for n in range(1, 25))
PATIENCE = 30.0  # seconds


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("STATE_DIRECTORY", str(tmp_path))
    monkeypatch.delenv("GPIOZERO_PIN_FACTORY", raising=False)
    return keep.place("gpio")


@pytest.fixture
def pins() -> Iterator[MockFactory]:
    with mock_pins() as factory:
        yield factory


def gpio_with(**settings: Any) -> Gpio:
    return Gpio(Gpio.Settings.model_validate(settings))


class Plinth:
    """A control, the chips that it reads, and the time."""

    def __init__(self, pins: MockFactory, *addresses: str, **settings: Any) -> None:
        self.pins = pins
        self.chips = {address: Mcp3008(address, pins) for address in addresses or ("0.0",)}
        self.chip = next(iter(self.chips.values()))
        self.gpio = gpio_with(chips=list(self.chips), **settings)
        self.now = 100.0
        self.shown: dict[str, Any] = {"faders": STYLES}

    def pass_by(self, seconds: float = 0.1, step: float = 0.01) -> list[Event]:
        """Let the thread's work be done for some time; return what a frame then finds."""
        for _ in range(round(seconds / step)):
            self.now += step
            self.gpio.sample(self.now)
        return list(self.gpio.poll(Shown(now=self.now, **self.shown)))

    def levels(self, seconds: float = 0.1, step: float = 0.01) -> dict[str, float]:
        return {event.what: event.value for event in self.pass_by(seconds, step)}

    def press(self, pin: int) -> None:
        self.pins.pin(pin).drive_low()

    def let_go(self, pin: int) -> None:
        self.pins.pin(pin).drive_high()

    def turn(self, clicks: int, a: int = 22, b: int = 27) -> None:
        first, second = (a, b) if clicks > 0 else (b, a)
        for _ in range(abs(clicks)):
            self.press(first)
            self.press(second)
            self.let_go(first)
            self.let_go(second)


@pytest.fixture
def plinth(pins: MockFactory) -> Iterator[Callable[..., Plinth]]:
    made: list[Plinth] = []

    def make(*addresses: str, **settings: Any) -> Plinth:
        made.append(Plinth(pins, *addresses, **settings))
        return made[-1]

    yield make
    for one in made:
        one.gpio.close()


# --- faders -------------------------------------------------------------------------------------


def test_where_the_faders_stand_at_power_on_is_not_told(plinth: Callable[..., Plinth]) -> None:
    box = plinth()
    box.chip.put(0.0, 0.3, 1.0, 0.7)
    assert box.pass_by() == []


def test_a_fader_plays_its_style_when_it_is_moved(plinth: Callable[..., Plinth]) -> None:
    box = plinth()
    box.chip.put(0.0, 0.3)
    box.pass_by()
    box.chip.put(0.0, 0.5)
    (event,) = box.pass_by()
    assert event.what == "level/style02" and event.hand == "fader 2" and event.when == box.now
    assert event.value == pytest.approx(0.5, abs=0.01)
    box.chip.put(0.0, 1.0)
    assert box.levels() == {"level/style02": 1.0}
    box.chip.put(0.0, 0.0)
    assert box.levels() == {"level/style02": 0.0}
    assert box.gpio.plays()["style02"] == "2"
    assert "fader 2, to 0.00" in box.gpio.health().sentence


def test_twenty_four_faders_on_both_buses(plinth: Callable[..., Plinth]) -> None:
    box = plinth("0.0", "0.1", "1.2")
    box.pass_by()
    for number, chip in enumerate(box.chips.values()):
        chip.counts[number + 1] = 1023
    assert box.levels() == {"level/style02": 1.0, "level/style11": 1.0, "level/style20": 1.0}
    assert box.gpio.health().well
    assert "24 faders on MCP3008 0.0, 0.1, 1.2" in box.gpio.health().sentence


def test_noise_of_two_counts_is_no_hand(plinth: Callable[..., Plinth]) -> None:
    box = plinth(faders=3)
    box.chip.put(0.02, 0.5, 1.0)
    box.chip.noise = 2
    assert box.pass_by(0.5) == []


def test_no_more_faders_than_are_wired(plinth: Callable[..., Plinth]) -> None:
    box = plinth("0.0", "0.1", faders=9)
    box.pass_by()
    for way in (0.5, 1.0):  # all at once, but not faster than a hand
        for chip in box.chips.values():
            chip.put(*[way] * 8)
        assert len(box.levels()) == 9


def test_bank_buttons_reach_the_rest(plinth: Callable[..., Plinth]) -> None:
    box = plinth(buttons={"next": 12, "previous": 16})
    box.pass_by()
    for bank, style in ((1, "style10"), (2, "style18"), (3, "style02")):
        box.press(12)
        assert box.pass_by(0.02) == []
        box.let_go(12)
        box.chip.counts[1] = 1023 if bank % 2 else 0
        assert list(box.levels()) == [f"level/{style}"]
    box.press(16)
    box.pass_by(0.02)
    assert box.gpio.plays()["style18"] == "2"


def test_a_fader_beyond_the_last_style_plays_nothing(plinth: Callable[..., Plinth]) -> None:
    box = plinth()
    box.shown = {"faders": STYLES[:2]}
    box.pass_by()
    box.chip.put(0.0, 0.0, 1.0)
    assert box.pass_by() == []


# --- what goes away comes back ------------------------------------------------------------------


def test_a_chip_that_fails_comes_back_and_the_other_plays_on(
    plinth: Callable[..., Plinth], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "appliance.controls")
    box = plinth("0.0", "0.1", faders=9)
    box.pass_by()
    box.chips["0.0"].broken = True
    box.chips["0.1"].put(1.0)
    assert box.levels(5.0, 0.25) == {"level/style09": 1.0}
    health = box.gpio.health()
    assert not health.well
    assert "the chip 0.0 cannot be used (SPI transfer error)" in health.sentence
    box.chips["0.0"].broken = False
    box.chips["0.0"].put(1.0)  # moved while nobody could see it: it rests there
    assert box.levels(2.5, 0.25) == {}
    assert box.gpio.health().well
    box.chips["0.0"].put(0.0)
    assert box.levels() == {"level/style01": 0.0}
    assert [record.levelname for record in caplog.records] == ["WARNING", "INFO"]


def test_a_chip_that_does_not_answer_is_no_hand(
    plinth: Callable[..., Plinth],
) -> None:
    box = plinth("0.0", "0.1", faders=9)
    box.chips["0.1"].put(0.4)
    box.pass_by()
    box.chips["0.1"].silent = True
    assert box.pass_by() == []
    assert "chip 0.1 cannot be used (it does not answer): look at" in box.gpio.health().sentence
    box.chips["0.1"].silent = False
    box.pass_by(2.5, 0.25)
    assert box.gpio.health().well


@pytest.mark.parametrize("end", [0, 1023])
def test_a_box_that_is_unplugged_leaves_the_mixture_as_it_is(
    plinth: Callable[..., Plinth], caplog: pytest.LogCaptureFixture, end: int
) -> None:
    caplog.set_level(logging.INFO, "appliance.controls")
    box = plinth(faders=4)
    stood = [300, 600, 480, 400] if end else [300, 600, 480, 700]
    box.chip.counts[:4] = stood
    box.pass_by()
    box.chip.counts[:4] = [end] * 4
    assert box.pass_by(0.5) == []
    assert not box.gpio.health().well and "plug their box in" in box.gpio.health().sentence
    box.chip.counts[:4] = stood
    assert box.pass_by(0.5) == []
    box.chip.counts[1] = 1023
    assert box.levels() == {"level/style02": 1.0}
    assert [record.levelname for record in caplog.records] == ["WARNING", "INFO"]


def test_health_doubts_a_chip_that_reads_nothing(plinth: Callable[..., Plinth]) -> None:
    box = plinth("0.0", "0.1")
    box.chips["0.1"].put(0.5)
    box.pass_by()
    health = box.gpio.health()
    assert health.well
    assert "all faders of chip 0.0 read 0" in health.sentence
    assert "chip 0.1 read" not in health.sentence


def test_without_the_pins_it_says_so_once_and_the_piece_goes_on(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(Device, "pin_factory", None)
    monkeypatch.delitem(sys.modules, "gpiozero.pins.lgpio", raising=False)
    monkeypatch.setitem(sys.modules, "lgpio", None)
    gpio = gpio_with(chips=["0.0", "0.1"])
    for second in range(10):
        gpio.sample(float(second))
    assert list(gpio.poll(Shown(now=10.0, faders=STYLES))) == []
    health = gpio.health()
    assert not health.well
    assert health.sentence.count("lgpio") >= 1 and health.sentence.count("the pins") == 1
    assert "take gpio out of controls.on" in health.sentence
    assert len(caplog.records) == 1
    gpio.close()


def test_a_pin_that_two_things_want_is_named(plinth: Callable[..., Plinth]) -> None:
    box = plinth(buttons={"reset": 5, "hold": 5})
    box.chip.put(0.0)
    box.pass_by()
    assert "GPIO5" in box.gpio.health().sentence and not box.gpio.health().well
    box.chip.put(1.0)
    assert box.levels() == {"level/style01": 1.0}  # the faders do not mind


# --- learned ends -------------------------------------------------------------------------------


def test_learned_ends_are_taken_while_it_runs(plinth: Callable[..., Plinth], state: Path) -> None:
    box = plinth("0.1", faders=2)
    box.chip.counts[:2] = [100, 900]
    box.pass_by()
    keep.write(state, {"faders": {"0.1/0": [100, 900], "0.1/1": [900, 100]}})
    assert box.pass_by(1.5) == []  # new ends are no hand
    assert "not learned" not in box.gpio.health().sentence
    box.chip.counts[:2] = [900, 500]
    assert box.levels(0.5) == {"level/style01": 1.0, "level/style02": pytest.approx(0.5, abs=0.01)}
    box.chip.counts[:2] = [900, 100]
    assert box.levels() == {"level/style02": 1.0}  # this one is wired the other way round


@pytest.mark.parametrize(
    "faders",
    [
        [1, 2],
        {"0.0/0": [500, 510]},
        {"0.0/0": [0]},
        {"0.0/0": ["0", "1023"]},
        {"0.0/0": [-5, 4000]},
    ],
)
def test_what_makes_no_sense_was_never_learned(
    plinth: Callable[..., Plinth], state: Path, faders: object
) -> None:
    keep.write(state, {"faders": faders})
    box = plinth(faders=1)
    box.pass_by()
    assert "1 not learned yet" in box.gpio.health().sentence
    box.chip.put(1.0)
    assert box.levels() == {"level/style01": 1.0}


def test_a_fader_that_is_wired_the_other_way_round(plinth: Callable[..., Plinth]) -> None:
    box = plinth("0.0", "0.1", faders=10, inverted=[2, 10])
    box.pass_by()
    for way in (0.5, 1.0):
        box.chips["0.0"].put(way, 0.5)
        box.chips["0.1"].put(way, way)
        levels = box.levels(0.5)
    assert levels == {"level/style01": 1.0, "level/style09": 1.0, "level/style10": 0.0}


def learn(monkeypatch: pytest.MonkeyPatch, *steps: Callable[[], None], **words: Any) -> int:
    left = list(steps)
    monkeypatch.setattr("builtins.input", lambda _: left.pop(0)())
    monkeypatch.setattr(learn_faders, "APART", 0.0)
    args = argparse.Namespace(settings=None, **{"list": False, "forget": None, **words})
    return learn_faders.run(args)


def test_learning_the_faders(
    pins: MockFactory,
    state: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    chip = Mcp3008("0.0", pins, noise=1)

    def bottom() -> None:
        chip.counts = [12, 1010, 30, 30, 30, 30, 30, 400]

    def top() -> None:
        chip.counts = [1005, 20, 999, 999, 999, 999, 999, 420]

    keep.write(state, {"faders": {"0.0/7": [5, 1000]}})
    assert learn(monkeypatch, bottom, top) == 0
    said = capsys.readouterr().out
    assert "fader 8: from 4" in said and "hardly moved" in said
    kept = json.loads(state.read_text())["faders"]
    assert kept["0.0/0"] == pytest.approx([12, 1005], abs=1)
    assert kept["0.0/1"] == pytest.approx([1010, 20], abs=1)
    assert kept["0.0/7"] == [5, 1000]  # left as it was
    assert learn(monkeypatch, list=True) == 0
    assert "chip 0.0, channel 1: from 10" in capsys.readouterr().out
    assert learn(monkeypatch, forget="0.1") == 2
    assert learn(monkeypatch, forget="0.0") == 0
    capsys.readouterr()
    assert learn(monkeypatch, list=True) == 0
    assert capsys.readouterr().out == ""


def test_learning_that_is_broken_off_leaves_everything(
    pins: MockFactory, state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Mcp3008("0.0", pins)

    def gone() -> None:
        raise EOFError

    assert learn(monkeypatch, gone) == 1
    assert not state.exists()


def test_learning_from_a_chip_that_does_not_answer_is_one_sentence(
    pins: MockFactory,
    state: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    Mcp3008("0.0", pins).silent = True
    assert learn(monkeypatch, lambda: None) == 1
    assert capsys.readouterr().err.startswith("The faders cannot be read (it does not answer)")
    assert not state.exists()


def test_learning_without_pins_is_one_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(Device, "pin_factory", None)
    monkeypatch.delitem(sys.modules, "gpiozero.pins.lgpio", raising=False)
    monkeypatch.setitem(sys.modules, "lgpio", None)
    assert learn(monkeypatch) == 1
    said = capsys.readouterr().err
    assert said.startswith("The pins cannot be used") and said.count("\n") == 1


# --- buttons, encoder, light --------------------------------------------------------------------


def test_buttons_go_down_and_are_let_go(plinth: Callable[..., Plinth]) -> None:
    box = plinth()
    assert box.pass_by() == []
    for name, pin in (("reset", 5), ("layout", 6), ("hold", 13)):
        box.press(pin)
        assert [(e.what, e.value) for e in box.pass_by(0.02)] == [(name, 1.0)]
        box.let_go(pin)
        assert [(e.what, e.value) for e in box.pass_by(0.02)] == [(name, 0.0)]


def test_a_button_that_is_stuck_does_not_begin_a_new_text_at_every_start(
    plinth: Callable[..., Plinth],
) -> None:
    box = plinth()
    box.pins.pin(5).drive_low()
    box.gpio._panel.front.pressed = lambda: frozenset({"reset"})  # type: ignore[method-assign]  # stuck
    assert box.pass_by() == []


@pytest.mark.parametrize("what", ["temperature", "pace"])
def test_the_encoder_moves_from_where_the_value_stands(
    plinth: Callable[..., Plinth], what: str
) -> None:
    box = plinth(encoder_moves=what, faders=1)
    box.pass_by()
    box.shown |= {what: 0.6}
    box.turn(2)
    assert [(e.what, e.value) for e in box.pass_by(0.02)] == [(what, 0.6), (what, 0.64)]
    box.shown |= {what: 0.61}  # still gliding there
    box.turn(1)
    assert [e.value for e in box.pass_by(0.02)] == [0.61, pytest.approx(0.66)]
    box.pass_by(1.5, 0.25)
    box.shown |= {what: 0.3}  # another hand has set it since
    box.turn(-1)
    assert [e.value for e in box.pass_by(0.02)] == [0.3, pytest.approx(0.28)]
    box.turn(-60)
    assert [e.value for e in box.pass_by(0.02)] == [0.3, 0.0]


@pytest.mark.parametrize("takeover", list(Takeover))
def test_every_click_counts_however_values_are_taken_over(
    plinth: Callable[..., Plinth], takeover: Takeover
) -> None:
    box = plinth(encoder_step=0.05, faders=1)
    tempo = Faders(0.0, takeover)
    tempo.offer(["temperature"])
    tempo.all["temperature"].put(0.5, "osc")
    box.pass_by()
    for _ in range(4):
        box.shown |= {"temperature": tempo.all["temperature"].level}
        box.turn(1)
        for event in box.pass_by(0.02):
            tempo.move("temperature", event.value, event.hand, box.now)
        tempo.advance(box.now)
    tempo.advance(box.now + 1.0)
    assert tempo.all["temperature"].level == pytest.approx(0.7)


@pytest.mark.parametrize(
    ("typing", "since_frame", "on"),
    [(True, 0.0, {True}), (False, 0.0, {True, False}), (True, 60.0, {True, False})],
)
def test_the_light_is_steady_while_the_piece_runs_and_else_blinks_slowly(
    typing: bool, since_frame: float, on: set[bool]
) -> None:
    states = [lit(typing, since_frame, t / 100) for t in range(1000)]
    assert set(states) == on
    changes = sum(a != b for a, b in pairwise(states))
    assert changes / 2 / 10.0 <= 2.0  # flashes a second


def test_the_light_is_written_when_it_changes_and_goes_out_at_the_end(
    plinth: Callable[..., Plinth],
) -> None:
    box = plinth(faders=1)
    pin = box.pins.pin(26)
    box.pass_by(0.02)
    box.pass_by(0.02)
    pin.clear_states()
    box.pass_by(2.5, 0.25)
    assert [state.state for state in pin.states] == [True]  # steady
    box.shown |= {"typing": False}
    box.pass_by(0.02)
    pin.clear_states()
    box.pass_by(4.0, 0.25)
    assert len(pin.states) in (5, 6)  # a second on, a second off
    box.shown |= {"typing": True}
    box.pass_by(0.02)
    box.pass_by(0.02)
    assert pin.state
    box.gpio.close()
    assert pin.function == "input"


# --- the lifecycle ------------------------------------------------------------------------------


def test_the_thread_reads_and_ends(pins: MockFactory) -> None:
    chip = Mcp3008("0.0", pins)
    gpio = gpio_with(rate=250.0)
    with gpio:
        assert chip.asked.wait(PATIENCE)
        thread = gpio._thread
        assert thread is not None and thread.is_alive()
        gpio.poll(Shown(now=1.0, faders=STYLES))
    assert not thread.is_alive()
    assert pins.pin(5).function == "input" and Device.pin_factory is pins
    gpio.close()
    chip.asked.clear()
    gpio.open()  # and once more
    assert chip.asked.wait(PATIENCE)
    gpio.close()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_thread_that_died_is_said_to_the_hands(
    pins: MockFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    gpio = gpio_with()
    monkeypatch.setattr(gpio, "_recall", lambda _: 1 / 0)
    gpio.open()
    assert gpio._thread is not None
    gpio._thread.join(PATIENCE)
    with pytest.raises(RuntimeError, match="its thread has ended"):
        gpio.poll(Shown(now=1.0))
    gpio.close()


def test_it_is_switched_on_by_the_settings(tmp_path: Path) -> None:
    site = tmp_path / "site.toml"
    site.write_text(
        '[controls]\non = ["gpio"]\n[gpio]\nchips = ["0.0", "1.1"]\nbuttons = { next = 12 }\n'
        "encoder = []\nlight = 0\n"
    )
    controls, faults = switched_on(Loaded.read(site))
    gpio = controls["gpio"]
    assert isinstance(gpio, Gpio) and not faults
    assert gpio.takes_over and gpio.faders == 16


@pytest.mark.parametrize(
    "wrong",
    [
        {"chips": ["0.2"]},
        {"chips": ["2.0"]},
        {"chips": [0]},
        {"faders": 41},
        {"encoder": [22]},
        {"encoder": [1, 2, 3]},
        {"encoder_moves": "puck/x"},
        {"buttons": {"joint": 5}},
        {"buttons": {"reset": 28}},
        {"light": -1},
        {"rate": 1000.0},
        {"dead_bands": 0.1},
    ],
)
def test_settings_that_cannot_be(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Gpio.Settings.model_validate(wrong)


# --- as on a Pi 5 -------------------------------------------------------------------------------


class Lg:
    """What gpiozero's own driver for the Pi 5 calls of lgpio, with chips behind it."""

    BOTH_EDGES, RISING_EDGE, FALLING_EDGE = 3, 1, 2
    SET_PULL_NONE, SET_PULL_UP, SET_PULL_DOWN = 128, 32, 64

    class error(Exception):  # noqa: N801, N818  # as lgpio calls it
        pass

    def __init__(self) -> None:
        self.buses: set[int] = set()  # those that are switched on
        self.counts = 700
        self.handles: list[tuple[int, int]] = []
        self.lights: list[tuple[int, bool]] = []

    def spi_open(self, port: int, select: int, _baud: int, _flags: int) -> int:
        if port not in self.buses:
            raise self.error("'can not open SPI device'")
        self.handles.append((port, select))
        return len(self.handles) - 1

    def spi_xfer(self, _handle: int, sent: list[int]) -> tuple[int, bytes]:
        assert sent[0] == 1 and sent[1] & 0x8F == 0x80 and len(sent) == 3
        return 3, bytes([0xFF, 0xF8 | self.counts >> 8, self.counts & 0xFF])

    def gpio_get_mode(self, _chip: int, pin: int) -> int:
        return 2 if pin == 26 else 0

    def gpio_read(self, *_: int) -> int:
        return 1

    def gpio_write(self, _chip: int, pin: int, on: bool) -> None:
        self.lights.append((pin, on))

    def callback(self, *_: object) -> SimpleNamespace:
        return SimpleNamespace(cancel=lambda: None)

    def __getattr__(self, name: str) -> Callable[..., int]:
        if name.startswith(("gpio", "spi_close")):
            return lambda *_: 0
        raise AttributeError(name)


@pytest.fixture
def lg(monkeypatch: pytest.MonkeyPatch) -> Iterator[Lg]:
    stand_in = Lg()
    monkeypatch.setattr(Device, "pin_factory", None)
    monkeypatch.setitem(sys.modules, "lgpio", stand_in)
    monkeypatch.delitem(sys.modules, "gpiozero.pins.lgpio", raising=False)
    monkeypatch.setattr("gpiozero.pins.local.get_pi_revision", lambda: int(PI5, 16))
    yield stand_in
    if Device.pin_factory is not None:
        Device.pin_factory.close()
    sys.modules.pop("gpiozero.pins.lgpio", None)
    vars(gpiozero.pins).pop("lgpio", None)


def test_both_buses_are_the_kernels_own_and_no_pin_is_switched_one_by_one(lg: Lg) -> None:
    lg.buses = {0, 1}
    gpio = gpio_with(chips=["0.0", "0.1", "1.0", "1.2"], faders=25)
    for n in range(10):
        gpio.sample(n * 0.01)
    assert sorted(lg.handles) == [(0, 0), (0, 1), (1, 0), (1, 2)]
    lg.counts = 1023
    for n in range(10, 20):
        gpio.sample(n * 0.01)
    events = list(gpio.poll(Shown(now=0.2, faders=STYLES)))
    assert [event.value for event in events] == [1.0] * 24
    assert (26, True) in lg.lights
    gpio.close()


def test_spi_that_is_not_switched_on_is_said_with_its_remedy(lg: Lg) -> None:
    lg.buses = {0}
    gpio = gpio_with(chips=["0.0", "1.0"])
    for second in range(6):
        gpio.sample(float(second))
    health = gpio.health()
    assert not health.well
    assert "the chip 1.0 cannot be used" in health.sentence
    assert "dtoverlay=spi1-3cs" in health.sentence and "chip 0.0" not in health.sentence
    lg.buses = {0, 1}
    for second in range(6, 10):
        gpio.sample(float(second))
    assert gpio.health().well
    gpio.close()

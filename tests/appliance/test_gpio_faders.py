"""Faders on the pins, and chips that go away and come back."""

import logging
import sys
from collections.abc import Callable

import pytest
from gpiozero import Device  # type: ignore[import-untyped]  # no stubs

from appliance.controls.control import Shown
from tests.plinth import STYLES, Plinth, gpio_with, pins, plinth, state

FIXTURES = (pins, plinth, state)


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

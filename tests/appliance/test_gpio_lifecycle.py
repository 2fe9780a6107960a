"""The pins' thread and settings, and gpiozero's own driver as on a Pi 5."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import gpiozero.pins  # type: ignore[import-untyped]  # no stubs
import pytest
from gpiozero import Device
from gpiozero.pins.mock import MockFactory  # type: ignore[import-untyped]  # as above
from pydantic import ValidationError

from appliance.controls.control import Shown
from appliance.controls.gpio import Gpio
from appliance.controls.hands import switched_on
from appliance.settings import Loaded
from tests.appliance.mcp3008 import PI5, Mcp3008
from tests.plinth import STYLES, gpio_with, pins, state

FIXTURES = (pins, state)
PATIENCE = 30.0  # seconds


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
        {"chips": ["0.0", "0.1", "0.0"]},
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
    # gpiozero's own way out, by switching pins one by one, is not taken.
    assert "the chip 1.0 cannot be used (" in health.sentence
    assert "can not open SPI device" in health.sentence
    assert "dtoverlay=spi1-3cs" in health.sentence and "chip 0.0" not in health.sentence
    lg.buses = {0, 1}
    for second in range(6, 10):
        gpio.sample(float(second))
    assert gpio.health().well
    gpio.close()

"""A plinth: faders, buttons and a light on pins that are none."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from gpiozero.pins.mock import MockFactory  # type: ignore[import-untyped]  # no stubs

from appliance.controls import keep
from appliance.controls.control import Event, Shown
from appliance.controls.gpio import Gpio
from tests.appliance.mcp3008 import Mcp3008, mock_pins

STYLES = tuple(f"style{n:02}" for n in range(1, 25))


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return where learned ends are kept, in a folder of the test's own."""
    monkeypatch.setenv("STATE_DIRECTORY", str(tmp_path))
    monkeypatch.delenv("GPIOZERO_PIN_FACTORY", raising=False)
    return keep.place("gpio")


@pytest.fixture
def pins() -> Iterator[MockFactory]:
    """Return pins that a test drives."""
    with mock_pins() as factory:
        yield factory


def gpio_with(**settings: Any) -> Gpio:
    """Return a control that is not open yet."""
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
    """Return a maker of plinths: addresses of their chips, and settings."""
    made: list[Plinth] = []

    def make(*addresses: str, **settings: Any) -> Plinth:
        made.append(Plinth(pins, *addresses, **settings))
        return made[-1]

    yield make
    for one in made:
        one.gpio.close()

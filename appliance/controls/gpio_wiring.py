"""What is wired to the Pi's header, through gpiozero: converters, buttons, an encoder, a light.

A device is opened, used and closed by one thread; what goes wrong is raised as gpiozero raises it.
The wiring is drawn in docs/faders.md.
"""

import os
import warnings
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from importlib import import_module
from types import ModuleType
from typing import Any

import numpy as np

from appliance.controls.conditioning import Floats

CHANNELS = 8  # of an MCP3008
BOUNCE = 0.02  # seconds in which a button's contacts may chatter
# The header's two SPI buses: clock, MOSI, MISO, and the selects CE0, CE1 …, as GPIO numbers.
BUSES: Mapping[int, tuple[int, int, int, tuple[int, ...]]] = {
    0: (11, 10, 9, (8, 7)),
    1: (21, 20, 19, (18, 17, 16)),
}
ENABLE = {
    0: "switch SPI on with `sudo raspi-config nonint do_spi 0` and start the Pi anew",
    1: "write dtoverlay=spi1-3cs into /boot/firmware/config.txt and start the Pi anew",
}


class Wired(ABC):
    """Something on the header."""

    name = ""  # as it is called in front of the technician
    remedy = ""  # what to do when it cannot be opened

    def __init__(self) -> None:
        self._held = ExitStack()

    @abstractmethod
    def open(self) -> None:
        """Take hold of the device; whatever gpiozero and its pins raise if that fails."""

    def close(self) -> None:
        """Let the device go; a second call does nothing."""
        held, self._held = self._held, ExitStack()
        held.close()


class Chip(Wired):
    """An MCP3008: eight faders on one chip select (Microchip DS21295)."""

    def __init__(self, address: str, count: int = CHANNELS) -> None:
        """Take the address "bus.select", such as "0.1", and how many channels have faders."""
        super().__init__()
        bus, select = (int(part) for part in address.split("."))
        clock, mosi, miso, selects = BUSES[bus]
        self.address, self.count = address, count
        self.name, self.remedy = f"chip {address}", ENABLE[bus]
        self._pins = {
            "clock_pin": clock,
            "mosi_pin": mosi,
            "miso_pin": miso,
            "select_pin": selects[select],
        }
        self._spi: Any = None

    def open(self) -> None:
        """Take the chip select; an error where SPI is not switched on."""
        gpiozero = _gpiozero()
        _know_both_buses()
        with warnings.catch_warnings():
            # gpiozero would go on by switching the pins one by one, which takes the stage's time.
            warnings.simplefilter("error", gpiozero.SPISoftwareFallback)
            # Not gpiozero.MCP3008: eight of these share one device by a register from which a
            # closed one that is collected late strikes the one that has replaced it.
            self._spi = gpiozero.Device.pin_factory.spi(**self._pins)
        self._held.callback(self._spi.close)

    def read(self) -> Floats:
        """Return what the channels read, shape (count,), 0 to 1023; OSError if nobody answers."""
        counts = np.zeros(self.count)
        for channel in range(self.count):
            # DS21295, figure 6-1: start bit; single-ended and channel; ten bits after a null bit.
            _, high, low = self._spi.transfer([0x01, 0x80 | channel << 4, 0x00])
            if high & 0x04:
                raise OSError("it does not answer")
            counts[channel] = (high & 0x03) << 8 | low
        return counts

    def close(self) -> None:
        """Let the chip go."""
        self._spi = None
        super().close()


class Front(Wired):
    """Buttons and an encoder that close to ground, and the light that says the piece is running."""

    name = "front panel"
    remedy = "check the pins under gpio in the settings, and that nothing else uses them"

    def __init__(self, buttons: Mapping[str, int], encoder: Sequence[int], light: int) -> None:
        """Take GPIO numbers: of each button by name, of the encoder's A and B if any, or 0."""
        super().__init__()
        self._buttons_at, self._encoder_at, self._light_at = dict(buttons), encoder, light
        self._buttons: dict[str, Any] = {}
        self._encoder: Any = None
        self._light: Any = None

    def open(self) -> None:
        """Take the pins."""
        gpiozero = _gpiozero()
        with ExitStack() as opening:
            self._buttons = {
                name: opening.enter_context(gpiozero.Button(pin, bounce_time=BOUNCE))
                for name, pin in self._buttons_at.items()
                if pin
            }
            if self._encoder_at:
                encoder = gpiozero.RotaryEncoder(*self._encoder_at, max_steps=0)
                self._encoder = opening.enter_context(encoder)
            if self._light_at:
                self._light = opening.enter_context(gpiozero.LED(self._light_at))
            self._held = opening.pop_all()

    def pressed(self) -> frozenset[str]:
        """Return the names of the buttons that are down."""
        return frozenset(name for name, button in self._buttons.items() if button.is_pressed)

    def steps(self) -> int:
        """Return by how many clicks the encoder was turned to the right since it was opened."""
        return 0 if self._encoder is None else int(self._encoder.steps)

    def shine(self, on: bool) -> None:
        """Switch the light."""
        if self._light is not None:
            self._light.value = on

    def close(self) -> None:
        """Let the pins go; the light goes out."""
        self._buttons, self._encoder, self._light = {}, None, None
        super().close()


class NoPinsError(Exception):
    """There are no pins here that gpiozero could drive; the message says why."""


def _gpiozero() -> ModuleType:
    """Return gpiozero with its pins, through lgpio unless someone has chosen otherwise."""
    try:
        gpiozero = import_module("gpiozero")
        device: Any = gpiozero.Device
        if device.pin_factory is None:
            if "GPIOZERO_PIN_FACTORY" in os.environ:
                device.ensure_pin_factory()
            else:
                # Left alone, gpiozero would fall back to drivers that do not know the Pi 5.
                device.pin_factory = import_module("gpiozero.pins.lgpio").LGPIOFactory()
    except Exception as error:
        raise NoPinsError(str(error) or type(error).__name__) from error
    return gpiozero


def _know_both_buses() -> None:
    """Let gpiozero's table of hardware buses have the second one, which it lacks in 2.0.1.

    Without it a chip there would be read by switching pins one by one (gpiozero's issue 1016).
    """
    table = import_module("gpiozero.pins.data").SPI_HARDWARE_PINS
    for bus, (clock, mosi, miso, selects) in BUSES.items():
        table.setdefault(
            bus,
            {
                "clock": f"GPIO{clock}",
                "mosi": f"GPIO{mosi}",
                "miso": f"GPIO{miso}",
                "select": tuple(f"GPIO{select}" for select in selects),
            },
        )

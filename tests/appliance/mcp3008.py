"""An MCP3008 on the mock pins of gpiozero, bit by bit (Microchip DS21295, figure 5-1)."""

import gc
import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from gpiozero import Device  # type: ignore[import-untyped]  # no stubs
from gpiozero.pins.mock import MockFactory, MockSPIDevice  # type: ignore[import-untyped]  # no stubs

from appliance.controls.gpio_wiring import BUSES

PI5 = "c04170"  # revision of a board


@contextmanager
def mock_pins() -> Iterator[MockFactory]:
    """Let gpiozero drive the pins of a Raspberry Pi 5 that is not there."""
    Device.pin_factory = MockFactory(revision=PI5)
    try:
        yield Device.pin_factory
    finally:
        Device.pin_factory.close()
        Device.pin_factory = None
        # A shared bus of gpiozero that dies later would strike its successor from the register.
        gc.collect()


class Mcp3008(MockSPIDevice):  # type: ignore[misc]  # its base has no types
    """Eight channels that read what the test has put there."""

    def __init__(self, address: str, factory: MockFactory, noise: int = 0) -> None:
        bus, select = (int(part) for part in address.split("."))
        clock, mosi, miso, selects = BUSES[bus]
        super().__init__(clock, mosi, miso, selects[select], pin_factory=factory)
        self.counts = [0] * 8
        self.noise = noise  # counts, up and down
        self.broken = False  # the bus fails
        self.silent = False  # nobody answers, and the line is high
        self.asked = threading.Event()
        self._random = random.Random(1)

    def put(self, *ways: float) -> None:
        """Put the first faders somewhere on their way, 0 to 1."""
        self.counts[: len(ways)] = [round(way * 1023) for way in ways]

    def on_start(self) -> None:
        super().on_start()
        self.asked.set()
        if self.broken:
            raise OSError("SPI transfer error")

    def on_bit(self) -> None:
        bits = self.rx_buf
        if self.broken or 1 not in bits:
            return
        command = bits[bits.index(1) :]
        if len(command) != 5:  # start, single-ended, D2, D1, D0
            return
        assert command[1], "differential readings are not for faders"
        channel = int("".join(str(int(bit)) for bit in command[2:]), 2)
        off = self._random.randint(-self.noise, self.noise)
        counts = min(1023, max(0, self.counts[channel] + off))
        self.tx_word(
            0xFFF if self.silent else counts, 12
        )  # one clock to sample, the null bit, ten bits

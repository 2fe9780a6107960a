"""GPIO: the plinth's own faders, buttons, encoder and light, wired to the Pi's header.

A thread of its own reads the faders a hundred times a second and conditions them; a frame takes
what has moved since. A fader speaks when it is moved, and not because the power came on: after a
power cut the piece goes on with the mixture that it had, wherever the faders were left, and the
next hand takes over from there. docs/faders.md shows the wiring.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, Field, StringConstraints

from appliance.controls import keep
from appliance.controls.banks import banks, playing
from appliance.controls.control import Control, Event, Health, Shown
from appliance.controls.gpio_parts import Box, Panel, lit
from appliance.controls.gpio_wiring import CHANNELS, Chip, Front
from appliance.settings import Table

LOOK = 1.0  # seconds between two looks for newly learned ends
GOES_ON = 1.0  # seconds for which an encoder goes on from where it was turned to
ENDED = 5.0  # seconds that the thread may take to end
BANKS = {"next": 1, "previous": -1}

log = logging.getLogger("appliance.controls")

Address = Annotated[str, StringConstraints(pattern=r"^(0\.[01]|1\.[012])$")]
Pin = Annotated[int, Field(ge=0, le=27)]
Named = Literal["reset", "layout", "hold", "next", "previous"]


def _both_or_none(pins: list[int]) -> list[int]:
    if len(pins) not in (0, 2):
        raise ValueError("an encoder has two pins, A and B, or [] where there is none")
    return pins


def _each_once(addresses: list[str]) -> list[str]:
    if len(set(addresses)) < len(addresses):
        raise ValueError("a chip is named twice: each has a chip select of its own")
    return addresses


class Gpio(Control):
    """Faders on MCP3008 chips, a rotary encoder, buttons, and the light of a running piece."""

    class Settings(Table):
        """What is wired where; pins are GPIO numbers."""

        chips: Annotated[list[Address], AfterValidator(_each_once)] = Field(
            default=["0.0"],
            description="SPI bus and chip select of each MCP3008, in the faders' order",
        )
        faders: int = Field(
            default=0, ge=0, le=40, description="that are wired; 0: eight for each chip"
        )
        inverted: list[int] = Field(
            default=[],
            description="faders that are wired the other way round, until they are learned",
        )
        smoothing: float = Field(
            default=0.02, ge=0, le=1, description="seconds, of the readings' average"
        )
        dead_band: float = Field(
            default=0.02, ge=0, le=0.2, description="of a fader's way, at both ends"
        )
        still: float = Field(
            default=0.005, ge=0.001, le=0.05, description="of the range: what moves less is at rest"
        )
        rate: float = Field(default=100.0, ge=20, le=250, description="readings a second")
        buttons: dict[Named, Pin] = Field(
            default={"reset": 5, "layout": 6, "hold": 13},
            description="pin of each button: reset, layout, hold, and next, previous bank",
        )
        encoder: Annotated[list[Pin], AfterValidator(_both_or_none)] = Field(
            default=[22, 27], description="pins A and B of the rotary encoder; []: there is none"
        )
        encoder_moves: Literal["temperature", "pace"] = Field(
            default="temperature", description='"temperature" or "pace"'
        )
        encoder_step: float = Field(
            default=0.02, ge=0.001, le=0.5, description="of the way, for a click"
        )
        light: Pin = Field(
            default=26, description="pin of the light that says the piece runs; 0: none"
        )

    settings: Settings
    takes_over: ClassVar[bool] = True

    def __init__(self, settings: Settings, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(settings)
        self._clock = clock
        self._boxes = [
            Box(
                chip,
                tuple(n - 1 - at * CHANNELS for n in settings.inverted if n > at * CHANNELS),
                smoothing=settings.smoothing,
                band=settings.dead_band,
                still=settings.still,
            )
            for at, chip in enumerate(chips(settings))
        ]
        buttons = {str(name): pin for name, pin in settings.buttons.items()}
        self._panel = Panel(Front(buttons, settings.encoder, settings.light))
        self._faults: dict[str, str] = {}
        self._kept: Path | None = None
        self._kept_of = -1  # when what is known of it was written, nanoseconds; 0: not at all
        self._look_at = 0.0
        self._thread: threading.Thread | None = None
        self._stop = threading.Event()
        # What passes between the thread and the frames, under the lock.
        self._lock = threading.Lock()
        self._moved: dict[int, float] = {}  # by fader from 0
        self._presses: list[tuple[str, bool]] = []
        self._clicks = 0
        self._typing, self._frames = False, 0
        # Of the thread alone.
        self._frames_seen, self._frame_at = 0, 0.0
        # Of the frames alone.
        self._bank = 0
        self._shown: tuple[str, ...] = ()
        self._last = ""
        self._aim, self._aimed_at = 0.0, -GOES_ON

    @property
    def faders(self) -> int:
        """How many faders there are."""
        return sum(box.chip.count for box in self._boxes)

    def open(self) -> None:
        """Begin to read, on a thread of its own."""
        self.close()
        self._stop = threading.Event()
        self._thread = threading.Thread(
            target=self._run, args=(self._stop,), name="gpio", daemon=True
        )
        self._thread.start()

    def close(self) -> None:
        """Stop reading and let the pins go; the light goes out. A second call does nothing."""
        self._stop.set()
        thread, self._thread = self._thread, None
        if thread is not None:
            thread.join(ENDED)
            if thread.is_alive():  # it still has the pins, and lets them go when it can
                return
        self._release()

    def sample(self, now: float) -> None:
        """Read everything once, at `now` seconds; what the thread does again and again."""
        self._recall(now)
        with self._lock:
            typing, frames = self._typing, self._frames
        if frames != self._frames_seen:
            self._frames_seen, self._frame_at = frames, now
        self._panel.light = lit(typing, now - self._frame_at, now)
        for part in (*self._boxes, self._panel):
            part.tend(now)
        with self._lock:
            first = 0
            for box in self._boxes:
                self._moved |= {first + channel: at for channel, at in box.moved.items()}
                box.moved.clear()
                first += box.chip.count
            self._presses += self._panel.presses
            self._clicks += self._panel.clicks
            self._panel.presses, self._panel.clicks = [], 0
        self._tell_edges()

    def poll(self, shown: Shown) -> Iterable[Event]:
        """Return what was moved; RuntimeError if the thread has died, so that it is begun anew."""
        if self._thread is not None and not self._thread.is_alive():
            raise RuntimeError("its thread has ended")
        with self._lock:
            moved, self._moved = self._moved, {}
            presses, self._presses = self._presses, []
            clicks, self._clicks = self._clicks, 0
            self._typing = shown.typing
            self._frames += 1
        self._shown = shown.faders
        events: list[Event] = []
        for name, down in presses:
            if name in BANKS:
                if down:
                    self._bank += BANKS[name]
                    self._bank %= banks(len(shown.faders), self.faders)
            else:
                events.append(Event(name, float(down), shown.now, "button"))
            self._last = f"the {name} button"
        styles = playing(shown.faders, self.faders, self._bank)
        for index, at in sorted(moved.items()):
            style = styles[index]
            self._last = f"fader {index + 1}, to {at:.2f}"
            if style is not None:
                events.append(Event(f"level/{style}", at, shown.now, f"fader {index + 1}"))
        if clicks:
            events += self._turn(clicks, shown)
        return events

    def health(self) -> Health:
        """Say which faders are read, what was moved last, and what is to be done."""
        faults = list(dict.fromkeys(self._faults.values()))
        if faults:
            return Health(f"gpio: {'; '.join(faults)}.", well=False)
        if self._boxes and all(box.counts is None for box in self._boxes):
            return Health("gpio: the pins are being opened.", looking=True)
        names = ", ".join(box.chip.address for box in self._boxes)
        said = [f"{self.faders} faders on MCP3008 {names}" if names else "no faders"]
        if self.settings.faders > self.faders:
            said.append(f"{self.settings.faders} are wished for: name more chips in gpio.chips")
        unlearned = self.faders - sum(box.learned for box in self._boxes)
        if unlearned:
            said.append(f"{unlearned} not learned yet, which `appliance learn faders` does")
        said += [doubt for box in self._boxes if (doubt := box.doubt())]
        said.append(f"last moved: {self._last or 'nothing yet'}")
        return Health(f"gpio: {'; '.join(said)}.")

    def plays(self) -> Mapping[str, str]:
        """Return the number of the fader that plays each style of this bank."""
        styles = playing(self._shown, self.faders, self._bank)
        return {style: str(n) for n, style in enumerate(styles, 1) if style is not None}

    def _turn(self, clicks: int, shown: Shown) -> list[Event]:
        """Return what moves a value by so many clicks from where it stands."""
        what = self.settings.encoder_moves
        stands: float = getattr(shown, what)
        # While the value still glides, the next click goes on from where the last one led.
        start = self._aim if shown.now - self._aimed_at < GOES_ON else stands
        self._aim = min(1.0, max(0.0, start + clicks * self.settings.encoder_step))
        self._aimed_at = shown.now
        self._last = f"the encoder, {what} to {self._aim:.2f}"
        # An encoder has no place of its own: it takes hold where the value stands, which every
        # kind of takeover grants, and moves it from there.
        return [Event(what, at, shown.now, "encoder") for at in (stands, self._aim)]

    def _run(self, stop: threading.Event) -> None:
        try:
            while not stop.wait(1.0 / self.settings.rate):
                self.sample(self._clock())
        finally:
            self._release()

    def _release(self) -> None:
        for part in (*self._boxes, self._panel):
            part.close()

    def _recall(self, now: float) -> None:
        """Take the learned ends when they were written anew."""
        if self._kept_of >= 0 and now < self._look_at:
            return
        self._look_at = now + LOOK
        self._kept = self._kept or keep.place("gpio")
        try:
            written = self._kept.stat().st_mtime_ns
        except OSError:
            written = 0
        if written == self._kept_of:
            return
        self._kept_of = written
        kept = keep.read(self._kept) if written else {}
        for box in self._boxes:
            box.learn(kept.get("faders"))

    def _tell_edges(self) -> None:
        """Log what has just failed and what has just come back, once each."""
        faults = {p.wired.name: p.fault for p in (*self._boxes, self._panel) if p.fault}
        fresh = [fault for name, fault in faults.items() if name not in self._faults]
        for fault in dict.fromkeys(fresh):
            log.warning("gpio: %s", fault)
        for name in self._faults:
            if name not in faults:
                log.info("gpio: the %s is back", name)
        self._faults = faults


def chips(settings: Gpio.Settings) -> list[Chip]:
    """Return the chips that the settings name, each with as many faders as it has."""
    left = settings.faders or CHANNELS * len(settings.chips)
    found = []
    for address in settings.chips:
        found.append(Chip(address, min(CHANNELS, left)))
        left -= found[-1].count
    return [chip for chip in found if chip.count]

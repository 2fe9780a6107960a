"""USB-MIDI: any class-compliant box of faders, knobs and buttons, by mido on python-rtmidi.

What a box's controls do is in midi_maps, what it has learned in midi_learned; docs/midi.md tells a
technician about both.
"""

import contextlib
import logging
import queue
import threading
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import ClassVar

from pydantic import Field

from appliance.controls import keep, midi_learned
from appliance.controls.control import Control, Event, Health, Shown
from appliance.controls.midi_box import Box
from appliance.controls.midi_learned import Learned, Learner, read_learned
from appliance.controls.midi_maps import is_continuous, is_role, ready_for, spoken
from appliance.controls.midi_ports import Device, Ports, RtMidi, System
from appliance.settings import Table

LOOK = 0.7  # seconds between two looks for boxes that came or went
ENDED = 2.0  # seconds for the thread to end; a driver may hold it longer, and no frame waits for it

log = logging.getLogger("appliance.controls")


class Midi(Control):
    """Plays the styles from every MIDI box that is plugged in."""

    class Settings(Table):
        """Which boxes play, with how many faders, and whether they are answered."""

        faders: int = Field(
            default=0, ge=0, le=64, description="faders of a box; 0: as many as it has"
        )
        ports: list[str] = Field(
            default=[], description="words of names of boxes to use; empty: all"
        )
        fine: list[str] = Field(
            default=[],
            description="words of names of boxes whose faders send pairs of control changes",
        )
        motors: bool = Field(default=True, description="whether motor faders and LED rings follow")
        api: str = Field(
            default="LINUX_ALSA",
            pattern="^(LINUX_ALSA|UNIX_JACK)$",
            description="the system's MIDI: LINUX_ALSA or UNIX_JACK",
        )

    settings: Settings
    takes_over: ClassVar[bool] = True

    def __init__(
        self, settings: Settings, *, path: Path | None = None, system: System | None = None
    ) -> None:
        super().__init__(settings)
        self._path = path or keep.place("midi")
        self._system = system
        self._ports: Ports | None = None
        self._thread: threading.Thread | None = None
        self._stop, self._wake = threading.Event(), threading.Event()
        self._fault = ""  # why there is no MIDI at all, one sentence
        self._kept = Learned()
        self._stamp: int | None = None  # of the file of what was learned
        self._to_keep: queue.SimpleQueue[tuple[str, ...]] = queue.SimpleQueue()
        self._devices: tuple[Device, ...] = ()
        self._boxes: dict[str, Box] = {}
        self._in_boxes = self._kept
        self._styles: Sequence[str] = ()
        self._learner = Learner()
        self._said: str | None = None

    def open(self) -> None:
        """Begin to look for boxes, on a thread of its own."""
        if self._thread is not None:
            return
        self.prepare()
        if self._ports is not None:
            self._stop = threading.Event()
            self._thread = threading.Thread(
                target=self._watch, args=(self._ports, self._stop), name="midi", daemon=True
            )
            self._thread.start()

    def prepare(self) -> None:
        """Load the library; if it is missing, health says so."""
        try:
            system = self._system or RtMidi(self.settings.api)
        except ImportError as error:
            self._fault = f"MIDI cannot play ({error}): install python3-rtmidi and start anew"
            log.warning("%s", self._fault)
            return
        self._fault = ""
        self._ports = Ports(system, only=self.settings.ports, motors=self.settings.motors)

    def look(self) -> None:
        """Look for boxes, keep what was learned, and read what another program has learned."""
        assert self._ports is not None
        self._look(self._ports)

    def _look(self, ports: Ports) -> None:
        self._keep_all()
        try:
            stamp = self._path.stat().st_mtime_ns
        except OSError:
            stamp = 0
        if stamp != self._stamp:
            self._stamp, self._kept = stamp, read_learned(self._path)
        ports.look()

    def close(self) -> None:
        """Let all boxes go, and keep what is not kept yet."""
        self._stop.set()
        self._wake.set()
        thread, self._thread = self._thread, None
        ports, self._ports = self._ports, None
        self._devices = ()
        if thread is not None:
            thread.join(ENDED)
        elif ports is not None:
            self._let_go(ports)

    def poll(self, shown: Shown) -> Iterable[Event]:
        """Return what was moved on any box, and send its motors where things stand.

        RuntimeError if the thread has died, so that it is begun anew.
        """
        if self._ports is None:
            return []
        if self._thread is not None and not self._thread.is_alive():
            raise RuntimeError("its thread has ended")
        self._styles = shown.faders
        self._renew(self._ports.devices)
        events: dict[tuple[str, str], Event] = {}
        heard = 0
        for device in self._devices:
            box = self._boxes[device.name]
            seen = box.seen
            for message in device.messages():
                for event in self._hear(box, message, shown):
                    # Only where a fader has come to in this frame matters, but each press does.
                    key = (event.what, event.hand if is_continuous(event.what) else str(heard))
                    heard += 1
                    events.pop(key, None)  # what was moved last comes last
                    events[key] = event
            if box.seen != seen:
                self._to_keep.put(("faders", box.name, *box.seen))
                self._wake.set()
            if device.answers:
                device.send(list(box.answers(shown)))
        return list(events.values())

    def health(self) -> Health:
        """Say which boxes play and what was moved last, or why there are none."""
        if self._fault:
            return Health(f"{self._fault}: install them.", well=False)
        if self._ports is None:
            return Health("MIDI is closed.")
        fault = self._ports.fault
        if not self._devices:
            if self._ports.unreachable:
                return Health(f"A MIDI box is plugged in, but {fault}.", well=False)
            why = f" ({fault})" if fault else ""
            return Health(f"No MIDI box is plugged in{why}; one is found within two seconds.")
        boxes = "; ".join(map(self._described, self._devices))
        return Health(f"MIDI: {boxes}{'; ' + fault if fault else ''}.", well=not fault)

    def plays(self) -> Mapping[str, str]:
        """Return for each style the number of its fader, after a letter where boxes are several."""
        found: dict[str, str] = {}
        for letter, device in zip("ABCDEFGHIJKLMNOPQRSTUVWXYZ", self._devices, strict=False):
            box = self._boxes[device.name]
            sign = letter if len(self._devices) > 1 else ""
            for style, label in box.plays(self._styles).items():
                found.setdefault(style, sign + label)
        return found

    def learn(self, what: str | None) -> bool:
        """Wait for the control that shall have a role; False if the role is none."""
        possible = what is None or is_role(what)
        self._learner.ask(what if what is not None and possible else "")
        return possible

    def learned(self) -> str | None:
        """Return, once, what was just learned."""
        said, self._said = self._said, None
        return said

    def _watch(self, ports: Ports, stop: threading.Event) -> None:
        while not stop.is_set():
            self._wake.clear()
            self._look(ports)
            self._wake.wait(LOOK)
        self._let_go(ports)

    def _let_go(self, ports: Ports) -> None:
        self._keep_all()
        ports.close()

    def _renew(self, devices: tuple[Device, ...]) -> None:
        """Take up boxes that came or went, and what was learned elsewhere."""
        kept = self._kept
        if devices is not self._devices:
            for device in devices:
                if device.name not in self._boxes:
                    self._boxes[device.name] = self._box(device.name)
                elif device not in self._devices:
                    self._boxes[device.name].plug_in()
            self._devices = devices
        if kept is not self._in_boxes:
            self._in_boxes = kept
            for name, box in self._boxes.items():
                box.remember(kept.faders.get(name, ()))
                box.learn(kept.of(name))

    def _box(self, name: str) -> Box:
        first, _, number = name.rpartition(" #")
        fine = any(word.casefold() in name.casefold() for word in self.settings.fine)
        return Box(
            name,
            ready=ready_for(name),
            learned=self._kept.of(name),
            seen=self._kept.faders.get(name, ()),
            faders=self.settings.faders,
            # The second of two like boxes plays the styles that follow the first one's.
            bank=int(number) - 1 if first and number.isdigit() else 0,
            pairs=True if fine else None,
        )

    def _hear(self, box: Box, message: Sequence[int], shown: Shown) -> list[Event]:
        role = self._learner.role
        if not role:
            return box.take(message, shown.now, shown.faders)
        # Whoever shows a fader to be learned does not play.
        moved = box.reader.read(message)
        if moved is None or not self._learner.hears(box.name, moved, shown.now):
            return []
        self._learner.ask("")
        box.learn({k: r for k, r in box.learned.items() if r != role} | {moved.key: role})
        self._to_keep.put(("role", box.name, moved.key, role))
        self._wake.set()
        self._said = f"{box.name}: {moved.key} is {spoken(role)} from now on"
        return []

    def _keep_all(self) -> None:
        with contextlib.suppress(queue.Empty):
            while True:
                self._keep(self._to_keep.get_nowait())

    def _keep(self, what: tuple[str, ...]) -> None:
        try:
            match what:
                case ("role", name, key, role):
                    midi_learned.bind(self._path, name, key, role)
                case ("faders", name, *keys):
                    midi_learned.keep_faders(self._path, name, tuple(keys))
        except OSError as error:
            log.warning("%s cannot be written (%s): it holds until the end", self._path, error)

    def _described(self, device: Device) -> str:
        box = self._boxes[device.name]
        count = max(1, -(-len(self._styles) // max(1, box.faders)))
        if box.learned:
            how = "learned"
        elif box.ready is not None:
            how = f"ready map {box.ready.title}"
        else:
            how = "nobody has described it: its faders play in the order of their numbers"
        last = f", last {box.last}" if box.last else ", not moved yet"
        faders = f"{box.faders} faders, bank {box.bank + 1} of {count}"
        return f"{device.name} ({how}), {faders}{last}"

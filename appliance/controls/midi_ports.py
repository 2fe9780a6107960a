"""The MIDI boxes that are plugged in: found, opened, missed and found again.

Nothing tells of a box that was pulled out: an open port stays open and silent, and stays so when
the box returns. So the ports are listed again and again, on a thread of their own, by clients that
stay: making one holds up all threads, for a tenth of a second where JACK is the system.
"""

import contextlib
import importlib
import logging
import re
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Protocol

SOUND = Path("/dev/snd")
MOST = 1_000  # messages of a box that are read in one frame
OWN = "rtmidi"  # in the names of this program's ports: whoever opened them would hear itself
NO_BOX = "midi through"  # a port of the system, which the settings may name all the same
ALSA_PLACE = re.compile(r" (\d+):\d+$")  # client and port number, which change from day to day
JACK_TWIN = re.compile(r"-\d\d$")  # what JACK adds to a second client of a name

log = logging.getLogger("appliance.controls")
Encode = Callable[[bytes], Any]  # mido's way from bytes to a message


class System(Protocol):
    """The MIDI of a machine."""

    def inputs(self) -> list[str]:
        """Return the names of the ports that send to us; any exception if there is no MIDI."""

    def outputs(self) -> list[str]:
        """Return the names of the ports that we can send to."""

    def open_input(self, name: str) -> Any:
        """Return an open input port of mido; any exception if it cannot be."""

    def open_output(self, name: str) -> Any:
        """Return an open output port of mido; any exception if it cannot be."""

    def encode(self, message: bytes) -> Any:
        """Return a message of mido."""


class RtMidi:
    """The MIDI of this machine, by mido on python-rtmidi; ImportError if one is missing."""

    def __init__(self, api: str, sound: Path = SOUND) -> None:
        mido = importlib.import_module("mido")
        self._rtmidi: Any = importlib.import_module("rtmidi")
        self._backend: Any = mido.Backend(f"mido.backends.rtmidi/{api}", load=True)
        self.open_input: Callable[[str], Any] = self._backend.open_input
        self.open_output: Callable[[str], Any] = self._backend.open_output
        self.encode: Encode = mido.Message.from_bytes
        self._api, self._sound = getattr(self._rtmidi, f"API_{api}"), sound
        self._alsa = api == "LINUX_ALSA"
        self._lists: dict[str, Any] = {}  # the clients that list, by their kind

    def inputs(self) -> list[str]:
        """Return the names of the ports that send to us; any exception if there is no MIDI."""
        return self._listed("MidiIn")

    def outputs(self) -> list[str]:
        """Return the names of the ports that we can send to."""
        return self._listed("MidiOut")

    def _listed(self, kind: str) -> list[str]:
        # ALSA's library would complain on standard error, each time.
        if self._alsa and not (self._sound / "seq").exists():
            raise OSError(f"{self._sound / 'seq'} is missing: the system has no ALSA sequencer")
        if kind not in self._lists:
            self._lists[kind] = getattr(self._rtmidi, kind)(self._api)
        return list(self._lists[kind].get_ports())


@dataclass(frozen=True, slots=True)
class PortName:
    """A port's name as the system gives it, taken apart."""

    client: str  # "nanoKONTROL2"
    place: str  # tells apart clients of one name, for as long as they are plugged in
    port: str  # "nanoKONTROL2 MIDI 1"

    @classmethod
    def parse(cls, text: str) -> "PortName":
        """Take a name of ALSA ("Box:Box MIDI 1 28:0") or JACK ("Box-01:midi out") apart."""
        found = ALSA_PLACE.search(text)
        client, _, port = (text[: found.start()] if found else text).partition(":")
        kind = client if found else JACK_TWIN.sub("", client)
        return cls(kind, found[1] if found else client, port)


def names_of(ports: Sequence[str], before: dict[str, str]) -> dict[str, str]:
    """Return a name for each port that stays the same in another socket, and after a restart.

    It is the client's name, and the port's where a client has several. Of two that are called the
    same, the second in the list is "#2"; a port that was there before keeps its name.
    """
    parsed = {port: PortName.parse(port) for port in ports}
    several = Counter((name.client, name.place) for name in parsed.values())
    found = {port: before[port] for port in ports if port in before}
    for port, name in parsed.items():
        if port in found:
            continue
        plain = name.client
        if several[name.client, name.place] > 1:
            own = name.port.removeprefix(name.client).strip()
            plain = f"{name.client} {own}".strip()
        taken, number = set(found.values()), 1
        while (called := plain if number == 1 else f"{plain} #{number}") in taken:
            number += 1
        found[port] = called
    return {port: found[port] for port in ports}


class Device:
    """An open box: its messages in, and out if it takes any."""

    def __init__(self, name: str, source: Any, encode: Encode) -> None:
        self.name = name
        self.wants_sink = True  # whether a way back is still to be opened
        self._source, self._encode = source, encode
        self._sink: Any = None
        self._lock = threading.Lock()  # one that sends, and one that closes

    def messages(self) -> Iterator[Sequence[int]]:
        """Yield the bytes of each message that has come, without waiting."""
        for message in islice(self._source.iter_pending(), MOST):
            yield message.bytes()

    def send(self, messages: Sequence[bytes]) -> None:
        """Send messages if the box takes any and is not just being closed."""
        if not messages or not self._lock.acquire(blocking=False):
            return
        try:
            for message in messages if self._sink is not None else ():
                self._sink.send(self._encode(message))
        except Exception as error:  # noqa: BLE001  # a driver's fault is never the piece's
            self._sink = None
            log.warning("MIDI: %s takes no messages (%s): it is not answered", self.name, error)
        finally:
            self._lock.release()

    def answer_by(self, sink: Any) -> None:
        """Take the open port on which the box can be sent something."""
        self._sink, self.wants_sink = sink, False

    @property
    def answers(self) -> bool:
        """Whether it can be sent anything."""
        return self._sink is not None

    def close(self) -> None:
        """Let both ports go."""
        with self._lock:
            sink, self._sink = self._sink, None
            for port in filter(None, (self._source, sink)):
                with contextlib.suppress(Exception):  # a server that has died says so in many ways
                    port.close()


class Ports:
    """All boxes at once, by the names that stay; `look` renews `devices`."""

    def __init__(
        self,
        system: System,
        *,
        only: Sequence[str] = (),
        motors: bool = True,
        sound: Path = SOUND,
    ) -> None:
        """Begin; `only` are words of the names of ports to use."""
        self.devices: tuple[Device, ...] = ()
        self.fault = ""  # why boxes cannot be found or opened, one clause
        self._system, self._sound = system, sound
        self._only, self._motors = only, motors
        self._names: dict[str, str] = {}  # by port
        self._open: dict[str, Device] = {}  # by port
        self._nodes: frozenset[tuple[str, int]] = frozenset()

    def look(self) -> None:
        """Open the boxes that have come, close those that went; raises nothing."""
        try:
            sources, sinks = self._listed()
        except Exception as error:  # noqa: BLE001  # its own SystemError, and whatever comes
            self._lose(f"the system lists no MIDI ports ({error})")
            return
        faults: list[str] = []
        known, nodes = set(self._names), self._plugged()
        # A box may have left and returned between two looks, under the very same name.
        again, self._nodes = nodes != self._nodes, nodes
        for port in [port for port in self._open if again or port not in sources]:
            device = self._open.pop(port)
            device.close()
            if port not in sources:
                log.info("MIDI: %s is gone", device.name)
        self._names = names_of(sources, self._names)
        ways = {name: port for port, name in names_of(sinks, self._names).items()}
        for port, name in self._names.items():
            try:
                if port not in self._open:
                    source = self._system.open_input(port)
                    self._open[port] = Device(name, source, self._system.encode)
                    if port not in known:
                        log.info("MIDI: %s is here", name)
                # The way back may appear later than the box.
                if name in ways and self._open[port].wants_sink:
                    self._open[port].answer_by(self._system.open_output(ways[name]))
            except Exception as error:  # noqa: BLE001  # as above
                faults.append(f"{name} cannot be opened ({error})")
        self._say("; ".join(faults))
        devices = tuple(sorted(self._open.values(), key=lambda device: device.name))
        if devices != self.devices:
            self.devices = devices

    def close(self) -> None:
        """Close every box."""
        self.devices = ()
        for device in self._open.values():
            device.close()
        self._open.clear()
        self._names.clear()

    @property
    def unreachable(self) -> bool:
        """Whether a box is plugged in, and the system has no way to it."""
        return bool(self.fault and self._plugged())

    def _listed(self) -> tuple[list[str], list[str]]:
        """Return the ports of boxes: those that send, and those that can be sent to."""
        sources = [port for port in self._system.inputs() if self._wanted(port)]
        sinks = self._system.outputs() if self._motors else []
        return sources, [port for port in sinks if self._wanted(port)]

    def _wanted(self, port: str) -> bool:
        name = port.casefold()
        if OWN in name:
            return False
        if self._only:
            return any(word.casefold() in name for word in self._only)
        return NO_BOX not in name

    def _plugged(self) -> frozenset[tuple[str, int]]:
        """Return the nodes of the MIDI devices, each with the time at which it was made."""
        try:
            return frozenset((n.name, n.stat().st_ctime_ns) for n in self._sound.glob("midi*"))
        except OSError:  # it went in between; the next look sees that
            return frozenset()

    def _lose(self, fault: str) -> None:
        # Closing a port of a JACK server that has died ends the whole process: it is let be.
        _lost.extend(self._open.values())
        self.devices = ()
        self._open.clear()
        self._names.clear()
        self._say(fault)

    def _say(self, fault: str) -> None:
        # Where nothing is plugged in, nobody misses anything.
        if fault and fault != self.fault and self._plugged():
            log.warning("MIDI: %s", fault)
        self.fault = fault


_lost: list[Device] = []  # never closed, see above

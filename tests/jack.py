"""A MIDI system of one's own: a JACK server without sound, and boxes that are programs."""

import importlib
import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

PATIENCE = 120.0  # seconds; on a loaded machine JACK lets its clients wait
MISSING = "" if shutil.which("jackd") else "jackd is not installed: apt install jackd2"


class FakeBox:
    """A box of faders on the JACK server: what it sends, and what its motors were sent."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.plug_in()

    def plug_in(self) -> None:
        """Appear, as if the cable had been plugged in."""
        rtmidi: Any = importlib.import_module("rtmidi")  # which has no types
        self._out = rtmidi.MidiOut(rtmidi.API_UNIX_JACK, name=self.name)
        self._out.open_virtual_port("out")
        self._in = rtmidi.MidiIn(rtmidi.API_UNIX_JACK, name=self.name)
        self._in.open_virtual_port("in")

    def send(self, *message: int) -> None:
        """Send one message to whoever listens."""
        self._out.send_message(list(message))

    def received(self) -> list[list[int]]:
        """Return what has come since the last time."""
        found = []
        while (message := self._in.get_message()) is not None:
            found.append(message[0])
        return found

    def unplug(self) -> None:
        """Vanish, as if the cable had been pulled."""
        for port in (self._out, self._in):
            port.close_port()
            port.delete()


@contextmanager
def jack_server(name: str) -> Iterator[None]:
    """Run a JACK server that makes no sound and needs no privilege."""
    environment = {"JACK_DEFAULT_SERVER": name, "JACK_NO_AUDIO_RESERVATION": "1"}
    os.environ.update(environment)
    # Shorter periods lose messages on a loaded machine.
    command = f"jackd --no-realtime --no-mlock -n {name} -t 5000 -ddummy -r 48000 -p 1024"
    with subprocess.Popen(
        command.split(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as server:
        try:
            until(answers, "the JACK server answers")
            yield
        finally:
            server.terminate()
            server.wait(PATIENCE)
            for key in environment:
                os.environ.pop(key)


def answers() -> bool:
    """Tell whether the JACK server is there."""
    rtmidi: Any = importlib.import_module("rtmidi")
    try:
        rtmidi.MidiIn(rtmidi.API_UNIX_JACK).delete()
    except rtmidi.SystemError:
        return False
    return True


def until(true: Callable[[], object], what: str) -> None:
    """Wait until something is true; AssertionError if it never is."""
    end = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < end, f"in vain: {what}"
        time.sleep(0.01)  # JACK calls nobody back; the wait is bounded above

"""Frames of hands from the Leap service, taken in on a thread of their own.

LeapC may wait for its service; the picture may not wait for LeapC. The connection is polled here
and not by the bindings' own thread: that one ends at an event which the bindings do not know, runs
hot while a closed connection answers at once, and closing it takes up to a second.
"""

import importlib
import math
import sys
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

WAIT = 0.1  # seconds that LeapC may wait for an event; a stop is noticed within that time
BREATH = 0.001  # seconds after an event that cannot be read, which may be followed by another
CONNECTING = 5.0  # seconds in which a service that runs has answered
ARRIVING = 1.0  # seconds in which a service that runs has named its device
QUIET = 3.0  # seconds without a frame; a device sends them even over no hand at all

SILENT = (
    "the Leap service does not answer{}: sudo systemctl restart libtrack_server (on a PC "
    "ultraleap-hand-tracking-service)."
)
HUNG = "the Leap library does not return: restart the stage."


@dataclass(frozen=True, slots=True)
class Palm:
    """One hand: where its palm is, and how closely it pinches."""

    hand: int  # LeapC's number, kept for as long as the hand is seen
    at: tuple[float, float, float]  # millimetres: x to the right, y up, z towards the visitor
    pinch: float  # 0 open to 1 closed


@dataclass(frozen=True, slots=True)
class Frame:
    """All hands of one moment."""

    when: float  # seconds of LeapC's own clock
    palms: tuple[Palm, ...]


@dataclass(frozen=True, slots=True)
class Seen:
    """What is known of bindings, service and device."""

    absent: str = ""  # why there are no bindings
    fault: str = ""  # what LeapC or the bindings said last where something went wrong
    connected: bool = False
    losses: int = 0  # how often the service has gone away
    devices: Mapping[int, str] = field(default_factory=dict)  # serial numbers, by LeapC's number
    failed: bool = False  # whether the device has reported a failure, and sent nothing since
    frames: int = 0  # how many have come
    frame: Frame | None = None  # the newest


class AbsentError(Exception):
    """Bindings that cannot be imported; the message says why."""


class Ear:
    """One connection to the service, from the import of the bindings to the closing."""

    def __init__(self) -> None:
        """Begin at once; nothing is raised, `seen` tells what came of it."""
        # A frozen value that only the thread replaces: a reader sees the old one or the new one.
        self.seen = Seen()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="leap", daemon=True)
        self._thread.start()

    @property
    def alive(self) -> bool:
        """Whether the thread has not ended yet."""
        return self._thread.is_alive()

    @property
    def stopping(self) -> bool:
        """Whether the thread was asked to end."""
        return self._stop.is_set()

    def stop(self) -> None:
        """Ask the thread to close the connection and end; this does not wait for it."""
        self._stop.set()

    def join(self, seconds: float) -> None:
        """Wait for the end of the thread, so long and no longer."""
        self._thread.join(seconds)

    def _run(self) -> None:
        try:
            self._listen(bindings())
        except AbsentError as error:
            self.seen = Seen(absent=str(error))
        except Exception as error:  # noqa: BLE001  # whatever LeapC refuses, another try follows
            self.seen = replace(self.seen, connected=False, devices={}, fault=said(error))

    def _listen(self, leap: Any) -> None:
        connection = leap.Connection()
        connection.connect(auto_poll=False)
        try:
            while not self._stop.is_set():
                try:
                    event = connection.poll(WAIT)
                except leap.exceptions.LeapTimeoutError:
                    continue
                except leap.LeapError as error:
                    # Not yet connected, or no longer: polling is also what connects.
                    self.seen = replace(self.seen, fault=said(error))
                    self._stop.wait(WAIT)
                    continue
                except (KeyError, ValueError):  # a newer service's event, which they cannot name
                    self._stop.wait(BREATH)
                    continue
                if event.type.name == "Connection":
                    connection.set_tracking_mode(leap.TrackingMode.Desktop)
                self.seen = after(self.seen, event)
        finally:
            connection.disconnect()


def after(seen: Seen, event: Any) -> Seen:
    """Return what is known after one event of the bindings."""
    match event.type.name:
        case "Connection":
            seen = replace(seen, connected=True, fault="")
        case "ConnectionLost":
            seen = Seen(losses=seen.losses + 1, frames=seen.frames)
        case "Device":
            devices = {**seen.devices, event.device.id: _serial(event.device)}
            seen = replace(seen, devices=devices, failed=False)
        case "DeviceLost":
            gone = event.device.id
            devices = {number: name for number, name in seen.devices.items() if number != gone}
            seen = replace(seen, devices=devices, failed=False, frame=None)
        case "DeviceFailure":
            seen = replace(seen, failed=True)
        case "Tracking":
            frame = Frame(event.timestamp * 1e-6, palms(event.hands))
            seen = replace(seen, failed=False, frames=seen.frames + 1, frame=frame)
    return seen


def standing(seen: Seen, *, ended: bool, since: float, quiet: float) -> tuple[str, str]:
    """Return in a word and in a sentence how the Leap is; empty while that is not yet known.

    `since` is the seconds since service or device came or went, `quiet` those since a frame came;
    `ended` tells that the connection was given up.
    """
    state = sentence = ""
    if seen.absent:
        state = "absent"
        sentence = f"no Leap Motion can be played ({seen.absent}): see docs/leap.md."
    elif ended or (not seen.connected and (seen.losses or since >= CONNECTING)):
        state, sentence = "silent", SILENT.format(f" ({seen.fault})" if seen.fault else "")
    elif seen.connected and seen.failed:
        state = "failed"
        sentence = "the Leap Motion reports a failure: unplug it and plug it in again."
    elif seen.connected and not seen.devices and since >= ARRIVING:
        state = "unplugged"
        sentence = "the Leap service runs, but without a Leap Motion: plug it in."
    elif seen.devices and quiet >= QUIET:
        state = "stalled"
        sentence = (
            "the Leap Motion sends no frames: unplug it and plug it in again, or else sudo "
            "systemctl restart libtrack_server."
        )
    elif seen.devices and seen.frame is not None:
        state = "well"
        sentence = " ".join(["Leap Motion", *filter(None, seen.devices.values()), "is there"])
    return state, sentence


def palms(hands: Any) -> tuple[Palm, ...]:
    """Return the bindings' hands as values; one whose place is not a number is left out."""
    found = []
    for hand in hands:
        at = hand.palm.position
        palm = Palm(int(hand.id), (float(at.x), float(at.y), float(at.z)), hand.pinch_strength)
        if all(map(math.isfinite, (*palm.at, palm.pinch))):
            found.append(palm)
    return tuple(found)


def bindings() -> Any:
    """Return Ultraleap's module `leap`; AbsentError says in half a sentence why there is none."""
    kept = list(sys.path)
    importlib.invalidate_caches()  # they may have been installed since the last look
    try:
        leap = importlib.import_module("leap")
    except ModuleNotFoundError as error:
        if error.name == "leap":
            raise AbsentError("the leap bindings are not installed") from None
        sys.path[:] = kept
        raise AbsentError(f"the leap bindings lack a module: {said(error)}") from None
    except Exception as error:  # noqa: BLE001  # without LeapC they raise a bare Exception
        # They have appended the SDK's folder, and would do so at each further try.
        sys.path[:] = kept
        raise AbsentError(f"the leap bindings cannot load LeapC: {said(error)}") from None
    if not hasattr(leap, "Connection"):
        raise AbsentError(f"{getattr(leap, '__file__', None)} is not Ultraleap's module leap")
    return leap


def said(error: Exception) -> str:
    """Return the first line of what an error says, or its name where it says nothing."""
    words = str(error)
    if error.args and isinstance(error.args[0], tuple):  # as the bindings make theirs
        words = " ".join(map(str, error.args[0]))
    return words.strip().split("\n")[0].rstrip(".")[:160] or type(error).__name__


def _serial(device: Any) -> str:
    try:
        with device.open():
            return str(device.get_info().serial)
    except Exception:  # noqa: BLE001  # a name is a courtesy: the device plays without one
        return ""

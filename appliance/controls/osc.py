"""OSC from outside, for simple patches and phones: a fader there is a fader here.

The engine's own port speaks the whole language of the piece; this one knows faders, puck and
buttons, each from 0 to 1 (`osc_words`), and answers, so that the faders of a phone follow. It hears
this machine, and others only if the settings name them.
"""

import contextlib
import logging
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field

from pydantic import Field

from appliance import senders
from appliance.controls import osc_words
from appliance.controls.control import Control, Event, Health, Shown
from appliance.osc import WireError
from appliance.settings import Table

LARGEST = 8_192  # bytes of a datagram, and of all that is obeyed in one frame
DATAGRAMS = 512  # taken from the socket in a frame, so that a flood does not stand in it
TRY_AGAIN = 2.0  # seconds until a port that was taken is tried again
LATELY = 60.0  # seconds for which whoever has spoken is answered
ANSWER_EVERY = 0.05  # seconds
ANSWERED = 8  # at once; who comes beyond them plays, and is not answered
HOLDS = 0.3  # seconds for which a fader is not moved under the finger that moved it
TELLS = 2e-3  # of a fader's way: less is not told

log = logging.getLogger("appliance.controls")
Sender = tuple[str, int]


@dataclass(slots=True)
class Listener:
    """Somebody who has spoken: when, where their faders stand, and which they just moved."""

    spoke: float  # seconds
    told: dict[str, float] = field(default_factory=dict)  # by style
    moved: dict[str, float] = field(default_factory=dict)  # seconds, by style

    def untold(self, levels: Mapping[str, float], now: float) -> dict[str, float]:
        """Return the levels that moved elsewhere, and take them for told."""
        news = {
            slug: level
            for slug, level in levels.items()
            if abs(level - self.told.get(slug, -1.0)) > TELLS
            and now - self.moved.get(slug, -HOLDS) >= HOLDS
        }
        self.told.update(news)
        return news


class Osc(Control):
    """A UDP socket that hears faders, a puck and buttons as OSC messages."""

    class Settings(Table):
        """Where it listens, whom it hears and where it answers."""

        host: senders.Address = Field(
            default="127.0.0.1", description="address to listen on; 0.0.0.0: all of this machine's"
        )
        port: int = Field(default=7771, ge=0, le=65535, description="UDP port to listen on; 0: any")
        allow: senders.Allow = Field(
            default=[], description="addresses or networks beyond this machine that are heard"
        )
        answer_port: int = Field(
            default=0,
            ge=0,
            le=65535,
            description="UDP port at which senders are told levels; 0: none",
        )

    settings: Settings

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self.refused = 0  # datagrams: from strangers, of another language, too many or too large
        self._allowed = senders.networks(settings.allow)
        self._socket: socket.socket | None = None
        self._fault = ""
        self._again = 0.0  # when a port that was taken is tried again
        self._why = ""  # the last datagram was refused
        self._last = ""  # move
        self._listeners: dict[str, Listener] = {}  # by address
        self._answered = 0.0

    @property
    def port(self) -> int:
        """The UDP port that is listened on; 0 while there is none."""
        return int(self._socket.getsockname()[1]) if self._socket else 0

    def open(self) -> None:
        """Listen; a port that is taken is told by health."""
        if self._socket is not None:
            return
        family = socket.AF_INET6 if ":" in self.settings.host else socket.AF_INET
        try:
            ear = socket.socket(family, socket.SOCK_DGRAM)
            try:
                ear.bind((self.settings.host, self.settings.port))
            except OSError:
                ear.close()
                raise
        except OSError as error:
            why = error.strerror or str(error)
            if not self._fault:
                log.warning("osc cannot listen on UDP port %d: %s", self.settings.port, why)
            self._fault = why
            return
        ear.setblocking(False)
        self._socket = ear
        if self._fault:
            log.info("osc listens on UDP port %d now", self.port)
            self._fault = ""

    def poll(self, shown: Shown) -> list[Event]:
        """Return what has been said since the last frame, and answer."""
        if self._socket is None:
            if shown.now < self._again:
                return []
            self._again = shown.now + TRY_AGAIN
            self.open()
        if self._socket is None:
            return []
        found: list[Event] = []
        for datagram, sender in self._newest(self._socket):
            found += self._hear(datagram, sender, shown)
        self._answer(self._socket, shown)
        return found

    def close(self) -> None:
        """Let the port go."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def health(self) -> Health:
        """Say where it listens, what came last, and how much was refused."""
        if self._socket is None:
            return Health(
                f"osc cannot listen on {self.settings.host}, UDP port {self.settings.port} "
                f"({self._fault or 'not opened'}): end what else listens there, or set osc.port.",
                well=False,
            )
        said = f"osc listens on {self.settings.host}, UDP port {self.port}; "
        said += f"last came {self._last}" if self._last else "nothing has come yet"
        if self.refused:
            said += f"; {self.refused} refused, the last because {self._why}"
        return Health(f"{said}.")

    # --- hearing ------------------------------------------------------------------------------

    def _newest(self, ear: socket.socket) -> list[tuple[bytes, Sender]]:
        """Return the newest datagrams of those that wait, as many as a frame can bear, in order."""
        came: list[tuple[bytes, Sender]] = []
        for _ in range(DATAGRAMS):
            try:
                datagram, sender = ear.recvfrom(LARGEST + 1)
            except OSError:  # nothing more
                break
            if not senders.allowed(sender[0], self._allowed):
                self._refuse(f"{sender[0]} is not in osc.allow")
            elif len(datagram) > LARGEST:
                self._refuse(f"one had more than {LARGEST} bytes")
            else:
                came.append((datagram, (sender[0], sender[1])))
        size = kept = 0
        while kept < len(came) and size + len(came[-1 - kept][0]) <= LARGEST:
            size += len(came[-1 - kept][0])
            kept += 1
        for _ in came[kept:]:
            self._refuse("too much came at once")
        return came[len(came) - kept :]

    def _hear(self, datagram: bytes, sender: Sender, shown: Shown) -> list[Event]:
        try:
            moved = osc_words.events(datagram, shown, hand=f"{sender[0]}:{sender[1]}")
        except WireError as error:
            self._refuse(str(error))
            return []
        if moved:
            self._last = f"{moved[-1].what} {moved[-1].value:.2f} from {sender[0]}"
        self._note(moved, sender[0], shown)
        return moved

    def _refuse(self, why: str) -> None:
        if not self.refused:
            log.warning("osc has refused a datagram: %s", why)
        self.refused += 1
        self._why = why

    # --- answering ----------------------------------------------------------------------------

    def _note(self, moved: list[Event], sender: str, shown: Shown) -> None:
        if not self.settings.answer_port:
            return
        gone = [s for s, who in self._listeners.items() if shown.now - who.spoke > LATELY]
        for listener in gone:
            del self._listeners[listener]
        if sender not in self._listeners and len(self._listeners) >= ANSWERED:
            return
        who = self._listeners.setdefault(sender, Listener(shown.now))
        who.spoke = shown.now
        for event in moved:
            kind, _, slug = event.what.partition("/")
            if kind == "level":
                who.told[slug], who.moved[slug] = event.value, shown.now

    def _answer(self, ear: socket.socket, shown: Shown) -> None:
        if shown.now - self._answered < ANSWER_EVERY:
            return
        self._answered = shown.now
        for address, who in self._listeners.items():
            if shown.now - who.spoke > LATELY:
                continue
            news = who.untold(shown.levels, shown.now)
            if news:
                # Buffers full or nobody there: what moves next is told again.
                with contextlib.suppress(OSError):
                    ear.sendto(
                        osc_words.answer(news, shown.faders), (address, self.settings.answer_port)
                    )

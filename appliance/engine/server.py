"""The loop of the engine: hear what hands set, draw when a character is due, tell who listens.

tick: newest weights -> mixture -> draw -> send      (late, under a millisecond)
then: every fed style reads the character            (early, on other threads)
"""

import asyncio
import contextlib
import logging
import random
import signal
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, cast

import numpy as np

from appliance import senders, wire
from appliance.catalogue import Style
from appliance.engine.archive import Archive
from appliance.engine.budget import Budget
from appliance.engine.ensemble import Ensemble
from appliance.engine.guard import Guard
from appliance.engine.keeper import Keeper
from appliance.engine.listeners import Address, Listeners
from appliance.engine.manuscript import Manuscript
from appliance.engine.memory import Memory
from appliance.engine.pace import interval
from appliance.engine.parts import Parts, of_fault
from appliance.engine.pulse import Pulse, at_most
from appliance.engine.report import page_of, remarks_on, state_of
from appliance.engine.score import Score
from appliance.engine.typewriter import Drawn, Typewriter
from appliance.plain import plain
from appliance.service.day import Day, Now
from appliance.service.status_page import Report
from appliance.service.systemd import Supervisor
from appliance.service.vitals import read as read_vitals
from appliance.update.outcome import Outcome, read_outcome

STATUS_EVERY = 1.0  # seconds
MOST_COUNTED = 2**31 - 1  # on the wire; a neighbour's patch is dropped so often in some months

log = logging.getLogger("appliance.engine")


class Server(asyncio.DatagramProtocol):
    """The engine as a process: owns the text, the clock and the socket."""

    def __init__(
        self,
        ensemble: Ensemble,
        styles: dict[str, Style],
        score: Score,
        *,
        guard: Guard,
        seed: int | None,
        unevenness: float,
        opening: str,
        memory: Memory | None,
        state: Path,
        instead_of: Mapping[str, Any] | None = None,
        computing: str = "",
        faults: Sequence[str] = (),
        allow: Sequence[str] = (),
        archive: Archive | None = None,
        day: Day | None = None,
    ) -> None:
        self.score = score
        self.run_number = random.SystemRandom().randrange(1, 2**31)
        self._ensemble, self._styles = ensemble, styles
        self._typewriter = Typewriter(ensemble, np.random.default_rng(seed), guard)
        self._rhythm = np.random.default_rng(seed)
        self._unevenness, self._computing = unevenness, computing
        self._instead_of = instead_of or {}
        self._neighbours = senders.networks(allow)
        self._parts = Parts(time.monotonic, [of_fault(fault) for fault in faults])
        self._archive, self._day = archive, day
        self._today = Now(is_open=True)
        self._supervisor = Supervisor(time.monotonic)
        self.report = Report()  # for the status page's thread: replaced, never changed
        self._began = time.monotonic()
        self._text = Manuscript(
            self._typewriter,
            guard,
            {slug: i for i, slug in enumerate(ensemble.slugs)},
            opening=opening,
            memory=memory,
            archive=archive,
        )
        self._listeners = Listeners(time.monotonic)
        self._state_folder = state.parent
        self._vitals = read_vitals(self._state_folder)
        self._update: Outcome | None = None
        self._looking: asyncio.Future[None] | None = None
        self._keeper = Keeper(state, time.monotonic, self._is_archived)
        self._budget = Budget(ensemble.workers)
        self._wake = asyncio.Event()
        self._stopping = False
        self._dropped = 0
        self._pulse = Pulse()
        self._last_status = self._looked = self._told = -1e9
        self._moved = False  # since what comes next was told in a rest

    # --- datagrams ----------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the socket."""
        self._listeners.transport = cast(asyncio.DatagramTransport, transport)

    def error_received(self, exc: Exception) -> None:
        """Ignore that a listener has gone: its subscription runs out."""

    def datagram_received(self, data: bytes, addr: Address) -> None:
        """Obey a datagram, or count it and drop it."""
        try:
            messages = self._read(data, addr[0])
        except wire.WireError as error:
            if self._dropped == 0:
                log.warning("a datagram from %s was dropped: %s", addr[0], error)
            self._dropped += 1
            return
        played = [message for message in messages if self._obey(message, addr[:2])]
        if played:
            self._play(played)
        self._wake.set()

    def _read(self, data: bytes, sender: str) -> list[wire.Message]:
        if not senders.allowed(sender, self._neighbours):
            raise wire.WireError("engine.allow in the settings does not name that address")
        return wire.decode(data, wire.INWARD)

    def _obey(self, message: wire.Message, sender: Address) -> bool:
        match message:
            case wire.Subscribe(port, _):
                self._subscribe((sender[0], port or sender[1]))
            case wire.Unsubscribe(port):
                self._listeners.unsubscribe((sender[0], port or sender[1]))
            case wire.Reset():
                self._text.want_new_page()
                self._turn_if_settled()
            case wire.Prime(text):
                if self._text.prime(plain(text)):
                    self._publish(self._page())
                else:
                    self._dropped += 1
            case wire.Puck():
                self._publish(message)
            case wire.Report():
                self._parts.take(message)
            case _:
                return self.score.take(message)
        return False

    def _subscribe(self, listener: Address) -> None:
        if self._listeners.subscribe(listener):
            self._greet(listener)
        else:
            self._dropped += 1

    def _turn_if_settled(self) -> None:
        if self._text.turn_if_settled():
            self._publish(self._page())

    def _play(self, played: list[wire.Message]) -> None:
        # Once a datagram: what stood between two of its messages was nobody's wish.
        self._moved = True
        self._ensemble.weigh(self.score.weights)
        self._typewriter.temperature = self.score.temperature
        self._typewriter.joint = self.score.joint
        mixed = [isinstance(m, wire.Active | wire.Weights | wire.Weight) for m in played]
        if any(mixed):
            self._publish(*self._mixture())
        if not all(mixed):
            self._publish(self._hello())

    def _hello(self) -> wire.Hello:
        s = self.score
        return wire.Hello(
            wire.VERSION, self.run_number, str(s.joint), s.temperature, s.pace, int(s.hold)
        )

    def _greet(self, listener: Address) -> None:
        styles = [
            wire.StyleIs(i, slug, style.title, style.colour, style.advisory)
            for i, (slug, style) in enumerate(self._styles.items())
        ]
        self._listeners.send(listener, self._hello(), *styles)
        # The page first: by its index a listener knows whether what follows is late.
        self._listeners.send(listener, self._page(), *self._mixture())

    def _mixture(self) -> tuple[wire.Message, ...]:
        weights = wire.WeightsAre(tuple(self.score.mixture().items()))
        return wire.ActiveAre(self.score.active), weights

    def _page(self) -> wire.Text:
        return self._text.sheet.message(self.run_number)

    def _publish(self, *messages: wire.Message) -> None:
        self._listeners.publish(*messages)

    # --- the loop -----------------------------------------------------------------------------

    async def serve(self, host: str, port: int) -> None:
        """Listen and type until stopped; OSError if the address cannot be listened on."""
        loop = asyncio.get_running_loop()
        transport, _ = await loop.create_datagram_endpoint(lambda: self, local_addr=(host, port))
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.stop)
        host, self._listeners.own_port = transport.get_extra_info("sockname")[:2]
        log.info("listening on %s, UDP port %d", host, self._listeners.own_port)
        # Not before the port is had: a second engine writes nothing into the first one's archive.
        with self._archive or contextlib.nullcontext():
            try:
                await self._type_forever(loop)
            finally:
                self._supervisor.stopping()
                await self._keeper.finish(self._memory())
                transport.close()

    def stop(self) -> None:
        """Let the loop end after what it is doing."""
        self._stopping = True
        self._wake.set()

    async def _type_forever(self, loop: asyncio.AbstractEventLoop) -> None:
        self._typewriter.temperature, self._typewriter.joint = (
            self.score.temperature,
            self.score.joint,
        )
        self._ensemble.weigh(self.score.weights)
        due = loop.time()
        while not self._stopping:
            self._turn_if_settled()
            await self._text.read_in(loop)
            self._tell_status()
            self._keeper.sometimes(self._memory, loop)
            self._look_sometimes(loop)
            if self._at_rest:
                await self._rest()
                due = loop.time()
                continue
            wait = due - loop.time()
            if wait > 0:
                self._progress()  # before the first character, or a rest, nothing is waited for
                self._wake.clear()
                # At a slow pace, too, the status is told and the text kept between two ticks.
                await at_most(self._wake.wait(), min(wait, STATUS_EVERY))
                if self._wake.is_set() or loop.time() < due:
                    continue  # look anew at what is to be done before the tick
            drawn = self._typewriter.draw()
            if drawn is None:  # the first of a text is still catching up
                # Silence came before anybody stood ready to finish a listed word.
                if not (self._typewriter.settled or self._ensemble.can_play):
                    self._text.strike_last_word()
                    self._publish(self._page())
                if self._ensemble.mute:
                    self._pulse.rest()  # no progress: what watches over the engine may end it
                await asyncio.sleep(0.002)
                continue
            self._pulse.note(due, loop.time())
            self._type(drawn)
            self._progress()
            began = loop.time()
            readers = await loop.run_in_executor(None, self._ensemble.read, drawn.character)
            self._budget.note(readers, loop.time() - began)
            self._tell_next()
            step = interval(self.score.pace, self._unevenness, drawn.character, self._rhythm)
            due = max(due + step, loop.time() - step)  # never a burst after a hold-up

    @property
    def _at_rest(self) -> bool:
        # A listed word is never left standing: its end is typed first.
        wanted = self.score.hold or not self.score.weights.any() or not self._today.is_open
        return wanted and self._typewriter.settled

    async def _rest(self) -> None:
        self._progress()
        self._pulse.rest()
        # A hand that moves meanwhile sees what it does; what moves nothing costs nothing.
        if self.score.hold and (self._moved or time.monotonic() - self._told >= STATUS_EVERY):
            self._moved, self._told = False, time.monotonic()
            self._tell_next()
        self._wake.clear()
        await at_most(self._wake.wait(), STATUS_EVERY)

    def _tell_next(self) -> None:
        expected = self._typewriter.expects()
        if expected is None:
            return
        joint, heard = expected
        self._publish(
            wire.Next(wire.blob(joint), self.run_number, self._text.sheet.end - 1),
            *(
                wire.Distribution(wire.blob(expects), slug)
                for slug, expects in zip(heard.slugs, heard.distributions, strict=True)
            ),
        )

    def _progress(self) -> None:
        """Tell the service manager that a character was drawn, or that it rests on purpose."""
        self._supervisor.ready()
        self._supervisor.progress()

    def _type(self, drawn: Drawn) -> None:
        mixture = self.score.mixture()
        self._text.type(drawn, mixture)
        self._publish(
            self._text.sheet.newest(self.run_number, drawn.entropy),
            wire.WeightsAre(tuple(mixture.items())),
            wire.Attribution(tuple(zip(drawn.slugs, drawn.shares.tolist(), strict=True))),
            wire.JointIs(wire.blob(drawn.joint)),
        )

    def _tell_status(self) -> None:
        now = time.monotonic()
        if now - self._last_status < STATUS_EVERY:
            return
        self._last_status = now
        fed = len(self._ensemble.fed())
        self._ensemble.spare(self._budget.decide(fed, self.score.pace, self._vitals.celsius, now))
        if self._day is not None:
            self._today = self._day.now()
        status = self.status()
        self._supervisor.status(status.sentence)
        self._tell_page(status, now)
        # With it goes what no character repeats, so that a datagram that was lost, the last one
        # before a rest above all, is made good within a second.
        if self._at_rest:
            self._publish(self._page(), *self._mixture(), self._hello(), status)
        else:
            self._publish(self._hello(), wire.ActiveAre(self.score.active), status)

    def status(self) -> wire.Status:
        """Return how the engine is, for the stage and the technician."""
        state, sentence = state_of(
            self._today,
            held=self.score.hold,
            weighed=bool(self.score.weights.any()),
            mute=self._ensemble.mute,
            characters=self._pulse.characters,
            pace=self._pulse.pace,
            styles=len(self._ensemble.fed()),
        )
        resting, failed = self._ensemble.resting(), self._ensemble.handed_over
        remarks = remarks_on(
            self._today,
            resting=resting,
            archive=self._archive.sentence if self._archive is not None else "",
            forgetful=self._keeper.failed,
        )
        return wire.Status(
            state,
            " ".join((sentence, *remarks)),
            self._pulse.pace,
            min(self._pulse.characters, MOST_COUNTED),
            min(self._ensemble.renewals, MOST_COUNTED),
            min(self._dropped, MOST_COUNTED),
            resting,
            1e3 * self._pulse.late,
            self._computing + (f"; {failed}, and the CPU plays on" if failed else ""),
        )

    def _look_sometimes(self, loop: asyncio.AbstractEventLoop) -> None:
        # A disk that hangs lets whoever asks for its room wait: never the loop.
        waited = time.monotonic() - self._looked
        if waited >= STATUS_EVERY and (self._looking is None or self._looking.done()):
            self._looked = time.monotonic()
            self._looking = loop.run_in_executor(None, self._look)

    def _look(self) -> None:
        self._vitals = read_vitals(self._state_folder)
        self._update = read_outcome()

    def _tell_page(self, status: wire.Status, now: float) -> None:
        self.report = page_of(
            status,
            self.score.mixture(),
            self._vitals,
            self._archive,
            (*self._parts.reports(), *map(of_fault, self._ensemble.faults)),
            now - self._began,
            self._today,
            self._update,
        )

    # --- what survives ------------------------------------------------------------------------

    def _is_archived(self) -> bool:
        return self._archive is not None and not self._archive.fault

    def _memory(self) -> Memory:
        return Memory(
            text=self._text.sheet.text,
            authors=self._text.sheet.authors,
            styles=self._ensemble.slugs,
            start=self._text.sheet.start,
            end=self._text.sheet.end,
            weights=self.score.mixture(),
            active=self.score.active,
            temperature=self.score.temperature,
            pace=self.score.pace,
            joint=str(self.score.joint),
            instead_of=self._instead_of,
        )

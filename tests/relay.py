"""A bad road between a stage and its engine: datagrams get lost, doubled, late, out of order."""

import heapq
import random
import selectors
import socket
import threading
import time
from dataclasses import dataclass, field
from typing import Self

from tests.conftest import PATIENCE

Address = tuple[str, int]


@dataclass(frozen=True)
class Road:
    """How bad it is: chances of one datagram, and the longest that one is late."""

    lost: float = 0.0
    doubled: float = 0.0
    late: float = 0.0
    seconds: float = 0.05


@dataclass(order=True)
class _OnItsWay:
    due: float
    number: int  # in the order in which they came
    datagram: bytes = field(compare=False)
    leaves_by: socket.socket = field(compare=False)
    to: Address = field(compare=False)
    down: bool = field(compare=False)


class Relay:
    """A UDP port in front of the engine's that carries datagrams both ways over a bad road.

    To the engine every stage has a port of its own here, so that the answer to "the port I send
    from" finds the way back. `park` keeps what the engine says until `release`, as a network does
    that comes back to life; `cut` loses all of it until `mend`.
    """

    def __init__(self, engine: Address, road: Road | None = None, *, seed: int = 0) -> None:
        self.lost = self.doubled = self.overtaken = self.parked = 0
        self._engine, self._road = engine, road or Road()
        self._random = random.Random(seed)
        self._front = self._open()
        self.address: Address = self._front.getsockname()
        self._behind: dict[Address, socket.socket] = {}  # for each stage, towards the engine
        self._stage_of: dict[socket.socket, Address] = {}
        self._on_its_way: list[_OnItsWay] = []
        self._parked: list[_OnItsWay] = []
        self._parking = self._cut = False
        self._came = 0
        self._last_down = -1
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._front, selectors.EVENT_READ)
        self._thread = threading.Thread(target=self._carry, name="relay")

    @staticmethod
    def _open() -> socket.socket:
        opened = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        opened.bind(("127.0.0.1", 0))
        opened.setblocking(False)
        return opened

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        self._thread.join(PATIENCE)
        assert not self._thread.is_alive(), "the relay does not end"
        self._selector.close()
        for opened in (self._front, *self._behind.values()):
            opened.close()

    def park(self) -> None:
        """Keep what the engine says, from now on."""
        with self._lock:
            self._parking = True

    def drive_on(self) -> None:
        """Carry again what comes; what was parked stays parked."""
        with self._lock:
            self._parking = False

    def release(self) -> None:
        """Deliver what was parked."""
        with self._lock:
            for one in self._parked:
                heapq.heappush(self._on_its_way, one)
            self._parked = []

    def cut(self) -> None:
        """Lose all that the engine says, from now on."""
        with self._lock:
            self._cut = True

    def mend(self) -> None:
        """Carry again what the engine says."""
        with self._lock:
            self._cut = False

    # --- the thread ---------------------------------------------------------------------------

    def _carry(self) -> None:
        while not self._stopping.is_set():
            with self._lock:
                wait = self._deliver()
            for key, _ in self._selector.select(wait):
                assert isinstance(key.fileobj, socket.socket)
                datagram, sender = key.fileobj.recvfrom(65_535)
                with self._lock:
                    self._take(datagram, key.fileobj, sender)

    def _take(self, datagram: bytes, came_by: socket.socket, sender: Address) -> None:
        if came_by is self._front:
            leaves_by, to, down = self._towards_the_engine(sender), self._engine, False
        else:
            leaves_by, to, down = self._front, self._stage_of[came_by], True
        road = self._road
        if (down and self._cut) or self._random.random() < road.lost:
            self.lost += 1
            return
        copies = 2 if self._random.random() < road.doubled else 1
        self.doubled += copies - 1
        for _ in range(copies):
            late = self._random.random() < road.late
            due = time.monotonic() + (self._random.uniform(0.0, road.seconds) if late else 0.0)
            self._came += 1
            one = _OnItsWay(due, self._came, datagram, leaves_by, to, down)
            if down and self._parking:
                self._parked.append(one)
                self.parked += 1
            else:
                heapq.heappush(self._on_its_way, one)

    def _towards_the_engine(self, stage: Address) -> socket.socket:
        if stage not in self._behind:
            opened = self._behind[stage] = self._open()
            self._stage_of[opened] = stage
            self._selector.register(opened, selectors.EVENT_READ)
        return self._behind[stage]

    def _deliver(self) -> float:
        """Send what is due; return the seconds until the next is."""
        now = time.monotonic()
        while self._on_its_way and self._on_its_way[0].due <= now:
            one = heapq.heappop(self._on_its_way)
            if one.down:
                self.overtaken += one.number < self._last_down
                self._last_down = max(self._last_down, one.number)
            one.leaves_by.sendto(one.datagram, one.to)
        return min(0.05, self._on_its_way[0].due - now) if self._on_its_way else 0.05

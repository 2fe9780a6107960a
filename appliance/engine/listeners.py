"""Who is told: the subscriptions, and the socket they are told through."""

import asyncio
from collections.abc import Callable
from ipaddress import ip_address

from appliance import wire

SUBSCRIBED_FOR = 30.0  # seconds
MOST_LISTENERS = 64  # at once: a flood of subscriptions must not multiply what is sent

Address = tuple[str, int]


class Listeners:
    """Addresses that have subscribed lately."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self.transport: asyncio.DatagramTransport | None = None
        self.own_port = 0  # once it is known
        self._clock = clock
        self._since: dict[Address, float] = {}

    def subscribe(self, listener: Address) -> bool:
        """Tell a listener from now on; return whether it is one, and there is room for it."""
        if listener[1] == self.own_port and ip_address(listener[0]).is_loopback:
            return False  # an engine that hears itself passes its own /puck on for ever
        if listener not in self._since:
            self._forget()
            if len(self._since) >= MOST_LISTENERS:
                return False
        self._since[listener] = self._clock()
        return True

    def unsubscribe(self, listener: Address) -> None:
        """Tell it no more."""
        self._since.pop(listener, None)

    def publish(self, *messages: wire.Message) -> None:
        """Tell all of them, in one datagram each."""
        if not self._since or self.transport is None:
            return
        self._forget()
        datagram = wire.encode(*messages)
        for listener in self._since:
            self.transport.sendto(datagram, listener)

    def send(self, listener: Address, *messages: wire.Message) -> None:
        """Tell one of them."""
        if self.transport is not None:
            self.transport.sendto(wire.encode(*messages), listener)

    def _forget(self) -> None:
        now = self._clock()
        for listener, since in list(self._since.items()):
            if now - since > SUBSCRIBED_FOR:
                del self._since[listener]

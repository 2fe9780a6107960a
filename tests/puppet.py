"""The engine's end of the wire in a test's hands, and a clock that the test turns."""

import socket

from appliance import wire


class Clock:
    """A clock that stands still until a test moves it."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        """Return the time, seconds."""
        return self.now


class Puppet:
    """A socket that a stage takes for the engine's."""

    def __init__(self) -> None:
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.socket.setblocking(False)
        self.stage: tuple[str, int] = ("", 0)

    def heard(self) -> list[wire.Message]:
        """Return all messages that have come; on loopback they come as they are sent."""
        found: list[wire.Message] = []
        while True:
            try:
                data, self.stage = self.socket.recvfrom(65_535)
            except BlockingIOError:
                return found
            found += wire.decode(data, wire.INWARD)

    def say(self, *messages: wire.Message) -> None:
        """Send messages to the stage, in one datagram."""
        self.send(wire.encode(*messages))

    def send(self, datagram: bytes) -> None:
        """Send any datagram to the stage."""
        self.socket.sendto(datagram, self.stage)

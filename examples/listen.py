#!/usr/bin/env python3
"""Print what the engine types, and on standard error which style is the heaviest.

    python examples/listen.py --count 200

Needs python-osc and nothing else; docs/osc.md says what every message means.
"""

import argparse
import sys
import time
from typing import Any

from pythonosc.dispatcher import Dispatcher
from pythonosc.osc_server import BlockingOSCUDPServer
from pythonosc.udp_client import SimpleUDPClient


class Listener:
    """What was heard so far."""

    run = end = count = 0
    heaviest = ""

    def character(
        self, _address: str, run: int, index: int, _start: int, tail: str, *_more: Any
    ) -> None:
        """Print what is new; the tail makes good what was lost on the way."""
        # Another run is another engine, or the same one come back, and counts by itself.
        new = index + 1 - self.end if run == self.run else 1
        if new > 0:
            print(tail[-new:], end="", flush=True)
            self.run, self.end, self.count = run, index + 1, self.count + 1

    def weights(self, _address: str, *pairs: Any) -> None:
        """Say it when another style is the heaviest."""
        mixture = zip(pairs[1::2], pairs[::2], strict=True)
        _, heaviest = max(mixture, default=(0.0, "silence"))
        if heaviest != self.heaviest:
            print(heaviest, file=sys.stderr, flush=True)
            self.heaviest = heaviest


class Server(BlockingOSCUDPServer):
    """A server that takes whole datagrams: 8,192 bytes would cut the longest."""

    max_packet_size = 65_535


def main() -> None:
    """Listen until so many characters have come, or until Ctrl-C."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--host", default="127.0.0.1", help="where the engine is")
    parser.add_argument("--port", type=int, default=7770, help="its UDP port")
    parser.add_argument("--listen", default="127.0.0.1", help="the address to be reached at")
    parser.add_argument("--count", type=int, default=0, help="characters; 0: without end")
    args = parser.parse_args()

    listener, dispatcher = Listener(), Dispatcher()
    dispatcher.map("/character", listener.character)
    dispatcher.map("/weights/are", listener.weights)
    server = Server((args.listen, 0), dispatcher)
    server.timeout = 1.0
    engine, port = SimpleUDPClient(args.host, args.port), server.server_address[1]

    subscribed = -10.0
    while not args.count or listener.count < args.count:
        if time.monotonic() - subscribed >= 10.0:
            subscribed = time.monotonic()
            engine.send_message("/subscribe", [port, 1])
        server.handle_request()
    engine.send_message("/unsubscribe", port)
    print()


if __name__ == "__main__":
    main()

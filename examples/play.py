#!/usr/bin/env python3
"""Move the mixture to and fro between two styles.

    python examples/play.py linux love_songs --seconds 60

Needs python-osc and nothing else; docs/osc.md says what every message means.
"""

import argparse
import math
import time

from pythonosc.udp_client import SimpleUDPClient


def main() -> None:
    """Play for so many seconds, or until Ctrl-C."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("first", nargs="?", default="linux", help="the style it begins with")
    parser.add_argument("second", nargs="?", default="love_songs", help="the other one")
    parser.add_argument("--host", default="127.0.0.1", help="where the engine is")
    parser.add_argument("--port", type=int, default=7770, help="its UDP port")
    parser.add_argument("--period", type=float, default=10.0, help="seconds to and fro")
    parser.add_argument("--seconds", type=float, default=math.inf, help="how long to play")
    args = parser.parse_args()

    engine = SimpleUDPClient(args.host, args.port)
    began = time.monotonic()
    while (now := time.monotonic() - began) < args.seconds:
        share = 0.5 - 0.5 * math.cos(math.tau * now / args.period)
        engine.send_message("/weights", [args.first, 1.0 - share, args.second, share])
        time.sleep(0.05)


if __name__ == "__main__":
    main()

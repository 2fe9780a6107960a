"""Run the screens and controls alone, beside an engine that is there or will come.

This is what the system starts on an appliance, beside `appliance engine`.
"""

import argparse
import ipaddress
import os
import socket
import sys
import threading
import time
from pathlib import Path

from appliance.commands.options import at_least
from appliance.settings import Loaded, Settings
from appliance.stage.desk import Desk
from appliance.stage.link import Link


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `stage`."""
    parser.add_argument("--engine-port", type=at_least(1), help="the engine's UDP port (settings)")
    parser.add_argument(
        "--terminal", action="store_true", help="play in the terminal even where there is a screen"
    )


def run(args: argparse.Namespace) -> int:
    """Show and play until stopped; return an exit status."""
    settings = Loaded.read(args.settings).settings
    play(settings, args.engine_port or settings.engine.port, terminal=args.terminal)
    return 0


def has_screen() -> bool:
    """Tell whether a window can be opened: a desktop session, or a bare display with a driver."""
    return bool(
        os.environ.get("DISPLAY")
        or os.environ.get("WAYLAND_DISPLAY")
        or os.environ.get("SDL_VIDEODRIVER")
    )


def play(
    settings: Settings,
    engine_port: int,
    *,
    terminal: bool = False,
    until: threading.Event | None = None,
    picture: Path | None = None,
) -> None:
    """Open the stage that this place affords: a window, the terminal, or the bare text.

    Returns when the visitor leaves, when `until` is set, or when a picture was taken.
    """
    until = until or threading.Event()
    host = settings.engine.host
    # A socket that listens everywhere cannot be addressed; here it is reached on loopback.
    everywhere = ipaddress.ip_address(socket.gethostbyname(host)).is_unspecified
    engine = ("127.0.0.1" if everywhere else host, engine_port)
    with Link(engine, settings.stage.host, settings.stage.port, time.monotonic) as link:
        if has_screen() and not terminal:
            from appliance.stage.app import App  # noqa: PLC0415  # no pygame in a terminal

            desk = Desk(link, settings.styles.order, settings.stage.sharpness)
            with App(desk, settings.stage, time.monotonic) as app:
                if picture is None:
                    app.run(until)
                else:
                    app.photograph(picture, until)
        elif sys.stdin.isatty() and sys.stdout.isatty():
            from appliance.stage.terminal import Terminal  # noqa: PLC0415  # no curses in a window

            Terminal(link, until).run()
        else:
            type_out(link, until)


def type_out(link: Link, until: threading.Event) -> None:
    """Write the text on standard output as it comes, where there is neither screen nor keyboard."""
    shown = None
    while not until.is_set():
        link.poll()
        page = link.view.page
        if shown is None and page.text:
            shown = page.start
        if shown is not None and page.end > shown:
            sys.stdout.write(page.text[-(page.end - shown) :])
            sys.stdout.flush()
            shown = page.end
        time.sleep(0.02)

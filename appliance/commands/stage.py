"""Run the screens and controls alone, beside an engine that is there or will come.

This is what the system starts on an appliance, beside `appliance engine`.
"""

import argparse
import contextlib
import os
import signal
import sys
import threading
import time
from functools import partial
from pathlib import Path

from appliance.commands.options import at_least, finish
from appliance.controls.hands import Hands, switched_on
from appliance.files import state_folder
from appliance.last_good import read_or_last_good
from appliance.service.asked import reachable
from appliance.service.day import local_time
from appliance.service.systemd import Supervisor, log_to_journal
from appliance.settings import Loaded, Settings
from appliance.stage.desk import Desk
from appliance.stage.link import Link
from appliance.stage.operator.inquiry import Inquiry, look
from appliance.stage.operator.kept import Shelf
from appliance.stage.visit import Visit


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `stage`."""
    parser.add_argument("--engine-port", type=at_least(1), help="the engine's UDP port (settings)")
    parser.add_argument(
        "--terminal", action="store_true", help="play in the terminal even where there is a screen"
    )


def run(args: argparse.Namespace) -> int:
    """Show and play until stopped; return an exit status."""
    log_to_journal()
    loaded = read_or_last_good(args.settings)
    stopped = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stopped.set())
    port = args.engine_port or loaded.settings.engine.port
    try:
        attended = args.settings is not None or (sys.stdin.isatty() and sys.stdout.isatty())
        # With nobody at a terminal there is nothing to fall back on but to wait for a screen.
        patient = not (sys.stdin.isatty() and sys.stdout.isatty())
        play(
            loaded,
            port,
            terminal=args.terminal,
            until=stopped,
            attended=attended,
            patient=patient,
        )
    except StageError as error:
        return finish(f"{error}.", 1)
    except KeyboardInterrupt:
        pass
    return 0


class StageError(Exception):
    """A stage that cannot be opened; the message is one sentence."""


def has_screen() -> bool:
    """Tell whether a window can be opened: a desktop session, or a bare display with a driver."""
    return bool(
        os.environ.get("DISPLAY")
        or os.environ.get("WAYLAND_DISPLAY")
        or os.environ.get("SDL_VIDEODRIVER")
    )


def play(
    loaded: Loaded,
    engine_port: int,
    *,
    until: threading.Event,
    terminal: bool = False,
    picture: Path | None = None,
    attended: bool = True,
    patient: bool = False,
) -> None:
    """Open the stage that this place affords: a window, the terminal, or the bare text.

    One that is `patient` and finds no screen where there may be one plays on, and waits for it.

    Returns when the visitor leaves, when `until` is set, or when a picture was taken. Raises
    StageError if the stage cannot listen or loses its window; SettingsError if a control's table is
    wrong and somebody attends.
    """
    settings = loaded.settings
    controls, faults = switched_on(loaded, attended=attended)
    try:
        engine = (reachable(settings.engine.host), engine_port)
        link = Link(engine, settings.stage.host, settings.stage.port, time.monotonic)
    except OSError as error:
        raise StageError(
            f"the stage cannot listen on {settings.stage.host}, UDP port {settings.stage.port}, or "
            f"find the engine's host {settings.engine.host} ({error.strerror}): check stage.host, "
            "stage.port and engine.host in the settings"
        ) from None
    shelf = Shelf(state_folder())
    visit = Visit(settings.visit, settings.opening.mixture, settings.styles.active, settings.typing)
    chosen = shelf.read().chosen(settings.styles.active)
    if chosen:
        visit.choose(chosen)
    with link, Hands(controls, faults) as hands:
        desk = Desk(
            link,
            settings.controls,
            order=settings.styles.order,
            opening=settings.styles.active,
            apart=settings.styles.apart,
            sharpness=settings.stage.sharpness,
            hands=hands,
            visit=visit,
        )
        if (
            has_screen()
            and not terminal
            and in_window(desk, loaded, shelf, until, picture, patient=patient)
        ):
            return
        if sys.stdin.isatty() and sys.stdout.isatty():
            from appliance.stage.terminal import Terminal  # noqa: PLC0415  # no curses in a window

            Terminal(desk, until, time.monotonic).run()
        else:
            type_out(desk, until)


def in_window(
    desk: Desk,
    loaded: Loaded,
    shelf: Shelf,
    until: threading.Event,
    picture: Path | None,
    *,
    patient: bool = False,
) -> bool:
    """Play in a window, or say why there is none and return False.

    Raises StageError if a window that was there is lost: whoever supervises starts the stage anew.
    """
    import pygame  # noqa: PLC0415  # no pygame in a terminal

    from appliance.stage.app import App  # noqa: PLC0415  # as above
    from appliance.stage.compositor import two_screens  # noqa: PLC0415  # as above
    from appliance.stage.operator.operator import Operator  # noqa: PLC0415  # as above

    settings, supervisor = loaded.settings, Supervisor(time.monotonic)
    operator = Operator(
        settings,
        inquiry=Inquiry(partial(look, page_of_engine(settings), state_folder())),
        shelf=shelf,
        wall=local_time,
        fault=loaded.fault,
        supervised=supervisor.listens,
    )
    with contextlib.ExitStack() as stack:
        try:
            stack.enter_context(two_screens(settings.stage, until))
            app = stack.enter_context(
                App(
                    desk,
                    settings.stage,
                    time.monotonic,
                    words=settings.words,
                    patient=patient,
                    supervisor=supervisor,
                    operator=operator,
                )
            )
        except pygame.error as error:
            finish(f"no window can be opened ({error}): playing in the terminal instead.", 0)
            return False
        try:
            if picture is None:
                app.run(until)
            else:
                app.photograph(picture, until)
        except RuntimeError as error:  # pygame.error is one; the renderer has one of its own
            raise StageError(
                f"the window was lost ({error}): start the stage again, the text goes on"
            ) from error
    return True


def page_of_engine(settings: Settings) -> tuple[str, int, str] | None:
    """Return host, port and token of the engine's status page, if it has one that can be found."""
    status = settings.status
    if not status.host or not status.port:
        return None
    with contextlib.suppress(OSError):
        return reachable(status.host), status.port, status.token
    return None


def type_out(desk: Desk, until: threading.Event) -> None:
    """Write the text on standard output as it comes, where there is neither screen nor keyboard."""
    shown = None
    while not until.is_set():
        now = time.monotonic()
        desk.follow(desk.link.poll(), now)
        desk.play(now)
        desk.flush(now)
        page = desk.link.view.page
        if shown is None and page.text:
            shown = page.start
        if shown is not None and page.end < shown:
            shown = page.end  # an engine that returned stands before where the last one had come
        if shown is not None and page.end > shown:
            sys.stdout.write(page.text[-(page.end - shown) :])
            sys.stdout.flush()
            shown = page.end
        time.sleep(0.01)

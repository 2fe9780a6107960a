"""Play the piece at a desk: engine and stage together, in a window or in the terminal.

In the terminal, the keys at the bottom of the screen choose a style and move its weight.
"""

import argparse
import contextlib
import signal
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

from appliance.child import python
from appliance.commands import stage
from appliance.commands.options import at_least, finish
from appliance.settings import Loaded

PATIENCE = 10.0  # seconds for the engine to end when it is told to


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `run`."""
    parser.add_argument("--fresh", action="store_true", help="forget the text of the last run")
    parser.add_argument("--seed", type=at_least(0), help="for a run that can be repeated")
    parser.add_argument(
        "--picture", type=Path, metavar="FILE", help="take a picture of the filled page, and end"
    )
    parser.add_argument(
        "--terminal", action="store_true", help="play in the terminal even where there is a screen"
    )


def run(args: argparse.Namespace) -> int:
    """Start both, stop both; return an exit status."""
    loaded = Loaded.read(args.settings)
    command = [*python("appliance"), "engine"]
    command += ["--settings", str(args.settings)] if args.settings else []
    command += ["--fresh"] if args.fresh else []
    command += ["--seed", str(args.seed)] if args.seed is not None else []
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "engine.log"
        # Told to end from outside, or the terminal closed, we end as on Ctrl-C: no engine is left.
        for number in (signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.default_int_handler)
        with engine(command, log) as died:
            try:
                stage.play(
                    loaded,
                    loaded.settings.engine.port,
                    terminal=args.terminal,
                    until=died,
                    picture=args.picture,
                )
            except stage.StageError as error:
                return finish(f"{error}.", 1)
            except KeyboardInterrupt:
                pass
            if died.is_set():
                return finish(first_error(log), 1)
    return 0


@contextlib.contextmanager
def engine(command: list[str], log: Path) -> Iterator[threading.Event]:
    """Run the engine beside this process; yields an event that is set when it ends by itself."""
    died = threading.Event()
    stopping = False
    with log.open("wb") as out:
        # Its own session, so that Ctrl-C at the terminal reaches the stage alone, which ends both.
        child = subprocess.Popen(command, stdout=out, stderr=out, start_new_session=True)

    def watch() -> None:
        child.wait()
        if not stopping:
            died.set()

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield died
    finally:
        stopping = True
        child.terminate()
        try:
            child.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            child.kill()
        watcher.join()


def first_error(log: Path) -> str:
    """Return what an engine that died had to say, in one sentence."""
    lines = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    if not lines:
        return "the engine ended without a word: run `appliance engine` to see why."
    # A sentence of our own stands last; a traceback's last line names the error.
    return f"the engine ended: {lines[-1]}"

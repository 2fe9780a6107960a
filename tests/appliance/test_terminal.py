"""The piece in a real terminal, looked at through a terminal emulator."""

import fcntl
import os
import pty
import select
import socket
import struct
import sys
import termios
import time
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path

import pyte
import pytest

from appliance.stage.terminal import bar, shown_styles
from tests.conftest import PATIENCE, ROOT, free_port

COLUMNS, LINES = 100, 30


@pytest.mark.parametrize(
    ("level", "drawn"),
    [(0.0, "        "), (0.01, ".       "), (0.5, "####    "), (1.0, "########")],
)
def test_bars(level: float, drawn: str) -> None:
    assert bar(level) == drawn


def test_active_styles_and_the_chosen_one_have_bars() -> None:
    assert shown_styles(["a", "b", "c", "d"], ["d", "a"], "c") == ["a", "c", "d"]


class Screen:
    """A program on a pseudo-terminal, and what its screen shows."""

    def __init__(self, command: list[str], environment: dict[str, str]) -> None:
        self.screen = pyte.Screen(COLUMNS, LINES)
        self._stream = pyte.ByteStream(self.screen)
        self.child, self._fd = pty.fork()
        if self.child == 0:
            os.chdir(ROOT)
            os.execvpe(command[0], command, os.environ | environment)
        fcntl.ioctl(self._fd, termios.TIOCSWINSZ, struct.pack("HHHH", LINES, COLUMNS, 0, 0))

    def press(self, keys: str) -> None:
        os.write(self._fd, keys.encode("ascii"))

    def wait_for(self, condition: Callable[[list[str]], object]) -> list[str]:
        """Read on until the screen's lines fulfil the condition; return them."""
        end = time.monotonic() + PATIENCE
        while not condition(self.screen.display):
            assert time.monotonic() < end, "\n".join(self.screen.display)
            if select.select([self._fd], [], [], 0.1)[0]:
                self._stream.feed(os.read(self._fd, 65_536))
        return list(self.screen.display)

    def hang_up(self) -> None:
        """Close the terminal as its window would, and wait for the program to end."""
        if self._fd < 0:
            return
        os.close(self._fd)
        self._fd = -1
        self._ended()

    def wait(self) -> int:
        """Wait for a program that ends by itself; return its exit status."""
        status = self._ended()
        os.close(self._fd)
        self._fd = -1
        return os.waitstatus_to_exitcode(status)

    def _ended(self) -> int:
        end = time.monotonic() + PATIENCE
        while True:
            child, status = os.waitpid(self.child, os.WNOHANG)
            if child:
                return status
            assert time.monotonic() < end, "the program does not end"
            time.sleep(0.01)  # waitpid knows no patience of its own


@pytest.fixture
def piece(tmp_path: Path) -> Iterator[Screen]:
    site = tmp_path / "site.toml"
    site.write_text(f"[engine]\nport = {free_port()}\n[typing]\npace = 50.0\n")
    command = [sys.executable, "-m", "appliance", "run", "--terminal", "--fresh"]
    screen = Screen(
        [*command, "--settings", str(site)],
        {"XDG_STATE_HOME": str(tmp_path), "TERM": "linux"},
    )
    yield screen
    screen.hang_up()


def shows(words: str) -> Callable[[list[str]], bool]:
    return lambda display: any(words in line for line in display)


def test_the_piece_is_played_with_keys(piece: Screen) -> None:
    piece.wait_for(shows("In the beginning"))
    piece.wait_for(shows("Typing"))
    display = piece.wait_for(shows("austen"))
    assert shows("[########]  40%")(display), "\n".join(display)
    assert shows("left/right choose")(display)
    # The chosen style is the first one, which sleeps; raise it, then play it alone.
    piece.press("\x1b[A\x1b[A")
    piece.wait_for(shows("lincoln        ["))
    piece.press("\r")
    piece.wait_for(shows("lincoln        [########] 100%"))
    # The tabulator moves on to the next style.
    piece.press("\t\r")
    piece.wait_for(shows("apollo11       [########] 100%"))
    piece.press("]]")
    piece.wait_for(shows("temperature 0.80"))
    piece.press("-")
    piece.wait_for(shows("pace 40"))
    piece.press(" ")
    piece.wait_for(shows("The typewriter is held."))
    piece.press(" ")
    piece.wait_for(shows("Typing"))


def test_q_ends_it_cleanly(piece: Screen) -> None:
    piece.wait_for(shows("Typing"))
    piece.press("q")
    assert piece.wait() == 0


def test_a_terminal_that_is_closed_leaves_no_engine_behind(piece: Screen, tmp_path: Path) -> None:
    piece.wait_for(shows("Typing"))
    piece.hang_up()
    port = tomllib.loads((tmp_path / "site.toml").read_text())["engine"]["port"]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", port))  # nobody listens there any more

"""The stage's end of the eye: starts it, hears what it tells, and ends it. Nothing here waits."""

import contextlib
import json
import os
import subprocess
import threading
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from appliance.child import python
from appliance.face.watch import Order

ENDING = 2.0  # seconds until an eye that does not end is killed
MOST = 1 << 20  # bytes of a line: landmarks are some 15,000


class Eye:
    """The eye's process."""

    def __init__(self, order: Order, command: list[str] | None = None) -> None:
        """Start it; OSError if the system refuses."""
        self._child = subprocess.Popen(
            command or python("appliance.face.watch"),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # what matters is told; camera libraries chatter
            start_new_session=True,
        )
        assert self._child.stdin is not None and self._child.stdout is not None
        self._in, self._out = self._child.stdin, self._child.stdout
        os.set_blocking(self._out.fileno(), False)
        self._rest = b""
        self._say(asdict(order))

    @property
    def alive(self) -> bool:
        """Whether it runs."""
        return self._child.poll() is None

    def hear(self) -> list[Mapping[str, Any]]:
        """Return what it has told since the last time."""
        while not self._out.closed:
            try:
                came = os.read(self._out.fileno(), 1 << 16)
            except BlockingIOError:
                break
            if not came:
                break
            self._rest += came
        *lines, self._rest = self._rest.split(b"\n")
        if len(self._rest) > MOST:
            self._rest = b""
        found: list[Mapping[str, Any]] = []
        for line in lines:
            with contextlib.suppress(ValueError):  # a line that was torn when it was killed
                told = json.loads(line)
                if isinstance(told, dict):
                    found.append(told)
        return found

    def show(self, on: bool) -> None:
        """Say whether landmarks shall be told as well."""
        self._say({"show": on})

    def close(self) -> None:
        """End it, and see to that on a thread of its own: a camera's driver may hold it back."""
        with contextlib.suppress(OSError):
            self._in.close()
        self._child.terminate()
        threading.Thread(target=self._end, name="eye's end").start()

    def _end(self) -> None:
        try:
            self._child.wait(ENDING)
        except subprocess.TimeoutExpired:
            self._child.kill()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._child.wait(ENDING)
        self._out.close()

    def _say(self, what: Mapping[str, Any]) -> None:
        with contextlib.suppress(OSError, ValueError):  # it has ended, which `alive` tells
            self._in.write(json.dumps(what).encode() + b"\n")
            self._in.flush()

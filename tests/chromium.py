"""A real browser without a screen, spoken to by a pipe (Chrome DevTools Protocol).

With `--remote-debugging-pipe` Chromium reads commands from descriptor 3 and answers on 4, each a
piece of JSON that ends with a NUL: https://chromedevtools.github.io/devtools-protocol/
"""

import base64
import json
import os
import select
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

from tests.conftest import PATIENCE

PROGRAM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)

EMPTY = "about:blank"
LAUNCH = """\
import fcntl, os, sys
away = [fcntl.fcntl(int(pipe), fcntl.F_DUPFD, 10) for pipe in sys.argv[1:3]]
for pipe, where in zip(away, (3, 4)):
    os.dup2(pipe, where)
os.execvp(sys.argv[3], sys.argv[3:])
"""  # puts the pipes where they are looked for


class Browser:
    """One tab of one browser; a context manager that ends it."""

    def __init__(self, folder: Path) -> None:
        self.asked: list[str] = []  # every address that was requested
        self.said: list[str] = []  # errors and warnings of the page
        self._folder, self._number, self._session = folder, 0, ""
        self._heard = b""
        self._results: dict[int, dict[str, Any]] = {}

    def __enter__(self) -> Self:
        assert PROGRAM is not None
        ears, self._mouth = os.pipe()
        self._ear, mouth = os.pipe()
        command = [PROGRAM, "--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run",
                   "--disable-dev-shm-usage", "--disable-background-networking",
                   "--disable-component-update", f"--user-data-dir={self._folder}",
                   "--remote-debugging-pipe", EMPTY]  # fmt: skip
        self._child = subprocess.Popen(
            [sys.executable, "-c", LAUNCH, str(ears), str(mouth), *command],
            pass_fds=(ears, mouth),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(ears)
        os.close(mouth)
        try:
            target = self.call("Target.createTarget", url=EMPTY)["targetId"]
            attached = self.call("Target.attachToTarget", targetId=target, flatten=True)
        except BaseException:
            self.__exit__()
            raise
        self._session = attached["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.call(f"{domain}.enable")
        return self

    def __exit__(self, *_: object) -> None:
        self._child.terminate()
        try:
            self._child.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.wait()
        os.close(self._mouth)
        os.close(self._ear)

    def call(self, method: str, **parameters: object) -> dict[str, Any]:
        """Call a method of the protocol and return its result; AssertionError if it fails."""
        self._number += 1
        message: dict[str, Any] = {"id": self._number, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._mouth, json.dumps(message).encode() + b"\0")
        end = time.monotonic() + PATIENCE
        while self._number not in self._results:
            self._listen(end)
        result = self._results.pop(self._number)
        assert "error" not in result, (method, result["error"])
        found: dict[str, Any] = result["result"]
        return found

    def size(self, width: int, height: int, *, phone: bool) -> None:
        """Make the window so many CSS pixels large."""
        self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=2 if phone else 1,
            mobile=phone,
        )

    def open(self, address: str) -> None:
        """Go to an address and wait until the page is there; what was before is forgotten."""
        self.call("Page.navigate", url=EMPTY)
        self.until("location.href", lambda here: here == EMPTY)
        self.asked.clear()
        self.said.clear()
        self.call("Page.navigate", url=address)
        self.until(f"location.href !== '{EMPTY}' && document.readyState === 'complete'")

    def run(self, script: str) -> Any:
        """Return the value of an expression in the page."""
        told = self.call("Runtime.evaluate", expression=script, returnByValue=True)
        assert "exceptionDetails" not in told, told["exceptionDetails"]
        return told["result"].get("value")

    def until(self, script: str, holds: Callable[[Any], object] = bool) -> Any:
        """Wait until an expression's value is as wanted, and return it."""
        end = time.monotonic() + PATIENCE
        while not holds(value := self.run(script)):
            assert time.monotonic() < end, f"{script} stays {value!r}"
            time.sleep(0.1)  # leaves the processor to the browser; nothing is measured by it
        return value

    def photograph(self, path: Path) -> None:
        """Write the whole page as a picture."""
        told = self.call("Page.captureScreenshot", format="png", captureBeyondViewport=True)
        path.write_bytes(base64.b64decode(told["data"]))

    def _listen(self, end: float) -> None:
        left = max(0.0, end - time.monotonic())
        ready, _, _ = select.select([self._ear], [], [], left)
        assert ready, "the browser does not answer"
        heard = os.read(self._ear, 1 << 20)
        assert heard, "the browser has ended"
        *whole, self._heard = (self._heard + heard).split(b"\0")
        for piece in whole:
            self._take(json.loads(piece))

    def _take(self, message: dict[str, Any]) -> None:
        if "id" in message:
            self._results[message["id"]] = message
        elif message["method"] == "Network.requestWillBeSent":
            self.asked.append(message["params"]["request"]["url"])
        elif message["method"] == "Log.entryAdded":
            self.said.append(message["params"]["entry"]["text"])
        elif message["method"] == "Runtime.exceptionThrown":
            self.said.append(str(message["params"]["exceptionDetails"]))

"""What many tests stand on: the shipped models, tiny ones, an engine as a process.

Fixtures that only some files take stand in modules beside this one. pytest finds a fixture by its
name in the file that asks for it, so such a file imports it and names it in FIXTURES.
"""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from appliance import wire
from appliance.catalogue import Catalogue, read_catalogue
from appliance.engine.model import Model
from appliance.stage.link import Link
from tests.models import write_model
from tests.puppet import Clock, Puppet

ROOT = Path(__file__).parents[1]
MODELS = ROOT / "models_onnx"
PATIENCE = 30.0  # seconds that a loaded machine may take; no test measures time


@pytest.fixture(scope="session", autouse=True)
def _nobodys_state(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep the tests out of the text and the archive of whoever runs them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_STATE_HOME", str(tmp_path_factory.mktemp("state")))
        patch.delenv("STATE_DIRECTORY", raising=False)
        yield


@pytest.fixture(scope="session")
def shipped() -> Catalogue:
    """Return the catalogue of the shipped models."""
    return read_catalogue(MODELS)


@pytest.fixture(scope="session")
def load(shipped: Catalogue) -> Callable[[str], Model]:
    """Return a loader of shipped models that loads each once."""
    loaded: dict[str, Model] = {}

    def model(slug: str) -> Model:
        if slug not in loaded:
            loaded[slug] = Model(shipped.styles[slug].path)
        return loaded[slug]

    return model


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with three tiny models: a, b and c."""
    folder = tmp_path_factory.mktemp("tiny")
    for seed, slug in enumerate("abc"):
        write_model(folder, slug, seed=seed)
    return folder


def free_port() -> int:
    """Return a UDP port that nobody listens on."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def appliance(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the command line and return what it printed."""
    return subprocess.run(
        [sys.executable, "-m", "appliance", *arguments],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        timeout=120,
        env=os.environ | environment,
    )


class EngineProcess:
    """A real engine on a port of its own, with its own state folder and settings."""

    def __init__(self, folder: Path, settings: str = "") -> None:
        self.port = free_port()
        self.folder = folder
        self.settings = folder / "site.toml"
        self.settings.write_text(settings, encoding="utf-8")
        self._child: subprocess.Popen[bytes] | None = None

    def start(self, *arguments: str) -> None:
        """Start it, with the state that it left behind."""
        command = [sys.executable, "-m", "appliance", "engine", "--port", str(self.port)]
        command += ["--settings", str(self.settings), *arguments]
        self._child = subprocess.Popen(
            command, cwd=ROOT, env=os.environ | {"STATE_DIRECTORY": str(self.folder)}
        )

    def kill(self) -> None:
        """End it as a crash would."""
        assert self._child is not None
        self._child.kill()
        self._child.wait(PATIENCE)

    def stop(self) -> int:
        """Ask it to end; return its exit status."""
        if self._child is None:
            return 0
        self._child.terminate()
        return self._child.wait(PATIENCE)


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[EngineProcess]:
    """Return an engine that is not started yet and is stopped at the end."""
    process = EngineProcess(tmp_path)
    yield process
    process.stop()


class Eager(Link):
    """A test's own link to an engine: it asks anew at once, where a stage waits up to seconds."""

    _came = _asked = -1e9  # seconds

    def __init__(self, engine: EngineProcess) -> None:
        super().__init__(("127.0.0.1", engine.port), "127.0.0.1", 0, time.monotonic)

    def poll(self) -> list[wire.Message]:
        """Take in all that has come; where nothing has for a quarter of a second, subscribe."""
        messages, now = super().poll(), time.monotonic()
        if messages:
            self._came = now
        elif now - max(self._came, self._asked) > 0.25:
            self._asked = now
            self.send(wire.Subscribe(0, wire.VERSION))
        return messages


@pytest.fixture
def link(engine: EngineProcess) -> Iterator[Link]:
    """Return a link to that engine; what is tested on it is the engine."""
    with Eager(engine) as opened:
        yield opened


def wait_for(
    link: Link, condition: Callable[[], object], messages: list[wire.Message] | None = None
) -> list[wire.Message]:
    """Poll a link until the condition holds; return all messages that came meanwhile.

    A condition on what has come looks at `messages`, the list that it is put into.
    """
    messages = [] if messages is None else messages
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, "the engine did not do it"
        came = link.poll()
        messages += came
        if not came:
            time.sleep(0.002)  # leaves the processor to the engine; nothing is measured by it
    return messages


@pytest.fixture
def clock() -> Clock:
    """Return a clock that stands still."""
    return Clock()


@pytest.fixture
def puppet() -> Iterator[Puppet]:
    """Return an engine's end of the wire."""
    made = Puppet()
    yield made
    made.socket.close()

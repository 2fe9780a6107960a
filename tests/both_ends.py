"""An engine as a process, and a stage's end of a link to it: whether both have the same.

The stage is a Link; where it can be read on standard output, it is the process.
"""

import time
from collections.abc import Callable, Iterator

import pytest

from appliance import wire
from appliance.stage.link import Link, View
from tests.conftest import Eager, EngineProcess, wait_for

# Fast, yet so slow that no test comes to the 4,000 characters that a page keeps.
FAST = "[typing]\npace = 50.0\nunevenness = 0.0\n"
MIXTURE = {"linux": 0.5, "homer": 0.25, "trump": 0.25}


@pytest.fixture
def direct(engine: EngineProcess) -> Iterator[Link]:
    """Return the test's own link to an engine that types fast; no relay is between the two."""
    engine.settings.write_text(FAST)
    with Eager(engine) as opened:
        yield opened


def open_link(engine: tuple[str, int], port: int = 0) -> Link:
    return Link(engine, "127.0.0.1", port, time.monotonic)


def kill(stage: Link) -> None:
    """End a stage's link as a crash would: nobody says good-bye."""
    stage._socket.close()


def wait_for_both(one: Link, other: Link, condition: Callable[[], object]) -> None:
    """Poll two links until the condition holds."""

    def met() -> object:
        other.poll()
        return condition()

    wait_for(one, met)


def told(view: View) -> dict[str, object]:
    """Return all that a stage shows of the engine and that lasts."""
    page = view.page
    return {
        "run": (page.run, view.hello and view.hello.run),
        "page": (page.start, page.end, page.text, page.authors),
        "weights": view.weights,
        "active": view.active,
        "styles": (view.styles, view.by_author),
        "set": view.hello,
        "state": view.status and view.status.state,
    }


def hold_and_compare(stage: Link, direct: Link) -> None:
    """Hold the engine and wait until the stage shows what the engine has, to the letter."""
    direct.send(wire.Hold(1))
    wait_for(direct, lambda: direct.view.status and direct.view.status.state == "held")
    wait_for_both(stage, direct, lambda: told(stage.view) == told(direct.view))
    assert stage.view.page.whole
    assert stage.view.page.text
    assert stage.view.status is not None
    assert stage.view.status.state == "held"

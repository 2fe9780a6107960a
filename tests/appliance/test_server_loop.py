"""The engine's loop, without a network: what it rests on, and what it does not stop for."""

import asyncio
import shutil
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import cast

import numpy as np
import pytest

from appliance import wire
from appliance.engine.ensemble import Ensemble
from appliance.engine.guard import Guard
from appliance.engine.model import Model
from appliance.engine.server import Server
from appliance.engine.typewriter import Drawn
from appliance.plain import plain
from appliance.service.day import Day, Now
from tests.conftest import PATIENCE
from tests.engine_room import Sent, ensemble, listening, make, say, sent, server

FIXTURES = (ensemble, sent, server)


class Closed:
    """A day on which it is closed."""

    def now(self) -> Now:
        return Now(is_open=False)


Until = Callable[[Callable[[], object]], Awaitable[None]]


def play(server: Server, story: Callable[[Until], Awaitable[None]]) -> None:
    """Let the engine's loop run while a story is told; it waits until something is so."""

    async def told() -> None:
        running = asyncio.ensure_future(server._type_forever(asyncio.get_running_loop()))

        async def until(condition: Callable[[], object]) -> None:
            while not condition():
                await asyncio.wait([running], timeout=0.001)
                assert not running.done(), running.exception()

        await story(until)
        server.stop()
        await running

    async def in_time() -> None:
        await asyncio.wait_for(told(), PATIENCE)

    asyncio.run(in_time())


@pytest.fixture
def rests(server: Server, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return a list that gets the page's text whenever the engine feeds its watchdog at rest."""
    stood: list[str] = []
    fed = server._supervisor.progress

    def rested() -> None:
        fed()
        if server._at_rest:
            stood.append(server._text.sheet.text)

    monkeypatch.setattr(server._supervisor, "progress", rested)
    return stood


def take_up(server: Server, text: str) -> None:
    """Let a page stand as if it had been kept."""
    server._text.sheet.begin()
    server._text.sheet.put(text, "0" * len(text))
    server._typewriter.follow(text)


@pytest.mark.parametrize("rest", ["held", "silent", "closed"])
def test_no_listed_word_is_left_standing_in_a_rest(
    server: Server, rests: list[str], rest: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    take_up(server, "my ass")
    draw = server._typewriter.draw

    def silenced() -> Drawn | None:
        if server._ensemble._ready:  # it is for who stood ready to finish the word
            say(server, wire.Weights(()))
        return draw()

    match rest:
        case "held":
            say(server, wire.Hold(1))
        case "silent":
            monkeypatch.setattr(server._typewriter, "draw", silenced)
        case "closed":
            server._day = cast(Day, Closed())

    async def story(until: Until) -> None:
        await until(lambda: rests)

    play(server, story)
    assert Guard().settled(rests[0])
    assert rests[0].startswith("my ass")
    assert rests[0][6:].isalpha()
    assert server.status().state == rest


def test_a_silence_before_anybody_can_finish_a_listed_word_strikes_it(
    server: Server, sent: Sent, rests: list[str]
) -> None:
    take_up(server, "kiss my ass")
    before = listening(server, sent)
    say(server, wire.Weights(()))
    pages: list[wire.Text] = []

    async def story(until: Until) -> None:
        await until(lambda: rests)
        pages.extend(m for told in sent.take() for m in told if isinstance(m, wire.Text))
        await until(lambda: len(rests) >= 2)
        assert set(rests) == {"kiss my "}
        assert server.status().state == "silent"
        say(server, wire.Weights((("b", 1.0),)))
        await until(lambda: server._text.sheet.end > before.end + 20)

    play(server, story)
    assert (pages[0].text, pages[0].authors) == ("kiss my ", "0" * 8)
    assert pages[0].start == before.end
    assert server._text.sheet.text.startswith("kiss my ")


def test_where_every_style_fails_the_page_stands_until_their_files_play(
    tiny: Path, sent: Sent, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = tmp_path / "models"
    shutil.copytree(tiny, files)
    fed: list[int] = []
    models = {slug: Model(files / f"{slug}.onnx") for slug in "abc"}
    with Ensemble(models, load_after=0.01) as ensemble:
        server = make(tiny, ensemble, sent, tmp_path)
        monkeypatch.setattr(server._supervisor, "progress", lambda: fed.append(1))
        listening(server, sent)
        say(server, wire.Weights((("a", 0.5), ("b", 0.5))), wire.Pace(100.0))

        async def story(until: Until) -> None:
            await until(lambda: server._pulse.characters > 20)
            with monkeypatch.context() as damage:
                for slug in "abc":
                    (files / f"{slug}.onnx").write_bytes(b"")
                    damage.setattr(models[slug], "logits", fail)
                say(server, wire.Reset())
                await until(lambda: server.status().state == "starting")
                stood, progress = server._text.sheet.text, len(fed)
                await until(lambda: all("does not load" in fault for fault in ensemble.faults))
                server._last_status = -1e9
                server._tell_status()
                ill = [line.sentence for line in server.report.lines if not line.well]
                assert all(any(f"{slug}.onnx" in said for said in ill) for slug in "abc")
                [writing] = [line for line in server.report.lines if line.name == "writing"]
                assert "failed" in writing.sentence and not writing.well
                assert (server._text.sheet.text, len(fed)) == (stood, progress)
            for slug in "abc":
                shutil.copy(tiny / f"{slug}.onnx", files)
            await until(lambda: len(server._text.sheet.text) > len(stood) + 20)
            assert server._text.sheet.text.startswith(stood)
            assert (server.status().state, ensemble.faults) == ("typing", ())

        play(server, story)


def fail(*_: object) -> None:
    """Answer as a session that cannot run."""
    raise RuntimeError("cannot run")


def test_a_state_of_no_numbers_costs_no_more_than_a_moment(
    server: Server, ensemble: Ensemble, sent: Sent, monkeypatch: pytest.MonkeyPatch
) -> None:
    listening(server, sent)
    say(server, wire.Weights((("a", 0.9), ("b", 0.1))), wire.Pace(100.0))
    read, spoilt = ensemble.read, 0

    def spoiling(text: str) -> int:
        nonlocal spoilt
        if spoilt < 2 and "b" in ensemble._ready:
            spoilt += 1
            reader = ensemble._ready["b"]
            reader.state = tuple(np.full_like(part, np.nan) for part in reader.state)
        return read(text)

    monkeypatch.setattr(ensemble, "read", spoiling)

    async def story(until: Until) -> None:
        await until(lambda: ensemble.faults)
        end = server._text.sheet.end + 20
        await until(lambda: server._text.sheet.end > end)

    play(server, story)
    assert ensemble.renewals == 1
    server._last_status = -1e9
    server._tell_status()
    [line] = [line for line in server.report.lines if "b.onnx" in line.sentence]
    assert (line.name, line.well) == ("settings and models", False)
    joints = [m.values() for told in sent.take() for m in told if type(m) is wire.JointIs]
    assert len(joints) >= 20
    assert np.isfinite(joints).all()
    assert plain(server._text.sheet.text) == server._text.sheet.text

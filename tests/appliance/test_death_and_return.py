"""Either process dies and returns, and datagrams go astray: the stage shows the engine's text.

The stage is a Link; where it can be read on standard output, it is the process.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance import wire
from appliance.engine.memory import Memory
from appliance.engine.resume import resume
from appliance.stage.link import Link
from tests.both_ends import (
    FAST,
    MIXTURE,
    direct,
    hold_and_compare,
    kill,
    open_link,
    wait_for_both,
)
from tests.conftest import ROOT, EngineProcess, free_port, wait_for
from tests.relay import Relay, Road

FIXTURES = (direct,)
BAD = Road(lost=0.25, doubled=0.2, late=0.4, seconds=0.06)


class StageProcess:
    """A real stage without a screen, which writes the text to a file."""

    def __init__(self, folder: Path, engine: EngineProcess) -> None:
        self._engine, self._out = engine, folder / "stage.txt"
        self._child: subprocess.Popen[bytes] | None = None

    @property
    def text(self) -> str:
        return self._out.read_text(encoding="ascii")

    def start(self) -> None:
        command = [sys.executable, "-m", "appliance", "stage", "--engine-port"]
        command += [str(self._engine.port), "--settings", str(self._engine.settings)]
        screens = ("DISPLAY", "WAYLAND_DISPLAY", "SDL_VIDEODRIVER")
        environment = {k: v for k, v in os.environ.items() if k not in screens}
        with self._out.open("wb") as out:
            self._child = subprocess.Popen(
                command, stdout=out, stdin=subprocess.DEVNULL, cwd=ROOT, env=environment
            )

    def kill(self) -> None:
        if self._child is not None:
            self._child.kill()
            self._child.wait()


@pytest.fixture
def stage_process(engine: EngineProcess, tmp_path: Path) -> Iterator[StageProcess]:
    process = StageProcess(tmp_path, engine)
    yield process
    process.kill()


def kept(engine: EngineProcess) -> Memory:
    return resume(engine.folder / "engine.json", engine.folder / "archive.sqlite") or Memory()


def play_until_kept(engine: EngineProcess, direct: Link, end: int) -> None:
    """Set the mixture and wait until it is on the disk, with the text up to an index."""
    direct.send(wire.Active((*MIXTURE, "bible")), wire.Weights(tuple(MIXTURE.items())))
    wait_for(direct, lambda: direct.view.weights == MIXTURE)
    wait_for(direct, lambda: kept(engine).end > end and kept(engine).weights == MIXTURE)


def back(stage: Link, run: int | None) -> bool:
    """Tell whether the stage follows another run of the engine."""
    view = stage.view
    return view.page.run != run and view.whole


def assert_taken_up(engine: EngineProcess, direct: Link, before: Memory) -> None:
    assert direct.view.page.text.startswith(before.text)
    assert direct.view.weights == MIXTURE
    assert set(direct.view.active) == {*MIXTURE, "bible"}


# --- either dies and returns ------------------------------------------------------------------


def test_an_engine_is_killed_and_returns(engine: EngineProcess, direct: Link) -> None:
    with open_link(("127.0.0.1", engine.port)) as stage:
        engine.start("--seed", "1")
        wait_for(stage, lambda: stage.view.characters > 5)
        play_until_kept(engine, direct, end=200)
        run = direct.view.page.run
        engine.kill()
        before = kept(engine)
        engine.start()
        wait_for_both(stage, direct, lambda: back(stage, run) and back(direct, run))
        assert_taken_up(engine, direct, before)
        wait_for_both(stage, direct, lambda: stage.view.page.end > before.end + 20)
        hold_and_compare(stage, direct)
        assert stage.view.page.text.startswith(before.text)


def test_an_engine_is_killed_again_and_again(engine: EngineProcess, direct: Link) -> None:
    engine.start("--seed", "1")
    wait_for(direct, lambda: direct.view.characters > 5)
    play_until_kept(engine, direct, end=50)
    stood = kept(engine).text
    for _ in range(3):
        run = direct.view.page.run
        engine.kill()
        engine.start()
        # A default binds this turn's run; mypy infers no type for it.
        wait_for(direct, lambda run=run: back(direct, run))  # type: ignore[misc]
    with open_link(("127.0.0.1", engine.port)) as stage:
        hold_and_compare(stage, direct)
        assert stage.view.page.text.startswith(stood)
        assert stage.view.weights == MIXTURE


def test_a_stage_is_killed_and_returns(engine: EngineProcess, direct: Link) -> None:
    engine.start("--seed", "1")
    port = free_port()
    stage = open_link(("127.0.0.1", engine.port), port)
    wait_for(stage, lambda: stage.view.characters > 50)
    play_until_kept(engine, direct, end=0)
    end = direct.view.page.end
    kill(stage)
    # The engine notices nothing.
    wait_for(direct, lambda: direct.view.page.end > end + 100)
    with open_link(("127.0.0.1", engine.port), port) as returned:
        wait_for_both(returned, direct, lambda: returned.view.characters > 20)
        hold_and_compare(returned, direct)


def test_the_stage_process_is_killed_and_returns(
    engine: EngineProcess, direct: Link, stage_process: StageProcess
) -> None:
    engine.start("--seed", "1")
    stage_process.start()
    wait_for(direct, lambda: len(stage_process.text) > 100)
    stage_process.kill()
    end = direct.view.page.end
    wait_for(direct, lambda: direct.view.page.end > end + 100)
    stage_process.start()
    wait_for(direct, lambda: len(stage_process.text) > end + 150)
    direct.send(wire.Hold(1))
    wait_for(direct, lambda: direct.view.status and direct.view.status.state == "held")
    wait_for(direct, lambda: stage_process.text == direct.view.page.text)


def test_both_are_killed_and_return(
    engine: EngineProcess, direct: Link, stage_process: StageProcess
) -> None:
    engine.start("--seed", "1")
    stage_process.start()
    wait_for(direct, lambda: len(stage_process.text) > 100)
    play_until_kept(engine, direct, end=200)
    run = direct.view.page.run
    engine.kill()
    stage_process.kill()
    before = kept(engine)
    stage_process.start()  # a stage may well be there first
    engine.start()
    wait_for(direct, lambda: back(direct, run))
    assert_taken_up(engine, direct, before)
    wait_for(direct, lambda: len(stage_process.text) > len(before.text) + 20)
    with open_link(("127.0.0.1", engine.port)) as stage:
        hold_and_compare(stage, direct)
    wait_for(direct, lambda: stage_process.text == direct.view.page.text)


def test_a_stage_that_is_there_before_the_engine(engine: EngineProcess, direct: Link) -> None:
    with open_link(("127.0.0.1", engine.port)) as stage:
        engine.start("--seed", "1")
        # Subscribing all the while, into a port that nobody has opened yet.
        wait_for_both(stage, direct, lambda: stage.view.page.whole and stage.view.characters > 20)
        hold_and_compare(stage, direct)


def test_an_engine_returns_with_other_styles(
    engine: EngineProcess, direct: Link, tiny: Path
) -> None:
    with open_link(("127.0.0.1", engine.port)) as stage:
        engine.start("--seed", "1")
        wait_for_both(stage, direct, lambda: stage.view.characters > 5)
        play_until_kept(engine, direct, end=100)
        run = direct.view.page.run
        engine.kill()
        before = kept(engine)
        engine.settings.write_text(FAST + f"[styles]\nmodels = '{tiny}'\n")
        engine.start("--seed", "1")
        wait_for_both(stage, direct, lambda: back(stage, run) and back(direct, run))
        wait_for_both(stage, direct, lambda: stage.view.page.end > before.end + 20)
        hold_and_compare(stage, direct)
        view = stage.view
        assert set(view.styles) == set("abc") == set(view.by_author.values())
        assert view.weights == {"a": 1.0}
        # What stood there stands; its authors are unknown now, and the new ones are known.
        stood, new = len(before.text), view.page.authors
        assert view.page.text.startswith(before.text)
        assert set(new[:stood]) == {wire.NOBODY}
        assert set(new[stood:]) <= set(view.by_author)


# --- a bad road -------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", [1, 2])
def test_datagrams_are_lost_doubled_and_out_of_order(
    engine: EngineProcess, direct: Link, seed: int
) -> None:
    engine.start("--seed", "1")
    with (
        Relay(("127.0.0.1", engine.port), BAD, seed=seed) as relay,
        open_link(relay.address) as stage,
    ):
        wait_for_both(stage, direct, lambda: stage.view.characters > 20)
        for mixture in ({"linux": 1.0}, {"bible": 0.5, "trump": 0.5}, MIXTURE):
            direct.send(wire.Weights(tuple(mixture.items())))
            end = direct.view.page.end
            # As above.
            wait_for_both(stage, direct, lambda end=end: stage.view.page.end > end + 30)  # type: ignore[misc]
        wait_for_both(stage, direct, lambda: relay.lost > 20 and relay.doubled > 20)
        wait_for_both(stage, direct, lambda: relay.overtaken > 20)
        hold_and_compare(stage, direct)
        assert stage.view.weights == MIXTURE


def test_both_die_and_return_over_a_bad_road(engine: EngineProcess, direct: Link) -> None:
    engine.start("--seed", "1")
    with Relay(("127.0.0.1", engine.port), BAD, seed=3) as relay:
        port = free_port()
        stage = open_link(relay.address, port)
        wait_for_both(stage, direct, lambda: stage.view.characters > 20)
        play_until_kept(engine, direct, end=100)
        run = direct.view.page.run
        kill(stage)
        engine.kill()
        before = kept(engine)
        engine.start()
        with open_link(relay.address, port) as returned:
            wait_for_both(returned, direct, lambda: back(returned, run) and back(direct, run))
            hold_and_compare(returned, direct)
            assert returned.view.page.text.startswith(before.text)


@pytest.mark.parametrize("survives", [True, False])
def test_what_a_dead_engine_said_arrives_after_what_its_successor_says(
    engine: EngineProcess, direct: Link, *, survives: bool
) -> None:
    engine.start("--seed", "1")
    with Relay(("127.0.0.1", engine.port)) as relay:
        port = free_port()
        stage = open_link(relay.address, port)
        wait_for_both(stage, direct, lambda: stage.view.characters > 20)
        play_until_kept(engine, direct, end=50)
        run = direct.view.page.run
        parked = relay.parked
        relay.park()
        wait_for(direct, lambda: relay.parked > parked + 30)
        engine.kill()
        if not survives:  # then the stage that returns has never heard of the dead engine
            kill(stage)
            stage = open_link(relay.address, port)
        relay.drive_on()
        engine.start()
        with stage:
            wait_for_both(stage, direct, lambda: back(stage, run) and back(direct, run))
            relay.release()
            end, followed = direct.view.page.end, set[int | None]()

            def went_on() -> bool:
                followed.add(stage.view.page.run)
                return direct.view.page.end > end + 50

            wait_for_both(stage, direct, went_on)
            assert not (survives and run in followed)
            wait_for_both(stage, direct, lambda: back(stage, run))
            hold_and_compare(stage, direct)


def test_a_new_page_that_was_lost_while_the_engine_is_held(
    engine: EngineProcess, direct: Link
) -> None:
    engine.start("--seed", "1")
    with (
        Relay(("127.0.0.1", engine.port)) as relay,
        open_link(relay.address) as stage,
    ):
        wait_for_both(stage, direct, lambda: stage.view.characters > 20)
        hold_and_compare(stage, direct)
        start = direct.view.page.start
        relay.cut()
        direct.send(wire.Reset(), wire.Prime(" was nothing."), wire.Weights((("bible", 1.0),)))
        wait_for(
            direct, lambda: direct.view.page.start > start and direct.view.page.text[-1] == "."
        )
        wait_for(direct, lambda: direct.view.weights == {"bible": 1.0})
        assert stage.view.page.start == start
        relay.mend()
        hold_and_compare(stage, direct)
        assert stage.view.page.text.endswith(" was nothing.")

"""Faults of settings, clock, processes, network and devices: the piece goes on, or returns.

Real engines; see docs/reliability.md for the list of all faults, and test_faults_models.py and
test_faults_disk.py for theirs. That engine, stage or both are killed is in
test_death_and_return.py; that there is no screen at first is in test_displays.py.
"""

import itertools
import json
import os
import signal
import subprocess
import sys
import time
from datetime import datetime
from pathlib import Path

import pytest

from appliance import wire
from appliance.controls.hands import Hands
from appliance.controls.midi import Midi
from appliance.last_good import KEPT
from appliance.settings import Loaded
from appliance.stage.desk import Desk
from appliance.stage.link import Link
from tests.conftest import ROOT, appliance, wait_for
from tests.jack import MISSING, FakeBox, jack_server
from tests.proofs.hour import resident
from tests.watched import WatchedEngine, engine, site

FIXTURES = (engine, site)
MIXTURE = {"a": 0.5, "b": 0.25, "c": 0.25}
GROWS = 64.0  # MiB that a flood may cost: the system's own buffers are not among them
HOUR, YEAR = 3_600, 365 * 86_400


def state(link: Link) -> str:
    return link.view.status.state if link.view.status else ""


# --- settings -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("broken", "words"),
    [
        (b"[typing\n", "is not TOML"),
        (b"[typing]\npace = 'fast'\n", "typing.pace"),
        (b"[typing]\npaze = 3\n", "did you mean typing.pace"),
        (b"[typing]\npace = 1e9\n", "typing.pace"),
        (b"\xff\xfe\x00", "is not UTF-8"),
        (None, "cannot be read"),
    ],
)
def test_settings_are_broken(
    engine: WatchedEngine, link: Link, broken: bytes | None, words: str
) -> None:
    good = engine.settings.read_bytes()
    (engine.state / KEPT).write_bytes(good)
    if broken is None:
        engine.settings.unlink()
    else:
        engine.settings.write_bytes(broken)
    engine.start("--seed", "1")
    wait_for(link, lambda: state(link) == "typing")
    assert set(link.view.styles) == set("abc")  # as in the file that was good
    [line] = engine.lines(str(engine.settings))
    assert words in line
    page = engine.page()
    assert page["state"] == "typing" and not page["well"]
    assert [entry for entry in page["lines"] if words in entry["sentence"] and not entry["well"]]


# --- the clock ----------------------------------------------------------------------------------


@pytest.mark.parametrize("jump", [HOUR, -HOUR, YEAR])
def test_the_clock_jumps(engine: WatchedEngine, link: Link, jump: int) -> None:
    engine.start("--seed", "1")
    wait_for(link, lambda: len(engine.rows()) > 30)
    engine.wrong.write_text(str(jump), encoding="ascii")
    jumped = len(engine.rows())
    wait_for(link, lambda: len(engine.rows()) > jumped + 200)
    assert engine.stop() == 0
    times = [entry.at / 1e3 for entry in engine.archived()]
    steps = [later - earlier for earlier, later in itertools.pairwise(times)]
    farthest = max(steps, key=abs)
    assert farthest == pytest.approx(jump, abs=60.0)
    assert sum(abs(step) > HOUR / 2 for step in steps) == 1
    assert [number for number, _ in engine.rows()] == list(range(1, len(times) + 1))
    # What was typed is printed in the order in which it was, whatever the clock said.
    printed = appliance("transcript", "--archive", str(engine.state / "archive.sqlite"), "--json")
    text = "".join(json.loads(line)["text"] for line in printed.stdout.splitlines())
    kept = json.loads((engine.state / "engine.json").read_text(encoding="ascii"))
    assert text == kept["text"]


def test_the_clock_jumps_to_a_day_on_which_it_is_closed(
    engine: WatchedEngine, link: Link, site: str
) -> None:
    closed = datetime(2031, 1, 1, 12).astimezone()
    dates = '[hours]\nclock = "always"\ndates = { 2031-01-01 = "" }\n'
    engine.configure(site + dates)
    engine.start("--seed", "1")
    wait_for(link, lambda: state(link) == "typing")
    engine.wrong.write_text(str(closed.timestamp() - time.time()), encoding="ascii")
    wait_for(link, lambda: state(link) == "closed")
    end = link.view.page.end
    engine.wrong.unlink()
    wait_for(link, lambda: state(link) == "typing" and link.view.page.end > end + 20)


# --- a process that stands still ------------------------------------------------------------------


def test_the_engine_is_stopped_and_released(engine: WatchedEngine, link: Link) -> None:
    engine.start("--seed", "1")
    wait_for(link, lambda: link.view.characters > 50)
    run = link.view.page.run
    engine.signal(signal.SIGSTOP)
    wait_for(link, lambda: not link.alive)
    stood = link.view.page.text
    link.send(wire.Weights(tuple(MIXTURE.items())))  # a visitor does not know
    engine.signal(signal.SIGCONT)
    wait_for(link, lambda: link.alive and link.view.page.end > len(stood) + 50)
    assert link.view.page.run == run
    assert link.view.page.text.startswith(stood)
    wait_for(link, lambda: link.view.weights == MIXTURE)
    link.send(wire.Hold(1))
    wait_for(link, lambda: state(link) == "held")
    typed = link.view.status.characters if link.view.status else 0
    wait_for(link, lambda: len(engine.rows()) == typed)


# --- a flood --------------------------------------------------------------------------------------


def test_a_flood_of_50_000_packets_a_second(engine: WatchedEngine, link: Link) -> None:
    engine.start("--seed", "1")
    wait_for(link, lambda: link.view.characters > 50)
    before = resident(engine.pid)
    flood = [sys.executable, "-m", "tests.endurance.flood", "--port", str(engine.port)]
    with subprocess.Popen(
        [*flood, "--rate", "50000"], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as pouring:
        try:
            wait_for(link, lambda: link.view.status and link.view.status.dropped > 1_000)
            seen = link.view.characters
            wait_for(link, lambda: link.view.characters > seen + 50)

            def insists() -> bool:
                # Datagrams drown with the others: a hand that moves sends every frame.
                link.send(wire.Weights(tuple(MIXTURE.items())))
                return link.view.weights == MIXTURE

            wait_for(link, insists)
            wait_for(link, lambda: set(link.view.attribution) == set(MIXTURE))
            assert resident(engine.pid) < before + GROWS
            assert pouring.poll() is None
        finally:
            pouring.terminate()
        assert pouring.stdout is not None
        sent = json.loads(pouring.stdout.read())
    assert sent["packets"] > 1_000
    assert link.view.hello is not None
    dropped = link.view.status.dropped if link.view.status else 0
    seen = link.view.characters
    wait_for(link, lambda: link.view.characters > seen + 50)
    assert link.view.status is not None and link.view.status.dropped >= dropped
    assert len(engine.lines("was dropped")) == 1
    assert resident(engine.pid) < before + GROWS


# --- a device -------------------------------------------------------------------------------------


@pytest.mark.skipif(bool(MISSING), reason=MISSING)
def test_a_midi_box_goes_in_mid_gesture(engine: WatchedEngine, link: Link, tmp_path: Path) -> None:
    engine.start("--seed", "1")
    wait_for(link, lambda: link.view.characters > 5)
    link.send(wire.Active(("a", "b", "c")), wire.Weights((("b", 1.0),)))
    wait_for(link, lambda: link.view.weights == {"b": 1.0})
    with jack_server(f"faults{os.getpid()}"):
        midi = Midi(Midi.Settings(api="UNIX_JACK"), path=tmp_path / "midi.json")
        with Hands({"midi": midi}) as hands:
            desk = Desk(link, Loaded.read().settings.controls, hands=hands)

            def frame() -> None:
                now = time.monotonic()
                desk.follow(link.poll(), now)
                desk.play(now)
                desk.flush(now)

            def offered() -> bool:
                frame()
                return bool(desk.slugs)

            def here(name: str) -> bool:
                frame()
                return name in midi.health().sentence

            def level(slug: str) -> float:
                frame()
                return desk.mixer.levels.get(slug, 0.0)

            wait_for(link, offered)
            box = FakeBox("nanoKONTROL2")
            wait_for(link, lambda: here("nanoKONTROL2"))
            for value in range(0, 65, 4):  # on its way up, when the cable comes out
                box.send(0xB0, 0, value)
                frame()
            wait_for(link, lambda: level("a") > 0.4)
            box.unplug()
            wait_for(link, lambda: not here("nanoKONTROL2"))
            wait_for(link, lambda: level("a") == pytest.approx(64 / 127))
            wait_for(
                link, lambda: link.view.weights.get("a", 0.0) == pytest.approx(0.335, abs=0.01)
            )
            seen = link.view.characters
            wait_for(link, lambda: level("a") and link.view.characters > seen + 50)
            assert midi.health().well
            # Every other hand plays on meanwhile.
            desk.set_level("c", 1.0, time.monotonic())
            wait_for(link, lambda: level("c") and "c" in link.view.attribution)
            box.plug_in()
            wait_for(link, lambda: here("nanoKONTROL2"))
            for value in range(64, 128, 9):
                box.send(0xB0, 0, value)
            wait_for(link, lambda: level("a") == 1.0)
            box.unplug()

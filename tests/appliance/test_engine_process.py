"""The real engine, spoken to over UDP."""

import json
import socket
from dataclasses import asdict

import numpy as np
import pytest
from numpy.typing import NDArray

from appliance import wire
from appliance.engine.memory import Memory
from appliance.engine.resume import resume
from appliance.stage.link import Link
from tests.conftest import PATIENCE, EngineProcess, appliance, wait_for

FAST = "[typing]\npace = 100.0\nunevenness = 0.0\n"


@pytest.fixture
def typing(engine: EngineProcess, link: Link) -> Link:
    """Return a link on which the first characters have come."""
    engine.settings.write_text(FAST)
    engine.start("--seed", "1")
    wait_for(link, lambda: link.view.characters > 5)
    return link


def test_it_types_the_opening_before_anybody_has_touched_it(typing: Link) -> None:
    view = typing.view
    assert view.page.text.startswith("In the beginning")
    assert view.page.whole
    assert set(view.weights) == {"austen", "bible", "love_songs"}
    assert len(view.active) == 8
    assert len(view.styles) == 21
    assert sum(view.attribution.values()) == pytest.approx(1.0)
    assert view.joint.sum() == pytest.approx(1.0, abs=1e-5)
    wait_for(typing, lambda: view.following is not None)
    assert set(view.distributions) == set(view.attribution)
    assert view.hello is not None
    assert view.hello.version == wire.VERSION


def test_it_obeys_the_weights(typing: Link) -> None:
    typing.send(wire.Weights((("linux", 3.0), ("trump", 1.0))))
    wait_for(typing, lambda: typing.view.weights == {"linux": 0.75, "trump": 0.25})
    wait_for(typing, lambda: set(typing.view.attribution) == {"linux", "trump"})
    typing.send(wire.Weight("trump", 0.0))
    wait_for(typing, lambda: typing.view.weights == {"linux": 1.0})


def test_shares_are_the_weights_times_what_each_style_expected(typing: Link) -> None:
    weights = {"linux": 0.75, "trump": 0.25}
    typing.send(wire.Weights(tuple(weights.items())))
    wait_for(typing, lambda: set(typing.view.attribution) == set(weights))
    seen = typing.view.characters
    told = wait_for(typing, lambda: typing.view.characters > seen + 60)
    expects: dict[str, float] = {}  # the chance that each style gave the character
    chances: dict[str, NDArray[np.float32]] = {}
    foreseen, compared = -1, 0
    for message in told:
        match message:
            case wire.Next():
                foreseen, chances = message.index, {}
            case wire.Distribution():
                chances[message.slug] = message.values()
            case wire.Character():
                known = chances if message.index == foreseen + 1 else {}
                expects = {slug: float(p[ord(message.tail[-1])]) for slug, p in known.items()}
            case wire.Attribution() if set(expects) == {slug for slug, _ in message.pairs}:
                said = {slug: weights[slug] * chance for slug, chance in expects.items()}
                shares = {slug: part / sum(said.values()) for slug, part in said.items()}
                assert dict(message.pairs) == pytest.approx(shares, abs=1e-4)
                compared += 1
    assert compared > 30


def test_what_the_settings_do_not_allow_is_held_at_zero(typing: Link) -> None:
    typing.send(wire.Weights((("mein_kampf", 1.0), ("bible", 1.0))))
    wait_for(typing, lambda: typing.view.weights == {"bible": 1.0})
    assert "mein_kampf" not in typing.view.styles


def test_silence_rests_and_a_fader_wakes_it(typing: Link) -> None:
    typing.send(wire.Weights(()))
    wait_for(typing, lambda: typing.view.status and typing.view.status.state == "silent")
    end = typing.view.page.end
    wait_for(typing, lambda: typing.view.page.end == end)
    typing.send(wire.Weights((("homer", 1.0),)))
    wait_for(typing, lambda: typing.view.page.end > end + 3)


def test_hold_and_release(typing: Link) -> None:
    typing.send(wire.Hold(1))
    wait_for(typing, lambda: typing.view.status and typing.view.status.state == "held")
    end = typing.view.page.end
    typing.send(wire.Hold(0))
    wait_for(typing, lambda: typing.view.page.end > end + 3)


def test_a_hand_that_moves_while_it_is_held_sees_what_it_does(typing: Link) -> None:
    typing.send(wire.Hold(1))
    wait_for(typing, lambda: typing.view.status and typing.view.status.state == "held")
    wait_for(typing, lambda: typing.view.following is not None)
    for slug in ("linux", "trump"):
        typing.send(wire.Weights(((slug, 1.0),)))
        wait_for(typing, lambda slug=slug: set(typing.view.distributions) == {slug})  # type: ignore[misc]  # bound at once
    assert typing.view.following is not None
    alone = typing.view.distributions["trump"]
    assert alone.sum() == pytest.approx(1.0, abs=1e-5)
    assert int(alone.argmax()) == int(typing.view.following.argmax())


def test_a_line_is_put_in_and_read(typing: Link) -> None:
    typing.send(wire.Prime("static unsigned l\u00f3"))
    wait_for(typing, lambda: "static unsigned lo" in typing.view.page.text)


def test_reset_begins_a_new_page(typing: Link) -> None:
    before = typing.view.page.end
    typing.send(wire.Reset())
    wait_for(typing, lambda: typing.view.page.start >= before)
    assert typing.view.page.text.startswith("In the beginning")


def test_temperature_pace_and_joint_are_told_to_all(typing: Link) -> None:
    typing.send(wire.Temperature(0.25), wire.Pace(50.0), wire.SetJoint("log-linear"))
    wait_for(typing, lambda: typing.view.hello and typing.view.hello.joint == "log-linear")
    assert typing.view.hello is not None
    assert (typing.view.hello.temperature, typing.view.hello.pace) == (0.25, 50.0)


def test_a_puck_is_passed_on(typing: Link) -> None:
    typing.send(wire.Puck(0.25, 0.75))
    seen: list[wire.Message] = []
    wait_for(typing, lambda: wire.Puck(0.25, 0.75) in seen, seen)


def test_a_slow_typewriter_still_says_that_it_is_there(typing: Link, engine: EngineProcess) -> None:
    typing.send(wire.Pace(0.2))
    wait_for(typing, lambda: typing.view.hello and typing.view.hello.pace < 1.0)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listener:
        listener.settimeout(PATIENCE)
        subscription = wire.encode(wire.Subscribe(0, wire.VERSION))
        listener.sendto(subscription, ("127.0.0.1", engine.port))
        between: list[int] = []  # words between two characters
        while len(between) < 2:
            said = wire.decode(listener.recv(65_535), wire.OUTWARD)
            if isinstance(said[0], wire.Character):
                between.append(0)
            elif between:
                between[-1] += any(isinstance(message, wire.Status) for message in said)
    assert between[0] >= 3


def test_noise_is_counted_and_dropped(typing: Link, engine: EngineProcess) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
        for datagram in (b"", b"hello", b"/weights\0\0\0\0,s\0\0abc\0", b"\xff" * 1000):
            stranger.sendto(datagram, ("127.0.0.1", engine.port))
    wait_for(typing, lambda: typing.view.status and typing.view.status.dropped == 4)


def test_an_engine_that_was_killed_takes_up_where_it_stood(
    typing: Link, engine: EngineProcess
) -> None:
    typing.send(wire.Weights((("linux", 0.5), ("homer", 0.5))), wire.Temperature(0.5))
    wait_for(typing, lambda: set(typing.view.attribution) == {"linux", "homer"})
    assert typing.view.hello is not None
    run, end = typing.view.hello.run, typing.view.page.end
    # What stands for more than a second has been kept.
    wait_for(typing, lambda: typing.view.page.end > end + 250)
    stood = typing.view.page.text[: end - typing.view.page.start]
    engine.kill()
    engine.start()
    wait_for(typing, lambda: typing.view.hello and typing.view.hello.run != run)
    wait_for(typing, lambda: typing.view.attribution and typing.view.page.end > end + 100)
    assert typing.view.page.text.startswith(stood[:200])
    assert typing.view.weights == {"linux": 0.5, "homer": 0.5}
    assert typing.view.hello.temperature == 0.5


def test_a_page_that_was_kept_with_what_none_can_show_is_read_by_every_stage(
    engine: EngineProcess, link: Link
) -> None:
    kept = Memory(
        text="static\x00 unsigned\x00", authors="0" * 17, styles=("linux",), start=83, end=100
    )
    engine.folder.joinpath("engine.json").write_text(json.dumps(asdict(kept)), encoding="ascii")
    engine.settings.write_text(FAST)
    engine.start("--seed", "1")
    wait_for(link, lambda: link.view.whole and link.view.page.end > 105)
    assert link.dropped == 0
    assert link.view.page.start == 85
    assert link.view.page.text.startswith("static unsigned")
    assert {link.view.by_author[letter] for letter in link.view.page.authors[:15]} == {"linux"}


def test_a_setting_that_was_edited_is_in_force_at_the_next_start(
    typing: Link, engine: EngineProcess
) -> None:
    typing.send(wire.Temperature(1.25), wire.Pace(50.0))
    wait_for(typing, lambda: typing.view.hello and typing.view.hello.pace == 50.0)
    assert engine.stop() == 0
    engine.settings.write_text("[typing]\npace = 20.0\nunevenness = 0.0\n")
    run = typing.view.page.run
    engine.start()
    wait_for(typing, lambda: typing.view.page.run != run and typing.view.whole)
    assert typing.view.hello is not None
    assert (typing.view.hello.pace, typing.view.hello.temperature) == (20.0, 1.25)


def test_an_end_that_was_asked_for_is_clean(typing: Link, engine: EngineProcess) -> None:
    assert typing.alive
    assert engine.stop() == 0


def test_a_second_engine_on_the_same_port_says_so(typing: Link, engine: EngineProcess) -> None:
    assert typing.alive
    second = appliance("engine", "--port", str(engine.port))
    assert second.returncode == 1
    assert second.stderr.strip().splitlines()[-1].startswith("The engine cannot listen on")


def test_a_second_engine_leaves_the_archive_to_the_first(
    typing: Link, engine: EngineProcess
) -> None:
    archive = engine.folder / "archive.sqlite"
    wait_for(typing, archive.exists)
    command = ["engine", "--fresh", "--port", str(engine.port), "--settings", str(engine.settings)]
    assert appliance(*command, STATE_DIRECTORY=str(engine.folder)).returncode == 1
    seen = typing.view.characters
    wait_for(typing, lambda: typing.view.characters > seen + 200)
    engine.kill()
    kept = resume(engine.folder / "engine.json", archive)
    assert kept is not None
    assert kept.end > seen
    assert kept.text.count("In the beginning") == 1


def test_without_any_model_it_ends_with_a_sentence(engine: EngineProcess) -> None:
    engine.settings.write_text(f"[styles]\nmodels = '{engine.folder}'\n")
    ended = appliance("engine", "--settings", str(engine.settings))
    assert ended.returncode == 1
    assert "No style can play" in ended.stderr

"""A flood from a stranger: the typing goes on, and whoever listens hears all."""

import socket

from appliance import wire
from appliance.stage.link import Link
from tests.both_ends import (
    MIXTURE,
    direct,
    hold_and_compare,
    open_link,
    wait_for_both,
)
from tests.conftest import EngineProcess, wait_for

FIXTURES = (direct,)


def test_a_flood_stops_neither_the_typing_nor_the_stage(
    engine: EngineProcess, direct: Link
) -> None:
    engine.start("--seed", "1")
    noise = [
        b"#bundle\0" + bytes(8) + b"\xff\xff\xff\xfc" + bytes(8),  # an element of -4 bytes
        b"/weights\0\0\0\0,sf\0",
        b"\xff" * 1_400,
        wire.encode(wire.Weights((("bible", 1.0), ("linux", 1.0)))),
        wire.encode(wire.Prime("static unsigned love ")),
        wire.encode(wire.Temperature(0.5)),
    ]
    with (
        open_link(("127.0.0.1", engine.port)) as stage,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger,
    ):
        wait_for_both(stage, direct, lambda: stage.view.characters > 5)
        for number in range(3_000):
            stranger.sendto(noise[number % len(noise)], ("127.0.0.1", engine.port))
            if number % 50 == 0:
                stage.poll()
                direct.poll()
        seen = stage.view.characters
        wait_for_both(stage, direct, lambda: stage.view.characters > seen + 50)
        direct.send(wire.Weights(tuple(MIXTURE.items())))
        wait_for_both(stage, direct, lambda: stage.view.weights == MIXTURE)
        hold_and_compare(stage, direct)
        assert stage.view.status is not None
        assert stage.view.status.dropped > 0


def test_a_flood_of_subscriptions_leaves_those_who_listen_already(
    engine: EngineProcess, direct: Link
) -> None:
    engine.start("--seed", "1")
    wait_for(direct, lambda: direct.view.characters > 5)
    strangers = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(100)]
    for stranger in strangers:
        stranger.sendto(wire.encode(wire.Subscribe(0, wire.VERSION)), ("127.0.0.1", engine.port))
    # 64 are told of what is typed, and the direct link is one of them.
    wait_for(direct, lambda: direct.view.status and direct.view.status.dropped == 37)
    seen = direct.view.characters
    wait_for(direct, lambda: direct.view.characters > seen + 20)
    for stranger in strangers:
        stranger.sendto(wire.encode(wire.Unsubscribe(0)), ("127.0.0.1", engine.port))
        stranger.close()
    with open_link(("127.0.0.1", engine.port)) as stage:
        wait_for_both(stage, direct, lambda: stage.view.whole)
        hold_and_compare(stage, direct)

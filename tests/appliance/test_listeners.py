"""Who is told: for 30 seconds after the last subscription."""

import asyncio
from typing import cast

from appliance import wire
from appliance.engine.listeners import MOST_LISTENERS, SUBSCRIBED_FOR, Listeners
from tests.engine_room import STRANGER, Sent
from tests.puppet import Clock


def test_a_subscription_runs_out_unless_it_is_renewed(clock: Clock) -> None:
    listeners, sent = Listeners(clock), Sent()
    listeners.transport = cast(asyncio.DatagramTransport, sent)
    faithful = ("127.0.0.1", 10)
    for listener in (STRANGER, faithful):
        assert listeners.subscribe(listener)
    clock.now += SUBSCRIBED_FOR
    listeners.publish(wire.Puck(0.5, 0.5))
    assert [to for _, to in sent.datagrams] == [STRANGER, faithful]
    assert listeners.subscribe(faithful)
    clock.now += 1.0
    sent.take()
    listeners.publish(wire.Puck(0.5, 0.5))
    assert [to for _, to in sent.datagrams] == [faithful]


def test_one_that_has_run_out_makes_room(clock: Clock) -> None:
    listeners = Listeners(clock)
    for port in range(MOST_LISTENERS):
        assert listeners.subscribe(("127.0.0.1", 100 + port))
    assert not listeners.subscribe(STRANGER)
    clock.now += SUBSCRIBED_FOR + 1.0
    assert listeners.subscribe(STRANGER)

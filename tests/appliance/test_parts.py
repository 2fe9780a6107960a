"""What parts report of themselves: for 30 seconds, and no more of them than fit."""

from appliance import wire
from appliance.engine.parts import MOST_PARTS, REPORTED_FOR, Parts, of_fault
from tests.puppet import Clock


def test_whoever_sends_other_names_all_day_fills_no_memory(clock: Clock) -> None:
    parts = Parts(clock)
    for number in range(5 * MOST_PARTS):
        parts.take(wire.Report(f"part {number}", 1, "is well."))
    assert len(parts.reports()) == MOST_PARTS
    parts.take(wire.Report("part 0", 0, "is not."))  # who is known already is heard
    assert parts.reports()[0].sentence == "is not."


def test_a_report_runs_out_and_what_is_wrong_with_the_settings_does_not(clock: Clock) -> None:
    fault = of_fault("a.onnx does not load")
    parts = Parts(clock, [fault])
    parts.take(wire.Report("screen", 1, "is well."))
    clock.now += REPORTED_FOR
    assert parts.reports() == (fault,)

"""Whether each control that is switched on finds its device, and what came from it last."""

from collections.abc import Callable
from dataclasses import replace

from appliance.controls.control import Event, Shown
from appliance.controls.hands import Hands, switched_on
from appliance.service.checks import Check, Severity
from appliance.settings import Loaded, SettingsError

FRAME = 0.02  # seconds
PATIENCE = 60.0  # seconds more for a control that is still looking for its device


def check_controls(
    loaded: Loaded,
    shown: Shown,
    seconds: float,
    clock: Callable[[], float],
    wait: Callable[[float], None],
) -> list[Check]:
    """Open the controls, play them to nobody for some seconds, and return how each is.

    `shown` is what they find, apart from the time; `wait` lets seconds pass. One that does not know
    yet how it is gets more of them: a camera's models take some to load.
    """
    try:
        controls, faults = switched_on(loaded)
    except SettingsError as error:
        return [Check("controls", Severity.ERROR, f"{error}.")]
    if not controls and not faults:
        return [Check("controls", Severity.OK, "controls.on names none: only the screen plays.")]
    with Hands(controls, faults) as hands:
        last: dict[str, Event] = {}
        end = clock() + seconds
        while True:
            now = clock()
            for move in hands.poll(replace(shown, now=now)):
                last[move.hand.split(" ")[0]] = move.event
            looking = any(health.looking for health in hands.health().values())
            if now >= end + (PATIENCE if looking else 0.0):
                break
            wait(FRAME)
        found = []
        for name, health in hands.health().items():
            severity = Severity.OK if health.well else Severity.WARNING
            if health.looking:
                severity = Severity.NOTE
            moved = last.get(name)
            seen = f" Just now: {moved.what} {moved.value:.2f}." if moved else ""
            found.append(Check(name, severity, f"{health.sentence}{seen}"))
    return found

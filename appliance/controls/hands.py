"""All controls that are switched on, as one: opened together, polled once a frame.

A control that fails is closed, named once in the log, and opened again a little later; the others
and the screen never notice.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from appliance.controls.control import Control, Event, Health, Shown
from appliance.known_controls import known
from appliance.settings import Loaded, SettingsError

TRY_AGAIN = 5.0  # seconds until a control that failed is opened once more

log = logging.getLogger("appliance.controls")


@dataclass(frozen=True, slots=True)
class Move:
    """An event, whose hand it was, and what is known of such hands."""

    event: Event
    hand: str
    takes_over: bool
    yields: bool


def switched_on(loaded: Loaded) -> tuple[dict[str, Control], dict[str, str]]:
    """Return the controls of the settings, and one sentence for each that cannot be had.

    Only the modules of those that are on are imported. SettingsError if a table of theirs is wrong.
    """
    controls: dict[str, Control] = {}
    faults: dict[str, str] = {}
    points = known()
    for name in dict.fromkeys(loaded.settings.controls.on):
        try:
            kind: type[Control] = points[name].load()
            settings = loaded.of_control(name, kind.Settings)
            controls[name] = kind(settings)
        except SettingsError:
            raise
        except Exception as error:  # noqa: BLE001  # someone else's package may raise anything
            faults[name] = (
                f"the control {name} cannot be made ({_said(error)}): take it out of controls.on, "
                "or mend its package"
            )
    return controls, faults


class Hands:
    """The controls that are switched on; a context manager that opens and closes them."""

    def __init__(self, controls: Mapping[str, Control], faults: Mapping[str, str] = {}) -> None:
        self.controls = dict(controls)
        self._faults = dict(faults)  # by name, of those that never came or have failed
        self._again: dict[str, float] = {}  # when to open those that failed
        for fault in faults.values():
            log.error("%s", fault)

    def __enter__(self) -> Self:
        for name in self.controls:
            self._open(name, now=0.0)
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close every control, whatever one of them says to that."""
        for name in self.controls:
            self._close(name)

    def poll(self, shown: Shown) -> list[Move]:
        """Return what was moved since the last frame, the earliest first."""
        moves: list[Move] = []
        for name, control in self.controls.items():
            if name in self._again:
                if shown.now < self._again[name]:
                    continue
                self._open(name, shown.now)
                if name in self._again:
                    continue
            try:
                moves += [
                    Move(event, f"{name} {event.hand}".rstrip(), control.takes_over, control.yields)
                    for event in control.poll(shown)
                ]
            except Exception as error:  # noqa: BLE001  # a driver's fault is never the piece's
                self._fail(name, error, shown.now)
        if any(not move.yields for move in moves):
            moves = [move for move in moves if not move.yields]
        return sorted(moves, key=lambda move: move.event.when)

    def health(self) -> dict[str, Health]:
        """Return how each control is, by name."""
        found: dict[str, Health] = {}
        for name, control in self.controls.items():
            if name in self._faults:
                continue
            try:
                found[name] = control.health()
            except Exception as error:  # noqa: BLE001  # as above
                found[name] = Health(f"{name} cannot say how it is ({_said(error)}).", well=False)
        return found | {name: Health(f"{f}.", well=False) for name, f in self._faults.items()}

    def plays(self) -> dict[str, str]:
        """Return for each style that a fader plays what is written beside that fader."""
        found: dict[str, str] = {}
        for name, control in self.controls.items():
            if name not in self._faults:
                found |= control.plays()
        return found

    def learn(self, what: str | None) -> bool:
        """Give `what` to the next fader or button that is moved; tell whether any can learn."""
        willing = [c.learn(what) for n, c in self.controls.items() if n not in self._faults]
        return any(willing)

    def learned(self) -> str | None:
        """Return, once, what was just learned."""
        said = [c.learned() for n, c in self.controls.items() if n not in self._faults]
        return next(filter(None, said), None)

    def _open(self, name: str, now: float) -> None:
        self._again.pop(name, None)
        try:
            self.controls[name].open()
        except Exception as error:  # noqa: BLE001  # as above
            self._fail(name, error, now)
            return
        if self._faults.pop(name, None):
            log.info("the control %s is back", name)

    def _fail(self, name: str, error: Exception, now: float) -> None:
        self._again[name] = now + TRY_AGAIN
        if name not in self._faults:
            log.error("the control %s has failed (%s): it is opened again", name, _said(error))
        self._faults[name] = f"the control {name} has failed ({_said(error)}) and is tried again"
        self._close(name)

    def _close(self, name: str) -> None:
        try:
            self.controls[name].close()
        except Exception as error:  # noqa: BLE001  # as above
            log.warning("the control %s did not close (%s)", name, _said(error))


def _said(error: Exception) -> str:
    return str(error).strip().split("\n")[0][:200] or type(error).__name__

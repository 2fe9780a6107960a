"""All controls that are switched on, as one: opened together, polled once a frame.

A control that fails is closed, named once in the log, and opened again a little later; the others
and the screen never notice.
"""

import logging
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Self, TypeVar

from appliance.controls.control import Control, Event, Health, Shown
from appliance.known_controls import known
from appliance.settings import Loaded, SettingsError

TRY_AGAIN = 5.0  # seconds until a control that failed is opened once more

log = logging.getLogger("appliance.controls")
Answer = TypeVar("Answer")
NOTHING: Mapping[str, str] = {}


@dataclass(frozen=True, slots=True)
class Move:
    """An event, whose hand it was, and what is known of such hands."""

    event: Event
    hand: str
    takes_over: bool
    yields: bool


def switched_on(
    loaded: Loaded, *, attended: bool = True
) -> tuple[dict[str, Control], dict[str, str]]:
    """Return the controls of the settings, and one sentence for each that cannot be had.

    Only the modules of those that are on are imported. SettingsError if a table of theirs is wrong;
    where nobody attends, that control is left out instead.
    """
    controls: dict[str, Control] = {}
    faults: dict[str, str] = {}
    points = known()
    for name in dict.fromkeys(loaded.settings.controls.on):
        try:
            kind: type[Control] = points[name].load()
            if not (isinstance(kind, type) and issubclass(kind, Control)):
                raise TypeError(f"{points[name].attr} is no Control")  # noqa: TRY301  # as others'
            settings = loaded.of_control(name, kind.Settings)
            controls[name] = kind(settings)
        except SettingsError as error:
            if attended:
                raise
            faults[name] = f"{error}; until then the control {name} is left out"
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
        self._now = -math.inf  # of the newest frame; what fails before the first is opened in it
        for fault in faults.values():
            log.error("%s", fault)

    def __enter__(self) -> Self:
        for name in self.controls:
            self._open(name, self._now)
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
        self._now = shown.now
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
                continue
            # Not before it has been polled: one that opens and fails for ever is named once.
            if self._faults.pop(name, None):
                log.info("the control %s is back", name)
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
                found[name] = _healthy(control.health())
            except Exception as error:  # noqa: BLE001  # as above
                found[name] = Health(f"{name} cannot say how it is ({_said(error)}).", well=False)
        return found | {name: Health(f"{f}.", well=False) for name, f in self._faults.items()}

    def plays(self) -> dict[str, str]:
        """Return for each style that a fader plays what is written beside that fader."""
        found: dict[str, str] = {}
        for name, control in self.controls.items():
            found |= self._asked(name, partial(_plays, control), NOTHING)
        return found

    def notice(self) -> str:
        """Return what visitors must be told now, of all controls."""
        told = [self._asked(name, control.notice, "") for name, control in self.controls.items()]
        return " ".join(filter(None, told))

    def learn(self, what: str | None) -> bool:
        """Give `what` to the next fader or button that is moved; tell whether any can learn."""
        willing = [
            self._asked(name, partial(control.learn, what), False)
            for name, control in self.controls.items()
        ]
        return any(willing)

    def learned(self) -> str | None:
        """Return, once, what was just learned."""
        for name, control in self.controls.items():
            said = self._asked(name, control.learned, None)
            if said:
                return said
        return None

    def _asked(self, name: str, question: Callable[[], Answer], otherwise: Answer) -> Answer:
        if name in self._faults:
            return otherwise
        try:
            return question()
        except Exception as error:  # noqa: BLE001  # as above
            self._fail(name, error, self._now)
            return otherwise

    def _open(self, name: str, now: float) -> None:
        self._again.pop(name, None)
        try:
            self.controls[name].open()
        except Exception as error:  # noqa: BLE001  # as above
            self._fail(name, error, now)

    def _fail(self, name: str, error: Exception, now: float) -> None:
        self._again[name] = now + TRY_AGAIN
        first = name not in self._faults
        if first:
            log.error("the control %s has failed (%s): it is opened again", name, _said(error))
        self._faults[name] = f"the control {name} has failed ({_said(error)}) and is tried again"
        self._close(name, tell=first)

    def _close(self, name: str, *, tell: bool = True) -> None:
        try:
            self.controls[name].close()
        except Exception as error:  # noqa: BLE001  # as above
            if tell:
                log.warning("the control %s did not close (%s)", name, _said(error))


def _plays(control: Control) -> Mapping[str, str]:
    return dict(control.plays())  # what is no mapping is found out here


def _healthy(told: object) -> Health:
    if not isinstance(told, Health):
        raise TypeError(f"it told {told!r:.60} and no Health")
    return told


def _said(error: Exception) -> str:
    return str(error).strip().split("\n")[0][:200] or type(error).__name__

"""The trials, in the order in which one machine can have them."""

import contextlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from deploy.deb.target import BuildError
from deploy.row import Row
from deploy.vm import faults, hands, starts, updates
from deploy.vm.door import DoorError
from deploy.vm.machine import MachineError
from deploy.vm.room import Room

Trial = Callable[[Room], Row]
FIRST = "boot"


def trials(cuts: int, deb: Path) -> dict[str, Trial]:
    """Return the trials by name, with so many cuts; updates are made of a package."""
    told: dict[str, Trial] = {
        FIRST: starts.boots,
        "root": starts.root_is_read_only,
        "screen": hands.screen_is_read,
        "slider": hands.finger_on_a_slider,
        "circle": hands.touch_in_the_circle,
        "midi": hands.midi_box,
        "kill": lambda room: faults.service_returns(room, "KILL"),
        "hang": lambda room: faults.service_returns(room, "STOP"),
        "still": starts.stands_still,
        "full": faults.disk_is_full,
        "update works": lambda room: updates.update_works(room, deb),
        "update fails": lambda room: updates.update_fails(room, deb),
    }
    told |= {f"cut {number + 1}": faults.power_is_cut for number in range(cuts)}
    return told | {"shut": starts.doors_are_shut, "untouched": starts.nothing_was_written}


def play(room: Room, told: Mapping[str, Trial], only: frozenset[str]) -> Iterator[Row]:
    """Run all trials, or only some by the first word of their names, and yield a row for each."""
    for name, trial in told.items():
        if name != FIRST and only and name.partition(" ")[0] not in only:
            continue
        try:
            row = trial(room)
        except (MachineError, DoorError, BuildError, OSError) as error:
            row = Row(name, well=False, figures=f"{type(error).__name__}: {error}")
            with contextlib.suppress(MachineError, OSError, ValueError):
                room.machine.photograph(room.folder / f"failed-{name}.png")
        yield row
        if name == FIRST and not row.well:  # nothing else can be tried
            return

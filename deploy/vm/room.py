"""The machine with its door and whoever stands before it: what every trial needs."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from deploy.vm.door import Door, DoorError
from deploy.vm.ears import Listener
from deploy.vm.machine import Machine, until

SERVICES = ("appliance-engine", "appliance-stage")


@dataclass(slots=True)
class Room:
    """A machine on its plinth, for all trials in turn."""

    machine: Machine
    door: Door
    chance: random.Random  # moments to pull a plug
    photographs: int = 0
    archived: int = 0  # characters, at the last cut

    @classmethod
    def of(cls, machine: Machine, seed: int) -> Self:
        """Return the room of a machine; its door is the one that its boot partition opens."""
        chance = random.Random(seed)  # noqa: S311  # no secret
        return cls(machine, Door(machine.folder, machine.ssh), chance)

    @property
    def folder(self) -> Path:
        """Where pictures and all else stay."""
        return self.machine.folder

    @property
    def sticks(self) -> Path:
        """Where the maker's key lies, and sticks with updates."""
        return self.folder / "sticks"

    def photograph(self) -> Path:
        """Take a picture of the screen."""
        self.photographs += 1
        return self.machine.photograph(self.folder / f"screen-{self.photographs}.png")

    def listener(self) -> Listener:
        """Return somebody inside who hears what is typed, as a context manager."""
        return Listener(self.door, self.folder)

    def plays(self) -> bool:
        """Tell whether engine and stage are both active."""
        try:
            said = self.door.run(f"systemctl is-active {' '.join(SERVICES)} || true")
        except DoorError:
            return False
        return said.split() == ["active"] * len(SERVICES)

    def pid(self, service: str) -> str:
        """Return the number of a service's process; "0" while there is none."""
        return self.door.run(f"systemctl show -P MainPID {service}").strip()

    def until(self, what: str, true: Callable[[], bool], patience: float = 600.0) -> float:
        """Wait until something is true, whatever the door says meanwhile; see machine.until."""

        def held() -> bool:
            try:
                return true()
            except DoorError:
                return False

        return until(what, held, patience)

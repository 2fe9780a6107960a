"""What MIDI boxes have learned: roles by the box's name and its control's key, and how one learns.

The file holds, for each box, its `roles` by key and the `faders` that were seen to move on it.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from appliance.controls import keep
from appliance.controls.midi_maps import is_continuous, is_role
from appliance.controls.midi_messages import Key, Moved

MOVED = 0.08  # of a fader's way: more than a box that trembles
RESTS = 1.0  # seconds without a message after which a control has come to rest


@dataclass(frozen=True, slots=True)
class Learned:
    """Roles by key, and keys of faders, both by the name of the box."""

    roles: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    faders: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def of(self, name: str) -> Mapping[str, str]:
        """Return what holds for a box; a second one of a kind takes over what the first learned."""
        first = name.rpartition(" #")[0]
        return self.roles.get(name) or self.roles.get(first, {})


def read_learned(path: Path) -> Learned:
    """Read what was learned; what no box can mean is left out, and stays in the file."""
    roles: dict[str, dict[str, str]] = {}
    faders: dict[str, tuple[str, ...]] = {}
    for name, box in keep.read(path).items():
        if not isinstance(box, dict):
            continue
        roles[name] = {
            key: role
            for key, role in _table(box.get("roles")).items()
            if _is_key(key) and isinstance(role, str) and is_role(role)
        }
        seen = box.get("faders")
        faders[name] = tuple(filter(_is_key, seen)) if isinstance(seen, list) else ()
    return Learned(roles, faders)


def bind(path: Path, name: str, key: str, role: str) -> None:
    """Keep a control's role, and take it from the box's other controls; OSError if it cannot be."""

    def bound(boxes: dict[str, Any]) -> dict[str, Any]:
        box = _table(boxes.get(name))
        roles = {k: r for k, r in _table(box.get("roles")).items() if r != role}
        return boxes | {name: box | {"roles": roles | {key: role}}}

    keep.change(path, bound)


def keep_faders(path: Path, name: str, keys: tuple[str, ...]) -> None:
    """Keep which faders were seen on a box; OSError if it cannot be."""
    keep.change(
        path,
        lambda boxes: boxes | {name: _table(boxes.get(name)) | {"faders": list(keys)}},
    )


class Learner:
    """Waits until one control has been moved far enough to be meant.

    Whoever was asked for fader 1 pushes it from end to end, and is asked for fader 2 before it is
    there: a control that has just been learned is deaf until it has rested.
    """

    def __init__(self) -> None:
        self.role = ""  # what is waited for; empty: nothing
        self._first: dict[tuple[str, str], float] = {}
        self._taught: tuple[str, str] | None = None  # box and key of what was learned last
        self._moved_at = -math.inf  # seconds, when that was last moved

    def ask(self, role: str) -> None:
        """Wait from now on for the control that shall have a role; for none if it is empty."""
        self.role = role
        self._first.clear()

    def hears(self, box: str, moved: Moved, now: float) -> bool:
        """Tell whether this is the control: a button that goes down, a fader well moved."""
        place = (box, moved.key)
        if place == self._taught and now - self._moved_at < RESTS:
            self._moved_at = now
            return False
        if self._meant(place, moved):
            self._taught, self._moved_at = place, now
            return True
        return False

    def _meant(self, place: tuple[str, str], moved: Moved) -> bool:
        if not is_continuous(self.role):
            return moved.value == 1.0
        # A motor fader says with a note that it is touched, before it moves.
        if Key.parse(moved.key).kind == "note":
            return False
        first = self._first.setdefault(place, moved.value)
        return abs(moved.value - first) > MOVED


def _table(found: Any) -> dict[str, Any]:
    return found if isinstance(found, dict) else {}


def _is_key(text: Any) -> bool:
    try:
        return bool(isinstance(text, str) and Key.parse(text))
    except ValueError:
        return False

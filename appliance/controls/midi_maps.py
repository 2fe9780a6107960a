"""What the controls of a MIDI box do: roles, the ready maps, and what holds for a box nobody knows.

A role is what an event may move ("level/linux", "temperature", "reset" …) or one of a box's own:

    fader/3                   plays the third style of the box's bank
    fader/3/active  /alone    wakes that style or sends it to sleep, plays it alone: buttons
    fader/3/touch             a hand lies on that fader: its motor rests
    bank/next  /previous  /2  buttons

What was learned comes first; then the ready map; then, on a box without either, whatever moves
continuously is a fader, in the order of the control numbers. Once a fader of a box was learned,
nothing of that box is guessed any more.
"""

import re
import tomllib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from appliance.controls.control import PLAIN, STYLED
from appliance.controls.midi_messages import Key

BOXES = Path(__file__).with_name("midi_boxes.toml")
OWN = re.compile(r"fader/([1-9]\d?)(?:/(active|alone|touch))?|bank/(?:next|previous|[1-9]\d?)")
CONTINUOUS = ("puck/x", "puck/y", "temperature", "pace")


@dataclass(frozen=True, slots=True)
class Ready:
    """A box's map from its published numbers; keys are of any channel."""

    title: str
    ports: tuple[str, ...]  # words of which one is in the port's name
    source: str
    untested: bool  # whether the device itself was never there
    roles: Mapping[str, str]  # by key


def is_role(text: str) -> bool:
    """Tell whether a control of a box may have this role."""
    kind, _, style = text.partition("/")
    return text in PLAIN or (kind in STYLED and bool(style)) or bool(OWN.fullmatch(text))


def is_continuous(role: str) -> bool:
    """Tell whether a role wants a fader or knob; all others want a button."""
    return role in CONTINUOUS or role.startswith("level/") or fader_of(role) > 0


def fader_of(role: str) -> int:
    """Return which fader of the box a role is, from 1; 0 if it is none."""
    found = OWN.fullmatch(role)
    return int(found[1]) if found and found[1] and not found[2] else 0


def spoken(role: str) -> str:
    """Return a role as a technician reads it: "fader/3/alone" is "fader 3 alone"."""
    return role.replace("/", " ")


@cache
def ready_maps(path: Path = BOXES) -> tuple[Ready, ...]:
    """Read the ready maps; ValueError names a key or role that cannot be."""
    return tuple(_ready(box) for box in tomllib.loads(path.read_text("utf-8")).values())


def ready_for(port: str) -> Ready | None:
    """Return the ready map for a port's name, if there is one."""
    name = port.casefold()
    return next((r for r in ready_maps() if any(w.casefold() in name for w in r.ports)), None)


def roles_of(
    learned: Mapping[str, str], ready: Ready | None, seen: Collection[str], limit: int = 0
) -> dict[str, str]:
    """Return the roles of a box by key; `limit` is the most faders that are guessed, 0 any.

    A role that was learned for one control is taken from every other, and a control that has
    learned one has no other any more.
    """
    if ready is not None:
        given = dict(ready.roles)
    elif any(fader_of(role) or role.startswith("level/") for role in learned.values()):
        given = {}
    else:
        given = _guessed((key for key in seen if key not in learned), limit)
    # A ready map's key is of any channel, and a learned one of the channel that was heard.
    taken = {*learned, *(key.partition("/")[2] for key in learned)}
    kept = {
        key: role
        for key, role in given.items()
        if key not in taken and role not in learned.values()
    }
    return kept | dict(learned)


def _guessed(seen: Iterable[str], limit: int) -> dict[str, str]:
    keys = sorted(seen, key=lambda key: Key.parse(key).order)[: limit or None]
    return {key: f"fader/{n}" for n, key in enumerate(keys, 1)}


def _ready(box: Mapping[str, Any]) -> Ready:
    roles = {key: f"fader/{n}" for n, key in enumerate(box["faders"], 1)}
    for kind in ("active", "alone", "touch"):
        roles |= {key: f"fader/{n}/{kind}" for n, key in enumerate(box.get(kind, []), 1)}
    roles |= box.get("roles", {})
    for key, role in roles.items():
        Key.parse(key)
        if not is_role(role):
            raise ValueError(f"{box['title']}: {role!r} is no role")
    return Ready(box["title"], tuple(box["ports"]), box["source"], box["untested"], roles)

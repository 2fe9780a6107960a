"""The words of the simple ear for OSC: from a datagram to events, without a socket.

    /level/linux 0.5    /fader/3 0.5    /puck 0.5 0.2    /puck/x 0.5    /puck/y 0.2
    /temperature 0.5    /pace 0.5       /joint 1
    /active/linux       /alone/linux    /reset           /hold          /layout

Values are 0 to 1. The second kind are buttons: with an argument, it is pressed from 0.5 upwards, as
a phone says it when the finger comes and when it goes; without, it is pressed.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from appliance import osc
from appliance.controls.control import Event, Shown
from appliance.osc import WireError

VALUES = ("puck/x", "puck/y", "temperature", "pace", "joint")
BUTTONS = ("reset", "hold", "layout")
STYLED_BUTTONS = ("active", "alone")


def events(datagram: bytes, shown: Shown, hand: str = "") -> list[Event]:
    """Return what a datagram moves, at the time of `shown`; WireError if any of it is foreign."""
    found: list[Event] = []
    for address, arguments in osc.read(datagram):
        found += [
            Event(what, value, shown.now, hand) for what, value in _moves(address, arguments, shown)
        ]
    return found


def _moves(address: str, arguments: list[Any], shown: Shown) -> list[tuple[str, float]]:
    word = address[1:]
    kind, _, name = word.partition("/")
    match kind:
        case "puck" if word == "puck":
            x, y = _values(address, arguments, 2)
            return [("puck/x", x), ("puck/y", y)]
        case "level":
            return [(f"level/{_style(name, shown.faders)}", _values(address, arguments, 1)[0])]
        case "fader":
            return [(f"level/{_nth(name, shown.faders)}", _values(address, arguments, 1)[0])]
        case _ if word in VALUES:
            return [(word, _values(address, arguments, 1)[0])]
        case _ if word in BUTTONS:
            return [(word, _pressed(address, arguments))]
        case _ if kind in STYLED_BUTTONS:
            return [(f"{kind}/{_style(name, shown.faders)}", _pressed(address, arguments))]
    raise WireError(f"the address {address[:40]} is none of this control's")


def _style(name: str, faders: Sequence[str]) -> str:
    if name not in faders:
        raise WireError(f"there is no style {name[:40]!r} here")
    return name


def _nth(number: str, faders: Sequence[str]) -> str:
    numeral = number.isascii() and number.isdecimal() and len(number) <= 3
    if not numeral or not 1 <= int(number) <= len(faders):
        raise WireError(f"there is no fader {number[:40]!r}: they are numbered 1 to {len(faders)}")
    return faders[int(number) - 1]


def _values(address: str, arguments: list[Any], count: int) -> list[float]:
    if len(arguments) != count:
        raise WireError(f"{address[:40]} takes {count} values, not {len(arguments)}")
    for value in arguments:
        if not isinstance(value, int | float) or not 0.0 <= value <= 1.0:  # not a number fails too
            raise WireError(f"{address[:40]} takes 0 to 1, not {value!r:.40}")
    return [float(value) for value in arguments]


def _pressed(address: str, arguments: list[Any]) -> float:
    return _values(address, arguments, 1)[0] if arguments else 1.0


def answer(levels: Mapping[str, float], faders: Sequence[str]) -> bytes:
    """Return the datagram that tells where faders stand, by style and by number."""
    said = [
        (slug, address)
        for number, slug in enumerate(faders, 1)
        if slug in levels
        for address in (f"/level/{slug}", f"/fader/{number}")
    ]
    return osc.write([osc.packet(address, [("f", levels[slug])]) for slug, address in said])

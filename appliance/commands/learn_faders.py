"""Learn where the faders on the header have their ends, each at its own counts.

All faders are put to the bottom and then to the top. A fader that is wired the other way round is
learned as it is; one that hardly moved is named and left as it was. It may be done while the piece
plays, which takes the new ends within a second or two.
"""

import argparse
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from appliance.commands.options import finish
from appliance.controls import keep
from appliance.controls.conditioning import Floats, learned
from appliance.controls.gpio import Gpio, chips
from appliance.controls.gpio_parts import clause, learned_ends
from appliance.controls.gpio_wiring import Chip
from appliance.settings import Loaded

READINGS = 50  # of each fader at each end
APART = 0.01  # seconds between them


def run(args: argparse.Namespace) -> int:
    """Learn, list or forget the ends of the faders; return an exit status.

    `args.forget` is the chip whose faders are forgotten, such as "0.1".
    """
    place = keep.place("gpio")
    known = learned_ends(keep.read(place).get("faders"))
    if args.list:
        for key, (bottom, top) in sorted(known.items()):
            print(f"chip {key.replace('/', ', channel ')}: from {bottom:g} to {top:g}")
        if not known:
            print("No fader's ends are learned: `appliance learn faders` asks for them.")
        return 0
    if args.forget is not None:
        left = {key: pair for key, pair in known.items() if key.split("/")[0] != args.forget}
        if left == known:
            return finish(f"nothing was learned of a chip {args.forget}.", 2)
        return _write(place, left)
    found = chips(Loaded.read(args.settings).of_control("gpio", Gpio.Settings))
    try:
        known |= learn(opened(found), input, time.sleep)
    except FadersError as error:
        return finish(f"{error}.", 1)
    except EOFError:
        return finish("nothing is learned, since nobody answered.", 1)
    finally:
        for chip in found:
            chip.close()
    return _write(place, known)


class FadersError(Exception):
    """Chips that cannot be opened or read; the message is one sentence without its full stop."""


def opened(chips: list[Chip]) -> list[Chip]:
    """Return the chips when all are open; FadersError if one cannot be, or there is none."""
    if not chips:
        raise FadersError("there are no faders to learn: the setting gpio.chips names no chip")
    for chip in chips:
        try:
            chip.open()
        except Exception as error:  # pin drivers raise whatever they like
            raise FadersError(clause(chip, error, opened=False)) from error
    return chips


def learn(
    chips: list[Chip], ask: Callable[[str], object], wait: Callable[[float], None]
) -> dict[str, tuple[float, float]]:
    """Return the ends in counts, by "chip/channel", of the faders that were moved.

    `ask` shows a sentence and returns when it has been done; `wait` lets seconds pass.
    """
    ask("Put every fader to its bottom end, where its style is silent, and press Enter. ")
    bottom, restless = _measure(chips, wait)
    ask("Now every fader to its top end, and press Enter. ")
    top, restless_too = _measure(chips, wait)
    pairs, moved = learned(bottom, top)
    noise = np.maximum(restless, restless_too)
    names = [f"{chip.address}/{channel}" for chip in chips for channel in range(chip.count)]
    found: dict[str, tuple[float, float]] = {}
    for number, (name, pair) in enumerate(zip(names, pairs.tolist(), strict=True), 1):
        said = f"fader {number}: from {pair[0]:g} to {pair[1]:g}, noise {noise[number - 1]:g}"
        if moved[number - 1]:
            found[name] = (pair[0], pair[1])
            print(said)
        else:
            print(f"{said}: hardly moved, so it is left as it was; look at its wires")
    return found


def _write(place: Path, ends: dict[str, tuple[float, float]]) -> int:
    try:
        keep.change(place, lambda kept: kept | {"faders": ends})
    except OSError as error:
        return finish(f"{place} cannot be written ({error.strerror}): check its permissions.", 1)
    return 0


def _measure(chips: list[Chip], wait: Callable[[float], None]) -> tuple[Floats, Floats]:
    """Return each fader's median, (n,), and the counts between its least and most, (n,)."""
    readings = []
    for _ in range(READINGS):
        try:
            readings.append(np.concatenate([chip.read() for chip in chips]))
        except Exception as error:  # as above
            raise FadersError(f"the faders cannot be read ({error}): look at the wires") from error
        wait(APART)
    table = np.array(readings)
    return np.median(table, axis=0), np.ptp(table, axis=0)

"""Teach a control which of its faders and buttons does what, by moving them.

Without WHAT it asks for one after the other. A WHAT is a fader of the box ("fader/3"), a style
("level/linux", "active/linux", "alone/linux"), "temperature", "pace", "puck/x", "puck/y", or for a
button "bank/next", "bank/previous", "bank/2", "fader/3/alone", "fader/3/active", "reset", "hold",
"joint", "layout". What was learned is kept, and holds for a running stage within seconds.
A face learns styles: `appliance learn face linux bible trump`; see docs/face.md.
"""

import argparse
import select
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from appliance.commands import learn_face, learn_faders
from appliance.commands.options import finish
from appliance.controls import keep
from appliance.controls.control import Control, Shown
from appliance.known_controls import known
from appliance.settings import Loaded, SettingsError, nearest

LOOKING = 1.5  # seconds until every box that is plugged in has been found
FRAME = 0.01  # seconds between two looks at the control
ASKED = {  # what is asked for where nothing is named, by control
    "midi": (
        *(f"fader/{n}" for n in range(1, 9)),
        *("bank/previous", "bank/next", "reset", "hold"),
    ),
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `learn`."""
    parser.add_argument(
        "control",
        choices=sorted([*known(), "faders"]),
        help="which control learns; faders or gpio: where those of the header have their ends",
    )
    parser.add_argument("what", nargs="*", help="what to learn; without any, it asks")
    deed = parser.add_mutually_exclusive_group()
    deed.add_argument("--list", action="store_true", help="print what was learned")
    deed.add_argument(
        "--forget", nargs="?", const="", metavar="DEVICE",
        help="forget what a device has learned, or a face, STYLE/NAME; face alone: all faces",
    )  # fmt: skip


def run(args: argparse.Namespace) -> int:
    """Learn, list or forget; return an exit status."""
    if args.control in {"faders", "gpio"}:
        return learn_faders.run(args)
    if args.control == "face":
        return learn_face.run(args, typed)
    loaded = Loaded.read(args.settings)
    if args.list:
        return show(args.control)
    if args.forget is not None:
        return forget(args.control, args.forget)
    return taught(args.control, args.what, loaded)


def taught(name: str, what: Sequence[str], loaded: Loaded) -> int:
    """Let a control of that name learn; return an exit status."""
    control = made(name, loaded)
    if isinstance(control, str):
        return finish(control, 1)
    if type(control).learn is Control.learn:
        return finish(f"{name} has nothing to learn.", 2)
    wanted = what or ASKED.get(name, ())
    if not wanted:
        return finish(f"name what {name} shall learn: `appliance learn --help`.", 2)
    with control:
        return teach(control, wanted, time.monotonic, typed)


def made(name: str, loaded: Loaded) -> Control | str:
    """Return a control that moves nothing by itself, or one sentence why there is none."""
    try:
        kind: type[Control] = known()[name].load()
        settings = loaded.of_control(name, kind.Settings)
        if "motors" in kind.Settings.model_fields:
            settings = settings.model_copy(update={"motors": False})  # those are the stage's
        return kind(settings)
    except SettingsError:
        raise
    except Exception as error:  # noqa: BLE001  # someone else's package may raise anything
        return f"the control {name} cannot be made ({error}): mend its package."


def teach(
    control: Control,
    wanted: Sequence[str],
    clock: Callable[[], float],
    answer: Callable[[float], str | None],
) -> int:
    """Ask for one control after the other; return an exit status.

    `answer` waits for the seconds it is given and returns a line that was typed, or None; "q" is
    the end, and so is the end of the input, "q" too.
    """
    until = clock() + LOOKING
    while clock() < until:
        answer(FRAME)
        list(control.poll(Shown(clock())))
    print(control.health().sentence)
    for what in wanted:
        if not control.learn(what):
            return finish(f"this control cannot learn {what}: `appliance learn --help`.", 2)
        print(f"Move what shall be {what.replace('/', ' ')} (Enter: skip, q: done)", flush=True)
        line = None
        while line is None:
            list(control.poll(Shown(clock())))
            said = control.learned()
            if said is not None:
                print(f"{said}.", flush=True)
                break
            line = answer(FRAME)
        control.learn(None)
        if line == "q":
            break
    return 0


def typed(seconds: float) -> str | None:
    """Return a line that was typed within some seconds, None if there was none, "q" at the end."""
    ready, _, _ = select.select([sys.stdin], [], [], seconds)
    if not ready:
        return None
    line = sys.stdin.readline()
    return line.strip() if line else "q"


def show(name: str) -> int:
    """Print what a control has learned."""
    learned = keep.read(keep.place(name))
    if not learned:
        print(f"{name} has learned nothing.")
    for device, entries in sorted(learned.items()):
        print(device)
        for what, value in _lines(entries):
            print(f"    {what:12} {value}")
    return 0


def forget(name: str, device: str) -> int:
    """Forget what a device has learned; return an exit status."""
    if not device:
        return finish("name the device to be forgotten; `--list` names all.", 2)
    path = keep.place(name)
    learned = keep.read(path)
    if device not in learned:
        hint = nearest(device, list(learned)) or "; `appliance learn --list` names all"
        return finish(f"{name} knows no {device}{hint}.", 2)
    try:
        keep.change(path, lambda now: {name: what for name, what in now.items() if name != device})
    except OSError as error:
        return finish(f"{path} cannot be written ({error.strerror}): check its permissions.", 1)
    print(f"{device} is as new.")
    return 0


def _lines(entries: Any) -> list[tuple[str, str]]:
    if not isinstance(entries, Mapping):
        return [("", str(entries))]
    found: list[tuple[str, str]] = []
    for what, value in entries.items():
        if isinstance(value, Mapping):
            found += _lines(value)
        else:
            found.append((str(what), ", ".join(value) if isinstance(value, list) else str(value)))
    return found

"""Whether the screens that the settings name are plugged in, as the kernel sees it."""

from collections.abc import Sequence
from pathlib import Path

from appliance.outputs import parted
from appliance.service.checks import Check, Severity
from appliance.settings import Stage
from appliance.stage.displays import Display, choose, connected, monitors

NAME = "screens"
DRM = Path("sys/class/drm")
MODEL = Path("sys/firmware/devicetree/base/model")  # there on boards that are described by a tree


def check_screens(settings: Stage, root: Path = Path("/")) -> list[Check]:
    """Compare the settings with what is plugged in."""
    drm = root / DRM
    connectors = sorted(path.parent.name for path in drm.glob("card*-*/status"))
    if not connectors:
        return [_no_connectors(root)]
    there = tuple(Display((0, 0, *m.pixels), m.name, m.inches) for m in monitors(drm))
    plugged = [name.partition("-")[2] for name in connected(drm)]
    # A monitor is called by its connector, and then by its own name.
    described = {display.name.split(" ")[0] for display in there}
    silent = [name for name in plugged if name not in described]
    if not there and not silent:
        said = f"No screen is plugged in; there is room at {_names(connectors)}."
        remedy = "Is it switched on? Look at both ends of its cable and at the input it shows."
        return [Check(NAME, Severity.WARNING, said, remedy), *_outputs(settings, connectors)]
    found = [*_missing(settings, there), *_outputs(settings, connectors)]
    for name in silent:
        said = f"What is plugged in at {name} says nothing of itself."
        remedy = "That is usual behind a splitter; name the output in stage.outputs."
        found.append(Check(NAME, Severity.NOTE, said, remedy))
    listed = "; ".join(f"{d.name}, {d.size[0]}x{d.size[1]}" for d in there)
    if listed:
        found.insert(0, Check(NAME, Severity.OK, f"Plugged in: {listed}."))
    return found


def _no_connectors(root: Path) -> Check:
    if (root / MODEL).exists():
        said = "The kernel knows no connector for a screen."
        remedy = "On a Raspberry Pi /boot/firmware/config.txt needs the line dtoverlay=vc4-kms-v3d."
        return Check(NAME, Severity.WARNING, said, remedy)
    said = "This machine has no connector for a screen: the terminal is the stage."
    return Check(NAME, Severity.NOTE, said)


def _missing(settings: Stage, there: tuple[Display, ...]) -> list[Check]:
    chosen = choose(there, settings)
    found = []
    instrument = chosen.get("instrument")
    if settings.screen and (instrument is None or not instrument.is_called(settings.screen)):
        instead = f"{instrument.name} is used instead" if instrument else "no other is there"
        said = f'No screen has "{settings.screen}" in its name, or that size; {instead}.'
        found.append(Check(NAME, Severity.WARNING, said, "Plug it in, or change stage.screen."))
    if settings.wall and "wall" not in chosen:
        said = (
            f'The wall\'s screen is missing: none has "{settings.wall}" in its name, or that size.'
        )
        found.append(Check(NAME, Severity.WARNING, said, "Plug it in, or change stage.wall."))
    return found


def _outputs(settings: Stage, connectors: Sequence[str]) -> list[Check]:
    known = [name.partition("-")[2] for name in connectors]
    named = [parted(output)[0] for output in settings.outputs]
    said = "stage.outputs names {}, which this machine does not have; there is {}."
    return [
        Check(NAME, Severity.WARNING, said.format(name, _names(connectors)), "Change the name.")
        for name in named
        if name not in known
    ]


def _names(connectors: Sequence[str]) -> str:
    return ", ".join(name.partition("-")[2] for name in connectors)

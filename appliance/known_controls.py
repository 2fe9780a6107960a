"""Which controls there are, by name, without importing any of them."""

from importlib.metadata import EntryPoint, entry_points

GROUP = "static_unsigned_love.controls"  # entry points of other packages
SHIPPED = {
    "attract": "appliance.controls.attract:Attract",
    "face": "appliance.controls.face:Face",
    "gpio": "appliance.controls.gpio:Gpio",
    "leap": "appliance.controls.leap:Leap",
    "midi": "appliance.controls.midi:Midi",
    "osc": "appliance.controls.osc:Osc",
}


def known() -> dict[str, EntryPoint]:
    """Return every control's entry point by name; a shipped name is never overruled."""
    shipped = {name: EntryPoint(name, value, GROUP) for name, value in SHIPPED.items()}
    return {point.name: point for point in entry_points(group=GROUP)} | shipped

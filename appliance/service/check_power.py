"""Heat, voltage, fan and memory, as the machine tells them."""

from collections.abc import Callable
from pathlib import Path

from appliance.service.checks import Check, Severity
from appliance.service.vitals import HOT, celsius, throttled

WARM = 75.0  # degrees Celsius, five before a Pi 5 slows itself down
TURNS = 65.0  # degrees Celsius, from which on its fan must turn
LITTLE = 128 << 20  # bytes of memory that can be had, below which programs are ended
UNDER_VOLTAGE, SLOWED = 0x1, 0x2 | 0x4 | 0x8
SINCE = 16  # bits further to the left: what has happened since the start

Ask = Callable[[], int | None]  # vcgencmd get_throttled


def check_power(root: Path = Path("/"), ask: Ask = lambda: None) -> list[Check]:
    """Look at all of it; `ask` asks the firmware where the kernel does not pass it on."""
    told = throttled(root)
    bits = ask() if told is None else told
    heat = celsius(root)
    return [_heat(heat, bits), *_fan(heat, root), _voltage(bits), *_memory(root)]


def _heat(heat: float | None, bits: int | None) -> Check:
    if heat is None:
        return Check("heat", Severity.NOTE, "This machine does not tell its temperature.")
    said = f"The processor has {heat:.0f} °C"
    remedy = "Clean the openings and the fan; give the plinth more air."
    if heat >= HOT:
        return Check("heat", Severity.WARNING, f"{said} and slows itself down.", remedy)
    if bits is not None and bits & SLOWED:
        return Check("heat", Severity.WARNING, f"{said} and is held back just now.", remedy)
    if heat >= WARM:
        return Check("heat", Severity.NOTE, f"{said}: warm.", remedy)
    if bits is not None and bits & SLOWED << SINCE:
        said += "; at some time since the start it was too hot or had too little power."
        return Check("heat", Severity.NOTE, said, "Look again after an hour of visitors.")
    return Check("heat", Severity.OK, f"{said}.")


def _fan(heat: float | None, root: Path) -> list[Check]:
    for sensor in sorted((root / "sys/class/hwmon").glob("hwmon*")):
        try:
            if (sensor / "name").read_text(encoding="ascii").strip() != "pwmfan":
                continue
            turns = int((sensor / "fan1_input").read_text(encoding="ascii"))
        except (OSError, ValueError):
            continue
        if turns == 0 and heat is not None and heat >= TURNS:
            said = f"The fan stands still at {heat:.0f} °C."
            return [Check("heat", Severity.WARNING, said, "Look at its plug and its blades.")]
        return [Check("heat", Severity.OK, f"The fan turns {turns:,} times a minute.")]
    return []


def _voltage(bits: int | None) -> Check:
    remedy = "Use the Raspberry Pi's own 27 W supply, its own cable, and no adapter."
    if bits is None:
        said = "This machine does not tell whether its voltage is right."
        return Check("power", Severity.NOTE, said)
    if bits & UNDER_VOLTAGE:
        return Check("power", Severity.WARNING, "The voltage is too low now.", remedy)
    if bits & UNDER_VOLTAGE << SINCE:
        said = "The voltage was too low at some time since the start."
        return Check("power", Severity.WARNING, said, remedy)
    return Check("power", Severity.OK, "The voltage is right, and was since the start.")


def _memory(root: Path) -> list[Check]:
    try:
        text = (root / "proc/meminfo").read_text(encoding="ascii")
        sizes = {line.split(":")[0]: int(line.split()[1]) * 1024 for line in text.splitlines()}
        whole, left = sizes["MemTotal"], sizes["MemAvailable"]
    except (OSError, ValueError, KeyError, IndexError):
        return []
    said = f"{left / 1e6:,.0f} MB of {whole / 1e6:,.0f} MB of memory can be had."
    if left < LITTLE:
        remedy = "Restart; if it is so again, fewer programs or fewer styles."
        return [Check("memory", Severity.WARNING, said, remedy)]
    return [Check("memory", Severity.OK, said)]

"""The day's health in short sentences, what is not well first."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from appliance.service.hours import Hours
from appliance.service.status_page import Line
from appliance.service.units import Unit
from appliance.service.vitals import HOT, LITTLE_DISK, Vitals
from appliance.stage.operator.inquiry import Facts

# What the engine's page says too, and the stage knows itself.
KNOWN_HERE = frozenset({"writing", "clock", "power", "disk", "screen"})


@dataclass(frozen=True, slots=True)
class Own:
    """What the stage knows without asking."""

    local: datetime  # the time of day, with its zone
    fault: str = ""  # of the site's settings file
    engine: str = ""  # its own sentence; empty: it does not answer
    resting: int = 0  # styles that rest to hold the pace
    typed: int = 0  # characters today
    styles: int = 0  # that can play
    active: int = 0  # of them, that are on
    up: float = 0.0  # seconds since the stage began
    screen: tuple[bool, str] = (True, "")
    controls: Sequence[Line] = field(default_factory=tuple)
    hours: Hours | None = None  # None: none are set
    trusted: bool = True  # whether the time can be believed
    version: str = ""


def lines(own: Own, facts: Facts | None) -> list[Line]:
    """Return all lines: a wrong settings file, then what else is not well, then the rest."""
    found = [
        Line(
            "piece",
            own.engine or "The writers do not answer.",
            bool(own.engine) and not own.resting,
        ),
        Line("today", f"{own.typed:,} letters were typed."),
        _runs(own, facts),
        *_day(own, facts),
        *(_machine(facts.vitals) if facts is not None else []),
        *_memory(facts),
        Line("styles", f"{own.styles} can play, {own.active} are on."),
        Line("screens", own.screen[1], own.screen[0]),
        *own.controls,
        *_engine(own, facts),
        Line("version", own.version),
    ]
    first = [Line("settings", own.fault, well=False)] if own.fault else []
    found.sort(key=lambda line: line.well)
    return first + found


def span(seconds: float) -> str:
    """Return a length of time as a person says it."""
    minutes = int(seconds // 60)
    if minutes < 60:
        return f"{minutes} min"
    if minutes < 48 * 60:
        return f"{minutes // 60} h {minutes % 60} min"
    return f"{minutes // 1440} days"


def _runs(own: Own, facts: Facts | None) -> Line:
    said = f"The screens play for {span(own.up)}"
    if facts is None:
        return Line("running", f"{said}.")
    if facts.page is not None:
        said += f", the writers for {span(facts.page.up)}"
    if facts.machine_up is not None:
        said += f"; switched on {span(facts.machine_up)} ago"
    return Line("running", f"{said}.{_restarts(facts.engine, facts.stage)}")


def _restarts(engine: Unit | None, stage: Unit | None) -> str:
    if engine is None or stage is None:
        return ""
    if not engine.restarts and not stage.restarts:
        return " No restarts."
    return f" Restarts: writers {engine.restarts}, screens {stage.restarts}."


def _day(own: Own, facts: Facts | None) -> list[Line]:
    clock = f"It says {own.local:%A %H:%M}"
    if own.hours is None:
        return [
            Line("hours", "None are set: it always plays."),
            Line("clock", f"{clock}{'.' if own.trusted else ', and nobody has set it.'}"),
        ]
    # The engine decides when it is closed, so its verdict counts where there is one.
    believed = own.trusted
    if facts is not None and facts.page is not None:
        believed = all(line.well for line in facts.page.lines if line.name == "clock")
    spans = own.hours.of(own.local.date())
    text = ", ".join(f"{_time(begin)} to {_time(end)}" for begin, end in spans)
    return [
        Line("hours", f"Today {text}." if text else "Closed today."),
        Line("clock", f"{clock}, and is right.")
        if believed
        else Line(
            "clock",
            f"{clock}, which cannot be believed: hours are ignored until the network sets it.",
            well=False,
        ),
    ]


def _time(minutes: int) -> str:
    return f"{minutes // 60 % 24:02d}:{minutes % 60:02d}"


def _machine(vitals: Vitals) -> list[Line]:
    found = []
    if vitals.celsius is not None:
        hot = vitals.celsius >= HOT
        remedy = ": look at the fan and the dust." if hot else "."
        found.append(Line("heat", f"The processor has {vitals.celsius:.0f} °C{remedy}", not hot))
    if vitals.throttled is not None:
        found.append(_power(vitals.throttled))
    if vitals.disk_free is not None:
        little = vitals.disk_free < LITTLE_DISK
        remedy = " Make room on the card." if little else ""
        free = vitals.disk_free / 1e6
        size = f"{free / 1e3:,.1f} GB" if free >= 1e3 else f"{free:,.0f} MB"
        found.append(Line("disk", f"{size} are free.{remedy}", not little))
    return found


def _power(throttled: int) -> Line:
    if throttled & 0x1:
        said = "The voltage is too low: use the Raspberry Pi's own 27 W supply and its cable."
        return Line("power", said, well=False)
    if throttled & 0x10000:
        return Line("power", "The voltage was too low once: check supply and cable.", well=False)
    return Line("power", "The voltage is right.")


def _memory(facts: Facts | None) -> list[Line]:
    if facts is None:
        return []
    said = f"The screens have taken {facts.vitals.memory / 1e6:,.0f} MB"
    if facts.page is not None:
        said += f", the writers {facts.page.memory / 1e6:,.0f} MB"
    return [Line("memory", f"{said}.")]


def _engine(own: Own, facts: Facts | None) -> list[Line]:
    """Return what only the engine knows: rhythm, processor, archive, styles that were left out."""
    if facts is None or facts.page is None:
        return []
    here = KNOWN_HERE | {line.name for line in own.controls}
    return [
        line
        for line in facts.page.lines
        if line.name not in here and not (own.fault and own.fault.startswith(line.sentence))
    ]

"""What the technician's page shows of the engine and of all that has reported to it."""

from collections.abc import Mapping, Sequence

from appliance import wire
from appliance.engine.archive import Archive
from appliance.engine.session import CPU_NAME
from appliance.service.day import Now
from appliance.service.status_page import Line, Report
from appliance.service.vitals import HOT, LITTLE_DISK, Vitals
from appliance.update.outcome import Outcome

ITSELF = "the processor itself computes"
LATE = 25.0  # milliseconds: half of the time between two characters at 20 a second


def state_of(
    today: Now,
    *,
    held: bool,
    weighed: bool,
    mute: bool,
    characters: int,
    pace: float,
    styles: int,
) -> tuple[str, str]:
    """Return the engine's state in a word, as `/status` has it, and in a sentence."""
    if not today.is_open:
        return "closed", today.sentence
    if held:
        return "held", "The typewriter is held."
    if not weighed:
        return "silent", "All weights are zero: the typewriter rests."
    if mute:
        return "starting", "Every style has failed: their files are loaded anew."
    if not characters:
        return "starting", "The styles are reading the text."
    who = "1 style" if styles == 1 else f"{styles} styles"
    return "typing", f"Typing {pace:.0f} characters a second with {who}."


def remarks_on(today: Now, *, resting: int, archive: str, forgetful: bool) -> list[str]:
    """Return a sentence for each thing that somebody should know while the piece goes on."""
    remarks = []
    if resting:
        remarks.append(f"The processor is too slow or too hot for that pace: {resting} rest.")
    if today.sentence and today.is_open:
        remarks.append(today.sentence)
    if archive:
        remarks.append(archive)
    if forgetful:
        remarks.append("What survives a power cut cannot be written: check the disk.")
    return remarks


def page_of(
    status: wire.Status,
    mixture: Mapping[str, float],
    vitals: Vitals,
    archive: Archive | None,
    parts: Sequence[wire.Report],
    uptime: float,
    today: Now,
    update: Outcome | None = None,
) -> Report:
    """Return all that is known, as the page shows it; `uptime` in seconds."""
    # Whoever has typed and starts again has lost every style.
    failed = status.state == "starting" and status.characters > 0
    lines = [
        Line("writing", status.sentence, well=not failed),
        Line(
            "rhythm",
            f"One letter in a hundred comes more than {status.late:.1f} ms late."
            + ("" if status.late < LATE else " A lower typing.pace in the settings eases that."),
            well=status.late < LATE,
        ),
        Line(
            "processor",
            (f"{status.resting} styles rest to hold the pace. " if status.resting else "")
            + _computing(status.computing)
            + ("" if vitals.celsius is None else f" It has {vitals.celsius:.0f} °C."),
            well=not status.resting and (vitals.celsius or 0.0) < HOT,
        ),
        *_clock(today),
        *_power(vitals.throttled),
        *_disk(vitals.disk_free),
        *_archive(archive),
        *([Line("update", update.sentence, update.well)] if update else []),
        *(Line(part.part, part.sentence, bool(part.well)) for part in parts),
    ]
    numbers: dict[str, float] = {
        "up_seconds": uptime,
        "characters": status.characters,
        "pace": status.pace,
        "late_p99_milliseconds": status.late,
        "renewals": status.renewals,
        "dropped": status.dropped,
        "resting_styles": status.resting,
        "memory_bytes": vitals.memory,
        "open": int(today.is_open),
    }
    if vitals.celsius is not None:
        numbers["celsius"] = vitals.celsius
    if vitals.throttled is not None:
        numbers["throttled"] = vitals.throttled
    if vitals.disk_free is not None:
        numbers["disk_free_bytes"] = vitals.disk_free
    if archive is not None:
        numbers |= {"archive_written": archive.written, "archive_lost": archive.lost}
    return Report(status.state, status.sentence, tuple(lines), dict(mixture), numbers)


def _computing(said: str) -> str:
    """Return who computes, in a sentence; onnxruntime calls the processor by a name of its own."""
    plain = (said or ITSELF).replace(f"{CPU_NAME} computes", ITSELF)
    return f"{plain[:1].upper()}{plain[1:].rstrip('.')}."


def _clock(today: Now) -> list[Line]:
    if today.is_open and today.sentence:
        return [Line("clock", today.sentence, well=False)]
    return []


def _power(throttled: int | None) -> list[Line]:
    if throttled is None:
        return []
    if throttled & 0x1:
        said = "The voltage is too low now: use the Raspberry Pi's own 27 W supply and its cable."
        return [Line("power", said, well=False)]
    if throttled & 0x10000:
        said = "The voltage was too low at some time since the start: check supply and cable."
        return [Line("power", said, well=False)]
    return [Line("power", "The voltage is right.")]


def _disk(free: int | None) -> list[Line]:
    if free is None:
        return []
    little = free < LITTLE_DISK
    remedy = " Make room, or lower archive.megabytes in the settings." if little else ""
    return [Line("disk", f"{free / 1e6:,.0f} MB are free.{remedy}", well=not little)]


def _archive(archive: Archive | None) -> list[Line]:
    if archive is None:
        return [Line("archive", "The archive is switched off.")]
    if archive.sentence:
        return [Line("archive", archive.sentence, well=False)]
    lost = f" {archive.lost:,} were lost while the disk refused." if archive.lost else ""
    said = f"{archive.written:,} characters were kept since the start.{lost}"
    return [Line("archive", said, well=not archive.lost)]

"""Whether the piece is open now, as far as the time can be believed."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from appliance.service.hours import Hours
from appliance.service.tables import Opening


@dataclass(frozen=True, slots=True)
class Now:
    """Whether it is open, and a sentence for the technician where that needs one."""

    is_open: bool
    sentence: str = ""


class Day:
    """Asks the clock on the wall, and first whether that clock can be believed."""

    def __init__(
        self,
        settings: Opening,
        wall: Callable[[], datetime],
        trusted: Callable[[datetime], bool],
    ) -> None:
        """Begin; `wall` returns the local time with its zone."""
        self._hours = settings.hours()
        self._always = settings.clock == "always"
        self._set = bool(settings.week or settings.dates)
        self._wall, self._trusted = wall, trusted

    def now(self) -> Now:
        """Return how it stands."""
        if not self._set:
            return Now(is_open=True)
        local = self._wall()
        if not self._always and not self._trusted(local):
            return Now(
                is_open=True,
                sentence=(
                    f"The clock says {local:%Y-%m-%d %H:%M}, which cannot be believed: opening "
                    "hours are ignored until network or a clock battery sets it."
                ),
            )
        if self._hours.open_at(local):
            return Now(is_open=True)
        return Now(is_open=False, sentence=_closed(self._hours, local))


def _closed(hours: Hours, local: datetime) -> str:
    opens = hours.next_opening(local)
    if opens is None:
        return "Closed; no opening hours follow within a year."
    if (opens.date() - local.date()).days < 7:
        return f"Closed until {opens:%A %H:%M}."
    return f"Closed until {opens:%A}, {opens.day} {opens:%B, %H:%M}."


def local_time() -> datetime:
    """Return the time of day here, with its zone."""
    return datetime.now().astimezone()

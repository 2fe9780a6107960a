"""What the other parts of the piece say of themselves: screen, controls, whatever reports."""

from collections.abc import Callable, Sequence

from appliance import wire

MOST_PARTS = 32  # that may report: whoever sends other names all day fills no memory
REPORTED_FOR = 30.0  # seconds that a report counts


def of_fault(fault: str) -> wire.Report:
    """Return what is wrong with a setting or a model as the engine's own report of it."""
    return wire.Report("settings and models", 0, fault[:400])


class Parts:
    """The last report of each part, as long as it counts; `always` are those that do not end."""

    def __init__(self, clock: Callable[[], float], always: Sequence[wire.Report] = ()) -> None:
        self._clock, self._always = clock, tuple(always)
        self._heard: dict[str, tuple[float, wire.Report]] = {}

    def take(self, report: wire.Report) -> None:
        """Keep a part's newest report."""
        if report.part in self._heard or len(self._heard) < MOST_PARTS:
            self._heard[report.part] = (self._clock(), report)

    def reports(self) -> tuple[wire.Report, ...]:
        """Return what counts now."""
        now = self._clock()
        self._heard = {
            part: (at, report)
            for part, (at, report) in self._heard.items()
            if now - at < REPORTED_FOR
        }
        return (*self._always, *(report for _, report in self._heard.values()))

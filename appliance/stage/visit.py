"""One visitor after the other: when nobody has touched the piece for a while, it opens anew."""

from collections.abc import Mapping, Sequence

from appliance.service.tables import Visit as VisitSettings
from appliance.settings import Typing


class Visit:
    """Watches how long nobody has touched anything; tells once when a visit is over."""

    def __init__(
        self,
        settings: VisitSettings,
        mixture: Mapping[str, float],
        active: Sequence[str],
        typing: Typing | None = None,
    ) -> None:
        """Begin; `mixture`, `active` and `typing` are what the next visitor finds.

        Without `typing`, tempo and joint stay as the last visitor left them.
        """
        self.typing = typing
        self._opening = dict(mixture)
        # A style with weight is active, as it is to the engine, whether it was named or not.
        self.choose((*active, *(s for s, w in mixture.items() if w > 0 and s not in active)))
        self.new_page = settings.new_page
        self.left: float | None = None  # seconds of the countdown, while it is shown
        self._settings = settings
        self._over = True  # nobody has come yet

    def choose(self, active: Sequence[str]) -> None:
        """Set which styles the next visitor finds active; the mixture is of these alone."""
        self.active = tuple(active)
        self.mixture = {s: w for s, w in self._opening.items() if s in self.active}

    def touched(self) -> None:
        """Note that somebody plays."""
        self._over = False
        self.left = None

    def ends(self, idle: float) -> bool:
        """Tell, once, that the visit is over; `idle` is in seconds without a touch."""
        after = self._settings.ends_after
        if self._over or after <= 0:
            return False
        left = after - idle
        self._over = left <= 0
        counted = 0 < left <= self._settings.countdown
        self.left = left if counted else None
        return self._over

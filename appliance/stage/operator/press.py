"""A long press: one finger that stays where it is, in a corner."""

from dataclasses import dataclass

SEEN_AFTER = 1.0  # seconds: a touch in passing shows nothing
Place = tuple[float, float]


@dataclass(slots=True)
class Held:
    """The finger that presses."""

    role: str
    finger: int
    at: Place
    since: float
    stray: float  # pixels that it may move


class LongPress:
    """Watches for one finger that rests in the corner of a screen."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._held: Held | None = None
        self._others: set[tuple[str, int]] = set()  # more fingers in the corner

    @property
    def role(self) -> str:
        """The screen that is pressed, or an empty string."""
        return self._held.role if self._held is not None else ""

    def down(self, role: str, finger: int, at: Place, now: float, stray: float) -> None:
        """Take a finger that goes down in the corner: alone, it begins to press."""
        if self._held is None and not self._others:
            self._held = Held(role, finger, at, now, stray)
            return
        if self._held is not None:  # a hand that is laid there is no sign
            self._others.add((self._held.role, self._held.finger))
        self._others.add((role, finger))
        self._held = None

    def move(self, role: str, finger: int, at: Place) -> None:
        """Take a finger that moves, wherever it is: one that strays presses no more."""
        held = self._held
        if held is None or (held.role, held.finger) != (role, finger):
            return
        if max(abs(at[0] - held.at[0]), abs(at[1] - held.at[1])) > held.stray:
            self._held = None

    def up(self, role: str, finger: int) -> None:
        """Take a finger that leaves, wherever it was."""
        self._others.discard((role, finger))
        if self._held is not None and (self._held.role, self._held.finger) == (role, finger):
            self._held = None

    def forget(self) -> None:
        """Let go of every finger: its screen has gone, or shows something else."""
        self._held = None
        self._others.clear()

    def share(self, now: float) -> float:
        """Return how much of the press is done and shown, 0 to 1; 0 in its first second."""
        if self._held is None:
            return 0.0
        passed = now - self._held.since
        if passed < SEEN_AFTER:
            return 0.0
        return min(1.0, (passed - SEEN_AFTER) / max(self._seconds - SEEN_AFTER, 1e-6))

    def done(self, now: float) -> bool:
        """Tell, once, that it was pressed for long enough."""
        if self._held is None or now - self._held.since < self._seconds:
            return False
        self.forget()
        return True

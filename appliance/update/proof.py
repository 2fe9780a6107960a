"""When a release on trial has proved itself, and when it has not: pure, on what was seen of it."""

from dataclasses import dataclass

QUIET = 10.0  # seconds without a character, then it does not write
MOST_RESTARTS = 3  # of engine and stage together
LONGEST_REST = 3600.0  # seconds for which an engine is believed that says it rests
FRAMES = 2  # times that the stage has told of frames within the proof; it does every 10 s


@dataclass(frozen=True, slots=True)
class Seen:
    """What was seen of the piece at one moment."""

    plays: bool  # whether engine and stage have both become ready, and neither has ended
    fallback: bool  # whether the sentence for the staff is shown instead
    restarts: int  # of engine and stage since the piece was started
    characters: int  # heard since the watch began
    frames: int  # changes whenever the stage has told the service manager of frames
    screen: bool  # whether the stage says that all its screens are there
    closed: bool = False  # whether the piece is closed, by this release's own reckoning
    rests: bool = False  # whether the engine says that it rests: held, silent, closed


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a trial ends; `why` is empty where the release is kept."""

    why: str = ""

    @property
    def kept(self) -> bool:
        """Whether the release stays."""
        return not self.why


class Proof:
    """Counts the seconds in which a release has written and shown without a break."""

    def __init__(self, proof: float, within: float, now: float, *, screen: bool) -> None:
        """Begin; `proof` and `within` in seconds, `screen` is whether it must have one."""
        self._proof, self._within, self._screen = proof, within, screen
        self._looked, self._spent, self._rested = now, 0.0, 0.0
        self._characters, self._wrote = 0, -1e9
        self._restarts: int | None = None
        self._frames, self._told = -1, 0
        self._since: float | None = None

    def look(self, seen: Seen, now: float) -> Verdict | None:
        """Take in what was seen; return the verdict as soon as there is one."""
        passed, self._looked = now - self._looked, now
        if seen.fallback:
            return Verdict("its engine or its stage could not be started")
        if seen.restarts >= MOST_RESTARTS:
            return Verdict(f"its engine or its stage ended {seen.restarts} times")
        if seen.characters > self._characters:
            self._characters, self._wrote = seen.characters, now
        again = self._restarts is not None and seen.restarts > self._restarts
        self._restarts = seen.restarts
        lacks = self._lacks(seen, now)
        if lacks or again:
            self._since = None
        elif self._since is None:
            self._since, self._told = now, 0
        elif seen.frames != self._frames:
            self._told += 1
        self._frames = seen.frames
        self._wait(seen, passed)
        held = now - self._since if self._since is not None else 0.0
        if held >= self._proof and self._told >= FRAMES:
            return Verdict()
        # One that has begun to prove itself late may finish.
        if self._spent < self._within or (self._since is not None and held < 2 * self._proof):
            return None
        lacks = lacks or ("ended again" if again else "showed no frames")
        return Verdict(f"it {lacks}, and {self._within:g} s are over")

    def _lacks(self, seen: Seen, now: float) -> str:
        """Return what is wanting just now; nothing if all is as it should be."""
        if not seen.plays:
            return "did not start"
        if now - self._wrote > QUIET:
            return "wrote nothing"
        if self._screen and not seen.screen:
            return "showed nothing on the screen that was there before"
        return ""

    def _wait(self, seen: Seen, passed: float) -> None:
        """Count the time in which it should have proved itself."""
        # A gallery that is closed for a week is no fault of a release, and an engine that says it
        # rests may be right.
        rests = seen.plays and seen.rests
        self._rested = self._rested + passed if rests else 0.0
        if not rests or (not seen.closed and self._rested >= LONGEST_REST):
            self._spent += passed

"""One MIDI box as it is played: what its controls do, its bank, where its motors stand.

It knows bytes and no port, so that it can be tried without any.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from appliance.controls.banks import banks, playing
from appliance.controls.control import STYLED, Event, Shown
from appliance.controls.faders import GLIDE
from appliance.controls.midi_maps import Ready, fader_of, is_continuous, roles_of
from appliance.controls.midi_messages import Key, Moved, Reader, written

QUIET = GLIDE + 0.1  # seconds after a hand's last move in which a motor rests
OFTEN = 1 / 30  # seconds between two messages to one motor or ring
ECHO = 0.5  # seconds in which a box may send back what it was sent
SAME = 1.5 / 127  # of a fader's way: as exactly as 7 bits come back
DOWN = 0.5  # a button is down from here on
MOST = 64  # faders that are guessed
VISITS = 16  # visits of banks that are told apart


@dataclass(slots=True)
class Stand:
    """Where a fader or ring of the box stands, and when it was moved by whom."""

    value: float = math.nan  # 0 to 1
    moved: float = -math.inf  # seconds, by a hand
    sent: float = -math.inf  # seconds, by us
    touched: bool = False
    channel: int = 0


class Box:
    """One device: messages in, events out, and messages back to its motors and rings."""

    def __init__(
        self,
        name: str,
        *,
        ready: Ready | None = None,
        learned: Mapping[str, str] = {},
        seen: Sequence[str] = (),
        faders: int = 0,
        bank: int = 0,
        pairs: bool | None = None,
    ) -> None:
        """Begin; `faders` 0 is as many as the map has, `pairs` None lets 14 bits show themselves.

        `learned` and `seen` are what is kept of this box: roles by key, and the keys of faders.
        """
        self.name, self.ready = name, ready
        self.bank = bank
        self.seen = tuple(seen)
        self.last = ""  # what was moved last, for the technician
        self.reader = Reader(False if ready is not None and pairs is None else pairs)
        self._wished = faders
        self._down: dict[str, bool] = {}  # by key of a button
        self._stands: dict[str, Stand] = {}  # by key without channel where the map has none
        self._visit = 0
        self.learned: Mapping[str, str] = {}
        self.roles: dict[str, str] = {}
        self.faders = 0
        self.learn(learned)

    def learn(self, learned: Mapping[str, str]) -> None:
        """Let what was learned hold from now on."""
        self.learned = dict(learned)
        self.roles = roles_of(self.learned, self.ready, self.seen, self._wished)
        highest = max(map(fader_of, self.roles.values()), default=0)
        self.faders = self._wished or highest

    def remember(self, seen: Sequence[str]) -> None:
        """Add to the faders that were seen on this box before."""
        self.seen = tuple(dict.fromkeys([*self.seen, *seen]))[:MOST]
        self.learn(self.learned)

    def plug_in(self) -> None:
        """Forget how the box stood: it has just been plugged in again."""
        self._stands.clear()
        self._down.clear()
        self._visit = (self._visit + 1) % VISITS

    def take(self, message: Sequence[int], now: float, styles: Sequence[str]) -> list[Event]:
        """Return what one message moves; `styles` are in the order in which faders play them."""
        moved = self.reader.read(message)
        return [] if moved is None else self.play(moved, now, styles)

    def play(self, moved: Moved, now: float, styles: Sequence[str]) -> list[Event]:
        """Return what a moved control moves; a bank button turns the bank instead."""
        place, role = self._find(moved)
        self.last = f"{moved.key} at {moved.value:.2f}"
        if not role:
            return []
        if not is_continuous(role):
            return self._press(place, role, moved, now, styles)
        stand = self._stands.setdefault(place, Stand())
        stand.channel = Key.parse(moved.key).channel
        if now - stand.sent < ECHO and abs(moved.value - stand.value) < SAME:
            return []
        stand.value, stand.moved = moved.value, now
        number = fader_of(role)
        what = self._of_fader(number, "level", styles) if number else role
        self.last = f"{self._spoken(number, moved.key)} at {moved.value:.2f}"
        if what is None or not _plays_here(what, styles):
            return []
        return [Event(what, moved.value, now, self._hand(number, moved.key))]

    def plays(self, styles: Sequence[str]) -> dict[str, str]:
        """Return for each style that a fader of this box plays now what is written beside it."""
        found = {
            role.partition("/")[2]: key.rpartition("/")[2]
            for key, role in self.roles.items()
            if role.startswith("level/")
        }
        numbers = {fader_of(role) for role in self.roles.values()} - {0}
        for number, style in enumerate(playing(styles, self.faders, self.bank), 1):
            if style is not None and number in numbers:
                found[style] = str(number)
        return found

    def answers(self, shown: Shown) -> Iterator[bytes]:
        """Yield what motors and rings are to be sent now, so that they stand where things stand."""
        for place, role in self.roles.items():
            value = self._stands_at(role, shown) if is_continuous(role) else None
            key = Key.parse(place)
            if value is None or key.kind == "note":
                continue
            stand = self._stands.setdefault(place, Stand())
            rests = stand.touched or shown.now - stand.moved < QUIET
            if rests or shown.now - stand.sent < OFTEN:
                continue
            key = Key(key.kind, key.number, key.channel or stand.channel)
            fine = self.reader.paired(key)
            steps = 1023 if fine else 127  # motors of 14 bits are no better than 10
            if stand.value == stand.value and round(stand.value * steps) == round(value * steps):
                continue
            stand.value, stand.sent = value, shown.now
            yield from written(key, value, fine=fine)

    def _find(self, moved: Moved) -> tuple[str, str]:
        """Return under which key the map knows a control, and its role, empty if it has none."""
        bare = moved.key.partition("/")[2]
        for place in (moved.key, bare):
            if place in self.roles:
                return place, self.roles[place]
        guess = self.ready is None and "note" not in bare and 0.0 < moved.value < 1.0
        if guess and moved.key not in self.seen and len(self.seen) < MOST:
            self.remember([moved.key])
        return moved.key, self.roles.get(moved.key, "")

    def _press(
        self, place: str, role: str, moved: Moved, now: float, styles: Sequence[str]
    ) -> list[Event]:
        down = moved.value >= DOWN
        if self._down.get(place, False) == down:
            return []
        self._down[place] = down
        kind, _, rest = role.partition("/")
        if kind == "bank":
            if down:
                self._turn(rest, len(styles))
            return []
        what: str | None = role
        if kind == "fader":
            number, _, deed = rest.partition("/")
            if deed == "touch":
                self._lay_hand(int(number), down, now)
                return []
            what = self._of_fader(int(number), deed, styles)
        if what is None or not _plays_here(what, styles):
            return []
        self.last = f"{role.replace('/', ' ')} {'down' if down else 'up'}"
        return [Event(what, float(down), now, f"{self.name} {moved.key}")]

    def _turn(self, where: str, styles: int) -> None:
        count = banks(styles, self.faders)
        step = {"next": self.bank + 1, "previous": self.bank - 1}
        self.bank = step.get(where, int(where) - 1 if where.isdigit() else 0) % count
        # A fader that comes back to a bank stands elsewhere: it is a new hand, and takes over.
        self._visit = (self._visit + 1) % VISITS

    def _lay_hand(self, number: int, down: bool, now: float) -> None:
        for place, role in self.roles.items():
            if fader_of(role) == number:
                stand = self._stands.setdefault(place, Stand())
                stand.touched, stand.moved = down, now

    def _of_fader(self, number: int, kind: str, styles: Sequence[str]) -> str | None:
        chosen = playing(styles, self.faders, self.bank)
        style = chosen[number - 1] if number <= len(chosen) else None
        return f"{kind}/{style}" if style is not None else None

    def _stands_at(self, role: str, shown: Shown) -> float | None:
        match role:
            case "puck/x":
                return shown.puck[0]
            case "puck/y":
                return shown.puck[1]
            case "temperature":
                return shown.temperature
            case "pace":
                return shown.pace
        number = fader_of(role)
        what = self._of_fader(number, "level", shown.faders) if number else role
        # A fader beyond the last style plays nothing, and rests at the bottom.
        return 0.0 if what is None else shown.levels.get(what.partition("/")[2])

    def _spoken(self, number: int, key: str) -> str:
        return f"fader {number}" if number else key

    def _hand(self, number: int, key: str) -> str:
        visit = f", visit {self._visit}" if number and self._visit else ""
        return f"{self.name} {self._spoken(number, key)}{visit}"


def _plays_here(what: str, styles: Sequence[str]) -> bool:
    """Tell whether an event is about a style that may play, or about none."""
    kind, _, style = what.partition("/")
    return kind not in STYLED or style in styles

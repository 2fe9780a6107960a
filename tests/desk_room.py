"""A desk with an engine's end of the wire, a finger, a box of faders, and a ghost."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import pytest

from appliance import wire
from appliance.controls.attract import Attract
from appliance.controls.control import Control, Event, Health, Shown
from appliance.controls.hands import Hands
from appliance.settings import Controls, Loaded, Table
from appliance.stage.desk import Desk
from appliance.stage.link import Link
from tests.puppet import Clock, Puppet

STYLES = ("bible", "homer", "linux", "trump")
RUN = 4711
FRAME = 1 / 60


class Player(Control):
    """A control that plays what the test says, and remembers how things stood."""

    class Settings(Table):
        """None."""

    def __init__(self) -> None:
        super().__init__(self.Settings())
        self.next: list[tuple[str, float]] = []
        self.shown = Shown(0.0)

    def poll(self, shown: Shown) -> Iterable[Event]:
        self.shown, moved, self.next = shown, self.next, []
        return [Event(what, value, shown.now) for what, value in moved]

    def health(self) -> Health:
        return Health("plays.")


class Box(Player):
    takes_over = True


class Room:
    """A desk with an engine's end of the wire, a finger, a box of faders, and a ghost."""

    def __init__(
        self, puppet: Puppet, link: Link, clock: Clock, controls: Controls, **desk: Any
    ) -> None:
        self.puppet, self.link, self.clock = puppet, link, clock
        self.player, self.box = Player(), Box()
        self.attract = Attract(Attract.Settings.model_validate({}))
        hands = Hands({"player": self.player, "box": self.box, "attract": self.attract})
        self.desk = Desk(link, controls, hands=hands, **desk)
        self.temperature, self.pace, self.hold, self.joint = 0.7, 14.0, 0, "linear"
        self.mixture: dict[str, float] = {"bible": 0.5, "linux": 0.5}
        self.active: tuple[str, ...] = ("bible", "homer", "linux")
        self.obeys, self.run = True, RUN

    def greet(self) -> None:
        self.frame()
        assert self.puppet.heard() == [wire.Subscribe(0, wire.VERSION)]
        self.appear()
        self.frame()
        assert self.said() == []

    def appear(self) -> None:
        """Greet as an engine does that has begun."""
        styles = [wire.StyleIs(i, s, s.title(), "#a0b0c0", "") for i, s in enumerate(STYLES)]
        self.puppet.say(self.hello(), *styles)
        self.puppet.say(wire.Text(self.run, 0, 0, "", ""), *self.stands())

    def return_anew(self) -> None:
        """Greet as an engine does that takes up where the last one had stood."""
        self.run += 1
        self.appear()

    def said(self) -> list[wire.Message]:
        """Return what the desk has sent, but for its reports, which come by the clock."""
        return [m for m in self.puppet.heard() if not isinstance(m, wire.Report)]

    def hello(self) -> wire.Hello:
        return wire.Hello(
            wire.VERSION, self.run, self.joint, self.temperature, self.pace, self.hold
        )

    def stands(self) -> tuple[wire.Message, ...]:
        return wire.ActiveAre(self.active), wire.WeightsAre(tuple(self.mixture.items()))

    def frame(self, *moves: tuple[str, float], box: Sequence[tuple[str, float]] = ()) -> None:
        """Let a frame pass in which a player and a box make their moves."""
        self.player.next, self.box.next = list(moves), list(box)
        self.clock.now += FRAME
        now = self.clock.now
        self.desk.follow(self.link.poll(), now)
        self.desk.play(now)
        self.desk.flush(now)

    def pass_by(self, seconds: float) -> None:
        """Let frames pass without a move, while the engine answers what it hears."""
        for _ in range(round(seconds / FRAME)):
            self.frame()
            self.answer()

    def answer(self) -> list[wire.Message]:
        """Obey what was sent as the engine does, and say so; return it."""
        heard = self.said()
        for message in heard if self.obeys else []:
            match message:
                case wire.Weights(pairs):
                    self.mixture = {slug: weight for slug, weight in pairs if weight > 0}
                case wire.Active(slugs):
                    self.active = slugs
                case wire.Temperature(value):
                    self.temperature = value
                case wire.Pace(value):
                    self.pace = value
                case wire.Hold(on):
                    self.hold = on
                case wire.SetJoint(joint):
                    self.joint = joint
        self.puppet.say(self.hello(), *self.stands())
        return heard

    def sent(self, kind: type[wire.Message]) -> list[Any]:
        """Return what was sent of one kind, and obey it."""
        return [message for message in self.answer() if isinstance(message, kind)]


@pytest.fixture
def controls() -> Controls:
    return Loaded.read().settings.controls.model_copy(update={"smoothing": 0.0})


@pytest.fixture
def room(puppet: Puppet, clock: Clock, controls: Controls) -> Iterator[Room]:
    with Link(puppet.socket.getsockname(), "127.0.0.1", 0, clock) as link:
        made = Room(puppet, link, clock, controls)
        made.greet()
        yield made

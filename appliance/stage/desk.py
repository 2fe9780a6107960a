"""The instrument as hands find it: faders, the circle with its puck, and what they send.

Every gesture changes the desk at once, so that the same frame shows it; what changed is sent once
a frame. What the engine reports and this desk did not send came from another hand, and is shown.

A frame: follow the engine, take the touches, play the controls, flush.
"""

from collections.abc import Sequence
from dataclasses import replace
from math import isclose
from typing import Any

import numpy as np

from appliance import wire
from appliance.apart import Groups
from appliance.controls import puck
from appliance.controls.banks import arranged, on_faders
from appliance.controls.control import STYLED, Shown
from appliance.controls.faders import Faders
from appliance.controls.hands import Hands, Move
from appliance.controls.mixer import Mixer
from appliance.settings import Controls, Typing
from appliance.stage.link import Link
from appliance.stage.reports import Reports
from appliance.stage.visit import Visit

ECHO = 0.5  # seconds in which the engine's report may still be older than what was sent
TOUCH = "touch"  # the hand of fingers on the screen, the mouse and the keyboard
LAYING = "puck"  # whoever has the puck has every fader of the circle
UNSEEN = 0.01  # of a slider's way: nearer its beginning, a knob seems to be down
TEMPO = ("temperature", "pace")


class Desk:
    """Faders and puck over a link to the engine."""

    def __init__(
        self,
        link: Link,
        settings: Controls,
        *,
        order: Sequence[str] = (),
        opening: Sequence[str] = (),
        apart: Groups = (),
        sharpness: float = 2.0,
        hands: Hands | None = None,
        visit: Visit | None = None,
    ) -> None:
        self.link = link
        self.hands = hands or Hands({})
        self.visit = visit
        self.mixer = Mixer(settings.smoothing, settings.takeover, apart)
        self.puck = (0.0, 0.0)  # in the unit disc, y downwards
        self.slugs: tuple[str, ...] = ()
        self._faders: tuple[str, ...] = ()  # the styles in the order of a box's faders
        self._titles: dict[str, str] = {}
        self.ghost = False  # whether attract has the puck
        self.layout = 0  # how often a button asked for another layout
        self._settings, self._sharpness = settings, sharpness
        self._order, self._opening = tuple(order), frozenset(opening)
        self._tempo = Faders(0.0, settings.takeover)
        self._tempo.offer(TEMPO)
        self._tempo_sent = dict.fromkeys(TEMPO, 0.0)
        self.screen = (True, "There is no screen: the text goes to standard output.")
        self._outbox: list[wire.Message] = []
        self._reports = Reports()
        self._moved = self._chosen = False
        self._laid: tuple[float, float] | None = None  # where controls want the puck, 0 to 1
        self._sent_at = self._tempo_at = -1e9
        self._told = False  # whether the engine has spoken since of how it stands
        self._unheard: dict[str, float] | None = None  # what was sent and no engine has repeated
        self._meant_for: int | None = None  # the run of the engine that it was sent to
        self._followed = False
        self._yielding = False  # whether what is taken just now is of a control that yields
        self._hand_at: float | None = None  # when a hand, and not the ghost, moved anything

    @property
    def circle(self) -> tuple[str, ...]:
        """The active styles in their order around the circle."""
        return tuple(slug for slug in self.slugs if slug in self.mixer.active)

    def idle(self, now: float) -> float:
        """Return for how many seconds no hand has moved anything."""
        if self._hand_at is None:
            self._hand_at = now
        return now - self._hand_at

    def follow(self, messages: Sequence[wire.Message], now: float) -> None:
        """Take over what the engine said."""
        view = self.link.view
        titles = {slug: style.title for slug, style in view.styles.items()}
        if titles != self._titles:
            self._titles = titles
            self.slugs = arranged(titles, self._order)
            self._faders = on_faders(
                titles, named=self._settings.faders, opening=self._opening, order=self._order
            )
            self.mixer.offer(self.slugs)
            self._told = True  # it may have spoken of styles that were not known yet
        self._listen(messages)
        if self._speaks_to_another():
            # A hand has moved while no engine was there: the one that is here now is told.
            self._moved = self._chosen = True
        elif self._told and now - self._sent_at > ECHO:
            self._told = False
            if self.mixer.adopt(view.weights, view.active):
                self._unheard = None
                self._settle_puck()
                if self._followed:  # what stood there when the stage began was nobody's touch
                    self._touch(now)
                self._followed = True
                self._moved = False  # it stands so already
        if self.ghost:
            self._give_way(messages, now)
        if view.hello is not None and now - self._tempo_at > ECHO:
            for name in TEMPO:
                stands = self._on_scale(name, getattr(view.hello, name))
                if abs(stands - self._tempo.all[name].goal) > 1e-3:
                    self._tempo.all[name].put(stands)
                    self._tempo_sent[name] = stands
        for message in messages:
            if isinstance(message, wire.Puck):
                self.move_puck(2.0 * message.x - 1.0, 2.0 * message.y - 1.0, now)

    def _listen(self, messages: Sequence[wire.Message]) -> None:
        """Note what the engine says of its mixture; its silence moves nothing."""
        for message in messages:
            if isinstance(message, wire.WeightsAre | wire.ActiveAre):
                self._told = True
            if isinstance(message, wire.WeightsAre) and self._unheard is not None:
                repeated = dict(message.pairs)
                if all(
                    isclose(repeated.get(slug, 0.0), weight, abs_tol=2e-3)
                    for slug, weight in self._unheard.items()
                ):
                    self._unheard = None

    def _speaks_to_another(self) -> bool:
        """Tell whether what was sent last was for an engine that is gone, and was not heard."""
        hello = self.link.view.hello
        waits = self._unheard is not None and bool(self.circle)
        return waits and hello is not None and hello.run != self._meant_for

    def _give_way(self, messages: Sequence[wire.Message], now: float) -> None:
        # The ghost never stops sending, so that no report would ever be late enough to be another
        # hand's. What it has sent since is taken back by sending the hand's weights once more.
        for message in messages:
            if isinstance(message, wire.WeightsAre):
                weights = dict(message.pairs)
                if self.mixer.foreign(weights) and self.mixer.adopt(weights, self.link.view.active):
                    self._settle_puck()
                    self._touch(now)

    # --- fingers and keys -----------------------------------------------------------------------

    def set_level(self, slug: str, level: float, now: float, hand: str = TOUCH) -> None:
        """Move a fader."""
        asleep = slug not in self.mixer.active
        self.mixer.set_level(slug, level, hand)
        self._touch(now, chosen=asleep)
        self._settle_puck()

    def alone(self, slug: str, now: float) -> None:
        """Play one style alone."""
        asleep = slug not in self.mixer.active
        self.mixer.set_levels({slug: 1.0})
        self._touch(now, chosen=asleep)
        self._settle_puck()

    def toggle(self, slug: str, now: float) -> None:
        """Wake a style or send it to sleep."""
        self.mixer.set_active(slug, slug not in self.mixer.active)
        self._touch(now, chosen=True)
        self._settle_puck()

    def move_puck(self, x: float, y: float, now: float, *, ghost: bool = False) -> None:
        """Lay the puck at a place of the unit disc."""
        circle = self.circle
        if not circle:
            return
        self.puck = puck.inside(x, y)
        weights = puck.weights(*self.puck, len(circle), self._sharpness)
        shares = weights / weights.max()
        # What nobody sees on a slider stays off it: once the others are down, it would be all.
        levels = dict(zip(circle, np.where(shares < UNSEEN, 0.0, shares).tolist(), strict=True))
        self.mixer.set_levels(levels, LAYING)
        if ghost:
            self._moved = self.ghost = True
        else:
            self._touch(now)

    def set_tempo(self, now: float, **changes: float) -> None:
        """Set pace, temperature or hold (0 or 1), in the engine's own units."""
        self._say_tempo(now, **changes)
        self._note_hand(now)

    def _say_tempo(self, now: float, **changes: float) -> None:
        hello = self.link.view.hello
        if hello is None:
            return
        # Noted here at once: two presses within a frame are two steps.
        wished: Any = changes
        self.link.view.hello = replace(hello, **wished)
        self._tempo_at = now
        if "pace" in changes:
            self._outbox.append(wire.Pace(changes["pace"]))
        if "temperature" in changes:
            self._outbox.append(wire.Temperature(round(changes["temperature"], 3)))
        if "hold" in changes:
            self._outbox.append(wire.Hold(int(changes["hold"])))

    def reset(self, now: float) -> None:
        """Ask for a new text."""
        self._outbox.append(wire.Reset())
        self._note_hand(now)

    # --- controls -------------------------------------------------------------------------------

    def play(self, now: float) -> None:
        """Take what the controls moved, and let glides go on."""
        for move in self.hands.poll(self.shown(now)):
            self._yielding = move.yields
            self._take(move, now)
        self._yielding = False
        if self._laid is not None:
            (x, y), self._laid = self._laid, None
            self.move_puck(2.0 * x - 1.0, 2.0 * y - 1.0, now, ghost=self.ghost)
        # Before the weights move on: what begins anew would be silent for a frame.
        if self.visit is not None and self.visit.ends(self.idle(now)):
            self.open_anew()
            if self.visit.typing is not None:
                self._type_as(self.visit.typing, now)
            if self.visit.new_page:
                self._outbox.append(wire.Reset())
        before = self.mixer.weights()
        self.mixer.advance(now)
        if self.mixer.weights() != before:
            self._moved = True
        self._follow_tempo(now)

    def _type_as(self, typing: Typing, now: float) -> None:
        """Return to the settings' tempo and joint, and go on if a visitor has held the piece."""
        hello = self.link.view.hello
        if hello is None:
            return
        wanted = {"temperature": typing.temperature, "pace": typing.pace, "hold": 0}
        stands = {name: getattr(hello, name) for name in wanted}
        changed = {n: v for n, v in wanted.items() if not isclose(v, stands[n], abs_tol=1e-3)}
        if changed:
            self._say_tempo(now, **changed)
        if hello.joint != typing.joint:
            self._outbox.append(wire.SetJoint(str(typing.joint)))

    def open_anew(self) -> None:
        """Return to what a visitor finds who comes first; no hand's touch."""
        if self.visit is None or not self.slugs:
            return
        self._wake_only([slug for slug in self.visit.active if slug in self.slugs])
        opening = {s: w for s, w in self.visit.mixture.items() if s in self.slugs}
        # Never silence: where none of the opening's styles is here, the first that is plays.
        levels = opening if any(opening.values()) else dict.fromkeys(self.circle[:1], 1.0)
        top = max(levels.values(), default=1.0)
        self.mixer.set_levels({slug: weight / top for slug, weight in levels.items()})
        self._settle_puck()
        self._chosen = self._moved = True

    def choose(self, active: Sequence[str], now: float) -> None:
        """Wake these styles and no others, for this visitor and those who follow."""
        if self.visit is not None:
            self.visit.choose(active)
        self._wake_only(active)
        if not any(self.mixer.aims().values()):
            self.open_anew()
        self._touch(now, chosen=True)
        self._settle_puck()

    def _wake_only(self, active: Sequence[str]) -> None:
        for slug in self.slugs:
            if (slug in self.mixer.active) != (slug in active):
                self.mixer.set_active(slug, slug in active)

    def shown(self, now: float) -> Shown:
        """Return how things stand, for the controls."""
        view = self.link.view
        tempo = {name: fader.level for name, fader in self._tempo.all.items()}
        return Shown(
            now=now,
            faders=self._faders,
            active=self.circle,
            levels=self.mixer.levels,
            titles=self._titles,
            puck=(0.5 + 0.5 * self.puck[0], 0.5 + 0.5 * self.puck[1]),
            hold=view.hello is not None and bool(view.hello.hold),
            idle=self.idle(now),
            typing=self.link.alive and view.status is not None and view.status.state == "typing",
            **tempo,
        )

    def _take(self, move: Move, now: float) -> None:
        event = move.event
        kind, _, slug = event.what.partition("/")
        pressed = event.value >= 0.5
        self._note_hand(now)
        self.ghost = self.ghost and move.yields
        if kind in STYLED and slug not in self.slugs:
            return  # a fader or button of a style that is not here
        match kind:
            case "level" if move.takes_over:
                asleep = slug not in self.mixer.active
                if self.mixer.move(slug, event.value, move.hand, now):
                    self._touch(now, chosen=asleep and event.value > 0)
                    self._settle_puck()
            case "level":
                self.set_level(slug, event.value, now, move.hand)
            case "puck":
                self.ghost = move.yields
                x, y = self._laid or (0.5 + 0.5 * self.puck[0], 0.5 + 0.5 * self.puck[1])
                self._laid = (event.value, y) if slug == "x" else (x, event.value)
            case "temperature" | "pace" if move.takes_over:
                if self._tempo.move(kind, event.value, move.hand, now):
                    self._tempo_at = now  # what the engine still says of it is older
            case "temperature" | "pace":
                self._tempo.all[kind].put(event.value, move.hand)
            case "active" if pressed:
                self.toggle(slug, now)
            case "alone" if pressed:
                self.alone(slug, now)
            case "reset" if pressed:
                self.reset(now)
            case "hold" if pressed:
                hello = self.link.view.hello
                self.set_tempo(now, hold=0 if hello is not None and hello.hold else 1)
            case "joint":
                self._outbox.append(wire.SetJoint("log-linear" if pressed else "linear"))
            case "layout" if pressed:
                self.layout += 1

    def _follow_tempo(self, now: float) -> None:
        self._tempo.advance(now)
        for name, fader in self._tempo.all.items():
            # Only what has moved is sent: another hand may have set it since.
            if abs(fader.level - self._tempo_sent[name]) > 1e-4:
                self._tempo_sent[name] = fader.level
                self._say_tempo(now, **{name: self._in_units(name, fader.level)})

    def _in_units(self, name: str, level: float) -> float:
        low, high = getattr(self._settings, name)
        return float(low + (high - low) * level)

    def _on_scale(self, name: str, value: float) -> float:
        low, high = getattr(self._settings, name)
        # A control that cannot change anything stands at its beginning.
        return float(min(1.0, max(0.0, (value - low) / (high - low)))) if high != low else 0.0

    # --- what is sent ---------------------------------------------------------------------------

    def flush(self, now: float) -> None:
        """Send what was moved since the last time."""
        # What the stage is like is told beside what was moved, and counts as no touch.
        if self.link.alive:
            reports = self._reports.due(self.hands, self.screen, now)
            if reports:
                self.link.send(*reports)
        messages = self._outbox
        if self._chosen:
            messages.append(wire.Active(self.circle))
        if self._moved or self._chosen:
            self._unheard = self.mixer.weights()
            hello = self.link.view.hello
            self._meant_for = hello.run if hello is not None else None
            self._told = False
            messages.append(wire.Weights(tuple(self._unheard.items())))
            self.mixer.sent()
        if messages:
            # In one datagram, so that nothing stands between a choice and its weights.
            self.link.send(*messages)
            self._sent_at = now
        self._outbox = []
        self._moved = self._chosen = False

    def _note_hand(self, now: float) -> None:
        if self._yielding:
            return  # that is no hand
        self._hand_at = now
        if self.visit is not None:
            self.visit.touched()

    def _touch(self, now: float, *, chosen: bool = False) -> None:
        self._note_hand(now)
        self.ghost = self._yielding
        self._moved = True
        self._chosen = self._chosen or chosen

    def _settle_puck(self) -> None:
        aims = self.mixer.aims()
        self.puck = puck.centroid(np.array([aims.get(slug, 0.0) for slug in self.circle]))

"""The operator: who may open the panel, on which screen it is open, and what it does.

It knows nothing of pixels: `panel` draws what stands here, and hands back which button was pressed,
by name.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Literal

from appliance import __version__
from appliance.pin import matches
from appliance.service import units
from appliance.service.clock import trusted
from appliance.service.status_page import Line
from appliance.settings import Settings
from appliance.stage.desk import Desk
from appliance.stage.displays import Display
from appliance.stage.operator import health
from appliance.stage.operator.attempts import Attempts
from appliance.stage.operator.inquiry import Inquiry
from appliance.stage.operator.kept import DARKEST, Shelf
from appliance.stage.operator.press import LongPress

Page = Literal["pin", "health", "screens", "styles", "piece"]
PAGES: tuple[Page, ...] = ("health", "screens", "styles", "piece")
LONGEST = 12  # digits of a PIN
STEP = 0.1  # of a brightness, a press
SURE = 10.0  # seconds in which a second tap restarts the piece
KEEP_EVERY = 300.0  # seconds between two writings of the day's count: cards wear
# Five starts within eleven minutes are what the units allow: so often the panel never restarts it.
REST = 140.0  # seconds
TEACHABLE = {"level": "midi", "face": "face"}  # and the control that learns it
NOT_SET = "No PIN is set, so this panel can only be read: `appliance pin` sets one."
NOBODY = "Nothing here would start it again: switch it off and on."
AGAIN = "Tap once more to restart."

log = logging.getLogger("appliance.stage")


class Operator:
    """The panel's state, and its deeds."""

    def __init__(
        self,
        settings: Settings,
        *,
        inquiry: Inquiry,
        shelf: Shelf,
        wall: Callable[[], datetime],
        fault: str = "",
        supervised: bool = False,
        believed: Callable[[datetime], bool] = trusted,
    ) -> None:
        """Begin, closed; `wall` tells the time of day, `fault` what is wrong with the settings."""
        self.settings = settings.operator
        self.press = LongPress(self.settings.press)
        self.role = ""  # the screen on which the panel is open
        self.page: Page = "health"
        self.entered = ""
        self.said = ""  # what the last button has done
        self.turned = 0  # how often the page was turned
        self.teaches = ""  # what was asked to be taught, a "level" of a fader or a "face"
        self.leaving = False  # whether the stage shall end, to be started again
        self.screens: Mapping[str, Display] = {}  # that are there, by what they show
        some = settings.hours.week or settings.hours.dates
        self._hours = settings.hours.hours() if some else None
        self._opening = tuple(settings.styles.active)
        self.inquiry, self._shelf, self._wall, self._believed = inquiry, shelf, wall, believed
        self._fault, self._supervised = fault, supervised
        self._kept = shelf.read()
        self._attempts = Attempts()
        self._began: float | None = None
        self._touched = self._written = self._counted = 0.0
        self._sure_until = -1e9
        self._at: tuple[int, int] | None = None  # run and index up to which characters are counted

    @property
    def is_open(self) -> bool:
        """Whether the panel, or the question for the PIN, is shown."""
        return bool(self.role)

    @property
    def may_do(self) -> bool:
        """Whether who has opened it may do more than look."""
        return bool(self.settings.pin)

    @property
    def pages(self) -> tuple[Page, ...]:
        """The pages that may be chosen now."""
        if self.page == "pin":
            return ()
        return PAGES if self.may_do else PAGES[:1]

    # --- open and closed ----------------------------------------------------------------------

    def advance(self, desk: Desk, now: float) -> None:
        """Let a frame's time pass."""
        self._began = now if self._began is None else self._began
        if now - self._counted >= 1.0:
            self._counted = now
            self._count(desk, now)
        if self.press.role and not self.is_open:
            role = self.press.role
            if self.press.done(now):
                self._open(role, now)
        if self.is_open:
            if self.role not in self.screens or now - self._touched >= self.settings.ends_after:
                self.close()
            else:
                self.inquiry.sometimes(now)

    def touched(self, now: float) -> None:
        """Note that somebody is there."""
        self._touched = now

    def _open(self, role: str, now: float) -> None:
        self.role, self.page = role, "pin" if self.settings.pin else "health"
        self.said, self.turned = "" if self.settings.pin else NOT_SET, 0
        self.inquiry.forget()
        self.touched(now)
        log.info("the operator's panel was opened on the %s's screen", role)

    def close(self) -> None:
        """Close it; who comes next is asked again."""
        self.role, self.page, self.entered, self.said = "", "health", "", ""
        self._sure_until = -1e9

    def end(self) -> None:
        """Keep what the day has brought, at the stage's end."""
        self._shelf.put(self._kept)
        self._shelf.close()

    # --- what it shows ------------------------------------------------------------------------

    def waits(self, now: float) -> float:
        """Return for how many seconds no PIN is taken."""
        return self._attempts.left(now)

    def health(self, desk: Desk, now: float) -> list[Line]:
        """Return the day's health."""
        view, local = desk.link.view, self._wall()
        status = view.status if desk.link.alive else None
        own = health.Own(
            local,
            fault=self._fault,
            engine=status.sentence if status is not None else "",
            resting=status.resting if status is not None else 0,
            typed=self._kept.typed,
            styles=len(desk.slugs),
            active=len(self.active(desk)),
            up=now - (now if self._began is None else self._began),
            screen=desk.screen,
            controls=[
                Line(name, told.sentence, told.well) for name, told in desk.hands.health().items()
            ],
            hours=self._hours,
            trusted=self._believed(local),
            version=__version__,
        )
        return health.lines(own, self.inquiry.facts)

    def active(self, desk: Desk) -> tuple[str, ...]:
        """Return the styles that every visitor finds on."""
        chosen = desk.visit.active if desk.visit is not None else desk.circle
        return tuple(slug for slug in desk.slugs if slug in chosen)

    def teachable(self, desk: Desk) -> tuple[str, ...]:
        """Return what can be taught here: what the controls that are switched on learn."""
        on = desk.hands.health()
        return tuple(kind for kind, control in TEACHABLE.items() if control in on)

    def brightness(self, role: str) -> float:
        """Return how bright a screen shall be, DARKEST to 1."""
        return self._kept.brightness.get(role, 1.0)

    # --- what it does -------------------------------------------------------------------------

    def do(self, button: str, desk: Desk, now: float) -> None:
        """Do what a button says, if it may be pressed now."""
        if not self.is_open:
            return
        self.touched(now)
        kind, _, what = button.partition("/")
        sure = now < self._sure_until and button == "restart"
        self._sure_until = -1e9
        if button == "close":
            self.close()
        elif self.page == "pin":
            self._type(kind, what, now)
        elif kind == "more":
            self.turned += 1
        elif kind == "page" and what in self.pages:
            self.page = next(page for page in PAGES if page == what)
            self.turned, self.said = 0, "" if self.may_do else NOT_SET
        elif self.may_do:
            self.said = self._deed(kind, what, desk, now, sure=sure)

    def _type(self, kind: str, what: str, now: float) -> None:
        if self.waits(now) > 0:
            return
        match kind:
            case "digit" if len(self.entered) < LONGEST:
                self.entered += what
                self.said = ""
            case "back":
                self.entered = self.entered[:-1]
            case "ok" if self.entered:
                right = matches(self.entered, self.settings.pin)
                self.entered = ""
                if right:
                    self._attempts.right()
                    self.page, self.said = "health", ""
                    return
                self._attempts.wrong(now)
                self.said = "That is not the PIN."
                log.warning("a wrong PIN was typed on the stage")

    def _deed(self, kind: str, what: str, desk: Desk, now: float, *, sure: bool) -> str:
        match kind:
            case "darker" | "brighter":
                return self._dim(what, -STEP if kind == "darker" else STEP)
            case "style" if what in desk.slugs:
                return self._switch(what, desk, now)
            case "opening":
                desk.open_anew()
                return "The opening mixture plays."
            case "new":
                desk.reset(now)
                return "A new page begins."
            case "teach" if what in self.teachable(desk):
                self.close()  # the styles, of which one is to be tapped, are behind it
                self.teaches = what
            case "restart":
                return self._restart(now, sure=sure)
        return ""

    def _dim(self, role: str, step: float) -> str:
        share = min(1.0, max(DARKEST, round(self.brightness(role) + step, 2)))
        self._keep(brightness={**self._kept.brightness, role: share})
        return ""

    def _switch(self, slug: str, desk: Desk, now: float) -> str:
        before = self.active(desk)
        active = tuple(s for s in desk.slugs if (s in before) != (s == slug))
        if not active:
            return "One style stays on, or nobody would write."
        desk.choose(active, now)
        self._keep(active=active, instead_of=self._opening)
        return ""

    def _restart(self, now: float, *, sure: bool) -> str:
        if not self._supervised:
            return NOBODY
        facts = self.inquiry.facts
        ups = [now - (now if self._began is None else self._began)]
        if facts is not None and facts.page is not None:
            ups.append(facts.page.up)
        left = REST - min(ups)
        if left > 0:
            return f"It has only just begun: wait {left:.0f} s, or switch it off and on."
        if not sure:
            self._sure_until = now + SURE
            return AGAIN
        if facts is None or facts.engine is None or not units.end(facts.engine):
            return "The writers cannot be reached: switch the piece off and on."
        log.warning("the piece is restarted from the operator's panel")
        self.leaving = True
        return "It begins anew."

    # --- what survives ------------------------------------------------------------------------

    def _keep(self, **changes: object) -> None:
        self._kept = replace(self._kept, **changes)  # type: ignore[arg-type]  # fields by name
        self._shelf.put(self._kept)

    def _count(self, desk: Desk, now: float) -> None:
        """Count the characters of the day, by their index."""
        page = desk.link.view.page
        before, self._at = self._at, (page.run or 0, page.end)
        typed = page.end - before[1] if before is not None and before[0] == page.run else 0
        day = self._wall().date().isoformat()
        if typed > 0 or day != self._kept.day:
            self._kept = self._kept.counted(day, max(0, typed))
        if now - self._written >= KEEP_EVERY:
            self._written = now
            self._shelf.put(self._kept)

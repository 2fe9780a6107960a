"""The stage's windows: frames, fingers, and screens that come and go.

A frame polls the socket, takes the events, plays the controls, draws what changed and shows it.
Nothing in it waits for the engine or for a screen, and a finger's place is on the screen in the
frame that reads it.
"""

import contextlib
import logging
from collections.abc import Callable
from pathlib import Path
from threading import Event
from typing import Self

import numpy as np
import pygame

from appliance.service.systemd import Supervisor
from appliance.settings import DEFAULTS, LayoutKind, Loaded, Stage, Words
from appliance.stage.click import Clicks
from appliance.stage.desk import Desk
from appliance.stage.displays import Display, Eyes, choose
from appliance.stage.keys import Keys
from appliance.stage.learning import Learning
from appliance.stage.look import Looks
from appliance.stage.operator.gate import Gate
from appliance.stage.operator.lights import Lights
from appliance.stage.operator.operator import Operator
from appliance.stage.picture import Picture
from appliance.stage.screen import Screen

FRAMES = 60  # a second
FILLED = 400  # characters on a page that is worth a picture
LOOK_EVERY = 2.0  # seconds, for screens that were plugged in or out
MOUSE = -1  # the mouse among the fingers
CURSOR = 3.0  # seconds that the cursor stays after the mouse has moved
NEAR = 0.6  # metres from which the instrument is read
CYCLE: tuple[LayoutKind, ...] = ("whole", "instrument", "text")
KEYS = {
    pygame.K_LEFT: "left", pygame.K_RIGHT: "right", pygame.K_UP: "up", pygame.K_DOWN: "down",
    pygame.K_RETURN: "enter", pygame.K_KP_ENTER: "enter",
}  # fmt: skip

log = logging.getLogger("appliance.stage")


class App:
    """The windows on a desk; a context manager that opens and closes them."""

    def __init__(
        self,
        desk: Desk,
        settings: Stage,
        clock: Callable[[], float],
        *,
        words: Words | None = None,
        patient: bool = False,
        eyes: Eyes | None = None,
        supervisor: Supervisor | None = None,
        operator: Operator | None = None,
        lights: Lights | None = None,
    ) -> None:
        """Show a desk; a `patient` stage without a screen plays on and waits for one.

        Without `words`, visitors read the shipped sentences; without an `operator`, no press opens
        a panel.
        """
        self.desk, self.frames = desk, 0
        self.operator, self._gate = operator, Gate(operator, lights)
        self.screens: dict[str, Screen] = {}  # by what they show: the instrument, the wall
        self.pictures = {role: Picture(operator) for role in ("instrument", "wall")}
        self.keys, self.learning = Keys(), Learning()
        self._settings, self._clock, self._patient = settings, clock, patient
        words = words or Loaded.read(DEFAULTS).settings.words
        self._looks = Looks(settings, words)
        self._eyes = eyes or Eyes()
        self._supervisor = supervisor or Supervisor(clock)
        self._dark = False  # whether the piece is closed and the screens are black
        self._displays: tuple[Display, ...] | None = None
        self._refused: set[str] = set()  # windows that could not be opened, and were named
        self._looked = -1e9  # when screens were last looked for
        self._placed: dict[str, object] = {}  # what the layout of each screen depends on
        self._steps: dict[str, int] = {}  # how often each picture has moved against burn-in
        self._status = False  # whether the technician wants to read how the engine is
        self._moused: float | None = None  # when the mouse was last moved
        self._heard = 0  # characters that have clicked
        self._clicks: Clicks | None = None
        self._close = contextlib.ExitStack()

    def __enter__(self) -> Self:
        pygame.font.init()
        now = self._clock()
        self._look(now)
        if not self.screens and not self._patient:
            raise pygame.error("no display answers")
        if self._settings.click:
            clicks = Clicks(self._settings.volume, np.random.default_rng())
            self._clicks = self._close.enter_context(clicks)
        return self

    def __exit__(self, *_: object) -> None:
        self._gate.end()
        self._close.close()
        self._shut()
        pygame.display.quit()

    @property
    def screen(self) -> pygame.Surface:
        """What the instrument's screen shows, or the wall's where that alone is there."""
        role = "instrument" if "instrument" in self.screens else "wall"
        return self.screens[role].surface

    def panel(self, name: str, role: str = "instrument") -> pygame.Rect:
        """Return a panel's place on its screen."""
        return self.pictures[role].layout[name]

    def run(self, until: Event) -> None:
        """Show frames until the window is closed, Escape is pressed, or the event is set."""
        pace = pygame.time.Clock()
        while not until.is_set() and self.frame():
            pace.tick(FRAMES)

    def photograph(self, path: Path, until: Event) -> None:
        """Show frames until the page is well filled, then write the picture to a file."""
        pace = pygame.time.Clock()
        while not until.is_set() and self.frame():
            if self.desk.link.view.characters >= FILLED:
                pygame.image.save(self.screen, path)
                return
            pace.tick(FRAMES)

    def frame(self) -> bool:
        """Do all that one frame does; tell whether the windows shall stay open."""
        now = self._clock()
        self.desk.follow(self.desk.link.poll(), now)
        if now - self._looked >= LOOK_EVERY:
            self._look(now)
        events = pygame.event.get() if pygame.display.get_init() else []
        taken = [self._take(event, now) for event in events]
        self._gate.advance(self.desk, self.learning, now)
        self.desk.play(now)
        self.desk.flush(now)
        self._sound()
        if not self._is_dark():
            self._draw(now)
        self.frames += 1
        self._supervisor.ready()
        self._supervisor.progress()
        return all(taken) and not self._gate.leaving

    def redraw(self) -> None:
        """Draw everything anew in the next frame."""
        for picture in self.pictures.values():
            picture.forget()

    # --- screens ------------------------------------------------------------------------------

    def _look(self, now: float) -> None:
        """Take up screens that have come, and leave those that have gone."""
        self._looked = now
        if self._eyes.replugged():
            self._shut()
            self._displays = None
            pygame.display.quit()
        displays = self._eyes.look()
        if displays != self._displays:
            self._displays = displays
            self._shut()
            seen = "; ".join(f"{d.name or 'no name'}, {d.size[0]}x{d.size[1]}" for d in displays)
            log.info("screens: %s", seen or "none; looking for one every few seconds")
        for role, display in choose(displays, self._settings).items():
            if role not in self.screens:
                self._open(role, display)
                self._dark = False
        self._gate.see({role: screen.display for role, screen in self.screens.items()})
        self.desk.screen = self._on_screens()
        self._supervisor.status(self.desk.screen[1])

    def _on_screens(self) -> tuple[bool, str]:
        """Return whether the screens are well, and a sentence for the technician."""
        shown = [
            f"{role} on {screen.display.name or 'a screen without a name'}, "
            f"{screen.display.size[0]}x{screen.display.size[1]}"
            for role, screen in self.screens.items()
        ]
        if not shown:
            return False, "No screen is attached: plug one in, it is found within seconds."
        if self._settings.wall and "wall" not in self.screens:
            return False, f"Shown: {shown[0]}. The wall's screen is not there: check its cable."
        return True, f"Shown: {'; '.join(shown)}."

    def _open(self, role: str, display: Display) -> None:
        in_window = role == "instrument" and not self._settings.fullscreen
        size = (self._settings.width, self._settings.height) if in_window else None
        try:
            self.screens[role] = Screen(display, size, self._settings.renderer)
        except (RuntimeError, ValueError) as error:
            if role not in self._refused:
                log.error("no window for the %s (%s); it is tried again", role, error)
            self._refused.add(role)
            return
        self._refused.discard(role)
        pygame.mouse.set_visible(not self._settings.fullscreen)

    def _shut(self) -> None:
        for screen in self.screens.values():
            screen.close()
        self.screens.clear()
        self._placed.clear()
        self._gate.shut()

    def kind(self, role: str) -> LayoutKind:
        """Return which layout a screen has now."""
        if role == "wall":
            return "text"
        first = self._settings.layout
        if first == "whole" and "wall" in self.screens:
            first = "instrument"
        return CYCLE[(CYCLE.index(first) + self.desk.layout) % len(CYCLE)]

    def _place(self, role: str, screen: Screen, now: float, *, status: bool) -> None:
        """Lay out a screen's panels where anything that they depend on has changed."""
        settings, size = self._settings, screen.surface.get_size()
        picture = self.pictures[role]
        if settings.creep and not picture.touched:
            self._steps[role] = int(now / (60.0 * settings.creep))
        step = self._steps.get(role, 0)
        operator = self._gate.shows(role)
        stands = (screen.surface, size, self.kind(role), step, status, operator)
        if self._placed.get(role) == stands:
            return
        self._placed[role] = stands
        wall = role == "wall" or settings.layout == "text"
        inches = settings.wall_diagonal if role == "wall" else settings.diagonal
        large = max(screen.display.size, size, key=lambda s: s[0] * s[1])
        millimetre = Display((0, 0, *large), "", screen.display.inches).millimetre(inches)
        look = self._looks.on(size, millimetre, settings.distance if wall else NEAR)
        picture.place(screen.surface, look, self.kind(role), step, status=status, operator=operator)
        self._gate.forget(role)

    # --- events -------------------------------------------------------------------------------

    def _take(self, event: pygame.Event, now: float) -> bool:
        role = self._role(event)
        screen, picture = self.screens.get(role), self.pictures[role]
        match event.type:
            case pygame.QUIT | pygame.WINDOWCLOSE:
                return False
            case pygame.KEYDOWN:
                return self._press(event, now)
            case pygame.WINDOWSIZECHANGED if screen is not None:
                screen.resize()
                self._placed.pop(role, None)
            case pygame.WINDOWEXPOSED:
                picture.forget()
            case pygame.MOUSEBUTTONDOWN if event.button == 1 and not event.touch:
                self._down(role, MOUSE, event.pos, now)
            case pygame.MOUSEMOTION if not event.touch:
                if event.rel != (0, 0):  # a window that opens tells where the mouse lies
                    self._moused = now
                if event.buttons[0]:
                    self._move(role, MOUSE, event.pos, now)
            case pygame.MOUSEBUTTONUP if event.button == 1:
                self._up(role, MOUSE, now)
            case pygame.FINGERDOWN | pygame.FINGERMOTION | pygame.FINGERUP if screen is not None:
                self._touch(event, screen, role, now)
        return True

    def _role(self, event: pygame.Event) -> str:
        window = getattr(event, "window", None)
        for role, screen in self.screens.items():
            if window is not None and screen.window is window:
                return role
        return "instrument"

    def _touch(self, event: pygame.Event, screen: Screen, role: str, now: float) -> None:
        width, height = screen.surface.get_size()
        at = event.x * width, event.y * height
        self._moused = None  # no cursor under a finger
        match event.type:
            case pygame.FINGERDOWN:
                self._down(role, event.finger_id, at, now)
            case pygame.FINGERMOTION:
                self._move(role, event.finger_id, at, now)
            case pygame.FINGERUP:
                self._up(role, event.finger_id, now)

    def _down(self, role: str, finger: int, at: tuple[float, float], now: float) -> None:
        picture = self.pictures[role]
        if picture.look is not None and self.corner(role).collidepoint(at):
            self._gate.down(role, finger, at, now, picture.look.millimetre)
        if self.learning.choosing:
            slug = picture.style_at(at, self.desk)
            if slug is not None:
                self.learning.choose(slug, self.desk, now)
                return
        picture.down(finger, at, self.desk, now)

    def _move(self, role: str, finger: int, at: tuple[float, float], now: float) -> None:
        self._gate.move(role, finger, at)
        self.pictures[role].move(finger, at, self.desk, now)

    def _up(self, role: str, finger: int, now: float) -> None:
        self._gate.up(role, finger)
        self.pictures[role].up(finger, self.desk, now)

    def corner(self, role: str) -> pygame.Rect:
        """Return the corner of a screen that a long press opens the operator's panel in."""
        return self._gate.corner(self.screens.get(role), self.pictures[role].look)

    def _press(self, event: pygame.Event, now: float) -> bool:
        match event.key:
            case pygame.K_ESCAPE:
                return self._supervisor.listens  # on the wall nobody closes the piece by a key
            case pygame.K_F11 if "instrument" in self.screens:
                self.screens["instrument"].toggle()
            case pygame.K_i:
                self._status = not self._status
            case pygame.K_l:
                self.learning.begin(self.desk, now)
            case pygame.K_f:
                self.learning.begin(self.desk, now, "face")
            case key:
                pressed = KEYS.get(key) or getattr(event, "unicode", "")
                if pressed:
                    self.keys.press(pressed, self.desk, now)
                    self.pictures["instrument"].sliders.chosen = self.keys.chosen
        return True

    def _is_dark(self) -> bool:
        """Tell whether the piece is closed; the first frame of a night makes the screens black."""
        status = self.desk.link.view.status
        closed = self.desk.link.alive and status is not None and status.state == "closed"
        # Whoever looks after the piece may do so by night.
        closed = closed and not self._gate.is_open
        if closed and not self._dark:
            pygame.mouse.set_visible(False)
            for screen in self.screens.values():
                screen.surface.fill("black")
                screen.show([screen.surface.get_rect()])
        if self._dark and not closed:
            self.redraw()
        self._dark = closed
        return closed

    # --- picture and sound --------------------------------------------------------------------

    def _draw(self, now: float) -> None:
        sentence = self._sentence(now)
        for role, screen in self.screens.items():
            told = sentence if role == "instrument" else ""
            if self._gate.shine(role, self.screens):
                self.pictures[role].forget()
            self._place(role, screen, now, status=bool(told))
            picture = self.pictures[role]
            picture.status.sentence = told
            lifted = self._gate.lift(role, screen.surface)
            drawn = picture.draw(self.desk, now)
            screen.show([*lifted, *drawn, *self._gate.lay(role, screen, picture.look, now)])
        if self.screens:
            self._show_cursor(now)

    def _show_cursor(self, now: float) -> None:
        lately = self._moused is not None and now - self._moused < CURSOR
        instrument = self.screens.get("instrument")
        shown = lately or (
            self._moused is not None and instrument is not None and not instrument.fills
        )
        if shown != pygame.mouse.get_visible():
            pygame.mouse.set_visible(shown)

    def _sentence(self, now: float) -> str:
        """Return what the technician shall read, or else what visitors must be told; or nothing."""
        view = self.desk.link.view
        learning = self.learning.sentence(self.desk, now)
        if learning:
            return learning
        if self.desk.link.wrong_version:
            return "The engine speaks another version of the language: update both."
        if not self._status:
            return self.desk.hands.notice()
        if not self.desk.link.alive or view.status is None:
            return "The engine does not answer."
        return view.status.sentence

    def _sound(self) -> None:
        if self._clicks is None:
            return
        view = self.desk.link.view
        if view.characters > self._heard and view.page.text:
            author = view.by_author.get(view.page.authors[-1])
            number = view.styles[author].number if author in view.styles else 0
            self._clicks.strike(view.page.text[-1], number)
        self._heard = view.characters

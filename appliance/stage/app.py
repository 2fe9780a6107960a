"""The window: frames, fingers, and panels that are drawn when they have changed.

A frame polls the socket, takes the events, draws what changed and shows it. Nothing in it waits
for the engine, and a finger's place is on the screen in the frame that reads it.
"""

import logging
import os
from collections.abc import Callable, Hashable
from pathlib import Path
from threading import Event
from typing import Self

import pygame

from appliance.settings import Stage
from appliance.stage.desk import Desk
from appliance.stage.layout import Layout, arrange
from appliance.stage.panels.distributions import DistributionsPanel
from appliance.stage.panels.panel import Panel
from appliance.stage.panels.puck import PuckPanel
from appliance.stage.panels.sliders import SlidersPanel
from appliance.stage.panels.styles import StylesPanel
from appliance.stage.panels.text import TextPanel
from appliance.stage.theme import FAINT, GROUND, fitting, font, word

FRAMES = 60  # a second
FILLED = 400  # characters on a page that is worth a picture
UNSEEN = ("dummy", "offscreen")  # drivers that SDL takes where it finds no display
MOUSE = -1  # the mouse among the fingers
TITLE = "static-unsigned-love"

log = logging.getLogger("appliance.stage")


class App:
    """A window on a desk; a context manager that opens and closes it."""

    def __init__(self, desk: Desk, settings: Stage, clock: Callable[[], float]) -> None:
        self.desk = desk
        self.frames = 0
        self._settings, self._clock = settings, clock
        self._panels: dict[str, Panel] = {
            "text": TextPanel(),
            "distributions": DistributionsPanel(),
            "styles": StylesPanel(),
            "sliders": SlidersPanel(),
            "puck": PuckPanel(),
        }
        self._drawn: dict[str, Hashable] = {}
        self._fingers: dict[int, str] = {}  # which panel a finger went down on

    def __enter__(self) -> Self:
        pygame.display.init()
        driver = pygame.display.get_driver()
        if driver in UNSEEN and os.environ.get("SDL_VIDEODRIVER") != driver:
            pygame.display.quit()
            raise pygame.error(f"no display answers; SDL would draw {driver}, for nobody")
        pygame.font.init()
        size = (
            (0, 0) if self._settings.fullscreen else (self._settings.width, self._settings.height)
        )
        flags = pygame.FULLSCREEN if self._settings.fullscreen else pygame.RESIZABLE
        self.screen = pygame.display.set_mode(size, flags)
        pygame.display.set_caption(TITLE)
        self._place()
        return self

    def __exit__(self, *_: object) -> None:
        pygame.display.quit()

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
        """Do all that one frame does; tell whether the window shall stay open."""
        now = self._clock()
        self.desk.follow(self.desk.link.poll(), now)
        taken = [self._take(event, now) for event in pygame.event.get()]
        self.desk.play(now)
        self.desk.flush(now)
        self._draw()
        self.frames += 1
        return all(taken)

    def panel(self, name: str) -> pygame.Rect:
        """Return a panel's place on the screen."""
        place: pygame.Rect = getattr(self._layout, name)
        return place

    # --- fingers ------------------------------------------------------------------------------

    def _take(self, event: pygame.Event, now: float) -> bool:
        width, height = self.screen.get_size()
        match event.type:
            case pygame.QUIT:
                return False
            case pygame.KEYDOWN if event.key == pygame.K_ESCAPE:
                return False
            case pygame.KEYDOWN if event.key == pygame.K_F11:
                pygame.display.toggle_fullscreen()
            case pygame.VIDEORESIZE | pygame.WINDOWSIZECHANGED:
                self._place()
            case pygame.WINDOWEXPOSED:
                self._drawn.clear()
            case pygame.MOUSEBUTTONDOWN if event.button == 1 and not event.touch:
                self._down(MOUSE, event.pos, now)
            case pygame.MOUSEMOTION if event.buttons[0] and not event.touch:
                self._move(MOUSE, event.pos, now)
            case pygame.MOUSEBUTTONUP if event.button == 1:
                self._fingers.pop(MOUSE, None)
            case pygame.FINGERDOWN:
                self._down(event.finger_id, (event.x * width, event.y * height), now)
            case pygame.FINGERMOTION:
                self._move(event.finger_id, (event.x * width, event.y * height), now)
            case pygame.FINGERUP:
                self._fingers.pop(event.finger_id, None)
        return True

    def _down(self, finger: int, at: tuple[float, float], now: float) -> None:
        for name in self._panels:
            if self.panel(name).collidepoint(at):
                self._fingers[finger] = name
                self._touch(name, at, now, down=True)

    def _move(self, finger: int, at: tuple[float, float], now: float) -> None:
        name = self._fingers.get(finger)
        if name is not None:
            self._touch(name, at, now, down=False)

    def _touch(self, name: str, at: tuple[float, float], now: float, *, down: bool) -> None:
        place = self.panel(name)
        inside = (round(at[0]) - place.x, round(at[1]) - place.y)
        self._panels[name].touch(inside, place.size, self.desk, now, down=down)

    # --- picture ------------------------------------------------------------------------------

    def _place(self) -> None:
        screen = pygame.display.get_surface()
        assert screen is not None  # between entering and leaving there is one
        self.screen = screen
        self._layout: Layout = arrange(*self.screen.get_size())
        self.screen.fill(GROUND)
        self._drawn.clear()

    def _draw(self) -> None:
        changed = []
        for name, panel in self._panels.items():
            signature = panel.signature(self.desk)
            if self._drawn.get(name) == signature:
                continue
            self._drawn[name] = signature
            panel.draw(self.screen.subsurface(self.panel(name)), self.desk)
            changed.append(self.panel(name))
        sentence = self._sentence()
        if self._drawn.get("status") != sentence:
            self._drawn["status"] = sentence
            changed.append(self._draw_status(sentence))
        if changed:
            pygame.display.update(changed)

    def _sentence(self) -> str:
        view = self.desk.link.view
        if self.desk.link.wrong_version:
            return "The engine speaks another version of the language: update both."
        if not self.desk.link.alive or view.status is None:
            return "Waiting for the engine …"
        return view.status.sentence

    def _draw_status(self, sentence: str) -> pygame.Rect:
        place = self._layout.status
        surface = self.screen.subsurface(place)
        surface.fill(GROUND)
        size = max(9, round(place.height * 0.55))
        text = word(fitting(sentence, size, place.width - size), size, FAINT)
        surface.blit(text, (size // 2, (place.height - font(size).get_height()) // 2))
        return place

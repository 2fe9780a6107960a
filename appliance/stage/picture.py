"""All panels of one screen: where they stand, who is touched, what is drawn."""

import pygame

from appliance.settings import LayoutKind
from appliance.stage.desk import Desk
from appliance.stage.layout import Layout, arrange, with_operator
from appliance.stage.look import Look
from appliance.stage.operator.operator import Operator
from appliance.stage.operator.panel import OperatorPanel
from appliance.stage.panels.joint import JointPanel
from appliance.stage.panels.panel import Panel, Point
from appliance.stage.panels.puck import PuckPanel
from appliance.stage.panels.sliders import SlidersPanel
from appliance.stage.panels.status import StatusPanel
from appliance.stage.panels.styles import StylesPanel
from appliance.stage.panels.text import TextPanel

CREEP = 2  # pixels to each side that the picture may move
SIDE = 2 * CREEP + 1
STILL = 120.0  # seconds without a tremble after which a finger is gone: its cable was pulled
CARDS = {"styles", "sliders", "puck", "operator"}  # panels that stand apart from each other


class Picture:
    """The panels of a screen."""

    def __init__(self, operator: Operator | None = None) -> None:
        self.sliders, self.styles = SlidersPanel(), StylesPanel()
        self.status = StatusPanel()
        self._panels: dict[str, Panel] = {
            "text": TextPanel(),
            "joint": JointPanel(),
            "styles": self.styles,
            "sliders": self.sliders,
            "puck": PuckPanel(),
            "status": self.status,
        }
        self.operator = OperatorPanel(operator) if operator is not None else None
        if self.operator is not None:
            self._panels["operator"] = self.operator
        self.layout: Layout = {}
        self._fingers: dict[int, str] = {}  # which panel a finger went down on
        self._moved: dict[int, float] = {}  # when a finger was last heard of
        self._new = False
        self.look: Look | None = None  # of its screen, once it was placed
        self._circle: tuple[str, ...] = ()

    def place(
        self,
        surface: pygame.Surface,
        look: Look,
        kind: LayoutKind,
        step: int,
        *,
        status: bool,
        operator: bool = False,
    ) -> None:
        """Lay the panels on a screen; `step` counts the picture's moves against burn-in.

        While the operator is there, page and panel take the place of every kind.
        """
        self._fingers.clear()
        self._moved.clear()
        self.look = look
        area = surface.get_rect().inflate(-2 * CREEP, -2 * CREEP).move(crept(step))
        foot = round(look.label * 1.7) if status else 0
        area.height -= foot
        gap = look.gap
        whole = area if kind == "text" else area.inflate(-gap, -gap)
        places = (
            with_operator(whole, look.target) if operator else arrange(whole, kind, look.target)
        )
        self.layout = {
            name: at.inflate(-gap, -gap) if name in CARDS else at for name, at in places.items()
        }
        if status:
            self.layout["status"] = pygame.Rect(area.x, area.bottom, area.width, foot)
        surface.fill(look.theme.ground)
        for name, at in self.layout.items():
            self._panels[name].place(surface.subsurface(at), look)
        self._new = True

    def draw(self, desk: Desk, now: float) -> list[pygame.Rect]:
        """Draw what has changed; return the places on the screen."""
        self._lose_fingers(desk, now)
        circle = desk.circle
        if self.look is not None and circle != self._circle:
            self._circle = circle
            self.look.cuts.meet(circle)
        drawn = [
            part.move(at.topleft)
            for name, at in self.layout.items()
            for part in self._panels[name].draw(desk, now)
        ]
        if self._new and self.layout:
            self._new = False
            places = list(self.layout.values())
            return [places[0].unionall(places[1:]).inflate(2 * SIDE, 2 * SIDE)]
        return drawn

    def forget(self) -> None:
        """Draw everything in the next frame."""
        for name in self.layout:
            self._panels[name].forget()

    def down(self, finger: int, at: tuple[float, float], desk: Desk, now: float) -> None:
        """Take a finger that goes down on the screen."""
        for name, place in self.layout.items():
            if place.collidepoint(at):
                self._fingers[finger], self._moved[finger] = name, now
                self._panels[name].down(finger, self._inside(name, at), desk, now)

    def move(self, finger: int, at: tuple[float, float], desk: Desk, now: float) -> None:
        """Take a finger that moves: it stays with its panel."""
        name = self._fingers.get(finger)
        if name is not None:
            self._moved[finger] = now
            self._panels[name].move(finger, self._inside(name, at), desk, now)

    def up(self, finger: int, desk: Desk, now: float) -> None:
        """Take a finger that leaves."""
        name = self._fingers.pop(finger, None)
        self._moved.pop(finger, None)
        if name is not None:
            self._panels[name].up(finger, desk, now)

    def _lose_fingers(self, desk: Desk, now: float) -> None:
        for finger in [f for f, when in self._moved.items() if now - when > STILL]:
            del self._moved[finger]
            self._panels[self._fingers.pop(finger)].lose(finger, desk, now)

    def style_at(self, at: tuple[float, float], desk: Desk) -> str | None:
        """Return the style whose slider or name is at a place of the screen, or None."""
        for name, panel in (("sliders", self.sliders), ("styles", self.styles)):
            place = self.layout.get(name)
            if place is not None and place.collidepoint(at):
                return panel.slug_at(self._inside(name, at), desk)
        return None

    @property
    def touched(self) -> bool:
        """Whether a finger is down."""
        return bool(self._fingers)

    def _inside(self, name: str, at: tuple[float, float]) -> Point:
        place = self.layout[name]
        return round(at[0]) - place.x, round(at[1]) - place.y


def crept(step: int) -> tuple[int, int]:
    """Return by how many pixels the picture has moved after so many steps, each of one pixel.

    To and fro over a square, row by row, and back the same way.
    """
    way = step % (2 * SIDE * SIDE)
    way = min(way, 2 * SIDE * SIDE - 1 - way)
    row, column = divmod(way, SIDE)
    return (column if row % 2 == 0 else SIDE - 1 - column) - CREEP, row - CREEP

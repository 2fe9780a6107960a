"""The operator's panel as it is drawn and touched: buttons, and short sentences large enough.

Capitals are ten minutes of arc high from two metres, where the screen has room for that; twice what
an eye that needs no glasses can tell apart (ISO 8596).
"""

from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from math import ceil, pi, tan

import pygame

from appliance.service.status_page import Line
from appliance.stage.desk import Desk
from appliance.stage.letters import PLAIN, STRONG, Cut, fitting, font, shrunk, width, word
from appliance.stage.letters import folded as folded_title
from appliance.stage.operator import plan
from appliance.stage.operator.kept import DARKEST
from appliance.stage.operator.operator import PAGES, TEACHABLE, Operator
from appliance.stage.operator.plan import Row
from appliance.stage.panels.panel import Panel, Point
from appliance.stage.shapes import disc, rounded
from appliance.stage.theme import Colour, blend, readable

AWAY = 2000.0  # millimetres from which it is read
ARC = 10 / 60 * pi / 180
CAPITAL = 0.698  # of the size, in this face
LARGEST = (30, 18)  # letters are at most this part of the panel's width, or of its shorter side
LEADING = 1.32  # of the size
UNIT = 2.4  # of the size: where a finger needs less, a word needs that
NAME = 7.0  # of the size, the least width of a style's button
READ_EVERY = 0.5  # seconds between two looks at the health
WARN: Colour = (255, 150, 110)
TITLES = {"health": "Health", "screens": "Screens", "styles": "Styles", "piece": "Piece"}
SCREENS = {"instrument": "Instrument", "wall": "Wall"}
MINUS = "\N{MINUS SIGN}"  # as wide as the plus beside it
KEYS = {"back": "←", "ok": "OK"}
DEEDS = {
    "opening": "Opening mixture",
    "new": "New page",
    "teach/level": "Teach a fader",
    "teach/face": "Teach a face",
    "restart": "Restart",
}
ASKS = "PIN"
ONLY_SCREEN = "Screen"
BRIGHTNESS = "How bright; it stays so when the piece is switched off and on."
TICKED = "Ticked: on for every visitor."


@dataclass(frozen=True, slots=True)
class Button:
    """A place that takes a finger; `on` is lit, `ticked` says whether a box in it is."""

    name: str
    place: pygame.Rect
    label: str
    on: bool = False
    ticked: bool | None = None
    dead: bool = False  # it is shown and does nothing now
    size: int = 0  # of its letters, pixels; 0: as large as they fit


@dataclass(slots=True)
class Finger:
    """A finger on the panel: the button it went down on, and where it is."""

    button: str
    at: Point


class OperatorPanel(Panel):
    """What an operator finds instead of the instrument."""

    def __init__(self, operator: Operator) -> None:
        self._operator = operator
        self._buttons: list[Button] = []
        self._fingers: dict[int, Finger] = {}
        self._lines: list[Line] = []
        self._read = -1e9

    def lay(self) -> None:
        """Choose the size of the letters."""
        look = self.look
        capital = AWAY * tan(ARC) * look.millimetre
        most = max(self.size[0] / LARGEST[0], min(self.size) / LARGEST[1])
        self._em = round(max(min(capital / CAPITAL, most), look.label * 1.1))
        self._row = round(self._em * LEADING)
        self._gap = max(2, look.gap // 4)  # around each button, as it is drawn
        self._unit = max(look.target, round(UNIT * self._em))
        self._fingers.clear()
        self._area = self.surface.get_rect().inflate(-look.pad, -look.pad)
        theme = look.theme
        self._key = blend(theme.ink, theme.card, 0.12)
        self._warn = readable(WARN, theme.card, theme.far)
        self._read = -1e9

    def place_of(self, button: str) -> pygame.Rect | None:
        """Return where a button stands on the panel, if it is there."""
        return next((b.place for b in self._buttons if b.name == button), None)

    # --- fingers ------------------------------------------------------------------------------

    def down(self, finger: int, at: Point, desk: Desk, now: float) -> None:
        """Mark what is under the finger; it counts when the finger leaves there."""
        del desk
        self._operator.touched(now)
        found = self._under(at)
        if found is not None:
            self._fingers[finger] = Finger(found, at)

    def move(self, finger: int, at: Point, desk: Desk, now: float) -> None:
        """Follow the finger."""
        del desk
        self._operator.touched(now)
        if finger in self._fingers:
            self._fingers[finger].at = at

    def up(self, finger: int, desk: Desk, now: float) -> None:
        """Do what the button says on which the finger came down and leaves."""
        held = self._fingers.pop(finger, None)
        if held is not None and self._under(held.at) == held.button:
            self._operator.do(held.button, desk, now)
            self._read = -1e9

    def lose(self, finger: int, desk: Desk, now: float) -> None:
        """Let go of a finger; no button was pressed."""
        del desk, now
        self._fingers.pop(finger, None)

    def _under(self, at: Point) -> str | None:
        # The last: a button that stands on another covers it.
        found = [b.name for b in self._buttons if b.place.collidepoint(at) and not b.dead]
        return found[-1] if found else None

    # --- picture ------------------------------------------------------------------------------

    def draw(self, desk: Desk, now: float) -> Iterable[pygame.Rect]:
        """Draw all of it, if anything in it has changed."""
        operator = self._operator
        if operator.page == "health" and not 0 <= now - self._read < READ_EVERY:
            self._lines, self._read = operator.health(desk, now), now
        pressed = frozenset(
            f.button for f in self._fingers.values() if self._under(f.at) == f.button
        )
        shows: Hashable = (
            operator.page, operator.entered, operator.said, operator.turned, pressed,
            ceil(operator.waits(now)), tuple(self._lines), tuple(operator.screens),
            tuple(operator.brightness(role) for role in operator.screens),
            desk.slugs, operator.active(desk), operator.teachable(desk),
        )  # fmt: skip
        if not self.differs("all", shows):
            return
        self.wipe(self.look.theme.card)
        self._buttons = []
        if operator.page == "pin":
            self._draw_pin(now)
        else:
            rest = self._lay_tabs()
            pad = self.look.pad
            body = rest.inflate(-pad, -pad)
            match operator.page:
                case "health":
                    self._draw_health(body)
                case "screens":
                    self._draw_screens(body)
                case "styles":
                    self._draw_styles(desk, body)
                case "piece":
                    self._draw_deeds(desk, body)
        for button in self._buttons:
            self._draw_button(button, pressed=button.name in pressed)
        yield self.surface.get_rect()

    def _lay_tabs(self) -> pygame.Rect:
        cells, rest = plan.tabs(self._area, self._unit)
        room = cells[0].width - self.look.pad - 2 * self._gap
        size = next(s for s in range(self._em, 5, -1) if width("Screens", s) <= room or s == 6)
        for name, place in zip(PAGES, cells, strict=False):
            if name in self._operator.pages:
                on = name == self._operator.page
                self._buttons.append(Button(f"page/{name}", place, TITLES[name], on, size=size))
        self._buttons.append(Button("close", cells[-1], "Close", size=size))
        return rest

    def _draw_pin(self, now: float) -> None:
        operator, theme = self._operator, self.look.theme
        keys, rest = plan.keypad(self._area, self._unit)
        waits = operator.waits(now)
        for key, place in keys.items():
            name = key if key in KEYS else f"digit/{key}"
            self._buttons.append(Button(name, place, KEYS.get(key, key), dead=waits > 0))
        wide = min(rest.width // 2, round(2.3 * self._unit))
        way_out = pygame.Rect(rest.x, rest.bottom - self._unit, wide, self._unit)
        if self._area.width <= self._area.height:  # the keys are below: beside the question
            way_out.topright = rest.topright
        self._buttons.append(Button("close", way_out, "Close"))
        left, top = rest.x + self.look.pad, rest.y + self._row // 2
        self._write(ASKS, (left, top), theme.ink, STRONG)
        # A sentence stands where the dots were: what was wrong is not shown, and a digit clears it.
        self._write("•" * len(operator.entered), (left, top + self._row), theme.ink, STRONG)
        said = f"Wait {ceil(waits)} s." if waits > 0 else ""
        upright = way_out.y == rest.y
        room = (way_out.x if upright else rest.right) - left - self.look.pad
        for n, line in enumerate(self._fold(f"{operator.said} {said}".strip(), room)):
            self._write(line, (left, top + (1 + n) * self._row), self._warn)

    def _draw_health(self, body: pygame.Rect) -> None:
        advance = font(self._em).size("m")[0]
        rows = max(3, body.height // self._row)
        columns = body.width // advance - 2
        said = self._operator.said
        lines = [*self._lines, *([Line("panel", said)] if said else [])]
        pages = plan.pages(plan.folded(lines, columns), rows)
        if len(pages) > 1:
            pages = plan.pages(plan.folded(lines, columns), rows - 1)
            self._buttons.append(Button("more", body, ""))
        number = self._operator.turned % len(pages)
        for n, row in enumerate(pages[number]):
            self._draw_row(row, (body.x, body.y + n * self._row), advance)
        if len(pages) > 1:
            told = f"{number + 1} of {len(pages)}: tap for more"
            at = (body.right - advance * len(told), body.bottom - self._row)
            self._write(told, at, self.look.theme.faint)

    def _draw_row(self, row: Row, at: Point, advance: int) -> None:
        theme = self.look.theme
        colour = self._warn if row.ill else theme.ink
        left = at[0] + 2 * advance
        if row.ill and row.first:  # not by colour alone
            spot = disc(round(0.36 * self._em), self._warn)
            middle = (at[0] + round(0.7 * advance), at[1] + self._row // 2)
            self.surface.blit(spot, spot.get_rect(center=middle))
            mark = word("!", round(0.6 * self._em), theme.card, STRONG)
            self.surface.blit(mark, mark.get_rect(center=middle))
        self._write(row.text[: row.name], (left, at[1]), colour, STRONG)
        self._write(row.text[row.name :], (left + row.name * advance, at[1]), colour)

    def _above(self, body: pygame.Rect, lines: list[str]) -> pygame.Rect:
        """Return what a sentence at the foot leaves of a body."""
        high = round((len(lines) + 0.3) * self._row) if lines else 0
        return pygame.Rect(body.x, body.y, body.width, max(0, body.height - high))

    def _write_below(self, places: list[pygame.Rect], lines: list[str]) -> None:
        """Write a sentence below the buttons that it is about."""
        if not places:
            return
        left = places[0].x + self._gap  # where the buttons' edges are seen
        top = max(place.bottom for place in places) + round(0.2 * self._row)
        for n, line in enumerate(lines):
            self._write(line, (left, top + n * self._row), self.look.theme.ink)

    def _draw_screens(self, body: pygame.Rect) -> None:
        operator, target = self._operator, self._unit
        said = self._fold(operator.said or BRIGHTNESS, body.width)
        places = plan.stacked(self._above(body, said), len(operator.screens), target)
        self._write_below(places, said)
        for role, place in zip(operator.screens, places, strict=True):
            share = operator.brightness(role)
            more = pygame.Rect(0, 0, round(1.4 * target), place.height)
            more.topright = place.topright
            less = more.move(-round(2.6 * target), 0)
            self._buttons += [
                Button(f"darker/{role}", less, MINUS, dead=share <= DARKEST),
                Button(f"brighter/{role}", more, "+", dead=share >= 1.0),
            ]
            between = pygame.Rect(less.right, place.y, more.x - less.right, place.height)
            self._label(f"{share:.0%}", between, self.look.theme.ink)
            room = pygame.Rect(place.x, place.y, less.x - place.x, place.height)
            name = SCREENS.get(role, role) if len(places) > 1 else ONLY_SCREEN
            self._label(name, room, self.look.theme.ink, left=True)

    def _draw_styles(self, desk: Desk, body: pygame.Rect) -> None:
        said = self._fold(self._operator.said or TICKED, body.width)
        least = max(round(2.4 * self.look.target), round(NAME * self._em))
        area = self._above(body, said)
        places, many = plan.cells(area, len(desk.slugs), self.look.target, least)
        self._write_below(places, said)
        count = max(1, -(-len(desk.slugs) // many))
        number = self._operator.turned % count
        active = self._operator.active(desk)
        for slug, place in zip(desk.slugs[number * many :][:many], places, strict=False):
            title = desk.link.view.styles[slug].title
            self._buttons.append(Button(f"style/{slug}", place, title, ticked=slug in active))
        if count > 1:
            label = f"More ({number + 1} of {count})"
            self._buttons.append(Button("more", places[-1], label))

    def _draw_deeds(self, desk: Desk, body: pygame.Rect) -> None:
        said = self._fold(self._operator.said, body.width)
        area = self._above(body, said)
        absent = {f"teach/{kind}" for kind in TEACHABLE} - {
            f"teach/{kind}" for kind in self._operator.teachable(desk)
        }
        deeds = {name: label for name, label in DEEDS.items() if name not in absent}
        if len(deeds) * self._unit <= area.height:
            places = plan.stacked(area, len(deeds), self._unit)
        else:
            places, _ = plan.cells(area, len(deeds), self._unit, area.width // 2)
        self._write_below(places, said)
        for (name, label), place in zip(deeds.items(), places, strict=False):
            self._buttons.append(Button(name, place, label))

    # --- parts --------------------------------------------------------------------------------

    def _draw_button(self, button: Button, *, pressed: bool) -> None:
        theme = self.look.theme
        if button.name == "more" and not button.label:  # a whole page that is turned by a tap
            return
        place = button.place.inflate(-2 * self._gap, -2 * self._gap)
        ground = theme.line if pressed or button.on else self._key
        rounded(self.surface, place, max(3, self.look.pad // 2), ground, theme.card)
        lit = not button.dead and button.ticked is not False
        ink = theme.ink if lit else readable(theme.faint, ground, theme.near)
        if button.ticked is None:
            self._label(button.label, place, ink, size=button.size)
            return
        side = round(0.8 * self._em)
        box = pygame.Rect(place.x + self.look.pad // 2, 0, side, side)
        box.centery = place.centery
        pygame.draw.rect(
            self.surface, ink, box, width=0 if button.ticked else max(1, side // 10),
            border_radius=side // 5,
        )  # fmt: skip
        if button.ticked:
            bends = [(0.22, 0.52), (0.42, 0.72), (0.78, 0.28)]
            tick = [(box.x + x * side, box.y + y * side) for x, y in bends]
            pygame.draw.lines(self.surface, ground, False, tick, max(2, side // 7))
        room = pygame.Rect(box.right, place.y, place.right - box.right, place.height)
        self._label(button.label, room, ink, left=True)

    def _label(
        self, text: str, place: pygame.Rect, colour: Colour, *, left: bool = False, size: int = 0
    ) -> None:
        """Write a label into a place: smaller, and then in two lines, where it is too wide."""
        room = place.width - self.look.pad
        size = size or shrunk(text, self._em, room)
        lines = folded_title(
            text, size, room, PLAIN, max(1, place.height // font(size).get_height())
        )
        high = font(size).get_height()
        top = place.centery - high * len(lines) // 2
        for n, line in enumerate(lines):
            drawn = word(line, size, colour)
            x = place.x + self.look.pad // 2 if left else place.centerx - drawn.get_width() // 2
            self.surface.blit(drawn, (x, top + n * high))

    def _write(self, text: str, at: Point, colour: Colour, cut: Cut = PLAIN) -> None:
        if text:
            room = self.size[0] - at[0]
            self.surface.blit(word(fitting(text, self._em, room, cut), self._em, colour, cut), at)

    def _fold(self, text: str, room: int) -> list[str]:
        return folded_title(text, self._em, room, PLAIN, 4) if text else []

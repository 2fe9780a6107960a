"""The circle: active styles around a white puck; nearness gives weight, and the pull is seen."""

from collections.abc import Iterable
from math import ceil, cos, hypot, pi

import pygame

from appliance.controls.puck import places
from appliance.stage.desk import Desk
from appliance.stage.letters import folded, font, word
from appliance.stage.panels import heading
from appliance.stage.panels.hand import hand
from appliance.stage.panels.panel import Panel, Point
from appliance.stage.panels.sliders import HEARD
from appliance.stage.shapes import circle, disc, ring
from appliance.stage.theme import WHITE, blend
from appliance.wire import StyleIs

ASIDE = 1.8  # how soon a name leaves the line of its spoke for the dot's side
SPREADS = 2.0, 1.5  # of the way from dot to dot, the width of names above and below; tried so
BREATH = 4.0  # seconds, of the halo that shows where to touch, and of the ghost hand
STEPS = 16  # of these
FAINTEST = 0.25  # of its light, to which the ghost hand fades


class PuckPanel(Panel):
    """Styles around a white puck on pink."""

    def lay(self) -> None:
        """Work out the circle."""
        label, target = self.look.label, self.look.target
        width, height = self.size
        top = heading.height(self.look)
        room = int(min(width - 2 * label * 5.6, height - top - label * 4))
        self.radius = max(8, room // 2, round(min(width, height - top) * 0.26))
        self.centre = (width // 2, top + (height - top) // 2)
        self._puck = max(round(0.22 * target), self.radius // 8)
        self._finger: int | None = None
        self._titles: tuple[StyleIs, ...] | None = None
        self._size = label  # of the names
        self._names: dict[str, tuple[list[str], pygame.Rect]] = {}
        self._still = pygame.Surface(self.size)  # what stays while the puck moves

    def draw(self, desk: Desk, now: float) -> Iterable[pygame.Rect]:
        """Draw the circle if the puck or its pull has moved."""
        titles = tuple(desk.link.view.styles[slug] for slug in desk.circle)
        words = self._words(desk)
        if titles != self._titles:
            self._titles = titles
            self._lay_names(desk)
        if self.differs("still", titles):
            self.wipe(self.look.theme.pink)
            self._draw_still(desk)
            self._shown.pop("words", None)
            self._shown.pop("pull", None)
            self.surface.blit(self._still, (0, 0))
            yield self.surface.get_rect()
        if self.differs("words", (words, desk.ghost)):
            heading.draw(self._still, self.look, words, self.look.theme.pink)
            self._shown.pop("pull", None)
            self.surface.blit(self._still, (0, 0))  # where the ghost hand was too
            yield self.surface.get_rect()
        weights = desk.mixer.weights()
        pulls = tuple(round(weights[slug], 3) for slug in desk.circle)
        puck = self.at(desk.puck)
        breath = round(STEPS * (0.5 - 0.5 * cos(2.0 * pi * now / BREATH))) if desk.ghost else 0
        if self.differs("pull", (puck, pulls, breath)):
            reach = self.radius + (5 if desk.ghost else 2) * self._puck
            place = pygame.Rect(0, 0, 2 * reach, 2 * reach)
            place.center = self.centre
            place = place.clip(self.surface.get_rect())
            self.surface.blit(self._still, place, place)
            self._draw_pull(desk, pulls, puck, breath / STEPS)
            yield place

    def _words(self, desk: Desk) -> str:
        words = self.look.words
        left = desk.visit.left if desk.visit is not None else None
        if left is not None:
            return words.ending.replace("{n}", str(ceil(left)))
        return words.invite if desk.ghost else words.circle

    def at(self, place: tuple[float, float]) -> Point:
        """Return a place of the unit disc in pixels."""
        return (
            round(self.centre[0] + place[0] * self.radius),
            round(self.centre[1] + place[1] * self.radius),
        )

    # --- picture ------------------------------------------------------------------------------

    def _draw_still(self, desk: Desk) -> None:
        theme, look = self.look.theme, self.look
        self._still.blit(self.surface, (0, 0))
        pygame.draw.aacircle(
            self._still, blend(theme.ink, theme.pink, 0.10), self.centre, self.radius
        )
        for slug, (lines, corner) in self._names.items():
            style = desk.link.view.styles[slug]
            colour = look.tint(style.colour, theme.pink)
            cut = look.cuts.of(slug)
            for row, line in enumerate(lines):
                drawn = word(line, self._size, colour, cut)
                left = corner.x + (corner.width - drawn.get_width()) // 2
                self._still.blit(drawn, (left, corner.y + row * font(self._size).get_height()))

    def _lay_names(self, desk: Desk) -> None:
        """Choose the largest size at which the names leave each other room."""
        self._size = self.look.label
        while self._size > max(9, self.look.label // 2):
            for spread in SPREADS:
                self._names = self._place_names(desk, self._size, spread)
                if self._names:
                    return
            self._size -= 1
        self._names = self._place_names(desk, self._size, SPREADS[-1], anyway=True)

    def _place_names(
        self, desk: Desk, size: int, spread: float, *, anyway: bool = False
    ) -> dict[str, tuple[list[str], pygame.Rect]]:
        """Return each name's lines and place outside the circle; none if two would touch."""
        found: dict[str, tuple[list[str], pygame.Rect]] = {}
        bounds = self.surface.get_rect().inflate(-self.look.pad, -self.look.pad)
        bounds.height -= heading.height(self.look) - self.look.pad // 2
        bounds.y += heading.height(self.look) - self.look.pad // 2
        gap = self._dot(1.0) + size // 3
        spacing = round(spread * 2.0 * pi * self.radius / max(1, len(desk.circle)))
        for slug, (x, y) in zip(desk.circle, places(len(desk.circle)), strict=True):
            cut = self.look.cuts.of(slug)
            style = desk.link.view.styles[slug]
            at = self.at((float(x), float(y)))
            side = abs(float(x)) > 0.35
            room = bounds.width // 2 - abs(at[0] - self.centre[0]) - gap if side else spacing
            lines = folded(style.title, size, max(room, size * 5), cut, 3)
            wide = max(font(size, cut).size(line)[0] for line in lines)
            place = pygame.Rect(0, 0, wide, font(size).get_height() * len(lines))
            # Beside its dot, or above or below it, and between these in between; as far out as it
            # must be to leave the dot free.
            aside = min(1.0, max(-1.0, ASIDE * float(x)))
            for out in range(gap, gap + 2 * size, 2):
                place.center = (
                    round(at[0] + out * float(x) + aside * place.width / 2),
                    round(at[1] + out * float(y) + float(y) * place.height / 2),
                )
                if not _covers(place, at, self._dot(1.0)):
                    break
            place.clamp_ip(bounds)
            if not anyway:
                cramped = any(line.endswith("…") for line in lines)
                touching = any(place.inflate(4, 0).colliderect(p) for _, p in found.values())
                if cramped or touching or _covers(place, at, self._dot(1.0)):
                    return {}
            found[slug] = (lines, place)
        return found

    def _dot(self, pull: float) -> int:
        """Return the radius of a style's dot for its share of the heaviest weight."""
        return round(self.look.label * (0.34 + 0.5 * pull))

    def _draw_pull(self, desk: Desk, pulls: tuple[float, ...], puck: Point, breath: float) -> None:
        look, theme = self.look, self.look.theme
        heaviest = max(pulls, default=0.0)
        spots = [self.at((float(x), float(y))) for x, y in places(len(pulls))]
        dots = list(zip(desk.circle, pulls, spots, strict=True))
        # The weakest first, so that the strongest ray lies above.
        for slug, weight, spot in sorted(dots, key=lambda dot: dot[1]):
            pull = weight / heaviest if heaviest else 0.0
            if pull > HEARD:
                colour = look.tint(desk.link.view.styles[slug].colour, theme.pink)
                colour = blend(colour, theme.pink, 0.30 + 0.60 * pull)
                _ray(self.surface, colour, puck, spot, self._dot(pull) * (0.35 + 0.6 * pull))
        for slug, weight, spot in dots:
            pull = weight / heaviest if heaviest else 0.0
            colour = look.tint(desk.link.view.styles[slug].colour, theme.pink)
            if pull > HEARD:
                dot = disc(self._dot(pull), colour)
            else:  # hollow: asleep
                dot = ring(self._dot(0.0), max(2, look.label // 9), colour, theme.pink)
            self.surface.blit(dot, dot.get_rect(center=spot))
        if breath > 0:
            reach = round(self._puck * (1.1 + 0.8 * breath))
            halo = circle(reach, max(2, self._puck // 10), theme.rim)
            halo.set_alpha(round(255 * 0.75 * (1.0 - breath)))  # what is under it shines through
            self.surface.blit(halo, halo.get_rect(center=puck))
        white = ring(self._puck, 2, theme.rim, WHITE)
        self.surface.blit(white, white.get_rect(center=puck))
        if desk.ghost:
            self._draw_ghost(puck, breath)

    def _draw_ghost(self, puck: Point, breath: float) -> None:
        """Draw a hand that comes and goes, and beside it whose turn it is."""
        look, theme = self.look, self.look.theme
        light = round(255 * (FAINTEST + (1.0 - FAINTEST) * breath))
        ghost = hand(round(self._puck * 3.2), theme.ink, theme.pink)
        at = ghost.get_rect(topleft=(puck[0] - ghost.get_width() * 4 // 10, puck[1]))
        ghost.set_alpha(light)
        self.surface.blit(ghost, at)
        said = look.say(look.words.turn, look.label, theme.ink)
        box = said.get_rect().inflate(look.pad, look.pad // 2)
        # Towards the middle, where no style's name stands.
        if puck[1] < self.centre[1]:
            box.midtop = (puck[0], at.bottom + look.pad // 2)
        else:
            box.midbottom = (puck[0], puck[1] - 2 * self._puck)
        tag = pygame.Surface(box.size, pygame.SRCALPHA)
        ground = blend(theme.pink, theme.ground, 0.6)
        pygame.draw.rect(tag, ground, tag.get_rect(), border_radius=box.height // 2)
        tag.blit(said, said.get_rect(center=tag.get_rect().center))
        tag.set_alpha(light)
        self.surface.blit(tag, box)

    # --- fingers ------------------------------------------------------------------------------

    def down(self, finger: int, at: Point, desk: Desk, now: float) -> None:
        """Lay the puck under the finger, unless another finger has it."""
        if self._finger is None:
            self._finger = finger
            self.move(finger, at, desk, now)

    def move(self, finger: int, at: Point, desk: Desk, now: float) -> None:
        """Draw the puck along."""
        if finger == self._finger:
            x, y = (at[0] - self.centre[0]) / self.radius, (at[1] - self.centre[1]) / self.radius
            desk.move_puck(x, y, now)

    def up(self, finger: int, desk: Desk, now: float) -> None:
        """Let the puck lie."""
        del desk, now
        if finger == self._finger:
            self._finger = None


def _covers(place: pygame.Rect, dot: Point, radius: int) -> bool:
    nearest = (
        min(max(dot[0], place.left), place.right),
        min(max(dot[1], place.top), place.bottom),
    )
    return hypot(dot[0] - nearest[0], dot[1] - nearest[1]) < radius


def _ray(
    surface: pygame.Surface, colour: tuple[int, int, int], tip: Point, foot: Point, wide: float
) -> None:
    """Draw a ray that is `wide` pixels to either side at its foot, and ends in the puck."""
    far = hypot(foot[0] - tip[0], foot[1] - tip[1])
    if far < 1.0:
        return
    x, y = -(foot[1] - tip[1]) / far, (foot[0] - tip[0]) / far  # across the ray, length 1
    left = (tip[0] + x, tip[1] + y), (foot[0] + x * wide, foot[1] + y * wide)
    right = (tip[0] - x, tip[1] - y), (foot[0] - x * wide, foot[1] - y * wide)
    pygame.draw.polygon(surface, colour, [*left, *reversed(right)])
    pygame.draw.aaline(surface, colour, *left)
    pygame.draw.aaline(surface, colour, *right)

"""The circle: active styles around a white puck; nearness gives weight, and the pull is seen."""

from collections.abc import Hashable

import pygame

from appliance.controls.puck import places
from appliance.stage.desk import Desk
from appliance.stage.panels.panel import Point
from appliance.stage.theme import INK, PINK, PUCK, blend, fitting, rgb, word


class PuckPanel:
    """Styles around a white puck on pink."""

    def signature(self, desk: Desk) -> Hashable:
        """Return the puck's place and the pull of each style."""
        return desk.circle, desk.puck, tuple(sorted(desk.mixer.weights().items()))

    def draw(self, surface: pygame.Surface, desk: Desk) -> None:
        """Draw the circle."""
        surface.fill(PINK)
        width, height = surface.get_size()
        centre, radius = _circle((width, height))
        pygame.draw.circle(surface, blend(INK, PINK, 0.25), centre, radius, 2)
        circle = desk.circle
        weights = desk.mixer.weights()
        puck = _at(desk.puck, centre, radius)
        places_of = [_at((x, y), centre, radius) for x, y in places(len(circle))]
        heaviest = max(weights.values(), default=0.0) or 1.0
        for slug, place in zip(circle, places_of, strict=True):
            pull = weights.get(slug, 0.0) / heaviest
            if pull > 0.05:  # as much as the engine needs to hear a style
                colour = blend(rgb(desk.link.view.styles[slug].colour), PINK, 0.2 + 0.7 * pull)
                pygame.draw.line(surface, colour, puck, place, max(1, round(pull * radius / 14)))
        size = max(10, min(radius // 8, width // 30))
        for slug, place in zip(circle, places_of, strict=True):
            self._draw_style(surface, desk, slug, place, weights.get(slug, 0.0), size)
        pygame.draw.circle(surface, PUCK, puck, max(9, radius // 9))

    @staticmethod
    def _draw_style(
        surface: pygame.Surface, desk: Desk, slug: str, place: Point, weight: float, size: int
    ) -> None:
        style = desk.link.view.styles[slug]
        colour = rgb(style.colour)
        pygame.draw.circle(surface, colour, place, round(size * (0.35 + 0.9 * weight)))
        name = word(
            fitting(style.title, size, surface.get_width() // 3), size, colour, weight > 0.05
        )
        middle = surface.get_width() // 2
        at = name.get_rect(midbottom=(place[0], place[1] - size))
        if place[1] > surface.get_height() // 2 + size:
            at.midtop = (place[0], place[1] + size)
        elif abs(place[0] - middle) > size * 3:
            at.midbottom = (place[0], place[1] - round(size * 0.9))
        at.clamp_ip(surface.get_rect().inflate(-4, -4))
        surface.blit(name, at)

    def touch(self, at: Point, size: Point, desk: Desk, now: float, *, down: bool) -> None:
        """Lay the puck under the finger."""
        del down
        centre, radius = _circle(size)
        desk.move_puck((at[0] - centre[0]) / radius, (at[1] - centre[1]) / radius, now)


def _circle(size: Point) -> tuple[Point, int]:
    return (size[0] // 2, size[1] // 2), max(8, round(min(size) * 0.36))


def _at(place: tuple[float, float], centre: Point, radius: int) -> Point:
    return round(centre[0] + place[0] * radius), round(centre[1] + place[1] * radius)

"""The line above a panel, which says what a hand can do there."""

import pygame

from appliance.stage.letters import folded, shrunk
from appliance.stage.look import Look
from appliance.stage.theme import Colour


def height(look: Look) -> int:
    """Return the height of a heading in pixels."""
    return round(look.label * 1.9)


def draw(surface: pygame.Surface, look: Look, text: str, ground: Colour) -> pygame.Rect:
    """Draw a panel's heading over its ground; return its place, which leaves the corners free."""
    left = look.pad
    room = surface.get_width() - 2 * left
    place = pygame.Rect(left, 0, room, height(look))
    surface.fill(ground, place)
    size = shrunk(text, look.label, room, look.face)
    lines = folded(text, size, room, look.face)
    drawn = [look.say(line, size, look.theme.ink) for line in lines]
    leading = min(drawn[0].get_height(), place.height // len(drawn))
    middle = look.pad // 4 + place.centery - (len(drawn) - 1) * leading // 2
    for row, line in enumerate(drawn):
        surface.blit(line, line.get_rect(midleft=(left, middle + row * leading)))
    return place

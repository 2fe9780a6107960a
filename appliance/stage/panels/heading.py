"""The line above a panel, which says what a hand can do there."""

import pygame

from appliance.stage.letters import fitting, shrunk
from appliance.stage.look import Look
from appliance.stage.theme import Colour


def height(look: Look) -> int:
    """Return the height of a heading in pixels."""
    return round(look.label * 1.9)


def draw(surface: pygame.Surface, look: Look, text: str, ground: Colour) -> pygame.Rect:
    """Draw a panel's heading over its ground; return its place."""
    place = pygame.Rect(0, 0, surface.get_width(), height(look))
    surface.fill(ground, place)
    left = look.label // 2
    room = place.width - 2 * left
    size = shrunk(text, look.label, room, look.face)
    drawn = look.say(fitting(text, size, room, look.face), size, look.theme.ink)
    surface.blit(drawn, drawn.get_rect(midleft=(left, place.centery)))
    return place

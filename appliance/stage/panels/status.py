"""A line for the technician; it has a place only when it has something to say."""

from collections.abc import Iterable

import pygame

from appliance.stage.desk import Desk
from appliance.stage.letters import fitting, font, word
from appliance.stage.panels.panel import Panel


class StatusPanel(Panel):
    """One sentence at the foot."""

    sentence = ""

    def draw(self, desk: Desk, now: float) -> Iterable[pygame.Rect]:
        """Draw the sentence."""
        del desk, now
        if self.differs("sentence", self.sentence):
            look = self.look
            size = round(look.label * 0.9)
            self.surface.fill(look.theme.ground)
            said = fitting(self.sentence, size, self.size[0] - 2 * size)
            top = (self.size[1] - font(size).get_height()) // 2
            self.surface.blit(word(said, size, look.theme.faint), (size, top))
            yield self.surface.get_rect()

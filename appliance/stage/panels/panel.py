"""What all panels have in common."""

from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import TYPE_CHECKING

from pygame import Rect, Surface

from appliance.stage.desk import Desk
from appliance.stage.look import Look
from appliance.stage.shapes import rounded
from appliance.stage.theme import Colour

if TYPE_CHECKING:
    from collections.abc import Hashable

Point = tuple[int, int]


class Panel(ABC):
    """A part of the screen that shows a desk and may be touched.

    A panel knows what it has drawn, and draws only what is different now. Places are in pixels of
    the panel; a finger that went down on a panel stays with it.
    """

    def place(self, surface: Surface, look: Look) -> None:
        """Take a part of the screen; all of it is drawn anew."""
        self.surface, self.look = surface, look
        self.size: Point = surface.get_size()
        self._shown: dict[Hashable, Hashable] = {}  # what each part of the panel shows
        self.lay()

    def lay(self) -> None:  # noqa: B027  # a panel may have nothing to work out beforehand
        """Work out what follows from the place alone."""

    def forget(self) -> None:
        """Draw everything in the next frame."""
        self._shown.clear()

    def wipe(self, colour: Colour) -> None:
        """Fill the panel as a card: its corners are round on the page's ground."""
        place = self.surface.get_rect()
        rounded(self.surface, place, self.look.pad, colour, self.look.theme.ground)

    @abstractmethod
    def draw(self, desk: Desk, now: float) -> Iterable[Rect]:
        """Draw what has changed; return the places where."""

    def down(self, finger: int, at: Point, desk: Desk, now: float) -> None:  # noqa: B027  # as above
        """Take a finger that goes down."""

    def move(self, finger: int, at: Point, desk: Desk, now: float) -> None:  # noqa: B027  # as above
        """Take a finger that moves on."""

    def up(self, finger: int, desk: Desk, now: float) -> None:  # noqa: B027  # as above
        """Take a finger that leaves."""

    def lose(self, finger: int, desk: Desk, now: float) -> None:
        """Let go of a finger whose leaving was never told, so that it presses nothing."""
        self.up(finger, desk, now)

    def differs(self, part: "Hashable", shows: "Hashable") -> bool:
        """Tell whether a part is to show something else than it does, and note that it will."""
        if self._shown.get(part, NOTHING) == shows:
            return False
        self._shown[part] = shows
        return True


NOTHING = object()

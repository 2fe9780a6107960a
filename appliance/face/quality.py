"""How well styles can be told apart by their faces, in words."""

from collections.abc import Mapping
from dataclasses import dataclass

WELL, HARDLY = 0.95, 0.8  # of the looks that were told apart


@dataclass(frozen=True, slots=True)
class Quality:
    """What the cross-validation found."""

    styles: tuple[str, ...]
    looks: int
    right: float  # of the looks, 0 to 1
    alike: tuple[str, str] | None  # the two that are taken for each other most, if any are

    def words(self, titles: Mapping[str, str]) -> str:
        """Return a sentence for whoever pulled the faces."""
        known = f"{len(self.styles)} styles, {self.looks} looks"
        if self.alike is None or self.right >= WELL:
            return f"It tells their faces apart well ({known})."
        one, other = (titles.get(style, style) for style in self.alike)
        if self.right >= HARDLY:
            return f"It mostly tells them apart; {one} and {other} look alike ({known})."
        return f"It cannot tell {one} from {other}: pull one of them in another way ({known})."

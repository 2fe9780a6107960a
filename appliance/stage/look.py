"""How one screen looks: its theme, its words, and how many pixels a millimetre is."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field

import pygame

from appliance.settings import Stage, Words
from appliance.stage.letters import CUTS, PLAIN, Cut, lacking, word
from appliance.stage.theme import THEMES, Colour, Theme, readable, rgb

LABEL = 3.1  # millimetres, the size of labels at arm's length
SMALLEST = 44  # labels are at least this part of the screen's shorter side
LARGEST = 24  # and at most this part, so that a tiny screen is not all labels

log = logging.getLogger("appliance.stage")


class Cuts:
    """Which cut of the typeface each style writes in: the one that its company uses least.

    A style keeps its cut for as long as the stage runs, so that the page does not change under the
    reader's eyes.
    """

    def __init__(self) -> None:
        self._of: dict[str, Cut] = {}

    def meet(self, company: Sequence[str]) -> None:
        """Give each of the active styles a cut, in their order, if it has none yet."""
        for slug in company:
            if slug not in self._of:
                self._of[slug] = self._least([other for other in company if other in self._of])

    def of(self, slug: str) -> Cut:
        """Return a style's cut."""
        if slug not in self._of:
            self._of[slug] = self._least([])
        return self._of[slug]

    def _least(self, company: Sequence[str]) -> Cut:
        used = [self._of[other] for other in company]
        known = list(self._of.values())
        return min(CUTS, key=lambda cut: (used.count(cut), known.count(cut)))


@dataclass(frozen=True, slots=True)
class Look:
    """What panels need to know of the screen that they are on."""

    theme: Theme
    words: Words
    millimetre: float  # in pixels
    label: int  # size of labels, pixels
    target: int  # pixels, the least that a finger is given
    reading: float  # metres from which the page is read
    cuts: Cuts
    face: Cut = PLAIN  # of the sentences

    @property
    def gap(self) -> int:
        """How far panels stand apart, pixels."""
        return round(self.label * 0.5)

    @property
    def pad(self) -> int:
        """How far inside its panel everything begins, pixels; so that headings are in line."""
        return round(self.label * 0.7)

    def say(self, text: str, size: int, colour: Colour) -> pygame.Surface:
        """Return a drawn sentence."""
        return word(text, size, colour, self.face)

    def tint(self, colour: str, ground: Colour) -> Colour:
        """Return a style's colour as it can be read on a ground."""
        return readable(rgb(colour), ground, self.theme.near)


@dataclass(slots=True)
class Looks:
    """Makes the looks of all screens, which share their words, their theme and the styles' cuts."""

    settings: Stage
    words: Words
    cuts: Cuts = field(default_factory=Cuts)
    _face: Cut = ""

    def on(self, size: tuple[int, int], millimetre: float, reading: float) -> Look:
        """Return the look of a picture of so many pixels, so many of them a millimetre."""
        short = min(size)
        label = min(max(LABEL * millimetre, short / SMALLEST, 11), max(short / LARGEST, 11))
        return Look(
            THEMES[self.settings.theme],
            self.words,
            millimetre,
            round(label),
            round(self.settings.target * millimetre),
            reading,
            self.cuts,
            self._choose_face(),
        )

    def _choose_face(self) -> Cut:
        if self._face:
            return self._face
        self._face = PLAIN
        if self.settings.face:
            try:
                pygame.font.Font(self.settings.face, 12).size("a")  # some faults show only here
                self._face = self.settings.face
            except (OSError, pygame.error) as error:
                log.error("stage.face %s cannot be used (%s)", self.settings.face, error)
        missing = lacking("".join(self.words.model_dump().values()), self._face)
        if missing:
            log.error(
                "the face of the sentences has no shape for %s: name a font file that has, in "
                "stage.face",
                missing,
            )
        return self._face

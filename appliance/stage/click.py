"""A key click for each character, for those who do not see the screen; its pitch names the writer.

Synthesised: a knock of noise and the ring of a key, 45 ms long. No sound card is no fault: one line
says so.
"""

import logging
from typing import Self

import numpy as np
import pygame
from numpy.typing import NDArray

RATE = 22_050  # samples a second
LONG = 0.045  # seconds
LOWEST = 220.0  # Hz, of the first style's click
SCALE = (0, 2, 4, 7, 9)  # semitones of a pentatonic scale: no two clicks grate
BLANK = 0.35  # of the loudness, for white space

log = logging.getLogger("appliance.stage")


def pitch(number: int) -> float:
    """Return a style's pitch in Hz, by its number."""
    octave, step = divmod(number, len(SCALE))
    semitones: float = 12 * (octave % 4) + SCALE[step]
    return float(LOWEST * 2.0 ** (semitones / 12.0))


def click(hertz: float, generator: np.random.Generator) -> NDArray[np.int16]:
    """Return one click, shape (samples,), at full loudness."""
    when = np.arange(round(RATE * LONG)) / RATE
    knock = generator.standard_normal(when.size) * np.exp(-when / 0.0025)
    ring = np.sin(2.0 * np.pi * hertz * when) * np.exp(-when / 0.012)
    attack = np.minimum(1.0, when / 0.0005)
    sound = attack * (0.25 * knock / np.abs(knock).max() + 0.75 * ring)
    # It ends in silence, or the end itself would click.
    sound *= np.minimum(1.0, (LONG - when) / 0.004)
    samples: NDArray[np.int16] = np.rint(sound / np.abs(sound).max() * 32_000).astype(np.int16)
    return samples


class Clicks:
    """A loudspeaker; a context manager that opens and closes it."""

    def __init__(self, volume: float, generator: np.random.Generator) -> None:
        self._volume, self._generator = volume, generator
        self._sounds: dict[int, pygame.mixer.Sound] = {}
        self._on = False

    def __enter__(self) -> Self:
        try:
            pygame.mixer.init(RATE, -16, 1, 256, allowedchanges=0)
            self._on = True
        except pygame.error as error:
            log.warning("no key click: the sound card does not open (%s)", error)
        return self

    def __exit__(self, *_: object) -> None:
        if self._on:
            pygame.mixer.quit()
            self._on = False

    def strike(self, character: str, number: int) -> None:
        """Sound one character of a style; never waits. If all voices are busy, it is not heard."""
        if not self._on:
            return
        if number not in self._sounds:
            samples = click(pitch(number), self._generator)
            self._sounds[number] = pygame.mixer.Sound(buffer=samples.tobytes())
        sound = self._sounds[number]
        sound.set_volume(self._volume * (1.0 if character.strip() else BLANK))
        sound.play()

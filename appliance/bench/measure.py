"""What a measure is, what it is given, and where the measures are found."""

import importlib
import os
import pkgutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from appliance.bench import measures
from appliance.bench.figures import Figure
from appliance.catalogue import read_catalogue
from appliance.engine.ensemble import CATCH_UP, Ensemble
from appliance.engine.model import Model
from appliance.engine.voices import models_folder, reading_threads
from appliance.settings import Settings

TEXT = (3 * "In the beginning was the word. ")[:CATCH_UP]  # what the styles have read


class BenchError(Exception):
    """A measure that cannot go on; the message is one sentence."""


@dataclass(frozen=True, slots=True)
class Effort:
    """How long to measure: more is steadier."""

    rounds: int = 40  # turns that each of several ways gets
    block: int = 8  # calls in a turn
    warm: int = 100  # characters of a running engine before the first that counts
    characters: int = 1_200  # that count
    changes: int = 200  # of weights, each at a random moment
    soak: float = 3_600.0  # seconds
    megabytes: int = 256  # an array that no cache holds


QUICK = Effort(rounds=8, block=5, warm=60, characters=200, changes=40, soak=30.0)


@dataclass(frozen=True, slots=True)
class Bench:
    """What stands on the bench: all styles of the settings' folder, and how hard to look."""

    folder: Path
    styles: dict[str, Path]  # model files by slug, with or without an advisory
    workers: int  # threads that read, as the engine would have
    cores: int
    effort: Effort

    @classmethod
    def of(cls, settings: Settings, effort: Effort) -> "Bench":
        """Put a site's models on the bench; BenchError if there are none."""
        folder = models_folder(settings.styles)
        catalogue = read_catalogue(folder)
        if not catalogue.styles:
            raise BenchError(f"there is no model file in {folder}: check styles.models")
        return cls(
            folder=folder,
            styles={slug: style.path for slug, style in catalogue.styles.items()},
            workers=reading_threads(settings.engine.workers),
            cores=os.cpu_count() or 1,
            effort=effort,
        )

    def ensemble(self, fed: int) -> Ensemble:
        """Return the engine's ensemble with so many styles fed, standing at the end of a text."""
        chosen = list(self.styles.items())[:fed]
        ensemble = Ensemble({slug: Model(path) for slug, path in chosen}, workers=self.workers)
        ensemble.restart(TEXT)
        ensemble.weigh(np.ones(fed))
        ensemble.settle()
        return ensemble

    @property
    def counts(self) -> tuple[int, ...]:
        """How many styles are fed in turn: one, six, all."""
        every = len(self.styles)
        return tuple(sorted({1, min(6, every), every}))


@dataclass(frozen=True, slots=True)
class Measure:
    """A title and the function that finds the figures; imports within it are its own affair."""

    title: str
    figures: Callable[[Bench], Iterator[Figure]]
    by_default: bool = True  # else only by name: it takes long, or interests few


def names() -> tuple[str, ...]:
    """Return the names of all measures, in the order in which they are taken."""
    return tuple(sorted(module.name for module in pkgutil.iter_modules(measures.__path__)))


def find(name: str) -> Measure:
    """Return a measure by the name of its file."""
    measure = importlib.import_module(f"{measures.__name__}.{name}").MEASURE
    if not isinstance(measure, Measure):
        raise BenchError(f"the file {name}.py in {measures.__name__} holds no Measure")
    return measure

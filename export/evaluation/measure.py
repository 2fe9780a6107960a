"""The parts of an evaluation, each of which adds its figures to a report.

A report is a dictionary as it stands in the JSON file: `settings`, `styles` by slug, and what
concerns all styles together (`classifier`, `steering`).
"""

import functools
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from typing import Any, TypeVar

import numpy as np

from appliance.joint import Joint
from export.evaluation import compressors, copying, road, spelling, steering
from export.evaluation.classifier import LEARNT_FROM, Classifier
from export.evaluation.places import bits_at, counted_text, places, summary
from export.evaluation.typist import PIECE, SETTLE, pieces, type_pages
from export.evaluation.voices import Voice

# Starts a bar of so many steps under a title; what it returns is told of every step done.
StartBar = Callable[[str, int], Callable[[int], None]]
A = TypeVar("A")
B = TypeVar("B")


@dataclass(frozen=True, slots=True)
class Settings:
    """How much is measured, and how text is typed for it."""

    places: int | None = None  # of 400 characters a style; None takes the whole test text
    pieces: int = 100  # of 400 characters a style, typed and real
    temperature: float = 0.8
    pairs: int = 40
    steering_pieces: int = 20  # a mixture
    long: int = 1_000_000  # characters in one go
    learnt_from: int = LEARNT_FROM  # pieces a style, by the classifier
    seed: int = 1


class Evaluation:
    """Measures voices part by part; what several parts need is typed or learnt once."""

    def __init__(
        self,
        voices: list[Voice],
        settings: Settings,
        bar: StartBar,
        word_list: set[str] | None = None,
        foreign: Mapping[str, str] | None = None,
        jobs: int = 1,
    ) -> None:
        """Begin a report; `foreign` is text of other styles by slug, for `long` to wander into.

        `jobs` threads measure at once, which changes no figure.
        """
        self.voices, self.settings, self.jobs = voices, settings, jobs
        self._bar, self._word_list = bar, word_list
        self._foreign = foreign or {voice.slug: voice.parts.test for voice in voices}
        self.report: dict[str, Any] = {
            "settings": asdict(settings),
            "styles": {
                voice.slug: {
                    "form": voice.form,
                    "characters": sum(map(len, asdict(voice.parts).values())),
                    "bytes": voice.size,
                    "model_sha256": voice.sha256,
                    "same_text": voice.same_text,
                }
                for voice in voices
            },
        }

    @functools.cached_property
    def typed(self) -> dict[str, list[str]]:
        """Pieces that each model typed alone."""
        steps = self._bar("typing", len(self.voices) * (SETTLE + PIECE))
        ones = np.ones((self.settings.pieces, 1))

        def typed(voice: Voice) -> list[str]:
            return type_pages(
                [voice.model],
                ones,
                characters=PIECE,
                temperature=self.settings.temperature,
                seed=self.settings.seed,
                progress=steps,
            )

        return dict(zip((v.slug for v in self.voices), self._each(typed, self.voices), strict=True))

    @functools.cached_property
    def real(self) -> dict[str, list[str]]:
        """As many pieces of each style's test text, or as many as it has."""
        return {v.slug: pieces(v.parts.test, most=self.settings.pieces) for v in self.voices}

    @functools.cached_property
    def classifier(self) -> Classifier:
        """The reader that has learnt all styles."""
        step = self._bar("learning to tell apart", 1)
        training = {voice.slug: voice.parts.training for voice in self.voices}
        learnt = Classifier(training, learnt_from=self.settings.learnt_from)
        step(1)
        return learnt

    def bits(self) -> None:
        """Measure bits a character on the test text from the zero state, mean and worst place."""
        step = self._bar("bits a character", len(self.voices))

        def measure(voice: Voice) -> None:
            chosen = places(voice.parts.test, most=self.settings.places)
            self._add(voice, "bits", summary(bits_at(voice.model, chosen)).as_dict())
            step(1)

        self._each(measure, self.voices)

    def compressors(self) -> None:
        """Ask what PPMd and xz pay for the very characters that `bits` counts."""
        step = self._bar("compressors", len(self.voices))

        def measure(voice: Voice) -> None:
            training = voice.parts.training
            test = counted_text(places(voice.parts.test, most=self.settings.places))
            figures = {
                "ppmd6": compressors.ppmd_bits(training, test, 6),
                "ppmd8": compressors.ppmd_bits(training, test, 8),
                "xz": compressors.xz_bits(training, test),
            }
            self._add(voice, "compressors", figures)
            step(1)

        self._each(measure, self.voices)

    def long(self) -> None:
        """Read many characters in one go."""
        read = self._bar("in one go", len(self.voices) * self.settings.long)

        def measure(voice: Voice) -> None:
            others = [text for slug, text in self._foreign.items() if slug != voice.slug]
            figures = road.travel(
                voice.model,
                voice.parts.test + voice.parts.validation,
                others,
                characters=self.settings.long,
                progress=read,
            )
            self._add(voice, "road", figures.as_dict())

        self._each(measure, self.voices)

    def tell_apart(self) -> None:
        """Ask what real test text and typed text are taken for."""
        learnt = self.classifier
        real, typed = learnt.told_apart(self.real), learnt.told_apart(self.typed)
        self.report["classifier"] = {"real": real.as_dict(), "typed": typed.as_dict()}

    def steering(self) -> None:
        """See whether the mixture steers, for many pairs of styles and both rules."""
        learnt = self.classifier
        by_slug = {voice.slug: voice.model for voice in self.voices}
        chosen = steering.pairs(list(by_slug), self.settings.pairs)
        step = self._bar("steering", 2 * len(chosen) * (SETTLE + PIECE))

        def curve(asked: tuple[Joint, int, tuple[str, str]]) -> steering.Curve:
            joint, number, (first, second) = asked
            return steering.steer(
                learnt,
                (first, by_slug[first]),
                (second, by_slug[second]),
                joint=joint,
                pieces=self.settings.steering_pieces,
                temperature=self.settings.temperature,
                seed=self.settings.seed + number,
                progress=step,
            )

        curves = self._each(
            curve, [(joint, number, pair) for joint in Joint for number, pair in enumerate(chosen)]
        )
        self.report["steering"] = {
            "pairs": len(chosen),
            "mixtures": steering.MIXTURES.tolist(),
            "rules": steering.figures(curves),
            "curves": [curve.as_dict() for curve in curves],
        }

    def copying(self) -> None:
        """Count how much of the typed text stands word for word in the training text."""
        step = self._bar("copying", len(self.voices))
        for voice in self.voices:
            found = copying.copying(
                voice.parts.training, self.typed[voice.slug], self.real[voice.slug]
            )
            self._add(voice, "copying", found.as_dict())
            step(1)

    def spelling(self) -> None:
        """Count how many typed words are words, for the styles that are not code."""
        own = {
            v.slug: set(spelling.words(v.parts.training)) for v in self.voices if v.form != "code"
        }
        step = self._bar("spelling", len(own))
        for voice in self.voices:
            if voice.slug in own:
                listed = self._word_list or spelling.shared_words(own, voice.slug)
                known = own[voice.slug] | listed
                found = spelling.spelling(known, self.typed[voice.slug], self.real[voice.slug])
                self._add(voice, "spelling", found.as_dict())
                step(1)

    def _each(self, measure: Callable[[A], B], items: Iterable[A]) -> list[B]:
        """Measure each item, `jobs` at a time: inference and compression leave Python's lock."""
        with ThreadPoolExecutor(self.jobs) as pool:
            return list(pool.map(measure, items))

    def _add(self, voice: Voice, part: str, figures: dict[str, Any]) -> None:
        self.report["styles"][voice.slug][part] = figures

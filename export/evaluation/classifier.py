"""Which style a piece of 400 characters is taken for: logistic regression on character n-grams.

It stands in for a reader who knows all styles well. What it learns from is the training text alone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.feature_extraction.text import (  # type: ignore[import-untyped]  # ships no types
    HashingVectorizer,
    TfidfTransformer,
)
from sklearn.linear_model import SGDClassifier  # type: ignore[import-untyped]  # ships no types

from export.evaluation.typist import PIECE

LONGEST = 5  # characters of an n-gram
FEATURES = 1 << 20
LEARNT_FROM = 2_500  # pieces a style; of short texts they overlap, so that all styles weigh alike
ALPHA, PASSES = 1e-6, 5  # as good as any on validation text: export/evaluation/choice.py
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class ToldApart:
    """How often pieces were taken for what they are; K styles."""

    slugs: tuple[str, ...]
    confusion: NDArray[np.int64]  # (K, K): rows what they are, columns what they are taken for

    @property
    def by_style(self) -> dict[str, float]:
        """Share of each style's pieces that are taken for it."""
        right = self.confusion.diagonal() / np.maximum(self.confusion.sum(axis=1), 1)
        return dict(zip(self.slugs, map(float, right), strict=True))

    @property
    def mean(self) -> float:
        """Mean over the styles."""
        return float(np.mean(list(self.by_style.values())))

    @property
    def worst(self) -> tuple[str, float]:
        """The style that is told apart least often, and how often."""
        return min(self.by_style.items(), key=lambda item: item[1])

    def as_dict(self) -> dict[str, Any]:
        """Return the figures by name."""
        slug, share = self.worst
        return {
            "mean": self.mean,
            "worst": {"style": slug, "share": share},
            "by_style": self.by_style,
            "styles": list(self.slugs),
            "confusion": self.confusion.tolist(),
        }


class Ngrams:
    """How often each run of up to five characters occurs in a piece, against how often in all."""

    def __init__(self) -> None:
        self._hash = HashingVectorizer(
            analyzer="char",
            ngram_range=(1, LONGEST),
            n_features=FEATURES,
            lowercase=False,
            alternate_sign=False,
            norm=None,
            dtype=np.float32,
        )
        self._weigh = TfidfTransformer(sublinear_tf=True)

    def of_known(self, pieces: Sequence[str]) -> Any:
        """Return the features of pieces, and remember how often each run occurs in them all."""
        return self._weigh.fit_transform(self._hash.transform(pieces))

    def of(self, pieces: Sequence[str]) -> Any:
        """Return the features of other pieces."""
        return self._weigh.transform(self._hash.transform(pieces))


class Classifier:
    """A reader that has learnt K styles from their training texts."""

    def __init__(
        self, training: Mapping[str, str], *, learnt_from: int = LEARNT_FROM, seed: int = 0
    ) -> None:
        """Learn; ValueError if there are fewer than two styles."""
        if len(training) < 2:
            raise ValueError("with fewer than two styles there is nothing to tell apart")
        self.slugs = tuple(training)
        self._ngrams = Ngrams()
        features, labels = known(self._ngrams, training, learnt_from)
        self._model = learner(ALPHA, PASSES, seed).fit(features, labels)

    def probabilities(self, asked: Sequence[str]) -> Floats:
        """Return for N pieces how likely each is of each style, (N, K)."""
        found: Floats = self._model.predict_proba(self._ngrams.of(asked))
        return found

    def told_apart(self, asked: Mapping[str, Sequence[str]]) -> ToldApart:
        """Ask about pieces whose style is known, every style's by its slug."""
        confusion = np.zeros((len(self.slugs), len(self.slugs)), dtype=np.int64)
        for row, slug in enumerate(self.slugs):
            if asked[slug]:
                taken = self.probabilities(asked[slug]).argmax(axis=1)
                confusion[row] = np.bincount(taken, minlength=len(self.slugs))
        return ToldApart(self.slugs, confusion)


def learner(alpha: float, passes: int, seed: int) -> Any:
    """Return a logistic regression that has learnt nothing; `alpha` holds its weights small."""
    return SGDClassifier(loss="log_loss", alpha=alpha, max_iter=passes, tol=None, random_state=seed)


def known(ngrams: Ngrams, texts: Mapping[str, str], count: int) -> tuple[Any, NDArray[np.int64]]:
    """Return features and labels of `count` pieces of each of K texts: all there is to learn."""
    pieces = [piece for text in texts.values() for piece in spread(text, count)]
    return ngrams.of_known(pieces), np.repeat(np.arange(len(texts)), count)


def spread(text: str, count: int, length: int = PIECE) -> list[str]:
    """Return `count` pieces evenly spread over a text; they overlap where it is short."""
    starts = np.linspace(0, max(0, len(text) - length), count).astype(int)
    return [text[at : at + length] for at in starts]

"""Readers and texts of which the right figure is known."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from appliance.engine.model import Model
from export.__main__ import main
from export.evaluation.classifier import Classifier
from export.evaluation.places import State
from export.listing import write_listing
from tests.export import tiny

STYLES = {"sea": tiny.SEA, "sky": tiny.SKY, "woods": tiny.WOODS}


class Reader:
    """Expects every character with a probability of 1 in 128, until it is lost.

    It is lost for so many characters after an X, and then gives 1 in 128 to all but the letter a.
    """

    def __init__(self, lost_for: int = 0) -> None:
        self.lost_for = lost_for

    def zero(self, batch: int = 1) -> State:
        return (np.zeros((1, batch, 1), dtype=np.float32),)

    def logits(self, tokens: NDArray[np.int64], state: State) -> tuple[NDArray[np.float32], State]:
        left = state[0].copy()
        for column in tokens.T:
            left = np.maximum(left - 1.0, 0.0)
            left[0, column == ord("X")] = self.lost_for
        logits = np.zeros((len(tokens), 128), dtype=np.float32)
        logits[left[0, :, 0] > 0.0, ord("a")] = -20.0
        return logits, (left,)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder of three models and their texts."""
    folder = tmp_path_factory.mktemp("made")
    for seed, (slug, words) in enumerate(STYLES.items()):
        tiny.write(folder, slug, words, seed=seed)
    write_listing(folder / "models")
    return folder


@pytest.fixture(scope="module")
def models(made: Path) -> dict[str, Model]:
    return {slug: Model(made / "models" / f"{slug}.onnx") for slug in STYLES}


@pytest.fixture(scope="module")
def classifier() -> Classifier:
    training = {slug: tiny.text(words, seed=9) for slug, words in STYLES.items()}
    return Classifier(training, learnt_from=60)


def evaluate(made: Path, *more: str) -> int:
    folders = ["--work", str(made / "work"), "--models", str(made / "models")]
    return main(["evaluate", *folders, *more])

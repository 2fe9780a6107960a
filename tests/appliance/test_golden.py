"""The shipped models still say what they said."""

from collections.abc import Callable

import numpy as np
import pytest

from appliance.catalogue import read_catalogue
from appliance.engine.model import Model
from tests.golden import FOLDER, LENGTH, MODELS

NEARLY = 0.05  # of probability: another processor rounds otherwise


@pytest.mark.parametrize("slug", list(read_catalogue(MODELS).styles))
def test_every_golden_character_is_the_likeliest_or_nearly(
    slug: str, load: Callable[[str], Model]
) -> None:
    model = load(slug)
    golden = (FOLDER / f"{slug}.txt").read_bytes()
    assert len(golden) == LENGTH
    expects, state = model.read(np.array([[ord("\n")]]), model.zero())
    for at, code in enumerate(golden):
        assert expects[0, code] >= expects[0].max() - NEARLY, golden[: at + 1]
        expects, state = model.read(np.array([[code]]), state)


def test_there_is_a_golden_text_for_every_style() -> None:
    assert {p.stem for p in FOLDER.glob("*.txt")} == set(read_catalogue(MODELS).styles)

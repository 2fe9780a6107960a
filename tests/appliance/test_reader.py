"""Bound buffers give what plain calls give, to the bit, in any order of characters and lines."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from appliance.engine.model import Model
from appliance.engine.reader import Reader
from tests.conftest import MODELS


def codes(text: str) -> NDArray[np.int64]:
    return np.frombuffer(text.encode("ascii"), dtype=np.uint8).astype(np.int64)[None]


@pytest.mark.parametrize("slug", ["austen", "linux"])
@pytest.mark.parametrize(
    "pieces",
    [list("static unsigned love"), ["static ", *"unsigned", " love\n", *"and so"]],
    ids=["characters", "lines between"],
)
def test_characters_and_lines_in_any_order(slug: str, pieces: list[str]) -> None:
    model = Model(MODELS / f"{slug}.onnx")
    reader, state = Reader(model), model.zero()
    for piece in pieces:
        plain, state = model.logits(codes(piece), state)
        assert np.array_equal(reader.read(codes(piece)), plain)
    for part, kept in zip(state, reader.state, strict=True):
        assert np.array_equal(part, kept)
    assert reader.age == len("".join(pieces))


def test_a_state_that_is_put_in_is_read_on_from(tiny: Path) -> None:
    model = Model(tiny / "a.onnx")
    reader, other = Reader(model), Reader(model)
    for character in "some":
        reader.read(codes(character))
    kept = reader.state
    after = reader.read(codes("x")).copy()
    other.read(codes("y"))
    other.state = kept
    assert np.array_equal(other.read(codes("x")), after)
    assert np.array_equal(kept[0], Reader(model).state[0]) is False


def test_two_readers_of_one_model_keep_apart(tiny: Path) -> None:
    model = Model(tiny / "a.onnx")
    first, second = Reader(model), Reader(model)
    for character in "abc":
        one = first.read(codes(character)).copy()
    for character in "xyz":
        second.read(codes(character))
    again = Reader(model)
    for character in "abc":
        repeated = again.read(codes(character)).copy()
    assert np.array_equal(one, repeated)
    assert not np.array_equal(first.state[0], second.state[0])

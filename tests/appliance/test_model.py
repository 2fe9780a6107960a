from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import pytest
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from appliance.catalogue import BadModelError, Catalogue
from appliance.engine.model import SHOWN, Model
from appliance.engine.session import CPU, Provider, ProviderError
from tests.models import write_model

Load = Callable[[str], Model]


def codes(text: str) -> NDArray[np.int64]:
    return np.frombuffer(text.encode("ascii"), dtype=np.uint8).astype(np.int64)[None]


def test_every_shipped_model_loads_and_expects_something(shipped: Catalogue, load: Load) -> None:
    assert len(shipped.styles) == 24
    assert shipped.faults == ()
    for slug in shipped.styles:
        model = load(slug)
        expects, state = model.read(codes("In the beginning "), model.zero())
        assert expects.shape == (1, 128)
        assert expects.sum() == pytest.approx(1.0)
        assert not expects[0, ~SHOWN].any()
        assert all(part.shape[:2] == (1, 1) for part in state)


@pytest.mark.parametrize("slug", ["linux", "love_songs", "trump"])
def test_reading_at_once_and_one_by_one_is_the_same(slug: str, load: Load) -> None:
    model = load(slug)
    text = codes("And it came to pass that the static unsigned int was loved by all of them, ")
    at_once, _ = model.read(text, model.zero())
    state = model.zero()
    for i in range(text.shape[1]):
        expects, state = model.read(text[:, i : i + 1], state)
    # Quantisation looks at one call's values at a time: the same within 0.02 total variation.
    assert 0.5 * np.abs(at_once - expects).sum() < 0.02


def test_many_texts_at_once_are_read_like_one(load: Load) -> None:
    model = load("austen")
    both, _ = model.logits(np.concatenate([codes("abcd"), codes("efgh")]), model.zero(2))
    alone, _ = model.logits(codes("abcd"), model.zero(1))
    # Rows share one quantisation scale, so that they differ a little from a row alone.
    assert both[0] == pytest.approx(alone[0], abs=0.5)
    assert both[0].argmax() == alone[0].argmax()


def test_a_truncated_model_is_named(tmp_path: Path) -> None:
    path = write_model(tmp_path, "a")
    path.write_bytes(path.read_bytes()[:2000])
    with pytest.raises(BadModelError, match=r"a\.onnx does not load, copy it again"):
        Model(path)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_a_model_that_returns_no_numbers_is_named(tmp_path: Path, bad: float) -> None:
    bias = np.zeros(128, dtype=np.float32)
    bias[ord("e")] = bad
    path = write_model(tmp_path, "a", bias=bias)
    with pytest.raises(BadModelError, match=r"a\.onnx returns what are no numbers: copy it again"):
        Model(path)


def test_so_is_one_that_returns_a_state_of_none(tmp_path: Path) -> None:
    # Where weights have 8 bits, the logits do not show it.
    path = write_model(tmp_path, "a")
    model = onnx.load(path)
    [lstm] = [node for node in model.graph.node if node.op_type == "LSTM"]
    lstm.output[2] = "cells"
    model.graph.initializer.append(numpy_helper.from_array(np.array([np.nan], np.float32), "bad"))
    model.graph.node.append(helper.make_node("Add", ["cells", "bad"], ["c0_next"]))
    onnx.save(model, path)
    with pytest.raises(BadModelError, match="no numbers"):
        Model(path)


@pytest.mark.parametrize(
    ("inputs", "shape"), [(["x"], [1, 5]), (["tokens", "h0"], [1, 5]), (["tokens", "h0"], [])]
)
def test_a_model_of_another_shape_is_named(
    tmp_path: Path, inputs: list[str], shape: list[int]
) -> None:
    outputs = [f"{name}_out" for name in inputs]
    graph = helper.make_graph(
        [helper.make_node("Relu", [a], [b]) for a, b in zip(inputs, outputs, strict=True)],
        "other",
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name in inputs],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name in outputs],
    )
    path = tmp_path / "other.onnx"
    onnx.save(
        helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), path
    )
    with pytest.raises(BadModelError, match="of another shape"):
        Model(path)


class BrokenSession:
    """What onnxruntime's session does when the device is gone, or has lost its memory."""

    def __init__(self, answer: NDArray[np.float32] | None) -> None:
        self._answer = answer

    def run(self, _: None, feed: dict[str, NDArray[np.float32]]) -> list[NDArray[np.float32]]:
        if self._answer is None:
            raise RuntimeError("[ONNXRuntimeError] : 11 : EP_FAIL : the device is gone\nat 0x7f")
        return [self._answer, *list(feed.values())[1:]]


@pytest.mark.parametrize("answer", [None, np.full((1, 128), np.nan, dtype=np.float32)])
def test_the_cpu_takes_over_in_the_middle_of_a_text(
    tiny: Path, answer: NDArray[np.float32] | None, caplog: pytest.LogCaptureFixture
) -> None:
    model, whole = Model(tiny / "a.onnx"), Model(tiny / "a.onnx")
    _, state = model.read(codes("In the "), model.zero())
    model.session, model.provider = BrokenSession(answer), Provider("GoneExecutionProvider")
    found, state = model.read(codes("begin"), state)
    expected, _ = whole.read(codes("In the begin"), whole.zero())
    assert found == pytest.approx(expected, abs=1e-6)
    model.read(codes("n"), state)
    assert model.provider == CPU
    assert model.failure.startswith("it failed with a.onnx (")
    assert len(caplog.records) == 1  # the edge, once
    assert "GoneExecutionProvider" in caplog.text


def test_a_failure_of_the_cpu_is_the_callers(tiny: Path) -> None:
    model = Model(tiny / "a.onnx")
    model.session = BrokenSession(None)
    with pytest.raises(RuntimeError, match="the device is gone"):
        model.read(codes("a"), model.zero())


def test_a_provider_that_is_not_there_is_no_fault_of_the_file(tiny: Path) -> None:
    with pytest.raises(ProviderError):
        Model(tiny / "a.onnx", Provider("GoneExecutionProvider", "/gone.so"))

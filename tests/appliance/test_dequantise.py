from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import numpy_helper
from onnxruntime.quantization import quantize_dynamic  # type: ignore[import-untyped]  # no types

from appliance.catalogue import BadModelError, Catalogue
from appliance.engine.dequantise import dequantised, standard_form
from appliance.engine.model import Model
from appliance.engine.probe import reading
from appliance.engine.session import CPU_NAME, Provider
from tests.models import write_model

STANDARD = Provider(CPU_NAME, dequantised=True)


def quantised(tmp_path: Path, *, per_channel: bool) -> Path:
    path = tmp_path / f"int8-{per_channel}.onnx"
    quantize_dynamic(
        write_model(tmp_path, "a"),
        path,
        op_types_to_quantize=["LSTM", "MatMul"],
        per_channel=per_channel,
    )
    return path


def constants(model: onnx.ModelProto) -> dict[str, np.ndarray]:
    return {tensor.name: numpy_helper.to_array(tensor) for tensor in model.graph.initializer}


def test_a_number_is_its_distance_from_the_zero_point_in_steps_of_the_scale() -> None:
    values = np.array([[0, 128, 255]], dtype=np.uint8)
    back = dequantised(values, np.array([0.5], np.float32), np.array([128], np.uint8))
    assert back.tolist() == [[-64.0, 0.0, 63.5]]
    assert back.dtype == np.float32


@pytest.mark.parametrize("per_channel", [False, True])
def test_the_weights_are_what_they_were_but_for_half_a_step(
    tmp_path: Path, per_channel: bool
) -> None:
    path = quantised(tmp_path, per_channel=per_channel)
    before = constants(onnx.load(tmp_path / "a.onnx"))
    steps = constants(onnx.load(path))
    after = constants(onnx.load_from_string(standard_form(path)))
    for name in ("W", "R", "out"):
        scale = steps[f"{name}_scale"].max()
        restored, original = after[f"{name}_quantized_float"], before[name]
        assert restored.shape == original.shape
        assert np.abs(restored - original).max() <= 0.51 * scale
        assert np.abs(restored - original).max() > 0  # it was rounded: not simply the original


@pytest.mark.parametrize("slug", ["bible", "linux"])
def test_a_shipped_model_becomes_standard_operators(slug: str, shipped: Catalogue) -> None:
    path = shipped.styles[slug].path
    before, after = onnx.load(path), onnx.load_from_string(standard_form(path))
    onnx.checker.check_model(after, full_check=True)
    assert {node.domain for node in after.graph.node} == {""}
    operators = [node.op_type for node in after.graph.node]
    quantised = [node for node in before.graph.node if node.op_type == "DynamicQuantizeLSTM"]
    assert operators.count("LSTM") == len(quantised) == 2
    assert {*operators} == {"Gather", "Transpose", "LSTM", "Squeeze", "Pad", "MatMul", "Add"}
    assert list(after.graph.input) == list(before.graph.input)
    assert list(after.graph.output) == list(before.graph.output)
    assert list(after.metadata_props) == list(before.metadata_props)


@pytest.mark.parametrize("slug", ["bible", "linux"])
def test_a_shipped_model_expects_the_same_in_both_forms(slug: str, shipped: Catalogue) -> None:
    path = shipped.styles[slug].path
    int8, standard = reading(Model(path)), reading(Model(path, STANDARD))
    variation = 0.5 * np.abs(int8 - standard).sum(axis=1)
    # The weights are the same; the int8 kernels also round what flows between them.
    assert 0 < variation.mean() < 0.01
    assert variation.max() < 0.1


def test_a_float_model_keeps_its_weights(tmp_path: Path) -> None:
    path = write_model(tmp_path, "a")
    tokens = np.array([[72, 101, 108, 108, 111]], dtype=np.int64)
    model, standard = Model(path), Model(path, STANDARD)
    expected, _ = model.logits(tokens, model.zero())
    found, _ = standard.logits(tokens, standard.zero())
    assert found == pytest.approx(expected, abs=1e-6)


def test_weights_that_are_computed_are_an_error_that_names_them(tmp_path: Path) -> None:
    model = onnx.load(quantised(tmp_path, per_channel=False))
    (weights,) = [t for t in model.graph.initializer if t.name == "R_quantized"]
    model.graph.initializer.remove(weights)
    path = tmp_path / "odd.onnx"
    path.write_bytes(model.SerializeToString())
    with pytest.raises(BadModelError, match=r"odd\.onnx computes its 8-bit weight 'R_quantized'"):
        standard_form(path)


def test_a_damaged_file_is_an_error_that_names_it(tmp_path: Path) -> None:
    path = write_model(tmp_path, "a")
    path.write_bytes(path.read_bytes()[:2000])
    with pytest.raises(BadModelError, match=r"a\.onnx cannot be rewritten"):
        standard_form(path)

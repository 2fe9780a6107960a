"""The ONNX graph of a network, built node by node from its weights, and its int8 form.

    tokens (B, T) -> Transpose, Gather (T, B, E) -> LSTM, one a layer -> Y_h (1, B, H)
                  -> MatMul, Add -> logits (B, 128)

By hand and not by Keras' exporter, because that one silently fixes T for some layers.
"""

import contextlib
import logging
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import quantize_dynamic  # type: ignore[import-untyped]  # no types

from export.network import CHARACTERS, Shape

# Old enough for every onnxruntime from 1.20 on; the onnx package itself would write a newer one.
OPSET, IR_VERSION = 17, 8
Weights = Mapping[str, NDArray[np.float32]]


def onnx_gates(array: NDArray[np.float32]) -> NDArray[np.float32]:
    """Reorder an array's first axis from the gates i, f, c, o (Keras, torch) to i, o, f, c (ONNX).

    Shape (4H, ...), kept. ONNX operator LSTM: https://onnx.ai/onnx/operators/onnx__LSTM.html.
    """
    i, f, c, o = np.split(array, 4, axis=0)
    return np.concatenate([i, o, f, c], axis=0)


def float_model(shape: Shape, weights: Weights) -> onnx.ModelProto:
    """Build the float32 model from weights as `trainer.weights_of` gives them.

    Raises ValueError if a weight is missing or has another size than the shape asks for.
    """
    nodes = [
        helper.make_node("Transpose", ["tokens"], ["columns"], perm=[1, 0]),  # (T, B)
        helper.make_node("Gather", ["embedding", "columns"], ["x0"], name="embed"),  # (T, B, E)
    ]
    constants = {"embedding": _take(weights, "embed/embeddings", CHARACTERS, shape.embedding)}
    for i in range(shape.layers):
        nodes += _layer(i, shape)
        constants |= _layer_weights(i, shape, weights)
    nodes += [
        helper.make_node("Squeeze", [f"h{shape.layers - 1}_next", "first"], ["last"]),  # (B, H)
        helper.make_node("MatMul", ["last", "output_kernel"], ["unbiased"], name="output"),
        helper.make_node("Add", ["unbiased", "output_bias"], ["logits"]),  # (B, 128)
    ]
    constants["output_kernel"] = _take(weights, "logits/kernel", shape.hidden, CHARACTERS)
    constants["output_bias"] = _take(weights, "logits/bias", CHARACTERS)
    initializers = [numpy_helper.from_array(value, name) for name, value in constants.items()]
    initializers.append(numpy_helper.from_array(np.array([0], dtype=np.int64), "first"))
    if shape.layers > 1:
        initializers.append(numpy_helper.from_array(np.array([1], dtype=np.int64), "second"))
    graph = helper.make_graph(nodes, "style", _inputs(shape), _outputs(shape), initializers)
    model = helper.make_model(
        graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION
    )
    onnx.checker.check_model(model)
    return model


def int8_model(model: onnx.ModelProto) -> onnx.ModelProto:
    """Return the form with 8-bit weights: DynamicQuantizeLSTM, and an integer MatMul at the end.

    The LSTM has one scale a matrix, since its kernel loses more with a scale a row. The MatMul has
    one a character: a few characters have weights four times as large as the others', and if all
    are scaled by those, the MatMul alone loses more bits than the LSTM.
    """
    quantised = steady(model)
    with tempfile.TemporaryDirectory() as folder, _quiet():
        path = Path(folder, "int8.onnx")
        for operator, per_channel in (("LSTM", False), ("MatMul", True)):
            quantize_dynamic(
                quantised, path, op_types_to_quantize=[operator], per_channel=per_channel
            )
            quantised = onnx.load(path)
    del quantised.metadata_props[:]  # the quantiser's own notes
    quantised.ir_version = IR_VERSION
    return quantised


def steady(model: onnx.ModelProto) -> onnx.ModelProto:
    """Return the same function with LSTM inputs whose range never changes.

    The 8-bit LSTM takes the scale of its input from the whole call, so that eighty characters read
    at once would be rounded otherwise than one by one. Two inputs more, with weight zero, that
    always hold the largest magnitude and its negative keep the scale where it is.
    """
    fixed = onnx.ModelProto()
    fixed.CopyFrom(model)
    graph = fixed.graph
    constants = {tensor.name: tensor for tensor in graph.initializer}
    embedding = numpy_helper.to_array(constants["embedding"])
    largest = np.full((len(embedding), 1), np.abs(embedding).max(), dtype=np.float32)
    wider = np.concatenate([embedding, largest, -largest], axis=1)
    constants["embedding"].CopyFrom(numpy_helper.from_array(wider, "embedding"))
    lstms = [node for node in graph.node if node.op_type == "LSTM"]
    for lstm in lstms:
        kernel = numpy_helper.to_array(constants[lstm.input[1]])  # (1, 4H, reads)
        kernel = np.concatenate([kernel, np.zeros((*kernel.shape[:2], 2), np.float32)], axis=2)
        constants[lstm.input[1]].CopyFrom(numpy_helper.from_array(kernel, lstm.input[1]))
    for lstm in lstms[1:]:
        _pad_with_ones(graph, lstm)
    return fixed


def _pad_with_ones(graph: onnx.GraphProto, lstm: onnx.NodeProto) -> None:
    """Let a layer that reads another, whose outputs lie within ±1, read a 1 and a -1 as well."""
    if not any(tensor.name == "one_more" for tensor in graph.initializer):
        pads = np.array([0, 0, 0, 0, 0, 1], dtype=np.int64)  # none before, one after the last axis
        graph.initializer.append(numpy_helper.from_array(pads, "one_more"))
        for name, value in (("plus", 1.0), ("minus", -1.0)):
            one = np.array(value, dtype=np.float32)
            graph.initializer.append(numpy_helper.from_array(one, name))
    at = list(graph.node).index(lstm)
    read = lstm.input[0]
    first = helper.make_node("Pad", [read, "one_more", "plus"], [f"{read}_plus"])
    second = helper.make_node("Pad", [f"{read}_plus", "one_more", "minus"], [f"{read}_minus"])
    lstm.input[0] = f"{read}_minus"
    graph.node.insert(at, first)
    graph.node.insert(at + 1, second)


def describe(model: onnx.ModelProto, props: Mapping[str, str]) -> bytes:
    """Return a model's bytes with the metadata it carries; equal input gives equal bytes."""
    described = onnx.ModelProto()
    described.CopyFrom(model)
    helper.set_model_props(described, dict(props))
    described.producer_name, described.producer_version = "static-unsigned-love", ""
    return bytes(described.SerializeToString(deterministic=True))


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keep the quantiser from advising a preparation that this graph has no use for."""
    logging.disable(logging.WARNING)
    try:
        yield
    finally:
        logging.disable(logging.NOTSET)


def _layer(i: int, shape: Shape) -> list[onnx.NodeProto]:
    weights = [f"lstm{i}_input", f"lstm{i}_recurrent", f"lstm{i}_bias"]
    sequence = f"y{i}" if i + 1 < shape.layers else ""  # only a layer above reads every step
    lstm = helper.make_node(
        "LSTM",
        [f"x{i}", *weights, "", f"h{i}", f"c{i}"],
        [sequence, f"h{i}_next", f"c{i}_next"],
        name=f"lstm{i}",
        hidden_size=shape.hidden,
    )
    if not sequence:
        return [lstm]
    return [lstm, helper.make_node("Squeeze", [sequence, "second"], [f"x{i + 1}"])]  # (T, B, H)


def _layer_weights(i: int, shape: Shape, weights: Weights) -> dict[str, NDArray[np.float32]]:
    four, reads = 4 * shape.hidden, shape.hidden if i else shape.embedding
    name = f"lstm_{i}"
    bias = onnx_gates(_take(weights, f"{name}/bias", four))
    return {
        f"lstm{i}_input": onnx_gates(_take(weights, f"{name}/kernel", four, reads))[None],
        f"lstm{i}_recurrent": onnx_gates(
            _take(weights, f"{name}/recurrent_kernel", four, shape.hidden)
        )[None],
        # The operator adds a second bias, which Keras does not have.
        f"lstm{i}_bias": np.concatenate([bias, np.zeros_like(bias)])[None],
    }


def _inputs(shape: Shape) -> list[Any]:
    tokens = helper.make_tensor_value_info("tokens", TensorProto.INT64, ["B", "T"])
    return [tokens, *_states(shape, "")]


def _outputs(shape: Shape) -> list[Any]:
    logits = helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["B", CHARACTERS])
    return [logits, *_states(shape, "_next")]


def _states(shape: Shape, ending: str) -> Sequence[Any]:
    return [
        helper.make_tensor_value_info(
            f"{part}{i}{ending}", TensorProto.FLOAT, [1, "B", shape.hidden]
        )
        for i in range(shape.layers)
        for part in ("h", "c")
    ]


def _take(weights: Weights, name: str, *size: int) -> NDArray[np.float32]:
    for path, array in weights.items():
        if path == name or path.endswith(f"/{name}"):
            if array.shape != size:
                raise ValueError(f"the weight {path} has the size {array.shape}, not {size}")
            return np.ascontiguousarray(array, dtype=np.float32)
    raise ValueError(f"the weights have no {name}: were they written by the trainer?")

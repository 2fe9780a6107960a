"""Tiny model files, for tests that need a special shape; all others use the shipped models."""

from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

HIDDEN = 12


def write_model(
    folder: Path,
    slug: str,
    *,
    seed: int = 0,
    bias: NDArray[np.float32] | None = None,
    metadata: dict[str, str] | None = None,
) -> Path:
    """Write a random network with the contract's inputs and outputs; return its path.

    `bias` (128,) is added to the logits, so that a test can say what the network is fond of.
    """
    random = np.random.default_rng(seed)

    def weight(name: str, *shape: int) -> onnx.TensorProto:
        values = random.standard_normal(shape).astype(np.float32) * 0.4
        return numpy_helper.from_array(values, name)

    fond = np.zeros(128, dtype=np.float32) if bias is None else bias.astype(np.float32)
    initializers = [
        weight("embedding", 128, 8),
        weight("W", 1, 4 * HIDDEN, 8),
        weight("R", 1, 4 * HIDDEN, HIDDEN),
        weight("B", 1, 8 * HIDDEN),
        weight("out", HIDDEN, 128),
        numpy_helper.from_array(fond, "fond"),
        numpy_helper.from_array(np.array([0], dtype=np.int64), "axis"),
    ]
    nodes = [
        helper.make_node("Gather", ["embedding", "tokens"], ["embedded"]),
        helper.make_node("Transpose", ["embedded"], ["x"], perm=[1, 0, 2]),
        helper.make_node(
            "LSTM", ["x", "W", "R", "B", "", "h0", "c0"], ["", "h0_next", "c0_next"],
            hidden_size=HIDDEN,
        ),
        helper.make_node("Squeeze", ["h0_next", "axis"], ["last"]),
        helper.make_node("MatMul", ["last", "out"], ["raw"]),
        helper.make_node("Add", ["raw", "fond"], ["logits"]),
    ]  # fmt: skip
    state: list[str | int | None] = [1, "B", HIDDEN]
    graph = helper.make_graph(
        nodes,
        slug,
        [
            helper.make_tensor_value_info("tokens", TensorProto.INT64, ["B", "T"]),
            helper.make_tensor_value_info("h0", TensorProto.FLOAT, state),
            helper.make_tensor_value_info("c0", TensorProto.FLOAT, state),
        ],
        [
            helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["B", 128]),
            helper.make_tensor_value_info("h0_next", TensorProto.FLOAT, state),
            helper.make_tensor_value_info("c0_next", TensorProto.FLOAT, state),
        ],
        initializers,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    props = {"slug": slug, "title": slug.title(), "colour": "#a0b0c0", "advisory": ""}
    helper.set_model_props(model, props | (metadata or {}))
    path = folder / f"{slug}.onnx"
    onnx.save(model, path)
    return path

"""A model file with 8-bit weights as the graph of standard operators that every provider knows.

onnxruntime's 8-bit LSTM (com.microsoft DynamicQuantizeLSTM) is an operator of its own, which few
providers have. Its weights are turned back into float32, so that they stay what they were rounded
to, and the standard operators stand in their places: four times the bytes, in memory alone.
Operators: https://github.com/microsoft/onnxruntime/blob/main/docs/ContribOperators.md and
https://onnx.ai/onnx/operators/.
"""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import NodeProto, helper, numpy_helper

from appliance.catalogue import BadModelError

Floats32 = NDArray[np.float32]


def standard_form(path: Path) -> bytes:
    """Return a model file's bytes in standard operators; a float model keeps its weights.

    Raises BadModelError if the file cannot be read or its 8-bit weights are not constants.
    """
    try:
        model = onnx.load(path)
        _rewrite(model.graph)
    except KeyError as error:
        raise BadModelError(
            f"{path} computes its 8-bit weight {error.args[0]!r}, which should be a constant"
        ) from None
    except Exception as error:  # noqa: BLE001  # protobuf's exceptions have no common base
        raise BadModelError(f"{path} cannot be rewritten ({error})") from None
    return bytes(model.SerializeToString())


def dequantised(
    values: NDArray[np.generic], scale: Floats32, zero: NDArray[np.generic]
) -> Floats32:
    """Return (values - zero) * scale in float32; scale and zero point as broadcast to values.

    ONNX operator DequantizeLinear: https://onnx.ai/onnx/operators/onnx__DequantizeLinear.html.
    """
    return (values.astype(np.float32) - zero.astype(np.float32)) * scale.astype(np.float32)


def _rewrite(graph: onnx.GraphProto) -> None:
    constants = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
    nodes: list[NodeProto] = []
    made: dict[str, Floats32] = {}
    for node in graph.node:
        if node.op_type == "DynamicQuantizeLSTM":
            nodes.append(_lstm(node, constants, made))
        else:
            nodes.append(node)
    nodes = _tokens_last(_matmuls(nodes, constants, made))
    used = {name for node in nodes for name in node.input}
    kept = [tensor for tensor in graph.initializer if tensor.name in used]
    kept += [numpy_helper.from_array(values, name) for name, values in made.items()]
    del graph.node[:], graph.initializer[:]
    graph.node.extend(nodes)
    graph.initializer.extend(kept)


def _lstm(
    node: NodeProto, constants: Mapping[str, NDArray[np.generic]], made: dict[str, Floats32]
) -> NodeProto:
    """Return the LSTM of a DynamicQuantizeLSTM: weights (D, in, 4H) become (D, 4H, in)."""
    names = list(node.input) + [""] * (12 - len(node.input))
    for at, (scale, zero) in ((1, (8, 9)), (2, (10, 11))):
        values = constants[names[at]]
        across = (values.shape[0], 1, -1)  # one scale a direction, or one a column
        weights = dequantised(
            values,
            constants[names[scale]].astype(np.float32).reshape(across),
            constants[names[zero]].reshape(across),
        )
        names[at] += "_float"
        made[names[at]] = np.ascontiguousarray(weights.transpose(0, 2, 1))
    inputs = names[:8]
    while not inputs[-1]:
        inputs.pop()
    lstm = helper.make_node("LSTM", inputs, list(node.output), name=node.name)
    lstm.attribute.extend(node.attribute)
    return lstm


def _matmuls(
    nodes: list[NodeProto],
    constants: Mapping[str, NDArray[np.generic]],
    made: dict[str, Floats32],
) -> list[NodeProto]:
    """Return the nodes with a MatMul for each chain that the dynamic quantiser makes of one.

    The chain: DynamicQuantizeLinear, MatMulInteger, Cast, Mul by the product of both scales.
    """
    source = {name: node for node in nodes for name in node.output}
    readers: dict[str, list[NodeProto]] = {}
    for node in nodes:
        for name in node.input:
            readers.setdefault(name, []).append(node)
    replaced: dict[str, NodeProto] = {}  # by the output of the chain's last node
    gone: set[str] = set()  # outputs that nobody reads any more
    for node in nodes:
        if node.op_type != "MatMulInteger":
            continue
        quantise = source[node.input[0]]
        (cast,) = readers[node.output[0]]
        (scaled,) = readers[cast.output[0]]
        scales = source[next(name for name in scaled.input if name != cast.output[0])]
        scale = next(name for name in scales.input if name != quantise.output[1])
        weights = f"{node.input[1]}_float"
        made[weights] = dequantised(
            constants[node.input[1]],
            constants[scale].astype(np.float32),
            constants[node.input[3]] if len(node.input) > 3 else np.zeros(1, dtype=np.uint8),
        )
        replaced[scaled.output[0]] = helper.make_node(
            "MatMul", [quantise.input[0], weights], [scaled.output[0]], name=node.name
        )
        gone.update([*quantise.output, *scales.output, *node.output, *cast.output])
    return [
        replaced.get(node.output[0], node)
        for node in nodes
        if not gone.intersection(name for name in node.output if name)
    ]


def _tokens_last(nodes: list[NodeProto]) -> list[NodeProto]:
    """Return the nodes with Transpose, Gather of the tokens as Gather, Transpose of their vectors.

    The same numbers; but providers that turn tables of floats often turn none of whole numbers.
    """
    turned = {
        node.output[0]: node.input[0]
        for node in nodes
        if node.op_type == "Transpose" and node.input[0] == "tokens"
    }
    changed: list[NodeProto] = []
    for node in nodes:
        if node.op_type == "Transpose" and node.output[0] in turned:
            continue
        if node.op_type == "Gather" and node.input[1] in turned:
            vectors = f"{node.output[0]}_by_text"  # (B, T, E)
            changed += [
                helper.make_node(
                    "Gather", [node.input[0], turned[node.input[1]]], [vectors], name=node.name
                ),
                helper.make_node("Transpose", [vectors], list(node.output), perm=[1, 0, 2]),
            ]
        else:
            changed.append(node)
    return changed

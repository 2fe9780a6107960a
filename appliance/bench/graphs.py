"""Other forms of the models' graphs, built in memory to be timed: merged, and with fewer bits."""

from collections.abc import Sequence

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import NodeProto, TensorProto, helper, numpy_helper

OPSET = 18  # Split with a number of outputs
GROUP = 32  # weights that share a scale
Bytes = NDArray[np.uint8]
Floats32 = NDArray[np.float32]


def merged(models: Sequence[bytes]) -> bytes:
    """Return one graph of all models, which read the same tokens and keep their own states."""
    parts = [onnx.load_from_string(model) for model in models]
    nodes: list[NodeProto] = []
    inputs: dict[str, onnx.ValueInfoProto] = {}
    outputs: list[onnx.ValueInfoProto] = []
    constants: list[TensorProto] = []
    for i, part in enumerate(parts):
        graph = part.graph
        for node in graph.node:
            node.name = f"{i}_{len(nodes)}"
            node.input[:] = [_of(i, name) for name in node.input]
            node.output[:] = [_of(i, name) for name in node.output]
            nodes.append(node)
        for named in (*graph.initializer, *graph.input, *graph.output):
            named.name = _of(i, named.name)
        inputs.update((value.name, value) for value in graph.input)
        outputs += graph.output
        constants += graph.initializer
    whole = helper.make_graph(nodes, "merged", list(inputs.values()), outputs, constants)
    return bytes(
        helper.make_model(
            whole, opset_imports=parts[0].opset_import, ir_version=parts[0].ir_version
        ).SerializeToString()
    )


def few_bits(model: bytes, bits: int) -> bytes:
    """Return a float model for one token a call, with weights of 4 or 8 bits in groups of 32.

    Each LSTM becomes the nodes of its cell, and each product with a weight onnxruntime's operator
    MatMulNBits, computing in int8 (accuracy level 4).
    https://github.com/microsoft/onnxruntime/blob/main/docs/ContribOperators.md
    """
    form = onnx.load_from_string(model)
    graph = form.graph
    constants = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
    made: dict[str, NDArray[np.generic]] = {"flat": np.array([1, -1], dtype=np.int64)}
    nodes: list[NodeProto] = []
    for node in graph.node:
        if node.op_type == "LSTM":
            nodes += _cell(node, constants, made, bits)
        elif node.op_type == "MatMul" and node.input[1] in constants:
            weights = constants[node.input[1]].T
            nodes.append(_product(node.input[0], weights, node.output[0], made, bits))
        else:
            nodes.append(node)
    used = {name for node in nodes for name in node.input}
    kept = [tensor for tensor in graph.initializer if tensor.name in used]
    kept += [numpy_helper.from_array(values, name) for name, values in made.items()]
    graph = helper.make_graph(nodes, graph.name, list(graph.input), list(graph.output), kept)
    domains = [helper.make_opsetid("", OPSET), helper.make_opsetid("com.microsoft", 1)]
    built = helper.make_model(graph, opset_imports=domains, ir_version=form.ir_version)
    return bytes(built.SerializeToString())


def in_groups(weights: Floats32, bits: int) -> tuple[Bytes, Floats32]:
    """Round weights (N, K) to whole multiples of a scale a group of 32 along K.

    Returns the codes (N, G, 32 · bits / 8), two of 4 bits in a byte with the first one low, around
    a zero point of half the range, and the scales (N · G,); the last group is filled up with zeros.
    """
    n, k = weights.shape
    groups = -(-k // GROUP)
    padded = np.zeros((n, groups * GROUP), dtype=np.float32)
    padded[:, :k] = weights
    padded = padded.reshape(n, groups, GROUP)
    half = 2 ** (bits - 1)
    scales = np.abs(padded).max(axis=-1) / (half - 1)
    scales = np.where(scales == 0.0, 1.0, scales).astype(np.float32)
    codes = (np.rint(padded / scales[..., None]) + half).astype(np.uint8)
    if bits == 4:
        codes = codes[..., 0::2] | (codes[..., 1::2] << 4)
    return codes, scales.ravel()


def _cell(
    node: NodeProto,
    constants: dict[str, NDArray[np.generic]],
    made: dict[str, NDArray[np.generic]],
    bits: int,
) -> list[NodeProto]:
    """Return an LSTM of one step as nodes: gates i, o, f, c from input and state side by side."""
    x, w, r, b, _, h, c = node.input[:7]
    y, h_next, c_next = node.output[:3]
    weights = np.concatenate([constants[w][0], constants[r][0]], axis=1).astype(np.float32)
    of_input, of_state = np.split(constants[b][0].astype(np.float32), 2)
    made[f"{h}_bias"] = of_input + of_state
    made[f"{h}_shape"] = np.array([1, 1, -1], dtype=np.int64)

    def name(part: str) -> str:
        return f"{h}_{part}"

    i, o, f, g = (name(gate) for gate in "iofg")
    nodes = [
        helper.make_node("Reshape", [x, "flat"], [name("x")]),
        helper.make_node("Reshape", [h, "flat"], [name("before")]),
        helper.make_node("Concat", [name("x"), name("before")], [name("both")], axis=1),
        _product(name("both"), weights, name("product"), made, bits),
        helper.make_node("Add", [name("product"), name("bias")], [name("sum")]),
        helper.make_node("Reshape", [name("sum"), name("shape")], [name("gates")]),
        helper.make_node(
            "Split", [name("gates")], [f"{gate}_in" for gate in (i, o, f, g)], axis=2, num_outputs=4
        ),
        *(helper.make_node("Sigmoid", [f"{gate}_in"], [gate]) for gate in (i, o, f)),
        helper.make_node("Tanh", [f"{g}_in"], [g]),
        helper.make_node("Mul", [f, c], [name("kept")]),
        helper.make_node("Mul", [i, g], [name("new")]),
        helper.make_node("Add", [name("kept"), name("new")], [c_next]),
        helper.make_node("Tanh", [c_next], [name("cell")]),
        helper.make_node("Mul", [o, name("cell")], [h_next]),
    ]
    if y:
        made[name("sequence")] = np.array([1, 1, 1, -1], dtype=np.int64)
        nodes.append(helper.make_node("Reshape", [h_next, name("sequence")], [y]))
    return nodes


def _product(
    x: str, weights: NDArray[np.generic], y: str, made: dict[str, NDArray[np.generic]], bits: int
) -> NodeProto:
    """Return the node of x (1, K) times weights (N, K), transposed."""
    n, k = weights.shape
    codes, scales = in_groups(weights.astype(np.float32), bits)
    made[f"{y}_codes"], made[f"{y}_scales"] = codes, scales
    return helper.make_node(
        "MatMulNBits",
        [x, f"{y}_codes", f"{y}_scales"],
        [y],
        domain="com.microsoft",
        K=k,
        N=n,
        bits=bits,
        block_size=GROUP,
        accuracy_level=4,
    )


def _of(number: int, name: str) -> str:
    return name if name in ("", "tokens") else f"m{number}_{name}"

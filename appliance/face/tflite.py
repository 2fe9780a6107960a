"""A TensorFlow Lite file as an ONNX model, for the few operators that a face's models are made of.

Both are lists of operators on named tensors; what differs is the order of axes. TFLite has channels
last, (N, H, W, C), ONNX has them first, (N, C, H, W): every tensor of four axes is turned once at
the way in, weights are turned here, and a Reshape gets its tensor turned back. Weights of 16 bits
become float32, which holds them exactly.
Schema: https://github.com/tensorflow/tensorflow/blob/master/tensorflow/lite/schema/schema.fbs.
Operators of ONNX: https://onnx.ai/onnx/operators/.
"""

import struct
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import NodeProto, TensorProto, checker, helper, numpy_helper

from appliance.face.flatbuffer import Table

OPSET = 13
KINDS = {0: "<f4", 1: "<f2", 2: "<i4"}  # of tensors, by the schema's number
OPERATORS = {
    0: "ADD", 2: "CONCATENATION", 3: "CONV_2D", 4: "DEPTHWISE_CONV_2D", 6: "DEQUANTIZE",
    17: "MAX_POOL_2D", 19: "RELU", 22: "RESHAPE", 34: "PAD", 54: "PRELU",
}  # fmt: skip
FIRST = (0, 3, 1, 2)  # channels last to channels first
LAST = (0, 2, 3, 1)  # and back
RELU = 1  # the one activation within an operator that is known here, by the schema's number
PADDINGS = ("SAME_UPPER", "VALID")


class TfliteError(Exception):
    """A file that cannot be turned into ONNX; the message is a sentence without its full stop."""


def as_onnx(data: bytes) -> bytes:
    """Return the ONNX model, serialised, of a TFLite file's bytes.

    Inputs and outputs keep their names, shapes and order of axes. Raises TfliteError if the file
    is damaged or has an operator that is none of these few.
    """
    if data[4:8] != b"TFL3":
        raise TfliteError("it is no TensorFlow Lite file")
    try:
        return _Graph(Table.root(data)).model()
    except (struct.error, ValueError, IndexError, KeyError) as error:
        raise TfliteError(f"it is damaged or of another kind ({error})") from None
    except checker.ValidationError as error:
        raise TfliteError(f"what it means is no ONNX model ({error})") from None


@dataclass(slots=True)
class _Tensor:
    name: str  # its number: titles need not be unique
    title: str
    shape: tuple[int, ...]  # as in TFLite
    constant: NDArray[Any] | None  # as in TFLite


@dataclass(slots=True)
class _Graph:
    root: Table
    tensors: list[_Tensor] = field(init=False)
    nodes: list[NodeProto] = field(default_factory=list)
    weights: dict[str, NDArray[np.generic]] = field(default_factory=dict)

    def model(self) -> bytes:
        (graph,) = self.root.tables(2)
        buffers = [table.numbers(0, "u1") for table in self.root.tables(4)]
        self.tensors = [_tensor(table, n, buffers) for n, table in enumerate(graph.tables(0))]
        codes = [max(t.number(0, "b"), t.number(3, "i")) for t in self.root.tables(1)]
        inputs, outputs = self._ends(graph, 1), self._ends(graph, 2)
        for tensor in inputs:
            self._node("Transpose", [tensor.title], tensor.name, perm=FIRST)
        for operator in graph.tables(3):
            self._operator(operator, codes[operator.number(0, "I")])
        for tensor in outputs:
            turn = LAST if len(tensor.shape) == 4 else tuple(range(len(tensor.shape)))
            self._node("Transpose", [tensor.name], tensor.title, perm=turn)
        made = helper.make_model(
            helper.make_graph(
                self.nodes,
                "tflite",
                [_info(tensor) for tensor in inputs],
                [_info(tensor) for tensor in outputs],
                [numpy_helper.from_array(values, name) for name, values in self.weights.items()],
            ),
            opset_imports=[helper.make_opsetid("", OPSET)],
            ir_version=8,
        )
        checker.check_model(made)
        return bytes(made.SerializeToString())

    def _ends(self, graph: Table, number: int) -> list[_Tensor]:
        return [self.tensors[int(i)] for i in graph.numbers(number, "<i4")]

    def _operator(self, operator: Table, code: int) -> None:
        kind = OPERATORS.get(code)
        if kind is None:
            raise ValueError(f"the operator of number {code} is unknown here")
        taken = [self.tensors[int(i)] for i in operator.numbers(1, "<i4")]
        (made,) = [self.tensors[int(i)] for i in operator.numbers(2, "<i4")]
        match kind:
            case "DEQUANTIZE":  # a constant that was kept in 16 bits
                values = taken[0].constant
                if values is None:
                    raise ValueError("only constants can be dequantised")
                made.constant = values.astype(np.float32)
            case "CONV_2D" | "DEPTHWISE_CONV_2D":
                self._convolve(operator.table(4), taken, made, alone=kind != "CONV_2D")
            case "MAX_POOL_2D":
                options = operator.table(4)
                self._node(
                    "MaxPool", [taken[0].name], made.name,
                    kernel_shape=[options.number(4, "i"), options.number(3, "i")],
                    **_sliding(options),
                )  # fmt: skip
                _plain(options, 5)
            case "PAD":
                pads = _known(taken[1])[list(FIRST)]  # (4, 2), before and after
                name = self._keep(f"{made.name}:pads", pads.T.reshape(-1).astype(np.int64))
                self._node("Pad", [taken[0].name, name], made.name)
            case "PRELU":
                slopes = _known(taken[1]).astype(np.float32)  # (1, 1, C)
                name = self._keep(f"{made.name}:slopes", slopes.reshape(-1, 1, 1))
                self._node("PRelu", [taken[0].name, name], made.name)
            case "RELU":
                self._node("Relu", [taken[0].name], made.name)
            case "ADD":
                self._activated(
                    operator.table(4), 0, "Add", [tensor.name for tensor in taken], made
                )
            case "CONCATENATION":
                options = operator.table(4)
                axis = options.number(0, "i") % len(made.shape)
                axis = FIRST.index(axis) if len(made.shape) == 4 else axis
                self._node("Concat", [tensor.name for tensor in taken], made.name, axis=axis)
                _plain(options, 1)
            case "RESHAPE":
                if len(made.shape) == 4 or len(taken[0].shape) != 4:
                    raise ValueError("a Reshape to four axes is unknown here")
                self._node("Transpose", [taken[0].name], f"{made.name}:last", perm=LAST)
                shape = self._keep(f"{made.name}:shape", np.array(made.shape, dtype=np.int64))
                self._node("Reshape", [f"{made.name}:last", shape], made.name)

    def _convolve(
        self, options: Table, taken: list[_Tensor], made: _Tensor, *, alone: bool
    ) -> None:
        """Add a convolution: weights (O, H, W, I), or where channels stay alone (1, H, W, O)."""
        weights = _known(taken[1]).astype(np.float32)
        turned = weights.transpose((3, 0, 1, 2) if alone else FIRST)
        names = [taken[0].name, self._keep(f"{made.name}:weights", np.ascontiguousarray(turned))]
        if len(taken) > 2:
            bias = _known(taken[2]).astype(np.float32)
            names.append(self._keep(f"{made.name}:bias", bias))
        dilations = (6, 5) if alone else (5, 4)
        self._activated(
            options, 4 if alone else 3, "Conv", names, made,
            group=taken[0].shape[3] if alone else 1,
            dilations=[options.number(each, "i", 1) for each in dilations],
            **_sliding(options),
        )  # fmt: skip

    def _activated(
        self, options: Table, field: int, kind: str, names: list[str], made: _Tensor, **how: Any
    ) -> None:
        """Add an operator that may have an activation of its own, written in a field."""
        activation = options.number(field, "b")
        if activation not in {0, RELU}:
            raise ValueError(f"the activation of number {activation} is unknown here")
        between = f"{made.name}:before" if activation else made.name
        self._node(kind, names, between, **how)
        if activation:
            self._node("Relu", [between], made.name)

    def _keep(self, name: str, values: NDArray[np.generic]) -> str:
        self.weights[name] = values
        return name

    def _node(self, kind: str, taken: list[str], made: str, **how: Any) -> None:
        self.nodes.append(helper.make_node(kind, taken, [made], **how))


def _tensor(table: Table, number: int, buffers: list[NDArray[np.generic]]) -> _Tensor:
    shape = tuple(int(n) for n in table.numbers(0, "<i4"))
    raw = buffers[table.number(2, "I")]
    kind = KINDS[table.number(1, "b")]
    constant = np.frombuffer(raw.tobytes(), kind).reshape(shape) if raw.size else None
    return _Tensor(f"{number}", table.numbers(3, "u1").tobytes().decode(), shape, constant)


def _info(tensor: _Tensor) -> Any:
    return helper.make_tensor_value_info(tensor.title, TensorProto.FLOAT, tensor.shape)


def _known(tensor: _Tensor) -> NDArray[Any]:
    if tensor.constant is None:
        raise ValueError("weights should be constants")
    return tensor.constant


def _sliding(options: Table) -> dict[str, Any]:
    """Return padding and strides of a window, which lie at the same fields for all that slide."""
    return {
        "auto_pad": PADDINGS[options.number(0, "b")],
        "strides": [options.number(2, "i"), options.number(1, "i")],
    }


def _plain(options: Table, field: int) -> None:
    if options.number(field, "b"):
        raise ValueError("an activation is unknown at this operator")

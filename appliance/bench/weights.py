"""How many bytes of a model's weights one character needs."""

from pathlib import Path

import onnx


def bytes_a_character(model: onnx.ModelProto) -> int:
    """Return the bytes of all constants that a graph reads for one character.

    Of a table from which a row is gathered, the embedding, that is one row; of everything else all
    of it: the input matrix meets a dense vector, so it is read as wholly as the recurrent one.
    """
    sizes = {tensor.name: _bytes(tensor) for tensor in model.graph.initializer}
    rows = {tensor.name: tensor.dims[0] for tensor in model.graph.initializer if tensor.dims}
    read: dict[str, int] = {}
    for node in model.graph.node:
        for place, name in enumerate(node.input):
            if name in sizes:
                table = node.op_type == "Gather" and place == 0
                read[name] = sizes[name] // rows[name] if table else sizes[name]
    return sum(read.values())


def bytes_of_file(path: Path) -> int:
    """Return the bytes that a model file's graph reads for one character."""
    return bytes_a_character(onnx.load(path))


def _bytes(tensor: onnx.TensorProto) -> int:
    return int(onnx.numpy_helper.to_array(tensor).nbytes)

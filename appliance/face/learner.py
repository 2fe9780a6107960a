"""Learning the mixture from poses: a small multi-layer perceptron, and how good it is.

scikit-learn learns it; what it has learned becomes an ONNX file. Called as a program, with the
folder of the poses, it does that apart from the picture and prints what came of it as JSON.
"""

import contextlib
import json
import logging
import os
import sys
import warnings
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import TensorProto, checker, helper, numpy_helper

from appliance.face.poses import LEARNED, LEAST, Pose, kept, stamps
from appliance.face.quality import Quality
from appliance.face.shape import aligned, mean_face
from appliance.files import replace_file

Floats = NDArray[np.float32]
HIDDEN = 16  # units
DECAY = 1.0  # of the weights (L2): a few seconds of one face are easily learned by heart
TURNS = 4  # in which each look is learned besides, a little turned and shifted
WAVER = 0.05  # radians, and parts of a head's size, of these (their standard deviation)
PARTS = 3  # into which each pose is cut for the cross-validation
SEED = 2016


class LearnError(Exception):
    """Poses that cannot be learned; the message is one sentence without its full stop."""


def learn(poses: Sequence[Pose]) -> tuple[bytes, Quality]:
    """Return the mixture as ONNX, and how good it is.

    LearnError if there are too few styles, or scikit-learn is missing.
    """
    styles = tuple(sorted({pose.style for pose in poses}))
    if len(styles) < LEAST:
        more = LEAST - len(styles)
        raise LearnError(f"{more} more {'style' if more == 1 else 'styles'}, and faces play")
    mean = mean_face(np.concatenate([pose.points for pose in poses]))
    faces = np.concatenate([[aligned(face, mean) for face in pose.points] for pose in poses])
    taught = np.concatenate([np.full(len(pose.points), styles.index(pose.style)) for pose in poses])
    # Frames that follow each other are nearly the same: whole parts of a pose are held back.
    part = np.concatenate(
        [np.arange(len(pose.points)) * PARTS // len(pose.points) for pose in poses]
    )
    said = np.full(len(taught), -1)
    for held in range(PARTS):
        kept_back = part == held
        net = _fit(faces[~kept_back], taught[~kept_back])
        said[kept_back] = net.says(faces[kept_back])
    net = _fit(faces, taught)
    right = float((said == taught).mean())
    return as_model(net, mean, styles), Quality(
        styles, len(taught), right, _alike(said, taught, styles)
    )


def relearn(folder: Path) -> Quality:
    """Learn the poses of a folder anew and keep the mixture beside them.

    What is erased or taught meanwhile counts: it is learned again then. LearnError if they are too
    few, and what was learned before is erased; OSError if the disk refuses.
    """
    while True:
        known = stamps(folder)
        try:
            model, quality = learn(kept(folder))
        except LearnError:
            (folder / LEARNED).unlink(missing_ok=True)
            raise
        replace_file(folder / LEARNED, model, private=True)
        if stamps(folder) == known:
            return quality


@dataclass(frozen=True, slots=True)
class Net:
    """What was learned of x and y of all points, centred and scaled: tanh between the layers."""

    middle: Floats  # (D,)
    scale: float
    layers: list[tuple[Floats, Floats]]  # weights (in, out) and biases (out,)

    def says(self, faces: Floats) -> NDArray[np.intp]:
        """Return the likeliest style, (F,), of faces (F, 468, 3)."""
        x = (faces[:, :, :2].reshape(len(faces), -1) - self.middle) * self.scale
        for weights, bias in self.layers[:-1]:
            x = np.tanh(x @ weights + bias)
        likeliest: NDArray[np.intp] = (x @ self.layers[-1][0] + self.layers[-1][1]).argmax(axis=1)
        return likeliest


def _fit(faces: Floats, taught: NDArray[Any]) -> Net:
    try:
        from sklearn.exceptions import ConvergenceWarning  # type: ignore[import-untyped,unused-ignore]  # noqa: PLC0415  # heavy, not everywhere, without types
        from sklearn.neural_network import MLPClassifier  # type: ignore[import-untyped,unused-ignore]  # noqa: PLC0415  # as above
        from threadpoolctl import threadpool_limits  # type: ignore[import-untyped,unused-ignore]  # noqa: PLC0415  # as above; scikit-learn stands on it
    except ImportError as error:
        raise LearnError(
            f"learning faces needs scikit-learn ({error}): docs/face.md says how to install it"
        ) from None
    # A head never lies quite as it lay: what comes of that is learned to mean nothing.
    random = np.random.default_rng(SEED)
    faces = np.concatenate([faces, *(wavering(faces, random) for _ in range(TURNS))])
    taught = np.tile(taught, TURNS + 1)
    # Depth is what the landmarks tell worst: across and down are enough.
    flat = faces[:, :, :2].reshape(len(faces), -1).astype(np.float64)
    middle = flat.mean(axis=0)
    # One scale for all: a point that hardly moves is not blown up until it does.
    scale = 1.0 / max(float(np.sqrt(((flat - middle) ** 2).mean())), 1e-9)
    net = MLPClassifier(
        (HIDDEN,), activation="tanh", solver="lbfgs", alpha=DECAY, max_iter=200, random_state=SEED
    )
    with warnings.catch_warnings(), threadpool_limits(1):  # the writers need the other cores
        warnings.simplefilter("ignore", ConvergenceWarning)  # near enough is good enough
        net.fit((flat - middle) * scale, taught)
    layers = [
        (w.astype(np.float32), b.astype(np.float32))
        for w, b in zip(net.coefs_, net.intercepts_, strict=True)
    ]
    return Net(middle.astype(np.float32), scale, layers)


def wavering(faces: Floats, random: np.random.Generator) -> Floats:
    """Return faces (F, 468, 3) each a little turned, shifted, larger or smaller."""
    count = len(faces)
    nod, shake, tilt = random.normal(0.0, WAVER, (3, count))
    # For angles so small, a rotation is the identity and a cross product.
    still = np.zeros(count)
    turn = np.array([[still, -tilt, shake], [tilt, still, -nod], [-shake, nod, still]])
    turn = np.eye(3) + turn.transpose(2, 0, 1)
    size = 1.0 + random.normal(0.0, WAVER / 2, (count, 1, 1))
    place = random.normal(0.0, WAVER / 5, (count, 1, 3))
    moved: Floats = (faces @ turn.transpose(0, 2, 1) * size + place).astype(np.float32)
    return moved


def as_model(net: Net, mean: Floats, styles: Sequence[str]) -> bytes:
    """Return the ONNX model of mixture.py."""
    constants: dict[str, NDArray[Any]] = {
        "from": np.array([0], dtype=np.int64),
        "to": np.array([2], dtype=np.int64),
        "axis": np.array([2], dtype=np.int64),
        "row": np.array([-1, len(net.middle)], dtype=np.int64),
        "middle": net.middle,
        "scale": np.array(net.scale, dtype=np.float32),
        "mean_face": mean,
    }
    nodes = [
        helper.make_node("Identity", ["mean_face"], ["mean"]),
        helper.make_node("Slice", ["face", "from", "to", "axis"], ["across_and_down"]),
        helper.make_node("Reshape", ["across_and_down", "row"], ["flat"]),
        helper.make_node("Sub", ["flat", "middle"], ["centred"]),
        helper.make_node("Mul", ["centred", "scale"], ["layer0"]),
    ]
    for number, (weights, bias) in enumerate(net.layers):
        constants |= {f"weights{number}": weights, f"bias{number}": bias}
        last = number == len(net.layers) - 1
        nodes += [
            helper.make_node(
                "Gemm", [f"layer{number}", f"weights{number}", f"bias{number}"], [f"sum{number}"]
            ),
            helper.make_node(
                "Softmax" if last else "Tanh",
                [f"sum{number}"],
                ["weights" if last else f"layer{number + 1}"],
            ),
        ]
    face = helper.make_tensor_value_info("face", TensorProto.FLOAT, ["faces", 468, 3])
    ends = [
        helper.make_tensor_value_info("weights", TensorProto.FLOAT, ["faces", len(styles)]),
        helper.make_tensor_value_info("mean", TensorProto.FLOAT, [468, 3]),
    ]
    kept_in = [numpy_helper.from_array(values, name) for name, values in constants.items()]
    graph = helper.make_graph(nodes, "face", [face], ends, kept_in)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    helper.set_model_props(model, {"styles": " ".join(styles)})
    checker.check_model(model)
    return bytes(model.SerializeToString())


def _alike(
    said: NDArray[Any], taught: NDArray[Any], styles: Sequence[str]
) -> tuple[str, str] | None:
    wrong = np.zeros((len(styles), len(styles)))
    np.add.at(wrong, (taught, said), 1.0)
    np.fill_diagonal(wrong, 0.0)
    wrong += wrong.T
    if not wrong.any():
        return None
    one, other = sorted(divmod(int(wrong.argmax()), len(styles)))
    return styles[one], styles[other]


def main(arguments: Sequence[str]) -> int:
    """Learn the poses of the folder that is named, and print what came of it."""
    logging.disable()  # standard output is read by a program, and nobody reads the other
    with contextlib.suppress(OSError):  # a service may forbid even that
        os.nice(10)
    try:
        print(json.dumps({"quality": asdict(relearn(Path(arguments[0])))}))
    except (LearnError, OSError) as error:
        print(json.dumps({"fault": str(error)}))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""What a face's models say, and what is made of it, by hand and without the models."""

import struct
from pathlib import Path
from typing import Any

import flatbuffers  # type: ignore[import-untyped]  # ships no types
import numpy as np
import onnxruntime as ort  # type: ignore[import-untyped]  # ships no types
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from appliance.face import models
from appliance.face.finder import (
    Found,
    Square,
    along,
    anchors,
    apart,
    around,
    decode,
    nearest,
    overlap,
    view,
)
from appliance.face.shape import STEADY, aligned, mean_face, unit
from appliance.face.tflite import TfliteError, as_onnx
from tests.conftest import appliance

RANDOM = np.random.default_rng(7)
HEAD = RANDOM.normal(0.0, 1.0, (468, 3)).astype(np.float32)


# --- the head's normalisation -----------------------------------------------------------------


def turned(angles: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return a rotation of a head: nodding, shaking, tilting."""
    found = np.eye(3)
    for axis, angle in enumerate(angles):
        one = np.eye(3)
        i, j = [(1, 2), (0, 2), (0, 1)][axis]
        one[[i, j], [i, j]] = np.cos(angle)
        one[i, j], one[j, i] = -np.sin(angle), np.sin(angle)
        found = found @ one
    return found


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=30, deadline=None)
def test_where_a_head_is_and_how_it_is_turned_changes_nothing(seed: int) -> None:
    random = np.random.default_rng(seed)
    mean = unit(HEAD)
    moved = HEAD * random.uniform(0.2, 300.0) @ turned(random.uniform(-1.0, 1.0, 3)).T
    moved += random.uniform(-500.0, 500.0, 3)
    np.testing.assert_allclose(aligned(moved.astype("f4"), mean), mean, atol=2e-3)


def test_a_grimace_stays_when_the_head_is_brought_back() -> None:
    loose = np.setdiff1d(np.arange(468), STEADY)
    grimace = unit(HEAD)
    grimace[loose[:20]] += [0.0, 0.3, 0.0]
    moved = (grimace @ turned(np.array([0.2, -0.3, 0.4])).T * 50.0 + 100.0).astype(np.float32)
    laid = aligned(moved, unit(HEAD))
    np.testing.assert_allclose(laid - unit(HEAD), grimace - unit(HEAD), atol=1e-4)


def test_a_mirrored_head_is_not_turned_inside_out() -> None:
    laid = aligned((HEAD * [-1.0, 1.0, 1.0]).astype("f4"), unit(HEAD))
    assert not np.allclose(laid, unit(HEAD), atol=0.1)


def test_the_mean_face_lies_in_the_middle_and_has_one_size() -> None:
    faces = np.stack([HEAD * size + place for size, place in ((3.0, 5.0), (1.0, -2.0))])
    mean = mean_face(faces)
    np.testing.assert_allclose(mean[STEADY].mean(axis=0), 0.0, atol=1e-5)
    np.testing.assert_allclose(np.linalg.norm(mean[STEADY], axis=1).mean(), 1.0, atol=1e-5)
    np.testing.assert_allclose(mean, unit(HEAD), atol=1e-4)


# --- the detector -----------------------------------------------------------------------------


def test_the_anchors_are_those_of_two_grids() -> None:
    found = anchors()
    assert found.shape == (896, 2)
    assert found[0].tolist() == found[1].tolist() == [4.0, 4.0]
    assert found[2].tolist() == [12.0, 4.0]
    assert found[511].tolist() == [124.0, 124.0]
    assert found[512].tolist() == found[517].tolist() == [8.0, 8.0]
    assert found[-1].tolist() == [120.0, 120.0]


def test_what_the_detector_says_becomes_faces() -> None:
    boxes, odds = np.zeros((896, 16), dtype="f4"), np.full(896, -5.0, dtype="f4")
    for anchor, odd in ((0, 3.0), (1, 2.0), (600, 1.0), (700, -0.1)):
        boxes[anchor, 2:4] = 30.0, 40.0
        boxes[anchor, 4:8] = -5.0, -2.0, 5.0, -2.0
        odds[anchor] = odd
    first, second = decode(boxes, odds, anchors(), 2.0, (10.0, -20.0))
    assert first.centre == (18.0, -12.0)  # of two that agree, one
    assert first.size == 80.0
    assert first.eyes == ((8.0, -16.0), (28.0, -16.0))
    assert first.score == pytest.approx(1 / (1 + np.exp(-3.0)))
    assert second.score < first.score
    assert decode(boxes, (odds - 9.0).astype("f4"), anchors(), 2.0, (0.0, 0.0)) == []


def test_how_far_boxes_overlap() -> None:
    box = np.array([0.0, 0.0, 2.0, 2.0])
    others = np.array([[0.0, 0.0, 2.0, 2.0], [1.0, 0.0, 2.0, 2.0], [5.0, 0.0, 2.0, 2.0]])
    assert overlap(box, others).tolist() == pytest.approx([1.0, 1 / 3, 0.0])


def face(x: float, size: float) -> Found:
    return Found((x, 100.0), size, ((x - 10, 90.0), (x + 10, 90.0)), 0.9)


def test_the_nearest_face_plays_and_keeps_its_turn() -> None:
    small, large = face(100.0, 50.0), face(300.0, 60.0)
    assert nearest([], None) is None
    assert nearest([small, large], None) is large
    assert nearest([small, large], around(small)) is small  # not clearly larger
    assert nearest([small, face(300.0, 80.0)], around(small)) == face(300.0, 80.0)
    assert nearest([large], around(small)) is large  # the other has gone


def test_a_tilted_face_is_shown_upright() -> None:
    tilted = Found((50.0, 60.0), 40.0, ((40.0, 50.0), (60.0, 70.0)), 0.9)
    square = around(tilted)
    assert square.angle == pytest.approx(np.pi / 4)
    assert square.side == 60.0
    matrix = square.matrix(192)
    np.testing.assert_allclose(matrix @ [95.5, 95.5, 1.0], [49.5, 59.5])
    right = matrix[:, 0] / np.linalg.norm(matrix[:, 0])
    np.testing.assert_allclose(right, [np.sqrt(0.5), np.sqrt(0.5)])


def test_landmarks_say_where_to_look_next() -> None:
    points = np.zeros((468, 3), dtype=np.float32)
    points[:, :2] = RANDOM.uniform(-40.0, 40.0, (468, 2))
    points[0, :2], points[1, :2] = (-40.0, -40.0), (40.0, 40.0)
    points[33, :2], points[263, :2] = (-20.0, 0.0), (20.0, 0.0)
    square = along(points)
    assert square.angle == pytest.approx(0.0)
    assert square.side == pytest.approx(120.0)
    turn = np.array([[0.8, -0.6], [0.6, 0.8]])
    points[:, :2] = points[:, :2] @ turn.T + [7.0, 9.0]
    again = along(points)
    assert again.angle == pytest.approx(np.arctan2(0.6, 0.8))
    assert again.side == pytest.approx(120.0, rel=1e-4)
    assert again.centre == pytest.approx((7.0, 9.0), abs=1e-3)
    assert apart(square, again, (0.05, 0.1, 1.1))
    assert not apart(again, again, (0.05, 0.1, 1.1))


def test_a_view_shows_the_picture_and_black_beyond() -> None:
    picture = RANDOM.integers(0, 256, (20, 30, 3)).astype(np.uint8)
    same = view(picture, Square((15.0, 10.0), 20.0, 0.0), 20)
    np.testing.assert_allclose(same, picture[:, 5:25], atol=1e-3)
    beyond = view(picture, Square((-50.0, 10.0), 20.0, 0.0), 20)
    assert not beyond.any()
    quarter = view(picture, Square((15.0, 10.0), 20.0, np.pi / 2), 20)
    np.testing.assert_allclose(quarter, np.rot90(picture[:, 5:25]), atol=1e-2)


def test_a_view_that_shrinks_averages() -> None:
    board = (np.indices((40, 40)).sum(axis=0) % 2 * 255).astype(np.uint8)
    picture = np.repeat(board[:, :, None], 3, axis=2)
    small = view(picture, Square((20.0, 20.0), 40.0, 0.0), 10)
    np.testing.assert_allclose(small[1:-1, 1:-1], 127.5, atol=0.5)


# --- TensorFlow Lite --------------------------------------------------------------------------


class Tflite:
    """A TFLite file of one chain of operators, written with Google's own flatbuffers."""

    def __init__(self) -> None:
        self.builder = flatbuffers.Builder(1024)
        self.buffers = [b""]
        self.tensors: list[tuple[tuple[int, ...], int, int, str]] = []
        self.operators: list[tuple[int, list[int], list[int], dict[int, tuple[str, int]]]] = []

    def tensor(self, name: str, shape: tuple[int, ...], values: Any = None, kind: int = 0) -> int:
        if values is not None:
            self.buffers.append(values.tobytes())
        at = len(self.buffers) - 1 if values is not None else 0
        self.tensors.append((shape, kind, at, name))
        return len(self.tensors) - 1

    def operator(
        self, code: int, inputs: list[int], output: int, **options: tuple[str, int]
    ) -> None:
        fields = {int(field[1:]): value for field, value in options.items()}
        self.operators.append((code, inputs, [output], fields))

    def written(self, inputs: list[int], outputs: list[int]) -> bytes:
        b = self.builder
        buffers = [self._table({0: self._bytes(data)} if data else {}) for data in self.buffers]
        tensors = []
        for shape, kind, at, name in self.tensors:
            fields = {0: self._ints(shape), 3: self._bytes(name.encode())}
            tensors.append(self._table(fields, {1: ("Int8", kind), 2: ("Uint32", at)}))
        codes = sorted({code for code, *_ in self.operators})
        operators = []
        for code, taken, made, options in self.operators:
            fields = {1: self._ints(taken), 2: self._ints(made), 4: self._table({}, options)}
            operators.append(self._table(fields, {0: ("Uint32", codes.index(code))}))
        graph = self._table(
            {
                0: self._vector(tensors),
                1: self._ints(inputs),
                2: self._ints(outputs),
                3: self._vector(operators),
            }
        )
        known = self._vector([self._table({}, {0: ("Int8", code)}) for code in codes])
        root = self._table({1: known, 2: self._vector([graph]), 4: self._vector(buffers)})
        b.Finish(root, file_identifier=b"TFL3")
        return bytes(b.Output())

    def _table(
        self, ways: dict[int, int], numbers: dict[int, tuple[str, int]] | None = None
    ) -> int:
        self.builder.StartObject(8)
        for field, way in ways.items():
            self.builder.PrependUOffsetTRelativeSlot(field, way, 0)
        for field, (kind, number) in (numbers or {}).items():
            getattr(self.builder, f"Prepend{kind}Slot")(field, number, 0)
        return int(self.builder.EndObject())

    def _bytes(self, data: bytes) -> int:
        return int(self.builder.CreateByteVector(data))

    def _ints(self, numbers: Any) -> int:
        return int(self.builder.CreateNumpyVector(np.array(numbers, dtype=np.int32)))

    def _vector(self, ways: list[int]) -> int:
        self.builder.StartVector(4, len(ways), 4)
        for way in reversed(ways):
            self.builder.PrependUOffsetTRelative(way)
        return int(self.builder.EndVector())


WEIGHTS = RANDOM.normal(size=(3, 2, 2, 2)).astype(np.float16)
BIAS = np.array([0.1, -0.2, 0.3], dtype=np.float32)


def convolution(activation: int = 1, code: int = 3) -> bytes:
    """Return a file: 16-bit weights, a convolution over 4x4x2 with a stride of 2, a reshape."""
    tflite = Tflite()
    picture = tflite.tensor("picture", (1, 4, 4, 2))
    half = tflite.tensor("half", WEIGHTS.shape, WEIGHTS, kind=1)
    weights = tflite.tensor("weights", WEIGHTS.shape)
    bias = tflite.tensor("bias", (3,), BIAS)
    mapped = tflite.tensor("mapped", (1, 2, 2, 3))
    flat = tflite.tensor("flat", (1, 12))
    tflite.operator(6, [half], weights)
    tflite.operator(
        code, [picture, weights, bias], mapped, f1=("Int32", 2), f2=("Int32", 2),
        f3=("Int8", activation),
    )  # fmt: skip
    tflite.operator(22, [mapped], flat)
    return tflite.written([picture], [flat])


def test_a_convolution_means_in_onnx_what_it_means_in_tflite() -> None:
    session = ort.InferenceSession(as_onnx(convolution()), providers=["CPUExecutionProvider"])
    picture = RANDOM.normal(size=(1, 4, 4, 2)).astype(np.float32)
    (found,) = session.run(["flat"], {"picture": picture})
    wanted = np.zeros((2, 2, 3))
    for y in range(2):
        for x in range(2):
            patch = picture[0, 2 * y : 2 * y + 2, 2 * x : 2 * x + 2]
            wanted[y, x] = (patch * WEIGHTS.astype("f4")).sum(axis=(1, 2, 3)) + BIAS
    np.testing.assert_allclose(found, np.maximum(wanted, 0.0).reshape(1, 12), atol=1e-5)


def test_what_is_no_tflite_file_is_named() -> None:
    with pytest.raises(TfliteError, match="no TensorFlow Lite file"):
        as_onnx(b"a picture of a face")
    with pytest.raises(TfliteError, match="operator of number 9 is unknown"):
        as_onnx(convolution(code=9))
    with pytest.raises(TfliteError, match="activation of number 4 is unknown"):
        as_onnx(convolution(activation=4))


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_a_damaged_file_is_a_sentence_and_no_crash(data: st.DataObject) -> None:
    whole = bytearray(convolution())
    end = data.draw(st.integers(8, len(whole)))
    for _ in range(data.draw(st.integers(0, 3))):
        at = data.draw(st.integers(8, len(whole) - 4))
        struct.pack_into("<I", whole, at, data.draw(st.integers(0, 2**32 - 1)))
    try:
        as_onnx(bytes(whole[:end]))
    except TfliteError:
        return


# --- fetching ---------------------------------------------------------------------------------


def wheel(path: Path, contents: dict[str, bytes]) -> Path:
    import zipfile  # noqa: PLC0415  # for this alone

    with zipfile.ZipFile(path, "w") as archive:
        for name, data in contents.items():
            archive.writestr(name, data)
    return path


def test_models_of_another_content_are_refused(tmp_path: Path) -> None:
    forged = wheel(tmp_path / "x.whl", dict.fromkeys(models.INSIDE.values(), b"forged"))
    with pytest.raises(models.FaceModelsError, match="is not the file it should be"):
        models.fetch(tmp_path / "face", forged)
    assert not (tmp_path / "face").exists()


def test_a_wheel_without_models_is_named(tmp_path: Path) -> None:
    fetched = appliance(
        "face", "fetch", "--from", str(wheel(tmp_path / "x.whl", {})), "--to", str(tmp_path)
    )
    assert fetched.returncode == 1
    assert "holds no models" in fetched.stderr
    assert "mediapipe==0.10.14" in fetched.stderr


def test_models_that_were_changed_afterwards_are_refused(tmp_path: Path) -> None:
    (tmp_path / models.DETECTOR).write_bytes(b"TFL3")
    with pytest.raises(models.FaceModelsError, match="appliance face fetch"):
        models.read(tmp_path)
    with pytest.raises(models.FaceModelsError, match="cannot be read"):
        models.read(tmp_path / "nowhere")

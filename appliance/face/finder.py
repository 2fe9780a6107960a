"""A face in a picture: where it is, and 468 landmarks on it, by two models of MediaPipe.

The detector is the short-range BlazeFace (Bazarevsky et al., arXiv:1907.05047), the landmark model
that of Kartynnik et al., "Real-time Facial Surface Geometry from Monocular Video on Mobile GPUs"
(arXiv:1907.06724). Sizes, strides and thresholds are those of MediaPipe 0.10.14 (Apache-2.0),
mediapipe/modules/face_detection and face_landmark. Pictures are RGB, (height, width, 3) of 8 bits;
places are in their pixels, x to the right, y down.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import onnxruntime as ort  # type: ignore[import-untyped]  # ships no types
from numpy.typing import NDArray

Picture = NDArray[np.uint8]
Floats = NDArray[np.float32]
DETECTOR, LANDMARKS = 128, 192  # pixels, the sides of the models' inputs
GRIDS = ((8, 2), (16, 6))  # pixels of a cell, and how many anchors lie in its middle
SURE = 0.5  # of the detector's and the landmark model's belief
ALIKE = 0.3  # overlap from which two detections are of one face
MARGIN = 1.5  # of the face's size, the side of what the landmark model is shown
# How far squares may lie apart (parts of a side, radians, times): so far the last one still serves
# where the detector sees the face; so near one was shown well.
AGREED, CLOSE = (0.2, 0.35, 1.4), (0.05, 0.1, 1.1)
NEARER = 1.25  # of the size of the face that plays: how large another must be to take its turn
RIGHT_EYE, LEFT_EYE = 33, 263  # landmarks: the outer corners, of the face's own right and left
POINTS = 468


@dataclass(frozen=True, slots=True)
class Found:
    """One face that was detected."""

    centre: tuple[float, float]
    size: float  # pixels, the longer side of its box
    eyes: tuple[tuple[float, float], tuple[float, float]]  # its right one, its left one
    score: float  # 0 to 1


@dataclass(frozen=True, slots=True)
class Square:
    """A turned square of a picture."""

    centre: tuple[float, float]
    side: float
    angle: float  # radians, by which its upper side is turned clockwise

    def matrix(self, pixels: int) -> NDArray[np.float64]:
        """Return what turns (x, y, 1) in a view of so many pixels into the picture's (x, y)."""
        scale = self.side / pixels
        right = scale * np.array([np.cos(self.angle), np.sin(self.angle)])
        down = np.array([-right[1], right[0]])
        # Pixel 0 of the view has its middle half a pixel from the edge, as has the picture's.
        corner = np.array(self.centre) + (0.5 - pixels / 2) * (right + down) - 0.5
        return np.stack([right, down, corner], axis=1)


class Finder:
    """Finds the nearest face in one picture after the other.

    The face that plays keeps its turn until it is gone or another is clearly nearer. Once its
    landmarks are known, the next picture is cut along them, which is steadier than the detector;
    where it was not cut well, it is cut once more.
    """

    def __init__(self, detector: bytes, landmarks: bytes) -> None:
        """Take the two models as ONNX."""
        self._detector, self._landmarks = session(detector), session(landmarks)
        self._anchors = anchors()
        self._last: Square | None = None

    def find(self, picture: Picture) -> Floats | None:
        """Return the landmarks of the face that plays, (468, 3), or None if there is no face.

        z points away from the camera, in pixels too, 0 about the middle of the head.
        """
        chosen = nearest(self.detect(picture), self._last)
        if chosen is None:
            self._last = None
            return None
        where = around(chosen)
        same = self._last is not None and not apart(where, self._last, AGREED)
        where = self._last if self._last is not None and same else where
        found = self.mark(picture, where)
        if found is None and same:  # it has moved too fast to be where it was
            where = around(chosen)
            found = self.mark(picture, where)
        if found is not None and apart(where, along(found), CLOSE):
            found = self.mark(picture, along(found))
        self._last = None if found is None else along(found)
        return found

    def detect(self, picture: Picture) -> list[Found]:
        """Return all faces, the surest first."""
        height, width = picture.shape[:2]
        whole = Square((width / 2, height / 2), float(max(width, height)), 0.0)
        seen = view(picture, whole, DETECTOR) / 127.5 - 1.0
        out = run(self._detector, seen)
        unit = whole.side / DETECTOR
        corner = (width - whole.side) / 2, (height - whole.side) / 2
        return decode(out["regressors"][0], out["classificators"][0, :, 0], self._anchors, unit,
                      corner)  # fmt: skip

    def mark(self, picture: Picture, where: Square) -> Floats | None:
        """Return the landmarks, (468, 3), within a square, or None if no face fills it."""
        out = run(self._landmarks, view(picture, where, LANDMARKS) / 255.0)
        if out["conv2d_31"].item() < _odds(SURE):
            return None
        points = out["conv2d_21"].reshape(POINTS, 3)
        # The model counts from the view's edge, not from the middle of its first pixel.
        flat = np.column_stack([points[:, :2] - 0.5, np.ones(POINTS)])
        placed = flat @ where.matrix(LANDMARKS).T
        return np.column_stack([placed, points[:, 2] * where.side / LANDMARKS]).astype(np.float32)


def session(model: bytes) -> ort.InferenceSession:
    """Return a session on one thread: the writers need the others."""
    options = ort.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    return ort.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def run(model: ort.InferenceSession, seen: Floats) -> Mapping[str, Any]:
    """Return all outputs by name for one view (side, side, 3)."""
    names = [output.name for output in model.get_outputs()]
    taken = {model.get_inputs()[0].name: seen[None].astype(np.float32)}
    return dict(zip(names, model.run(names, taken), strict=True))


def anchors() -> Floats:
    """Return the middles, (896, 2), in pixels of the detector's input, that its answers refer to.

    For each grid row by row, each cell as often as it has anchors. Where MediaPipe's options name
    four layers of strides 8, 16, 16 and 16 with two anchors each, those of one stride lie in one
    grid.
    """
    found = []
    for cell, count in GRIDS:
        middles = cell * (np.arange(DETECTOR // cell) + 0.5)
        y, x = np.meshgrid(middles, middles, indexing="ij")
        found.append(np.repeat(np.column_stack([x.ravel(), y.ravel()]), count, axis=0))
    return np.concatenate(found).astype(np.float32)


def decode(
    boxes: Floats, odds: Floats, middles: Floats, unit: float, corner: tuple[float, float]
) -> list[Found]:
    """Return the faces, the surest first, from what the detector says at its anchors.

    `boxes` (A, 16) are middle, width and height, and six points, of which the eyes come first, in
    pixels of its input from the anchor; `odds` (A,) the logarithms of the odds. A pixel of its
    input is `unit` of the picture's, and its first corner lies at `corner` there.
    """
    sure = np.flatnonzero(odds > _odds(SURE))
    sure = sure[np.argsort(-odds[sure])]
    belief = 1.0 / (1.0 + np.exp(-np.clip(odds[sure], -100.0, 100.0)))
    places = boxes[sure].astype(np.float64)
    places[:, :2] += middles[sure]
    places[:, 4:] += np.tile(middles[sure], 6)
    found = []
    left = np.ones(len(sure), dtype=bool)
    for index in range(len(sure)):
        if not left[index]:
            continue
        one = left & (overlap(places[index, :4], places[:, :4]) > ALIKE)
        one[index] = True
        left &= ~one
        mean = np.average(places[one], axis=0, weights=belief[one])
        points = mean[[0, 1, 4, 5, 6, 7]].reshape(3, 2) * unit + corner
        centre, right, leftmost = ((float(x), float(y)) for x, y in points)
        size = float(max(mean[2:4])) * unit
        found.append(Found(centre, size, (right, leftmost), float(belief[index])))
    return found


def overlap(box: NDArray[np.float64], others: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the area that a box, (4,) as middle and size, shares with others (n, 4), of both's."""
    low = np.maximum(box[:2] - box[2:] / 2, others[:, :2] - others[:, 2:] / 2)
    high = np.minimum(box[:2] + box[2:] / 2, others[:, :2] + others[:, 2:] / 2)
    shared = np.prod(np.clip(high - low, 0.0, None), axis=1)
    both = np.prod(box[2:]) + np.prod(others[:, 2:], axis=1) - shared
    quotient: NDArray[np.float64] = shared / np.maximum(both, 1e-9)
    return quotient


def nearest(faces: list[Found], last: Square | None) -> Found | None:
    """Return the largest face; the one that played last stays unless another is clearly larger."""
    if not faces:
        return None
    largest = max(faces, key=lambda face: face.size)
    if last is None:
        return largest
    stayed = [face for face in faces if _within(face, last)]
    before = max(stayed, key=lambda face: face.size, default=largest)
    return largest if largest.size > NEARER * before.size else before


def around(face: Found) -> Square:
    """Return the square that the landmark model is shown of a detected face."""
    (x0, y0), (x1, y1) = face.eyes
    return Square(face.centre, MARGIN * face.size, float(np.arctan2(y1 - y0, x1 - x0)))


def along(points: Floats) -> Square:
    """Return the square to be shown of a face whose landmarks, (468, 3), were known just now."""
    x, y = points[LEFT_EYE, :2] - points[RIGHT_EYE, :2]
    angle = float(np.arctan2(y, x))
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    upright = points[:, :2] @ turn
    low, high = upright.min(axis=0), upright.max(axis=0)
    centre = turn @ ((low + high) / 2)
    return Square((float(centre[0]), float(centre[1])), MARGIN * float(max(high - low)), angle)


def apart(one: Square, other: Square, by: tuple[float, float, float]) -> bool:
    """Tell whether two squares differ by more than parts of a side, radians, or times in size."""
    side, turn, times = by
    shift = np.hypot(one.centre[0] - other.centre[0], one.centre[1] - other.centre[1])
    angle = abs((one.angle - other.angle + np.pi) % (2 * np.pi) - np.pi)
    larger = max(one.side, other.side) / min(one.side, other.side)
    return bool(shift > side * one.side or angle > turn or larger > times)


def view(picture: Picture, where: Square, pixels: int) -> Floats:
    """Return a square of a picture as (pixels, pixels, 3), 0 to 255; black beyond its edges.

    Where it becomes smaller, whole blocks are averaged first, so that nothing glitters; between
    pixels it is bilinear.
    """
    matrix = where.matrix(pixels)
    shrink = max(1, int(where.side / pixels))
    small = picture if shrink == 1 else blocks(picture, shrink)
    height, width = small.shape[:2]
    framed = np.zeros((height + 2, width + 2, 3), dtype=np.float32)
    framed[1:-1, 1:-1] = small
    across = np.arange(pixels, dtype=np.float32)
    matrix[:, 2] += 0.5  # from middles of pixels to their edges, which is what shrinks
    matrix = matrix / shrink
    matrix[:, 2] += 0.5  # and back, past the black frame
    x, y = (
        row[0] * across[None, :] + row[1] * across[:, None] + row[2] for row in matrix.astype("f4")
    )
    x, y = np.clip(x, 0.0, width + 0.999), np.clip(y, 0.0, height + 0.999)
    left, top = x.astype(np.intp), y.astype(np.intp)
    x, y = (x - left)[..., None], (y - top)[..., None]
    corner = framed.reshape(-1, 3)
    at = top * (width + 2) + left
    above = corner[at] * (1 - x) + corner[at + 1] * x
    at += width + 2
    below = corner[at] * (1 - x) + corner[at + 1] * x
    seen: Floats = above * (1 - y) + below * y
    return seen


def blocks(picture: Picture, side: int) -> Floats:
    """Return the means of a picture's blocks of side x side pixels; the rest is cut off."""
    height, width = (pixels // side for pixels in picture.shape[:2])
    whole = picture[: height * side, : width * side]
    # Added up line by line: ten times as fast as a sum over two axes of five.
    rows = whole[0::side].astype(np.uint32)
    for line in range(1, side):
        rows += whole[line::side]
    sums = rows[:, 0::side].copy()
    for line in range(1, side):
        sums += rows[:, line::side]
    means: Floats = sums.astype(np.float32) / np.float32(side * side)
    return means


def _within(face: Found, square: Square) -> bool:
    """Tell whether a face is the one that filled a square (with its margin) just now."""
    apart = np.hypot(face.centre[0] - square.centre[0], face.centre[1] - square.centre[1])
    return bool(apart < square.side / MARGIN / 2) and 0.5 < face.size * MARGIN / square.side < 2.0


def _odds(belief: float) -> float:
    return float(np.log(belief / (1.0 - belief)))

"""Faces for tests: one public-domain portrait, pulled into five poses, and seen in many ways.

The portrait is scikit-image's `data.astronaut()`, NASA's photograph of Eileen Collins, in the
public domain.
"""

import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]

# Parts of the face, by landmarks: what is pulled, and by how much of the distance of the eyes,
# to the right and down.
MOUTH_RIGHT = (61, 76, 62, 78, 185, 146)  # the corner on the picture's left
MOUTH_LEFT = (291, 306, 292, 308, 409, 375)
UPPER_LIP = (0, 11, 12, 13, 37, 267, 72, 302)
LOWER_LIP = (14, 15, 16, 17, 84, 314, 86, 316, 87, 317)
CHIN = (152, 148, 377, 176, 400, 199, 175)
BROW_RIGHT = (70, 63, 105, 66, 107, 46, 53, 52, 65, 55)
BROW_LEFT = (300, 293, 334, 296, 336, 276, 283, 282, 295, 285)
Pull = tuple[tuple[int, ...], tuple[float, float]]
POSES: dict[str, list[Pull]] = {
    "rest": [],
    "gape": [(LOWER_LIP, (0.0, 0.3)), (CHIN, (0.0, 0.3)), (UPPER_LIP, (0.0, -0.06))],
    "grin": [
        (MOUTH_RIGHT, (-0.14, -0.12)), (MOUTH_LEFT, (0.14, -0.12)),
        (BROW_RIGHT, (0.0, -0.1)), (BROW_LEFT, (0.0, -0.1)),
    ],
    "pout": [
        (MOUTH_RIGHT, (0.16, 0.14)), (MOUTH_LEFT, (-0.16, 0.14)), (UPPER_LIP, (0.0, -0.04)),
        (BROW_RIGHT, (0.04, 0.12)), (BROW_LEFT, (-0.04, 0.12)),
    ],
    "skew": [
        (MOUTH_RIGHT, (-0.1, 0.1)), (MOUTH_LEFT, (-0.05, -0.12)), (UPPER_LIP, (-0.1, 0.0)),
        (LOWER_LIP, (-0.1, 0.0)), (BROW_RIGHT, (0.0, -0.14)), (BROW_LEFT, (0.0, 0.08)),
    ],
}  # fmt: skip


def portrait() -> Picture:
    """Return the portrait, (512, 512, 3)."""
    from skimage import data  # type: ignore[import-not-found,unused-ignore]  # noqa: PLC0415  # only where faces are tested

    picture: Picture = data.astronaut()
    return picture


def pulled(picture: Picture, points: NDArray[np.float32], pose: str, much: float = 1.0) -> Picture:
    """Return a portrait with mouth, chin and brows moved.

    `points` (468, 3) are its landmarks; `much` says how strongly the pose is pulled. Each pixel
    shows what stood where it was pulled from; skin goes along the less the further away it is.
    """
    import cv2  # type: ignore[import-not-found,unused-ignore]  # noqa: PLC0415  # as above

    eyes = float(np.linalg.norm(points[33, :2] - points[263, :2]))
    height, width = picture.shape[:2]
    x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    source_x, source_y = x.copy(), y.copy()
    for part, by in POSES[pose]:
        right, down = np.array(by) * eyes * much
        away = np.full(x.shape, np.inf, dtype=np.float32)
        for at_x, at_y in points[list(part), :2] + (right, down):
            away = np.minimum(away, (x - at_x) ** 2 + (y - at_y) ** 2)
        near = np.exp(-0.5 * away / (0.16 * eyes) ** 2)
        source_x -= near * right
        source_y -= near * down
    bent: Picture = cv2.remap(picture, source_x, source_y, cv2.INTER_LINEAR)
    return bent


def seen(
    picture: Picture, points: NDArray[np.float32], random: np.random.Generator, *, wild: bool
) -> Picture:
    """Return a camera's frame (480, 640, 3) of a portrait, at another place each time.

    A tame frame is how somebody stands who learns a pose; a wild one is larger or smaller, further
    to the side, tilted, in other light, and noisy.
    """
    import cv2  # type: ignore[import-not-found,unused-ignore]  # noqa: PLC0415  # as above

    scale = random.uniform(1.0, 2.6) if wild else random.uniform(1.6, 1.8)
    angle = random.uniform(-0.45, 0.45) if wild else random.uniform(-0.04, 0.04)
    reach = np.array([130.0, 60.0]) if wild else np.array([12.0, 8.0])
    place = np.array([320.0, 240.0]) + random.uniform(-1, 1, 2) * reach
    turn = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    middle = points[:, :2].mean(axis=0)
    matrix = np.column_stack([turn, place - turn @ middle])
    frame = cv2.warpAffine(picture, matrix, (640, 480), borderMode=cv2.BORDER_REPLICATE) / 255.0
    light = random.uniform(0.45, 1.25) if wild else random.uniform(0.95, 1.05)
    slope = random.uniform(-0.4, 0.4, 2) if wild else np.zeros(2)  # light from one side
    across = np.linspace(-1, 1, 640)[None, :, None] * slope[0]
    down = np.linspace(-1, 1, 480)[:, None, None] * slope[1]
    frame = frame * light * (1.0 + across + down)
    frame += random.normal(0.0, 0.04 if wild else 0.01, frame.shape)
    result: Picture = (np.clip(frame, 0.0, 1.0) * 255).round().astype(np.uint8)
    return result

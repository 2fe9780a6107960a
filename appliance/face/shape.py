"""What a face does, apart from where the head is: landmarks brought to one place, size and turn.

A head that moves carries all landmarks with it; a grimace moves some against the others. So each
face is laid over a mean face by the similarity (shift, scale, rotation in space) that brings the
points together which a grimace hardly moves: Umeyama, "Least-squares estimation of transformation
parameters between two point patterns", IEEE PAMI 13 (1991).
"""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
# Of the 468: forehead and temples, the corners of the eyes, the ridge and the root of the nose.
STEADY = np.array(
    [10, 109, 67, 103, 54, 21, 162, 127, 234, 338, 297, 332, 284, 251, 389, 356, 454,
     33, 133, 362, 263, 168, 6, 197, 195, 5, 4, 2, 98, 327]
)  # fmt: skip
ROUNDS = 3  # of laying faces over their mean: it stands still by then


def aligned(points: Floats, mean: Floats) -> Floats:
    """Return the landmarks (468, 3) laid over a mean face (468, 3), in its units."""
    source, target = points[STEADY].astype(np.float64), mean[STEADY].astype(np.float64)
    source_at, target_at = source.mean(axis=0), target.mean(axis=0)
    source -= source_at
    target -= target_at
    left, stretch, right = np.linalg.svd(target.T @ source)
    # A reflection would lie closer now and then, but no face is its own mirror image.
    sign = np.array([1.0, 1.0, np.sign(np.linalg.det(left) * np.linalg.det(right))])
    turn = (left * sign) @ right
    scale = float((stretch * sign).sum()) / max(float((source**2).sum()), 1e-12)
    laid: Floats = (scale * (points - source_at) @ turn.T + target_at).astype(np.float32)
    return laid


def mean_face(faces: Floats) -> Floats:
    """Return the mean (468, 3) of faces (F, 468, 3), each laid over it.

    Its steady points have their middle at 0 and a mean distance of 1 from there; it is turned as
    the first face is.
    """
    mean = unit(faces[0])
    for _ in range(ROUNDS):
        laid = np.stack([aligned(face, mean) for face in faces])
        mean = unit(laid.mean(axis=0))
    return mean


def unit(points: Floats) -> Floats:
    """Return landmarks (468, 3) shifted and scaled, by their steady points, and not turned."""
    middle = points[STEADY].mean(axis=0)
    distance = np.linalg.norm(points[STEADY] - middle, axis=1).mean()
    placed: Floats = ((points - middle) / max(float(distance), 1e-9)).astype(np.float32)
    return placed

"""From landmarks to weights of styles: what was learned, as one ONNX file that has all it needs.

Its input is `face` (F, 468, 3), laid over the mean face that its output `mean` (468, 3) gives; its
output `weights` (F, S) sums to 1; the metadata name the S styles.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Self

import numpy as np
import onnxruntime as ort  # type: ignore[import-untyped]  # ships no types
from numpy.typing import NDArray

from appliance.face.finder import session
from appliance.face.shape import aligned

Floats = NDArray[np.float32]


class Mixture:
    """A learned mixture."""

    def __init__(self, model: bytes) -> None:
        """Open it; ValueError if it is no mixture of faces."""
        try:
            self._session: ort.InferenceSession = session(model)
            named = self._session.get_modelmeta().custom_metadata_map["styles"]
            nobody = np.zeros((1, 468, 3), dtype=np.float32)
            self._mean: Floats = self._session.run(["mean"], {"face": nobody})[0]
        except Exception as error:  # noqa: BLE001  # onnxruntime's exceptions have no common base
            raise ValueError(f"it is no mixture of faces ({error})") from None
        self.styles: tuple[str, ...] = tuple(named.split())

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read a file; OSError or ValueError."""
        return cls(path.read_bytes())

    def weights(self, points: Floats) -> Mapping[str, float]:
        """Return the styles' weights, which sum to 1, for the landmarks (468, 3) of one face."""
        laid = aligned(points, self._mean)[None]
        found = self._session.run(["weights"], {"face": laid})[0][0]
        return dict(zip(self.styles, found.tolist(), strict=True))

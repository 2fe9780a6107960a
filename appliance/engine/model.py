"""One style's network in an onnxruntime session.

Inputs `tokens` (B, T) int64 and the recurrent state; outputs `logits` (B, 128) for the character
after the last token, and the new state, each of whose parts is the next call's input of the same
position. The zero state is the beginning of a text.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnxruntime as ort  # type: ignore[import-untyped]  # ships no types
from numpy.typing import NDArray

from appliance.catalogue import BadModelError
from appliance.engine.sampling import Floats, softmax

CHARACTERS = 128
# What a page can show; a network gives all else some small chance, which must never be drawn.
SHOWN = np.zeros(CHARACTERS, dtype=bool)
SHOWN[[ord("\n"), ord("\t"), *range(ord(" "), ord("~") + 1)]] = True
State = tuple[NDArray[np.float32], ...]


class Model:
    """A loaded network; thread-safe, since it keeps no text of its own."""

    def __init__(self, path: Path, providers: Sequence[str] = ("CPUExecutionProvider",)) -> None:
        """Load a model file; BadModelError, one sentence, if it is damaged or of another shape."""
        options = ort.SessionOptions()
        options.intra_op_num_threads = 1  # the ensemble spreads styles, not one style, over cores
        options.inter_op_num_threads = 1
        options.log_severity_level = 3  # errors: a warning each load tells a technician nothing
        self.path = path
        try:
            self._session = ort.InferenceSession(str(path), options, providers=list(providers))
        except Exception as error:  # noqa: BLE001  # onnxruntime's exceptions have no common base
            raise BadModelError(
                f"{path} does not load, copy it again ({_first_line(error)})"
            ) from None
        self._inputs = [i.name for i in self._session.get_inputs()]
        outputs = self._session.get_outputs()
        self._sizes = [i.shape[-1] for i in self._session.get_inputs()[1:]]
        if (
            self._inputs[:1] != ["tokens"]
            or len(outputs) != len(self._inputs)
            or len(outputs) < 2
            or not all(isinstance(size, int) for size in self._sizes)
            or outputs[0].shape[-1] != CHARACTERS
        ):
            raise BadModelError(
                f"{path} is a model of another shape: it needs the input tokens and its states, "
                f"and the outputs logits (B, {CHARACTERS}) and the same states"
            )
        try:
            self.read(np.zeros((1, 2), dtype=np.int64), self.zero(1))
        except Exception as error:  # noqa: BLE001  # as above
            raise BadModelError(f"{path} does not run ({_first_line(error)})") from None

    def zero(self, batch: int = 1) -> State:
        """Return the state at the beginning of `batch` texts."""
        return tuple(np.zeros((1, batch, size), dtype=np.float32) for size in self._sizes)

    def logits(self, tokens: NDArray[np.int64], state: State) -> tuple[NDArray[np.float32], State]:
        """Read tokens (B, T); return logits (B, 128) after the last one, and the new state."""
        feed = dict(zip(self._inputs, (tokens, *state), strict=True))
        logits, *after = self._session.run(None, feed)
        return logits, tuple(after)

    def read(self, tokens: NDArray[np.int64], state: State) -> tuple[Floats, State]:
        """Read tokens (B, T); return the next character's distribution (B, 128), and the state.

        A character that no page can show is never expected.
        """
        logits, after = self.logits(tokens, state)
        return softmax(np.where(SHOWN, logits, -np.inf)), after


def _first_line(error: Exception) -> str:
    text = str(error).strip().splitlines() or [type(error).__name__]
    return text[0][:160]

"""One style's network in an onnxruntime session.

Inputs `tokens` (B, T) int64 and the recurrent state; outputs `logits` (B, 128) for the character
after the last token, and the new state, each of whose parts is the next call's input of the same
position. The zero state is the beginning of a text.
"""

import logging
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from appliance.catalogue import BadModelError
from appliance.engine.sampling import Floats, softmax
from appliance.engine.session import CPU, Provider, ProviderError, open_session, reason

CHARACTERS = 128
# What a page can show; a network gives all else some small chance, which must never be drawn.
SHOWN = np.zeros(CHARACTERS, dtype=bool)
SHOWN[[ord("\n"), ord("\t"), *range(ord(" "), ord("~") + 1)]] = True
NO_NUMBERS = "what it returned are no numbers"
State = tuple[NDArray[np.float32], ...]

log = logging.getLogger("appliance.engine")


def expected(logits: NDArray[np.float32]) -> Floats:
    """Return the distributions (..., 128) of logits; what no page can show is never expected."""
    return softmax(np.where(SHOWN, logits, -np.inf))


class Model:
    """A loaded network; thread-safe, since it keeps no text of its own.

    `provider` is who computes it, `session` onnxruntime's session. If another provider than the CPU
    fails while the piece plays, the CPU takes over with the same state, from the same character,
    and `failure` says why.
    """

    def __init__(
        self, path: Path, provider: Provider = CPU, *, profile: Path | None = None
    ) -> None:
        """Load a model file.

        Raises BadModelError, a sentence, if the file is damaged or of another shape, and
        ProviderError, a clause, if another provider than the CPU does not take it. With `profile`,
        a folder, the session notes who runs its nodes (`session.who_ran`).
        """
        self.path = path
        self.failure = ""
        self._leaving = Lock()
        self._load(provider, profile)

    def load_anew(self) -> None:
        """Load the file once more, for the CPU; BadModelError as at first."""
        self._load(CPU, None)

    def _load(self, provider: Provider, profile: Path | None) -> None:
        path, self.provider = self.path, provider
        try:
            self.session = open_session(path, provider, profile)
        except (BadModelError, ProviderError):
            raise
        except Exception as error:  # noqa: BLE001  # onnxruntime's exceptions have no common base
            if not provider.is_cpu:
                raise ProviderError(reason(error)) from None
            raise BadModelError(f"{path} does not load, copy it again ({reason(error)})") from None
        self._inputs = [i.name for i in self.session.get_inputs()]
        outputs = self.session.get_outputs()
        shapes: list[list[Any]] = [i.shape or [None] for i in self.session.get_inputs()[1:]]
        self._sizes = [shape[-1] for shape in shapes]
        if (
            self._inputs[:1] != ["tokens"]
            or len(outputs) != len(self._inputs)
            or len(outputs) < 2
            or not all(isinstance(size, int) for size in self._sizes)
            or outputs[0].shape[-1:] != [CHARACTERS]
        ):
            raise BadModelError(
                f"{path} is a model of another shape: it needs the input tokens and its states, "
                f"and the outputs logits (B, {CHARACTERS}) and the same states"
            )
        try:
            logits, after = self._run(np.zeros((1, 2), dtype=np.int64), self.zero(1))
        except Exception as error:  # noqa: BLE001  # as above
            if not provider.is_cpu:
                raise ProviderError(reason(error)) from None
            raise BadModelError(f"{path} does not run ({reason(error)})") from None
        if not all(np.isfinite(part).all() for part in (logits, *after)):
            if not provider.is_cpu:
                raise ProviderError(NO_NUMBERS)
            raise BadModelError(f"{path} returns what are no numbers: copy it again")

    def zero(self, batch: int = 1) -> State:
        """Return the state at the beginning of `batch` texts."""
        return tuple(np.zeros((1, batch, size), dtype=np.float32) for size in self._sizes)

    def logits(self, tokens: NDArray[np.int64], state: State) -> tuple[NDArray[np.float32], State]:
        """Read tokens (B, T); return logits (B, 128) after the last one, and the new state."""
        try:
            return self._run(tokens, state)
        except Exception as error:  # as above
            if self.provider.is_cpu:
                raise
            self._leave(error)
        return self._run(tokens, state)

    def read(self, tokens: NDArray[np.int64], state: State) -> tuple[Floats, State]:
        """Read tokens (B, T); return the next character's distribution (B, 128), and the state.

        A character that no page can show is never expected.
        """
        logits, after = self.logits(tokens, state)
        return expected(logits), after

    def _run(self, tokens: NDArray[np.int64], state: State) -> tuple[NDArray[np.float32], State]:
        feed = dict(zip(self._inputs, (tokens, *state), strict=True))
        logits, *after = self.session.run(None, feed)
        # A device that lost its memory answers with this rather than with an error.
        if not self.provider.is_cpu and not np.isfinite(logits).all():
            raise ArithmeticError(NO_NUMBERS)
        return logits, tuple(after)

    def _leave(self, error: Exception) -> None:
        """Hand this style over to the CPU, once; two threads may fail at the same moment."""
        with self._leaving:
            if self.provider.is_cpu:
                return
            self.failure = f"it failed with {self.path.name} ({reason(error)})"
            log.warning("%s: %s; the CPU plays on", self.provider.name, self.failure)
            self.session, self.provider = open_session(self.path), CPU

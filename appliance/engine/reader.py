"""One style at its place in the text: the state it has, and how it reads on.

Most of what a tick computes is one character for each style. For that the state lies in two sets of
buffers that take turns as input and output, bound once, so that a call allocates and copies
nothing: a fifth of its time otherwise (docs/performance.md).

A network of 8-bit weights answers with numbers even where its state is none, and would go on so
until it is renewed. So the state itself is looked at, now and then.
"""

import numpy as np
import onnxruntime as ort  # type: ignore[import-untyped]  # ships no types
from numpy.typing import NDArray

from appliance.engine.model import CHARACTERS, Model, State
from appliance.engine.sampling import Floats

LOOK_EVERY = 64  # characters: some seconds at most, and a thousandth of what reading them takes


class Reader:
    """A style that reads a text from the zero state on; calls come from one thread at a time."""

    def __init__(self, model: Model) -> None:
        self.expects: Floats = np.zeros(0)  # (128,), set by whoever makes many logits into chances
        self.age = 0  # characters read since the zero state
        self.second = False  # whether the state before its own had gone bad
        self._model = model
        self._state = model.zero()
        self._bound: _Bound | None = None

    def read(self, tokens: NDArray[np.int64]) -> NDArray[np.float32]:
        """Read tokens (1, T); return logits (1, 128) after the last one, valid until the next.

        They are no numbers, too, where the state was looked at and is none.
        """
        looked = self.age // LOOK_EVERY
        self.age += tokens.shape[1]
        if tokens.shape[1] == 1 and self._model.provider.is_cpu:
            if self._bound is None:
                self._bound = _Bound(self._model, self._state)
            logits = self._bound.read(int(tokens[0, 0]))
        else:
            logits, self.state = self._model.logits(tokens, self.state)
        if self.age // LOOK_EVERY > looked and not self._is_sound():
            return np.full_like(logits, np.nan)
        return logits

    def _is_sound(self) -> bool:
        newest = self._state if self._bound is None else self._bound.newest
        return all(np.isfinite(part).all() for part in newest)

    @property
    def state(self) -> State:
        """The state after what was read, for a call of `Model`."""
        return self._state if self._bound is None else self._bound.state

    @state.setter
    def state(self, state: State) -> None:
        self._state, self._bound = state, None


class _Bound:
    """A session's inputs and outputs tied to arrays; what is written into them is what it reads."""

    def __init__(self, model: Model, state: State) -> None:
        self._session = model.session
        self._token = np.zeros((1, 1), dtype=np.int64)
        self._logits = np.zeros((1, CHARACTERS), dtype=np.float32)
        here = [part.copy() for part in state]
        there = [np.zeros_like(part) for part in state]
        self._states = [here, there]  # the first is the newest
        self._bindings = [self._bind(here, there), self._bind(there, here)]

    def _bind(
        self, before: list[NDArray[np.float32]], after: list[NDArray[np.float32]]
    ) -> ort.IOBinding:
        binding = self._session.io_binding()
        ways = (
            (self._session.get_inputs(), (self._token, *before), binding.bind_ortvalue_input),
            (self._session.get_outputs(), (self._logits, *after), binding.bind_ortvalue_output),
        )
        for names, arrays, bind in ways:
            for name, array in zip(names, arrays, strict=True):
                # On the processor the value is the array's own memory, not a copy of it.
                bind(name.name, ort.OrtValue.ortvalue_from_numpy(array))
        return binding

    @property
    def newest(self) -> list[NDArray[np.float32]]:
        return self._states[0]

    @property
    def state(self) -> State:
        return tuple(part.copy() for part in self.newest)

    def read(self, token: int) -> NDArray[np.float32]:
        self._token[0, 0] = token
        self._session.run_with_iobinding(self._bindings[0])
        self._bindings.reverse()
        self._states.reverse()
        return self._logits

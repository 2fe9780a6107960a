"""Ways to lay out all styles' networks in onnxruntime sessions; each reads one character a call.

The states stay within: what is timed is a step of the whole ensemble, without softmax.
"""

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Self

import numpy as np
import onnxruntime as ort  # type: ignore[import-untyped]  # ships no types
from numpy.typing import NDArray

CPU = ["CPUExecutionProvider"]
TOKEN: NDArray[np.int64] = np.array([[ord("e")]], dtype=np.int64)


def options(*, intra: int = 1, inter: int = 1, spinning: bool | None = None) -> ort.SessionOptions:
    """Return options for a session of so many threads; more than one `inter` runs nodes abreast."""
    chosen = ort.SessionOptions()
    chosen.log_severity_level = 3
    chosen.intra_op_num_threads, chosen.inter_op_num_threads = intra, inter
    if inter > 1:
        chosen.execution_mode = ort.ExecutionMode.ORT_PARALLEL
    if spinning is not None:
        for pool in ("intra_op", "inter_op"):
            chosen.add_session_config_entry(f"session.{pool}.allow_spinning", str(int(spinning)))
    return chosen


class Session:
    """One session that carries its own state from call to call."""

    def __init__(self, model: bytes, chosen: ort.SessionOptions) -> None:
        self._session = ort.InferenceSession(model, chosen, providers=CPU)
        inputs = self._session.get_inputs()[1:]
        outputs = [output.name for output in self._session.get_outputs()]
        self.feed = {i.name: np.zeros((1, 1, i.shape[-1]), dtype=np.float32) for i in inputs}
        self.feed["tokens"] = TOKEN
        self._next = [(i.name, outputs.index(f"{i.name}_next")) for i in inputs]

    def read(self) -> None:
        """Read one character."""
        found = self._session.run(None, self.feed)
        for name, place in self._next:
            self.feed[name] = found[place]


class BoundSession:
    """One session over two sets of buffers that take turns, so that nothing is allocated."""

    def __init__(self, model: bytes, chosen: ort.SessionOptions) -> None:
        self._session = ort.InferenceSession(model, chosen, providers=CPU)
        self._tokens = ort.OrtValue.ortvalue_from_numpy(TOKEN)
        inputs, outputs = self._session.get_inputs(), self._session.get_outputs()
        here, there = ({i.name: _value(1, 1, i.shape[-1]) for i in inputs[1:]} for _ in range(2))
        logits = _value(1, outputs[0].shape[-1])
        self._states = [here, there]  # the first is the newest
        self._bindings = []
        for before, after in ((here, there), (there, here)):
            binding = self._session.io_binding()
            binding.bind_ortvalue_input("tokens", self._tokens)
            binding.bind_ortvalue_output(outputs[0].name, logits)
            for name in before:
                binding.bind_ortvalue_input(name, before[name])
                binding.bind_ortvalue_output(f"{name}_next", after[name])
            self._bindings.append(binding)

    @property
    def state(self) -> dict[str, ort.OrtValue]:
        """The state as it stands, by the names of the inputs."""
        return self._states[0]

    def read(self) -> None:
        """Read one character."""
        self._tokens.update_inplace(TOKEN)
        self._session.run_with_iobinding(self._bindings[0])
        self._bindings.reverse()
        self._states.reverse()


class Layout:
    """Sessions that are called in turn, on one thread or dealt out to several.

    With `caller`, the calling thread is one of them; without, it waits for the others.
    """

    def __init__(
        self, sessions: Sequence[Session | BoundSession], threads: int = 1, *, caller: bool = False
    ) -> None:
        self._parts = [sessions[i::threads] for i in range(threads)]
        self._own = self._parts.pop() if caller or threads == 1 else []
        self._pool = ThreadPoolExecutor(len(self._parts)) if self._parts else None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._pool is not None:
            self._pool.shutdown()

    def read(self) -> None:
        """Let every session read one character."""
        others: Iterable[None] = (
            () if self._pool is None else self._pool.map(_read_all, self._parts)
        )
        _read_all(self._own)
        for _ in others:
            pass


def separate(
    models: Sequence[bytes],
    chosen: Callable[[], ort.SessionOptions] = options,
    *,
    threads: int = 1,
    bound: bool = False,
    caller: bool = False,
) -> Layout:
    """Lay out one session a model."""
    kind = BoundSession if bound else Session
    return Layout([kind(model, chosen()) for model in models], threads, caller=caller)


def _read_all(sessions: Sequence[Session | BoundSession]) -> None:
    for session in sessions:
        session.read()


def _value(*shape: int) -> ort.OrtValue:
    return ort.OrtValue.ortvalue_from_numpy(np.zeros(shape, dtype=np.float32))

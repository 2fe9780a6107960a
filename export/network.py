"""The network that all styles share: characters in, the next character's logits out.

    tokens (B, T) -> embedding (B, T, E) -> LSTM, one or more (B, T, H) -> logits (B, T, 128)

Written for Keras on its torch back end. Keras' stock LSTM layer steps through time in Python there,
which is far slower than torch's fused kernel, so the layer below calls that kernel; or,
in training where the processor has bfloat16, the one in `recurrence.py`.
"""

from dataclasses import asdict, dataclass
from typing import Any

import keras  # type: ignore[import-untyped]  # Keras ships no types
import torch

from export.recurrence import recur

CHARACTERS = 128
State = list[tuple[torch.Tensor, torch.Tensor]]  # a layer: h (1, B, H), c (1, B, H)


@dataclass(frozen=True, slots=True)
class Shape:
    """The sizes of a network; two networks of equal shape can exchange weights."""

    hidden: int = 512
    layers: int = 1
    embedding: int = 64

    def as_dict(self) -> dict[str, int]:
        """Return the sizes by name, for metadata."""
        return asdict(self)

    def weights(self) -> dict[str, tuple[int, ...]]:
        """Return the path and the size of each weight of such a network, without making one."""
        found: dict[str, tuple[int, ...]] = {
            "network/embed/embeddings": (CHARACTERS, self.embedding),
            "network/logits/kernel": (self.hidden, CHARACTERS),
            "network/logits/bias": (CHARACTERS,),
        }
        for layer in range(self.layers):
            place, four = f"network/lstm_{layer}", 4 * self.hidden
            reads = self.hidden if layer else self.embedding
            found[f"{place}/kernel"] = (four, reads)
            found[f"{place}/recurrent_kernel"] = (four, self.hidden)
            found[f"{place}/bias"] = (four,)
        return found


@keras.saving.register_keras_serializable("static_unsigned_love")
class FusedLSTM(keras.layers.Layer):  # type: ignore[misc]  # Keras ships no types
    """An LSTM layer over torch's fused kernel, with gates in the order i, f, c, o.

    `weight_drop` is the share of recurrent weights that a training step leaves out, the same ones
    for all its time steps (Merity et al., arXiv 1708.02182).
    """

    def __init__(self, units: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.units = units
        self.weight_drop = 0.0

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Make the weights for inputs of shape (B, T, E)."""
        four = 4 * self.units
        self.kernel = self.add_weight(shape=(four, input_shape[-1]), name="kernel")
        self.recurrent_kernel = self.add_weight(
            shape=(four, self.units), initializer="orthogonal", name="recurrent_kernel"
        )
        self.bias = self.add_weight(shape=(four,), initializer="zeros", name="bias")
        # A forget gate that begins open lets gradients pass (Jozefowicz et al., 2015).
        self.bias.value.data[self.units : 2 * self.units] = 1.0

    def call(
        self, x: torch.Tensor, h: torch.Tensor, c: torch.Tensor, training: bool = False
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Read x (B, T, E) from the state h, c (1, B, H); return (B, T, H) and the new state."""
        recurrent = self.recurrent_kernel.value
        if training and self.weight_drop:
            recurrent = torch.nn.functional.dropout(recurrent, self.weight_drop)
        bias = self.bias.value
        weights = [self.kernel.value, recurrent, bias, torch.zeros_like(bias)]
        if training and torch.is_autocast_enabled("cpu"):
            y, h, c = recur(x.transpose(0, 1), h, c, self.kernel.value, recurrent, bias)
            return y.transpose(0, 1), h, c
        # (T, B, E) is the order in which the kernel reads memory.
        y, h, c = torch.lstm(
            x.transpose(0, 1), (h, c), weights, True, 1, 0.0, training, False, False
        )
        return y.transpose(0, 1), h, c


class Network(keras.Model):  # type: ignore[misc]  # Keras ships no types
    """Embedding, LSTM layers and a dense output over the 128 ASCII characters."""

    def __init__(self, shape: Shape, seed: int = 0) -> None:
        super().__init__(name="network")  # the same paths of weights, however many there are
        keras.utils.set_random_seed(seed)
        self.sizes = shape
        self.embed = keras.layers.Embedding(CHARACTERS, shape.embedding, name="embed")
        self.lstm = [FusedLSTM(shape.hidden, name=f"lstm_{i}") for i in range(shape.layers)]
        self.output_drop = 0.0
        self.out = keras.layers.Dense(CHARACTERS, name="logits")
        # Every layer must have been called once before weights can be loaded or exported.
        self(torch.zeros((1, 1), dtype=torch.long), self.zero_state(1))

    @property
    def device(self) -> torch.device:
        """Where Keras puts weights: on a GPU if torch finds one, or as KERAS_TORCH_DEVICE says."""
        device: torch.device = keras.ops.zeros(()).device
        return device

    def zero_state(self, batch: int) -> State:
        """Return the state at the beginning of a text."""
        shape = (1, batch, self.sizes.hidden)
        zero = torch.zeros(shape, device=self.device)
        return [(zero, zero.clone()) for _ in range(self.sizes.layers)]

    def regularise(self, dropout: float, weight_drop: float) -> None:
        """Set the shares of outputs and of recurrent weights that a training step leaves out."""
        self.output_drop = dropout
        for layer in self.lstm:
            layer.weight_drop = weight_drop

    def call(
        self, tokens: torch.Tensor, state: State, training: bool = False
    ) -> tuple[torch.Tensor, State]:
        """Read tokens (B, T); return logits (B, T, 128) and the state after the last one."""
        x = self.embed(tokens)
        after: State = []
        for layer, before in zip(self.lstm, state, strict=True):
            x, h, c = layer(x, *before, training=training)
            if training and self.output_drop:
                x = torch.nn.functional.dropout(x, self.output_drop)
            after.append((h, c))
        return self.out(x), after

"""The way of 2016, timed: every model of the ensemble is asked by Keras for one character in turn.

    python -m export.bench_2016 --models 24 --rounds 10 --hidden 512 --layers 1 --embedding 64

Prints JSON: for each way of asking, the seconds that all models took, one number a round. Weights
are random, which costs the same. `appliance bench` runs this where the export group is installed.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any

import keras  # type: ignore[import-untyped]  # ships no types
import numpy as np
from numpy.typing import NDArray

from export.network import Network, Shape

Arrays = list[NDArray[Any]]


class Asked(keras.Model):  # type: ignore[misc]  # ships no types
    """The network with one list for its inputs and one for its outputs, as `predict` wants them."""

    def __init__(self, network: Network) -> None:
        super().__init__()
        self.network = network

    def call(self, inputs: Sequence[Any]) -> list[Any]:
        """Read tokens (1, 1) in the state h, c (1, 1, H) a layer; return logits and new state."""
        tokens, *state = inputs
        pairs = list(zip(state[0::2], state[1::2], strict=True))
        logits, after = self.network(tokens, pairs)
        return [logits, *(part for pair in after for part in pair)]


def ways(models: Sequence[Asked]) -> dict[str, Callable[[], None]]:
    """Return each way to let all models read one character, the states carried in numpy."""
    zero = [np.zeros((1, 1, models[0].network.sizes.hidden), dtype=np.float32)]
    states: list[Arrays] = [zero * 2 * models[0].network.sizes.layers for _ in models]
    tokens = np.array([[ord("e")]])

    def ask(predict: Callable[[Asked, Arrays], Arrays]) -> None:
        for number, model in enumerate(models):
            _, *states[number] = predict(model, [tokens, *states[number]])

    return {
        "predict": lambda: ask(lambda model, x: model.predict(x, batch_size=1, verbose=0)),
        "predict_on_batch": lambda: ask(lambda model, x: model.predict_on_batch(x)),
    }


def main(argv: Sequence[str]) -> None:
    """Build the models, ask them in both ways in turn, print the seconds."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("models", "rounds", "hidden", "layers", "embedding"):
        parser.add_argument(f"--{name}", type=int, required=True)
    args = parser.parse_args(argv)
    shape = Shape(hidden=args.hidden, layers=args.layers, embedding=args.embedding)
    asked = ways([Asked(Network(shape, seed=seed)) for seed in range(args.models)])
    for way in asked.values():
        way()  # the first call builds
    seconds: dict[str, list[float]] = {name: [] for name in asked}
    for _ in range(args.rounds):
        for name, way in asked.items():
            began = time.perf_counter()
            way()
            seconds[name].append(time.perf_counter() - began)
    print(json.dumps(seconds))


if __name__ == "__main__":
    main(sys.argv[1:])

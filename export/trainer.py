"""One training run: a network, its texts, a recipe; can be killed at any moment and goes on.

A run is a folder with a checkpoint (weights, their running average, the optimizer's state, the
place in the texts, the carried states) written at most a minute apart, and a log of what was
measured. Its length is counted in characters, not in hours, so that it can be repeated.
"""

import io
import json
import math
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import keras  # type: ignore[import-untyped]  # Keras ships no types
import numpy as np
import torch
from numpy.typing import NDArray

from appliance.files import replace_file
from export.network import Network, Shape, State
from export.origin import Origin, computing, hashes_of, otherwise, read_origin
from export.recipe import Recipe as Recipe  # noqa: PLC0414  # whoever trains takes it from here
from export.streams import Streams, windows

CATCH_UP = 80  # characters that the appliance reads from the zero state before a style may speak
SAVE_EVERY = 60.0  # seconds
LN2 = math.log(2.0)


class DamagedError(ValueError):
    """A file of weights or of a run that is not whole; the message is one clause that names it."""


Progress = Callable[[int, int, str], None]  # characters done, characters in all, what is known


class Run:
    """A network that learns from texts, in a folder from which it can be taken up again.

    `origin` tells of texts and starting weights what cannot be seen from here. ValueError if the
    folder has a run of another recipe or origin; another length goes on, and is noted.
    """

    def __init__(
        self,
        folder: Path,
        shape: Shape,
        recipe: Recipe,
        training: Mapping[str, str],
        validation: Mapping[str, str],
        start: Mapping[str, NDArray[np.float32]] | None = None,
        origin: Origin | None = None,
    ) -> None:
        self.folder, self.recipe = folder, recipe
        if origin is None:  # as much of it as can be seen from here
            texts = hashes_of(training=training, validation=validation)
            origin = Origin(texts, {} if start is None else None)
        self.origin = origin
        self.network = Network(shape, seed=recipe.seed)
        self.network.regularise(recipe.dropout, recipe.weight_drop)
        if start is not None:
            put_weights(self.network, start)
        self._params = [v.value for v in self.network.trainable_variables]
        self._bounded = [
            v.value.data for v in self.network.trainable_variables if v.path.endswith("kernel")
        ]
        self._average = [p.detach().clone() for p in self._params]
        self.optimizer = keras.optimizers.AdamW(
            learning_rate=recipe.rate,
            weight_decay=recipe.weight_decay,
            beta_2=0.99,
            global_clipnorm=recipe.clip,
        )
        self.optimizer.exclude_from_weight_decay(var_names=["bias", "embeddings"])
        self.optimizer.build(self.network.trainable_variables)
        self.streams = Streams(
            training,
            rows=recipe.rows,
            length=recipe.length,
            restart=recipe.restart,
            evenness=recipe.evenness,
            seed=recipe.seed,
        )
        self._windows = {
            slug: windows(text, length=480, most=24) for slug, text in validation.items()
        }
        self._state: State = self.network.zero_state(recipe.rows)
        self.done = 0  # characters
        self.spent = 0.0  # seconds of processor time, over all its stretches
        self.best = math.inf  # bits a character, validation
        self._in_vain = 0  # measurements since
        self._loss = math.nan  # of training, smoothed, bits a character
        self._bf16 = self.network.device.type == "cpu" and fast_bfloat16()
        self.stretches: list[dict[str, Any]] = []  # how long it was planned and what computed it
        self.doubt = ""  # a sentence on what a run of older form does not tell
        folder.mkdir(parents=True, exist_ok=True)
        self._resume()
        self._begin_stretch()

    @property
    def finished(self) -> bool:
        """Whether the run has read all its characters."""
        return self.done >= self.recipe.characters

    def train(
        self, progress: Progress, *, seconds: float = math.inf, patience: float = math.inf
    ) -> None:
        """Go on until the run is finished; a kill loses at most the last minute.

        It ends sooner after so many seconds of processor time, or after so many measurements one
        after the other of which none was the best, those before a kill included.
        """
        saved = time.monotonic()
        while not self.finished and self.spent < seconds and self._in_vain < patience:
            before, began = self.done, time.process_time()
            bits = self.step()
            self.spent += time.process_time() - began
            first = math.isnan(self._loss)
            self._loss = bits if first else self._loss + 0.02 * (bits - self._loss)
            checked = self.done // self.recipe.check_every > before // self.recipe.check_every
            ended = self.finished or self.spent >= seconds
            if checked or ended:
                self.check(self._loss)
            if checked or ended or time.monotonic() - saved > SAVE_EVERY:
                self.save()
                saved = time.monotonic()
            known = f"{self._loss:.3f} bits, best {self.best:.3f}"
            progress(self.done, self.recipe.characters, known)

    def step(self) -> float:
        """Learn from one segment of every row; return its loss in bits a character."""
        read, follows, fresh = self.streams.next()
        x, y, keep = (
            torch.from_numpy(array).to(self.network.device) for array in (read, follows, ~fresh)
        )
        keep = keep[None, :, None].float()
        state = [(h * keep, c * keep) for h, c in self._state]
        self.optimizer.learning_rate = self.recipe.rate_at(self.done / self.recipe.characters)
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=self._bf16):
            logits, state = self.network(x, state, training=True)
        loss = torch.nn.functional.cross_entropy(logits.float().flatten(0, 1), y.flatten())
        for p in self._params:
            p.grad = None
        loss.backward()  # type: ignore[no-untyped-call]  # torch gives it no types
        self.optimizer.apply([p.grad for p in self._params], self.network.trainable_variables)
        if self.recipe.bound:
            with torch.no_grad():
                torch._foreach_clamp_min_(self._bounded, -self.recipe.bound)
                torch._foreach_clamp_max_(self._bounded, self.recipe.bound)
        self._state = [(h.detach().float(), c.detach().float()) for h, c in state]
        steps = self.done // (self.recipe.rows * self.recipe.length)
        # The average forgets its random beginning sooner than its final pace would.
        weight = max(1.0 - self.recipe.average, 1.0 / (steps + 1))
        with torch.no_grad():
            torch._foreach_lerp_(self._average, self._params, weight)
        self.done += read.size
        return float(loss.detach()) / LN2

    def check(self, training_bits: float) -> None:
        """Measure the averaged weights on the validation texts and keep them if they are best."""
        with self.averaged():
            bits = {slug: bits_after_catch_up(self.network, w) for slug, w in self._windows.items()}
            mean = float(np.mean(list(bits.values())))
            if mean < self.best:
                self.best, self._in_vain = mean, 0
                write_atomically(self.folder / "best.npz", weights_of(self.network))
            else:
                self._in_vain += 1
        entry = {
            "characters": self.done,
            "training_bits": round(training_bits, 4),
            "validation_bits": round(mean, 4),
            "styles": {slug: round(b, 4) for slug, b in bits.items()},
            "processor_seconds": round(self.spent),
            "time": round(time.time()),
        }
        with (self.folder / "log.jsonl").open("a", encoding="ascii") as log:
            log.write(json.dumps(entry) + "\n")

    def averaged(self) -> "_Exchange":
        """Return a context in which the network holds the running average of its weights."""
        return _Exchange(self._params, self._average)

    def save(self) -> None:
        """Write all that is needed to go on, in one atomic step."""
        arrays = {f"p{i}": p.detach().cpu().numpy() for i, p in enumerate(self._params)}
        arrays |= {f"a{i}": a.cpu().numpy() for i, a in enumerate(self._average)}
        for i, variable in enumerate(self.optimizer.variables):
            arrays[f"o{i}"] = variable.value.detach().cpu().numpy()
        for i, (h, c) in enumerate(self._state):
            arrays[f"h{i}"], arrays[f"c{i}"] = h.cpu().numpy(), c.cpu().numpy()
        about = {
            "done": self.done,
            "spent": self.spent,
            "best": self.best if math.isfinite(self.best) else None,
            "in_vain": self._in_vain,
            "loss": self._loss if math.isfinite(self._loss) else None,
            "streams": self.streams.state(),
            "torch": torch.get_rng_state().numpy().tolist() if self._random_in_step else None,
            "recipe": asdict(self.recipe),
            "shape": self.network.sizes.as_dict(),
            "origin": self.origin.as_dict(),
            "stretches": self.stretches,
        }
        arrays["about"] = np.frombuffer(json.dumps(about).encode("ascii"), dtype=np.uint8)
        write_atomically(self.folder / "checkpoint.npz", arrays)

    @property
    def _random_in_step(self) -> bool:
        return bool(self.recipe.dropout or self.recipe.weight_drop)

    def _resume(self) -> None:
        path = self.folder / "checkpoint.npz"
        if not path.exists():
            return
        about, arrays = read_notes(self.folder), read_arrays(path, "the state of a run")
        before = asdict(Recipe(**about["recipe"]))
        # Another length than planned at first is a wish, and noted; any other change is a mistake.
        kept = {**about, "recipe": {**before, "characters": self.recipe.characters}}
        if mistake := otherwise(self.folder, kept, asdict(self.recipe), self.origin):
            raise ValueError(mistake)
        if read_origin(about) is None:
            self.doubt = (
                f"{path} is of older form and does not tell which text and weights it began with: "
                "it goes on with those of today"
            )
        try:
            self._take_up(arrays, about)
        except (KeyError, TypeError, ValueError, RuntimeError) as error:
            raise DamagedError(f"{path} holds the state of another network or text") from error

    def _take_up(self, arrays: Mapping[str, NDArray[Any]], about: Mapping[str, Any]) -> None:
        with torch.no_grad():
            for i, (p, a) in enumerate(zip(self._params, self._average, strict=True)):
                p.copy_(torch.from_numpy(arrays[f"p{i}"]))
                a.copy_(torch.from_numpy(arrays[f"a{i}"]))
        for i, variable in enumerate(self.optimizer.variables):
            variable.assign(arrays[f"o{i}"])
        self._state = [
            (
                torch.from_numpy(arrays[f"h{i}"]).to(self.network.device),
                torch.from_numpy(arrays[f"c{i}"]).to(self.network.device),
            )
            for i in range(len(self._state))
        ]
        self.done, self.spent = int(about["done"]), float(about["spent"])
        self.best = math.inf if about["best"] is None else float(about["best"])
        self._in_vain = int(about.get("in_vain", 0))
        self._loss = math.nan if about.get("loss") is None else float(about["loss"])
        # A run of older form knows its last plan alone, and not what computed it.
        planned = {"from": 0, "planned": about["recipe"]["characters"]}
        self.stretches = list(about.get("stretches", [planned]))
        self.streams.restore(about["streams"])
        if about["torch"] is not None:
            torch.set_rng_state(torch.tensor(about["torch"], dtype=torch.uint8))

    def _begin_stretch(self) -> None:
        """Note from which character on the run has another length or is computed otherwise."""
        now = {
            "from": self.done,
            "planned": self.recipe.characters,
            **computing(self.network.device.type, bfloat16=self._bf16),
        }
        while self.stretches and self.stretches[-1]["from"] == self.done:
            self.stretches.pop()  # nothing was read in it
        if not self.stretches or {**self.stretches[-1], "from": self.done} != now:
            self.stretches.append(now)


class _Exchange:
    """Swaps two lists of tensors' values on entering and back on leaving."""

    def __init__(self, first: list[torch.Tensor], second: list[torch.Tensor]) -> None:
        self._first, self._second = first, second

    def _swap(self) -> None:
        with torch.no_grad():
            for a, b in zip(self._first, self._second, strict=True):
                held = a.detach().clone()
                a.copy_(b)
                b.copy_(held)

    def __enter__(self) -> None:
        self._swap()

    def __exit__(self, *_: object) -> None:
        self._swap()


def bits_after_catch_up(network: Network, text: NDArray[np.int64]) -> float:
    """Return the mean bits a character on windows (N, T), each from the zero state.

    The first 80 characters of a window are read and not counted, as in the appliance.
    """
    with torch.no_grad():
        tokens = torch.from_numpy(text).to(network.device)
        logits, _ = network(tokens[:, :-1], network.zero_state(len(text)))
        losses = torch.nn.functional.cross_entropy(
            logits.float().transpose(1, 2), tokens[:, 1:], reduction="none"
        )
    return float(losses[:, CATCH_UP - 1 :].mean()) / LN2


def weights_of(network: Network) -> dict[str, NDArray[np.float32]]:
    """Return a network's weights by path, with its sizes."""
    found = {v.path: v.value.detach().cpu().numpy().copy() for v in network.trainable_variables}
    return found | {name: np.array(n) for name, n in network.sizes.as_dict().items()}


def put_weights(network: Network, weights: Mapping[str, NDArray[np.float32]]) -> None:
    """Give a network the weights that `weights_of` returned; ValueError if a size differs."""
    for name, size in network.sizes.as_dict().items():
        if int(weights[name]) != size:
            raise ValueError(f"these weights have {name} {int(weights[name])}, the network {size}")
    for variable in network.trainable_variables:
        variable.assign(weights[variable.path])


def load_weights(path: Path) -> tuple[Shape, dict[str, NDArray[np.float32]]]:
    """Read weights that were written to an .npz file, in any float type, and their shape.

    DamagedError if they are not all there, or not of the sizes that their shape asks for.
    """
    arrays = read_arrays(path, "the weights of a network")
    sizes = {name: arrays.get(name) for name in Shape.__dataclass_fields__}
    if any(a is None or a.ndim or a.dtype.kind != "i" or a < 1 for a in sizes.values()):
        raise DamagedError(f"{path} does not say which network its weights are of")
    shape = Shape(**{name: int(arrays[name]) for name in sizes})
    wanted = shape.weights() if shape.layers < len(arrays) else {}
    found = {name: a.shape for name, a in arrays.items() if name not in sizes}
    if found != wanted or any(arrays[name].dtype.kind != "f" for name in wanted):
        raise DamagedError(f"the weights in {path} are not those of the network that it names")
    if not all(np.isfinite(arrays[name]).all() for name in wanted):
        raise DamagedError(f"{path} has weights that are no numbers")
    return shape, {n: a.astype(np.float32) if n in wanted else a for n, a in arrays.items()}


def read_notes(folder: Path) -> dict[str, Any]:
    """Return what a run's checkpoint says of it; DamagedError if it cannot be had."""
    path = folder / "checkpoint.npz"
    arrays = read_arrays(path, "the state of a run", "about")
    try:
        notes = json.loads(arrays["about"].tobytes())
        Recipe(**notes["recipe"])
    except (KeyError, TypeError, ValueError) as error:
        raise DamagedError(f"{path} does not hold the state of a run") from error
    return dict(notes)


def read_arrays(path: Path, what: str, *only: str) -> dict[str, NDArray[Any]]:
    """Read arrays of an .npz file, all or some; DamagedError if `what` cannot be had from it."""
    try:
        with path.open("rb") as file, np.load(file) as arrays:
            return {name: arrays[name] for name in only or arrays.files}
    except OSError as error:
        raise DamagedError(f"{path} cannot be read: {error.strerror or error}") from error
    except Exception as error:  # numpy, its zip archive and its decompression have each their own
        raise DamagedError(f"{path} is damaged, or does not hold {what}") from error


def write_atomically(path: Path, arrays: Mapping[str, NDArray[Any]]) -> None:
    """Write arrays to an .npz file that is, at any moment, the old one or the new one, whole."""
    data = io.BytesIO()
    np.savez(data, **dict(arrays))  # type: ignore[arg-type]  # any name is an array here
    replace_file(path, data.getvalue())


def fast_bfloat16() -> bool:
    """Tell whether this processor multiplies bfloat16; elsewhere it is slow or fails."""
    try:
        flags = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return False
    return "avx512_bf16" in flags or "amx_bf16" in flags

"""Check every shipped model file: sum, shape, operators, metadata, and that it runs.

    python -m export verify [--json]

Each fault is one sentence that says which file and what to do; any fault makes exit status 1.
"""

import argparse
import json
import math
import sys
from collections.abc import Collection
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from rich.console import Console
from rich.progress import track
from rich.table import Table

from appliance.catalogue import BadModelError
from appliance.engine.model import Model
from appliance.files import sha256_of
from export import corpora
from export.contract import CHARACTERS, MODELS, metadata_faults, state_names
from export.listing import SUMS, ListingError, read_metadata, read_sums
from export.streams import encode

LSTM, LOOPS = {"LSTM", "DynamicQuantizeLSTM"}, {"Loop", "Scan"}
TEXT = 'A stranger came to the door at dusk & said: "It\'s late, and (12 miles on) no inn."\n'
STEPS = 80
# Share of probability that may lie elsewhere when a text is read in one call instead of 80. The
# int8 kernel scales its input by the call, which moves some 0.01; a graph that forgets its state
# or freezes T moves more than half.
MOST_MOVED = 0.1
Value = tuple[str, int, list[int | str]]  # of a graph: name, element type, shape


@dataclass(slots=True)
class Checked:
    """One file, what it is, and what is wrong with it."""

    file: str
    bytes: int = 0
    layers: int = 0
    hidden: int = 0
    test_bits: float | None = None
    int8_difference_bits: float | None = None
    moved: float | None = None  # by reading in one call instead of one character at a time
    faults: list[str] = field(default_factory=list)  # whole sentences

    def fault(self, clause: str) -> None:
        """Note a fault as a sentence that names the file."""
        self.faults.append(f"{self.file}: {clause}.")

    def as_dict(self) -> dict[str, Any]:
        """Return what is known by name."""
        return asdict(self)


def verify(folder: Path, wanted: Collection[str] = ()) -> list[Checked]:
    """Check all model files of a folder and its list of sums, in alphabetical order.

    The voices of the slugs `wanted` must be among them.
    """
    try:
        sums = read_sums(folder)
    except ListingError as error:
        return [Checked(SUMS, faults=[f"{error}."])]
    names = sorted({path.name for path in folder.glob("*.onnx")} | set(sums))
    missing = [Checked(name) for name in sorted({f"{slug}.onnx" for slug in wanted} - set(names))]
    for one in missing:
        one.fault(
            f"it is a shipped voice, but neither there nor listed in {SUMS}: copy both again, or "
            "run `convert`"
        )
    if not names:
        return missing or [Checked(SUMS, faults=[f"{SUMS}: it lists no model: run `convert`."])]
    found = [
        check(folder / name, sums.get(name))
        for name in track(names, "verify", console=Console(stderr=True), transient=True)
    ]
    return sorted([*found, *missing], key=lambda one: one.file)


def shipped_voices(folder: Path) -> Collection[str]:
    """Return the slugs whose voices a folder must have: of the shipped one, all; else none."""
    return corpora.load() if folder.resolve() == MODELS.resolve() else ()


def check(path: Path, expected: str | None) -> Checked:
    """Check one model file against the sum that is listed for it, if one is."""
    checked = Checked(path.name)
    if not path.is_file():
        checked.fault(f"it is listed in {SUMS} but not there: copy it again")
        return checked
    checked.bytes = path.stat().st_size
    if expected is None:
        checked.fault(f"it is not listed in {SUMS}: run `convert`, or remove it")
    elif sha256_of(path) != expected:
        checked.fault(f"its sha256 is not the one in {SUMS}: copy it again")
    try:
        props = read_metadata(path)
        graph = onnx.load(path).graph
    except ValueError:
        checked.fault("it is damaged or is no ONNX file: copy it again")
        return checked
    _check_metadata(checked, props, path.stem)
    fits = _check_shape(checked, graph, props)
    _check_operators(checked, graph)
    if fits:
        _check_run(checked, path)
    return checked


def _check_metadata(checked: Checked, props: dict[str, str], stem: str) -> None:
    clauses = metadata_faults(props)
    for clause in clauses:
        checked.fault(f"{clause}: convert it again")
    if not any(" slug" in clause for clause in clauses) and props["slug"] != stem:
        checked.fault(
            f"its metadata says slug = {props['slug']!r}: rename it to {props['slug']}.onnx"
        )
    checked.test_bits = _figure(props, "test_bits")
    checked.int8_difference_bits = _figure(props, "int8_difference_bits")


def _figure(props: dict[str, str], key: str) -> float | None:
    try:
        value = float(props[key])
    except (KeyError, ValueError):
        return None
    return value if math.isfinite(value) else None


def _check_shape(checked: Checked, graph: onnx.GraphProto, props: dict[str, str]) -> bool:
    """Tell whether inputs and outputs are those of a model file, which alone can be tried."""
    inputs, outputs = list(graph.input), list(graph.output)
    checked.layers = (len(inputs) - 1) // 2
    sizes = [size for value in inputs[1:] for size in _dimensions(value)[-1:]]
    checked.hidden = max((size for size in sizes if isinstance(size, int)), default=0)
    state: list[int | str] = [1, "B", checked.hidden]
    integer, real = onnx.TensorProto.INT64, onnx.TensorProto.FLOAT
    wanted_inputs: list[Value] = [("tokens", integer, ["B", "T"])]
    wanted_inputs += [(name, real, state) for name in state_names(checked.layers)]
    wanted_outputs: list[Value] = [("logits", real, ["B", CHARACTERS])]
    wanted_outputs += [(name, real, state) for name in state_names(checked.layers, "_next")]
    fits = True
    for kind, values, wanted in (
        ("inputs", inputs, wanted_inputs),
        ("outputs", outputs, wanted_outputs),
    ):
        found = [(v.name, v.type.tensor_type.elem_type, _dimensions(v)) for v in values]
        if found != wanted or checked.layers < 1:
            listed = ", ".join(f"{name} {_written(shape)}" for name, _, shape in found)
            checked.fault(f"its {kind} are {listed}, not those of a model file: convert it again")
            fits = False
    for key, size in (("layers", checked.layers), ("hidden", checked.hidden)):
        if props.get(key, "").isdecimal() and props[key] != str(size):
            checked.fault(f"its metadata says {key} = {props[key]}, but its graph has {size}")
    return fits


def _dimensions(value: onnx.ValueInfoProto) -> list[int | str]:
    shape = value.type.tensor_type.shape.dim
    return [d.dim_value if d.HasField("dim_value") else d.dim_param for d in shape]


def _written(shape: list[int | str]) -> str:
    return "[" + ", ".join(map(str, shape)) + "]"


def _check_operators(checked: Checked, graph: onnx.GraphProto) -> None:
    used = {node.op_type for node in graph.node}
    lstms = sum(node.op_type in LSTM for node in graph.node)
    if not lstms:
        checked.fault("it has no LSTM operator: export it by `convert`")
    elif lstms != checked.layers:
        checked.fault(
            f"it has {lstms} LSTM operators for the state of {checked.layers} layer(s): export it "
            "by `convert`"
        )
    for loop in sorted(used & LOOPS):
        checked.fault(f"it steps through time in a {loop}: export it by `convert`")


def _check_run(checked: Checked, path: Path) -> None:
    try:
        model = Model(path)
    except BadModelError as error:
        checked.fault(f"it cannot be used ({error})")
        return
    tokens = encode(TEXT)[None, :STEPS].astype(np.int64)
    at_once, _ = model.read(tokens, model.zero(1))
    state = model.zero(1)
    for at in range(tokens.shape[1]):
        stepwise, state = model.read(tokens[:, at : at + 1], state)
    moved = 0.5 * float(np.abs(at_once - stepwise).sum())
    checked.moved = moved if math.isfinite(moved) else None
    if not moved <= MOST_MOVED:
        checked.fault(
            f"read in one call and character by character, {STEPS} characters give distributions "
            f"that differ by {moved:.3f}, more than {MOST_MOVED:g}: convert it again"
        )


def print_table(checked: list[Checked], console: Console) -> None:
    """Print one row a file."""
    table = Table(header_style="bold")
    table.add_column("file")
    for heading in ("MB", "layers", "units", "test bits", "int8 loss", "one call"):
        table.add_column(heading, justify="right")
    table.add_column("")
    for one in checked:
        table.add_row(
            one.file,
            f"{one.bytes / 1e6:.2f}",
            str(one.layers),
            str(one.hidden),
            "" if one.test_bits is None else f"{one.test_bits:.3f}",
            "" if one.int8_difference_bits is None else f"{one.int8_difference_bits:+.4f}",
            "" if one.moved is None else f"{one.moved:.4f}",
            "faulty" if one.faults else "good",
        )
    console.print(table)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `verify`."""
    parser.add_argument("--work", type=Path, help="not used here; the other verbs' working files")
    parser.add_argument("--models", type=Path, default=MODELS, help="folder of model files")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")


def run(args: argparse.Namespace) -> int:
    """Carry out `verify`; return 1 if there is any fault."""
    checked = verify(args.models, shipped_voices(args.models))
    faults = [fault for one in checked for fault in one.faults]
    if args.json:
        print(json.dumps([one.as_dict() for one in checked], indent=2))
    else:
        print_table(checked, Console(width=None if sys.stdout.isatty() else 120))
    for fault in faults:
        print(fault, file=sys.stderr)
    return 1 if faults else 0

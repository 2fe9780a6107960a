"""Write trained networks as model files: int8 ONNX that say of themselves what they are.

    python -m export convert --work DIR [--only SLUG ...]

Nothing is written that was not measured first: the float form against Keras, the int8 form against
the float form, both on the style's test text. Equal input gives equal bytes.
"""

import argparse
import contextlib
import hashlib
import json
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from rich.progress import track

from appliance.engine.ensemble import CATCH_UP
from appliance.engine.model import Model
from appliance.engine.sampling import softmax
from appliance.files import replace_file
from export import corpora
from export.asked import at_least_one
from export.contract import FORMAT, MODELS, MOST_FLOAT_DIFFERENCE, MOST_INT8_DIFFERENCE
from export.evaluation.places import Bits, bits_at, places, summary
from export.graph import Weights, describe, float_model, int8_model
from export.listing import ListingError, write_listing
from export.network import Network, Shape
from export.origin import Origin, origin_changes, read_origin, versions_of
from export.split import split
from export.trainer import DamagedError, load_weights, put_weights, read_notes
from export.work import slugs_with_text, work_folder

# Whose versions a model file names: at training, and at conversion.
TRAINERS, CONVERTERS = ("static-unsigned-love", "keras", "torch"), ("onnx", "onnxruntime")


class ConversionError(Exception):
    """A network that does not become a model file; the message is one sentence."""


@dataclass(frozen=True, slots=True)
class Description:
    """What a model file says of its style."""

    slug: str
    title: str
    colour: str  # "#rrggbb"
    advisory: str  # empty, "hate" or "adult"
    about: str
    form: str  # prose, verse or code
    licence: str  # of the corpus


@dataclass(frozen=True, slots=True)
class Measured:
    """What was measured at conversion."""

    float_difference: float  # largest, of a probability, to Keras
    int8_difference: float  # bits a character, to the float form
    bits: Bits  # of the int8 form on the test text


def convert(
    description: Description,
    shape: Shape,
    weights: Weights,
    text: str,
    recipe: dict[str, Any],
    folder: Path,
    trained: Mapping[str, Any] | None = None,
) -> Measured:
    """Write `folder/<slug>.onnx` from weights trained on a text; return what was measured.

    `trained` is what `trained_of` tells of the run; without it the file says that it was trained on
    this text by the versions of today.

    Raises ConversionError if a measured difference is too large, ValueError if the text is too
    short to be split or the weights do not fit the shape.
    """
    parts = split(text)
    in_float = float_model(shape, weights)
    in_int8 = int8_model(in_float)
    chosen = places(parts.test)
    with loaded(in_float) as float_form, loaded(in_int8) as int8_form:
        apart = float_difference(shape, weights, float_form, chosen[:4])
        if not apart <= MOST_FLOAT_DIFFERENCE:
            raise ConversionError(
                f"{description.slug}: the float form differs from Keras by {apart:.2g} in "
                f"probability, more than {MOST_FLOAT_DIFFERENCE:g}: the graph does not fit the "
                "network"
            )
        bits = bits_at(int8_form, chosen)
        loss = float(bits.mean() - bits_at(float_form, chosen).mean())
    if not abs(loss) <= MOST_INT8_DIFFERENCE:
        raise ConversionError(
            f"{description.slug}: the int8 form differs from the float form by {loss:+.4f} bits a "
            f"character, more than {MOST_INT8_DIFFERENCE:g}: train it with a smaller bound of its "
            "weights"
        )
    measured = Measured(apart, loss, summary(bits))
    props = metadata(description, shape, text, recipe, measured, trained)
    folder.mkdir(parents=True, exist_ok=True)
    replace_file(folder / f"{description.slug}.onnx", describe(in_int8, props))
    return measured


def metadata(
    description: Description,
    shape: Shape,
    text: str,
    recipe: dict[str, Any],
    measured: Measured,
    trained: Mapping[str, Any] | None = None,
) -> dict[str, str]:
    """Return all that a model file says of itself, as strings.

    What was trained on and by is told by the run, and what converted it by this process.
    """
    known = trained or {}
    hashes = {**split(text).hashes(), **known.get("texts", {}).get(description.slug, {})}
    stretches = known.get("stretches") or [{}]
    trainers = stretches[-1].get("versions") or versions_of(*TRAINERS)
    used = {**{name: trainers[name] for name in TRAINERS}, **versions_of(*CONVERTERS)}
    training = {key: known[key] for key in ("characters", "stretches", "base") if key in known}
    return {
        "format": FORMAT,
        "slug": description.slug,
        "title": description.title,
        "colour": description.colour,
        "advisory": description.advisory,
        "about": description.about,
        "form": description.form,
        "corpus_licence": description.licence,
        "corpus_sha256": hashlib.sha256(text.encode("ascii")).hexdigest(),
        **{f"{part}_sha256": digest for part, digest in hashes.items()},
        "test_bits": f"{measured.bits.mean:.4f}",
        "worst_bits": f"{measured.bits.worst:.4f}",
        "int8_difference_bits": f"{measured.int8_difference:.5f}",
        "float_difference": f"{measured.float_difference:.1e}",
        "trained_by": ", ".join(f"{name} {number}" for name, number in used.items()),
        "recipe": json.dumps(recipe, sort_keys=True),
        "hidden": str(shape.hidden),
        "layers": str(shape.layers),
        **({"training": json.dumps(training, sort_keys=True)} if training else {}),
    }


@contextlib.contextmanager
def loaded(model: onnx.ModelProto) -> Iterator[Model]:
    """Load a model as the appliance does, from a file that is gone afterwards."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "model.onnx")
        path.write_bytes(model.SerializeToString())
        yield Model(path)


def float_difference(
    shape: Shape, weights: Weights, float_form: Model, chosen: NDArray[np.int64]
) -> float:
    """Return the largest difference of a probability between Keras and the float form.

    Over the characters of places (N, 80 + counted): Keras reads each in one call, the float form
    80 characters in one call and then one at a time.
    """
    network = Network(shape)
    put_weights(network, weights)
    with torch.no_grad():
        logits, _ = network(torch.from_numpy(chosen), network.zero_state(len(chosen)))
    expected = softmax(logits.float().cpu().numpy())
    found, state = float_form.logits(chosen[:, :CATCH_UP], float_form.zero(len(chosen)))
    differences = [np.abs(softmax(found) - expected[:, CATCH_UP - 1]).max()]
    for at in range(CATCH_UP, chosen.shape[1]):
        found, state = float_form.logits(chosen[:, at : at + 1], state)
        differences.append(np.abs(softmax(found) - expected[:, at]).max())
    return float(np.max(differences))  # NaN if one is


def recipe_of(run: Path) -> dict[str, Any]:
    """Return the recipe that a training run wrote into its checkpoint."""
    recipe: dict[str, Any] = _notes(run)["recipe"]
    return recipe


def trained_of(run: Path) -> dict[str, Any] | None:
    """Return what a training run noted of its texts, its base, its length and what computed it.

    None for a run of older form, which has noted nothing of that.
    """
    notes = _notes(run)
    if (origin := read_origin(notes)) is None:
        return None
    told = {"characters": notes["done"], "stretches": notes.get("stretches", [])}
    return {**told, **origin.as_dict()}


def _notes(run: Path) -> dict[str, Any]:
    try:
        return read_notes(run)
    except DamagedError as error:
        raise ConversionError(
            f"{run / 'checkpoint.npz'} does not tell how the network was trained: keep it until it "
            "is converted"
        ) from error


def convert_run(style: corpora.Style, work: Path, name: str, folder: Path) -> Measured:
    """Convert the best weights of one style's training run; ConversionError if there are none."""
    runs = work / "runs" / name
    best = runs / style.slug / "best.npz"
    if not best.exists():
        raise ConversionError(f"{style.slug}: there is no {best}: train the style first")
    try:
        shape, weights = load_weights(best)
    except DamagedError as error:
        raise ConversionError(f"{style.slug}: {error}: train the style again") from error
    recipe = {"shape": shape.as_dict(), "style": recipe_of(runs / style.slug)}
    trained = trained_of(runs / style.slug)
    if trained is not None:
        base = trained["base"] or {}
        recipe |= {"base": base.get("recipe") or base["sha256"]} if base else {}
    else:
        print(
            f"{style.slug}: its run is of older form and does not tell from what it was trained: "
            "the model file names the text, the base and the versions of today",
            file=sys.stderr,
        )
        if (runs / "base" / "checkpoint.npz").exists():
            recipe["base"] = recipe_of(runs / "base")
    description = Description(
        slug=style.slug,
        title=style.title,
        colour=style.colour,
        advisory=style.advisory,
        about=style.about,
        form=style.form,
        licence=style.licence,
    )
    try:
        text = _trained_text(style.slug, work, trained, best.parent)
        return convert(description, shape, weights, text, recipe, folder, trained)
    except (OSError, ValueError) as error:
        raise ConversionError(f"{style.slug}: {error}") from error


def _trained_text(slug: str, work: Path, trained: Mapping[str, Any] | None, run: Path) -> str:
    """Read a style's text; ConversionError if it is known not to be what a run has read."""
    path = work / "text" / f"{slug}.txt"
    text = path.read_text(encoding="ascii")
    if trained is not None:
        now = Origin({slug: split(text).hashes()})
        if other := origin_changes(Origin(trained["texts"]), now):
            raise ConversionError(
                f"{slug}: {path} is not the text of the training in {run} ({'; '.join(other)}): "
                "bring that text back, or delete that folder and train it anew"
            )
    return text


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `convert`."""
    parser.add_argument("--work", type=Path, help="folder of working files (in the user's cache)")
    parser.add_argument("--models", type=Path, default=MODELS, help="where model files are written")
    parser.add_argument(
        "--corpora", type=Path, default=corpora.CORPORA_TOML, help="what the styles are called"
    )
    parser.add_argument("--name", default="voices", help="name of the set of runs (%(default)s)")
    parser.add_argument("--only", nargs="+", metavar="SLUG", help="these styles alone")
    parser.add_argument("--threads", type=at_least_one, default=1, help="threads (%(default)s)")


def run(args: argparse.Namespace) -> int:
    """Carry out `convert`; return 1 if a style could not be converted."""
    torch.set_num_threads(args.threads)
    work = work_folder(args.work)
    try:
        styles = corpora.choose(corpora.load(args.corpora), args.only or slugs_with_text(work))
    except (corpora.CorpusError, FileNotFoundError) as error:
        print(error, file=sys.stderr)
        return 2
    failed = 0
    for style in track(styles, "convert", disable=not sys.stderr.isatty()):
        try:
            measured = convert_run(style, work, args.name, args.models)
            write_listing(args.models)
        except (ConversionError, ListingError) as error:
            print(error, file=sys.stderr)
            failed += 1
        else:
            print(
                f"{style.slug:18} {measured.bits.mean:.3f} bits, worst place "
                f"{measured.bits.worst:.3f}, int8 {measured.int8_difference:+.5f} bits, "
                f"float {measured.float_difference:.1e}",
                flush=True,
            )
    return 1 if failed else 0

"""The styles that are measured: each one's shipped model, and its text in three parts."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from appliance.catalogue import BadModelError
from appliance.engine.model import Model
from appliance.files import sha256_of
from export.listing import read_metadata
from export.split import Parts, split


class EvaluationError(Exception):
    """Something that is needed is missing or does not fit; the message is one sentence."""


@dataclass(frozen=True, slots=True)
class Voice:
    """One style's model and the text that it was, and was not, trained on."""

    slug: str
    form: str  # prose, verse or code
    model: Model
    parts: Parts
    size: int  # bytes of the model file
    sha256: str  # of the model file
    same_text: bool  # whether the parts are those of the training, by their hashes


def read_voices(models: Path, work: Path, only: Sequence[str] | None = None) -> list[Voice]:
    """Load the model files and prepared texts of all styles, or of some, in alphabetical order.

    Raises EvaluationError if a model file or a text is missing or damaged.
    """
    files = {path.stem: path for path in sorted(models.glob("*.onnx"))}
    if not files:
        raise EvaluationError(f"there are no model files in {models}: run `convert` first")
    unknown = sorted(set(only or ()) - set(files))
    if unknown:
        raise EvaluationError(f"{models} has no model of {', '.join(unknown)}")
    return [read_voice(path, work) for slug, path in files.items() if not only or slug in only]


def read_test_texts(work: Path) -> dict[str, str]:
    """Return the test part of every prepared text by slug, with or without a model of it."""
    texts: dict[str, str] = {}
    for path in sorted((work / "text").glob("*.txt")):
        try:
            texts[path.stem] = split(path.read_text(encoding="ascii")).test
        except ValueError as error:  # not ASCII, or too short
            raise EvaluationError(f"{path} cannot be used: {error}") from error
    return texts


def read_voice(path: Path, work: Path) -> Voice:
    """Load one model file and its prepared text; EvaluationError if either is not to be had."""
    try:
        model = Model(path)
    except BadModelError as error:
        raise EvaluationError(str(error)) from error
    props = read_metadata(path)
    slug = props.get("slug", path.stem)
    text = work / "text" / f"{slug}.txt"
    try:
        parts = split(text.read_text(encoding="ascii"))
    except FileNotFoundError as error:
        raise EvaluationError(
            f"there is no text {text}: run `python -m export prepare`, or name its folder by --work"
        ) from error
    except ValueError as error:  # not ASCII, or too short
        raise EvaluationError(f"{text} cannot be used: {error}") from error
    same = all(props.get(f"{part}_sha256") == digest for part, digest in parts.hashes().items())
    return Voice(
        slug, props.get("form", "prose"), model, parts, path.stat().st_size, sha256_of(path), same
    )

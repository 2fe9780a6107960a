"""What a model file promises: its limits, its inputs and outputs, what it says of itself.

`convert` writes by it and `verify` checks by it; neither has numbers of its own.
"""

import json
import math
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from appliance.catalogue import COLOUR, SLUG
from export.recipe import recipe_faults

MODELS = Path(__file__).parents[1] / "models_onnx"
BASE = Path(__file__).with_name("base") / "608x2.npz"  # from which the shipped voices were trained
FORMAT = "1"
CHARACTERS = 128
MOST_FLOAT_DIFFERENCE = 1e-5  # of a probability, from Keras to the float form
MOST_INT8_DIFFERENCE = 0.002  # bits a character, from the float form to the int8 form
ADVISORIES = ("", "hate", "adult")
FORMS = ("prose", "verse", "code")
LONGEST_TITLE = 60  # characters; the stage shortens what is too long for its place
SHA256 = re.compile(r"[0-9a-f]{64}")
NUMBER = r"[0-9]+\.[0-9A-Za-z.+!-]*"  # of a version
MADE_BY = ("static-unsigned-love", "keras", "torch", "onnx", "onnxruntime")
TRAINED_BY = re.compile(", ".join(f"{name} {NUMBER}" for name in MADE_BY))
SIZES = ("hidden", "layers", "embedding")
# Bits a character on test text, between which a voice can lie. Without any knowledge each of the
# 128 characters costs 7 bits, so whoever needs 8 has learned nothing or is broken; people who guess
# English need about 1 (Shannon, 1951), so whoever needs 0.3 knows the test text by heart.
LEAST_BITS, MOST_BITS = 0.3, 8.0
# A sum of 64 digits drawn at random has fewer different ones once in some 10^12 times.
LEAST_DIGITS = 10


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan


def _test_bits(text: str) -> bool:
    return LEAST_BITS < _number(text) < MOST_BITS


def _bits(text: str) -> bool:
    return 0.0 < _number(text) < 64.0


def _json(text: str) -> object:
    try:
        return json.loads(text)
    except ValueError:
        return None


def _training(text: str) -> bool:
    match _json(text):
        case {"characters": int(), "stretches": [*stretches], "base": None | {"sha256": str()}}:
            return all(isinstance(s, dict) and {"from", "planned"} <= s.keys() for s in stretches)
    return False


def _whole(text: str) -> bool:
    return re.fullmatch(r"[1-9][0-9]{0,8}", text) is not None


def _sha256(text: str) -> bool:
    return SHA256.fullmatch(text) is not None and len(set(text)) >= LEAST_DIGITS


def _said(text: str) -> bool:
    return bool(text.strip())


def is_title(text: str) -> bool:
    """Tell whether a text can stand on the stage as a title."""
    return _said(text) and len(text) <= LONGEST_TITLE and text.isprintable()


# Each key, whether its value is well formed, and what is expected, as a sentence goes on.
METADATA: dict[str, tuple[Callable[[str], bool], str]] = {
    "format": (lambda text: text == FORMAT, f"{FORMAT}"),
    "slug": (lambda text: SLUG.fullmatch(text) is not None, "lower-case letters, digits and _"),
    "title": (is_title, f"a title of one line, of at most {LONGEST_TITLE} characters"),
    "colour": (lambda text: COLOUR.fullmatch(text) is not None, "#rrggbb"),
    "advisory": (lambda text: text in ADVISORIES, "empty, hate or adult"),
    "about": (_said, "a sentence"),
    "form": (lambda text: text in FORMS, "prose, verse or code"),
    "corpus_licence": (_said, "a licence"),
    "corpus_sha256": (_sha256, "a sha256"),
    "training_sha256": (_sha256, "a sha256"),
    "validation_sha256": (_sha256, "a sha256"),
    "test_sha256": (_sha256, "a sha256"),
    "test_bits": (
        _test_bits,
        f"bits a character between {LEAST_BITS:g} and {MOST_BITS:g}, as a voice has",
    ),
    "worst_bits": (_bits, "bits a character"),
    "int8_difference_bits": (
        lambda text: abs(_number(text)) < MOST_INT8_DIFFERENCE,
        f"a loss below {MOST_INT8_DIFFERENCE:g} bits a character",
    ),
    "float_difference": (
        lambda text: 0.0 <= _number(text) <= MOST_FLOAT_DIFFERENCE,
        f"at most {MOST_FLOAT_DIFFERENCE:g} in probability",
    ),
    "trained_by": (
        lambda text: TRAINED_BY.fullmatch(text) is not None,
        f"the versions of {', '.join(MADE_BY)}",
    ),
    "recipe": (lambda text: isinstance(_json(text), dict), "JSON with shape, style and base"),
    "hidden": (_whole, "a number of units"),
    "layers": (_whole, "a number of layers"),
}


# What a file may say besides; the 24 voices that ship were trained before runs noted it.
OPTIONAL: dict[str, tuple[Callable[[str], bool], str]] = {
    "training": (_training, "JSON with characters, stretches and base"),
}


def metadata_faults(props: Mapping[str, str]) -> list[str]:
    """Return one clause for each key that is missing or malformed."""
    faults: list[str] = []
    for key, (good, expected) in {**METADATA, **OPTIONAL}.items():
        if key not in props:
            faults += [f"its metadata lacks the key {key}"] if key in METADATA else []
        elif not good(props[key]):
            faults.append(f"its metadata says {key} = {props[key]!r}, expected {expected}")
    recipe = _json(props.get("recipe", ""))
    if isinstance(recipe, dict):
        faults += [f"its metadata's recipe {clause}" for clause in _recipe_faults(recipe, props)]
    mean, worst = (props.get(key, "") for key in ("test_bits", "worst_bits"))
    if _test_bits(mean) and _number(worst) < _number(mean):
        faults.append("its metadata says that its worst place is better than the mean")
    sums = [value for key, value in props.items() if key.endswith("_sha256")]
    if len(set(sums)) < len(sums):
        faults.append("its metadata gives the same sha256 to two different texts")
    return faults


def _recipe_faults(recipe: Mapping[str, object], props: Mapping[str, str]) -> Iterator[str]:
    match recipe.get("shape"):
        case {"hidden": int(hidden), "layers": int(layers), "embedding": int()}:
            for key, size in (("hidden", hidden), ("layers", layers)):
                if _whole(props.get(key, "")) and str(size) != props[key]:
                    yield f"has shape.{key} = {size}, but the file has {props[key]}"
        case shape:
            yield f"has shape = {shape!r}, which must have {', '.join(SIZES)}"
    for clause in recipe_faults(recipe.get("style")):
        yield f"of the style {clause}"
    base = recipe.get("base")
    if isinstance(base, dict):
        for clause in recipe_faults(base):
            yield f"of the base {clause}"
    elif not (isinstance(base, str) and _sha256(base)):
        yield f"has base = {base!r}, which must be the recipe of a base or the sha256 of its file"


def state_names(layers: int, ending: str = "") -> list[str]:
    """Return the names of the recurrent state, in their order."""
    return [f"{part}{layer}{ending}" for layer in range(layers) for part in ("h", "c")]

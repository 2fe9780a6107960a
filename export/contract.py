"""What a model file promises: its limits, its inputs and outputs, what it says of itself.

`convert` writes by it and `verify` checks by it; neither has numbers of its own.
"""

import json
import math
import re
from collections.abc import Callable, Mapping
from pathlib import Path

from appliance.catalogue import COLOUR, SLUG

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
TRAINED_BY = re.compile(
    r"static-unsigned-love \S+, keras \S+, torch \S+(, onnx \S+, onnxruntime \S+)?"
)


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan


def _bits(text: str) -> bool:
    return 0.0 < _number(text) < 64.0


def _recipe(text: str) -> bool:
    try:
        recipe = json.loads(text)
    except ValueError:
        return False
    return isinstance(recipe, dict) and {"shape", "style"} <= recipe.keys()


def _whole(text: str) -> bool:
    return re.fullmatch(r"[1-9][0-9]{0,8}", text) is not None


def _sha256(text: str) -> bool:
    return SHA256.fullmatch(text) is not None


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
    "test_bits": (_bits, "bits a character"),
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
        "the versions of static-unsigned-love, keras and torch",
    ),
    "recipe": (_recipe, "JSON with shape and style"),
    "hidden": (_whole, "a number of units"),
    "layers": (_whole, "a number of layers"),
}


def metadata_faults(props: Mapping[str, str]) -> list[str]:
    """Return one clause for each key that is missing or malformed."""
    faults: list[str] = []
    for key, (good, expected) in METADATA.items():
        if key not in props:
            faults.append(f"its metadata lacks the key {key}")
        elif not good(props[key]):
            faults.append(f"its metadata says {key} = {props[key]!r}, expected {expected}")
    return faults


def state_names(layers: int, ending: str = "") -> list[str]:
    """Return the names of the recurrent state, in their order."""
    return [f"{part}{layer}{ending}" for layer in range(layers) for part in ("h", "c")]

"""From what a run learns and by what it is computed, kept with it so that both can be told later.

Two runs of one recipe are the same run only if they read the same texts and begin with the same
weights; and they end in the same digits only if the same versions compute them in the same way.
"""

import hashlib
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch

from appliance import __version__

PROJECT = "static-unsigned-love"
PACKAGES = ("keras", "torch", "numpy")  # whose version can change what a run comes to
Hashes = Mapping[str, Mapping[str, str]]  # style, part of its text, sha256


@dataclass(frozen=True, slots=True)
class Origin:
    """From what a run learns: its texts by the sha256 of each part, and the weights it begins with.

    `base` has the sha256 of the file of weights, and what is known of how they came about; it is
    empty for random weights, and None where the file was not told.
    """

    texts: Hashes
    base: Mapping[str, Any] | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return it as it is kept, in JSON."""
        texts = {slug: dict(parts) for slug, parts in self.texts.items()}
        return {"texts": texts, "base": None if self.base is None else dict(self.base)}


def read_origin(kept: Mapping[str, Any]) -> Origin | None:
    """Return the origin in a checkpoint's or a finished run's notes; None if they have none."""
    match kept.get("origin"):
        case {"texts": dict(texts), "base": dict() | None as base}:
            return Origin(texts, base)
    return None


def hashes_of(**parts: Mapping[str, str]) -> Hashes:
    """Return the sha256 of each part of each style's text, given by part and style."""
    found: dict[str, dict[str, str]] = {}
    for part, texts in parts.items():
        for slug, text in texts.items():
            digest = hashlib.sha256(text.encode("ascii")).hexdigest()
            found.setdefault(slug, {})[part] = digest
    return found


def versions_of(*packages: str) -> dict[str, str]:
    """Return the versions of packages in this environment; this one need not be installed."""
    return {name: __version__ if name == PROJECT else version(name) for name in packages}


def computing(device: str, *, bfloat16: bool) -> dict[str, Any]:
    """Return what decides the last digits of a run on this machine."""
    return {
        "versions": versions_of(PROJECT, *PACKAGES),
        "device": device,
        "bfloat16": bfloat16,
        # The rule of `recurrence`, which alone is compiled.
        "compiled": bfloat16 and shutil.which("g++") is not None,
        "threads": torch.get_num_threads(),
    }


def otherwise(
    folder: Path, kept: Mapping[str, Any], recipe: Mapping[str, Any], origin: Origin
) -> str:
    """Say in a sentence what a kept run learns otherwise from than it would now; empty: nothing.

    Only what both know is compared, so that a key that a recipe lacks is not.
    """
    before = kept.get("recipe", {})
    clauses = [
        f"its {key} was {before[key]}, and would be {value} now"
        for key, value in recipe.items()
        if key in before and before[key] != value
    ]
    if (known := read_origin(kept)) is not None:
        clauses += origin_changes(known, origin)
    if not clauses:
        return ""
    return (
        f"the run in {folder} is another one ({'; '.join(clauses)}): delete that folder to train "
        "it anew, or give the new run another name"
    )


def origin_changes(before: Origin, now: Origin) -> list[str]:
    """Say as clauses what it is now that a run would learn otherwise from, as far as is known."""
    return [*_base_changes(before.base, now.base), *_text_changes(before.texts, now.texts)]


def _base_changes(before: Mapping[str, Any] | None, now: Mapping[str, Any] | None) -> Iterator[str]:
    if before is None or now is None or before.get("sha256") == now.get("sha256"):
        return
    first, second = (_weights(base) for base in (before, now))
    yield f"it began with {first}, and would begin with {second} now"


def _weights(base: Mapping[str, Any]) -> str:
    return f"the weights {base['sha256'][:12]}…" if base.get("sha256") else "random weights"


def _text_changes(before: Hashes, now: Hashes) -> Iterator[str]:
    if gone := sorted(before.keys() - now.keys()):
        yield f"it was trained on {', '.join(gone)} as well"
    if new := sorted(now.keys() - before.keys()):
        yield f"it was not trained on {', '.join(new)}"
    for slug in sorted(before.keys() & now.keys()):
        both = [part for part in before[slug] if part in now[slug]]
        if other := [part for part in both if before[slug][part] != now[slug][part]]:
            yield f"the text of {slug} has changed in its part for {' and for '.join(other)}"

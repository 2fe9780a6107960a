"""What the engine takes up again after a crash or a cut: text, mixture, active styles."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from appliance.files import replace_file


@dataclass(frozen=True, slots=True)
class Memory:
    """What stood on the page, and what it was drawn with."""

    text: str = ""
    authors: str = ""  # for each character a letter, as on the wire
    styles: tuple[str, ...] = ()  # in the order of their numbers
    start: int = 0  # index of the page's first character
    end: int = 0  # index after its last
    weights: Mapping[str, float] = field(default_factory=dict)
    active: tuple[str, ...] = ()
    temperature: float | None = None
    pace: float | None = None
    joint: str | None = None


def recall(path: Path) -> Memory | None:
    """Read what was kept; None if there is nothing, or nothing that can be used."""
    try:
        entries: dict[str, Any] = json.loads(path.read_text(encoding="ascii"))
        memory = Memory(
            text=str(entries["text"]).encode("ascii").decode("ascii"),
            authors=str(entries["authors"]),
            styles=tuple(str(slug) for slug in entries["styles"]),
            start=int(entries["start"]),
            end=int(entries["end"]),
            weights={str(k): float(v) for k, v in entries["weights"].items()},
            active=tuple(str(slug) for slug in entries["active"]),
            temperature=float(entries["temperature"]),
            pace=float(entries["pace"]),
            joint=str(entries["joint"]),
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
    if len(memory.authors) != len(memory.text) or memory.end - memory.start < len(memory.text):
        return None
    return memory


def keep(path: Path, memory: Memory) -> None:
    """Write it so that a power cut leaves the old file or the new one, whole; may raise OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    replace_file(path, json.dumps(asdict(memory)).encode("ascii"))

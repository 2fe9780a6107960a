"""What the engine takes up again after a crash or a cut: text, mixture, active styles."""

import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Self

from appliance import wire
from appliance.files import UNUSABLE, replace_file
from appliance.plain import plain

# Each by the message with which a hand would set it, so that the ranges are those of the wire.
READERS: Mapping[str, Callable[[Any], Any]] = {
    "weights": lambda kept: dict(
        wire.Weights(tuple((str(slug), float(weight)) for slug, weight in kept.items())).pairs
    ),
    "active": lambda kept: tuple(str(slug) for slug in kept),
    "temperature": lambda kept: wire.Temperature(float(kept)).value,
    "pace": lambda kept: wire.Pace(float(kept)).value,
    "joint": lambda kept: wire.SetJoint(str(kept)).kind,
    "instead_of": lambda kept: dict(kept.items()),
}


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
    instead_of: Mapping[str, Any] = field(default_factory=dict)  # what the settings then said

    def under(self, settings: Mapping[str, Any]) -> Self:
        """Return it without what stood on a setting that has changed since.

        `settings` has what the settings say now, by the field that it would take the place of.
        What an older release kept does not tell, and stays.
        """
        changed = [
            name
            for name, said in settings.items()
            if name in self.instead_of and self.instead_of[name] != said
        ]
        nothing = Memory()
        return replace(self, **{name: getattr(nothing, name) for name in changed})


def recall(path: Path) -> Memory | None:
    """Read what was kept; None if there is no text, or none that can be used.

    What no hand could have set, since another release wrote it or a disk has changed it, is not
    taken up; the text is, as far as a page can show it.
    """
    try:
        entries: dict[str, Any] = json.loads(path.read_text(encoding="ascii"))
        memory = Memory(
            text=str(entries["text"]).encode("ascii").decode("ascii"),
            authors=str(entries["authors"]),
            styles=tuple(str(slug) for slug in entries["styles"]),
            start=int(entries["start"]),
            end=int(entries["end"]),
        )
    except (OSError, *UNUSABLE):
        return None
    if len(memory.authors) != len(memory.text):
        return None
    if not 0 <= memory.start <= memory.end - len(memory.text):
        return None
    text, authors = legible(memory.text, memory.authors)
    return replace(memory, text=text, authors=authors, **_set_by_hands(entries))


def legible(text: str, authors: str) -> tuple[str, str]:
    """Return a text as `plain` leaves it, and the authors of what is left."""
    left = [(plain(character), author) for character, author in zip(text, authors, strict=True)]
    return (
        "".join(character for character, _ in left),
        "".join(author * len(character) for character, author in left),
    )


def _set_by_hands(entries: Mapping[str, Any]) -> dict[str, Any]:
    found = {}
    for name, read in READERS.items():
        with suppress(*UNUSABLE):
            found[name] = read(entries[name])
    return found


def keep(path: Path, memory: Memory) -> None:
    """Write it so that a power cut leaves the old file or the new one, whole; may raise OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    replace_file(path, json.dumps(asdict(memory)).encode("ascii"))

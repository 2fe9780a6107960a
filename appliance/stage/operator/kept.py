"""What the operator chose and what the day has brought, in a file that survives a power cut."""

import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from threading import Lock, Thread
from typing import Any, Self

from appliance.files import UNUSABLE, replace_file

DARKEST = 0.2  # of the brightness: a screen is never switched off by mistake
NAME = "operator.json"

log = logging.getLogger("appliance.stage")


@dataclass(frozen=True, slots=True)
class Kept:
    """Brightness by screen, DARKEST to 1; the styles that are on, if any were chosen; the day."""

    brightness: Mapping[str, float] = field(default_factory=dict)
    active: tuple[str, ...] = ()
    instead_of: tuple[str, ...] = ()  # what the settings' styles.active then was
    day: str = ""  # as an ISO date
    typed: int = 0  # characters on that day

    @classmethod
    def of(cls, entries: Any) -> Self:
        """Read what a file says; ValueError, TypeError or KeyError if it is of another shape."""
        brightness = {str(role): float(share) for role, share in entries["brightness"].items()}
        if not all(DARKEST <= share <= 1.0 for share in brightness.values()):
            raise ValueError("a brightness lies outside its range")
        active, instead_of = (
            tuple(str(slug) for slug in entries[key]) for key in ("active", "instead_of")
        )
        day, typed = str(entries["day"]), max(0, int(entries["typed"]))
        return cls(brightness, active, instead_of, day, typed)

    def chosen(self, settings: Sequence[str]) -> tuple[str, ...]:
        """Return the styles that the operator has turned on, if the settings' list is as it was."""
        return self.active if self.instead_of == tuple(settings) else ()

    def counted(self, day: str, typed: int) -> Self:
        """Return it with so many more characters; a new day begins at none."""
        return replace(self, day=day, typed=typed + (self.typed if day == self.day else 0))


class Shelf:
    """Where it lies; written on a thread of its own, since a slow card must not hold up a frame."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / NAME
        self._failed = False
        self._lock = Lock()
        self._wanted: Kept | None = None  # what is still to be written
        self._thread: Thread | None = None

    def read(self) -> Kept:
        """Return what was kept; as new where that cannot be used."""
        try:
            return Kept.of(json.loads(self._path.read_text(encoding="utf-8")))
        except FileNotFoundError:
            return Kept()
        except (OSError, *UNUSABLE) as error:
            log.warning("%s cannot be used (%s): it begins anew", self._path, error)
            return Kept()

    def put(self, kept: Kept) -> None:
        """Have it written soon; what was to be written before and was not is left out."""
        with self._lock:
            self._wanted = kept
            if self._thread is None:
                self._thread = Thread(target=self._write, name="operator", daemon=True)
                self._thread.start()

    def close(self, patience: float = 5.0) -> None:
        """Wait until all is written, for so many seconds at most."""
        with self._lock:
            thread = self._thread
        if thread is not None:
            thread.join(patience)

    def _write(self) -> None:
        while True:
            with self._lock:
                kept, self._wanted = self._wanted, None
                if kept is None:
                    self._thread = None
                    return
            try:
                self._path.parent.mkdir(parents=True, exist_ok=True)
                replace_file(self._path, json.dumps(asdict(kept), indent=1).encode())
            except OSError as error:
                if not self._failed:
                    log.error("%s cannot be written (%s): the piece goes on", self._path, error)
                self._failed = True
            else:
                self._failed = False

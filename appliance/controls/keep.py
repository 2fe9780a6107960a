"""What a control has learned, as a JSON file of its own that survives a power cut."""

import fcntl
import json
import logging
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from appliance.files import replace_file, state_folder

log = logging.getLogger("appliance.controls")


def place(name: str, folder: Path | None = None) -> Path:
    """Return where the control of a name keeps what it has learned."""
    return (folder or state_folder()) / "learned" / f"{name}.json"


def read(path: Path) -> dict[str, Any]:
    """Return what was learned; nothing, and one line in the log, where it cannot be read."""
    try:
        return _table(path)
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, RecursionError) as error:
        log.warning("%s cannot be read (%s): learn once more, or remove the file", path, error)
        return {}


def write(path: Path, learned: dict[str, Any]) -> None:
    """Write what was learned, in one atomic step; OSError if the disk refuses."""
    path.parent.mkdir(parents=True, exist_ok=True)
    replace_file(path, json.dumps(learned, indent=1, sort_keys=True).encode())


def change(path: Path, changed: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    """Write what `changed` makes of what was learned, as nobody else does meanwhile.

    A file that makes no sense, as after a slip of an editor, is put aside as `….damaged` and not
    written over. OSError if the disk refuses, or the file may not be read.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with _alone(path.parent):
        learned: dict[str, Any] = {}
        try:
            learned = _table(path)
        except FileNotFoundError:
            pass
        except (ValueError, RecursionError) as error:
            aside = path.with_name(f"{path.name}.damaged")
            path.replace(aside)
            log.warning("%s makes no sense (%s): it is %s now", path, error, aside.name)
        write(path, changed(learned))


def _table(path: Path) -> dict[str, Any]:
    found = json.loads(path.read_text(encoding="utf-8"))
    if not isinstance(found, dict):
        raise ValueError("it is no table")  # of a file's content, as json's own
    return found


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Hold a folder: the stage keeps which faders it saw while the command line keeps a role."""
    held = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield
    finally:
        os.close(held)

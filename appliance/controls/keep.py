"""What a control has learned, as a JSON file of its own that survives a power cut."""

import json
import logging
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
        found = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        log.warning("%s cannot be read (%s): learn once more, or remove the file", path, error)
        return {}
    if not isinstance(found, dict):
        log.warning("%s is no table: learn once more, or remove the file", path)
        return {}
    return found


def write(path: Path, learned: dict[str, Any]) -> None:
    """Write what was learned, in one atomic step; OSError if the disk refuses."""
    path.parent.mkdir(parents=True, exist_ok=True)
    replace_file(path, json.dumps(learned, indent=1, sort_keys=True).encode())

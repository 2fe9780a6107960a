"""The settings of a piece that nobody attends: a wrong file never stops it.

What was last read without a fault is kept; when the site's file cannot be used, that is what
plays, and the technician is told.
"""

import logging
from dataclasses import replace
from pathlib import Path

from appliance.files import replace_file, state_folder
from appliance.settings import DEFAULTS, Loaded, SettingsError

KEPT = "settings.last-good.toml"

log = logging.getLogger("appliance.settings")


def read_or_last_good(given: Path | None, folder: Path | None = None) -> Loaded:
    """Return the settings in force; never fails unless a file was named on the command line.

    SettingsError only for that file: whoever names one sits in front of it.
    """
    if given is not None:
        return Loaded.read(given)
    kept = (folder or state_folder()) / KEPT
    try:
        loaded = Loaded.read()
    except SettingsError as error:
        log.error("%s", error)
        good = _last_good(kept)
        instead = "what last worked" if good.site == kept else "the shipped settings"
        said = f"{error}".rstrip(".")
        stop = "" if said.endswith("?") else "."
        return replace(good, fault=f"{said}{stop} Until then {instead} will do.")
    _keep(loaded, kept)
    return loaded


def _last_good(kept: Path) -> Loaded:
    if kept.exists():
        try:
            return Loaded.read(kept)
        except SettingsError as error:  # it was good for an older version
            log.error("%s", error)
    return Loaded.read(DEFAULTS)


def _keep(loaded: Loaded, kept: Path) -> None:
    try:
        if loaded.site is None:
            kept.unlink(missing_ok=True)
            return
        data = loaded.site.read_bytes()
        if not kept.exists() or kept.read_bytes() != data:
            kept.parent.mkdir(parents=True, exist_ok=True)
            replace_file(kept, data)
    except OSError as error:
        log.warning("%s cannot be kept for bad days (%s)", kept, error.strerror)

"""What became of the last update: one small file for the technician's page, the doctor, the panel.

Whoever reads it needs no rights; whoever writes it is root.
"""

import json
import logging
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from appliance.files import replace_file
from appliance.update.homes import Homes

FILE = "outcome.json"

log = logging.getLogger("appliance.update")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What happened and when; `well` is false where a release was taken back.

    `kind` is trial, kept, returned, refused or back.
    """

    kind: str
    version: str
    sentence: str
    well: bool
    at: str  # local time, ISO 8601
    failed: tuple[str, ...] = ()  # sha256 of the manifests of bundles that were taken back here


def read_outcome(homes: Homes | None = None) -> Outcome | None:
    """Return what became of the last update; None if there was none, or its file is damaged."""
    try:
        said = json.loads(((homes or Homes()).updates / FILE).read_text(encoding="utf-8"))
        return Outcome(
            str(said["kind"]),
            str(said["version"]),
            str(said["sentence"]),
            bool(said["well"]),
            str(said["at"]),
            tuple(map(str, said["failed"])),
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None


def tell(
    homes: Homes,
    kind: str,
    version: str,
    sentence: str,
    now: datetime,
    *,
    failed: str = "",
    again: str = "",
) -> None:
    """Write what happened, and log it.

    `failed` is a bundle that no stick shall bring again, `again` one that gets another chance.
    """
    last = read_outcome(homes)
    known = tuple(one for one in (last.failed if last else ()) if one not in (failed, again))
    if failed:
        known = (*known[-15:], failed)
    outcome = Outcome(
        kind, version, sentence, kind != "returned", now.isoformat(timespec="seconds"), known
    )
    log.log(logging.WARNING if kind in ("returned", "refused") else logging.INFO, "%s", sentence)
    path: Path = homes.updates / FILE
    replace_file(path, (json.dumps(asdict(outcome), indent=1) + "\n").encode())
    path.chmod(0o644)

"""Updates on a stick: one that works, and one that does not."""

import json
import tempfile
from pathlib import Path
from typing import Any

from appliance.update.manifest import write_manifest
from deploy.image.disk import MIB, fat
from deploy.update.make import manifest_of, pack, release_of, write
from deploy.update.stand_ins import STAND_INS, as_version, new_key
from deploy.vm.door import DoorError
from deploy.vm.room import Room, Row

WORKS, FAILS = "works", "engine-crashes"
VERDICT = 3600.0  # seconds: unpacked, tried and proved on an emulated machine


def sticks(deb: Path, folder: Path) -> tuple[str, dict[str, Path]]:
    """Make a stick for each update of a package's release; return the maker's key, and them."""
    key = folder / "key"
    if not key.exists():
        folder.mkdir(parents=True, exist_ok=True)
        new_key(folder)
    made = {name: folder / f"{name}.stick" for name in (WORKS, FAILS)}
    for name, stick in made.items():
        if stick.exists():
            continue
        version, change = STAND_INS[name]
        with tempfile.TemporaryDirectory(dir=folder) as scratch:
            release = change(as_version(release_of(deb, Path(scratch, "deb")), version))
            packed = pack(release.folder, level=1)
            manifest = write_manifest(manifest_of(release, packed))
            bundle = write(Path(scratch, f"{name}.update"), manifest, packed.payload, key)
            tree = Path(scratch, "stick")
            tree.mkdir()
            bundle.rename(tree / bundle.name)
            fat(stick, max(264 * MIB, 2 * len(packed.payload)), "STICK", tree)
    return key.with_suffix(".pub").read_text(encoding="utf-8"), made


def update_works(room: Room, stick: Path) -> Row:
    """Plug in a stick with an update that works; it is kept."""
    took, said = _brought(room, stick, "kept")
    release = said["in_force"]
    well = release == STAND_INS[WORKS][0]
    version = room.door.run("appliance --version").split()[-1]
    figures = f"{took:.0f} s from stick to verdict; version {version} plays"
    return Row("an update that works is kept", well and version == release, figures)


def update_fails(room: Room, stick: Path) -> Row:
    """Plug in a stick with an update whose engine crashes; the release before returns."""
    before = _status(room)["in_force"]
    took, said = _brought(room, stick, "returned")
    figures = f"{took:.0f} s from stick to verdict; version {said['in_force']} plays again"
    return Row("an update whose engine crashes goes", said["in_force"] == before, figures)


def _brought(room: Room, stick: Path, kind: str) -> tuple[float, dict[str, Any]]:
    """Plug a stick in, wait for the verdict and until it plays, and pull the stick out."""
    last = _status(room)["last"]
    room.machine.plug_stick(stick)

    def verdict() -> bool:
        now = _status(room)["last"]
        return now != last and now is not None and now["kind"] in (kind, "kept", "returned")

    took = room.until("there is a verdict", verdict, VERDICT)
    said = _status(room)
    room.machine.pull_stick()
    room.until("both are ready", room.plays, 1200)
    if said["last"]["kind"] != kind:
        raise DoorError(f"the update was {said['last']['kind']}, and not {kind}")
    return took, said


def _status(room: Room) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(room.door.run("appliance update --status --json"))
    return told

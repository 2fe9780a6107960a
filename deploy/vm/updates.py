"""Updates on a stick: one that works, and one that does not."""

import json
import tempfile
from pathlib import Path
from typing import Any

from appliance.update.manifest import write_manifest
from deploy.image.disk import MIB, fat
from deploy.row import Row
from deploy.update.make import manifest_of, pack, release_of, write
from deploy.update.stand_ins import STAND_INS, as_version, new_key
from deploy.vm.door import DoorError
from deploy.vm.room import Room

WORKS, FAILS = "works", "engine-crashes"
VERDICT = 3600.0  # seconds: unpacked, tried and proved on an emulated machine


def makers_key(folder: Path) -> Path:
    """Return the maker's key in a folder, made once; `.pub` is its public half."""
    folder.mkdir(parents=True, exist_ok=True)
    return folder / "key" if (folder / "key").exists() else new_key(folder)


def stick(deb: Path, folder: Path, name: str) -> Path:
    """Return a stick with an update of a package's release, made once; takes a minute."""
    made = folder / f"{name}.stick"
    if made.exists():
        return made
    version, change = STAND_INS[name]
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        release = change(as_version(release_of(deb, Path(scratch, "deb")), version))
        packed = pack(release.folder, level=1)
        manifest = write_manifest(manifest_of(release, packed))
        tree = Path(scratch, "stick")
        write(tree / f"{name}.update", manifest, packed.payload, makers_key(folder))
        whole = Path(scratch, "whole")
        fat(whole, max(264 * MIB, 2 * len(packed.payload)), "STICK", tree)
        whole.rename(made)
    return made


def update_works(room: Room, deb: Path) -> Row:
    """Plug in a stick with an update that works; it is kept."""
    took, said = _brought(room, stick(deb, room.sticks, WORKS), "kept")
    release = said["in_force"]
    well = release == STAND_INS[WORKS][0]
    version = room.door.run("appliance --version").split()[-1]
    figures = f"{took:.0f} s from stick to verdict; version {version} plays"
    return Row("an update that works is kept", well and version == release, figures)


def update_fails(room: Room, deb: Path) -> Row:
    """Plug in a stick with an update whose engine crashes; the release before returns."""
    before = _status(room)["in_force"]
    took, said = _brought(room, stick(deb, room.sticks, FAILS), "returned")
    figures = f"{took:.0f} s from stick to verdict; version {said['in_force']} plays again"
    return Row("an update whose engine crashes goes", said["in_force"] == before, figures)


def _brought(room: Room, plugged: Path, kind: str) -> tuple[float, dict[str, Any]]:
    """Plug a stick in, wait for the verdict and until it plays, and pull the stick out."""
    last = _status(room)["last"]
    room.machine.plug_stick(plugged)

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

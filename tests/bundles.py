"""A machine that takes updates, in a folder: its homes, its keys, and bundles made for it."""

import hashlib
import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from appliance.update.bundle import MAGIC, SIZES
from appliance.update.here import Here
from appliance.update.homes import Homes
from appliance.update.manifest import write_manifest
from appliance.update.signature import trust
from appliance.update.take import Offer, take
from deploy.update.make import Packed, Release, manifest_of, pack, write
from deploy.update.stand_ins import new_key

KEYGEN = shutil.which("ssh-keygen")
PACKAGE = "0.1.0"  # the release that the machine's package brought
ROOM = 1 << 40  # bytes free
PACKAGES = Path("lib/python3.13/site-packages")


@dataclass(frozen=True, slots=True)
class Site:
    """A machine for amd64 with trixie's Python, and its maker with a key."""

    folder: Path
    homes: Homes
    here: Here
    keys: Path  # whom it trusts
    key: Path  # the maker's

    @property
    def version(self) -> str:
        """The version of the release in force."""
        return self.homes.in_force().name

    def release(self, version: str, files: Mapping[str, str] | None = None) -> Release:
        """Make a release with a few files in it."""
        folder = self.folder / "made" / version
        contents = {"pyvenv.cfg": "home = /usr/bin\n", f"{PACKAGES}/appliance/__init__.py": ""}
        for place, text in (contents | dict(files or {})).items():
            path = folder / place
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return Release(folder, version, "amd64", "trixie", "3.13")

    def bundle(self, version: str, **changes: Any) -> Path:
        """Make a signed bundle of a release, with some of its manifest's values changed."""
        packed = pack(self.release(version).folder)
        return self.sealed(self.manifest(version, packed) | changes, packed.payload)

    def manifest(self, version: str, packed: Packed | None = None) -> dict[str, Any]:
        """Return what a release's manifest says."""
        release = self.release(version)
        data = write_manifest(manifest_of(release, packed or pack(release.folder)))
        said: dict[str, Any] = json.loads(data)
        return said

    def sealed(self, manifest: Mapping[str, Any], payload: bytes, name: str = "some") -> Path:
        """Make a bundle of any manifest and any payload, with the maker's true signature."""
        summed = {"size": len(payload), "sha256": hashlib.sha256(payload).hexdigest()}
        data = json.dumps({**manifest, "payload": summed}).encode()
        return write(self.folder / f"{name}.update", data, payload, self.key)

    def take(self, bundle: Path, room: int = ROOM) -> tuple[Offer, Path]:
        """Take a bundle up to where its release lies unpacked."""
        return take(bundle, self.homes, self.here, self.keys, lambda _: room)

    def lies_there(self) -> list[str]:
        """Return what lies among the updates, but for the lock."""
        found = (path.relative_to(self.homes.updates) for path in self.homes.updates.rglob("*"))
        return sorted(str(path) for path in found if str(path) not in {"lock", "releases"})


def make_site(folder: Path) -> Site:
    """Make a machine with a package installed, which trusts a maker."""
    python = folder / "root/usr/bin/python3.13"
    python.parent.mkdir(parents=True)
    python.touch(0o755)
    homes = Homes(folder / "usr", folder / "var")
    release = homes.package / "releases" / PACKAGE
    (release / "bin").mkdir(parents=True)
    (release / "bin/python3").symlink_to(python)
    (homes.package / "current").symlink_to(f"releases/{PACKAGE}")
    homes.releases.mkdir(parents=True)
    keys = folder / "etc/update-keys"
    key = new_key(folder)
    trust(key.with_suffix(".pub"), keys)
    return Site(folder, homes, Here("amd64", "trixie", folder / "root"), keys, key)


def parts(bundle: Path) -> tuple[bytes, bytes, bytes]:
    """Return a bundle's signature, manifest and payload."""
    data = bundle.read_bytes()
    signature, manifest, payload = SIZES.unpack_from(data, len(MAGIC))
    start = len(MAGIC) + SIZES.size
    return (
        data[start : start + signature],
        data[start + signature : start + signature + manifest],
        data[start + signature + manifest : start + signature + manifest + payload],
    )


def joined(signature: bytes, manifest: bytes, payload: bytes) -> bytes:
    """Return the bytes of a bundle of any parts."""
    sizes = SIZES.pack(len(signature), len(manifest), len(payload))
    return b"".join((MAGIC, sizes, signature, manifest, payload))

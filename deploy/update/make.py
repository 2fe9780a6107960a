"""From a release, as it lies in the Debian package, to a bundle."""

import gzip
import hashlib
import io
import subprocess
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from appliance.update.bundle import MAGIC, SIZES, SUFFIX
from appliance.update.manifest import PYTHON, File, Manifest, Payload, write_manifest
from appliance.update.signature import sign
from deploy.deb.target import PACKAGE, SUITES, BuildError
from deploy.deb.tree import HOME

SINCE = "0.1.0"  # the oldest release whose state this one reads, and whose units start it


@dataclass(frozen=True, slots=True)
class Release:
    """A release in a folder, and what it was made for."""

    folder: Path
    version: str
    arch: str
    suite: str
    python: str
    since: str = SINCE
    package: str = SINCE


def release_of(deb: Path, folder: Path) -> Release:
    """Take the release out of a Debian package; BuildError where there is none in it."""
    try:
        subprocess.run(["dpkg-deb", "-x", deb, folder], check=True)  # noqa: S607  # wherever it lies
        said = subprocess.run(
            ["dpkg-deb", "-f", deb, "Architecture"],  # noqa: S607  # as above
            capture_output=True,
            text=True,
            check=True,
        )
    except (OSError, subprocess.CalledProcessError):
        raise BuildError(f"{deb} is no Debian package that can be read") from None
    releases = list((folder / HOME / "releases").glob("*"))
    if len(releases) != 1:
        raise BuildError(f"{deb} is no package of {PACKAGE}")
    [python] = (releases[0] / "lib").glob("python*")
    number = python.name.removeprefix("python")
    [suite] = [s.name for s in SUITES.values() if "{}.{}".format(*s.python) == number]
    return Release(releases[0], releases[0].name, said.stdout.strip(), suite, number)


def bundle_name(release: Release) -> str:
    """Return the name of a release's bundle."""
    return f"{PACKAGE}-{release.version}-{release.suite}-{release.arch}{SUFFIX}"


@dataclass(frozen=True, slots=True)
class Packed:
    """A release's files: what the manifest says of them, and their contents in that order."""

    files: tuple[File, ...]
    payload: bytes


def make(release: Release, key: Path, folder: Path) -> Path:
    """Write a release's bundle into a folder, signed with a key; return its path."""
    packed = pack(release.folder)
    manifest = write_manifest(manifest_of(release, packed))
    return write(folder / bundle_name(release), manifest, packed.payload, key)


def pack(folder: Path, level: int = 6) -> Packed:
    """Pack a release; `level` from 1, quick, to 9, small. BuildError if it holds a strange link."""
    packed = io.BytesIO()
    files = []
    # No date and no name in it: the same release makes the same payload.
    with gzip.GzipFile("", "wb", level, packed, mtime=0) as out:
        for path in sorted(folder.rglob("*")):
            place = str(path.relative_to(folder))
            if path.is_symlink():
                if place != PYTHON:
                    raise BuildError(f"{place} is a link, and a bundle holds none")
            elif path.is_file():
                data = path.read_bytes()
                digest = hashlib.sha256(data).hexdigest()
                files.append(File(path=place, size=len(data), sha256=digest))
                out.write(data)
    return Packed(tuple(files), packed.getvalue())


def manifest_of(release: Release, packed: Packed) -> Manifest:
    """Return what a bundle says of itself; BuildError for a version that cannot be compared."""
    payload = packed.payload
    try:
        return Manifest(
            name=PACKAGE,
            version=release.version,
            arch=release.arch,
            suite=release.suite,
            python=release.python,
            since=release.since,
            package=release.package,
            payload=Payload(size=len(payload), sha256=hashlib.sha256(payload).hexdigest()),
            files=packed.files,
        )
    except ValidationError as error:
        raise BuildError(f"no bundle can be made of {release.folder}: {error}") from None


def write(path: Path, manifest: bytes, payload: bytes, key: Path | None) -> Path:
    """Write a bundle of any manifest and payload, signed if there is a key; return its path."""
    signature = sign(manifest, key) if key else b""
    path.parent.mkdir(parents=True, exist_ok=True)
    sizes = SIZES.pack(len(signature), len(manifest), len(payload))
    path.write_bytes(b"".join((MAGIC, sizes, signature, manifest, payload)))
    return path

"""From a bundle to a release that lies whole beside the others; nothing is in force before that.

The order is what makes it safe: first the signature, then what the manifest asks for, then the
room, then the payload, copied and summed; only then is anything unpacked. From a stick everything
is read once: a second look might be shown something else.
"""

import compileall
import gzip
import hashlib
import os
import shutil
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from appliance.update.bundle import CHUNK, Head, open_bundle, read_head, torn
from appliance.update.here import Here
from appliance.update.homes import PARTIAL, Homes, sync_folder
from appliance.update.manifest import PYTHON, Manifest, numbers, read_manifest
from appliance.update.outcome import read_outcome
from appliance.update.refused import NotNeeded, Refused
from appliance.update.signature import check
from appliance.update.trial import read_trial

MARGIN = 64 << 20  # bytes that stay free: the archive goes on meanwhile


@dataclass(frozen=True, slots=True)
class Offer:
    """A bundle whose signature and manifest are right, and which this machine can use."""

    name: str
    head: Head
    manifest: Manifest

    @property
    def digest(self) -> str:
        """What tells this bundle from all others."""
        return hashlib.sha256(self.head.manifest).hexdigest()


def examine(file: BinaryIO, name: str, homes: Homes, here: Here, keys: Path) -> Offer:
    """Read a bundle's head and judge it; Refused with one sentence if it is not for here."""
    head = read_head(file, name)
    check(head.signature, head.manifest, keys, name)
    manifest = read_manifest(head.manifest, name)
    if manifest.payload.size != head.payload:
        raise torn(name)
    _fits(manifest, name, homes, here)
    return Offer(name, head, manifest)


def take(
    path: Path,
    homes: Homes,
    here: Here,
    keys: Path,
    free: Callable[[Path], int] = lambda folder: shutil.disk_usage(folder).free,
) -> tuple[Offer, Path]:
    """Check and unpack a bundle; return it and its release. Refused leaves nothing behind."""
    with homes.alone(), open_bundle(path) as file:
        offer = examine(file, f"the bundle {path.name}", homes, here, keys)
        homes.tidy()
        manifest = offer.manifest
        # A quarter more for compiled modules.
        needed = manifest.payload.size + manifest.size * 5 // 4 + MARGIN
        if free(homes.updates) < needed:
            raise Refused(
                f"{offer.name} needs {needed / 1e6:,.0f} MB of room and "
                f"{free(homes.updates) / 1e6:,.0f} MB are free in {homes.updates}: lower "
                "archive.megabytes in the settings, or use a larger card"
            )
        packed = homes.updates / f"payload{PARTIAL}"
        unpacked = homes.releases / f"{manifest.version}{PARTIAL}"
        try:
            _copy(file, packed, offer)
            with packed.open("rb") as payload:
                unpack(payload, manifest, unpacked, here.python(manifest.python), offer.name)
            compileall.compile_dir(unpacked / "lib", quiet=2)
            os.sync()
            read_again(unpacked, manifest)
            release = homes.releases / manifest.version
            if release.exists():  # left over, since nothing older or equal comes this far
                shutil.rmtree(release)
            unpacked.rename(release)
            sync_folder(homes.releases)
        except OSError as error:
            raise Refused(
                f"{offer.name} cannot be unpacked ({error.strerror or error}): check the stick and "
                "the room on the disk"
            ) from None
        finally:
            packed.unlink(missing_ok=True)
            shutil.rmtree(unpacked, ignore_errors=True)
        return offer, release


def unpack(payload: BinaryIO, manifest: Manifest, folder: Path, python: Path, name: str) -> None:
    """Write a release's files into a new folder, and not a byte more than its manifest lists."""
    folder.mkdir()
    with gzip.GzipFile(fileobj=payload, mode="rb") as contents:
        for entry in manifest.files:
            file = folder / entry.path
            for parent in reversed(file.relative_to(folder).parents):
                (folder / parent).mkdir(exist_ok=True)
            digest, left = hashlib.sha256(), entry.size
            with file.open("xb") as out:
                while left:
                    data = _unpacked(contents, min(left, CHUNK))
                    if not data:
                        raise Refused(f"{name} holds less than its manifest lists")
                    digest.update(data)
                    out.write(data)
                    left -= len(data)
            file.chmod(0o644)
            if digest.hexdigest() != entry.sha256:
                raise Refused(f"{name} holds another {entry.path} than its manifest lists")
        if _unpacked(contents, 1):
            raise Refused(f"{name} holds more than its manifest lists")
    link = folder / PYTHON
    link.parent.mkdir(exist_ok=True)
    link.symlink_to(python)


def read_again(folder: Path, manifest: Manifest) -> None:
    """Read back from the disk what was written; Refused if the disk has not kept it."""
    for entry in manifest.files:
        with (folder / entry.path).open("rb") as file:
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
            if hashlib.file_digest(file, "sha256").hexdigest() != entry.sha256:
                raise Refused(
                    f"the disk has not kept {entry.path} as it was written: the card is worn, "
                    "replace it"
                )


def _fits(manifest: Manifest, name: str, homes: Homes, here: Here) -> None:
    if manifest.arch != here.arch:
        raise Refused(f"{name} is for processors of kind {manifest.arch}, and this is {here.arch}")
    if manifest.suite != here.suite or not here.has_python(manifest.python):
        raise Refused(
            f"{name} is for Debian {manifest.suite} with Python {manifest.python}, and this is "
            f"{here.suite}: ask its maker for the one for {here.suite}"
        )
    now = homes.in_force().name
    if numbers(manifest.version) == numbers(now):
        raise NotNeeded(f"{name} is release {manifest.version}, which is in force already")
    if numbers(manifest.version) < numbers(now):
        raise NotNeeded(
            f"{name} is release {manifest.version}, older than {now}, which is in force"
        )
    if read_trial(homes) is not None:
        raise NotNeeded(f"another update is on trial: wait until it is done, then take {name}")
    if numbers(now) < numbers(manifest.since):
        raise Refused(
            f"{name} can follow release {manifest.since} or later, and {now} is in force: take one "
            "between them first"
        )
    package = (homes.package / "current").resolve().name
    if numbers(package) < numbers(manifest.package):
        raise Refused(
            f"{name} needs the Debian package {manifest.package} or later, and {package} is "
            "installed: install that package instead"
        )


def tried_before(offer: Offer, homes: Homes) -> bool:
    """Tell whether a bundle was on trial here and was taken back."""
    last = read_outcome(homes)
    return last is not None and offer.digest in last.failed


def _copy(file: BinaryIO, to: Path, offer: Offer) -> None:
    digest, left = hashlib.sha256(), offer.manifest.payload.size
    with to.open("wb") as out:
        while left:
            data = file.read(min(left, CHUNK))
            if not data:
                raise torn(offer.name)
            digest.update(data)
            out.write(data)
            left -= len(data)
    if digest.hexdigest() != offer.manifest.payload.sha256:
        raise torn(offer.name)


def _unpacked(contents: gzip.GzipFile, size: int) -> bytes:
    try:
        return contents.read(size)
    except (EOFError, gzip.BadGzipFile, zlib.error):
        return b""

"""What a bundle says of itself. It is read only after its signature has been found right."""

import json
import re
from collections.abc import Iterable
from pathlib import PurePosixPath
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from appliance.update.refused import Refused

MOST_FILES = 50_000
MOST_BYTES = 4 << 30  # unpacked
PYTHON = "bin/python3"  # the one link of a release, made here and by no bundle

Version = Annotated[str, Field(pattern=r"^[0-9]{1,6}(\.[0-9]{1,6}){1,3}$")]
Digest = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
Bytes = Annotated[int, Field(ge=0, le=MOST_BYTES)]
Word = Annotated[str, Field(pattern="^[a-z0-9]{1,20}$")]


class Part(BaseModel):
    """A table of the manifest: every key is known, every value of its type."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class File(Part):
    """One file of a release: where it lies in it, its size in bytes and its sha256."""

    path: str = Field(min_length=1, max_length=400)
    size: Bytes
    sha256: Digest

    @field_validator("path")
    @classmethod
    def _inside(cls, path: str) -> str:
        # Each path has one spelling, and none leads out.
        plain = PurePosixPath(path)
        if plain.is_absolute() or str(plain) != path or ".." in plain.parts or not plain.parts:
            raise ValueError("it leads out of the release")
        if not path.isprintable() or "\\" in path:
            raise ValueError("it has a letter that no path of a release has")
        return path


class Payload(Part):
    """The packed contents: size in bytes and sha256."""

    size: Bytes
    sha256: Digest


class Manifest(Part):
    """What a bundle is, what it needs, and all that is in it."""

    name: Annotated[str, Field(pattern="^static-unsigned-love$")]
    version: Version
    arch: Word  # Debian's word: amd64, arm64
    suite: Word  # of Debian, which Raspberry Pi OS is built on: bookworm, trixie
    python: Annotated[str, Field(pattern=r"^3\.[0-9]{1,3}$")]
    since: Version  # the oldest release that can hand over to it
    package: Version  # the oldest Debian package whose launcher and units start it
    payload: Payload
    files: tuple[File, ...] = Field(min_length=1, max_length=MOST_FILES)

    @field_validator("files", mode="before")
    @classmethod
    def _listed(cls, files: object) -> object:
        return tuple(files) if isinstance(files, list) else files

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.size > MOST_BYTES:
            raise ValueError("its files are too large together")
        _apart(file.path for file in self.files)
        return self

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(file.size for file in self.files)


def read_manifest(data: bytes, name: str) -> Manifest:
    """Read a manifest; Refused with the first thing that is wrong with it."""
    try:
        return Manifest.model_validate(json.loads(data))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(map(str, first["loc"])) or "it"
        why = re.sub(r"^Value error, ", "", first["msg"])
        raise Refused(f"{name} has a manifest that cannot be used ({where}: {why})") from None
    except (ValueError, RecursionError):
        raise Refused(f"{name} has a manifest that cannot be read") from None


def write_manifest(manifest: Manifest) -> bytes:
    """Return the bytes that are signed; the same manifest has always the same."""
    said = json.dumps(manifest.model_dump(), sort_keys=True, separators=(",", ":"))
    return said.encode("ascii")


def numbers(version: str) -> tuple[int, ...]:
    """Return a version's numbers, for comparing: 0.10 is newer than 0.9, and 1.0 is 1.0.0."""
    found = [int(part) for part in re.findall(r"\d+", version.partition("+")[0])]
    while found and found[-1] == 0:
        found.pop()
    return tuple(found)


def _apart(paths: Iterable[str]) -> None:
    """Check that no path is there twice, and none is a file and a folder; ValueError if so."""
    files: set[str] = {PYTHON}
    folders = {str(folder) for folder in PurePosixPath(PYTHON).parents}
    for path in paths:
        if path in files:
            raise ValueError(f"{path} is there twice")
        files.add(path)
        folders.update(map(str, PurePosixPath(path).parents))
    both = files & folders
    if both:
        raise ValueError(f"{min(both)} is a file and a folder")

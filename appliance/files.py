"""Files that are, at any moment, the old one or the new one, whole; and the folder for them."""

import contextlib
import hashlib
import os
from pathlib import Path

# What a kept file raises that is not of the shape in which it was written, as it is taken apart.
UNUSABLE = (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError)


def replace_file(path: Path, data: bytes, *, private: bool = False) -> None:
    """Write a file in one atomic step that also survives a power cut; OSError if it cannot be.

    A private one is its owner's alone from the first byte on. The error names a file, whatever
    failed, and what was written by then is gone.
    """
    partial = path.with_name(f"{path.name}.partial")
    try:
        _write(partial, data, private=private)
        partial.replace(path)
        _settle(path.parent)
    except OSError as error:
        if error.filename is None:  # as where the disk is full
            error.filename = os.fspath(path)
        with contextlib.suppress(OSError):  # the room it takes is wanted
            partial.unlink()
        raise


def _write(path: Path, data: bytes, *, private: bool) -> None:
    if private:
        path.unlink(missing_ok=True)
        path.touch(mode=0o600)
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _settle(folder: Path) -> None:
    """See that the names in a folder are on the disk."""
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def sha256_of(path: Path) -> str:
    """Return a file's sha256 in lower-case hexadecimal."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def state_folder() -> Path:
    """Return the folder that survives: systemd's, or one in the user's state."""
    given = os.environ.get("STATE_DIRECTORY")
    if given:
        return Path(given.split(":")[0])
    base = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    return Path(base) / "static-unsigned-love"

"""Files that are, at any moment, the old one or the new one, whole; and the folder for them."""

import hashlib
import os
from pathlib import Path


def replace_file(path: Path, data: bytes, *, private: bool = False) -> None:
    """Write a file in one atomic step that also survives a power cut; OSError if it cannot be.

    A private one is its owner's alone from the first byte on.
    """
    partial = path.with_name(f"{path.name}.partial")
    if private:
        partial.unlink(missing_ok=True)
        partial.touch(mode=0o600)
    with partial.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


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

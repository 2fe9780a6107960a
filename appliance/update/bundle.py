"""The form of a bundle: one file, of four parts that follow each other without a gap.

    24 bytes     what it is, and the form's number
    16 bytes     the sizes of the parts that follow: two 32-bit numbers and a 64-bit one, big-endian
    signature    OpenSSH's, of the manifest's bytes (PROTOCOL.sshsig), not armoured
    manifest     JSON: what it is for, and each file's path, size and sha256
    payload      the contents of these files in the manifest's order, gzip (RFC 1952)

No archive format has a part in it: there are no names, modes, links or devices in the payload, so
nothing that unpacks it can be led astray by them. Whoever holds the signed manifest's bytes can
check every other byte.
"""

import os
import stat
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from appliance.update.refused import Refused

SUFFIX = ".update"
MAGIC = b"unsigned-love update 1\n\0"
SIZES = struct.Struct(">IIQ")
START = len(MAGIC) + SIZES.size
MOST_SIGNATURE = 4 << 10  # bytes; one of Ed25519 has about 200
MOST_MANIFEST = 8 << 20  # bytes; one of 5,000 files has less than 1 MB
CHUNK = 1 << 20  # bytes


@dataclass(frozen=True, slots=True)
class Head:
    """All of a bundle but its payload."""

    signature: bytes
    manifest: bytes
    payload: int  # bytes

    @property
    def start(self) -> int:
        """Where the payload begins, in bytes."""
        return START + len(self.signature) + len(self.manifest)


def open_bundle(path: Path) -> BinaryIO:
    """Open a file that may be a bundle; Refused if it is none, or not a plain file."""
    try:
        # A pipe or a device under that name must not be waited for.
        number = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise Refused(f"the bundle {path} cannot be read ({error.strerror})") from None
    if not stat.S_ISREG(os.fstat(number).st_mode):
        os.close(number)
        raise Refused(f"the bundle {path} is no file")
    return os.fdopen(number, "rb")


def read_head(file: BinaryIO, name: str) -> Head:
    """Read a bundle's head; Refused if this is none, or if a part of the file is missing."""
    found = _read(file, START, name)
    if not found.startswith(MAGIC):
        raise Refused(f"{name} is no update of this piece, or of a form that is not known here")
    signature, manifest, payload = SIZES.unpack_from(found, len(MAGIC))
    if signature > MOST_SIGNATURE or manifest > MOST_MANIFEST:
        raise torn(name)
    if os.fstat(file.fileno()).st_size != START + signature + manifest + payload:
        raise torn(name)
    return Head(_read(file, signature, name), _read(file, manifest, name), payload)


def torn(name: str) -> Refused:
    """Return the refusal of a file that is not as it was made."""
    return Refused(f"{name} is torn: copy it to the stick anew, or ask its maker for it anew")


def _read(file: BinaryIO, size: int, name: str) -> bytes:
    try:
        data = file.read(size)
    except OSError as error:
        raise Refused(f"{name} cannot be read ({error.strerror}): try another stick") from None
    if len(data) != size:
        raise torn(name)
    return data

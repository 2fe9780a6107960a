"""The operator's PIN as it is kept: salted and hashed, so that no file gives it away.

A PIN has few digits, so a hash only slows down whoever has the file; the wait after wrong ones is
what keeps visitors out. scrypt is that of RFC 7914.
"""

import base64
import hashlib
import hmac
import re
import secrets

DIGITS = re.compile(r"[0-9]{4,12}")
N, R, P = 1 << 14, 8, 1  # RFC 7914, section 2: 16 MB, and well under a second on a small computer
SALT, LENGTH = 16, 32  # bytes
KEPT = re.compile(r"scrypt:([A-Za-z0-9_-]{22}):([A-Za-z0-9_-]{43})")


class PinError(ValueError):
    """A PIN, or what is kept of one, that cannot be used; the message is one sentence."""


def hashed(pin: str, salt: bytes | None = None) -> str:
    """Return what is kept of a PIN; PinError if it is not 4 to 12 digits."""
    if not DIGITS.fullmatch(pin):
        raise PinError("a PIN has 4 to 12 digits and nothing else")
    salt = secrets.token_bytes(SALT) if salt is None else salt
    return f"scrypt:{_text(salt)}:{_text(_scrypt(pin, salt))}"


def checked(kept: str) -> str:
    """Return what is kept, or an empty string; PinError, without repeating it, if it is neither."""
    if kept and not KEPT.fullmatch(kept):
        raise PinError("that is no line of `appliance pin`: run it, and write what it prints")
    return kept


def matches(pin: str, kept: str) -> bool:
    """Tell, in the same time whatever is wrong, whether a PIN is the one that is kept."""
    found = KEPT.fullmatch(kept)
    if found is None:
        return False
    salt, wanted = (_data(part) for part in found.groups())
    return hmac.compare_digest(_scrypt(pin, salt), wanted)


def _scrypt(pin: str, salt: bytes) -> bytes:
    return hashlib.scrypt(pin.encode(), salt=salt, n=N, r=R, p=P, dklen=LENGTH)


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode("ascii").rstrip("=")


def _data(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))

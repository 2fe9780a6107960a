"""OSC packets as bytes: what goes into a datagram, and what is taken out of one.

python-osc reads and writes the arguments. Bundles are taken apart here: its own reader is held for
ever by an element of negative size, and ends in a RecursionError on a bundle in a bundle in a
bundle. OSC 1.0: https://opensoundcontrol.org/spec-1_0
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from pythonosc.osc_message import OscMessage, ParseError
from pythonosc.parsing import osc_types

LARGEST = 60_000  # bytes; a datagram above this is dropped unread
DEEPEST = 3  # bundles in one another
BUNDLE = b"#bundle\0"
IMMEDIATELY = b"\0\0\0\0\0\0\0\1"  # the time tag of a bundle that is to be obeyed at once
READ = frozenset("ifsbhdTF")  # type tags that are read: wide numbers and truth values too
WRITE: dict[str, Callable[[Any], bytes]] = {
    "i": osc_types.write_int,
    "f": osc_types.write_float,
    "s": osc_types.write_string,
    "b": osc_types.write_blob,
}


class WireError(ValueError):
    """A datagram or a value that is not of this language."""


def packet(address: str, arguments: Sequence[tuple[str, Any]]) -> bytes:
    """Return one message with arguments as pairs of type tag and value; may raise WireError."""
    tags = "".join(tag for tag, _ in arguments)
    try:
        head = osc_types.write_string(address) + osc_types.write_string("," + tags)
        return head + b"".join(WRITE[tag](value) for tag, value in arguments)
    except (osc_types.BuildError, OverflowError) as error:
        raise WireError(str(error)) from error


def write(packets: Sequence[bytes]) -> bytes:
    """Return the datagram of one packet, or of a bundle of several."""
    if len(packets) == 1:
        return packets[0]
    elements = (osc_types.write_int(len(part)) + part for part in packets)
    return b"".join((BUNDLE, IMMEDIATELY, *elements))


def read(datagram: bytes) -> list[tuple[str, list[Any]]]:
    """Return address and arguments of each message in a datagram; WireError if it is malformed."""
    if len(datagram) > LARGEST:
        raise WireError(f"a datagram of {len(datagram)} bytes is too large")
    try:
        return [(raw.address, list(raw.params)) for raw in _taken_apart(datagram)]
    except (ParseError, osc_types.ParseError, ValueError, IndexError, OverflowError) as error:
        raise WireError(str(error)) from error


def _taken_apart(packet: bytes, depth: int = 0) -> Iterator[OscMessage]:
    if packet.startswith(b"/"):
        yield _message(packet)
        return
    if not packet.startswith(BUNDLE) or len(packet) < 16 or depth == DEEPEST:
        raise WireError("neither an OSC message nor a bundle")
    at = 16  # after the time tag: whatever it says, a bundle is obeyed at once
    while at < len(packet):
        size, at = osc_types.get_int(packet, at)
        if not 0 < size <= len(packet) - at:
            raise WireError(f"an element of a bundle has {size} bytes")
        yield from _taken_apart(packet[at : at + size], depth + 1)
        at += size


def _message(packet: bytes) -> OscMessage:
    _, at = osc_types.get_string(packet, 0)
    tags = osc_types.get_string(packet, at)[0][1:] if at < len(packet) else ""
    foreign = set(tags) - READ  # python-osc would log each of them, every time
    if foreign:
        raise WireError(f"the type tags {''.join(sorted(foreign))} are not of this language")
    return OscMessage(packet)

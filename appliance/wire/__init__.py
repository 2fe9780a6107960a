"""The language of the piece: OSC messages, towards the engine and from it.

Engine and stage speak it with each other, and so may anybody's patch: docs/osc.md describes each
address. Every message is a frozen value that checks itself; whatever cannot be read raises
WireError and is for the receiver to count and drop. OSC 1.0: https://opensoundcontrol.org/spec-1_0
"""

from typing import Any

from numpy.typing import NDArray

from appliance import osc
from appliance.wire.inward import (
    INWARD,
    Active,
    Hold,
    Pace,
    Prime,
    Puck,
    Report,
    Reset,
    SetJoint,
    Subscribe,
    Temperature,
    Unsubscribe,
    Weight,
    Weights,
)
from appliance.wire.message import (
    CHARACTERS,
    MOST_STYLES,
    NOBODY,
    VERSION,
    Language,
    Message,
    WireError,
    author,
)
from appliance.wire.outward import (
    OUTWARD,
    ActiveAre,
    Attribution,
    Character,
    Distribution,
    Hello,
    JointIs,
    Next,
    Status,
    StyleIs,
    Text,
    WeightsAre,
)

LARGEST = osc.LARGEST

__all__ = [
    "CHARACTERS", "INWARD", "LARGEST", "MOST_STYLES", "NOBODY", "OUTWARD", "VERSION", "Active",
    "ActiveAre", "Attribution", "Character", "Distribution", "Hello", "Hold", "JointIs", "Language",
    "Message", "Next", "Pace", "Prime", "Puck", "Report", "Reset", "SetJoint", "Status", "StyleIs",
    "Subscribe", "Temperature", "Text", "Unsubscribe", "Weight", "Weights", "WeightsAre",
    "WireError", "author", "blob", "decode", "encode",
]  # fmt: skip


def blob(distribution: NDArray[Any]) -> bytes:
    """Return a distribution (128,) as the wire carries it."""
    return distribution.astype(">f4").tobytes()


def encode(*messages: Message) -> bytes:
    """Return the datagram of one message, or of a bundle of several."""
    return osc.write([osc.packet(m.address, m.arguments()) for m in messages])


def decode(datagram: bytes, language: Language) -> list[Message]:
    """Return the messages of a datagram; WireError if any of it is malformed or foreign."""
    return [_message(address, arguments, language) for address, arguments in osc.read(datagram)]


def _message(address: str, arguments: list[Any], language: Language) -> Message:
    kind = language.get(address)
    if kind is None:
        raise WireError(f"the address {address[:40]} is not of this language")
    return kind.of(arguments)

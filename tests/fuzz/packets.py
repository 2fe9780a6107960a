"""What is thrown at the piece: valid packets, the same with faults, torn ones, and noise."""

import math
from collections.abc import Sequence
from random import Random

import numpy as np

from appliance import osc, wire

STYLES = ("a", "b", "c")
STRANGERS = ("", "nobody", "linux", "A", "a/b", "\u00e9", "x" * 300)
NUMBERS = (
    0.0,
    0.5,
    1.0,
    -0.0,
    -1.0,
    1.000001,
    2.0,
    100.0,
    1e6,
    1e30,
    math.nan,
    math.inf,
    -math.inf,
)
WHOLE = (0, 1, 2, 7, 63, 64, 127, 128, 9_000, 65_535, 65_536, 2**31 - 1, -1, -(2**31))
# Where an OSC packet is decided: padding, tags, sizes, beginnings.
PIECES = (
    b"\0", b"\0\0\0\0", b"/", b",", b",f\0\0", b",ff\0", b",sf\0", b",b\0\0", b",[]\0", b",hdtT",
    b"#bundle\0", b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff", b"\0\0\0\x10", b"\xff\xff\xff\xfc",
    b"\x7f\xc0\0\0", b"\x7f\x80\0\0", b"\xc3\x28", b"\xed\xa0\x80",
)  # fmt: skip
LARGE = osc.LARGEST + 8
SHARES = (50, 40, 40, 30, 10, 10, 19.9, 0.1)  # of the faults, in the order of Packets


class Packets:
    """An endless supply of datagrams and MIDI messages, by a seed."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._inward = [wire.encode(*messages) for messages in _inward()]
        self._outward = [wire.encode(*messages) for messages in _outward()]
        self._ear = _ear()
        self._faults = (
            self._whole, self._torn, self._spoilt, self._mended, self._crossed, self._bundle,
            self._noise, self._large,
        )  # fmt: skip

    def inward(self) -> bytes:
        """Return a datagram to the engine, or something like it."""
        return self._like(self._inward)

    def outward(self) -> bytes:
        """Return a datagram to the stage, or something like it."""
        return self._like(self._outward)

    def ear(self) -> bytes:
        """Return a datagram to the control osc, or something like it."""
        return self._like(self._ear)

    def share(self) -> float:
        """Return a number from 0 to 1."""
        return self._random.random()

    def midi(self) -> bytes:
        """Return a MIDI message: whole, torn, running on without a status byte, or noise."""
        random = self._random
        kind = random.random()
        if kind < 0.6:
            status = random.choice((0x80, 0x90, 0xB0, 0xB0, 0xB0, 0xE0)) | random.choice(
                (0, 0, 0, 7)
            )
            return bytes((status, random.randrange(128), random.randrange(128)))
        if kind < 0.7:  # a pair of 14 bits, half of it or both halves
            return bytes((0xB0, random.choice((7, 39)), random.randrange(128)))
        if kind < 0.8:
            return random.randbytes(3)
        return random.randbytes(random.choice((0, 1, 2, 2, 4, 5, 6, 64)))

    def _like(self, corpus: Sequence[bytes]) -> bytes:
        [fault] = self._random.choices(self._faults, SHARES)
        return fault(corpus)

    def _whole(self, corpus: Sequence[bytes]) -> bytes:
        return self._random.choice(corpus)

    def _torn(self, corpus: Sequence[bytes]) -> bytes:
        packet = self._random.choice(corpus)
        return packet[: self._random.randrange(len(packet) + 1)]

    def _spoilt(self, corpus: Sequence[bytes]) -> bytes:
        """Return a packet of which a few bytes are others."""
        packet = bytearray(self._random.choice(corpus))
        for _ in range(self._random.choice((1, 1, 2, 8))):
            packet[self._random.randrange(len(packet))] = self._random.getrandbits(8)
        return bytes(packet)

    def _mended(self, corpus: Sequence[bytes]) -> bytes:
        """Return a packet with a piece put in, or put in the place of another."""
        packet, piece = self._random.choice(corpus), self._random.choice(PIECES)
        at = self._random.randrange(len(packet) + 1)
        return packet[:at] + piece + packet[at + self._random.choice((0, len(piece))) :]

    def _crossed(self, corpus: Sequence[bytes]) -> bytes:
        """Return the beginning of one packet and the end of another."""
        first, second = self._random.choice(corpus), self._random.choice(corpus)
        return first[: 4 * self._random.randrange(16)] + second[4 * self._random.randrange(16) :]

    def _noise(self, corpus: Sequence[bytes]) -> bytes:
        return self._random.randbytes(self._random.randrange(80))

    def _large(self, corpus: Sequence[bytes]) -> bytes:
        return bytes(LARGE)

    def _bundle(self, corpus: Sequence[bytes]) -> bytes:
        """Return a bundle of several, one in another, or with an element of a wrong size."""
        random = self._random
        whole = osc.BUNDLE + random.randbytes(8)
        for _ in range(random.randrange(6)):
            part = random.choice(corpus)
            if random.random() < 0.3:
                part = osc.BUNDLE + osc.IMMEDIATELY + len(part).to_bytes(4, "big") + part
            wrong = random.choice((0, 0, 0, 0, 4, -4, -(2**20)))
            whole += (len(part) + wrong).to_bytes(4, "big", signed=True) + part
        return whole


def _inward() -> list[list[wire.Message]]:
    """Return valid messages to the engine, at the ends of their ranges too."""
    said: list[list[wire.Message]] = [
        [wire.Weights((("a", 0.5), ("b", 0.5)))],
        [wire.Weights(())],
        [wire.Weights(tuple((style, 1e6) for style in (*STYLES, *STRANGERS)))],
        [wire.Active(STYLES), wire.Weights((("c", 1.0), ("nobody", 1.0)))],
        [wire.Active(())],
        [wire.Puck(0.0, 1.0)],
        [wire.SetJoint("linear")],
        [wire.SetJoint("log-linear")],
        [wire.Hold(0)],
        [wire.Hold(1)],
        [wire.Reset(), wire.Prime("static unsigned lo")],
        [wire.Prime("\u00e9\u4e2d\t\n" * 100)],
        [wire.Prime("a" * 2_000)],
        [wire.Report("screen", 1, "It shows.")],
        [wire.Report("x" * 40, 0, "y" * 400)],
    ]
    said += [[wire.Weight(style, value)] for style in "abz" for value in (0.0, 1e-30, 1e6)]
    said += [[wire.Temperature(value)] for value in (0.0, 1e-6, 0.7, 2.0)]
    said += [[wire.Pace(value)] for value in (0.0, 0.01, 14.0, 100.0)]
    said += [[wire.Subscribe(port, wire.VERSION)] for port in (0, 1, 9_000, 65_535)]
    said += [[wire.Unsubscribe(port)] for port in (0, 9_000, -1, 2**31 - 1)]
    return said


def _outward() -> list[list[wire.Message]]:
    """Return valid messages to the stage, of two runs and with extreme indices."""
    even = wire.blob(np.full(wire.CHARACTERS, 1 / wire.CHARACTERS))
    styles = [wire.StyleIs(i, slug, slug.title(), "#a0b0c0", "") for i, slug in enumerate("abc")]
    last = wire.StyleIs(63, "zoe", "Z" * 200, "#ffffff", "adult")
    said: list[list[wire.Message]] = []
    for run in (1, 2):
        said += [
            [wire.Hello(wire.VERSION, run, "linear", 0.7, 14.0, 0), *styles, last],
            [wire.Hello(99, run, "", 2.0, 100.0, 1)],
            [wire.Text(run, 0, 6, "In the", " 01299"), wire.ActiveAre(STYLES)],
            [wire.Text(run, 0, 2**31 - 1, "x" * 4_000, "0" * 4_000)],
            [
                wire.Character(run, 6, 0, "In the ", "       ", 1.0),
                wire.WeightsAre((("a", 0.5), ("b", 0.5))),
                wire.Attribution((("a", 1.0),)),
                wire.JointIs(even),
                wire.Distribution(even, "a"),
                wire.Distribution(even, "nobody"),
            ],
            [wire.Character(run, 2**31 - 1, -(2**31), "a", "0", 7.0)],
        ]
    return [
        *said,
        [wire.WeightsAre(())],
        [wire.WeightsAre((("a", -1.0), ("b", 1e30), ("c", 1e-38)))],
        [wire.ActiveAre(())],
        [wire.ActiveAre(("a", "a", "nobody"))],
        [wire.Status("typing", "Typing.", 14.0, 1, 0, 0, 0, 1.0, "CPU")],
        [wire.Next(even, 1, 7)],
        [wire.Puck(0.5, 0.5)],
        [wire.Puck(1.0, 0.0)],
    ]


def _ear() -> list[bytes]:
    """Return messages to the control osc, with values that are and that are not from 0 to 1."""
    addresses = [f"/{kind}/{style}" for kind in ("level", "active", "alone") for style in STYLES]
    addresses += ["/level/nobody", "/fader/1", "/fader/3", "/fader/9", "/puck/x", "/puck/y"]
    addresses += ["/temperature", "/pace", "/joint", "/reset", "/hold", "/layout"]
    said = [osc.packet(address, []) for address in addresses]
    said += [osc.packet(address, [("f", value)]) for address in addresses for value in NUMBERS[:3]]
    said += [osc.packet("/level/a", [("f", value)]) for value in NUMBERS]
    said += [osc.packet("/fader/1", [("i", value)]) for value in WHOLE]
    said += [osc.packet("/puck", [("f", 0.25), ("f", 0.75)]), osc.packet("/level/a", [("s", "1")])]
    return said

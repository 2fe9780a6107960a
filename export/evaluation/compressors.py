"""What compressors pay for the same characters, after they have seen the training text.

A compressor is an adaptive model of text; PPMd is the hardest classical one for prose. Each is
primed: it compresses the training text, and then what the test text adds is counted.
"""

import lzma

import pyppmd

PPMD_MEMORY = 1 << 28  # bytes; enough that no text of ten million characters makes it begin anew
XZ_DICTIONARY = (
    1 << 26
)  # bytes; longer than any training text, so that all of it can be referred to


def ppmd_bits(training: str, test: str, order: int) -> float:
    """Return the bits a character that PPMd (variant H) of an order adds for the test text."""
    encoder = pyppmd.Ppmd7Encoder(max_order=order, mem_size=PPMD_MEMORY)
    encoder.encode(training.encode("ascii"))
    # Both ends of this stretch hold back the same few bytes of the range coder.
    return 8.0 * len(encoder.encode(test.encode("ascii"))) / len(test)


def xz_bits(training: str, test: str) -> float:
    """Return the bits a character that xz (LZMA2, preset 9 extreme) adds for the test text."""
    seen = training.encode("ascii")
    return 8.0 * (_xz_size(seen + test.encode("ascii")) - _xz_size(seen)) / len(test)


def _xz_size(data: bytes) -> int:
    filters = [
        {
            "id": lzma.FILTER_LZMA2,
            "preset": 9 | lzma.PRESET_EXTREME,
            "dict_size": XZ_DICTIONARY,
        }
    ]
    return len(lzma.compress(data, format=lzma.FORMAT_RAW, filters=filters))

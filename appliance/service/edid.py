"""What a monitor would say of itself that has one mode: for outputs on which nobody answers.

An output that is on without a monitor is else given timings by a formula (GTF), which are not those
of a television or a projector. Layout: VESA E-EDID 1.3, as HDMI demands; the extension, which makes
it HDMI with sound: CTA-861. Timings: CTA-861 for televisions' modes, VESA DMT for monitors'.
"""

from dataclasses import dataclass

MAKER, PRODUCT, WEEK, YEAR = "SUL", 1, 1, 2026  # letters that no maker is known by
OUI_HDMI = b"\x03\x0c\x00"  # HDMI Licensing, low byte first


@dataclass(frozen=True, slots=True)
class Timing:
    """A mode's timing: pixels and lines of picture, front porch, sync and back porch."""

    clock: int  # kHz
    across: tuple[int, int, int, int]  # pixels
    down: tuple[int, int, int, int]  # lines
    positive: tuple[bool, bool]  # sync, across and down
    vic: int = 0  # its number in CTA-861; 0: none


TIMINGS = {  # by pixels across, down, and pictures a second
    (1024, 768, 60): Timing(65000, (1024, 24, 136, 160), (768, 3, 6, 29), (False, False)),
    (1280, 720, 50): Timing(74250, (1280, 440, 40, 220), (720, 5, 5, 20), (True, True), 19),
    (1280, 720, 60): Timing(74250, (1280, 110, 40, 220), (720, 5, 5, 20), (True, True), 4),
    (1280, 800, 60): Timing(71000, (1280, 48, 32, 80), (800, 3, 6, 14), (True, False)),
    (1920, 1080, 50): Timing(148500, (1920, 528, 44, 148), (1080, 4, 5, 36), (True, True), 31),
    (1920, 1080, 60): Timing(148500, (1920, 88, 44, 148), (1080, 4, 5, 36), (True, True), 16),
    (1920, 1200, 60): Timing(154000, (1920, 48, 32, 80), (1200, 3, 6, 26), (True, False)),
    (3840, 2160, 30): Timing(297000, (3840, 176, 88, 296), (2160, 8, 10, 72), (True, True), 95),
}


def edid(timing: Timing) -> bytes:
    """Return the description, 128 bytes; 256 for a mode of CTA-861."""
    extensions = [_cta(timing)] if timing.vic else []
    return b"".join([_base(timing, len(extensions)), *extensions])


def _base(timing: Timing, extensions: int) -> bytes:
    letters = [ord(letter) - 64 for letter in MAKER]
    maker = (letters[0] << 10 | letters[1] << 5 | letters[2]).to_bytes(2, "big")
    block = b"\x00\xff\xff\xff\xff\xff\xff\x00" + maker + PRODUCT.to_bytes(2, "little")
    block += bytes(4) + bytes([WEEK, YEAR - 1990, 1, 3])
    # Digital; size unknown; gamma 2.2; RGB, sRGB, and the first timing is the preferred one.
    block += bytes([0x80, 0, 0, 120, 0x0E])
    block += bytes.fromhex("ee91a3544c99260f5054")  # sRGB's primaries and white
    block += b"\x20\x00\x00" + b"\x01\x01" * 8  # 640 x 480, which HDMI demands, and no others
    block += _detailed(timing)
    block += b"\x00\x00\x00\xfc\x00" + b"UNSIGNEDLOVE\n"
    # Pictures a second, kHz of lines, tens of MHz of pixels: what it says that it can follow.
    block += b"\x00\x00\x00\xfd\x00" + bytes([24, 75, 30, 81, 30, 0]) + b"\n      "
    block += b"\x00\x00\x00\x10\x00" + bytes(13)  # nothing
    return _summed(block + bytes([extensions]))


def _cta(timing: Timing) -> bytes:
    blocks = bytes([0x41, timing.vic])
    blocks += bytes([0x23, 0x09, 0x04, 0x01])  # sound: two channels, 48 kHz, 16 bits
    blocks += bytes([0x83, 0x01, 0x00, 0x00])  # from the left and the right
    blocks += bytes([0x65]) + OUI_HDMI + bytes([0x10, 0x00])  # HDMI, the first input
    blocks += bytes([0xE2, 0x00, 0x4A])  # RGB of full range if asked; nothing is cut off
    # Nothing is cut off; basic audio; one native timing.
    head = bytes([0x02, 0x03, 4 + len(blocks), 0xC1])
    return _summed((head + blocks).ljust(127, b"\x00"))


def _detailed(timing: Timing) -> bytes:
    (width, front, sync, back), (height, above, pulse, below) = timing.across, timing.down
    blank, dark = front + sync + back, above + pulse + below
    across, down = timing.positive
    return (timing.clock // 10).to_bytes(2, "little") + bytes([
        width & 255, blank & 255, width >> 8 << 4 | blank >> 8,
        height & 255, dark & 255, height >> 8 << 4 | dark >> 8,
        front & 255, sync & 255, (above & 15) << 4 | pulse & 15,
        front >> 8 << 6 | sync >> 8 << 4 | above >> 4 << 2 | pulse >> 4,
        0, 0, 0, 0, 0, 0x18 | down << 2 | across << 1,
    ])  # fmt: skip


def _summed(block: bytes) -> bytes:
    """Add the last byte: all of them sum to zero."""
    return block + bytes([-sum(block) % 256])

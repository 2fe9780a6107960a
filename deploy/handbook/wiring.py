"""The wiring drawing of the fader box, docs/wiring.svg.

Which wire goes where comes from the control itself: its two SPI buses, and the pins that its
settings ship with. The MCP3008's sixteen pins are those of Microchip's DS21295, the header's forty
those of Raspberry Pi's own pin-out. No wire is told from another by its colour.
"""

from dataclasses import dataclass, field
from html import escape
from pathlib import Path

from appliance.controls.gpio import Gpio
from appliance.controls.gpio_wiring import BUSES

DRAWING = Path(__file__).resolve().parents[2] / "docs" / "wiring.svg"

# GPIO number -> pin of the header.
PINS = {
    2: 3, 3: 5, 4: 7, 14: 8, 15: 10, 17: 11, 18: 12, 27: 13, 22: 15, 23: 16, 24: 18, 10: 19,
    9: 21, 25: 22, 11: 23, 8: 24, 7: 26, 0: 27, 1: 28, 5: 29, 6: 31, 12: 32, 13: 33, 19: 35,
    16: 36, 26: 37, 20: 38, 21: 40,
}  # fmt: skip
VOLTS_3_3, VOLTS_5, GROUND = (1, 17), (2, 4), (6, 9, 14, 20, 25, 30, 34, 39)

# The right side of an MCP3008, from the top: its pin, its name, where it goes.
BUS_SIDE = (
    (16, "VDD", "power"),
    (15, "VREF", "power"),
    (14, "AGND", "ground"),
    (13, "CLK", "clock"),
    (12, "DOUT", "miso"),
    (11, "DIN", "mosi"),
    (10, "CS", "select"),
    (9, "DGND", "ground"),
)
CHIPS = ("0.0", "0.1", "1.0")  # of a box with 24 faders
POWER_PIN, GROUND_PIN = 17, 25  # beside the first bus

ROW, TOP = 27.0, 150.0  # of the header: pixels from pin to pin, and where pins 1 and 2 are
ODD, EVEN = 640.0, 668.0
PAD = 10.5  # radius
CHIP = (175.0, 275.0, 325.5, 27.0)  # left, right, the first pin, from pin to pin


@dataclass(slots=True)
class Sheet:
    """An SVG that is drawn line by line."""

    width: int
    height: int
    parts: list[str] = field(default_factory=list)

    def wire(self, *points: tuple[float, float], kind: str = "signal") -> None:
        """Draw a wire through points; power is thick, ground dashed, a signal thin."""
        path = " ".join(f"{x:g},{y:g}" for x, y in points)
        self.parts.append(f'<polyline class="{kind}" points="{path}"/>')

    def text(self, x: float, y: float, words: str, kind: str = "", anchor: str = "start") -> None:
        """Write words with their middle at y."""
        self.parts.append(
            f'<text class="{kind}" x="{x:g}" y="{y + 4:g}" text-anchor="{anchor}">'
            f"{escape(words)}</text>"
        )

    def box(self, x: float, y: float, width: float, height: float) -> None:
        """Draw the outline of a part."""
        self.parts.append(f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}"/>')

    def dot(self, x: float, y: float) -> None:
        """Mark where wires are joined; those that only cross have none."""
        self.parts.append(f'<circle class="dot" cx="{x:g}" cy="{y:g}" r="3.5"/>')

    def pad(self, x: float, y: float, *, used: bool) -> None:
        """Draw a pin of the header."""
        kind = "used" if used else "free"
        self.parts.append(f'<circle class="{kind}" cx="{x:g}" cy="{y:g}" r="{PAD:g}"/>')

    def notch(self, x: float, y: float) -> None:
        """Draw the dent that shows where a chip's pin 1 is."""
        self.parts.append(f'<path class="free" d="M {x - 10:g} {y:g} a 10 10 0 0 0 20 0"/>')

    def svg(self) -> str:
        """Return the whole drawing."""
        body = "\n".join(self.parts)
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {self.width} {self.height}">\n'
            "<title>Wiring of the fader box</title>\n<style>\n"
            "text { font: 13px 'DejaVu Sans', Arial, sans-serif; fill: #000 }\n"
            ".head { font-size: 20px; font-weight: bold } .name { font-weight: bold }\n"
            ".small { font-size: 11px }\n"
            "rect, .free { fill: #fff; stroke: #000; stroke-width: 1.5 }\n"
            ".used { fill: #bbb; stroke: #000; stroke-width: 2 }\n"
            "polyline { fill: none; stroke: #000; stroke-width: 1.4 }\n"
            "polyline.power { stroke-width: 3.6 }\n"
            "polyline.ground { stroke-width: 2.4; stroke-dasharray: 8 4 }\n"
            "</style>\n"
            f'<rect x="0" y="0" width="{self.width}" height="{self.height}" stroke="none"/>\n'
            f"{body}\n</svg>\n"
        )


def pad(pin: int) -> tuple[float, float]:
    """Return where a pin of the header is drawn."""
    return (ODD if pin % 2 else EVEN), TOP + (pin - 1) // 2 * ROW


def bus(chip: str) -> dict[str, int]:
    """Return the header's pin for each wire of a chip, by its address in the settings."""
    number, select = (int(part) for part in chip.split("."))
    clock, mosi, miso, selects = BUSES[number]
    pins = {"clock": clock, "mosi": mosi, "miso": miso, "select": selects[select]}
    wires = {name: PINS[gpio] for name, gpio in pins.items()}
    return wires | {"power": POWER_PIN, "ground": GROUND_PIN}


def drawing() -> str:
    """Return the drawing as SVG: a box as shipped, and where two more chips go."""
    sheet = Sheet(1180, 850)
    sheet.text(40, 38, "Wiring of the fader box", "head")
    sheet.text(40, 66, "Switch off and unplug first. 3.3 V only: 5 V (pins 2 and 4) kills the Pi.")
    sheet.text(40, 86, "A dot joins wires; wires that cross without a dot do not touch.")
    panel = Gpio.Settings()
    _header(sheet, panel)
    _chip(sheet)
    _faders(sheet)
    _front(sheet, panel)
    _more_chips(sheet)
    _key(sheet)
    return sheet.svg()


def _header(sheet: Sheet, panel: Gpio.Settings) -> None:
    wired = {pin for chip in CHIPS for pin in bus(chip).values()}
    wired |= {PINS[gpio] for gpio in (*panel.buttons.values(), *panel.encoder, panel.light)}
    wired |= {9, 39}  # the grounds of encoder and buttons
    sheet.box(ODD - 16, TOP - 18, EVEN - ODD + 32, 19 * ROW + 36)
    sheet.text((ODD + EVEN) / 2, TOP - 48, "Raspberry Pi 5", "name", "middle")
    sheet.text((ODD + EVEN) / 2, TOP - 31, "40-pin header, seen from above", "small", "middle")
    below = TOP + 19 * ROW + 34
    sheet.text((ODD + EVEN) / 2, below, "on this side: the USB sockets", "small", "middle")
    names = {PINS[gpio]: f"GPIO {gpio}" for gpio in PINS}
    names |= dict.fromkeys(VOLTS_3_3, "3.3 V") | dict.fromkeys(VOLTS_5, "5 V: never")
    names |= dict.fromkeys(GROUND, "ground")
    for pin in range(1, 41):
        x, y = pad(pin)
        sheet.pad(x, y, used=pin in wired)
        sheet.text(x, y, str(pin), "small", "middle")
        if pin % 2 == 0:
            sheet.text(x + 22, y, names[pin], "small")
        else:
            sheet.text(x - 22, y - 9, names[pin], "small", "end")


def _chip(sheet: Sheet) -> None:
    """Draw the first chip, its bus towards the header."""
    left, right, top, step = CHIP
    sheet.box(left, top - 20, right - left, 7 * step + 40)
    sheet.text((left + right) / 2, top - 46, "MCP3008", "name", "middle")
    sheet.text((left + right) / 2, top - 31, f'"{CHIPS[0]}" in the settings', "small", "middle")
    sheet.notch((left + right) / 2, top - 20)
    wires = bus(CHIPS[0])
    lanes = {16: 300.0, 15: 530.0, 14: 300.0, 13: 510.0, 12: 490.0, 11: 470.0, 10: 500.0, 9: 450.0}
    joined = {16: 1, 14: 7}  # to the pin so many rows below the first
    for at, (number, name, wire) in enumerate(BUS_SIDE):
        y, lane = top + at * step, lanes[number]
        kind = wire if wire in ("power", "ground") else "signal"
        sheet.text(right - 6, y, f"{name} {number}", "small", "end")
        x_pad, y_pad = pad(wires[wire])
        if number in joined:
            below = top + joined[number] * step
            sheet.wire((right, y), (lane, y), (lane, below), kind=kind)
            sheet.dot(lane, below)
        elif wire == "select":  # between two rows of pins, to the header's other side
            between = y_pad + ROW / 2
            path = ((right, y), (lane, y), (lane, between), (x_pad, between), (x_pad, y_pad + PAD))
            sheet.wire(*path)
        else:
            sheet.wire((right, y), (lane, y), (lane, y_pad), (x_pad - PAD, y_pad), kind=kind)


def _faders(sheet: Sheet) -> None:
    """Draw eight faders, and one of them as a circuit."""
    left, _, top, step = CHIP
    for at in range(8):
        y = top + at * step
        sheet.text(left + 6, y, f"{at + 1} CH{at}", "small")
        sheet.wire((135, y), (left, y))
        sheet.text(130, y, f"fader {at + 1}, wiper", "small", "end")
    x, y = 70.0, 712.0
    sheet.text(40, y - 68, "Each fader: 10 kΩ, linear (B)", "name")
    sheet.wire((x, y - 50), (x, y - 30), kind="power")
    sheet.text(x + 12, y - 44, "upper end: 3.3 V (the chip's pin 15)", "small")
    sheet.box(x - 8, y - 30, 16, 60)
    sheet.wire((x + 8, y), (x + 150, y))
    sheet.text(x + 156, y, "wiper: CH0 … CH7", "small")
    sheet.dot(x + 100, y)
    sheet.wire((x + 100, y), (x + 100, y + 22))
    sheet.wire((x + 86, y + 22), (x + 114, y + 22), kind="power")
    sheet.wire((x + 86, y + 30), (x + 114, y + 30), kind="power")
    sheet.text(x + 122, y + 26, "100 nF, close to the chip", "small")
    sheet.wire((x + 100, y + 30), (x + 100, y + 54), kind="ground")
    sheet.wire((x, y + 30), (x, y + 54), (x + 150, y + 54), kind="ground")
    sheet.dot(x + 100, y + 54)
    sheet.text(x + 156, y + 54, "lower end: ground (the chip's pin 14)", "small")
    sheet.text(40, y + 82, "Each chip: 100 nF and 1 µF from pin 16 to pin 14, beside it.", "small")


def _front(sheet: Sheet, panel: Gpio.Settings) -> None:
    """Draw encoder, buttons and light as they are shipped."""
    for pin, words in (
        (9, "rotary encoder, middle pin C"),
        (PINS[panel.encoder[1]], "rotary encoder, B"),
        (PINS[panel.encoder[0]], "rotary encoder, A"),
    ):
        x, y = pad(pin)
        kind = "ground" if pin == 9 else "signal"
        sheet.wire((440, y), (x - PAD, y), kind=kind)
        sheet.text(432, y, words, "small", "end")
    said = {"reset": "a new text", "layout": "another layout", "hold": "hold, and go on"}
    ground = pad(39)[1]
    for at, (name, gpio) in enumerate(panel.buttons.items()):
        x, y = pad(PINS[gpio])
        sheet.wire((490, y), (x - PAD, y))
        sheet.wire((490, y), (462, y - 9))  # the open contact
        sheet.wire((460, y), (446, y), kind="ground")
        if at:
            sheet.dot(446, y)
        sheet.text(436, y, f"button: {said[name]}", "small", "end")
    x, y = pad(PINS[panel.light])
    sheet.box(500, y - 6, 46, 12)
    sheet.wire((546, y), (x - PAD, y))
    sheet.text(523, y - 15, "330 Ω", "small", "middle")
    sheet.wire((474, y), (500, y))
    sheet.parts.append(f'<path class="free" d="M 474 {y - 8:g} v 16 l -14 -8 z"/>')
    sheet.wire((460, y - 8), (460, y + 8))
    sheet.wire((460, y), (446, y), kind="ground")
    sheet.dot(446, y)
    sheet.text(436, y, "light: long leg to 330 Ω", "small", "end")
    first = pad(PINS[next(iter(panel.buttons.values()))])[1]
    sheet.wire((446, first), (446, ground), (pad(39)[0] - PAD, ground), kind="ground")


def _more_chips(sheet: Sheet) -> None:
    """List where the second and the third chip go, pin by pin."""
    for at, (chip, faders) in enumerate(zip(CHIPS[1:], ("9 to 16", "17 to 24"), strict=True)):
        left, top = 850.0, 176.0 + at * 300
        sheet.box(left, top - 20, 96, 7 * 27 + 40)
        sheet.notch(left + 48, top - 20)
        sheet.text(left + 48, top - 48, f'MCP3008 "{chip}"', "name", "middle")
        sheet.text(left + 48, top - 32, f"faders {faders}", "small", "middle")
        wires = bus(chip)
        for row, (number, name, wire) in enumerate(BUS_SIDE):
            y = top + row * 27
            kind = wire if wire in ("power", "ground") else "signal"
            sheet.wire((left + 96, y), (left + 130, y), kind=kind)
            sheet.text(left + 90, y, f"{name} {number}", "small", "end")
            sheet.text(left + 6, y, f"{row + 1}", "small")
            what = {"power": " (3.3 V)", "ground": " (ground)"}.get(wire, "")
            sheet.text(left + 138, y, f"header pin {wires[wire]}{what}")
            sheet.wire((left - 24, y), (left, y))
    sheet.text(810, 715, "The third chip's bus is switched on by a line in", "small")
    sheet.text(810, 731, "config.txt: docs/faders.md says which.", "small")


def _key(sheet: Sheet) -> None:
    for at, (kind, words) in enumerate(
        (("power", "3.3 V"), ("ground", "ground"), ("signal", "signal"))
    ):
        x = 40 + at * 150
        sheet.wire((x, 826), (x + 50, 826), kind=kind)
        sheet.text(x + 60, 826, words)


if __name__ == "__main__":
    DRAWING.write_text(drawing(), encoding="utf-8")

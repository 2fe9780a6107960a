"""The handbook: the drawing agrees with the code and the datasheet, the staff's page fits."""

import re
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from appliance.controls.gpio import Gpio
from appliance.controls.gpio_wiring import BUSES
from deploy.handbook import wiring

pytest.importorskip("markdown_it", reason="markdown-it-py renders the handbook")

from deploy.handbook import __main__ as handbook

DOCS = Path(__file__).parents[2] / "docs"
# Pages to read at a desk: for whoever writes code or voices, or judges how fast it is.
FOR_MAKERS = {
    "adding-a-control", "adding-a-style", "architecture", "making-models", "osc", "performance",
    "voices",
}  # fmt: skip


def operating() -> str:
    return (DOCS / "operating.md").read_text(encoding="utf-8")


def test_the_drawing_in_the_docs_is_the_one_that_the_code_draws() -> None:
    assert wiring.DRAWING.read_text(encoding="utf-8") == wiring.drawing()


def test_every_pin_of_the_header_has_one_meaning() -> None:
    gpios = list(wiring.PINS.values())
    everything = [*gpios, *wiring.VOLTS_3_3, *wiring.VOLTS_5, *wiring.GROUND]
    assert sorted(everything) == list(range(1, 41))


def test_the_pins_are_those_of_the_table_in_faders_md() -> None:
    text = (DOCS / "faders.md").read_text(encoding="utf-8")
    said = {int(gpio): int(pin) for gpio, pin in re.findall(r"GPIO (\d+), pin (\d+)", text)}
    said |= {
        int(gpio): int(pin) for gpio, pin in re.findall(r"\| (?:e\.g\. )?(\d+), pin (\d+)", text)
    }
    assert said.keys() >= {clock for clock, *_ in BUSES.values()}
    assert said.keys() >= {*Gpio.Settings().buttons.values(), *Gpio.Settings().encoder}
    assert {gpio: wiring.PINS[gpio] for gpio in said} == said


def test_no_two_things_have_one_pin() -> None:
    panel = Gpio.Settings()
    own = [wiring.PINS[gpio] for gpio in (*panel.buttons.values(), *panel.encoder, panel.light)]
    buses = {wiring.bus(chip)[wire] for chip in wiring.CHIPS for wire in ("clock", "mosi", "miso")}
    selects = [wiring.bus(chip)["select"] for chip in wiring.CHIPS]
    taken = [*own, *buses, *selects, wiring.POWER_PIN, wiring.GROUND_PIN]
    assert len(taken) == len(set(taken))
    assert wiring.POWER_PIN in wiring.VOLTS_3_3 and wiring.GROUND_PIN in wiring.GROUND
    assert not set(taken) & set(wiring.VOLTS_5)


def test_the_drawing_names_all_sixteen_pins_of_the_chip_and_uses_no_colour() -> None:
    drawing = wiring.drawing()
    words = [element.text for element in ET.fromstring(drawing).iter() if element.text]
    bus_side = {"VDD 16", "VREF 15", "AGND 14", "CLK 13", "DOUT 12", "DIN 11", "CS 10", "DGND 9"}
    assert bus_side | {f"{n + 1} CH{n}" for n in range(8)} <= set(words)
    assert set(re.findall(r"#[0-9a-f]{3,6}", drawing)) == {"#000", "#bbb", "#fff"}


def test_the_staffs_page_has_on_off_lights_and_three_remedies() -> None:
    staff, technician = handbook.parted(operating())
    for word in ("**On**", "**Off**", "**Lights**", "1. ", "2. ", "3. "):
        assert word in staff
    assert "4. " not in staff and "doctor" not in staff
    assert "doctor" in technician


def test_a_page_without_its_headings_is_named() -> None:
    with pytest.raises(handbook.HandbookError, match=r"lost its headings"):
        handbook.parted("# nothing")


def headings(page: Path) -> set[str]:
    """Return the names by which a page's headings are led to."""
    text = re.sub(
        r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL
    )
    found = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in found}


@pytest.mark.parametrize(
    "page", [DOCS.parent / "README.md", *sorted(DOCS.glob("*.md"))], ids=lambda page: page.stem
)
def test_links_within_the_pages_lead_somewhere(page: Path) -> None:
    for link in re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8")):
        if link.startswith("https://"):
            continue
        file, _, anchor = link.partition("#")
        target = (page.parent / file) if file else page
        assert target.exists(), f"{page.name} leads to {file}"
        if anchor:
            assert anchor in headings(target), f"{page.name} leads to {link}"


def test_what_the_handbooks_pages_lead_to_is_printed_too() -> None:
    for name in handbook.PAGES:
        text = (DOCS / f"{name}.md").read_text(encoding="utf-8")
        missing = set(re.findall(r"\]\(([a-z-]+)\.md", text)) - {*handbook.PAGES} - FOR_MAKERS
        assert not missing, f"{name}.md leads to {', '.join(sorted(missing))}"


def test_the_staffs_page_prints_on_one_side(tmp_path: Path) -> None:
    try:
        handbook.chromium()
    except handbook.HandbookError:
        pytest.skip("no Chromium to print with")
    staff, _ = handbook.parted(operating())
    handbook.print_staff(staff, tmp_path / "one.pdf")
    with pytest.raises(handbook.HandbookError, match="takes 2 sides"):
        handbook.print_staff(staff + "\n\nmore\n" * 40, tmp_path / "two.pdf")

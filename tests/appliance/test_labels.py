"""Strips to stick above the faders."""

from pathlib import Path
from xml.etree import ElementTree as ET

from appliance.catalogue import read_catalogue
from appliance.commands import labels
from appliance.settings import Loaded
from tests.conftest import MODELS, appliance

SVG = "{http://www.w3.org/2000/svg}"


def test_the_table_names_every_style_that_may_play_once() -> None:
    printed = appliance("labels", "--faders", "8")
    styles = labels.labelled(Loaded.read().settings)
    lines = printed.stdout.splitlines()
    assert printed.returncode == 0
    assert lines[0].startswith("bank 1  fader  1  ")
    named = [line.split("  ", 3)[-1].strip() for line in lines]
    assert [name for name in named if name != "-"] == [style.title for style in styles.values()]
    assert len(lines) % 8 == 0


def test_the_settings_choose_the_order(tmp_path: Path) -> None:
    site = tmp_path / "site.toml"
    site.write_text(
        '[controls]\nfaders = ["linux", "bible"]\n[styles]\norder = ["homer", "linux"]\n'
    )
    styles = list(labels.labelled(Loaded.read(site).settings))
    assert styles[:4] == ["linux", "bible", "homer", "trump"]  # named, then those of the opening
    titles = {slug: style.title for slug, style in read_catalogue(MODELS).styles.items()}
    assert [titles[slug] for slug in styles[8:]] == sorted(
        (titles[slug] for slug in styles[8:]), key=str.casefold
    )
    assert "kama_sutra" not in styles


def test_strips_are_in_true_size_with_colours(tmp_path: Path) -> None:
    file = tmp_path / "strips.svg"
    assert appliance("labels", "--svg", str(file), "--pitch", "20", "--faders", "6").returncode == 0
    root = ET.fromstring(file.read_text("utf-8"))
    styles = labels.labelled(Loaded.read().settings)
    assert root.get("width") == "140mm"
    assert root.get("viewBox", "").split()[2] == "140"  # so a unit is a millimetre
    cells = [r for r in root.iter(f"{SVG}rect") if r.get("fill") == "none"]
    bars = [r for r in root.iter(f"{SVG}rect") if r.get("fill") != "none"]
    assert {float(cell.get("width", 0)) for cell in cells} == {20.0}
    assert len(cells) % 6 == 0 and len(cells) >= len(styles)
    assert [bar.get("fill") for bar in bars] == [style.colour for style in styles.values()]
    assert {float(cell.get("x", 0)) for cell in cells} == {10.0 + 20.0 * n for n in range(6)}


def test_every_name_fits_its_label() -> None:
    styles = list(labels.labelled(Loaded.read().settings).values())
    for pitch in (9.0, 19.0, 40.0):
        root = ET.fromstring(labels.drawing([styles], pitch))
        names = [t for t in root.iter(f"{SVG}text") if t.get("font-size") not in {"2.2", "2.5"}]
        assert names
        for text in names:
            width = len(text.text or "") * labels.NARROWEST * float(text.get("font-size", 0))
            assert width <= pitch - 1.8
            bottom = labels.MARGIN + labels.STRIP - 3.2
            assert float(text.get("y", 0)) <= bottom


def test_what_cannot_be_is_one_sentence(tmp_path: Path) -> None:
    tight = appliance("labels", "--pitch", "2")
    assert tight.returncode == 2 and "take 5 or more" in tight.stderr
    nowhere = appliance("labels", "--svg", str(tmp_path / "no" / "strips.svg"))
    assert nowhere.returncode == 1 and "choose another file" in nowhere.stderr
    assert nowhere.stderr.count("\n") == 1

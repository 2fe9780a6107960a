"""Backlights, on a /sys of the test's own."""

from dataclasses import replace
from pathlib import Path

import pytest

from appliance.stage.displays import Display
from appliance.stage.operator.lights import Lights, find

PANEL = Display((0, 0, 800, 480), "", 7.0)
MONITOR = Display((800, 0, 1920, 1080), "HDMI-A-1", 24.0)


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    """Return a /sys with a panel at DSI-1, its backlight, and a monitor at HDMI-A-1."""
    for connector, mode in (("DSI-1", "800x480"), ("HDMI-A-1", "1920x1080")):
        folder = tmp_path / "class/drm" / f"card1-{connector}"
        folder.mkdir(parents=True)
        (folder / "status").write_text("connected\n")
        (folder / "modes").write_text(f"{mode}\n640x480\n")
    add_backlight(tmp_path, "10-0045", "")
    return tmp_path


def add_backlight(machine: Path, name: str, connector: str) -> None:
    folder = machine / "class/backlight" / name
    folder.mkdir(parents=True)
    (folder / "max_brightness").write_text("31\n")
    (folder / "brightness").write_text("31\n")
    if connector:
        (folder / "display_name").write_text(f"{connector}\n")


def level(machine: Path, name: str = "10-0045") -> str:
    return (machine / "class/backlight" / name / "brightness").read_text().strip()


def test_a_panel_is_made_darker_by_its_backlight_and_a_monitor_by_its_picture(
    machine: Path,
) -> None:
    lights, screens = Lights(machine), {"instrument": PANEL, "wall": MONITOR}
    assert lights.shine("instrument", 0.5, screens) == 1.0
    assert level(machine) == "16"
    assert lights.shine("wall", 0.5, screens) == 0.5
    assert level(machine) == "16"


def test_a_backlight_is_never_switched_off(machine: Path) -> None:
    (machine / "class/backlight/10-0045/max_brightness").write_text("2\n")
    Lights(machine).shine("instrument", 0.2, {"instrument": PANEL})
    assert level(machine) == "1"


def test_a_panel_that_is_turned_is_the_same_panel(machine: Path) -> None:
    assert find(Display((0, 0, 480, 800), "", 7.0), [], machine) is not None


def test_a_backlight_that_cannot_be_written_is_named_once_and_the_picture_made_darker(
    machine: Path, caplog: pytest.LogCaptureFixture
) -> None:
    place = machine / "class/backlight/10-0045/brightness"
    place.unlink()
    place.mkdir()
    lights = Lights(machine)
    assert [lights.shine("instrument", s, {"instrument": PANEL}) for s in (0.5, 0.4)] == [0.5, 0.4]
    assert len(caplog.records) == 1


def test_of_two_backlights_the_one_that_names_the_connector_is_taken(machine: Path) -> None:
    add_backlight(machine, "11-0045", "DSI-1")
    found = find(PANEL, [], machine)
    assert found is not None and found.path.name == "11-0045"


@pytest.mark.parametrize("doubt", ["twin", "unplugged", "two lights", "other size", "no sys"])
def test_where_it_is_not_certain_no_backlight_is_touched(machine: Path, doubt: str) -> None:
    others, display, sys_ = [MONITOR], PANEL, machine
    match doubt:
        case "twin":
            others = [replace(PANEL, place=(800, 0, 800, 480))]
        case "unplugged":
            (machine / "class/drm/card1-DSI-1/status").write_text("disconnected\n")
        case "two lights":
            add_backlight(machine, "another", "")
        case "other size":
            display = replace(PANEL, place=(0, 0, 1280, 720))
        case _:
            sys_ = machine / "nowhere"
    assert find(display, others, sys_) is None

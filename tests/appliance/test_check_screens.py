from pathlib import Path

import pytest

from appliance.service.check_screens import check_screens
from appliance.service.checks import Check, Severity
from appliance.settings import DEFAULTS, Loaded, Stage

OK, NOTE, WARNING, _ = Severity


def stage(**changed: object) -> Stage:
    return Loaded.read(DEFAULTS).settings.stage.model_copy(update=changed)


def edid(name: str, width: int, height: int) -> bytes:
    """Return the description of a monitor: name, pixels, half a metre wide (VESA E-EDID 1.4)."""
    data = bytearray(128)
    data[:8] = b"\x00\xff\xff\xff\xff\xff\xff\x00"
    data[56], data[58] = width & 255, width >> 8 << 4
    data[59], data[61] = height & 255, height >> 8 << 4
    data[66], data[67], data[68] = 500 & 255, 300 & 255, 500 >> 8 << 4 | 300 >> 8
    data[72:77] = b"\x00\x00\x00\xfc\x00"
    data[77:90] = name.encode().ljust(13, b"\n")
    return bytes(data)


def plug(root: Path, connector: str, described: bytes | None = None, *, there: bool = True) -> None:
    folder = root / "sys/class/drm" / f"card1-{connector}"
    folder.mkdir(parents=True)
    (folder / "status").write_text("connected\n" if there else "disconnected\n")
    (folder / "edid").write_bytes(described or b"")


@pytest.fixture
def two(tmp_path: Path) -> Path:
    plug(tmp_path, "HDMI-A-1", edid("DELL U2412M", 1920, 1200))
    plug(tmp_path, "HDMI-A-2", edid("OPTOMA", 1920, 1080))
    return tmp_path


def test_what_is_plugged_in_is_named(two: Path) -> None:
    said = "Plugged in: HDMI-A-1 DELL U2412M, 1920x1200; HDMI-A-2 OPTOMA, 1920x1080."
    assert check_screens(stage(), two) == [Check("screens", OK, said)]
    assert check_screens(stage(screen="dell", wall="1920x1080"), two)[1:] == []


def test_a_screen_that_the_settings_name_is_missing(two: Path) -> None:
    _, screen, wall = check_screens(stage(screen="ELO", wall="EPSON"), two)
    assert (screen.severity, wall.severity) == (WARNING, WARNING)
    assert 'No screen has "ELO"' in screen.sentence
    assert "HDMI-A-1 DELL U2412M is used instead" in screen.sentence
    assert 'none has "EPSON"' in wall.sentence and wall.remedy.endswith("change stage.wall.")


def test_no_screen_is_plugged_in(tmp_path: Path) -> None:
    plug(tmp_path, "HDMI-A-1", there=False)
    plug(tmp_path, "HDMI-A-2", there=False)
    [found] = check_screens(stage(), tmp_path)
    assert found.severity == WARNING
    assert found.sentence == "No screen is plugged in; there is room at HDMI-A-1, HDMI-A-2."


def test_a_splitter_says_nothing(tmp_path: Path) -> None:
    plug(tmp_path, "HDMI-A-1")
    [found] = check_screens(stage(), tmp_path)
    assert (found.severity, found.sentence) == (
        NOTE, "What is plugged in at HDMI-A-1 says nothing of itself.",
    )  # fmt: skip


def test_an_output_that_this_machine_has_not(two: Path) -> None:
    outputs = ["HDMI-A-1:1920x1080@60", "DP-3:1920x1080@60"]
    _, found = check_screens(stage(outputs=outputs), two)
    assert found.severity == WARNING
    assert "names DP-3" in found.sentence and "there is HDMI-A-1, HDMI-A-2" in found.sentence


def test_no_connector_at_all(tmp_path: Path) -> None:
    [found] = check_screens(stage(), tmp_path)
    assert found.severity == NOTE
    model = tmp_path / "sys/firmware/devicetree/base/model"
    model.parent.mkdir(parents=True)
    model.write_text("Raspberry Pi 5 Model B Rev 1.0\0")
    [found] = check_screens(stage(), tmp_path)
    assert found.severity == WARNING and "vc4-kms-v3d" in found.remedy

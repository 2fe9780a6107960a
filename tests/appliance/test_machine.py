"""What a machine has, and what this process may use of it."""

import subprocess
import sys
from pathlib import Path

import pytest

from appliance.engine.machine import devices, may_open, processor
from tests.conftest import PATIENCE, ROOT


def test_where_write_and_execute_is_denied_that_is_seen() -> None:
    script = (
        "import ctypes\n"
        "from appliance.engine.machine import may_write_and_execute\n"
        "assert may_write_and_execute()\n"
        # What systemd does for MemoryDenyWriteExecute=yes: prctl(PR_SET_MDWE), Linux 6.3.
        "print(ctypes.CDLL(None).prctl(65, 1, 0, 0, 0), may_write_and_execute())\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        timeout=PATIENCE,
    )
    if done.stdout.startswith("-1"):
        pytest.skip("this kernel cannot deny it by prctl, Linux 6.3 can")
    assert done.stdout == "0 False\n", done.stderr


def test_devices_that_may_be_opened_are_named_and_what_is_plugged_in_and_out_is_not(
    tmp_path: Path,
) -> None:
    for folder in ("dri", "accel", "snd"):
        (tmp_path / folder).mkdir()
    for name in ("dri/renderD128", "accel/accel0", "hailo0", "snd/midi", "video0", "hidraw3"):
        (tmp_path / name).symlink_to("/dev/null")
    (tmp_path / "dri/card0").write_bytes(b"")  # no device
    (tmp_path / "cdrom").symlink_to("nowhere")
    assert may_open(tmp_path) == ["accel/accel0", "dri/renderD128", "hailo0"]
    assert may_open(tmp_path / "nowhere") == []


def test_a_device_that_may_not_be_opened_is_not_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "shut").symlink_to("/dev/null")
    assert may_open(tmp_path) == ["shut"]
    monkeypatch.setattr("os.access", lambda _path, _mode: False)
    assert may_open(tmp_path) == []


def test_a_card_that_is_put_in_is_noticed_and_a_screen_is_not(tmp_path: Path) -> None:
    for name in ("card0", "card0-HDMI-A-1", "renderD128"):
        (tmp_path / "class/drm" / name).mkdir(parents=True)
    before = devices(tmp_path)
    assert before == ["card0", "renderD128"]
    (tmp_path / "class/drm/card0-HDMI-A-2").mkdir()
    assert devices(tmp_path) == before
    card = tmp_path / "bus/pci/devices/0000:01:00.0"
    card.mkdir(parents=True)
    (card / "vendor").write_text("0x1e60\n")
    (card / "device").write_text("0x2864\n")
    assert devices(tmp_path) == ["0000:01:00.0 0x1e60 0x2864", *before]


def test_the_processor_or_the_board_is_named(tmp_path: Path) -> None:
    path = tmp_path / "cpuinfo"
    path.write_text(
        "processor\t: 0\nCPU part\t: 0xd0b\n\nModel\t\t: Raspberry Pi 5 Model B Rev 1.0\n"
    )
    assert processor(path) == "Raspberry Pi 5 Model B Rev 1.0"
    assert processor(tmp_path / "none") == ""

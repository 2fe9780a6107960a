from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from appliance.service.clock import EARLIEST, hardware_agrees, synchronised, trusted

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def with_hardware_clock(root: Path, seconds: object) -> None:
    folder = root / "sys/class/rtc/rtc0"
    folder.mkdir(parents=True)
    (folder / "since_epoch").write_text(f"{seconds}\n")


def test_without_network_and_hardware_clock_the_time_is_not_trusted(tmp_path: Path) -> None:
    assert not trusted(NOW, tmp_path)


def test_a_time_that_the_network_has_set_is_trusted(tmp_path: Path) -> None:
    mark = tmp_path / "run/systemd/timesync/synchronized"
    mark.parent.mkdir(parents=True)
    mark.touch()
    assert synchronised(tmp_path)
    assert trusted(NOW, tmp_path)
    assert not trusted(EARLIEST - timedelta(days=1), tmp_path), "older than this software"


@pytest.mark.parametrize(
    ("seconds", "agrees"),
    [
        (int(NOW.timestamp()), True),
        (int(NOW.timestamp()) - 3_600, False),
        (86_400, False),  # no battery: it counts from 1970
        ("?", False),
    ],
)
def test_a_hardware_clock_that_agrees_is_trusted(
    tmp_path: Path, seconds: object, agrees: bool
) -> None:
    with_hardware_clock(tmp_path, seconds)
    assert hardware_agrees(NOW, tmp_path) is agrees
    assert trusted(NOW, tmp_path) is agrees


def test_the_kernel_is_asked_on_a_real_machine() -> None:
    assert synchronised() in (True, False)

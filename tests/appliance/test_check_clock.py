from datetime import UTC, datetime
from pathlib import Path

import pytest

from appliance.service.check_clock import check_clock
from appliance.service.checks import Check, Severity
from appliance.service.tables import Opening

OK, NOTE, WARNING, _ = Severity
NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)
ALWAYS_OPEN = Opening(week={}, dates={}, clock="auto")
HOURS = Opening(week={"monday": ""}, dates={}, clock="auto")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Return a machine with a clock on its board that agrees."""
    clock = tmp_path / "sys/class/rtc/rtc0"
    clock.mkdir(parents=True)
    (clock / "since_epoch").write_text(f"{round(NOW.timestamp())}\n")
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc/localtime").symlink_to("/usr/share/zoneinfo/Europe/Berlin")
    return tmp_path


def test_the_network_or_the_board_vouch_for_the_time(root: Path) -> None:
    said = "It is 2026-11-22 10:00 (UTC), and the clock on the board agrees."
    assert check_clock(HOURS, NOW, root) == [Check("clock", OK, said)]
    (root / "run/systemd/timesync").mkdir(parents=True)
    (root / "run/systemd/timesync/synchronized").touch()
    [found] = check_clock(HOURS, NOW, root)
    assert found.sentence.endswith("set by the network.")


@pytest.mark.parametrize(
    ("hours", "severity", "said"),
    [
        (ALWAYS_OPEN, NOTE, "Without opening hours it does not matter."),
        (HOURS, WARNING, "opening hours are ignored"),
        (HOURS.model_copy(update={"clock": "always"}), WARNING, "follow it all the same"),
    ],
)
def test_a_time_that_nobody_vouches_for(
    root: Path, hours: Opening, severity: Severity, said: str
) -> None:
    (root / "sys/class/rtc/rtc0/since_epoch").write_text("0\n")
    found = check_clock(hours, NOW, root)[0]
    assert found.severity == severity and said in found.sentence


def test_a_year_before_this_software(root: Path) -> None:
    past = datetime(2024, 1, 1, tzinfo=UTC)
    (root / "sys/class/rtc/rtc0/since_epoch").write_text(f"{round(past.timestamp())}\n")
    assert check_clock(HOURS, past, root)[0].severity == WARNING


def test_a_time_zone_that_nobody_has_set(root: Path) -> None:
    (root / "etc/localtime").unlink()
    assert len(check_clock(HOURS, NOW, root)) == 1
    (root / "etc/localtime").symlink_to("/usr/share/zoneinfo/Etc/UTC")
    _, found = check_clock(HOURS, NOW, root)
    assert found.severity == NOTE and "The time zone is Etc/UTC" in found.sentence
    assert len(check_clock(ALWAYS_OPEN, NOW, root)) == 1


def test_where_the_root_is_an_overlay_in_memory_the_zone_is_set_on_the_boot_partition(
    root: Path,
) -> None:
    (root / "etc/localtime").unlink()
    (root / "etc/localtime").symlink_to("/usr/share/zoneinfo/Etc/UTC")
    _, found = check_clock(HOURS, NOW, root)
    assert "timedatectl" in found.remedy
    (root / "proc/self").mkdir(parents=True, exist_ok=True)
    upper = root / "media/root-rw"
    (root / "proc/self/mountinfo").write_text(
        f"20 1 0:19 / {root} rw - overlay overlayroot rw,lowerdir=/l,upperdir={upper}/overlay\n"
        f"21 1 0:20 / {upper} rw - tmpfs tmpfs-root rw\n"
    )
    _, found = check_clock(HOURS, NOW, root)
    assert "timezone.txt on the boot partition" in found.remedy


def test_the_battery_of_the_clock(root: Path) -> None:
    battery = root / "sys/class/rtc/rtc0/battery_voltage"
    battery.write_text("2974056\n")
    assert len(check_clock(HOURS, NOW, root)) == 1
    battery.write_text("14000\n")
    _, found = check_clock(HOURS, NOW, root)
    assert found.severity == NOTE and "has 0.0 V" in found.sentence


def test_no_clock_on_the_board(root: Path) -> None:
    for path in (root / "sys/class/rtc/rtc0").iterdir():
        path.unlink()
    (root / "sys/class/rtc/rtc0").rmdir()
    assert "no clock on the board" in check_clock(HOURS, NOW, root)[-1].sentence

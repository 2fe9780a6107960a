from pathlib import Path

import pytest

from appliance.service.check_power import check_power
from appliance.service.checks import Check, Severity

OK, NOTE, WARNING, _ = Severity


def put(root: Path, path: str, text: str) -> None:
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).write_text(f"{text}\n")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Return a Raspberry Pi that is well."""
    put(tmp_path, "sys/class/thermal/thermal_zone0/temp", "52300")
    put(tmp_path, "sys/devices/platform/soc@107c000000/soc@107c000000:firmware/get_throttled", "0")
    put(tmp_path, "sys/class/hwmon/hwmon2/name", "pwmfan")
    put(tmp_path, "sys/class/hwmon/hwmon2/fan1_input", "3120")
    put(tmp_path, "proc/meminfo", "MemTotal: 4000000 kB\nMemFree: 9 kB\nMemAvailable: 3000000 kB")
    return tmp_path


def throttle(root: Path, bits: int) -> None:
    [path] = root.glob("sys/devices/platform/*/*/get_throttled")
    path.write_text(f"{bits:x}\n")


def test_a_machine_that_is_well(root: Path) -> None:
    assert check_power(root) == [
        Check("heat", OK, "The processor has 52 °C."),
        Check("heat", OK, "The fan turns 3,120 times a minute."),
        Check("power", OK, "The voltage is right, and was since the start."),
        Check("memory", OK, "3,072 MB of 4,096 MB of memory can be had."),
    ]


@pytest.mark.parametrize(
    ("degrees", "bits", "severity", "said"),
    [
        (81.0, 0, WARNING, "81 °C and slows itself down"),
        (77.0, 0, NOTE, "77 °C: warm"),
        (60.0, 0x8, WARNING, "held back just now"),
        (60.0, 0x2, WARNING, "held back just now"),
        (60.0, 0x40000, NOTE, "at some time since the start"),
    ],
)
def test_heat(root: Path, degrees: float, bits: int, severity: Severity, said: str) -> None:
    put(root, "sys/class/thermal/thermal_zone0/temp", str(round(degrees * 1e3)))
    throttle(root, bits)
    heat = check_power(root)[0]
    assert heat.severity == severity and said in heat.sentence
    assert heat.remedy


def test_a_fan_that_stands_still(root: Path) -> None:
    put(root, "sys/class/hwmon/hwmon2/fan1_input", "0")
    assert check_power(root)[1].severity == OK  # cool: it need not turn
    put(root, "sys/class/thermal/thermal_zone0/temp", "70000")
    assert check_power(root)[1] == Check(
        "heat", WARNING, "The fan stands still at 70 °C.", "Look at its plug and its blades."
    )


@pytest.mark.parametrize(
    ("bits", "said"),
    [(0x1, "too low now"), (0x50005, "too low now"), (0x50000, "at some time since the start")],
)
def test_under_voltage(root: Path, bits: int, said: str) -> None:
    throttle(root, bits)
    power = check_power(root)[2]
    assert power.severity == WARNING and said in power.sentence and "27 W" in power.remedy


def test_a_newer_kernel_has_an_alarm_instead(root: Path) -> None:
    [path] = root.glob("sys/devices/platform/*/*/get_throttled")
    path.unlink()
    put(root, "sys/class/hwmon/hwmon0/name", "rpi_volt")
    put(root, "sys/class/hwmon/hwmon0/in0_lcrit_alarm", "1")
    assert "too low now" in check_power(root)[2].sentence


def test_the_firmware_is_asked_where_the_kernel_says_nothing(root: Path) -> None:
    [path] = root.glob("sys/devices/platform/*/*/get_throttled")
    path.unlink()
    assert "since the start" in check_power(root, lambda: 0x50000)[2].sentence
    assert check_power(root)[2].severity == NOTE


def test_little_memory(root: Path) -> None:
    put(root, "proc/meminfo", "MemTotal: 1000000 kB\nMemAvailable: 90000 kB")
    assert check_power(root)[3].severity == WARNING


def test_a_machine_that_tells_nothing(tmp_path: Path) -> None:
    assert [check.severity for check in check_power(tmp_path)] == [NOTE, NOTE]

"""The unit files: what systemd thinks of them, and what they promise each other."""

import logging
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from appliance.__main__ import VERBS
from appliance.last_good import KEPT
from appliance.service.systemd import log_to_journal
from tests.conftest import ROOT

UNITS = ROOT / "deploy" / "systemd"
SERVICES = ("appliance-engine", "appliance-stage", "appliance-fallback")
TIMES = {"": 1, "s": 1, "min": 60, "h": 3600}  # seconds
analyze = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None,
    reason="systemd-analyze is missing: apt install systemd",
)


def directives(unit: str) -> dict[str, list[str]]:
    """Return the values of each directive, in their order; an empty one takes back those before."""
    found: dict[str, list[str]] = {}
    for line in (UNITS / unit).read_text(encoding="utf-8").splitlines():
        if line and line[0] not in "#[":
            name, _, value = line.partition("=")
            found[name] = [*found.get(name, []), value] if value else [""]
    return found


def seconds(directives: dict[str, list[str]], name: str) -> int:
    match = re.fullmatch(r"(\d+)(\D*)", directives[name][-1])
    assert match, f"{name} is no span of time"
    return int(match[1]) * TIMES[match[2].strip()]


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Return a file system in which the programs are there that the units start."""
    folder = tmp_path / "etc/systemd/system"
    shutil.copytree(UNITS, folder)
    for program in ("usr/bin/appliance", "usr/bin/systemctl"):
        (tmp_path / program).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / program).touch(0o755)
    for unit in ("sysinit", "basic", "shutdown", "multi-user", "timers"):
        (folder / f"{unit}.target").write_text("[Unit]\nDefaultDependencies=no\n", encoding="utf-8")
    return tmp_path


def complaints(tree: Path, *units: str) -> list[str]:
    done = subprocess.run(
        ["systemd-analyze", "verify", f"--root={tree}", *units],
        capture_output=True,
        text=True,
        check=False,
    )
    # systemd before 254 ignores the one word that it does not need, see the units.
    said = [line for line in done.stderr.splitlines() if "'RestartMode'" not in line]
    return said or ([f"exit status {done.returncode}"] if done.returncode else [])


@analyze
def test_systemd_has_nothing_to_complain_of(tree: Path) -> None:
    assert complaints(tree, *(path.name for path in UNITS.iterdir())) == []


@analyze
@pytest.mark.parametrize(
    ("line", "word"), [("NoSuchKey=1", "NoSuchKey"), ("Restart=sometimes", "sometimes")]
)
def test_a_mistake_in_a_unit_is_found(tree: Path, line: str, word: str) -> None:
    unit = tree / "etc/systemd/system/appliance-engine.service"
    unit.write_text(f"{unit.read_text(encoding='utf-8')}\n{line}\n", encoding="utf-8")
    assert any(word in complaint for complaint in complaints(tree, unit.name))


@analyze
def test_a_program_that_is_missing_is_found(tree: Path) -> None:
    (tree / "usr/bin/appliance").unlink()
    assert any("not executable" in said for said in complaints(tree, "appliance-stage.service"))


def exposed(unit: Path, most: float) -> subprocess.CompletedProcess[str]:
    """Let systemd judge a unit; the exit status tells whether it is exposed more than that."""
    return subprocess.run(
        ["systemd-analyze", "security", "--offline=true", f"--threshold={most * 10:.0f}", unit],
        capture_output=True,
        text=True,
        check=False,
    )


@analyze
@pytest.mark.parametrize(
    ("service", "most"),
    [("appliance-engine", 1.5), ("appliance-stage", 2.5), ("appliance-fallback", 2.5)],
)
def test_a_service_is_exposed_no_more_than_it_may_be(tree: Path, service: str, most: float) -> None:
    done = exposed(tree / "etc/systemd/system" / f"{service}.service", most)
    assert done.returncode == 0, done.stdout.splitlines()[-1]


@analyze
def test_an_open_service_would_be_found(tree: Path) -> None:
    unit = tree / "etc/systemd/system/appliance-engine.service"
    kept = [
        line
        for line in unit.read_text(encoding="utf-8").splitlines()
        if not line.startswith(("CapabilityBoundingSet", "PrivateUsers", "SystemCallFilter"))
    ]
    unit.write_text("\n".join(kept), encoding="utf-8")
    assert exposed(unit, 1.5).returncode != 0


@pytest.mark.parametrize("unit", sorted(path.name for path in UNITS.iterdir()))
def test_every_directive_has_its_reason(unit: str) -> None:
    text = (UNITS / unit).read_text(encoding="utf-8")
    assert text.startswith("# "), "a unit begins with what it is"
    for paragraph in text.split("\n\n")[1:]:
        lines = [line for line in paragraph.splitlines() if not line.startswith("[")]
        names = {line.partition("=")[0] for line in lines if not line.startswith("#")}
        if names <= {"Description", "Wants", "PartOf"}:
            continue  # who it is and what it belongs to
        assert lines[0].startswith("# "), f"{unit}: no reason for {', '.join(sorted(names))}"


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_starts_a_verb_of_the_command_line(service: str) -> None:
    [command] = directives(f"{service}.service")["ExecStart"]
    program, verb = command.split()
    assert program == "/usr/bin/appliance"
    assert verb in VERBS


@pytest.mark.parametrize("service", SERVICES)
def test_nobody_reboots_and_everybody_returns(service: str) -> None:
    said = directives(f"{service}.service")
    assert said["Restart"] == ["always"]
    assert said["Type"] == ["notify"]
    assert not {"StartLimitAction", "FailureAction", "SuccessAction", "RebootArgument"} & set(said)


@pytest.mark.parametrize("service", SERVICES[:2])
def test_a_burst_ends_in_the_fallback_even_if_each_start_takes_its_time(service: str) -> None:
    said = directives(f"{service}.service")
    slowest = sum(
        seconds(said, name)
        for name in ("TimeoutStartSec", "WatchdogSec", "TimeoutStopSec", "RestartSec")
    )
    assert int(said["StartLimitBurst"][0]) * slowest < seconds(said, "StartLimitIntervalSec")
    assert said["OnFailure"] == ["appliance-fallback.service"]
    # Or a single failure would bring it, from systemd 254 on.
    assert said["RestartMode"] == ["direct"]


def test_the_fallback_never_gives_up_and_never_shares_a_screen() -> None:
    said = directives("appliance-fallback.service")
    assert said["StartLimitIntervalSec"] == ["0"]
    assert "OnFailure" not in said
    for other in ("appliance-stage.service", "getty@tty1.service"):
        assert other in said["Conflicts"][0].split()
        assert other in said["After"][0].split()  # it has ended before this one begins


def test_while_the_fallback_is_shown_the_piece_is_tried_again() -> None:
    assert directives("appliance-fallback.service")["Wants"] == ["appliance-retry.timer"]
    said = directives("appliance-retry.timer")
    assert said["Unit"] == ["static-unsigned-love.target"]
    assert said["PartOf"] == ["appliance-fallback.service"]
    wanted = directives("static-unsigned-love.target")["Wants"][0].split()
    assert wanted[:2] == ["appliance-engine.service", "appliance-stage.service"]


def test_two_screens_are_lent_by_a_seat_that_may_be_missing() -> None:
    said = directives("appliance-stage.service")
    assert "seatd.service" in said["Wants"] and "seatd.service" in said["After"]
    # What the stage has started ends at once where the stage has crashed.
    assert said["KillMode"] == ["mixed"]


@pytest.mark.parametrize("service", SERVICES)
def test_a_start_waits_for_no_network_and_no_login(service: str) -> None:
    after = " ".join(directives(f"{service}.service").get("After", []))
    assert "network" not in after and "user-sessions" not in after and "multi-user" not in after


@pytest.mark.parametrize("service", SERVICES)
def test_calls_that_go_round_the_filter_are_shut(service: str) -> None:
    [allowed, refused, *more] = directives(f"{service}.service")["SystemCallFilter"]
    assert allowed == "@system-service" and refused.startswith("~") and "io_uring" in refused
    if service != "appliance-engine":
        assert "mincore" in more  # without it Mesa dies as a window is opened


def test_the_text_never_goes_to_the_journal_character_by_character() -> None:
    # Without a screen and a terminal the stage types on standard output.
    for service in SERVICES[1:]:
        assert directives(f"{service}.service")["StandardOutput"] == ["null"]


def test_the_three_keep_to_one_folder_of_one_user() -> None:
    for service in SERVICES:
        said = directives(f"{service}.service")
        assert said["User"] == said["Group"] == ["unsigned-love"]
        assert said["StateDirectory"] == ["static-unsigned-love"]


def rules() -> list[str]:
    """Return the lines of udev's rules."""
    lines = (ROOT / "deploy/udev.rules").read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def test_each_kind_of_device_is_open_to_the_stage_and_to_a_group_that_it_is_in() -> None:
    said = directives("appliance-stage.service")
    kinds = {
        "char-drm": ("video", ""),  # whose group Debian's own rules give
        "char-input": ("input", "input"),
        "char-alsa": ("audio", "sound"),
        "char-spi": ("spi", "spidev"),
        "char-gpiochip": ("gpio", "gpio"),
    }
    assert said["DeviceAllow"] == [*(f"{kind} rw" for kind in kinds), "/dev/tty1 rw"]
    for group, subsystem in kinds.values():
        assert group in said["SupplementaryGroups"][0].split()
        given = [rule for rule in rules() if rule.startswith(f'SUBSYSTEM=="{subsystem}"')]
        assert not subsystem or [rule for rule in given if f'GROUP="{group}"' in rule]
    # MIDI, where the kernel knows of it; and a backlight's brightness, a file and no device.
    modules = (ROOT / "deploy/modules-load.conf").read_text(encoding="utf-8").splitlines()
    assert "snd-seq" in modules
    assert said["ReadWritePaths"] == ["-/sys/devices/platform"]
    assert any('SUBSYSTEM=="backlight"' in rule and "chgrp video" in rule for rule in rules())


def test_a_stick_that_is_plugged_in_is_read_by_a_service_that_may() -> None:
    [rule] = [rule for rule in rules() if "SYSTEMD_WANTS" in rule]
    assert '"appliance-update@%k.service"' in rule and 'TAG+="systemd"' in rule
    assert 'ENV{ID_BUS}=="usb"' in rule and '"vfat|exfat"' in rule
    said = directives("appliance-update@.service")
    assert said["ExecStart"] == ["/usr/bin/appliance update --stick /dev/%I"]
    assert said["DeviceAllow"] == ["block-sd r"] and "@mount" in said["SystemCallFilter"][0]
    assert "CAP_SYS_ADMIN" in said["CapabilityBoundingSet"][0]
    assert seconds(said, "TimeoutStartSec") >= 1800  # a slow card


@pytest.mark.parametrize("unit", sorted(path.name for path in UNITS.glob("*.service")))
def test_nobody_beyond_this_machine_is_heard_or_spoken_to(unit: str) -> None:
    said = directives(unit)
    closed = (said.get("IPAddressDeny"), said.get("IPAddressAllow")) == (["any"], ["localhost"])
    assert closed or said.get("PrivateNetwork") == ["yes"]


def test_a_trial_is_counted_before_anything_of_the_new_release_has_run() -> None:
    said = directives("appliance-trial.service")
    assert said["Before"] == ["appliance-engine.service appliance-stage.service"]
    assert said["ExecStartPre"] == ["/usr/bin/appliance update --count"]
    assert "appliance-trial.service" in directives("static-unsigned-love.target")["Wants"][0]


@pytest.mark.parametrize("unit", ["appliance-engine.service", "appliance-trial.service"])
def test_who_goes_by_opening_hours_may_ask_whether_the_clock_is_set(unit: str) -> None:
    said = directives(unit)
    assert "clock_adjtime" in said["SystemCallFilter"] and "ProtectClock" not in said


def test_whoever_starts_the_piece_while_the_fallback_is_shown_is_not_refused() -> None:
    [after] = directives("appliance-fallback.service")["ExecStartPost"]
    assert after.endswith("reset-failed appliance-engine.service appliance-stage.service")


@pytest.mark.skipif(
    os.getuid() != 0 or shutil.which("setpriv") is None, reason="root and setpriv (util-linux)"
)
@pytest.mark.parametrize("unit", ["appliance-trial.service", "appliance-update@.service"])
def test_who_watches_reads_what_last_worked_in_the_pieces_own_folder(
    tmp_path: Path, unit: str
) -> None:
    state = tmp_path / "state"
    state.mkdir()
    (state / KEPT).write_text("[engine]\nport = 7772\n", encoding="utf-8")
    for path in (state / KEPT, state):
        path.chmod(path.stat().st_mode & 0o700)
        os.chown(path, 65_534, 65_534)
    (tmp_path / "site.toml").write_text("[engine]\nport = 'none'\n", encoding="utf-8")
    [kept] = directives(unit)["CapabilityBoundingSet"]
    walls = ["-all", *(f"+{name.removeprefix('CAP_').lower()}" for name in kept.split())]
    code = (
        "import sys; from pathlib import Path; from appliance.update.evidence import site_settings;"
        "print(site_settings(Path(sys.argv[1])).engine.port)"
    )
    done = subprocess.run(
        ["setpriv", f"--bounding-set={','.join(walls)}", sys.executable, "-c", code, str(state)],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        cwd=ROOT,
        env=os.environ | {"STATIC_UNSIGNED_LOVE_SETTINGS": str(tmp_path / "site.toml")},
    )
    assert done.stdout.split() == ["7772"], done.stderr


# --- the journal ------------------------------------------------------------------------------


@pytest.fixture
def journal(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[dict[str, Any]]]:
    """Log to a journal whose wire ends here; returns the entries."""
    pytest.importorskip("systemd.journal", reason="systemd-python: apt install python3-systemd")
    monkeypatch.setenv("JOURNAL_STREAM", "8:1")
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    entries: list[dict[str, Any]] = []
    log_to_journal()
    [handler] = root.handlers
    monkeypatch.setattr(
        handler, "send", lambda message, /, **fields: entries.append({"MESSAGE": message, **fields})
    )
    yield entries
    root.handlers[:] = before
    root.setLevel(level)


def test_an_entry_has_its_priority_its_room_and_the_name_of_the_piece(
    journal: list[dict[str, Any]],
) -> None:
    log = logging.getLogger("appliance.engine")
    log.info("listening on %s", "127.0.0.1")
    log.warning("a datagram was dropped")
    log.error("the disk is full")
    assert [entry["PRIORITY"] for entry in journal] == ["6", "4", "3"]  # syslog(3)
    for entry in journal:
        assert entry["LOGGER"] == "appliance.engine"
        assert entry["SYSLOG_IDENTIFIER"] == "static-unsigned-love"
        assert entry["CODE_FILE"] == __file__
    assert "listening on 127.0.0.1" in journal[0]["MESSAGE"]


def test_lines_that_are_no_entries_bear_the_same_name() -> None:
    for service in SERVICES:
        said = directives(f"{service}.service")
        assert said["SyslogIdentifier"] == ["static-unsigned-love"]
        assert said["SyslogLevel"] == ["warning"]

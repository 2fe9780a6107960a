"""Who is asked for the operator's panel: the engine's page, the service manager, the machine."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from appliance.service import units
from appliance.service.status_page import Line, Report, StatusPage
from appliance.service.units import Unit
from appliance.service.vitals import Vitals
from appliance.stage.operator.inquiry import Facts, Inquiry, Page, look, read_page
from appliance.stage.operator.operator import REST
from tests.conftest import PATIENCE, ROOT
from tests.puppet import Clock

WELL = Vitals(celsius=55.0, throttled=0, disk_free=10**10, memory=10**8)


# --- asking -----------------------------------------------------------------------------------


def test_the_engines_page_is_read_as_it_is_served() -> None:
    report = Report(
        lines=(Line("disk", "Full.", well=False),),
        numbers={"up_seconds": 12.0, "memory_bytes": 3e8},
    )
    with StatusPage("127.0.0.1", 0, "", lambda: report) as page:
        assert read_page(*page.address, "") == Page(report.lines, 12.0, 3e8)


def test_a_page_that_is_another_or_not_there_is_none() -> None:
    with StatusPage("127.0.0.1", 0, "", Report) as page:  # without the numbers
        address = page.address
        assert read_page(*address, "") is None
    assert read_page(*address, "") is None


def test_what_hangs_is_asked_on_a_thread_and_a_fault_is_no_end(
    clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    answers: list[Facts | RuntimeError] = [RuntimeError("no"), Facts(WELL)]

    def ask() -> Facts:
        answer = answers.pop(0)
        if isinstance(answer, RuntimeError):
            raise answer
        return answer

    inquiry = Inquiry(ask)
    for _ in range(2):
        inquiry.sometimes(clock.now)
        inquiry.sometimes(clock.now)  # too soon
        inquiry.finish(PATIENCE)
        clock.now += 5.0
    assert inquiry.facts == Facts(WELL)
    assert "cannot be read" in caplog.text


def test_an_answer_of_an_earlier_day_is_let_go() -> None:
    inquiry = Inquiry(lambda: Facts(WELL))
    inquiry.facts = Facts(WELL)
    inquiry.forget()
    assert inquiry.facts is None


# --- the service manager ----------------------------------------------------------------------


@pytest.fixture
def systemctl(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a file whose text a stand-in for systemctl prints; a missing one fails."""
    told = tmp_path / "told"
    program = tmp_path / "bin" / "systemctl"
    program.parent.mkdir()
    program.write_text(f"#!/bin/sh\nexec cat {told}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")
    return told


def test_a_unit_is_asked_for_and_ended_so_that_it_comes_back(systemctl: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        systemctl.write_text(f"MainPID={child.pid}\nNRestarts=3\nLoadState=loaded\n")
        unit = units.ask(units.ENGINE)
        assert unit == Unit(child.pid, 3)
        assert units.end(unit)
        assert child.wait(PATIENCE) == -15


@pytest.mark.parametrize(
    "told",
    [
        None,
        "",
        "LoadState=not-found\nMainPID=0\nNRestarts=0\n",
        "LoadState=loaded\nMainPID=?\nNRestarts=0\n",
    ],
)
def test_where_no_manager_knows_the_unit_there_is_none(systemctl: Path, told: str | None) -> None:
    if told is not None:
        systemctl.write_text(told)
    assert units.ask(units.ENGINE) is None


def test_a_unit_without_a_process_is_not_ended() -> None:
    assert not units.end(Unit(0, 0))


def test_the_panel_never_uses_up_the_starts_that_the_units_allow() -> None:
    for unit in (units.ENGINE, units.STAGE):
        text = (ROOT / "deploy" / "systemd" / unit).read_text(encoding="utf-8")
        allowed, within = (
            int(re.findall(rf"^{key}=(\d+)$", text, re.MULTILINE)[0])
            for key in ("StartLimitBurst", "StartLimitIntervalSec")
        )
        assert allowed * REST > within
        assert "\nRestart=always\n" in text


def test_all_is_asked_of_a_machine_at_once(tmp_path: Path, systemctl: Path) -> None:
    (tmp_path / "proc").mkdir()
    (tmp_path / "proc/uptime").write_text("90.5 12.0\n")
    systemctl.write_text("LoadState=loaded\nMainPID=7\nNRestarts=2\n")
    found = look(None, tmp_path, tmp_path)
    assert (found.machine_up, found.page, found.stage) == (90.5, None, Unit(7, 2))
    assert found.vitals.disk_free is not None

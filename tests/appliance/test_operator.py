"""The operator's panel without pixels: press, waits, what is kept, backlights, health."""

import json
import logging
import os
import re
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from appliance.service import units
from appliance.service.hours import Hours
from appliance.service.status_page import Line, Report, StatusPage
from appliance.service.units import Unit
from appliance.service.vitals import Vitals
from appliance.stage.displays import Display
from appliance.stage.operator import health, plan
from appliance.stage.operator.attempts import Attempts
from appliance.stage.operator.inquiry import Facts, Inquiry, Page, look, read_page
from appliance.stage.operator.kept import NAME, Kept, Shelf
from appliance.stage.operator.lights import Lights, find
from appliance.stage.operator.operator import REST
from appliance.stage.operator.press import LongPress
from tests.conftest import PATIENCE, ROOT
from tests.puppet import Clock

SUNDAY = datetime(2026, 11, 22, 14, 3, tzinfo=UTC)
WELL = Vitals(celsius=55.0, throttled=0, disk_free=10**10, memory=10**8)


# --- the long press ---------------------------------------------------------------------------


def pressed(press: LongPress, finger: int = 1, at: tuple[float, float] = (10, 10)) -> None:
    press.down("instrument", finger, at, 0.0, 4.0)


def test_a_finger_that_stays_opens_it_once() -> None:
    press = LongPress(3.0)
    pressed(press)
    assert not press.done(2.99)
    assert press.role == "instrument"
    assert press.done(3.0)
    assert not press.done(9.0)


def test_the_ring_begins_after_a_second_and_is_full_at_the_end() -> None:
    press = LongPress(3.0)
    assert press.share(0.0) == 0.0
    pressed(press)
    assert [press.share(t) for t in (0.0, 0.99, 1.0, 2.0, 3.0, 9.0)] == [
        0.0, 0.0, 0.0, 0.5, 1.0, 1.0,
    ]  # fmt: skip


@pytest.mark.parametrize("end", [(15.0, 10.0), (10.0, 5.5)])
def test_a_drag_that_begins_in_the_corner_is_no_press(end: tuple[float, float]) -> None:
    press = LongPress(3.0)
    pressed(press)
    press.move("instrument", 1, end)
    press.move("instrument", 1, (10, 10))
    assert not press.done(10.0)


def test_a_finger_that_trembles_presses_on() -> None:
    press = LongPress(3.0)
    pressed(press)
    press.move("instrument", 1, (13.5, 7.0))
    assert press.done(3.0)


def test_a_finger_that_leaves_presses_no_more() -> None:
    press = LongPress(3.0)
    pressed(press)
    press.up("instrument", 1)
    assert not press.done(10.0)


def test_what_other_fingers_do_elsewhere_is_nothing_to_it() -> None:
    press = LongPress(3.0)
    pressed(press)
    press.move("instrument", 2, (500, 500))
    press.up("instrument", 2)
    press.move("wall", 1, (500, 500))
    press.up("wall", 1)
    assert press.done(3.0)


def test_two_fingers_in_the_corner_open_nothing_until_both_have_gone() -> None:
    press = LongPress(3.0)
    pressed(press, 1)
    pressed(press, 2)
    assert not press.done(9.0)
    press.up("instrument", 2)
    pressed(press, 3)
    assert not press.done(9.0)
    press.up("instrument", 1)
    press.up("instrument", 3)
    pressed(press, 4)
    assert press.done(3.0)


# --- waits ------------------------------------------------------------------------------------


def test_each_third_wrong_pin_brings_a_wait_that_doubles() -> None:
    attempts, now, waits = Attempts(), 0.0, []
    for _ in range(12):
        attempts.wrong(now)
        waits.append(attempts.left(now))
        now += attempts.left(now)
        assert attempts.left(now) == 0.0
    assert waits == [0, 0, 30.0, 0, 0, 60.0, 0, 0, 120.0, 0, 0, 240.0]


def test_the_right_pin_forgets_the_wrong_ones() -> None:
    attempts = Attempts()
    for _ in range(3):
        attempts.wrong(0.0)
    attempts.right()
    attempts.wrong(100.0)
    attempts.wrong(100.0)
    assert attempts.left(100.0) == 0.0
    attempts.wrong(100.0)
    assert attempts.left(100.0) == 30.0


def test_no_wait_is_longer_than_an_hour() -> None:
    attempts = Attempts()
    for _ in range(90):
        attempts.wrong(0.0)
    assert attempts.left(0.0) == 3600.0


# --- what is kept -----------------------------------------------------------------------------

CHOSEN = Kept({"instrument": 0.5}, ("linux",), ("bible", "linux"), "2026-11-22", 90)


def test_what_was_chosen_is_read_again(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path / "new")
    shelf.put(CHOSEN)
    shelf.close()
    assert Shelf(tmp_path / "new").read() == CHOSEN


@pytest.mark.parametrize(
    "torn",
    [
        "",
        "[]",
        "{}",
        '{"brightness": {"wall": 0.0}, "active": [], "instead_of": [], "day": "", "typed": 0}',
        '{"brightness": {"wall": "dark"}, "active": [], "instead_of": [], "day": "", "typed": 0}',
    ],
)
def test_a_file_that_cannot_be_used_is_as_none(
    tmp_path: Path, torn: str, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / NAME).write_text(torn)
    assert Shelf(tmp_path).read() == Kept()
    assert "it begins anew" in caplog.text


def test_a_disk_that_refuses_is_named_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "state").write_text("a file where the folder should be")
    shelf = Shelf(tmp_path / "state")
    for _ in range(3):
        shelf.put(CHOSEN)
        shelf.close()
    assert [r.levelno for r in caplog.records] == [logging.ERROR]


def test_the_operators_styles_hold_until_the_settings_name_others() -> None:
    assert CHOSEN.chosen(["bible", "linux"]) == ("linux",)
    assert CHOSEN.chosen(["bible", "trump"]) == ()
    assert Kept().chosen([]) == ()


def test_a_new_day_begins_at_none() -> None:
    assert CHOSEN.counted("2026-11-22", 5).typed == 95
    assert CHOSEN.counted("2026-11-23", 5).typed == 5


# --- backlights -------------------------------------------------------------------------------

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


# --- health -----------------------------------------------------------------------------------

OWN = health.Own(SUNDAY, engine="Typing.", typed=83_112, styles=21, active=8, version="1.2")
PAGE = Page((Line("writing", "Typing."), Line("archive", "Kept.")), 7200.0, 3e8)
FACTS = Facts(WELL, PAGE, 7300.0, Unit(10, 1), Unit(11, 0))


def said(own: health.Own, facts: Facts | None, name: str) -> Line:
    return next(line for line in health.lines(own, facts) if line.name == name)


def test_on_a_good_day_all_is_well_and_each_thing_is_said_once() -> None:
    found = health.lines(OWN, FACTS)
    assert all(line.well for line in found)
    names = [line.name for line in found]
    assert len(names) == len(set(names))
    assert {
        "piece", "today", "running", "hours", "clock", "heat", "power", "disk", "memory", "styles",
        "screens", "archive", "version",
    } == set(names)  # fmt: skip
    assert said(OWN, FACTS, "today").sentence == "83,112 letters were typed."
    assert "the writers for 2 h 0 min" in said(OWN, FACTS, "running").sentence
    assert "Restarts: writers 1, screens 0." in said(OWN, FACTS, "running").sentence


def test_a_wrong_site_file_is_the_first_line_then_what_else_is_not_well() -> None:
    fault = "/etc/s.toml: the key stage.themme is unknown, did you mean stage.theme? Until then …"
    dry = Facts(replace(WELL, throttled=0x1, disk_free=1000), PAGE)
    found = health.lines(replace(OWN, fault=fault), dry)
    assert [(line.name, line.well) for line in found[:4]] == [
        ("settings", False), ("power", False), ("disk", False), ("piece", True),
    ]  # fmt: skip
    assert found[0].sentence == fault


def test_what_the_engine_says_of_the_same_file_is_not_said_twice() -> None:
    own = replace(OWN, fault="/etc/s.toml is not TOML. Until then …")
    engine = Line("settings and models", own.fault, well=False)
    model = Line("settings and models", "b.onnx is damaged: it is left out.", well=False)
    facts = replace(FACTS, page=replace(PAGE, lines=(engine, model)))
    found = [line.sentence for line in health.lines(own, facts) if not line.well]
    assert found == [own.fault, model.sentence]


def test_without_the_engine_and_without_answers_there_is_a_panel_yet() -> None:
    found = health.lines(replace(OWN, engine=""), None)
    assert (found[0].name, found[0].well) == ("piece", False)
    assert found[0].sentence == "The writers do not answer."


def test_styles_that_rest_to_hold_the_pace_want_a_hand() -> None:
    assert not said(replace(OWN, resting=2), FACTS, "piece").well


@pytest.mark.parametrize(
    ("vitals", "name", "words"),
    [
        (replace(WELL, celsius=84.0), "heat", "84 °C: look at the fan"),
        (replace(WELL, throttled=0x1), "power", "27 W"),
        (replace(WELL, throttled=0x50000), "power", "too low once"),
        (replace(WELL, disk_free=5 << 20), "disk", "Make room"),
    ],
)
def test_what_wants_a_hand_says_what_to_do(vitals: Vitals, name: str, words: str) -> None:
    line = said(OWN, Facts(vitals), name)
    assert not line.well and words in line.sentence


HOURS = Hours.read({"sunday": "10:00-13:00, 14:00-24:00", "monday": ""}, {})


def test_the_hours_of_today_are_said() -> None:
    own = replace(OWN, hours=HOURS)
    assert said(own, FACTS, "hours").sentence == "Today 10:00 to 13:00, 14:00 to 00:00."
    monday = replace(own, local=datetime(2026, 11, 23, 9, 0, tzinfo=UTC))
    assert said(monday, FACTS, "hours").sentence == "Closed today."


def test_a_clock_that_cannot_be_believed_is_told_and_the_engines_verdict_counts() -> None:
    own = replace(OWN, hours=HOURS, trusted=False)
    assert not said(own, None, "clock").well
    assert said(own, FACTS, "clock").well
    doubts = replace(FACTS, page=Page((Line("clock", "It cannot.", well=False),), 1.0, 1.0))
    assert not said(replace(own, trusted=True), doubts, "clock").well
    # Where no hours are set nothing depends on it.
    assert said(replace(OWN, trusted=False), None, "clock").well


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "0 min"), (3599, "59 min"), (3600, "1 h 0 min"), (5 * 86_400, "5 days")],
)
def test_a_length_of_time_is_said_as_people_do(seconds: float, words: str) -> None:
    assert health.span(seconds) == words


def test_sentences_are_folded_and_stay_on_one_page_where_they_can() -> None:
    lines = [Line("a", "one two three four five six"), Line("b", "short", well=False)]
    items = plan.folded(lines, 16)
    assert [[row.text for row in item] for item in items] == [
        ["a: one two three", "four five six"], ["b: short"],
    ]  # fmt: skip
    assert items[0][0].name == 2 and items[1][0].ill
    assert [len(page) for page in plan.pages([items[1], items[0]], 2)] == [1, 2]
    # One that is longer than a page goes on over the next.
    assert [len(page) for page in plan.pages([items[0]], 1)] == [1, 1]


def test_a_path_that_is_wider_than_a_row_is_torn_where_a_folder_ends() -> None:
    (item,) = plan.folded([Line("file", "/etc/somewhere/settings.toml: wrong")], 20)
    assert [row.text for row in item] == ["file:", "/etc/somewhere/", "settings.toml: wrong"]


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
    inquiry.facts = FACTS
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


def test_what_is_kept_is_readable_json(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    shelf.put(CHOSEN)
    shelf.close()
    assert json.loads((tmp_path / NAME).read_text())["brightness"] == {"instrument": 0.5}

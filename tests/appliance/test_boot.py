"""How the machine starts: what is written for it, that twice is once, and that it can be undone."""

import shutil
import subprocess
from pathlib import Path

import pytest

from appliance.__main__ import main
from appliance.commands.boot import tell_time, write
from appliance.service.boot import (
    BEFORE,
    CMDLINE_TXT,
    CONFIG_TXT,
    EDIDS,
    GRUB,
    GRUB_OURS,
    BootError,
    changes,
    ours,
    undoings,
    with_block,
    with_words,
    without_block,
    without_words,
)
from appliance.service.edid import TIMINGS, edid
from appliance.stage.displays import described

WALL = ["HDMI-A-1:1920x1080@60", "HDMI-A-2:1366x768@60"]
# As the images of Raspberry Pi OS have it.
LINE = (
    "console=serial0,115200 console=tty1 root=PARTUUID=1a2b3c4d-02 rootfstype=ext4 fsck.repair=yes "
    "rootwait quiet splash plymouth.ignore-serial-consoles cfg80211.ieee80211_regdom=GB"
)
CONFIG = "dtparam=audio=on\ncamera_auto_detect=1\n\n[cm5]\ndtoverlay=dwc2,dr_mode=host\n\n[all]\n"


@pytest.fixture
def pi(tmp_path: Path) -> Path:
    """Return the root of a Raspberry Pi."""
    for path, text in ((CMDLINE_TXT, LINE + "\n"), (CONFIG_TXT, CONFIG)):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text, encoding="utf-8")
    return tmp_path


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    """Return the root of a machine that GRUB starts."""
    (tmp_path / GRUB).parent.mkdir(parents=True)
    (tmp_path / GRUB).write_text('GRUB_CMDLINE_LINUX_DEFAULT="quiet"\n', encoding="utf-8")
    return tmp_path


def snapshot(root: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()
    }


# --- words of the kernel ----------------------------------------------------------------------


def test_the_kernel_is_quiet_and_its_console_out_of_sight() -> None:
    said = with_words(LINE, []).split()
    assert {"quiet", "logo.nologo", "vt.global_cursor_default=0", "consoleblank=0"} <= set(said)
    assert "console=tty1" not in said and "splash" not in said
    consoles = [word for word in said if word.startswith("console=")]
    assert consoles == ["console=serial0,115200", "console=tty3"]  # the last is /dev/console
    for word in ("root=PARTUUID=1a2b3c4d-02", "rootwait", "cfg80211.ieee80211_regdom=GB"):
        assert word in said


def test_outputs_are_on_and_described_where_their_timing_is_known() -> None:
    said = with_words(LINE, WALL).split()
    assert "video=HDMI-A-1:1920x1080@60D" in said
    assert "video=HDMI-A-2:1366x768@60D" in said
    [described_by] = [word for word in said if word.startswith("drm.edid_firmware=")]
    assert described_by.partition("=")[2] == "HDMI-A-1:static-unsigned-love/1920x1080-60.bin"


@pytest.mark.parametrize("outputs", [[], WALL])
def test_saying_it_twice_is_saying_it_once(outputs: list[str]) -> None:
    once = with_words(LINE, outputs)
    assert with_words(once, outputs) == once
    assert with_words(with_words(LINE, WALL), outputs) == once


@pytest.mark.parametrize("outputs", [[], WALL])
@pytest.mark.parametrize("line", [LINE, "root=/dev/sda1 ro", "", "quiet loglevel=7 console=tty0"])
def test_what_gave_way_comes_back_where_it_stood(line: str, outputs: list[str]) -> None:
    assert without_words(with_words(line, outputs), line) == line


def test_what_others_have_changed_since_stays() -> None:
    since = with_words(LINE, WALL).replace("rootwait", "rootwait usbcore.autosuspend=-1")
    back = without_words(since, LINE).split()
    assert "usbcore.autosuspend=-1" in back
    assert [word for word in back if word != "usbcore.autosuspend=-1"] == LINE.split()


@pytest.mark.parametrize(
    ("word", "is_ours"),
    [
        ("console=tty1", True),
        ("console=ttyS0,115200", False),
        ("console=ttyAMA10", False),
        ("video=HDMI-A-1:1920x1080@60D", True),
        ("video=HDMI-A-1:1920x1080@60", False),
        ("video=DSI-1:rotate=90", False),
        ("drm.edid_firmware=HDMI-A-1:edid/mine.bin", False),
        ("loglevel=7", True),
        ("root=/dev/quiet", False),
    ],
)
def test_words_of_others_are_left_alone(word: str, is_ours: bool) -> None:
    assert ours(word) is is_ours


@pytest.mark.parametrize("text", [CONFIG, "", "a=1", "a=1\n\n\n"])
def test_config_txt_is_added_to_and_brought_back(text: str) -> None:
    said = with_block(text)
    assert said.endswith("disable_splash=1\ndisable_fw_kms_setup=1\n# static-unsigned-love: end\n")
    assert with_block(said) == said
    assert without_block(said).rstrip("\n") == text.rstrip("\n")


def test_a_block_without_an_end_takes_nothing_with_it() -> None:
    torn = "# static-unsigned-love: begin\n[all]\narm_boost=1\n"
    assert without_block(torn) == torn


# --- machines ---------------------------------------------------------------------------------


@pytest.mark.parametrize("outputs", [[], WALL])
def test_a_raspberry_is_written_once_and_undone_without_a_trace(
    pi: Path, outputs: list[str]
) -> None:
    before = snapshot(pi)
    write(changes(pi, outputs))
    assert changes(pi, outputs) == []
    assert (pi / BEFORE).read_text(encoding="utf-8") == LINE + "\n"
    write(changes(pi, WALL[:1]))  # other settings: what was first is still known
    assert (pi / BEFORE).read_text(encoding="utf-8") == LINE + "\n"
    write(undoings(pi))
    assert snapshot(pi) == before
    assert undoings(pi) == []


def test_an_output_that_is_named_no_more_is_described_no_more(pi: Path) -> None:
    write(changes(pi, ["HDMI-A-1:1280x720@50"]))
    assert [path.name for path in (pi / EDIDS).iterdir()] == ["1280x720-50.bin"]
    write(changes(pi, []))
    assert list((pi / EDIDS).iterdir()) == []


def test_grub_is_told_in_a_file_of_its_own(desk: Path) -> None:
    before = snapshot(desk)
    write(changes(desk, WALL))
    assert changes(desk, WALL) == []
    command = f'. "{desk / GRUB}"; . "{desk / GRUB_OURS}"; echo "$GRUB_CMDLINE_LINUX_DEFAULT"'
    said = subprocess.run(["sh", "-eu", "-c", command], capture_output=True, text=True, check=True)
    words = said.stdout.split()
    assert words[0] == "quiet" and "video=HDMI-A-1:1920x1080@60D" in words
    write(undoings(desk))
    assert snapshot(desk) == before


def test_another_boot_loader_is_told_by_hand(tmp_path: Path) -> None:
    with pytest.raises(BootError, match=r"tell the kernel yourself `quiet .*console=tty3`") as told:
        changes(tmp_path, [])
    assert str(tmp_path / "boot/firmware/cmdline.txt") in str(told.value)


# --- the command ------------------------------------------------------------------------------


@pytest.fixture
def site(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("site") / "settings.toml"
    path.write_text(f"[stage]\noutputs = {WALL}\n", encoding="utf-8")
    return str(path)


def test_a_check_lists_what_is_missing_and_changes_nothing(
    pi: Path, site: str, capsys: pytest.CaptureFixture[str]
) -> None:
    before = snapshot(pi)
    assert main(["boot", "--check", "--root", str(pi), "--settings", site]) == 1
    assert snapshot(pi) == before
    said = capsys.readouterr().out.splitlines()
    assert len(said) == 5 and said[-1] == "4 missing: `sudo appliance boot`."
    assert main(["boot", "--root", str(pi), "--settings", site]) == 0
    assert main(["boot", "--check", "--root", str(pi), "--settings", site]) == 0
    assert capsys.readouterr().out.endswith("Nothing is missing.\n")
    assert main(["boot", "--undo", "--root", str(pi)]) == 0
    assert snapshot(pi) == before


def test_an_output_that_is_none_is_named(
    pi: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    site = tmp_path / "wrong.toml"
    site.write_text('[stage]\noutputs = ["HDMI-1 1080p"]\n', encoding="utf-8")
    assert main(["boot", "--root", str(pi), "--settings", str(site)]) == 2
    assert "HDMI-A-1:1920x1080@60" in capsys.readouterr().err


def test_the_time_of_the_first_character_comes_from_systemd(
    capsys: pytest.CaptureFixture[str],
) -> None:
    told = {
        ("", "UserspaceTimestampMonotonic"): "2000000",
        ("appliance-engine.service", "ActiveEnterTimestampMonotonic"): "6500000",
        ("appliance-stage.service", "ActiveEnterTimestampMonotonic"): "7000000",
    }
    assert tell_time(lambda unit, name: told.get((unit, name), "0")) == 0
    first = capsys.readouterr().out.splitlines()[0]
    assert first == "first character: 4.5 s after systemd began, 6.5 s after the kernel did"
    told["appliance-stage.service", "NRestarts"] = "1"
    assert tell_time(lambda unit, name: told.get((unit, name), "0")) == 1
    assert "restarted" in capsys.readouterr().out
    assert tell_time(lambda unit, name: "") == 1
    assert capsys.readouterr().out == "first character: not yet\nstage ready: not yet\n"


# --- descriptions -----------------------------------------------------------------------------


@pytest.mark.parametrize("mode", TIMINGS)
def test_a_description_has_its_mode_and_its_sums(mode: tuple[int, int, int]) -> None:
    width, height, rate = mode
    timing = TIMINGS[mode]
    assert (timing.across[0], timing.down[0]) == (width, height)
    assert timing.clock * 1000 / (sum(timing.across) * sum(timing.down)) == pytest.approx(
        rate, abs=0.1
    )
    data = edid(timing)
    assert len(data) == (256 if timing.vic else 128)
    assert all(sum(data[at : at + 128]) % 256 == 0 for at in range(0, len(data), 128))
    monitor = described(data, "HDMI-A-1")  # as the stage will read it from the kernel
    assert monitor.pixels == (width, height)
    assert monitor.name == "HDMI-A-1 UNSIGNEDLOVE"


@pytest.mark.skipif(
    shutil.which("edid-decode") is None, reason="edid-decode is missing: apt install edid-decode"
)
@pytest.mark.parametrize("mode", TIMINGS)
def test_a_description_conforms(mode: tuple[int, int, int], tmp_path: Path) -> None:
    file = tmp_path / "edid.bin"
    file.write_bytes(edid(TIMINGS[mode]))
    done = subprocess.run(
        ["edid-decode", "--check", file], capture_output=True, text=True, check=False
    )
    assert "EDID conformity: PASS" in done.stdout, done.stdout

"""The command, the launcher, and what is seen of a piece on trial from outside."""

import argparse
import json
import os
import stat
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from sysconfig import get_config_var

import pytest

from appliance import wire
from appliance.commands import update
from appliance.service.status_page import Line, Report, StatusPage
from appliance.settings import DEFAULTS, Loaded, Settings
from appliance.update import evidence, signature
from appliance.update.evidence import Ear, Witness, read_units, site_settings
from appliance.update.here import MULTIARCH, Here
from appliance.update.outcome import read_outcome
from appliance.update.refused import NotNeeded, Refused
from appliance.update.trial import read_trial
from tests.bundles import KEYGEN, Site, make_site
from tests.conftest import PATIENCE, ROOT, EngineProcess
from tests.puppet import Clock, Puppet

needs_keygen = pytest.mark.skipif(
    KEYGEN is None, reason="ssh-keygen is missing: apt install openssh-client"
)
UNITS = """\
Id=appliance-engine.service
ActiveState=active
NRestarts=2
WatchdogTimestampMonotonic=200

NRestarts=1
Id=appliance-stage.service
ActiveState={stage}
WatchdogTimestampMonotonic=500

Id=appliance-fallback.service
ActiveState={fallback}
NRestarts=0
WatchdogTimestampMonotonic=0
"""


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    """Return a machine whose systemd is asked for nothing, and answers nothing."""
    made = make_site(tmp_path)
    monkeypatch.setattr(Here, "look", lambda: made.here)
    monkeypatch.setattr(evidence, "STATE", tmp_path / "state")
    monkeypatch.setattr(update, "log_to_journal", lambda: None)  # the tests' own log stays
    monkeypatch.setenv("PATH", f"{no_systemd(tmp_path)}:{os.environ['PATH']}")
    return made


def no_systemd(folder: Path) -> Path:
    """Return a folder with a systemctl that notes what it is told; nothing is active."""
    (folder / "bin").mkdir()
    stand_in = folder / "bin/systemctl"
    stand_in.write_text(f'#!/bin/sh\necho "$@" >>{folder}/told\n[ "$1" != is-active ]\n')
    stand_in.chmod(0o755)
    return folder / "bin"


def command(site: Site, *words: str) -> int:
    parser = argparse.ArgumentParser()
    update.add_arguments(parser)
    return update.run(parser.parse_args(words), site.homes, site.keys)


# --- the command --------------------------------------------------------------------------------


@needs_keygen
def test_a_bundle_is_put_on_trial(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    assert command(site, str(site.bundle("0.5.0")), "--proof", "30", "--within", "90") == 0
    assert "Release 0.5.0 is on trial" in capsys.readouterr().out
    assert site.version == "0.5.0"
    trial = read_trial(site.homes)
    assert trial is not None
    assert (trial.version, trial.proof, trial.within) == ("0.5.0", 30.0, 90.0)
    assert not trial.screen, "nobody said before that there was one"
    # It does not play, and nobody starts it behind the back of whoever switched it off.
    assert (site.folder / "told").read_text(encoding="utf-8").split("\n")[0].startswith("is-active")
    assert "restart" not in (site.folder / "told").read_text(encoding="utf-8")


@needs_keygen
def test_a_piece_that_plays_is_started_anew(site: Site) -> None:
    (site.folder / "bin/systemctl").write_text(f'#!/bin/sh\necho "$@" >>{site.folder}/told\n')
    assert command(site, str(site.bundle("0.5.0"))) == 0
    assert (site.folder / "told").read_text(encoding="utf-8").splitlines() == [
        "is-active --quiet static-unsigned-love.target appliance-trial.service",
        "reset-failed appliance-engine.service appliance-stage.service",
        "restart --no-block static-unsigned-love.target",
    ]


@needs_keygen
def test_a_refusal_is_one_sentence_and_a_status(
    site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command(site, str(site.bundle("0.1.0"))) == 1
    said = capsys.readouterr().err
    assert said == "The bundle some.update is release 0.1.0, which is in force already.\n"
    assert command(site, str(site.folder / "none.update")) == 1
    assert "cannot be read (No such file or directory)" in capsys.readouterr().err


@needs_keygen
def test_back_and_the_status(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    assert command(site, "--back") == 1
    assert command(site, str(site.bundle("0.5.0"))) == 0
    capsys.readouterr()
    assert command(site, "--status", "--json") == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["in_force"], said["from"], said["before"]) == ("0.5.0", "update", "0.1.0")
    assert (said["trial"]["version"], said["last"]["kind"]) == ("0.5.0", "trial")
    assert command(site, "--back") == 0
    capsys.readouterr()
    assert command(site) == 0
    assert capsys.readouterr().out.startswith("Release 0.1.0 is in force, the package's.\n")
    assert site.version == "0.1.0" and read_trial(site.homes) is None


def test_a_key_is_trusted(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    site.keys.unlink()
    assert command(site, "--trust", str(site.key.with_suffix(".pub"))) == 0
    assert "Updates signed by SHA256:" in capsys.readouterr().out
    assert signature.WHO in site.keys.read_text(encoding="utf-8")


def test_what_is_roots_is_said_to_be(
    site: Site, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def denied(*_: object) -> None:
        raise PermissionError(13, "Permission denied", "/etc/static-unsigned-love")

    monkeypatch.setattr(update, "trust", denied)
    assert command(site, "--trust", "key.pub") == 1
    assert capsys.readouterr().err.startswith("/etc/static-unsigned-love is root's: `sudo")


@needs_keygen
def test_the_start_is_counted_by_the_machines_own_number(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    command(site, str(site.bundle("0.5.0")))
    for boot in ("a\n", "b\n", "c\n"):
        (site.folder / "boot").write_text(boot, encoding="ascii")
        monkeypatch.setattr(update, "BOOT", site.folder / "boot")
        assert command(site, "--count") == 0
    assert site.version == "0.1.0"


def test_with_nothing_on_trial_there_is_nothing_to_watch(site: Site) -> None:
    assert command(site, "--watch") == 0


# --- sticks -------------------------------------------------------------------------------------


@needs_keygen
def test_the_newest_that_fits_is_taken_from_a_stick(site: Site) -> None:
    stick = site.folder / "stick"
    stick.mkdir()
    for version, changes in (("0.5.0", {}), ("0.10.0", {}), ("0.11.0", {"arch": "arm64"})):
        site.bundle(version, **changes).rename(stick / f"piece-{version}.update")
    (stick / "broken.update").write_bytes(b"junk")
    (stick / "photograph.jpg").write_bytes(b"junk")
    (stick / "deeper").mkdir()
    site.bundle("0.12.0").rename(stick / "deeper/piece-0.12.0.update")
    newest = update.newest(stick, site.homes, site.keys)
    assert newest is not None and newest.name == "piece-0.10.0.update"


@needs_keygen
def test_a_stick_without_one_is_passed_over_and_a_bad_one_named(site: Site) -> None:
    stick = site.folder / "stick"
    stick.mkdir()
    assert update.newest(stick, site.homes, site.keys) is None
    site.bundle("0.1.0").rename(stick / "same.update")
    with pytest.raises(NotNeeded, match="in force already"):
        update.newest(stick, site.homes, site.keys)
    (stick / "torn.update").write_bytes(b"junk")
    with pytest.raises(Refused, match=r"the bundle torn\.update is"):
        update.newest(stick, site.homes, site.keys)


@needs_keygen
def test_what_was_taken_back_is_not_brought_again_by_the_stick_that_is_still_in(
    site: Site,
) -> None:
    stick = site.folder / "stick"
    stick.mkdir()
    bundle = site.bundle("0.5.0").rename(stick / "piece.update")
    assert command(site, str(bundle)) == 0
    assert command(site, "--back") == 0
    with pytest.raises(NotNeeded, match="was on trial here and was taken back"):
        update.newest(stick, site.homes, site.keys)
    assert command(site, str(bundle)) == 0, "who names it means it"


@pytest.fixture
def stick(site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Return the device of a stick with an update on it.

    Its file system is ext4, since vfat is not in every machine's kernel.
    """
    monkeypatch.setattr(update, "SOLD_WITH", "ext4")
    folder, image = tmp_path / "stick", tmp_path / "stick.img"
    folder.mkdir()
    site.bundle("0.5.0").rename(folder / "piece.update")
    try:
        subprocess.run(
            ["mke2fs", "-q", "-t", "ext4", "-d", folder, image, "8M"], check=True, timeout=60
        )
        made = subprocess.run(
            ["losetup", "--find", "--show", image], check=True, capture_output=True, text=True
        )
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("no stick can be made here: that takes root, mke2fs and loop devices")
    device = Path(made.stdout.strip())
    yield device
    subprocess.run(["losetup", "--detach", device], check=True)


@needs_keygen
def test_a_stick_is_mounted_so_that_nothing_on_it_runs(stick: Path) -> None:
    with update.mounted(stick) as folder:
        assert folder is not None, "it is a file system that this kernel has"
        mounts = Path("/proc/mounts").read_text(encoding="utf-8").splitlines()
        [options] = [line.split()[3] for line in mounts if line.split()[1] == str(folder)]
        assert {"ro", "nosuid", "nodev", "noexec"} <= set(options.split(","))
        assert (folder / "piece.update").exists()
    assert not folder.exists()


@needs_keygen
def test_a_stick_brings_an_update_and_once_it_was_taken_back_no_more(
    site: Site, stick: Path
) -> None:
    assert command(site, "--stick", str(stick)) == 0
    assert site.version == "0.5.0" and read_trial(site.homes) is not None
    for _ in range(2):
        assert command(site, "--back") in (0, 1)
        assert command(site, "--stick", str(stick)) == 0
        assert site.version == "0.1.0" and read_trial(site.homes) is None


@needs_keygen
def test_a_stick_that_is_refused_leaves_a_word(site: Site, stick: Path) -> None:
    site.keys.unlink()
    assert command(site, "--stick", str(stick)) == 1
    last = read_outcome(site.homes)
    assert last is not None and last.kind == "refused"
    assert last.sentence.startswith("Nobody's updates are trusted here yet")


def test_what_cannot_be_mounted_is_no_stick_of_ours(site: Site) -> None:
    with update.mounted(site.folder / "none") as folder:
        assert folder is None
    assert command(site, "--stick", str(site.folder / "none")) == 0
    assert read_outcome(site.homes) is None


# --- the launcher -------------------------------------------------------------------------------


UPDATES = "var/static-unsigned-love-updates"


@pytest.fixture
def launcher(tmp_path: Path) -> Path:
    """Return the launcher in a folder, with releases and users that say who they are."""
    text = (ROOT / "deploy/appliance").read_text(encoding="utf-8")
    text = text.replace("/var/lib", f"{tmp_path}/var").replace("/usr/lib", f"{tmp_path}/usr")
    releases = [("usr/static-unsigned-love", "0.1.0"), (UPDATES, "5"), (UPDATES, "6")]
    programs = {
        f"{home}/releases/{version}/bin/python3": f"echo {version} $4" for home, version in releases
    }
    programs["bin/id"] = '[ "$1" = -u ] && echo "$NUMBER" || echo somebody'
    programs["bin/runuser"] = "echo $2 $5"
    for place, deed in programs.items():
        path = tmp_path / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"#!/bin/sh\n{deed}\n", encoding="utf-8")
        path.chmod(0o755)
    (tmp_path / "usr/static-unsigned-love/current").symlink_to("releases/0.1.0")
    copy = tmp_path / "appliance"
    copy.write_text(text, encoding="utf-8")
    return copy


def launched(launcher: Path, verb: str, number: int = 1000) -> str:
    """Launch a verb as a user of some number; return the release that runs, or who becomes whom."""
    done = subprocess.run(
        ["sh", launcher, verb],
        capture_output=True,
        text=True,
        check=True,
        env={"PATH": f"{launcher.parent}/bin:{os.environ['PATH']}", "NUMBER": str(number)},
    )
    who, said = done.stdout.split()
    assert said == verb
    return who


def test_the_release_on_trial_plays_and_the_one_before_judges(launcher: Path) -> None:
    updates = launcher.parent / UPDATES
    assert launched(launcher, "engine") == launched(launcher, "update") == "0.1.0"
    (updates / "before").symlink_to(launcher.parent / "usr/static-unsigned-love/current")
    (updates / "current").symlink_to("releases/5")
    assert launched(launcher, "engine") == launched(launcher, "update") == "5"
    (updates / "trial.json").touch()
    assert (launched(launcher, "engine"), launched(launcher, "update")) == ("5", "0.1.0")
    (updates / "before").unlink()
    (updates / "before").symlink_to("releases/6")
    assert (launched(launcher, "engine"), launched(launcher, "update")) == ("5", "6")
    # Whoever watches must run: where the one before has gone, the package's does.
    (updates / "releases/6/bin/python3").unlink()
    (updates / "releases/5/bin/python3").unlink()
    assert (launched(launcher, "engine"), launched(launcher, "update")) == ("0.1.0", "0.1.0")


def test_root_stays_root_for_updates_and_plays_as_nobody_else(launcher: Path) -> None:
    assert launched(launcher, "update", number=0) == "0.1.0"
    for verb in ("engine", "stage", "learn", "transcript"):
        assert launched(launcher, verb, number=0) == "unsigned-love"


# --- what is seen of the piece ------------------------------------------------------------------


def settings(**port: int) -> Settings:
    return Loaded.read(DEFAULTS).settings.model_copy(
        update={
            "engine": Loaded.read(DEFAULTS).settings.engine.model_copy(update=port),
            "status": Loaded.read(DEFAULTS).settings.status.model_copy(update={"host": ""}),
        }
    )


@pytest.mark.parametrize(
    ("stage", "fallback", "plays"),
    [("active", "inactive", True), ("activating", "inactive", False), ("failed", "active", False)],
)
def test_what_systemd_says_is_read(stage: str, fallback: str, *, plays: bool) -> None:
    said = UNITS.format(stage=stage, fallback=fallback)
    with Witness(settings(), Clock(), lambda: said) as witness:
        seen = witness.look()
    assert (seen.plays, seen.fallback) == (plays, fallback == "active")
    assert (seen.restarts, seen.frames) == (3, 500)


@pytest.mark.parametrize("said", ["", "\n\n\n", "Failed to connect to bus", "Id=\nNRestarts=many"])
def test_where_systemd_says_nothing_nothing_is_seen(said: str) -> None:
    with Witness(settings(), Clock(), lambda: said) as witness:
        seen = witness.look()
    assert not seen.plays and not seen.fallback and seen.restarts == seen.frames == 0
    assert all(isinstance(unit, dict) for unit in read_units(said).values())


def test_a_character_is_known_by_its_address_whatever_else_a_newer_engine_says(
    puppet: Puppet, clock: Clock
) -> None:
    with Ear("127.0.0.1", puppet.socket.getsockname()[1], clock) as ear:
        ear.listen()
        [subscribed] = puppet.heard()
        assert subscribed == wire.Subscribe(0, wire.VERSION)
        puppet.send(b"junk")
        puppet.send(b"/character\0\0,ssssss\0a\0\0\0b\0\0\0c\0\0\0d\0\0\0e\0\0\0f\0\0\0")
        puppet.say(wire.Status("held", "The typewriter is held.", 0.0, 3, 0, 0, 0, 0.0, ""))
        ear.listen()
        assert (ear.characters, ear.state) == (1, "held")
        assert puppet.heard() == []
        clock.now += 5.0
        ear.listen()
        assert len(puppet.heard()) == 1, "an engine that is new has not heard the first"


def test_a_real_engine_is_heard(engine: EngineProcess, tiny: Path, clock: Clock) -> None:
    engine.settings.write_text(f'[styles]\nmodels = "{tiny}"\n[status]\nport = 0\n')
    engine.start()
    with Ear("127.0.0.1", engine.port, clock) as ear:
        end = time.monotonic() + PATIENCE
        while ear.characters < 3 or ear.state != "typing":
            assert time.monotonic() < end, "the engine is not heard"
            clock.now += 5.0
            ear.listen()
            time.sleep(0.01)  # leaves the processor to the engine; nothing is measured by it


def test_the_page_tells_whether_there_is_a_screen(monkeypatch: pytest.MonkeyPatch) -> None:
    lines: list[Line] = []
    with StatusPage("127.0.0.1", 0, "", lambda: Report(lines=tuple(lines))) as page:
        _, port = page.address
        defaults = Loaded.read(DEFAULTS).settings
        status = defaults.status.model_copy(update={"port": port})
        witness = Witness(defaults.model_copy(update={"status": status}), Clock(), lambda: "")
        with witness:
            assert not witness.screen()
            lines.append(Line("screen", "No screen is attached.", well=False))
            assert not witness.screen()
            lines[:] = [Line("screen", "Shown: instrument on HDMI-1.")]
            assert witness.screen()
    assert not witness.screen(), "a page that is not served tells of none"


def test_whoever_watches_reads_settings_and_writes_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = tmp_path / "site.toml"
    monkeypatch.setenv("STATIC_UNSIGNED_LOVE_SETTINGS", str(site))
    site.write_text("[engine]\nport = 7771\n", encoding="utf-8")
    assert site_settings(tmp_path).engine.port == 7771
    site.write_text("[engine]\nport = 'none'\n", encoding="utf-8")
    assert site_settings(tmp_path).engine.port == 7770
    (tmp_path / "settings.last-good.toml").write_text("[engine]\nport = 7772\n", encoding="utf-8")
    assert site_settings(tmp_path).engine.port == 7772
    assert {path.name for path in tmp_path.iterdir()} == {"site.toml", "settings.last-good.toml"}


def test_this_machine_says_what_it_is(tmp_path: Path) -> None:
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc/os-release").write_text('ID=debian\nVERSION_CODENAME="trixie"\n')
    here = Here.look(tmp_path)
    assert here.suite == "trixie"
    assert not here.has_python("3.13")
    here.python("3.13").parent.mkdir(parents=True)
    here.python("3.13").touch(stat.S_IRWXU)
    assert here.has_python("3.13")
    assert here.arch in {*MULTIARCH.values(), str(get_config_var("MULTIARCH"))}

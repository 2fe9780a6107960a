"""The command that updates, and sticks that bring an update."""

import argparse
import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.commands import update
from appliance.update import evidence, signature
from appliance.update.here import Here
from appliance.update.outcome import read_outcome
from appliance.update.refused import NotNeeded, Refused
from appliance.update.trial import read_trial
from tests.bundles import KEYGEN, Site, make_site

needs_keygen = pytest.mark.skipif(
    KEYGEN is None, reason="ssh-keygen is missing: apt install openssh-client"
)


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

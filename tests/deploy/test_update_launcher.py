"""The launcher: which release plays, and who it plays as."""

import os
import subprocess
from pathlib import Path

import pytest

from tests.conftest import ROOT

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


def test_what_runs_keeps_to_its_release_when_the_link_moves(launcher: Path) -> None:
    updates = launcher.parent / UPDATES
    (updates / "current").symlink_to("releases/5")
    # Python finds all that it loads later by the name by which it was called.
    program = updates / "releases/5/bin/python3"
    program.write_text('#!/bin/sh\necho "$0" "$4"\n', encoding="utf-8")
    assert launched(launcher, "engine") == str(program)


def test_root_stays_root_for_updates_and_plays_as_nobody_else(launcher: Path) -> None:
    assert launched(launcher, "update", number=0) == "0.1.0"
    for verb in ("engine", "stage", "learn", "transcript"):
        assert launched(launcher, verb, number=0) == "unsigned-love"

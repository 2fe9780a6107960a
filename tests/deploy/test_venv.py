"""The environment that `make run` makes: the README's command is in it, whatever the folder."""

import os
import shutil
import subprocess
import sysconfig
from pathlib import Path

import pytest

from tests.conftest import ROOT

DEBIANS = Path("/usr/bin/python3")  # whose modules the system's packages bring


def test_the_command_of_the_readme_is_there_and_runs_from_any_folder(tmp_path: Path) -> None:
    made = tmp_path / "an environment"
    subprocess.run([ROOT / "deploy" / "venv", made], check=True, capture_output=True)
    # What a group would install is borrowed from the environment that runs this.
    (packages,) = made.glob("lib/python*/site-packages")
    (packages / "borrowed.pth").write_text(sysconfig.get_path("purelib"), encoding="utf-8")
    command = made / "bin" / "appliance"
    said = subprocess.run(
        [command, "--help"], cwd=tmp_path, check=True, capture_output=True, text=True
    )
    assert "transcript" in said.stdout
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert f".venv/bin/{command.name} type" in readme


@pytest.mark.skipif(
    subprocess.run(["sh", "-c", f"{DEBIANS} -c 'import ensurepip'"], check=False).returncode != 0,
    reason="no Python of Debian's: apt install python3-venv",
)
def test_modules_of_the_systems_packages_are_found_behind_the_locked_ones(tmp_path: Path) -> None:
    (tmp_path / "deploy").mkdir()
    shutil.copy(ROOT / "deploy/venv", tmp_path / "deploy/venv")
    for name, text in (
        ("requirements/run.txt", ""),  # nothing is locked
        ("bin/apt-get", '#!/bin/sh\necho "$*" >>"$0.asked"\n'),  # and nothing installed
        ("bin/id", "#!/bin/sh\necho 0\n"),
    ):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
        (tmp_path / name).chmod(0o755)
    (tmp_path / "bin/python3").symlink_to(DEBIANS)
    environment = os.environ | {"PATH": f"{tmp_path}/bin:{os.environ['PATH']}"}
    made = tmp_path / "made"
    subprocess.run(
        [tmp_path / "deploy/venv", made, "run"], check=True, capture_output=True, env=environment
    )
    command = [str(made / "bin/python"), "-c", "import sys; print(*sys.path, sep='\\n')"]
    places = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    (packages,) = made.glob("lib/python*/site-packages")
    system = "/usr/lib/python3/dist-packages"
    assert places.index(str(packages)) < places.index(system)
    # MIDI's is asked for where neither brings it.
    there = subprocess.run([DEBIANS, "-c", "import rtmidi"], check=False, capture_output=True)
    asked = tmp_path / "bin/apt-get.asked"
    assert asked.exists() == bool(there.returncode)
    assert not asked.exists() or "python3-rtmidi" in asked.read_text(encoding="utf-8")

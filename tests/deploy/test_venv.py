"""The environment that `make run` makes: the README's command is in it, whatever the folder."""

import subprocess
import sysconfig
from pathlib import Path

from tests.conftest import ROOT


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

import os
import subprocess
import sys
from pathlib import Path

from tests.conftest import ROOT


def test_nothing_is_reported_and_nothing_is_left_in_the_home(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    environment = {k: v for k, v in os.environ.items() if k != "ORT_DISABLE_TELEMETRY"}
    environment |= {"HOME": str(home), "XDG_STATE_HOME": str(tmp_path / "state")}
    environment.pop("XDG_CACHE_HOME", None)
    command = [sys.executable, "-m", "appliance", "type", "--mix", "linux=1", "--chars", "5"]
    done = subprocess.run(
        [*command, "--pace", "0"], env=environment, cwd=ROOT, check=True, capture_output=True
    )
    assert len(done.stdout) == 5
    assert list(home.iterdir()) == []

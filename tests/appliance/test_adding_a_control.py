"""The documented interface as somebody else uses it: the page's example, installed and played."""

import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from appliance import wire
from appliance.controls.control import PLAIN, STYLED, Control
from tests.conftest import PATIENCE, ROOT, appliance
from tests.puppet import Puppet

EXAMPLE = ROOT / "examples" / "control"
PAGE = ROOT / "docs" / "adding-a-control.md"
SCREENS = ("DISPLAY", "WAYLAND_DISPLAY", "SDL_VIDEODRIVER")


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder into which pip has installed the example, without a network."""
    folder = tmp_path_factory.mktemp("installed")
    # pip builds in the source's folder, and leaves things there.
    source = shutil.copytree(EXAMPLE, folder / "source")
    subprocess.run(
        [
            sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check",
            "--no-index", "--no-deps", "--no-build-isolation",
            "--target", str(folder / "site"), str(source),
        ],
        check=True,
        timeout=PATIENCE * 4,
        env=os.environ | {"PIP_ROOT_USER_ACTION": "ignore"},
    )  # fmt: skip
    return folder / "site"


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """Return a settings file that switches the example on, with a thermometer that we hold."""
    thermometer = tmp_path / "thermometer"
    thermometer.write_text("70000\n", encoding="ascii")
    path = tmp_path / "site.toml"
    path.write_text(f'[controls]\non = ["fever"]\n[fever]\nfile = "{thermometer}"\n')
    return path


def test_the_page_shows_the_example_to_the_letter() -> None:
    page = PAGE.read_text(encoding="utf-8")
    example = (EXAMPLE / "fever.py").read_text(encoding="utf-8")
    blocks = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    assert example in blocks
    assert len(example.splitlines()) < 40
    package = (EXAMPLE / "pyproject.toml").read_text(encoding="utf-8")
    [entry] = re.findall(r"```toml\n(\[project.*?)```", page, re.DOTALL)
    assert entry in package


def test_the_page_names_all_that_a_control_can_move_and_be() -> None:
    page = PAGE.read_text(encoding="utf-8")
    table = re.search(r"\| what \| moves \|\n(.*?)\n\n", page, re.DOTALL)
    assert table is not None
    named = set(re.findall(r"`([^`.]+)`", "\n".join(
        line.split("|")[1] for line in table[1].splitlines()
    )))  # fmt: skip
    assert named == {*PLAIN, *(f"{kind}/linux" for kind in STYLED)}
    public = [name for name in vars(Control) if not name.startswith("_")]
    assert [name for name in public if f"`{name}" not in page] == []


def test_the_settings_and_the_doctor_know_it(installed: Path, site: Path) -> None:
    known = appliance("settings", "--settings", str(site), PYTHONPATH=str(installed))
    assert "fever.cool = 40.0\n    degrees Celsius; it is wild 40 above (default)" in known.stdout
    assert "fever.file = " in known.stdout
    arguments = ("doctor", "--settings", str(site), "--seconds", "0")
    seen = appliance(*arguments, PYTHONPATH=str(installed))
    assert "The machine has 70 degrees Celsius. Just now: temperature 0.75." in seen.stdout
    assert seen.returncode == 0
    (site.parent / "thermometer").unlink()
    seen = appliance(*arguments, PYTHONPATH=str(installed))
    assert "warning  fever" in seen.stdout
    assert seen.returncode == 1


def test_without_its_package_it_is_no_control(site: Path) -> None:
    site.write_text('[controls]\non = ["fever"]\n')
    refused = appliance("doctor", "--settings", str(site))
    assert refused.returncode == 2
    assert "controls.on names fever, which is no control" in refused.stdout


def test_a_stage_plays_it_by_name_and_its_events_are_on_the_wire(
    installed: Path, site: Path, puppet: Puppet
) -> None:
    puppet.socket.settimeout(PATIENCE)
    port = puppet.socket.getsockname()[1]
    environment = {k: v for k, v in os.environ.items() if k not in SCREENS}
    stage = subprocess.Popen(
        [sys.executable, "-m", "appliance", "stage", "--engine-port", str(port),
         "--settings", str(site)],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        env=environment | {"PYTHONPATH": str(installed), "STATE_DIRECTORY": str(site.parent)},
    )  # fmt: skip
    try:
        hello = wire.Hello(wire.VERSION, 4711, "linear", 0.7, 14.0, 0)
        style = wire.StyleIs(0, "linux", "Linux", "#d49915", "")
        heard: list[wire.Message] = []
        end = time.monotonic() + PATIENCE
        while not any(isinstance(message, wire.Temperature) for message in heard):
            assert time.monotonic() < end, "the stage did not say it"
            data, puppet.stage = puppet.socket.recvfrom(65_535)
            heard = wire.decode(data, wire.INWARD)
            if any(isinstance(message, wire.Subscribe) for message in heard):
                puppet.say(hello, style)
                puppet.say(wire.Text(4711, 0, 0, "", ""), wire.ActiveAre(("linux",)))
        # Three quarters of the way from 0.2 to 1.2.
        [moved] = [m.value for m in heard if isinstance(m, wire.Temperature)]
        assert moved == pytest.approx(0.95, abs=1e-3)
    finally:
        stage.terminate()
        assert stage.wait(PATIENCE) == 0


SWITCHED_OFF = """
import sys
from pathlib import Path
import appliance.commands.stage
from appliance.controls.hands import Hands, switched_on
from appliance.settings import Loaded
controls, faults = switched_on(Loaded.read(Path(sys.argv[1])))
with Hands(controls, faults):
    print(*sorted(sys.modules))
"""


@pytest.mark.parametrize(
    ("on", "there"), [("", set()), ('"attract"', {"attract"}), ('"osc"', {"osc", "osc_words"})]
)
def test_a_control_that_is_switched_off_imports_nothing(
    tmp_path: Path, on: str, there: set[str]
) -> None:
    site = tmp_path / "site.toml"
    site.write_text(f"[controls]\non = [{on}]\n")
    asked = subprocess.run(
        [sys.executable, "-c", SWITCHED_OFF, str(site)],
        capture_output=True, text=True, check=True, cwd=ROOT, timeout=PATIENCE,
    )  # fmt: skip
    modules = set(asked.stdout.split())
    assert not modules & {"mido", "rtmidi", "gpiozero", "lgpio", "leap", "leapc_cffi", "pygame"}
    ours = {name.rpartition(".")[2] for name in modules if name.startswith("appliance.controls.")}
    always = {"banks", "control", "hands", "mixer", "faders", "puck"}
    assert ours == always | there

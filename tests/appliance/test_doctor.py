"""What the doctor finds, check by check, and then as a technician calls it."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from appliance import known_controls
from appliance.controls import hands
from appliance.controls.control import Control, Event, Health, Shown
from appliance.service import checks
from appliance.service.check_controls import FRAME, check_controls
from appliance.service.check_models import check_models
from appliance.service.checks import Check, Severity
from appliance.settings import Loaded, Table
from tests.conftest import appliance, free_port
from tests.puppet import Clock

WELL, LOOK, FAILS = Severity


class Fader(Control):
    """A control whose fader moves once, in its third frame."""

    class Settings(Table):
        """None."""

    frames = 0
    well = True

    def poll(self, shown: Shown) -> list[Event]:
        self.frames += 1
        if self.frames == 3:
            return [Event(f"level/{shown.faders[0]}", 0.25, shown.now, hand="fader 1")]
        return []

    def health(self) -> Health:
        return Health("a fader.", well=self.well)


@pytest.fixture
def loaded(tmp_path: Path) -> Callable[[str], Loaded]:
    def read(text: str) -> Loaded:
        path = tmp_path / "site.toml"
        path.write_text(text, encoding="utf-8")
        return Loaded.read(path)

    return read


@pytest.fixture
def fader(monkeypatch: pytest.MonkeyPatch) -> Iterator[Fader]:
    """Return a control that the settings switch on, whatever they say."""
    made = Fader(Fader.Settings())
    monkeypatch.setattr(
        "appliance.service.check_controls.switched_on", lambda loaded: ({"fader": made}, {})
    )
    yield made
    assert made.frames > 0


def listen(loaded: Loaded, clock: Clock, seconds: float = 0.5) -> list[Check]:
    def wait(passes: float) -> None:
        clock.now += passes

    shown = Shown(0.0, faders=("linux",))
    return check_controls(loaded, shown, seconds, clock, wait)


def test_the_last_value_of_each_control_is_told(
    fader: Fader, clock: Clock, loaded: Callable[[str], Loaded]
) -> None:
    began = clock.now
    assert listen(loaded(""), clock) == [
        Check("fader", WELL, "a fader. Just now: level/linux 0.25.")
    ]
    assert clock.now - began == pytest.approx(0.5, abs=FRAME)


def test_a_control_that_is_not_well_wants_a_look(
    fader: Fader, clock: Clock, loaded: Callable[[str], Loaded]
) -> None:
    fader.well = False
    assert listen(loaded(""), clock, seconds=0.0) == [Check("fader", LOOK, "a fader.")]
    assert fader.frames == 1


def test_without_controls_the_screen_plays(clock: Clock, loaded: Callable[[str], Loaded]) -> None:
    [check] = listen(loaded("[controls]\non = []\n"), clock)
    assert check == Check("controls", WELL, "controls.on names none: only the screen plays.")


def test_a_wrong_table_of_a_control_fails(clock: Clock, loaded: Callable[[str], Loaded]) -> None:
    site = loaded('[controls]\non = ["attract"]\n[attract]\nafter = "soon"\n')
    [check] = listen(site, clock)
    assert check.severity == FAILS
    assert "attract.after is 'soon'" in check.sentence


def test_a_control_that_cannot_be_made_wants_a_look(
    clock: Clock, loaded: Callable[[str], Loaded], monkeypatch: pytest.MonkeyPatch
) -> None:
    points = known_controls.known()
    monkeypatch.setattr(hands, "known", lambda: points | {"attract": points["osc"]})
    monkeypatch.setattr("appliance.controls.osc.Osc.__init__", None)
    [check] = listen(loaded('[controls]\non = ["attract"]\n'), clock)
    assert (check.name, check.severity) == ("attract", LOOK)
    assert "take it out of controls.on, or mend its package" in check.sentence


def test_models_that_load_and_one_that_is_damaged(
    tiny: Path, tmp_path: Path, loaded: Callable[[str], Loaded]
) -> None:
    folder = tmp_path / "models"
    folder.mkdir()
    for path in tiny.glob("*.onnx"):
        (folder / path.name).write_bytes(path.read_bytes())
    site = loaded(f'[styles]\nmodels = "{folder}"\n').settings
    said = f"3 styles of {folder} load, 3 may play."
    assert check_models(site) == [Check("models", WELL, said)]
    damaged = folder / "b.onnx"
    # Title and colour can still be read; the network's last layer is cut off.
    whole = damaged.read_bytes()
    damaged.write_bytes(whole.replace(b"MatMul", b"MutMal"))
    well, look = check_models(site)
    assert well.sentence == f"2 styles of {folder} load, 2 may play."
    assert (look.severity, str(damaged) in look.sentence) == (LOOK, True)
    damaged.write_bytes(whole[:100])
    well, look = check_models(site)
    assert "is damaged" in look.sentence


def test_without_a_model_nothing_plays(tmp_path: Path, loaded: Callable[[str], Loaded]) -> None:
    checked, fault = check_models(loaded(f'[styles]\nmodels = "{tmp_path}/none"\n').settings)
    assert checked.severity == FAILS
    assert checked.remedy == "Copy the model files there, or set styles.models."
    assert "there is no folder" in fault.sentence


def test_the_table_and_the_status_are_of_all_checks() -> None:
    found = [Check("models", WELL, "All."), Check("midi", LOOK, "Gone.", "Plug it in.")]
    assert checks.as_table(found) == "well   models  All.\nlook   midi    Gone. Plug it in."
    assert [checks.status(found[:n]) for n in range(3)] == [0, 0, 1]
    assert checks.status([*found, Check("settings", FAILS, "Wrong.")]) == 2
    assert checks.as_data(found)["checks"][1] == {
        "name": "midi", "severity": "look", "sentence": "Gone.", "remedy": "Plug it in.",
    }  # fmt: skip


# --- as it is called -----------------------------------------------------------------------------


def test_a_wrong_site_file_is_one_line_and_status_2(tmp_path: Path) -> None:
    site = tmp_path / "site.toml"
    site.write_text("[typing]\npaze = 3\n")
    called = appliance("doctor", "--settings", str(site))
    assert called.returncode == 2
    assert called.stdout.count("\n") == 1
    assert called.stdout.startswith(f"fails  settings  {site}: the key typing.paze is unknown")
    assert called.stderr == ""


def test_the_doctor_s_visit(tiny: Path, tmp_path: Path) -> None:
    site = tmp_path / "site.toml"
    port = free_port()
    site.write_text(
        f'[styles]\nmodels = "{tiny}"\n[controls]\non = ["attract", "osc"]\n[osc]\nport = {port}\n'
    )
    arguments = ("doctor", "--settings", str(site), "--seconds", "0.1")
    called = appliance(*arguments)
    assert called.returncode == 0
    assert called.stderr == ""
    assert [line.split()[:2] for line in called.stdout.splitlines()] == [
        ["well", "settings"], ["well", "models"], ["well", "attract"], ["well", "osc"],
    ]  # fmt: skip
    assert f"osc listens on 127.0.0.1, UDP port {port}; nothing has come yet." in called.stdout
    facts = json.loads(appliance(*arguments, "--json").stdout)
    assert facts["status"] == 0
    assert [check["name"] for check in facts["checks"]] == ["settings", "models", "attract", "osc"]

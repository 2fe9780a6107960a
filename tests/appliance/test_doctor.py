"""What the doctor finds, check by check, and then as a technician calls it."""

import json
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from appliance import known_controls
from appliance.commands import doctor
from appliance.controls import hands
from appliance.controls.control import Control, Event, Health, Shown
from appliance.last_good import KEPT
from appliance.service import checks
from appliance.service.check_controls import FRAME, PATIENCE, check_controls
from appliance.service.check_models import check_models
from appliance.service.check_rights import Who
from appliance.service.checks import Check, Severity
from appliance.settings import Loaded, Table
from tests.conftest import appliance, free_port
from tests.models import write_model
from tests.puppet import Clock

OK, NOTE, WARNING, ERROR = Severity


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


@pytest.mark.parametrize(("finds", "severity"), [(True, WARNING), (False, NOTE)])
def test_a_control_that_is_still_looking_is_waited_for(
    fader: Fader,
    clock: Clock,
    loaded: Callable[[str], Loaded],
    monkeypatch: pytest.MonkeyPatch,
    finds: bool,
    severity: Severity,
) -> None:
    began = clock.now

    def health() -> Health:
        if finds and clock.now - began > 10.0:
            return Health("no camera.", well=False)
        return Health("it looks for its camera.", looking=True)

    monkeypatch.setattr(fader, "health", health)
    assert [check.severity for check in listen(loaded(""), clock)] == [severity]
    assert clock.now - began == pytest.approx(10.0 if finds else 0.5 + PATIENCE, abs=2 * FRAME)


def test_the_last_value_of_each_control_is_told(
    fader: Fader, clock: Clock, loaded: Callable[[str], Loaded]
) -> None:
    began = clock.now
    assert listen(loaded(""), clock) == [Check("fader", OK, "a fader. Just now: level/linux 0.25.")]
    assert clock.now - began == pytest.approx(0.5, abs=FRAME)


def test_a_control_that_is_not_well_wants_a_look(
    fader: Fader, clock: Clock, loaded: Callable[[str], Loaded]
) -> None:
    fader.well = False
    assert listen(loaded(""), clock, seconds=0.0) == [Check("fader", WARNING, "a fader.")]
    assert fader.frames == 1


def test_without_controls_the_screen_plays(clock: Clock, loaded: Callable[[str], Loaded]) -> None:
    [check] = listen(loaded("[controls]\non = []\n"), clock)
    assert check == Check("controls", OK, "controls.on names none: only the screen plays.")


def test_a_wrong_table_of_a_control_fails(clock: Clock, loaded: Callable[[str], Loaded]) -> None:
    site = loaded('[controls]\non = ["attract"]\n[attract]\nafter = "soon"\n')
    [check] = listen(site, clock)
    assert check.severity == ERROR
    assert "attract.after is 'soon'" in check.sentence


def test_a_control_that_cannot_be_made_wants_a_look(
    clock: Clock, loaded: Callable[[str], Loaded], monkeypatch: pytest.MonkeyPatch
) -> None:
    points = known_controls.known()
    monkeypatch.setattr(hands, "known", lambda: points | {"attract": points["osc"]})
    monkeypatch.setattr("appliance.controls.osc.Osc.__init__", None)
    [check] = listen(loaded('[controls]\non = ["attract"]\n'), clock)
    assert (check.name, check.severity) == ("attract", WARNING)
    assert "take it out of controls.on, or mend its package" in check.sentence


def test_models_that_load_and_one_that_is_damaged(
    tiny: Path, tmp_path: Path, loaded: Callable[[str], Loaded]
) -> None:
    folder = tmp_path / "models"
    folder.mkdir()
    for path in tiny.glob("*.onnx"):
        (folder / path.name).write_bytes(path.read_bytes())
    site = loaded(f'[styles]\nmodels = "{folder}"\n')
    said = f"3 styles of {folder} load, 3 may play."
    assert check_models(site) == [Check("models", OK, said)]
    damaged = folder / "b.onnx"
    # Title and colour can still be read; the network's last layer is cut off.
    whole = damaged.read_bytes()
    damaged.write_bytes(whole.replace(b"MatMul", b"MutMal"))
    well, look = check_models(site)
    assert well.sentence == f"2 styles of {folder} load, 2 may play."
    assert (look.severity, str(damaged) in look.sentence) == (WARNING, True)
    damaged.write_bytes(whole[:100])
    well, look = check_models(site)
    assert "is damaged" in look.sentence


def test_the_sites_own_voices_are_counted_and_named(
    tiny: Path, tmp_path: Path, loaded: Callable[[str], Loaded], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STATE_DIRECTORY", str(tmp_path))
    own = tmp_path / "models"
    own.mkdir()
    write_model(own, "c")
    write_model(own, "devil")
    well, note = check_models(loaded(f'[styles]\nmodels = "{tiny}"\n'))
    said = f"4 styles of {tiny} and the site's own (2) load, 4 may play."
    assert well == Check("models", OK, said)
    said = f"The style c is read from {own / 'c.onnx'}, not from {tiny / 'c.onnx'}."
    assert note == Check("models", NOTE, said)


def test_without_a_model_nothing_plays(tmp_path: Path, loaded: Callable[[str], Loaded]) -> None:
    checked, fault = check_models(loaded(f'[styles]\nmodels = "{tmp_path}/none"\n'))
    assert checked.severity == ERROR
    assert checked.remedy == "Copy the model files there, or set styles.models."
    assert "there is no folder" in fault.sentence


def test_the_table_and_the_status_are_of_all_checks() -> None:
    found = [
        Check("models", OK, "All."),
        Check("heat", NOTE, "Warm."),
        Check("midi", WARNING, "Gone.", "Plug it in."),
    ]
    assert checks.as_table(found) == (
        "ok       models  All.\n"
        "note     heat    Warm.\n"
        "warning  midi    Gone. Plug it in.\n"
        "\n"
        "1 warning: each line says what to do."
    )
    assert [checks.status(found[:n]) for n in range(4)] == [0, 0, 0, 1]
    found += [Check("settings", ERROR, "Wrong."), Check("disk", WARNING, "Full.")]
    assert checks.status(found) == 2
    assert checks.verdict(found) == "1 error and 2 warnings: each line says what to do."
    assert checks.verdict(found[:2]) == "All is well."
    assert checks.as_data(found)["checks"][2] == {
        "name": "midi", "severity": "warning", "sentence": "Gone.", "remedy": "Plug it in.",
    }  # fmt: skip


def test_a_wrong_site_file_is_found_and_what_last_worked_is_looked_at(tmp_path: Path) -> None:
    site, state = tmp_path / "site.toml", tmp_path / "state"
    site.write_text("[typing]\npaze = 3\n")
    loaded, found = checks.settings(site, state)
    assert found.severity == ERROR and "the key typing.paze is unknown" in found.sentence
    assert "the shipped settings play" in found.remedy
    assert loaded.settings.typing.pace == 14.0
    state.mkdir()
    (state / KEPT).write_text("[typing]\npace = 9.0\n")
    loaded, found = checks.settings(site, state)
    assert f"what last worked plays, {state / KEPT}" in found.remedy
    assert loaded.settings.typing.pace == 9.0
    (state / KEPT).write_text("[gone]\nkey = 1\n")  # as good as it was for an older version
    assert "the shipped settings play" in checks.settings(site, state)[1].remedy


def test_a_file_that_is_not_the_askers_is_no_wrong_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def shut(path: Path, **_: object) -> str:
        if path == tmp_path / "site.toml":
            raise PermissionError(13, "Permission denied")
        return path.read_bytes().decode()

    monkeypatch.setattr(Path, "read_text", shut)  # root, who may run this, is never refused
    loaded, found = checks.settings(tmp_path / "site.toml", tmp_path)
    assert found.severity == ERROR and "ask with sudo" in found.sentence
    assert found.remedy == "What follows is of the shipped settings."
    assert loaded.settings.typing.pace == 14.0


# --- as it is called -----------------------------------------------------------------------------


def called(tmp_path: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return appliance("doctor", *arguments, STATE_DIRECTORY=str(tmp_path / "state"))


def test_after_a_wrong_site_file_all_else_is_looked_at(tmp_path: Path) -> None:
    site = tmp_path / "site.toml"
    site.write_text("[typing]\npaze = 3\n")
    seen = called(tmp_path, "--settings", str(site), "--seconds", "0")
    assert seen.returncode == 2
    lines = seen.stdout.splitlines()
    assert lines[0].startswith(f"error    settings  {site}: the key typing.paze is unknown")
    assert {line.split()[1] for line in lines[1:-2]} >= {"models", "disk", "clock", "heat"}
    assert lines[-1].startswith("1 error")
    assert seen.stderr == ""


def test_the_doctor_s_visit(tiny: Path, tmp_path: Path) -> None:
    site = tmp_path / "site.toml"
    port = free_port()
    site.write_text(
        f'[styles]\nmodels = "{tiny}"\n[controls]\non = ["attract", "osc"]\n[osc]\nport = {port}\n'
    )
    arguments = ("--settings", str(site), "--seconds", "0.1")
    seen = called(tmp_path, *arguments)
    assert seen.returncode in (0, 1)  # this machine may be hot, or its disk full
    assert seen.stderr == ""
    found = [line.split()[:2] for line in seen.stdout.splitlines()[:-2]]
    for name in ("settings", "models", "attract", "osc"):
        assert ["ok", name] in found
    assert {name for _, name in found} >= {"services", "screens", "rights", "disk", "archive"}
    assert f"osc listens on 127.0.0.1, UDP port {port}; nothing has come yet." in seen.stdout
    facts = json.loads(called(tmp_path, *arguments, "--json").stdout)
    assert facts["status"] == seen.returncode
    assert [check["name"] for check in facts["checks"]] == [name for _, name in found]


def test_a_visitor_of_the_machine_is_not_told_to_give_a_folder_of_their_own_away(
    tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = tmp_path / "site.toml"
    site.write_text(f'[styles]\nmodels = "{tiny}"\n[controls]\non = []\n')
    own = tmp_path / "own"
    own.mkdir(mode=0o700)
    (own / "engine.json").write_text("{}")
    monkeypatch.setenv("STATE_DIRECTORY", str(own))
    piece = Who("unsigned-love", 54321, frozenset())
    note = Check("rights", Severity.NOTE, "called by ann", "call it with sudo")

    def told(as_whom: list[Check]) -> list[str]:
        monkeypatch.setattr(doctor, "player", lambda: (piece, as_whom))
        found = doctor.examine(Loaded.read(site), 0.0)
        return [check.remedy for check in found if "chown" in check.remedy]

    assert any(str(own) in remedy for remedy in told([]))
    assert told([note]) == []

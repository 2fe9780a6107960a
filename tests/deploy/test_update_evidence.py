"""What is seen from outside of a piece on trial."""

import stat
import time
from pathlib import Path
from sysconfig import get_config_var

import pytest

from appliance import wire
from appliance.service.status_page import Line, Report, StatusPage
from appliance.settings import DEFAULTS, Loaded, Settings
from appliance.update.evidence import Ear, Witness, read_units, site_settings
from appliance.update.here import MULTIARCH, Here
from tests.conftest import PATIENCE, EngineProcess
from tests.puppet import Clock, Puppet

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


def test_a_page_that_asks_for_its_token_is_given_it(monkeypatch: pytest.MonkeyPatch) -> None:
    # On loopback nobody is asked: what comes is taken for a stranger's.
    monkeypatch.setattr("appliance.service.status_page.is_near", lambda _: False)
    well = Report(lines=(Line("screen", "Shown: instrument on HDMI-1."),))
    with StatusPage("127.0.0.1", 0, "a-word-of-12-letters", lambda: well) as page:
        defaults = Loaded.read(DEFAULTS).settings
        for token, seen in (("a-word-of-12-letters", True), ("another-word-of-12", False)):
            change = {"host": "0.0.0.0", "port": page.address[1], "token": token}
            status = defaults.status.model_copy(update=change)
            with Witness(
                defaults.model_copy(update={"status": status}), Clock(), lambda: ""
            ) as witness:
                assert witness.screen() is seen


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

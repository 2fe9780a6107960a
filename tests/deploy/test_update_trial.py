"""A release on trial: kept, taken back, and cut off from power between any two steps."""

import itertools
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest

from appliance.service.check_update import check_update
from appliance.service.checks import Severity
from appliance.update import outcome as outcome_module
from appliance.update import trial as trial_module
from appliance.update.outcome import read_outcome
from appliance.update.proof import Seen
from appliance.update.trial import Trial, begin, count, give_back, go_back, keep, read_trial
from appliance.update.watch import watch
from tests.bundles import KEYGEN, Site, make_site
from tests.puppet import Clock

pytestmark = pytest.mark.skipif(
    KEYGEN is None, reason="ssh-keygen is missing: apt install openssh-client"
)
NOW = datetime.fromisoformat("2026-11-22T12:00:00+00:00")
WELL = Seen(plays=True, fallback=False, restarts=0, characters=0, frames=0, screen=True)


class Cut(Exception):  # noqa: N818  # no error: the power goes
    """The power goes."""


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return make_site(tmp_path)


def unpacked(site: Site, version: str = "0.5.0") -> tuple[Path, Trial]:
    offer, release = site.take(site.bundle(version))
    return release, Trial(version, offer.digest, proof=120.0, within=600.0)


def on_trial(site: Site, version: str = "0.5.0") -> Trial:
    release, trial = unpacked(site, version)
    begin(site.homes, release, trial, NOW)
    return trial


def kept(site: Site, version: str) -> None:
    keep(site.homes, on_trial(site, version), NOW)


def said(site: Site) -> tuple[str, str, bool]:
    last = read_outcome(site.homes)
    assert last is not None
    return last.kind, last.version, last.well


# --- without accidents --------------------------------------------------------------------------


def test_on_trial_it_is_in_force_and_the_one_before_watches(site: Site) -> None:
    trial = on_trial(site)
    assert site.version == "0.5.0"
    before = site.homes.before()
    assert before is not None and before.name == "0.1.0"
    assert read_trial(site.homes) == trial
    assert said(site) == ("trial", "0.5.0", True)


def test_a_release_that_proved_itself_stays_and_only_one_before_it(site: Site) -> None:
    for version in ("0.5.0", "0.6.0", "0.7.0"):
        kept(site, version)
        assert site.version == version
        assert read_trial(site.homes) is None
        assert said(site) == ("kept", version, True)
    assert {path.name for path in site.homes.releases.iterdir()} == {"0.6.0", "0.7.0"}
    before = site.homes.before()
    assert before is not None and before.name == "0.6.0"


def test_a_release_that_failed_gives_way_and_no_stick_brings_it_again(site: Site) -> None:
    kept(site, "0.5.0")
    trial = on_trial(site, "0.6.0")
    give_back(site.homes, trial, "its engine ended 3 times", NOW)
    assert site.version == "0.5.0"
    assert read_trial(site.homes) is None
    last = read_outcome(site.homes)
    assert last is not None
    assert last.sentence.startswith(
        "Release 0.6.0 was taken back, since its engine ended 3 times: 0.5.0 is in force again."
    )
    assert last.failed == (trial.digest,) and not last.well
    # Whoever names it by hand tries it anew.
    again = on_trial(site, "0.6.0")
    assert again.digest == trial.digest
    last = read_outcome(site.homes)
    assert last is not None and last.failed == ()


def test_the_packages_release_is_returned_to_by_its_link(site: Site) -> None:
    trial = on_trial(site)
    # A new package exchanges the folder behind its link.
    (site.homes.package / "releases/0.1.0").rename(site.homes.package / "releases/0.1.1")
    (site.homes.package / "current").unlink()
    (site.homes.package / "current").symlink_to("releases/0.1.1")
    give_back(site.homes, trial, "it wrote nothing", NOW)
    assert site.version == "0.1.1"


def test_back_by_hand(site: Site) -> None:
    assert go_back(site.homes, NOW) is None
    kept(site, "0.5.0")
    assert go_back(site.homes, NOW) == "0.1.0"
    assert site.version == "0.1.0"
    assert said(site) == ("back", "0.5.0", True)
    assert go_back(site.homes, NOW) is None, "there is no way back from back"


def test_a_release_whose_python_has_gone_is_passed_over_and_named(site: Site) -> None:
    on_trial(site)
    (site.homes.releases / "0.5.0/bin/python3").unlink()
    count(site.homes, "a", NOW)
    assert site.version == "0.1.0"
    assert read_trial(site.homes) is None
    assert said(site) == ("returned", "0.5.0", False)


def test_a_mark_that_cannot_be_read_ends_the_trial(site: Site) -> None:
    on_trial(site)
    (site.homes.updates / "trial.json").write_bytes(b"{")
    count(site.homes, "a", NOW)
    assert site.version == "0.1.0"
    assert read_trial(site.homes) is None


def test_an_outcome_that_is_damaged_is_none(site: Site) -> None:
    assert read_outcome(site.homes) is None
    for junk in (b"", b"{", b"[]", b'{"kind": "kept"}', b"\xff"):
        (site.homes.updates / "outcome.json").write_bytes(junk)
        assert read_outcome(site.homes) is None


def test_the_doctor_says_what_became_of_it(site: Site) -> None:
    assert check_update(site.homes) == []
    trial = on_trial(site)
    assert [check.severity for check in check_update(site.homes)] == [Severity.NOTE]
    give_back(site.homes, trial, "it wrote nothing", NOW)
    [check] = check_update(site.homes)
    assert check.severity is Severity.WARNING
    assert check.sentence.startswith("2026-11-22: Release 0.5.0 was taken back, since it wrote")
    kept(site, "0.5.0")
    assert [check.severity for check in check_update(site.homes)] == [Severity.OK]


# --- cut off from power -------------------------------------------------------------------------


def test_it_is_tried_in_two_starts_of_the_machine_and_not_in_a_third(site: Site) -> None:
    trial = on_trial(site)
    for boot in ("a", "a", "b", "b"):
        count(site.homes, boot, NOW)
        assert site.version == "0.5.0"
    count(site.homes, "c", NOW)
    assert site.version == "0.1.0"
    last = read_outcome(site.homes)
    assert last is not None and last.failed == (trial.digest,)
    assert "the machine was switched off in each of 2 trials" in last.sentence


def steps(monkeypatch: pytest.MonkeyPatch, cut_after: int) -> None:
    """Let the power go after so many names or files were written."""
    left = itertools.count(cut_after, -1)

    def counted(deed: Callable[..., None]) -> Callable[..., None]:
        def step(*arguments: object, **named: object) -> None:
            if next(left) <= 0:
                raise Cut
            deed(*arguments, **named)

        return step

    def before(module: object, name: str) -> None:
        monkeypatch.setattr(module, name, counted(getattr(module, name)))

    before(trial_module, "replace_file")
    before(outcome_module, "replace_file")
    for name in ("unlink", "symlink_to", "replace", "chmod"):
        before(Path, name)


def cut_short(deed: Callable[[], None], after: int) -> bool:
    with pytest.MonkeyPatch.context() as monkeypatch:
        steps(monkeypatch, after)
        try:
            deed()
        except Cut:
            return True
    return False


def counted(site: Site) -> None:
    for boot in "abc":
        count(site.homes, boot, NOW)


@pytest.mark.parametrize("deed", ["begin", "keep", "give back", "count"])
def test_a_cut_between_any_two_steps_leaves_a_way_back(
    deed: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    for after in itertools.count():
        site = make_site(tmp_path_factory.mktemp("cut"))
        kept(site, "0.5.0")
        release, trial = unpacked(site, "0.6.0")
        deeds: dict[str, Callable[[], None]] = {
            "begin": lambda: begin(site.homes, release, trial, NOW),  # noqa: B023  # called at once
            "keep": lambda: keep(site.homes, trial, NOW),  # noqa: B023  # as above
            "give back": lambda: give_back(site.homes, trial, "fell", NOW),  # noqa: B023  # as above
            "count": lambda: counted(site),  # noqa: B023  # as above
        }
        if deed != "begin":
            begin(site.homes, release, trial, NOW)
        was_cut = cut_short(deeds[deed], after)
        # Whatever was cut, one of the two plays, and the new one only watched or kept.
        assert site.version in ("0.5.0", "0.6.0")
        if site.version == "0.6.0":
            stays = said(site)[:2] == ("kept", "0.6.0")
            assert stays or read_trial(site.homes) is not None
        # Starts follow in which nothing is proved: the matter comes to an end.
        for boot in "defg":
            count(site.homes, boot, NOW)
        assert read_trial(site.homes) is None
        stays = said(site)[:2] == ("kept", "0.6.0")
        assert site.version == ("0.6.0" if stays else "0.5.0")
        # And another update is taken as if nothing had been.
        kept(site, "0.9.0")
        assert site.version == "0.9.0"
        if not was_cut:
            break
    assert after >= 3, "there were steps to be cut between"


# --- watched ------------------------------------------------------------------------------------


def watched(site: Site, trial: Trial, seen: Callable[[float], Seen]) -> float:
    """Watch until there is a verdict; return after how many seconds."""
    clock = Clock()
    began = clock.now

    def wait(seconds: float) -> bool:
        clock.now += seconds
        assert clock.now - began < 20_000, "there is no verdict"
        return False

    verdict = watch(site.homes, trial, lambda: seen(clock.now - began), clock, wait, lambda: NOW)
    assert verdict is not None
    return clock.now - began


def writes(t: float) -> Seen:
    return Seen(
        plays=True,
        fallback=False,
        restarts=0,
        characters=int(14 * t),
        frames=int(t / 10),
        screen=True,
    )


def test_watched_it_is_kept_after_two_minutes_of_letters_and_frames(site: Site) -> None:
    trial = on_trial(site)
    assert 120 <= watched(site, trial, writes) < 130
    assert site.version == "0.5.0" and said(site)[0] == "kept"


def test_watched_it_is_taken_back_when_it_writes_nothing(site: Site) -> None:
    trial = on_trial(site)
    assert watched(site, trial, lambda _: WELL) >= 600
    assert site.version == "0.1.0" and said(site)[0] == "returned"


def test_a_watch_that_is_told_to_end_decides_nothing(site: Site) -> None:
    trial = on_trial(site)
    clock = Clock()
    assert watch(site.homes, trial, lambda: WELL, clock, lambda _: True, lambda: NOW) is None
    assert read_trial(site.homes) == trial

from collections.abc import Mapping

import pytest

from appliance.service.check_units import PARTS, check_units
from appliance.service.checks import Severity
from appliance.service.units import FALLBACK, TARGET

OK, NOTE, WARNING, ERROR = Severity
RUNS = {"LoadState": "loaded", "ActiveState": "active", "NRestarts": "0"}
ENGINE, STAGE = PARTS


def told(**changed: Mapping[str, str]) -> list[tuple[Severity, str]]:
    units: dict[str, Mapping[str, str]] = {
        TARGET: RUNS | {"UnitFileState": "enabled"},
        FALLBACK: {"LoadState": "loaded", "ActiveState": "inactive"},
        ENGINE: RUNS,
        STAGE: RUNS,
    }
    by_name = {"target": TARGET, "fallback": FALLBACK, "engine": ENGINE, "stage": STAGE}
    for name, facts in changed.items():
        units[by_name[name]] = {**units[by_name[name]], **facts}
    return [(check.severity, check.sentence) for check in check_units(lambda unit: units[unit])]


def test_all_run() -> None:
    assert told() == [(OK, "The engine runs."), (OK, "The stage runs.")]


@pytest.mark.parametrize(
    ("restarts", "severity"), [("1", NOTE), ("2", NOTE), ("3", WARNING), ("40", WARNING)]
)
def test_one_that_had_to_be_started_again(restarts: str, severity: Severity) -> None:
    assert told(stage={"NRestarts": restarts})[1][0] == severity
    assert f"restarted {restarts} times" in told(stage={"NRestarts": restarts})[1][1]


def test_one_that_has_failed() -> None:
    facts = {"ActiveState": "failed", "Result": "watchdog"}
    assert told(engine=facts)[0] == (ERROR, "The engine has failed (watchdog).")


@pytest.mark.parametrize(
    ("state", "said"), [("inactive", "is stopped"), ("activating", "is just starting")]
)
def test_one_that_does_not_run_on_purpose(state: str, said: str) -> None:
    severity, sentence = told(engine={"ActiveState": state})[0]
    assert severity == NOTE and said in sentence


def test_the_fallback_is_shown() -> None:
    assert told(fallback={"ActiveState": "active"})[0][0] == ERROR


def test_it_does_not_start_by_itself() -> None:
    assert told(target={"UnitFileState": "disabled"})[0][0] == WARNING


def test_no_service_here() -> None:
    assert told(target={"LoadState": "not-found"})[0][0] == NOTE
    [found] = check_units(lambda _: {})
    assert found.severity == NOTE and "No systemd answers" in found.sentence

"""Who shall play from another machine, and is not let in."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from appliance.service.check_network import check_network
from appliance.service.checks import Severity
from appliance.settings import Loaded

SHUT = {"IPAddressAllow": "::1/128 127.0.0.0/8"}
OPEN = {"IPAddressAllow": "::1/128 127.0.0.0/8 192.168.1.0/24"}
ENGINE = '[engine]\nhost = "0.0.0.0"\n'
ALLOW = 'allow = ["192.168.1.0/24"]\n'
PAGE = '[status]\nhost = "0.0.0.0"\ntoken = "a-word-of-12-letters"\n'


@pytest.mark.parametrize(
    ("site", "unit", "words"),
    [
        ("", SHUT, []),
        ('[status]\nhost = ""\n', SHUT, []),
        (ENGINE, OPEN, ["none may speak"]),
        (ENGINE, SHUT, ["none may speak", "in spite of engine.host."]),
        (ENGINE + ALLOW, SHUT, ["in spite of engine.host."]),
        (ENGINE + ALLOW, OPEN, []),
        (ENGINE + ALLOW, {}, []),  # at a desk no unit shuts anybody out
        (PAGE, SHUT, ["in spite of status.host."]),
        (ENGINE + ALLOW + PAGE, SHUT, ["in spite of engine.host and status.host."]),
    ],
)
def test_whoever_is_not_let_in_is_named(
    tmp_path: Path, site: str, unit: Mapping[str, str], words: list[str]
) -> None:
    path = tmp_path / "site.toml"
    path.write_text(site, encoding="utf-8")
    found = check_network(Loaded.read(path).settings, unit)
    assert len(found) == len(words)
    for check, word in zip(found, words, strict=True):
        assert word in check.sentence
        assert check.severity == Severity.WARNING and check.remedy

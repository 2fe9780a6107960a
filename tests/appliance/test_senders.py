from ipaddress import IPv4Address
from pathlib import Path

import pytest

from appliance.controls.osc import Osc
from appliance.senders import allowed, networks
from appliance.service.asked import reachable
from appliance.settings import Loaded, SettingsError

NEIGHBOURS = networks(["192.168.1.20", "10.1.0.7/16", "fd00::/8"])


@pytest.mark.parametrize(
    ("address", "may"),
    [
        ("127.0.0.1", True),
        ("127.9.9.9", True),
        ("::1", True),
        ("::ffff:127.0.0.1", True),
        ("192.168.1.20", True),
        ("::ffff:192.168.1.20", True),
        ("192.168.1.21", False),
        ("10.1.255.1", True),
        ("10.2.0.1", False),
        ("fd12::1", True),
        ("fe80::1%eth0", False),
        ("8.8.8.8", False),
        ("", False),
        ("phone.local", False),
    ],
)
def test_who_may_speak(address: str, may: bool) -> None:
    assert allowed(address, NEIGHBOURS) is may


def test_with_nobody_named_this_machine_alone_may_speak() -> None:
    assert allowed("127.0.0.1", ())
    assert not allowed("192.168.1.20", ())


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ('allow = ["phone"]', ["osc.allow.0", "'phone'", "such as 192.168.1.0/24"]),
        ('allow = ["10.0.0.1", "10.0.0.0/33"]', ["osc.allow.1", "'10.0.0.0/33'"]),
        ('allow = "10.0.0.1"', ["osc.allow", "valid list"]),
        ('host = "everywhere"', ["osc.host", "'everywhere'", "0.0.0.0 for all"]),
        ("port = 70000", ["osc.port", "65535"]),
    ],
)
def test_a_mistake_in_the_settings_is_one_sentence(
    tmp_path: Path, line: str, words: list[str]
) -> None:
    path = tmp_path / "site.toml"
    path.write_text(f"[osc]\n{line}\n", encoding="utf-8")
    with pytest.raises(SettingsError) as caught:
        Loaded.read(path).of_control("osc", Osc.Settings)
    sentence = str(caught.value)
    assert sentence.startswith(str(path))
    assert "\n" not in sentence
    for word in words:
        assert word in sentence


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "0.0.0.0", "127.0.0.2"])
def test_the_engine_listens_where_the_stage_finds_it(tmp_path: Path, host: str) -> None:
    path = tmp_path / "site.toml"
    path.write_text(f'[engine]\nhost = "{host}"\n', encoding="utf-8")
    listens = Loaded.read(path).settings.engine.host
    assert IPv4Address(listens)  # no name, which could lead to ::1
    assert reachable(listens).startswith("127.0.0.")


@pytest.mark.parametrize("host", ["192.168.1.20", "::", "::1", "plinth.local", ""])
def test_an_address_at_which_the_stage_misses_the_engine_is_one_sentence(
    tmp_path: Path, host: str
) -> None:
    path = tmp_path / "site.toml"
    path.write_text(f'[engine]\nhost = "{host}"\n', encoding="utf-8")
    with pytest.raises(SettingsError) as caught:
        Loaded.read(path)
    sentence = str(caught.value)
    assert sentence.startswith(f"{path}: engine.host: ") and "\n" not in sentence
    assert "0.0.0.0" in sentence and "engine.allow" in sentence

import tomllib
from pathlib import Path

import pytest

from appliance.settings import DEFAULTS, Loaded, SettingsError, describe


def site(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "site.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_defaults_are_valid_and_every_key_is_described() -> None:
    loaded = Loaded.read()
    assert set(loaded.values) == set(describe())
    assert all(describe().values())
    assert loaded.settings.typing.pace == 14.0


def test_a_site_overrides_key_by_key_and_the_origin_is_known(tmp_path: Path) -> None:
    path = site(tmp_path, "[typing]\npace = 9.5\n")
    loaded = Loaded.read(path)
    assert loaded.settings.typing.pace == 9.5
    assert loaded.settings.typing.temperature == Loaded.read().settings.typing.temperature
    assert loaded.origins["typing.pace"] == path
    assert loaded.origins["typing.temperature"] == DEFAULTS


def test_a_table_as_value_replaces_the_whole_value(tmp_path: Path) -> None:
    loaded = Loaded.read(site(tmp_path, "[opening]\nmixture = { linux = 1.0 }\n"))
    assert loaded.settings.opening.mixture == {"linux": 1.0}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[typing]\npace = 'fast'\n", ["typing.pace", "'fast'", "valid number"]),
        ("[typing]\npace = 1000\n", ["typing.pace", "1000", "less than or equal to 100"]),
        ("[typing]\npaze = 10\n", ["typing.paze", "unknown", "did you mean typing.pace?"]),
        ("[typping]\npace = 10\n", ["typping.pace", "did you mean typing.pace?"]),
        ("zzz = 1\n", ["zzz", "`appliance settings` lists all keys"]),
        ("[typing\n", ["not TOML", "line 1"]),
        ("[typing]\njoint = 'mean'\n", ["typing.joint", "'linear' or 'log-linear'"]),
        ("[styles]\nallow = ['a', 3]\n", ["styles.allow.1", "valid string"]),
        ("[guard]\nwords = ['two words']\n", ["guard.words.0", "'two words'", "^[A-Za-z]+$"]),
        ("[guard]\nstems = ['lord', 'as']\n", ["guard.stems.1", "'as'", "three letters or more"]),
        ("[guard]\nstems = ['love!']\n", ["guard.stems.0", "'love!'", "^[A-Za-z]+$"]),
        ("[opening]\nline = 'Once my ass fell ill'\n", ["opening.line", "near its character 12"]),
        ("[opening]\nline = 'Once my ass'\n", ["opening.line", "near its character 11"]),
        ("[opening]\nline = 'm\u00fcde f\u00fcck'\n", ["opening.line", "near its character 9"]),
        (
            "[opening]\nline = 'Love, s h it, u'\n",
            ["opening.line", "guard.words, guard.stems", "shipped list", "write a line without it"],
        ),
        ("[guard]\nwords = ['Beginning']\n", ["opening.line", "write a line without it"]),
        (
            "[opening]\nline = 'Unsigned love'\n[guard]\nstems = ['SIGN']\n",
            ["opening.line", "near its character 6"],
        ),
        ("[opening]\nmixture = { linux = -1.0 }\n", ["opening.mixture.linux", "greater than"]),
        ("[stage]\nfullscreen = 1\n", ["stage.fullscreen", "valid boolean"]),
        ("typing = 3\n", ["typing", "unknown"]),
        (f"[typing]\npace = {'1' * 5_000}\n", ["too long"]),
        (f"x = {'[' * 5_000}{']' * 5_000}\n", ["too deep"]),
    ],
)
def test_each_mistake_is_one_sentence_with_file_key_and_remedy(
    tmp_path: Path, text: str, words: list[str]
) -> None:
    path = site(tmp_path, text)
    with pytest.raises(SettingsError) as caught:
        Loaded.read(path)
    sentence = str(caught.value)
    assert sentence.startswith(str(path))
    assert "\n" not in sentence
    for word in words:
        assert word in sentence


def test_a_file_that_is_not_utf_8(tmp_path: Path) -> None:
    path = tmp_path / "site.toml"
    path.write_bytes(b"[opening]\nline = 'caf\xe9'\n")
    with pytest.raises(SettingsError, match="not UTF-8"):
        Loaded.read(path)


def test_the_mark_that_some_editors_begin_a_file_with_is_no_fault(tmp_path: Path) -> None:
    path = tmp_path / "site.toml"
    path.write_bytes(b"\xef\xbb\xbf[typing]\r\npace = 7.0\r\n")
    assert Loaded.read(path).settings.typing.pace == 7.0


def test_a_file_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"missing\.toml cannot be read"):
        Loaded.read(tmp_path / "missing.toml")


def test_the_environment_names_the_site_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = site(tmp_path, "[typing]\npace = 3\n")
    monkeypatch.setenv("STATIC_UNSIGNED_LOVE_SETTINGS", str(path))
    assert Loaded.read().settings.typing.pace == 3


def test_the_opening_styles_are_eight() -> None:
    opening = tomllib.loads(DEFAULTS.read_text(encoding="utf-8"))
    assert len(opening["styles"]["active"]) == 8
    assert set(opening["opening"]["mixture"]) <= set(opening["styles"]["active"])


@pytest.mark.parametrize(
    "line", ["", "As she assumed in class", "Caf\u00e9 \u2014 so", "\U0001f642"]
)
def test_a_line_that_may_stand_opens_the_piece(tmp_path: Path, line: str) -> None:
    path = site(tmp_path, f"[opening]\nline = '{line}'\n[guard]\nwords = ['begin']\n")
    assert Loaded.read(path).settings.opening.line == line


def test_a_site_takes_no_listed_word_away_by_its_own_list(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"opening\.line has a word near its character 4"):
        Loaded.read(site(tmp_path, "[opening]\nline = 'Tit for tat'\n[guard]\nwords = []\n"))

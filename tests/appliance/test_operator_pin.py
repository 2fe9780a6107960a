"""The PIN: how it is kept, `appliance pin`, and what the settings say to a wrong one."""

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from appliance.commands.pin import placed
from appliance.pin import PinError, hashed, matches
from appliance.settings import Loaded, SettingsError
from tests.conftest import ROOT

SALT = bytes(range(16))
LINE = 'pin = "scrypt:x"'


def test_the_right_pin_matches_and_no_other() -> None:
    kept = hashed("2468")
    assert matches("2468", kept)
    assert not any(matches(wrong, kept) for wrong in ("2469", "246", "24680", "", "abcd"))


def test_two_of_the_same_are_kept_differently_and_neither_says_it() -> None:
    one, other = hashed("123456"), hashed("123456")
    assert one != other and "123456" not in one + other
    assert hashed("123456", SALT) == hashed("123456", SALT)


@pytest.mark.parametrize("pin", ["", "123", "1234567890123", "12a4", "12 34", "١٢٣٤"])
def test_a_pin_is_4_to_12_digits(pin: str) -> None:
    with pytest.raises(PinError, match="4 to 12 digits"):
        hashed(pin)


def test_nothing_matches_no_pin() -> None:
    assert not matches("", "") and not matches("1234", "") and not matches("1234", "1234")


@pytest.mark.parametrize("plain", ["2468", "scrypt:short:short", hashed("2468", SALT) + "x"])
def test_a_pin_in_plain_text_is_refused_and_not_repeated(tmp_path: Path, plain: str) -> None:
    site = tmp_path / "settings.toml"
    site.write_text(f'[operator]\npin = "{plain}"\n')
    with pytest.raises(SettingsError) as raised:
        Loaded.read(site)
    assert "operator.pin" in str(raised.value) and "`appliance pin`" in str(raised.value)
    assert plain not in str(raised.value)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ('corner = "middle"', "operator.corner"),
        ("press = 0.1", "operator.press"),
        ("ends_after = 5", "operator.ends_after"),
        ('pinn = "x"', "did you mean operator.pin?"),
    ],
)
def test_a_wrong_table_is_one_sentence(tmp_path: Path, line: str, words: str) -> None:
    site = tmp_path / "settings.toml"
    site.write_text(f"[operator]\n{line}\n")
    with pytest.raises(SettingsError) as raised:
        Loaded.read(site)
    assert words in str(raised.value) and "\n" not in str(raised.value)


# --- the command ------------------------------------------------------------------------------


def typed_into(*arguments: str, lines: str) -> subprocess.CompletedProcess[str]:
    """Run the command line with somebody who types."""
    return subprocess.run(
        [sys.executable, "-m", "appliance", *arguments],
        input=lines, capture_output=True, text=True, check=False, cwd=ROOT, timeout=120,
    )  # fmt: skip


def test_it_is_asked_for_twice_and_its_line_printed(tmp_path: Path) -> None:
    site = tmp_path / "settings.toml"
    site.write_text("[typing]\npace = 9.0\n")
    done = typed_into("pin", "--settings", str(site), lines="2468\n2468\n")
    assert (
        done.returncode == 0 and "nothing was written" in done.stdout and "2468" not in done.stdout
    )
    assert matches("2468", tomllib.loads(done.stdout)["operator"]["pin"])
    assert site.read_text() == "[typing]\npace = 9.0\n"


def test_it_is_written_where_it_is_wanted_and_holds(tmp_path: Path) -> None:
    site = tmp_path / "settings.toml"
    site.write_text(
        "[typing]\npace = 9.0  # slowly\n\n[operator]  # the hand-over desk\nends_after = 90.0\n"
    )
    site.chmod(0o640)
    for pin in ("2468", "13579"):
        done = typed_into("pin", "--write", "--settings", str(site), lines=f"{pin}\n{pin}\n")
        assert done.returncode == 0 and f"{site} has the new PIN" in done.stdout
        assert matches(pin, Loaded.read(site).settings.operator.pin)
    assert site.read_text().count("pin =") == 1 and "# slowly" in site.read_text()
    assert Loaded.read(site).settings.operator.ends_after == 90.0
    assert site.stat().st_mode & 0o777 == 0o640


def test_a_new_file_and_one_behind_a_link_stay_closed_to_others(tmp_path: Path) -> None:
    for place in (tmp_path / "new.toml", tmp_path / "link.toml"):
        if place.name == "link.toml":
            place.symlink_to(tmp_path / "elsewhere.toml")
        done = typed_into("pin", "--write", "--settings", str(place), lines="2468\n2468\n")
        assert done.returncode == 0, done.stderr
        assert place.stat().st_mode & 0o007 == 0, "the hash of four digits is soon guessed"
        assert matches("2468", Loaded.read(place).settings.operator.pin)
    assert (tmp_path / "link.toml").is_symlink()


@pytest.mark.parametrize("lines", ["2468\n2469\n", "12\n12\n", "\n\n", ""])
def test_what_is_not_the_same_or_no_pin_changes_nothing(tmp_path: Path, lines: str) -> None:
    site = tmp_path / "settings.toml"
    site.write_text("")
    done = typed_into("pin", "--write", "--settings", str(site), lines=lines)
    assert done.returncode == 1 and "nothing was changed" in done.stderr
    assert site.read_text() == ""


@pytest.mark.parametrize(
    "text", ["operator = { ends_after = 90.0 }\n", "[typing]\npace = \n", "[[operator]]\nx = 1\n"]
)
def test_a_file_that_is_written_otherwise_is_left_alone(tmp_path: Path, text: str) -> None:
    site = tmp_path / "settings.toml"
    site.write_text(text)
    done = typed_into("pin", "--write", "--settings", str(site), lines="2468\n2468\n")
    assert done.returncode == 1 and "was not changed" in done.stderr and "pin = " in done.stderr
    assert site.read_text() == text


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", f"[operator]\n{LINE}\n"),
        ("[a]\nb = 1\n", f"[a]\nb = 1\n\n[operator]\n{LINE}\n"),
        ('[operator]\npin = "old"\n[a]\npin = 2\n', f"[operator]\n{LINE}\n[a]\npin = 2\n"),
        ("[operator]\npress = 4\n", f"[operator]\n{LINE}\npress = 4\n"),
    ],
)
def test_the_line_stands_in_its_table(before: str, after: str) -> None:
    assert placed(before, LINE) == after


def test_the_shipped_settings_have_none() -> None:
    shipped = (ROOT / "appliance" / "defaults.toml").read_text(encoding="utf-8")
    assert tomllib.loads(shipped)["operator"]["pin"] == ""

from pathlib import Path

import pytest

from appliance.last_good import KEPT, read_or_last_good
from appliance.settings import VARIABLE, SettingsError


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "settings.toml"
    monkeypatch.setenv(VARIABLE, str(path))
    return path


@pytest.mark.parametrize(
    ("broken", "words"),
    [
        ("[typing\n", "is not TOML"),
        ("[typing]\npace = 'fast'\n", "typing.pace"),
        ("[typing]\npaze = 3\n", "did you mean typing.pace"),
        ("[hours]\nweek = { montag = '' }\n", "hours"),
        ("\xff\xfe", "is not TOML"),
        (None, "cannot be read"),
    ],
)
def test_a_wrong_file_is_named_and_what_last_worked_is_used(
    site: Path, tmp_path: Path, broken: str | None, words: str, caplog: pytest.LogCaptureFixture
) -> None:
    site.write_text("[typing]\npace = 9.0\n")
    assert read_or_last_good(None, tmp_path / "state").settings.typing.pace == 9.0
    if broken is None:
        site.unlink()
    else:
        site.write_text(broken, encoding="utf-8")
    loaded = read_or_last_good(None, tmp_path / "state")
    assert loaded.settings.typing.pace == 9.0
    assert words in loaded.fault and "what last worked" in loaded.fault
    assert len(caplog.records) == 1
    site.write_text("[typing]\npace = 8.0\n")
    mended = read_or_last_good(None, tmp_path / "state")
    assert (mended.settings.typing.pace, mended.fault) == (8.0, "")


def test_where_none_ever_worked_the_shipped_settings_play(site: Path, tmp_path: Path) -> None:
    site.write_text("nonsense")
    loaded = read_or_last_good(None, tmp_path / "state")
    assert loaded.settings.typing.pace == 14.0
    assert "the shipped settings" in loaded.fault


def test_what_was_good_for_an_older_version_is_no_help_and_no_harm(
    site: Path, tmp_path: Path
) -> None:
    site.write_text("nonsense")
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / KEPT).write_text("[gone]\nkey = 1\n")
    assert read_or_last_good(None, tmp_path / "state").settings.typing.pace == 14.0


def test_a_file_that_somebody_names_must_be_right(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text("nonsense")
    with pytest.raises(SettingsError):
        read_or_last_good(path, tmp_path)


def test_a_folder_that_cannot_be_written_stops_nothing(site: Path, tmp_path: Path) -> None:
    site.write_text("[typing]\npace = 9.0\n")
    (tmp_path / "state").write_text("a file where the folder should be")
    assert read_or_last_good(None, tmp_path / "state").settings.typing.pace == 9.0

"""What the operator has chosen is kept."""

import json
import logging
from pathlib import Path

import pytest

from appliance.stage.operator.kept import NAME, Kept, Shelf

CHOSEN = Kept({"instrument": 0.5}, ("linux",), ("bible", "linux"), "2026-11-22", 90)


def test_what_was_chosen_is_read_again(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path / "new")
    shelf.put(CHOSEN)
    shelf.close()
    assert Shelf(tmp_path / "new").read() == CHOSEN


@pytest.mark.parametrize(
    "torn",
    [
        "",
        "[]",
        "{}",
        '{"brightness": {"wall": 0.0}, "active": [], "instead_of": [], "day": "", "typed": 0}',
        '{"brightness": {"wall": "dark"}, "active": [], "instead_of": [], "day": "", "typed": 0}',
        '{"brightness": {}, "active": [], "instead_of": [], "day": "", "typed": 1e999}',
        "[" * 100_000,
    ],
)
def test_a_file_that_cannot_be_used_is_as_none(
    tmp_path: Path, torn: str, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / NAME).write_text(torn)
    assert Shelf(tmp_path).read() == Kept()
    assert "it begins anew" in caplog.text


def test_a_disk_that_refuses_is_named_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "state").write_text("a file where the folder should be")
    shelf = Shelf(tmp_path / "state")
    for _ in range(3):
        shelf.put(CHOSEN)
        shelf.close()
    assert [r.levelno for r in caplog.records] == [logging.ERROR]


def test_the_operators_styles_hold_until_the_settings_name_others() -> None:
    assert CHOSEN.chosen(["bible", "linux"]) == ("linux",)
    assert CHOSEN.chosen(["bible", "trump"]) == ()
    assert Kept().chosen([]) == ()


def test_a_new_day_begins_at_none() -> None:
    assert CHOSEN.counted("2026-11-22", 5).typed == 95
    assert CHOSEN.counted("2026-11-23", 5).typed == 5


def test_what_is_kept_is_readable_json(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    shelf.put(CHOSEN)
    shelf.close()
    assert json.loads((tmp_path / NAME).read_text())["brightness"] == {"instrument": 0.5}

"""What an older release makes of the state that a newer one has left, after it has returned."""

import json
import sqlite3
from contextlib import closing
from dataclasses import asdict
from pathlib import Path

import pytest

from appliance.controls import keep
from appliance.engine.archive import Archive, Typed
from appliance.engine.memory import Memory, recall
from appliance.engine.transcript import FORM
from appliance.last_good import read_or_last_good
from appliance.settings import VARIABLE

MEMORY = Memory(
    text="and",
    authors="000",
    styles=("bible",),
    start=0,
    end=3,
    weights={"bible": 1.0},
    active=("bible",),
    temperature=0.7,
    pace=14.0,
    joint="linear",
)


def test_of_the_text_it_takes_what_it_knows(tmp_path: Path) -> None:
    path = tmp_path / "engine.json"
    newer = asdict(MEMORY) | {"mood": "grave", "moods": [1, 2]}
    path.write_text(json.dumps(newer), encoding="ascii")
    assert recall(path) == MEMORY


def test_an_archive_of_a_newer_form_is_put_aside_whole_and_a_new_one_begun(tmp_path: Path) -> None:
    path = tmp_path / "archive.sqlite"
    with closing(sqlite3.connect(path)) as newer, newer:
        newer.execute("CREATE TABLE letters (of TEXT)")
        newer.execute("INSERT INTO letters VALUES ('tomorrow')")
        newer.execute(f"PRAGMA user_version={FORM + 1}")
    archive = Archive(path, 1_000_000)
    archive.add(Typed(1.0, "a", "bible", {"bible": 1.0}, 0))
    assert archive.commit()
    archive.close()
    [aside] = [p for p in tmp_path.iterdir() if p.name.startswith("archive.sqlite.")]
    with closing(sqlite3.connect(aside)) as kept:
        assert kept.execute("SELECT * FROM letters").fetchall() == [("tomorrow",)]
    with closing(sqlite3.connect(path)) as begun:
        assert begun.execute("SELECT text FROM stretches").fetchall() == [("a",)]


def test_what_controls_have_learned_is_read_whatever_else_is_there(tmp_path: Path) -> None:
    path = keep.place("midi", tmp_path)
    keep.write(path, {"nanoKONTROL": {"fader/1": 0}, "of a newer form": [1, [2]]})
    assert keep.read(path)["nanoKONTROL"] == {"fader/1": 0}


def test_a_key_of_a_newer_release_is_named_and_the_piece_plays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = tmp_path / "site.toml"
    site.write_text("[typing]\npace = 20.0\nmood = 1\n", encoding="utf-8")
    monkeypatch.setenv(VARIABLE, str(site))
    loaded = read_or_last_good(None, tmp_path)
    assert "mood" in loaded.fault
    assert loaded.settings.typing.pace == 14.0

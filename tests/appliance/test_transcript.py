import json
from datetime import datetime
from pathlib import Path

import pytest

from appliance.__main__ import main
from appliance.engine.archive import Archive, PutIn, Typed
from appliance.engine.transcript import entries, opened

TEN = datetime(2026, 11, 22, 10).astimezone().timestamp()
MIX = {"linux": 0.5, "love_songs": 0.5}


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    path = tmp_path / "archive.sqlite"
    with Archive(path, 1 << 30) as made:
        made.add(PutIn(TEN, "static unsigned lo", new_page=True, place=0))
        for i, character in enumerate("ve\n"):
            made.add(Typed(TEN + i, character, "love_songs", MIX, place=18 + i))
        made.add(PutIn(TEN + 3600, "In the beginning", new_page=True, place=21))
        made.add(Typed(TEN + 3600, "!", "linux", MIX, place=37))
        made.add(PutIn(TEN + 3601, " and so", new_page=False, place=38))
    return path


def test_pages_begin_with_their_time(archive: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["transcript", "--archive", str(archive)]) == 0
    assert capsys.readouterr().out == (
        "\n\n--- 2026-11-22 10:00:00 ---\nstatic unsigned love\n"
        "\n\n--- 2026-11-22 11:00:00 ---\nIn the beginning! and so"
    )


def test_a_period_as_json(archive: Path, capsys: pytest.CaptureFixture[str]) -> None:
    period = ["--from", "2026-11-22 10:00:01", "--to", "2026-11-22 11:00"]
    assert main(["transcript", "--archive", str(archive), "--json", *period]) == 0
    found = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [entry["text"] for entry in found] == ["e", "\n"]
    assert found[0]["author"] == "love_songs"
    assert found[0]["mixture"] == MIX
    assert datetime.fromisoformat(found[0]["at"]).timestamp() == TEN + 1


@pytest.mark.parametrize("content", [None, b"never a database" * 99])
def test_no_archive_or_a_broken_one_is_one_sentence(
    tmp_path: Path, content: bytes | None, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "archive.sqlite"
    if content:
        path.write_bytes(content)
    assert main(["transcript", "--archive", str(path)]) == 1
    said = capsys.readouterr().err
    assert str(path) in said and said.count("\n") == 1


def test_a_time_that_is_none_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["transcript", "--from", "yesterday"])
    assert "write it like 2026-11-22" in capsys.readouterr().err


def test_a_style_that_begins_while_the_archive_is_read_has_its_name(archive: Path) -> None:
    def begin(query: str) -> None:  # told of each query before it reads
        if "FROM stretches" in query:
            with Archive(archive, 1 << 30) as piece:
                piece.add(Typed(TEN + 7200, "?", "bible", {"bible": 1.0}, place=45))

    with opened(archive) as database:
        database.set_trace_callback(begin)
        read = list(entries(database))
    assert [entry.author for entry in read if entry.text == "?"] == ["bible"]

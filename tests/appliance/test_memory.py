from pathlib import Path

import pytest

from appliance.engine.memory import Memory, keep, recall

MEMORY = Memory(
    text="static unsigned lo",
    authors="0" * 16 + "1 ",
    styles=("linux", "love_songs"),
    start=100,
    end=118,
    weights={"linux": 0.5, "love_songs": 0.5},
    active=("linux", "love_songs", "bible"),
    temperature=0.5,
    pace=12.0,
    joint="linear",
)


def test_what_is_kept_is_recalled(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "engine.json"
    keep(path, MEMORY)
    assert recall(path) == MEMORY
    assert [p.name for p in path.parent.iterdir()] == ["engine.json"]


def test_nothing_there_is_nothing_recalled(tmp_path: Path) -> None:
    assert recall(tmp_path / "engine.json") is None


@pytest.mark.parametrize("share", [0.0, 0.3, 0.9])
def test_a_torn_file_is_nothing_recalled(tmp_path: Path, share: float) -> None:
    path = tmp_path / "engine.json"
    keep(path, MEMORY)
    whole = path.read_bytes()
    path.write_bytes(whole[: int(share * len(whole))])
    assert recall(path) is None


@pytest.mark.parametrize(
    ("old", "new"),
    [('"end": 118', '"end": 101'), ('"start": 100', '"start": null'), ("lo", "lo\\u00e9")],
)
def test_a_file_that_contradicts_itself_is_nothing_recalled(
    tmp_path: Path, old: str, new: str
) -> None:
    path = tmp_path / "engine.json"
    keep(path, MEMORY)
    path.write_text(path.read_text().replace(old, new, 1))
    assert recall(path) is None

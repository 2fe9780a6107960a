import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

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
    instead_of={"pace": 14.0, "active": ["bible"]},
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


def test_nor_is_one_of_brackets_in_brackets(tmp_path: Path) -> None:
    path = tmp_path / "engine.json"
    path.write_text("[" * 100_000)
    assert recall(path) is None


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"end": 118', '"end": 101'),
        ('"end": 118', '"end": Infinity'),
        ('"start": 100', '"start": null'),
        ('"start": 100', '"start": -1'),
        ("lo", "lo\\u00e9"),
    ],
)
def test_a_file_that_contradicts_itself_is_nothing_recalled(
    tmp_path: Path, old: str, new: str
) -> None:
    path = tmp_path / "engine.json"
    keep(path, MEMORY)
    path.write_text(path.read_text().replace(old, new, 1))
    assert recall(path) is None


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("joint", "geometric"),  # of another release
        ("joint", None),
        ("temperature", 2.1),
        ("temperature", -0.1),
        ("temperature", float("nan")),
        ("temperature", None),
        ("pace", 101.0),
        ("pace", float("inf")),
        ("pace", 10**400),
        ("pace", "fast"),
        ("weights", {"linux": -1.0}),
        ("weights", {"linux": float("nan")}),
        ("weights", ["linux"]),
        ("active", 3),
        ("instead_of", "no table"),
    ],
)
def test_what_no_hand_could_have_set_is_not_taken_up_and_the_text_is(
    tmp_path: Path, name: str, kept: Any
) -> None:
    path = tmp_path / "engine.json"
    path.write_text(json.dumps(asdict(MEMORY) | {name: kept}), encoding="ascii")
    assert recall(path) == replace(MEMORY, **{name: getattr(Memory(), name)})


@pytest.mark.parametrize("name", ["joint", "temperature", "pace", "weights", "active"])
def test_of_another_release_s_file_what_is_there_is_taken_up(tmp_path: Path, name: str) -> None:
    path = tmp_path / "engine.json"
    entries = asdict(MEMORY)
    del entries[name], entries["instead_of"]
    path.write_text(json.dumps(entries), encoding="ascii")
    assert recall(path) == replace(MEMORY, instead_of={}, **{name: getattr(Memory(), name)})


@pytest.mark.parametrize(
    ("text", "authors", "left", "theirs"),
    [
        ("st\x00atic", "0120000", "static", "010000"),
        ("\x00\x00", "01", "", ""),
        ("a\r\n\tb\x1b\x7f", "0123456", "a\n\tb", "0234"),
    ],
)
def test_what_no_page_can_show_is_left_out_with_its_author(
    tmp_path: Path, text: str, authors: str, left: str, theirs: str
) -> None:
    path = tmp_path / "engine.json"
    keep(path, replace(MEMORY, text=text, authors=authors, end=150))
    # The place stays what it was: there the archive goes on.
    assert recall(path) == replace(MEMORY, text=left, authors=theirs, end=150)


def test_what_stood_on_a_setting_that_has_changed_is_dropped() -> None:
    assert MEMORY.under({"pace": 14.0, "active": ["bible"]}) == MEMORY
    assert MEMORY.under({"pace": 9.0, "active": ["bible"]}) == replace(MEMORY, pace=None)
    assert MEMORY.under({"pace": 14.0, "active": []}) == replace(MEMORY, active=())
    # What the file does not tell of, as that of an older release, is kept.
    assert MEMORY.under({"temperature": 0.9}) == MEMORY

import logging
from pathlib import Path

import pytest

from appliance.controls import keep

LEARNED = {"nanoKONTROL2": {"cc 0": "fader/1", "cc 64": "reset"}}


def test_what_was_learned_is_read_again(tmp_path: Path) -> None:
    path = keep.place("midi", tmp_path)
    assert keep.read(path) == {}
    keep.write(path, LEARNED)
    keep.write(path, LEARNED | {"other": {}})
    assert keep.read(path) == LEARNED | {"other": {}}
    assert [file.name for file in path.parent.iterdir()] == ["midi.json"], "nothing half written"


def test_each_control_keeps_a_file_of_its_own_in_the_folder_that_survives(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STATE_DIRECTORY", str(tmp_path))
    keep.write(keep.place("midi"), LEARNED)
    assert keep.read(keep.place("gpio")) == {}
    assert keep.read(tmp_path / "learned" / "midi.json") == LEARNED


@pytest.mark.parametrize(
    ("content", "words"),
    [(b"{", "cannot be read"), (b"\xff\xfe{}", "cannot be read"), (b"[1, 2]", "is no table"),
     (b"", "cannot be read")],
)  # fmt: skip
def test_a_damaged_file_is_named_once_and_passed_over(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, content: bytes, words: str
) -> None:
    path = tmp_path / "midi.json"
    path.write_bytes(content)
    with caplog.at_level(logging.WARNING, "appliance.controls"):
        assert keep.read(path) == {}
    [said] = caplog.messages
    assert said.startswith(str(path))
    assert words in said
    assert "learn once more" in said


def test_a_write_that_fails_leaves_what_was_there(tmp_path: Path) -> None:
    path = keep.place("midi", tmp_path)
    keep.write(path, LEARNED)
    with pytest.raises(TypeError):
        keep.write(path, {"a": object()})
    path.with_name("midi.json.partial").mkdir()  # so that the disk refuses
    with pytest.raises(OSError, match="partial"):
        keep.write(path, {})
    assert keep.read(path) == LEARNED

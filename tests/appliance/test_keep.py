import logging
import operator
import threading
from concurrent.futures import ThreadPoolExecutor
from functools import partial
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
     (b"", "cannot be read"), (b"[" * 200_000, "cannot be read")],
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


def test_two_who_keep_at_once_lose_nothing(tmp_path: Path) -> None:
    path = keep.place("midi", tmp_path)
    both = threading.Barrier(2)

    def learn(device: str) -> None:
        both.wait(60.0)
        for number in range(25):
            keep.change(path, partial(operator.or_, {f"{device} {number}": {}}))

    with ThreadPoolExecutor(2) as threads:
        for done in [threads.submit(learn, device) for device in ("stage", "command")]:
            done.result()
    assert len(keep.read(path)) == 50


@pytest.mark.parametrize("content", [b'{"Box": {"roles": {"1/cc0": "fader/1",}}}', b"[1]", b"\xff"])
def test_a_file_that_makes_no_sense_is_put_aside_and_not_written_over(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, content: bytes
) -> None:
    path = tmp_path / "midi.json"
    path.write_bytes(content)  # as a technician left it who wanted to mend a role
    keep.change(path, lambda now: now | LEARNED)
    assert keep.read(path) == LEARNED
    assert (tmp_path / "midi.json.damaged").read_bytes() == content
    assert "it is midi.json.damaged now" in caplog.text

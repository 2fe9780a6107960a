"""A file is written whole or not at all, and what goes wrong is told with its name."""

import errno
import os
import stat
from pathlib import Path

import pytest

from appliance.files import replace_file

FULL = Path("/dev/full")  # Linux's own disk without room
on_linux = pytest.mark.skipif(not FULL.exists(), reason="this system has no /dev/full")


def test_a_file_is_replaced_and_nothing_is_left_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "kept.json"
    for data in (b"old", b"new"):
        replace_file(path, data)
        assert path.read_bytes() == data
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_is_on_the_disk_before_it_has_its_name_and_so_is_then_the_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, order = tmp_path / "kept.json", []
    rename, settle = Path.replace, os.fsync

    def synced(number: int) -> None:
        order.append("folder" if stat.S_ISDIR(os.fstat(number).st_mode) else "file")
        settle(number)

    def renamed(self: Path, target: Path) -> Path:
        order.append("name")
        return rename(self, target)

    monkeypatch.setattr(os, "fsync", synced)
    monkeypatch.setattr(Path, "replace", renamed)
    replace_file(path, b"new")
    assert order == ["file", "name", "folder"]


def test_a_private_file_is_its_owners_alone(tmp_path: Path) -> None:
    path = tmp_path / "pose.json"
    replace_file(path, b"mine", private=True)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@on_linux
def test_a_full_disk_is_told_with_the_files_name_and_its_room_is_given_back(tmp_path: Path) -> None:
    path, partial = tmp_path / "kept.json", tmp_path / "kept.json.partial"
    path.write_bytes(b"old")
    partial.symlink_to(FULL)
    with pytest.raises(OSError, match="No space left") as refused:
        replace_file(path, b"new")
    assert (refused.value.errno, refused.value.filename) == (errno.ENOSPC, str(path))
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_disk_that_fails_when_it_settles_is_told_with_the_files_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failed(_: int) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(os, "fsync", failed)
    with pytest.raises(OSError, match="Input/output") as refused:
        replace_file(tmp_path / "kept.json", b"new")
    assert refused.value.filename == str(tmp_path / "kept.json")
    assert list(tmp_path.iterdir()) == []


def test_an_error_that_names_a_file_keeps_that_name(tmp_path: Path) -> None:
    path = tmp_path / "gone" / "kept.json"
    with pytest.raises(FileNotFoundError) as refused:
        replace_file(path, b"new")
    assert os.fspath(refused.value.filename) == f"{path}.partial"


def test_a_folder_in_the_way_is_told_and_stays(tmp_path: Path) -> None:
    path = tmp_path / "kept.json"
    (tmp_path / "kept.json.partial").mkdir()
    with pytest.raises(IsADirectoryError):
        replace_file(path, b"new")
    assert (tmp_path / "kept.json.partial").is_dir()

"""What is written to the disk in an hour: counted as the kernel does, archive and state apart."""

from pathlib import Path

import pytest

from appliance.bench.measure import Bench, BenchError, Effort, find
from appliance.bench.measures import wear
from appliance.settings import Loaded

IO = "rchar: 900\nwchar: 800\nsyscr: 7\nsyscw: 6\nread_bytes: 5\nwrite_bytes: {}\n"


def test_the_kernels_count_is_read(tmp_path: Path) -> None:
    (tmp_path / "7").mkdir()
    (tmp_path / "7" / "io").write_text(IO.format(40_960), encoding="ascii")
    assert wear.written(7, tmp_path) == 40_960
    for nothing in ("", "write_bytes 3\n", "write_bytes: many\n"):
        (tmp_path / "7" / "io").write_text(nothing, encoding="ascii")
        with pytest.raises(BenchError, match="does not count"):
            wear.written(7, tmp_path)
    with pytest.raises(BenchError, match="does not count"):
        wear.written(8, tmp_path)


def test_bytes_become_megabytes_an_hour() -> None:
    assert wear.an_hour(1_000_000, 3_000_000, 60.0) == pytest.approx(120.0)


def test_the_folder_of_the_state_is_where_it_is_measured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STATE_DIRECTORY", str(tmp_path))
    assert wear.place() == tmp_path
    monkeypatch.setenv("STATE_DIRECTORY", str(tmp_path / "nothing"))
    assert wear.place().is_dir()


def test_with_an_archive_and_without(
    tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STATE_DIRECTORY", str(tmp_path))
    site = tmp_path / "site.toml"
    site.write_text(f"[styles]\nmodels = '{tiny}'\n")
    bench = Bench.of(Loaded.read(site).settings, Effort(warm=4, characters=80))
    first, *more = find("wear").figures(bench)
    if first.median is None:
        assert "is no disk" in first.note
        pytest.skip(first.note)
    [bare] = more
    assert bare.median is not None
    assert first.median > 0.0 and bare.median > 0.0


def test_a_folder_in_memory_is_no_figure(
    tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wear, "written", lambda _: 4_096)
    site = tmp_path / "site.toml"
    site.write_text(f"[styles]\nmodels = '{tiny}'\n")
    bench = Bench.of(Loaded.read(site).settings, Effort(warm=1, characters=1))
    [missing] = find("wear").figures(bench)
    assert missing.median is None
    assert missing.note.startswith("not measured:") and "STATE_DIRECTORY" in missing.note

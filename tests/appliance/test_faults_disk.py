"""Faults of the disk: the piece goes on, the technician is told, and nothing that waited is lost.

Real engines; see docs/reliability.md for the list of all faults. A disk of one's own needs the
right to mount; without it a limit of the process' files stands for it.
"""

import itertools
import resource
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance import wire
from appliance.engine.transcript import opened
from appliance.stage.link import Link
from tests.conftest import wait_for
from tests.watched import WatchedEngine, engine, site

FIXTURES = (engine, site)
REFUSED = ("The archive cannot be written", "What survives a power cut cannot be written")


@pytest.fixture
def disk(tmp_path: Path, engine: WatchedEngine) -> Iterator[Path]:
    """Return a disk of 2 MB of the test's own, for the engine's state."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(folder)]
    try:
        subprocess.run(mount, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("to mount a disk takes the right to")
    engine.state = folder
    yield folder
    engine.stop()
    subprocess.run(["umount", str(folder)], check=True)


def sentence(link: Link) -> str:
    return link.view.status.sentence if link.view.status else ""


def goes_on_and_tells(engine: WatchedEngine, link: Link) -> None:
    """Wait until both refusals are told, and assert that the typing goes on meanwhile."""
    # The state is written only where it has changed, and it changes with every character.
    wait_for(link, lambda: all(refusal in sentence(link) for refusal in REFUSED))
    seen = link.view.characters
    wait_for(link, lambda: link.view.characters > seen + 50)
    page = engine.page()
    assert page["state"] == "typing" and not page["well"]
    assert any(REFUSED[0] in line["sentence"] for line in page["lines"] if not line["well"])


def is_well_again(engine: WatchedEngine, link: Link) -> None:
    """Wait until all is told to be well, hold, and assert that every character is kept."""
    wait_for(link, lambda: not any(refusal in sentence(link) for refusal in REFUSED))
    link.send(wire.Hold(1))
    wait_for(link, lambda: link.view.status and link.view.status.state == "held")
    status = link.view.status
    assert status is not None
    wait_for(link, lambda: len(engine.rows()) >= status.characters)
    rows = engine.rows()
    assert [number for number, _ in rows] == list(range(1, status.characters + 1))
    written = "".join(character for _, character in rows)
    assert link.view.page.text.endswith(written[-100:])
    # Both edges once, however long it lasted.
    assert len(engine.lines("archive.sqlite cannot be written")) == 1
    assert len(engine.lines("engine.json cannot be written")) == 1
    assert len(engine.lines("is written again")) == 1


def test_files_cannot_grow(engine: WatchedEngine, link: Link) -> None:
    engine.start("--seed", "1")
    wait_for(link, engine.rows)
    engine.limit(resource.RLIMIT_FSIZE, 1)
    goes_on_and_tells(engine, link)
    engine.limit(resource.RLIMIT_FSIZE)
    is_well_again(engine, link)


def test_the_disk_is_full(engine: WatchedEngine, link: Link, disk: Path) -> None:
    engine.start("--seed", "1")
    wait_for(link, engine.rows)
    ballast, more = disk / "ballast", disk / "more"
    link.send(wire.Prime("and so it was written " * 80))  # so that the state needs more room
    fill(ballast)
    wait_for(link, lambda: REFUSED[0] in sentence(link))
    fill(more)  # what the archive's log has given back, and the state may have taken
    link.send(wire.Prime("and so it was written " * 80))
    goes_on_and_tells(engine, link)
    ballast.unlink()
    more.unlink()
    is_well_again(engine, link)


def test_the_disk_is_full_when_it_starts(engine: WatchedEngine, link: Link, disk: Path) -> None:
    fill(disk / "ballast")
    engine.start("--seed", "1")
    goes_on_and_tells(engine, link)
    (disk / "ballast").unlink()
    is_well_again(engine, link)


def test_the_disk_is_read_only(engine: WatchedEngine, link: Link, disk: Path) -> None:
    subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
    engine.start("--seed", "1")
    goes_on_and_tells(engine, link)
    subprocess.run(["mount", "-o", "remount,rw", str(disk)], check=True)
    is_well_again(engine, link)


def test_there_is_no_place_for_the_state(engine: WatchedEngine, link: Link) -> None:
    engine.state = Path("/proc/nowhere")  # where nobody can make a folder, root neither
    engine.start("--seed", "1")
    goes_on_and_tells(engine, link)


def fill(ballast: Path) -> None:
    """Take all room that a disk has."""
    with ballast.open("wb", buffering=0) as file:
        for size in (1 << 16, 1 << 12, 1):
            more = itertools.repeat(bytes(size))
            with pytest.raises(OSError, match="No space left"):
                file.writelines(more)


# --- damaged files ----------------------------------------------------------------------------


@pytest.mark.parametrize("damage", ["head", "middle", "cut short"])
def test_the_archive_is_corrupted(engine: WatchedEngine, link: Link, damage: str) -> None:
    play_and_end(engine, link)
    path = engine.state / "archive.sqlite"
    data = bytearray(path.read_bytes())
    match damage:
        case "head":
            data[:100] = bytes(100)
        case "middle":
            data[1_024:] = b"\xff" * (len(data) - 1_024)
        case _:
            data = data[: len(data) // 2]
    path.write_bytes(data)
    run, end = link.view.page.run, link.view.page.end
    engine.start()
    wait_for(link, lambda: link.view.page.run != run and link.view.page.end > end)
    wait_for(link, lambda: list(engine.state.glob("archive.sqlite.damaged-*")))
    wait_for(link, lambda: len(engine.rows()) > 50)
    [aside] = engine.state.glob("archive.sqlite.damaged-*")
    assert aside.read_bytes() == data
    assert [number for number, _ in engine.rows()][:50] == list(range(1, 51))
    [line] = engine.lines("is damaged")
    assert aside.name in line


@pytest.mark.parametrize("damage", ["cut short", "zeros"])
def test_what_survives_is_corrupted(engine: WatchedEngine, link: Link, damage: str) -> None:
    play_and_end(engine, link)
    path = engine.state / "engine.json"
    whole = path.read_bytes()
    path.write_bytes(whole[:-10] if damage == "cut short" else bytes(len(whole)))
    run = link.view.page.run
    engine.start()
    wait_for(link, lambda: link.view.page.run != run and link.view.page.end > 30)
    assert link.view.page.text.startswith("In the beginning")
    assert "Traceback" not in engine.words


def play_and_end(engine: WatchedEngine, link: Link) -> None:
    """Type until archive and state are filled, and end the engine."""
    engine.start("--seed", "1")
    wait_for(link, lambda: len(engine.rows()) > 100)
    with opened(engine.state / "archive.sqlite") as archive:
        assert archive.execute("PRAGMA journal_mode").fetchall() == [("wal",)]
    assert engine.stop() == 0  # so that all is in the one file, and none in the log beside it
    assert (engine.state / "archive.sqlite").stat().st_size > 2_048

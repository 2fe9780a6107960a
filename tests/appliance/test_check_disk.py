from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from appliance.engine.archive import Archive as Writer
from appliance.engine.archive import Typed
from appliance.service.check_disk import check_disk
from appliance.service.checks import Check, Severity
from appliance.service.mounts import is_in_memory, mount_of
from appliance.service.tables import Archive

OK, NOTE, WARNING, _ = Severity
NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)
OFF, ON = Archive(on=False, megabytes=512), Archive(on=True, megabytes=512)
CARD = "36 1 179:2 / / rw,noatime shared:1 - ext4 /dev/root rw\n"
OVERLAY = (
    f"{CARD}37 36 0:31 / / rw - overlay overlay rw,lowerdir=/l,upperdir=/run/up,workdir=/w\n"
    "38 37 0:32 / /run rw - tmpfs tmpfs rw\n"
)
GB = 10**9


@pytest.fixture
def state(tmp_path: Path) -> Path:
    made = tmp_path / "state"
    made.mkdir()
    return made


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Return a system whose state lies on an SD card."""
    (tmp_path / "proc/self").mkdir(parents=True)
    (tmp_path / "proc/self/mountinfo").write_text(CARD)
    card = tmp_path / "sys/devices/mmcblk0"
    (card / "mmcblk0p2").mkdir(parents=True)
    (card / "device").mkdir()
    for name, said in {"type": "SD", "name": "SN64G", "date": "10/2025"}.items():
        (card / "device" / name).write_text(f"{said}\n")
    (tmp_path / "sys/dev/block").mkdir(parents=True)
    (tmp_path / "sys/dev/block/179:2").symlink_to(card / "mmcblk0p2")
    return tmp_path


def look(state: Path, root: Path, archive: Archive = OFF, *, free: int = 20 * GB) -> list[Check]:
    found = check_disk(state, archive, NOW, root, lambda _: (free, 32 * GB))
    return [check for check in found if check.sentence != "The archive is switched off."]


def test_a_good_card(state: Path, root: Path) -> None:
    room, wear = look(state, root)
    assert room == Check("disk", OK, f"20,000 MB of 32,000 MB are free where {state} lies.")
    said = "The card SN64G was made in 2025-10 and does not tell its wear."
    assert wear == Check("disk", OK, said)


def test_a_full_disk(state: Path, root: Path) -> None:
    room = look(state, root, free=600_000)[0]
    assert room.severity == WARNING and room.sentence.startswith("600 kB of 32,000 MB")
    assert "archive.megabytes" in room.remedy


def test_a_disk_that_does_not_answer(state: Path, root: Path) -> None:
    def broken(_: Path) -> tuple[int, int]:
        raise OSError(5, "Input/output error")

    found = check_disk(state, OFF, NOW, root, broken)[0]
    assert found.severity == WARNING and "Input/output error" in found.sentence


@pytest.mark.parametrize(
    ("mounts", "said"),
    [
        (CARD.replace("rw,noatime", "ro,noatime"), "mounted read-only"),
        (CARD.replace("/dev/root rw", "/dev/root ro"), "mounted read-only"),
        (OVERLAY, "lies in memory"),
        (f"{CARD}37 36 0:31 / / rw - tmpfs tmpfs rw\n", "lies in memory"),
    ],
)  # fmt: skip
def test_a_disk_that_keeps_nothing(state: Path, root: Path, mounts: str, said: str) -> None:
    (root / "proc/self/mountinfo").write_text(mounts)
    [found] = [check for check in look(state, root) if check.severity == WARNING]
    assert said in found.sentence


def test_the_mount_with_the_longest_name_counts(root: Path) -> None:
    text = f"{CARD}40 36 0:40 / /data rw - tmpfs tmpfs rw\n"
    text += "41 36 0:41 / /data/my\\040own rw - xfs x rw\n"
    (root / "proc/self/mountinfo").write_text(text)
    kinds = {}
    for folder in ("/etc", "/database", "/data/state", "/data/my own/state"):
        mount = mount_of(Path(folder), root)
        assert mount is not None
        kinds[folder] = mount.kind, is_in_memory(mount, root)
    assert kinds == {
        "/etc": ("ext4", False),
        "/database": ("ext4", False),
        "/data/state": ("tmpfs", True),
        "/data/my own/state": ("xfs", False),
    }
    (root / "proc/self/mountinfo").unlink()
    assert mount_of(Path("/etc"), root) is None


@pytest.mark.parametrize(
    ("told", "severity", "said"),
    [
        ({"date": "10/2021"}, NOTE, "made in 2021-10"),
        ({"life_time": "0x02 0x01"}, OK, "about 20 % of its life"),
        ({"life_time": "0x01 0x0a"}, WARNING, "about 100 %"),
        ({"life_time": "0x0b 0x01"}, WARNING, "more than 100 %"),
        ({"life_time": "0x03 0x03", "pre_eol_info": "0x02"}, WARNING, "about 30 %"),
        ({"life_time": "0x00 0x00"}, OK, "does not tell"),
        ({"life_time": "what?"}, OK, "does not tell"),
    ],
)
def test_what_a_card_says_of_its_wear(
    state: Path, root: Path, told: dict[str, str], severity: Severity, said: str
) -> None:
    for name, text in told.items():
        (root / "sys/devices/mmcblk0/device" / name).write_text(text)
    wear = look(state, root)[1]
    assert wear.severity == severity and said in wear.sentence


def test_other_disks_say_nothing(state: Path, root: Path) -> None:
    (root / "sys/devices/mmcblk0/device/type").unlink()
    assert len(look(state, root)) == 1


# --- the archive ----------------------------------------------------------------------------------


@pytest.fixture
def typed(state: Path) -> Callable[[float], None]:
    def over(days: float) -> None:
        with Writer(state / "archive.sqlite", GB) as archive:
            for place in range(2_000):
                at = NOW.timestamp() + 86_400.0 * days * place / 1_999
                archive.add(Typed(at, "a", "linux", {"linux": 1.0}, place))

    return over


def test_how_long_the_archive_lasts(
    state: Path, root: Path, typed: Callable[[float], None]
) -> None:
    assert "nothing was typed yet" in look(state, root, ON)[-1].sentence
    typed(10.0)
    has = (state / "archive.sqlite").stat().st_size
    found = look(state, root, ON)[-1]
    assert found.severity == OK
    assert f"its bound of 512 MB lasts for about {10 * 512e6 / has:,.0f} days" in found.sentence


def test_of_a_young_archive_nothing_is_foretold(
    state: Path, root: Path, typed: Callable[[float], None]
) -> None:
    typed(0.5)
    assert look(state, root, ON)[-1].sentence.endswith("512 MB are its bound.")


def test_an_archive_that_may_grow_beyond_the_disk(
    state: Path, root: Path, typed: Callable[[float], None]
) -> None:
    typed(1.5)
    found = look(state, root, ON, free=100_000_000)[-1]
    assert found.severity == WARNING and found.remedy == "Lower archive.megabytes."


def test_archives_that_were_put_aside(
    state: Path, root: Path, typed: Callable[[float], None]
) -> None:
    typed(1.5)
    (state / "archive.sqlite.damaged-1795379091").write_bytes(bytes(3_000_000))
    found = look(state, root, ON)[-1]
    assert found.severity == NOTE
    assert "3 MB altogether: archive.sqlite.damaged-1795379091" in found.sentence


def test_a_damaged_archive(state: Path, root: Path) -> None:
    (state / "archive.sqlite").write_bytes(b"never a database" * 99)
    found = look(state, root, ON)[-1]
    assert found.severity == WARNING and "not a database" in found.sentence

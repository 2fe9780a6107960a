from collections.abc import Callable
from pathlib import Path

import pytest

from appliance.service.check_rights import READ, WRITE, Owner, Who, check_rights, may, owner_of
from appliance.service.checks import Check, Severity

OK, _, WARNING, _ = Severity
PIECE = Who("unsigned-love", 990, frozenset({990, 44, 995}))  # video, input
GROUPS = {44: "video", 995: "input", 989: "spi", 0: "root"}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for device in ("dri/card1", "input/event0", "input/event1", "spidev0.0", "spidev0.1"):
        path = tmp_path / "dev" / device
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return tmp_path


def owners(**other: Owner) -> Callable[[Path], Owner]:
    usual = {"card1": Owner(0, 44, 0o660), "event0": Owner(0, 995, 0o660),
             "event1": Owner(0, 995, 0o660), "spidev0.0": Owner(0, 989, 0o660),
             "spidev0.1": Owner(0, 989, 0o660)}  # fmt: skip
    known = usual | other
    return lambda path: known[path.name]


def test_all_that_is_needed_may_be_opened(root: Path) -> None:
    found = check_rights(PIECE, ["midi"], [], GROUPS.__getitem__, root, owners())
    assert found == [Check("rights", OK, "unsigned-love may open and write what it needs.")]


def test_a_control_that_is_on_and_its_device_that_is_shut(root: Path) -> None:
    [found] = check_rights(PIECE, ["gpio"], [], GROUPS.__getitem__, root, owners())
    assert found.severity == WARNING
    first = root / "dev/spidev0.0"
    assert found.sentence == f"unsigned-love may not open {first} and 1 more: no faders."
    assert found.remedy == "sudo usermod -aG spi unsigned-love, then restart."


@pytest.mark.parametrize("owned", [Owner(0, 0, 0o600), Owner(0, 995, 0o600)])
def test_a_device_that_nobody_may_open_is_udevs_fault(root: Path, owned: Owner) -> None:
    [found] = check_rights(PIECE, [], [], GROUPS.__getitem__, root, owners(event1=owned))
    assert "no fingers and keys" in found.sentence and "udev" in found.remedy


def test_a_place_that_cannot_be_written(root: Path, tmp_path: Path) -> None:
    state, archive = tmp_path / "state", tmp_path / "state/archive.sqlite"
    state.mkdir()
    archive.touch()
    kept = owners(state=Owner(990, 990, 0o700), **{"archive.sqlite": Owner(0, 0, 0o644)})
    [found] = check_rights(PIECE, [], [state, archive], GROUPS.__getitem__, root, kept)
    assert found.sentence == f"unsigned-love may not write {archive}: nothing there survives."
    assert found.remedy == f"sudo chown -R unsigned-love: {archive}"


def test_a_place_that_is_not_there_or_cannot_be_seen(root: Path, tmp_path: Path) -> None:
    def owner(path: Path) -> Owner:
        if path.name == "state":
            raise PermissionError(13, "Permission denied")
        return owner_of(path) if path.name == "not yet" else owners()(path)

    places = [tmp_path / "state", tmp_path / "not yet"]
    [found] = check_rights(PIECE, [], places, GROUPS.__getitem__, root, owner)
    assert "Permission denied" in found.sentence and "sudo" in found.remedy


@pytest.mark.parametrize(
    ("owned", "allowed"),
    [
        (Owner(990, 0, 0o600), True),
        (Owner(990, 44, 0o060), False),  # its owner's bits count alone
        (Owner(0, 44, 0o660), True),
        (Owner(0, 44, 0o640), False),
        (Owner(0, 989, 0o666), True),
        (Owner(0, 989, 0o664), False),
    ],
)
def test_who_may_read_and_write(owned: Owner, allowed: bool) -> None:
    assert may(PIECE, READ | WRITE, owned) is allowed
    assert may(Who("root", 0, frozenset({0})), READ | WRITE, owned)

"""The image's doors: shut, unless a file on the boot partition asks, written on any computer."""

import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from deploy.image.tree import BOOT, FILES, INSIDE
from tests.conftest import ROOT

PROGRAMS = FILES / "usr/lib/static-unsigned-love-image"
LOGIN = "run/unsigned-love-doors/authorized_keys"
UPDATES = "etc/static-unsigned-love/update-keys"
NETWORKS = (
    "systemd-networkd.service",
    "systemd-networkd.socket",  # which would start the service again and again, in vain
    "systemd-resolved.service",
    "systemd-timesyncd.service",
)
CABLE = "[Match]\nName=en* eth*\n\n[Network]\nDHCP=yes\n"
WAYS: dict[str, Callable[[str], bytes]] = {
    "as here": lambda text: text.encode(),
    "with the lines of Windows": lambda text: text.replace("\n", "\r\n").encode(),
    "without a last end of line": lambda text: text.rstrip("\n").encode(),
    "with a mark before it": lambda text: text.encode("utf-8-sig"),
    "by PowerShell": lambda text: b"\xff\xfe" + text.replace("\n", "\r\n").encode("utf-16-le"),
    "in two bytes, the other way": lambda text: b"\xfe\xff" + text.encode("utf-16-be"),
}
EMPTY = {
    "empty": b"",
    "a line's end": b"\r\n",
    "a mark": b"\xef\xbb\xbf",
    "two": b"\xff\xfe\r\0\n\0",
}
pytestmark = pytest.mark.skipif(shutil.which("ssh-keygen") is None, reason="needs ssh-keygen")
written = pytest.mark.parametrize("way", WAYS)
ending = pytest.mark.parametrize("ending", ["", ".txt"])
empty = pytest.mark.parametrize("bits", EMPTY.values(), ids=EMPTY)


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    """Return a system's folder, with an empty boot partition."""
    root = tmp_path / "machine"
    for name in ("boot/firmware/network", "run", "etc/static-unsigned-love"):
        (root / name).mkdir(parents=True)
    return root


@pytest.fixture
def key(tmp_path: Path) -> str:
    """Return the line of a new public key."""
    return new_key(tmp_path / "key").with_suffix(".pub").read_text(encoding="utf-8")


def new_key(path: Path) -> Path:
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(path)], check=True)
    return path


def start(machine: Path) -> str:
    """Do what a start does; return what it says."""
    done = subprocess.run(
        [PROGRAMS / "doors", machine], capture_output=True, text=True, check=True, umask=0
    )
    assert done.stdout == ""
    return done.stderr


def put(machine: Path, name: str, bits: bytes) -> None:
    (machine / "boot/firmware" / name).write_bytes(bits)


def is_open(machine: Path, unit: str) -> bool:
    """Tell whether systemd would start a unit, by the condition that the image adds to it."""
    text = (FILES / f"etc/systemd/system/{unit}.d/asked.conf").read_text(encoding="utf-8")
    [asked] = re.findall(r"^ConditionPathExists(?:Glob)?=/(.*)$", text, re.MULTILINE)
    return any(machine.glob(asked))


def opened(machine: Path) -> list[str]:
    found = [unit for unit in ("ssh.service", *NETWORKS) if is_open(machine, unit)]
    return [*found, *(["updates"] if (machine / UPDATES).exists() else [])]


def lines(file: Path) -> list[str]:
    return [line for line in file.read_text(encoding="utf-8").splitlines() if line]


@written
@ending
def test_a_technicians_key_opens_ssh(machine: Path, key: str, way: str, ending: str) -> None:
    put(machine, f"authorized_keys{ending}", WAYS[way](f"# ours\n{key}"))
    assert start(machine) == "" and opened(machine) == ["ssh.service"]
    assert lines(machine / LOGIN) == ["# ours", key.strip()]
    settings = (FILES / "etc/ssh/sshd_config.d/technician.conf").read_text(encoding="utf-8")
    assert f"\nAuthorizedKeysFile /{LOGIN}\n" in settings
    # And nothing else does: no password, no root, no console.
    for line in ("PasswordAuthentication no", "KbdInteractiveAuthentication no"):
        assert f"\n{line}\n" in settings
    assert "\nAllowUsers technician\n" in settings and "\nPermitRootLogin no\n" in settings
    assert re.search(r"^systemctl mask .*getty@\.service", INSIDE, re.MULTILINE)


def test_sshd_may_trust_the_keys_to_be_roots(machine: Path, key: str) -> None:
    put(machine, "authorized_keys", key.encode())
    start(machine)  # with a umask that allows everything: sshd_config(5), StrictModes
    for path in (machine / LOGIN, (machine / LOGIN).parent):
        assert path.stat().st_mode & 0o022 == 0
        assert path.stat().st_mode & 0o044 == 0o044  # sshd looks as the technician


def test_the_keys_of_two_technicians_under_either_name(machine: Path, key: str) -> None:
    other = key.replace("ssh-ed25519", 'command="date" ssh-ed25519')
    put(machine, "authorized_keys", key.strip().encode())
    put(machine, "authorized_keys.txt", other.encode("utf-16"))
    assert start(machine) == ""
    assert lines(machine / LOGIN) == [key.strip(), other.strip()]


@written
@ending
def test_a_file_of_a_network_opens_it(machine: Path, way: str, ending: str) -> None:
    put(machine, f"network/cable.network{ending}", WAYS[way](CABLE))
    assert start(machine) == "" and opened(machine) == [*NETWORKS]
    [file] = (machine / "run/systemd/network").iterdir()
    assert file.name == "cable.network"
    assert lines(file) == ["[Match]", "Name=en* eth*", "[Network]", "DHCP=yes"]


def test_a_network_in_capitals_and_one_that_has_to_be_made_first(machine: Path) -> None:
    put(machine, "network/Cable.NETWORK.TXT", CABLE.encode())
    put(machine, "network/works.netdev", b"[NetDev]\nName=works\nKind=vlan\n")
    assert start(machine) == ""
    found = sorted(path.name for path in (machine / "run/systemd/network").iterdir())
    assert found == ["cable.network", "works.netdev"]


def test_what_macs_and_readers_leave_there_opens_no_network(machine: Path) -> None:
    for name in ("README.txt", "._cable.network", "cable.network.bak", ".network"):
        put(machine, f"network/{name}", CABLE.encode())
    assert start(machine) == "" and opened(machine) == []


@written
@ending
def test_makers_keys_let_their_updates_in(machine: Path, key: str, way: str, ending: str) -> None:
    put(machine, f"update-keys{ending}", WAYS[way](key))
    assert start(machine) == "" and opened(machine) == ["updates"]
    signers = 'maker namespaces="static-unsigned-love-update" '
    assert lines(machine / UPDATES) == [f"{signers}{key.strip()}"]


def test_a_network_knows_the_machine_again_whatever_a_sites_own_file_says() -> None:
    said = (FILES / "etc/systemd/networkd.conf.d/same-machine.conf").read_text(encoding="utf-8")
    for protocol in ("DHCPv4", "DHCPv6"):
        assert f"[{protocol}]\nDUIDType=link-layer\n" in said  # and not by the id of this start


def test_what_is_not_there_stays_shut(machine: Path) -> None:
    assert start(machine) == "" and opened(machine) == []
    shutil.rmtree(machine / "boot/firmware")  # one that cannot be mounted
    assert start(machine) == "" and opened(machine) == []


def test_as_the_card_is_flashed_every_door_is_shut(machine: Path) -> None:
    shutil.copytree(BOOT, machine / "boot/firmware", dirs_exist_ok=True)
    assert start(machine) == "" and opened(machine) == []


@empty
def test_an_empty_file_opens_nothing(machine: Path, bits: bytes) -> None:
    for name in ("authorized_keys", "update-keys.txt", "network/cable.network"):
        put(machine, name, bits)
    said = start(machine)
    assert opened(machine) == []
    assert said == "network/cable.network on the boot partition is empty: it opens no network\n"


def test_a_file_without_a_key_opens_nothing_and_says_so(machine: Path, tmp_path: Path) -> None:
    secret = new_key(tmp_path / "key").read_bytes()
    for name in ("authorized_keys", "update-keys"):
        put(machine, name, secret)  # the wrong one of the two
    said = start(machine).splitlines()
    assert not is_open(machine, "ssh.service")
    assert (machine / UPDATES).read_bytes() == b""
    assert said == [
        "authorized_keys on the boot partition has no public SSH key: nobody can log in",
        "update-keys on the boot partition has no maker's key: no update is taken",
    ]


# --- the machine's own key --------------------------------------------------------------------


def host_key(path: Path) -> str:
    """Let the machine see to its own key; return what it says."""
    command = [PROGRAMS / "host-key", path]
    return subprocess.run(command, capture_output=True, text=True, check=True).stderr


def is_whole(path: Path) -> bool:
    said = subprocess.run(
        ["ssh-keygen", "-y", "-P", "", "-f", str(path)], capture_output=True, text=True, check=True
    )
    public = path.with_suffix(".pub").read_text(encoding="utf-8")
    return said.stdout.split()[:2] == public.split()[:2]


def test_a_machine_without_a_key_makes_one_and_keeps_it(tmp_path: Path) -> None:
    path = tmp_path / "key"
    assert host_key(path) == "" and is_whole(path)
    before = path.read_bytes()
    path.chmod(0o644)  # which ssh-keygen would not read
    assert host_key(path) == "" and path.read_bytes() == before
    assert path.stat().st_mode & 0o777 == 0o600
    assert {file.name for file in tmp_path.iterdir()} == {"key", "key.pub"}


@pytest.mark.parametrize("left", [0, 1, 200, 380])
def test_a_key_that_a_cut_has_torn_is_made_anew(tmp_path: Path, left: int) -> None:
    path = new_key(tmp_path / "key")
    whole = path.read_bytes()
    path.write_bytes(whole[:left])
    path.with_suffix(".pub").write_bytes(b"")
    new_key(tmp_path / "key.new").write_bytes(b"")  # where the cut came as it was made anew
    assert "is made anew" in host_key(path)
    assert is_whole(path) and path.read_bytes() != whole
    assert {file.name for file in tmp_path.iterdir()} == {"key", "key.pub"}


def test_a_key_of_noughts_is_made_anew(tmp_path: Path) -> None:
    path = tmp_path / "key"
    path.write_bytes(bytes(399))  # a cut may leave a length, and nothing of what was written
    assert "is made anew" in host_key(path) and is_whole(path)


# --- in which order ---------------------------------------------------------------------------

# What Debian 13's own units say of their order; a later one that says more would be found by
# `make vm`.
STOCK = {
    "systemd-networkd.service": "After=network-pre.target systemd-sysctl.service\n"
    "After=systemd-networkd.socket\nWants=network.target systemd-networkd.socket\n"
    "Before=network.target multi-user.target shutdown.target",
    "systemd-networkd.socket": "Before=sockets.target shutdown.target",
    "systemd-resolved.service": "After=systemd-sysctl.service\n"
    "Before=sysinit.target network.target shutdown.target",
    "systemd-timesyncd.service": "Before=time-set.target sysinit.target shutdown.target\n"
    "Wants=time-set.target",
    "ssh.service": "DefaultDependencies=yes\nAfter=network.target",
    "systemd-remount-fs.service": "Before=local-fs-pre.target local-fs.target shutdown.target\n"
    "Wants=local-fs-pre.target",
    "systemd-sysctl.service": "Before=sysinit.target shutdown.target",
    "systemd-growfs@.service": "After=%i.mount\nBefore=shutdown.target",
    "systemd-fsck@.service": "After=local-fs-pre.target\nBefore=shutdown.target",
    "boot-firmware.mount": "DefaultDependencies=yes",
}
WANTED = {
    "sysinit": "local-fs.target systemd-remount-fs.service systemd-sysctl.service "
    "systemd-resolved.service systemd-timesyncd.service "
    "unsigned-love-data.service unsigned-love-doors.service",
    "multi-user": "basic.target systemd-networkd.service ssh.service static-unsigned-love.target",
    "basic": "sysinit.target sockets.target",
    "sockets": "sysinit.target systemd-networkd.socket",
    "local-fs": "boot-firmware.mount",
}


def complaints(machine: Path) -> list[str]:
    """Return what systemd says of a start with the image's units between Debian's."""
    units = machine / "etc/systemd/system"
    for folder in ("etc/systemd/system", "usr/lib"):
        shutil.copytree(FILES / folder, machine / folder, dirs_exist_ok=True, symlinks=True)
    shutil.copytree(ROOT / "deploy/systemd", units, dirs_exist_ok=True)
    for program in ("usr/bin/appliance", "usr/bin/systemctl", "usr/sbin/sshd", "usr/bin/true"):
        (machine / program).parent.mkdir(parents=True, exist_ok=True)
        (machine / program).touch(0o755)
    for name, order in STOCK.items():
        does = "[Service]\nExecStart=/usr/bin/true"
        if name.endswith(".socket"):
            does = "[Socket]\nListenNetlink=route 1361"
        elif name.endswith(".mount"):
            does = "[Mount]\nWhat=/dev/disk/by-label/UNSIGNED\nWhere=/boot/firmware"
        text = f"[Unit]\nDefaultDependencies=no\n{order}\n{does}\n"
        (units / name).write_text(text, encoding="utf-8")
    names = re.findall(r"[\w-]+\.target", " ".join(STOCK.values()))
    for name in {*(name.removesuffix(".target") for name in names), *WANTED, "timers", "umount"}:
        wanted = WANTED.get(name, "")
        text = f"[Unit]\nDefaultDependencies=no\nWants={wanted}\nAfter={wanted}\n"
        (units / f"{name}.target").write_text(text, encoding="utf-8")
    done = subprocess.run(
        ["systemd-analyze", "verify", f"--root={machine}", "multi-user.target"],
        capture_output=True,
        text=True,
        check=False,
    )
    # systemd before 254 ignores the one word that it does not need, see the units.
    return [line for line in done.stderr.splitlines() if "'RestartMode'" not in line]


analyze = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None,
    reason="systemd-analyze is missing: apt install systemd",
)


@analyze
def test_doors_are_opened_before_whoever_goes_through_and_after_nobody_who_waits(
    machine: Path,
) -> None:
    assert complaints(machine) == []
    for unit in ("ssh.service", *NETWORKS):
        asked = FILES / f"etc/systemd/system/{unit}.d/asked.conf"
        said = asked.read_text(encoding="utf-8")
        assert re.search(r"^After=.*unsigned-love-doors\.service", said, re.MULTILINE)
        assert re.search(r"^Wants=.*unsigned-love-doors\.service", said, re.MULTILINE)


@analyze
def test_an_order_that_bites_its_tail_is_found(machine: Path) -> None:
    late = machine / "etc/systemd/system/unsigned-love-doors.service.d/late.conf"
    late.parent.mkdir(parents=True)
    late.write_text("[Unit]\nAfter=basic.target\n", encoding="utf-8")
    assert any("ordering cycle" in said for said in complaints(machine))

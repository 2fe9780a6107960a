"""The image: its lists, its partitions, and a small one that is really put together."""

import configparser
import json
import os
import re
import shutil
import subprocess
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest

from appliance.service.boot import EDIDS, QUIET
from appliance.update import signature
from appliance.update.refused import Refused
from deploy.deb.target import BuildError
from deploy.image import __main__ as image
from deploy.image import disk
from deploy.image.disk import MIB, build_disk, laid_out, table
from deploy.image.tree import BOOT, FILES, HERE, packages
from deploy.vm.door import NETWORK

ESP = "C12A7328-F81F-11D2-BA4B-00A0C93EC93B"  # an EFI system partition, of the UEFI specification
needs_tools = pytest.mark.skipif(
    not all(shutil.which(tool) for tool in (*disk.TOOLS, "debugfs")),
    reason="needs e2fsprogs, dosfstools, mtools and fdisk",
)


def units() -> list[Path]:
    return sorted((FILES / "usr/lib/systemd/system").glob("*.service"))


def test_a_list_of_packages_is_read_for_one_processor() -> None:
    listed = "# why\nsystemd\nlinux-image-amd64 : amd64  # the kernel\nraspi-firmware : arm64\n\n"
    assert packages(listed, "amd64") == ["systemd", "linux-image-amd64"]
    assert packages(listed, "arm64") == ["systemd", "raspi-firmware"]


def test_a_line_with_two_packages_is_refused() -> None:
    with pytest.raises(BuildError, match="names no one package: 'udev dbus'"):
        packages("systemd\nudev dbus\n", "amd64")


def test_the_shipped_list_names_no_package_twice() -> None:
    wanted = packages((HERE / "packages.list").read_text(encoding="utf-8"), "amd64")
    assert len(wanted) == len(set(wanted))
    assert {"overlayroot", "linux-image-amd64", "systemd-repart"} <= set(wanted)


def test_partitions_follow_each_other_at_whole_mebibytes() -> None:
    parts = laid_out({"boot": 3 * MIB, "root": 5 * MIB + 1, "data": MIB})
    assert [part.start for part in parts] == [MIB, 4 * MIB, 10 * MIB]
    assert [part.size for part in parts] == [3 * MIB, 6 * MIB, MIB]
    assert (
        'start=20480, size=2048, type=0FC63DAF-8483-4772-8E79-3D69D8477DE4, name="data"'
        in table(parts)
    )


@pytest.mark.skipif(
    not all(shutil.which(tool) for tool in ("systemd-repart", "sfdisk")),
    reason="needs systemd-repart and fdisk",
)
@pytest.mark.parametrize("kind", [disk.BASIC_DATA, ESP])
def test_the_data_grows_to_the_cards_end_and_nothing_else_changes(
    tmp_path: Path, kind: str
) -> None:
    card = tmp_path / "card"
    card.touch()
    os.truncate(card, 64 * MIB)
    parts = laid_out({"boot": 16 * MIB, "root": 16 * MIB, "data": 16 * MIB})
    parts[0] = replace(parts[0], kind=kind)  # some boards may insist on the other
    disk.run("sfdisk", "--quiet", card, told=table(parts))
    os.truncate(card, 128 * MIB)
    grow = FILES / "usr/lib/static-unsigned-love-image/repart.d"
    disk.run("systemd-repart", "--dry-run=no", f"--definitions={grow}", card)
    found = json.loads(disk.run("sfdisk", "--json", card))["partitiontable"]["partitions"]
    boot, root, data = ((p["start"] * 512, p["size"] * 512, p["type"]) for p in found)
    assert boot == (parts[0].start, parts[0].size, kind)
    assert root == (parts[1].start, parts[1].size, disk.ROOT)
    assert data[0] == parts[2].start and data[0] + data[1] > 127 * MIB


def test_the_kernels_line_has_an_overlay_and_shows_nothing() -> None:
    words = image.cmdline().split()
    assert "overlayroot=tmpfs:recurse=0" in words  # else the data partition would forget too
    assert {"ro", *QUIET} <= set(words)  # as `appliance boot` would have it
    assert "gpt" in words  # a table torn while it was written has a second one, which is then used


def test_an_output_on_which_nobody_answers_can_be_described(tmp_path: Path) -> None:
    image.describe_outputs(tmp_path)
    found = {path.name: path.read_bytes() for path in (tmp_path / EDIDS).iterdir()}
    assert "1920x1080-60.bin" in found
    assert all(data.startswith(b"\x00\xff\xff\xff\xff\xff\xff\x00") for data in found.values())


def test_the_picture_of_the_start_finds_a_root_on_any_usual_medium() -> None:
    early = FILES / "usr/share/initramfs-tools"
    assert "MODULES=list\n" in (early / "conf.d/static-unsigned-love").read_text(encoding="utf-8")
    hook = early / "hooks/static-unsigned-love"
    assert os.access(hook, os.X_OK)
    asked = subprocess.run([hook, "prereqs"], capture_output=True, text=True, check=True)
    assert asked.stdout == "udev\n"  # whose list of names it takes away again
    wanted = hook.read_text(encoding="utf-8").split()
    assert {"block", "ata", "mmc", "usb_storage", "ext4", "overlay", "sd_mod"} <= set(wanted)


def read(unit: Path) -> configparser.ConfigParser:
    parser = configparser.ConfigParser(strict=False, interpolation=None)
    parser.optionxform = str  # type: ignore[assignment,method-assign]  # keys keep their capitals
    parser.read(unit)
    return parser


def test_nothing_is_mounted_writable_but_the_data() -> None:
    lines = (FILES / "etc/fstab").read_text(encoding="utf-8").splitlines()
    rows = [line.split() for line in lines if line and not line.startswith("#")]
    options = {row[1]: set(row[3].split(",")) for row in rows}
    assert options.keys() == {"/", "/boot/firmware"}
    # It speaks of the overlay, which is in memory; the kernel's line says ro of what is below.
    assert "ro" not in options["/"] and "ro" in image.cmdline().split()
    remount = FILES / "etc/systemd/system/systemd-remount-fs.service.d/overlay.conf"
    assert "LIBMOUNT_FORCE_MOUNT2=always" in remount.read_text(encoding="utf-8")
    assert {"ro", "nofail", "nodev", "nosuid", "noexec"} <= options["/boot/firmware"]
    data = set(read(FILES / "usr/lib/systemd/system/data.mount")["Mount"]["Options"].split(","))
    assert {"noatime", "nodev", "nosuid", "errors=remount-ro"} <= data
    assert not data & {"nobarrier", "barrier=0", "data=writeback", "noexec"}  # updates are run


def test_without_a_data_partition_it_goes_on() -> None:
    unit = read(FILES / "usr/lib/systemd/system/unsigned-love-data.service")["Unit"]
    assert "data.mount" in unit["Wants"] and "Requires" not in unit


@pytest.mark.parametrize("unit", units(), ids=lambda unit: unit.name)
def test_units_start_what_is_there(unit: Path) -> None:
    program = FILES / read(unit)["Service"]["ExecStart"].lstrip("/")
    assert os.access(program, os.X_OK)
    assert subprocess.run(["sh", "-n", str(program)], check=False).returncode == 0


def trusted(keys: str) -> str:
    program = FILES / "usr/lib/static-unsigned-love-image/trusted"
    said = subprocess.run([program], input=keys, capture_output=True, text=True, check=True)
    return said.stdout


@pytest.mark.skipif(shutil.which("ssh-keygen") is None, reason="needs ssh-keygen")
def test_a_makers_key_on_the_boot_partition_is_trusted_and_no_other(tmp_path: Path) -> None:
    for name in ("maker", "stranger"):
        command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(tmp_path / name)]
        subprocess.run(command, check=True)
    public = (tmp_path / "maker.pub").read_text(encoding="utf-8")
    keys = tmp_path / "update-keys"
    # Written on some other system, with a word of explanation.
    keys.write_text(trusted(f"keys of our makers:\r\n{public.strip()}\r\n"), encoding="utf-8")
    signature.check(signature.sign(b"manifest", tmp_path / "maker"), b"manifest", keys, "it")
    with pytest.raises(Refused, match="a key that is not trusted here"):
        signature.check(signature.sign(b"manifest", tmp_path / "stranger"), b"manifest", keys, "it")
    assert trusted("") == trusted("nothing of the kind\n") == ""


@pytest.mark.skipif(not Path("/usr/share/zoneinfo/Europe/Berlin").exists(), reason="needs tzdata")
@pytest.mark.parametrize(
    ("written", "said"),
    [
        (b"Europe/Berlin", ""),
        (b"\xef\xbb\xbfEurope/Berlin\r\n", ""),
        (b"Berlin\n", "names Berlin, which is no time zone"),
    ],
)
def test_a_time_zone_is_taken_from_any_computer(tmp_path: Path, written: bytes, said: str) -> None:
    script = (FILES / "usr/lib/static-unsigned-love-image/data").read_text(encoding="utf-8")
    begin = script.index("# The time zone")
    part = script[begin:]
    (tmp_path / "etc").mkdir()
    (tmp_path / "timezone.txt").write_bytes(written)
    part = part.replace("/boot/firmware", str(tmp_path)).replace("/etc", f"{tmp_path}/etc")
    done = subprocess.run(["sh", "-eu", "-c", part], capture_output=True, text=True, check=True)
    assert said in done.stderr and bool(said) == bool(done.stderr)
    zone = tmp_path / "etc/localtime"
    assert said or zone.readlink() == Path("/usr/share/zoneinfo/Europe/Berlin")


def test_the_networks_in_the_readme_are_ones_that_networkd_reads() -> None:
    text = (BOOT / "network/README.txt").read_text(encoding="utf-8")
    assert re.findall(r"^\[(\w+)\]$", text, re.MULTILINE) == [
        "Match", "Network", "DHCPv4",
        "Match", "Network",
    ]  # fmt: skip


def test_a_network_knows_the_machine_again_though_its_id_is_new_at_each_start() -> None:
    for text in ((BOOT / "network/README.txt").read_text(encoding="utf-8"), NETWORK):
        assert text.count("DHCP=yes") == text.count("[DHCPv4]\nClientIdentifier=mac\n") == 1


def test_without_a_package_it_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(BuildError, match="make deb ARGS='--suite trixie --arch amd64'"):
        image.newest(tmp_path)


def test_the_newest_package_is_taken(tmp_path: Path) -> None:
    for age, version in enumerate(("0.2.0", "0.10.0", "0.9.0")):
        path = tmp_path / f"static-unsigned-love_{version}+deb13_amd64.deb"
        path.touch()
        os.utime(path, (age, age))
    assert "0.9.0" in image.newest(tmp_path).name


def made_root(folder: Path) -> Path:
    root = folder / "root"
    for name in ("boot/vmlinuz-6", "boot/initrd.img-6", "etc/hello"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(name, encoding="utf-8")
    loader = root / "usr/lib/systemd/boot/efi/systemd-bootx64.efi"
    loader.parent.mkdir(parents=True)
    loader.write_bytes(b"MZ")
    return root


def test_the_boot_partition_has_settings_papers_and_a_kernel(tmp_path: Path) -> None:
    root, boot = made_root(tmp_path), tmp_path / "boot"
    image.starting(root, boot)
    tomllib.loads((boot / "settings.toml").read_text(encoding="utf-8"))
    for name in ("README.txt", "network/README.txt", "vmlinuz", "EFI/BOOT/BOOTX64.EFI"):
        assert (boot / name).exists()
    entry = (boot / "loader/entries/piece.conf").read_text(encoding="utf-8")
    assert f"options {image.cmdline()}\n" in entry
    assert not (root / "boot/vmlinuz-6").exists()


def test_a_root_with_two_kernels_is_refused(tmp_path: Path) -> None:
    root = made_root(tmp_path)
    (root / "boot/vmlinuz-7").touch()
    with pytest.raises(BuildError, match="has 2 kernels"):
        image.starting(root, tmp_path / "boot")


@needs_tools
def test_a_small_disk_is_put_together_without_a_loop_device(tmp_path: Path) -> None:
    root, boot, made = made_root(tmp_path), tmp_path / "boot", tmp_path / "disk.img"
    image.starting(root, boot)
    parts = build_disk(root, boot, made, data=8 * MIB)
    said = subprocess.run(["sfdisk", "--json", str(made)], capture_output=True, check=True)
    [*found] = json.loads(said.stdout)["partitiontable"]["partitions"]
    assert [(p["start"] * 512, p["size"] * 512, p["name"]) for p in found] == [
        (part.start, part.size, part.label) for part in parts
    ]
    assert found[0]["type"] == disk.BASIC_DATA != ESP  # or no desktop would open it by itself
    files = subprocess.run(
        ["mdir", "-b", "-i", f"{made}@@{parts[0].start}", "::"], capture_output=True, check=True
    )
    assert b"::/settings.toml" in files.stdout
    for part, word in ((parts[1], "hello"), (parts[2], "lost+found")):
        volume = tmp_path / part.label
        with made.open("rb") as source:
            source.seek(part.start)
            volume.write_bytes(source.read(part.size))
        ls = ["debugfs", "-R", "ls -p /etc" if word == "hello" else "ls -p /", str(volume)]
        assert word in subprocess.run(ls, capture_output=True, text=True, check=True).stdout
        stats = ["dumpe2fs", "-h", str(volume)]
        said_of = subprocess.run(stats, capture_output=True, text=True, check=True).stdout
        assert f"Filesystem volume name:   {part.label}" in said_of
        # What is never written needs no journal; what is, does.
        assert ("has_journal" in said_of) == (part is parts[2])


def test_a_tool_that_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)
    with pytest.raises(BuildError, match="sudo apt install mtools"):
        disk.run("mcopy")


def test_a_system_that_stands_still_for_half_a_minute_is_started_anew_by_the_board() -> None:
    asked = read(FILES / "etc/systemd/system.conf.d/watchdog.conf")["Manager"]
    assert asked["RuntimeWatchdogSec"] == "30s"
    assert asked["RebootWatchdogSec"] == "2min"  # a restart that hangs, too

"""The Raspberry Pi's card, put together from a made-up root; and the data partition that grows."""

import json
import os
import re
import shutil
import subprocess
import textwrap
from pathlib import Path

import pytest

from appliance.service.boot import CONFIG, QUIET
from deploy.deb.target import BuildError
from deploy.image import disk
from deploy.image.disk import MIB, ROOT, ext4, laid_out, table
from deploy.image.rpi import __main__ as rpi
from deploy.image.tree import FILES, HERE

needs_tools = pytest.mark.skipif(
    not all(shutil.which(tool) for tool in disk.TOOLS),
    reason="needs e2fsprogs, dosfstools, mtools and fdisk",
)
needs_repart = pytest.mark.skipif(
    not all(shutil.which(tool) for tool in ("systemd-repart", "sfdisk", "mke2fs")),
    reason="needs systemd-repart, fdisk and e2fsprogs",
)
GROW = FILES / "usr/lib/static-unsigned-love-image/grow"
LAYER = HERE / "rpi/layer/static-unsigned-love.yaml"
OVERLAYS = ("vc4-kms-v3d", "spi1-3cs", "disable-wifi-pi5", "disable-bt-pi5")


def made_root(folder: Path) -> Path:
    root = folder / "filesystem"
    firmware = [*rpi.STARTS, "cmdline.txt", "config.txt", *(f"overlays/{o}.dtbo" for o in OVERLAYS)]
    for name in (rpi.OVERLAYROOT, "etc/hello", *(f"boot/firmware/{file}" for file in firmware)):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(name, encoding="utf-8")
    return root


def partitions(image: Path) -> list[dict[str, int | str]]:
    said = subprocess.run(["sfdisk", "--json", str(image)], capture_output=True, check=True)
    found: list[dict[str, int | str]] = json.loads(said.stdout)["partitiontable"]["partitions"]
    return found


def part_of(image: Path, number: int, folder: Path) -> Path:
    part = partitions(image)[number]
    with image.open("rb") as source:
        source.seek(int(part["start"]) * 512)
        (folder / "part").write_bytes(source.read(int(part["size"]) * 512))
    return folder / "part"


@needs_tools
def test_a_pis_card_is_put_together_as_the_others_are(tmp_path: Path) -> None:
    root, card = made_root(tmp_path), tmp_path / "out/card.img"
    rpi.make(root, card)
    assert [part["name"] for part in partitions(card)] == [
        "unsigned-boot", "unsigned-root", "unsigned-data",
    ]  # fmt: skip
    # Else Windows moves the table, and the Pi does not start.
    dump = subprocess.run(["sfdisk", "--dump", str(card)], capture_output=True, check=True).stdout
    assert b"\nfirst-lba: 34\n" in dump and rpi.ROOT_ARM64.encode() in dump
    boot = ["-i", f"{card}@@{MIB}"]
    files = subprocess.run(["mdir", "-b", *boot, "::"], capture_output=True, text=True, check=True)
    for name in (*rpi.STARTS, "settings.toml", "README.txt"):
        assert f"::/{name}\n" in files.stdout
    line = subprocess.run(["mtype", *boot, "::/cmdline.txt"], capture_output=True, check=True)
    assert b"overlayroot=tmpfs:recurse=0" in line.stdout
    config = subprocess.run(["mtype", *boot, "::/config.txt"], capture_output=True, check=True)
    assert config.stdout == rpi.CONFIG.read_bytes()
    # The root has nothing below the boot partition's mount point, and the folder is as it was.
    volume = part_of(card, 1, tmp_path)
    ls = subprocess.run(
        ["debugfs", "-R", "ls -p /boot/firmware", str(volume)], capture_output=True, check=True
    )
    assert b"kernel" not in ls.stdout and b"/.." in ls.stdout
    assert (root / "boot/firmware/kernel_2712.img").exists()


def test_a_pis_kernel_is_told_what_the_others_are_and_nothing_else(tmp_path: Path) -> None:
    rpi.starting(made_root(tmp_path) / "boot/firmware", tmp_path / "boot")
    line = (tmp_path / "boot/cmdline.txt").read_text(encoding="utf-8")
    own = (HERE / "cmdline").read_text(encoding="utf-8").split()
    assert line.split() == [*own, *QUIET] and line.count("\n") == 1
    assert {"root=LABEL=unsigned-root", "ro", "overlayroot=tmpfs:recurse=0"} <= set(own)
    # A word for a console that somebody sees would show the kernel's lines.
    assert [word for word in line.split() if word.startswith("console=")] == ["console=tty3"]


def test_a_pis_firmware_loads_the_initramfs_and_leaves_the_screen_alone() -> None:
    lines = [
        line for line in rpi.CONFIG.read_text(encoding="utf-8").splitlines() if line[:1] != "#"
    ]
    assert lines[0] == "[all]" and lines.count("[all]") == 1
    assert {"auto_initramfs=1", *CONFIG[1:-1]} <= set(lines)  # as `appliance boot` would have it
    assert {"dtoverlay=disable-wifi-pi5", "dtoverlay=disable-bt-pi5"} <= set(lines)


@pytest.mark.parametrize(
    "missing",
    [rpi.OVERLAYROOT, *(f"boot/firmware/{name}" for name in rpi.STARTS),
     *(f"boot/firmware/overlays/{name}.dtbo" for name in OVERLAYS)],
)  # fmt: skip
def test_without_what_starts_it_no_card_is_made(tmp_path: Path, missing: str) -> None:
    root = made_root(tmp_path)
    (root / missing).unlink()
    with pytest.raises(BuildError, match=re.escape(Path(missing).name)):
        rpi.make(root, tmp_path / "card.img")
    assert not (tmp_path / "card.img").exists()


def test_a_root_whose_files_belong_to_nobody_in_it_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(SystemExit, match="2"):
        rpi.main([str(made_root(tmp_path))])
    assert "run it by podman unshare" in capsys.readouterr().err


def test_rpi_image_gen_is_asked_for_no_network_no_user_and_no_layout() -> None:
    text = LAYER.read_text(encoding="utf-8")
    asked = re.findall(r"^# X-Env-Layer-(Requires|Provides): (.*)$", text, re.MULTILINE)
    assert dict(asked) == {
        "Requires": "debian-trixie-arm64,rpi-debian-trixie,systemd-min,deploy-base",
        "Provides": "image",
    }
    config = (HERE / "rpi/config/static-unsigned-love.yaml").read_text(encoding="utf-8")
    layers = re.findall(r"^(?:  layer|  piece): (.*)$", config, re.MULTILINE)
    assert layers == ["rpi5", "static-unsigned-love"]
    # Neither firmware nor time of its own choice.
    assert '  eepromupd: "n"\n' in config and "  timezone: Etc/UTC\n" in config


def test_the_layers_hooks_are_lines_of_a_shell() -> None:
    hooks = re.findall(r"^    - \|-\n((?:      .*\n)+)", LAYER.read_text("utf-8"), re.MULTILINE)
    assert len(hooks) == 3
    for hook in hooks:
        subprocess.run(["sh", "-n"], input=textwrap.dedent(hook), text=True, check=True)


# --- the data partition that grows --------------------------------------------------------------


def small_card(folder: Path) -> Path:
    """Return a card of 32 MiB on which 16 MiB of data lie behind boot and root."""
    parts = laid_out({"boot": MIB, "root": 2 * MIB, "data": 16 * MIB})
    ext4(folder / "data", parts[2].size, "unsigned-data")
    card = folder / "card"
    with card.open("wb") as image:
        image.truncate(parts[2].start + parts[2].size + MIB)
    told = table(parts).replace(ROOT, rpi.ROOT_ARM64)
    subprocess.run(["sfdisk", "--quiet", str(card)], input=told, text=True, check=True)
    with card.open("r+b") as image:
        for part, data in zip(
            parts, (b"boot", b"root", (folder / "data").read_bytes()), strict=True
        ):
            image.seek(part.start)
            image.write(data)
        image.truncate(32 * MIB)  # written to a larger one
    return card


def grow(card: Path, *, cut: str = "", link: bool = True) -> subprocess.CompletedProcess[str]:
    """Run `grow` on a card that is a file; `cut` names the program at which the power goes."""
    folder = card.parent / "bin"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    label = card.parent / "label"
    label.unlink(missing_ok=True)
    if link:
        label.symlink_to(card)
    for name, does in (("udevadm", ""), ("lsblk", f"echo ..{card}")):
        (folder / name).write_text(
            f"#!/bin/sh\n{'kill -9 $PPID' if name == cut else does}\n", encoding="utf-8"
        )
        (folder / name).chmod(0o755)
    for name in ("readlink", "systemd-repart"):  # and nothing else: neither mke2fs nor sfdisk
        (folder / name).symlink_to(str(shutil.which(name)))
    script = GROW.read_text(encoding="utf-8")
    script = script.replace("/dev/disk/by-label/unsigned-data", str(label))
    script = script.replace("=/usr/lib", f"={FILES}/usr/lib")
    return subprocess.run(
        ["/bin/sh", "-c", script],
        env={"PATH": str(folder)}, capture_output=True, text=True, check=False,
    )  # fmt: skip


def sectors(card: Path) -> list[bytes]:
    data = card.read_bytes()
    return [data[place : place + 512] for place in range(0, len(data), 512)]


def holds(before: list[bytes], card: Path) -> bool:
    """Tell whether there is one data partition, to the card's end, and nothing else was touched."""
    boot, root, data = partitions(card)  # and no fourth
    ends = int(data["start"]) + int(data["size"])
    kept = sectors(card)[2048 : (3 + 1 + 16) * 2048] == before[2048 : (3 + 1 + 16) * 2048]
    names = [part["name"] for part in (boot, root, data)] == ["boot", "root", "data"]
    return kept and names and 32 * 2048 - ends < 2048


@needs_repart
def test_the_data_partition_grows_once_and_is_never_formatted(tmp_path: Path) -> None:
    card = small_card(tmp_path)
    before = sectors(card)
    for _ in range(3):
        done = grow(card)
        assert done.returncode == 0, done.stderr
        assert holds(before, card)
    dump = subprocess.run(["sfdisk", "--dump", str(card)], capture_output=True, check=True).stdout
    assert b"\nfirst-lba: 34\n" in dump


@needs_repart
@pytest.mark.parametrize("program", ["udevadm", "lsblk"])
def test_the_power_goes_before_the_table_is_written(tmp_path: Path, program: str) -> None:
    card = small_card(tmp_path)
    before = sectors(card)
    assert grow(card, cut=program).returncode == -9
    assert sectors(card) == before
    assert grow(card).returncode == 0
    assert holds(before, card)


@needs_repart
@pytest.mark.parametrize("written", range(6))
def test_the_power_goes_while_the_table_is_written(tmp_path: Path, written: int) -> None:
    card = small_card(tmp_path)
    before = sectors(card)
    assert grow(card).returncode == 0
    after = sectors(card)
    changed = [place for place, (a, b) in enumerate(zip(before, after, strict=True)) if a != b]
    last = len(after) - 1
    # Second table, its header, first table, its header, the old one's stand-in: each is on the disk
    # before the next is written, as strace shows.
    order = [last - 32, last, 2, 1, 0]
    assert changed == sorted(order)
    torn = list(before)
    for place in order[:written]:
        torn[place] = after[place]
    card.write_bytes(b"".join(torn))
    assert len(partitions(card)) == 3  # from whichever table is whole
    assert grow(card).returncode == 0
    assert holds(before, card)


@needs_repart
def test_where_no_partition_has_the_label_nothing_is_added(tmp_path: Path) -> None:
    card = small_card(tmp_path)
    before = sectors(card)
    done = grow(card, link=False)
    assert done.returncode == 1
    assert "no partition with the label unsigned-data" in done.stderr
    assert sectors(card) == before


def test_labels_are_asked_for_once_udev_has_looked_at_all_disks() -> None:
    unit = (FILES / "usr/lib/systemd/system/unsigned-love-grow.service").read_text("utf-8")
    udev = "systemd-udevd.service systemd-udev-trigger.service"
    assert f"\nWants={udev}\n" in unit and f"\nAfter={udev}\n" in unit

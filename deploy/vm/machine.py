"""A machine that exists only in QEMU: switched on, photographed, touched, unplugged.

It emulates every instruction (TCG), so that it runs where no hardware helps, some ten to thirty
times slower than a real one. Time limits are wide for that reason, and none of them measures the
piece.
"""

import base64
import json
import shutil
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

from deploy.image.disk import run

BOOT_AT = 1 << 20  # bytes, where the image's boot partition begins
PATIENCE = 600.0  # seconds, for anything in it
WIDTH, HEIGHT = 1280, 800  # pixels, of its screen
FIRMWARE = "/usr/share/OVMF/OVMF_{}_4M.fd"
# What only a machine this slow needs, handed in by its firmware (systemd.system-credentials(7),
# systemd-boot(7)), so that the image itself stays as it is flashed.
PATIENTLY = (
    "systemd.default_device_timeout_sec=1800 systemd.default_timeout_start_sec=1800 "
    "systemd.watchdog_sec=600"
)
SLOWLY = (
    "[Unit]\nStartLimitIntervalSec=3600\n"
    "[Service]\nWatchdogSec=180\nTimeoutStartSec=1800\nTimeoutStopSec=180\n"
)


class MachineError(Exception):
    """A machine that did not do in time what it should; the message says what."""


def until(what: str, true: Callable[[], bool], patience: float = PATIENCE) -> float:
    """Wait until something is true; return after how many seconds. MachineError if it never is."""
    began = time.monotonic()
    while not true():
        if time.monotonic() - began > patience:
            raise MachineError(f"it never came to be that {what}, in {patience:.0f} s")
        time.sleep(0.5)
    return time.monotonic() - began


def put(image: Path, files: dict[str, str]) -> None:
    """Write files on the boot partition of a raw image, as another computer would."""
    for name, text in files.items():
        file = image.with_name("put")
        file.write_text(text, encoding="utf-8")
        run("mcopy", "-o", "-i", f"{image}@@{BOOT_AT}", file, f"::{name}")
        file.unlink()


class Machine:
    """One machine with a disk that remembers; a context manager that pulls the plug at its end."""

    def __init__(
        self, image: Path, folder: Path, *, gigabytes: int = 4, ssh: int = 0, direct: bool = False
    ) -> None:
        """Give it a disk as large as a card; what it writes goes to a file beside the image.

        `direct` leaves firmware and loader out, and gives it the boot partition's kernel: UEFI
        starts a machine anew whose loader has not ended within five minutes, and where the
        emulator gets little of the processor, that is not enough.
        """
        self.folder, self.ssh = folder, ssh or free_port()
        self.disk = folder / "disk.qcow2"
        self._image, self._gigabytes, self._direct = image, gigabytes, direct
        self._process: subprocess.Popen[bytes] | None = None
        self._qmp: Any = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.cut()

    def switch_on(self) -> None:
        """Give it power; the first time, it gets its disk too."""
        if not self.disk.exists():
            create = ("qemu-img", "create", "-q", "-f", "qcow2", "-F", "raw", "-b")
            run(*create, self._image, self.disk, f"{self._gigabytes}G")
            shutil.copyfile(FIRMWARE.format("VARS"), self.folder / "firmware.fd")
        control = self.folder / "qmp"
        control.unlink(missing_ok=True)
        slowly = base64.b64encode(SLOWLY.encode()).decode()
        boot = f"value=io.systemd.boot.kernel-cmdline-extra={PATIENTLY}"
        handed = [
            f"value=io.systemd.credential.binary:systemd.unit-dropin.{service}.service={slowly}"
            for service in ("appliance-engine", "appliance-stage", "appliance-fallback")
        ]
        command = ["qemu-system-x86_64", "-nodefaults", "-display", "none", "-no-user-config"]
        command += ["-machine", "q35", "-accel", "tcg,thread=multi,tb-size=512"]
        command += ["-cpu", "Nehalem", "-smp", "2", "-m", "2048", "-rtc", "base=utc"]
        command += self._without_firmware() if self._direct else [
            "-drive", f"if=pflash,format=raw,readonly=on,file={FIRMWARE.format('CODE')}",
            "-drive", f"if=pflash,format=raw,file={self.folder / 'firmware.fd'}",
        ]  # fmt: skip
        command += [
            "-drive", f"if=virtio,format=qcow2,file={self.disk}",
            "-device", f"virtio-gpu-pci,xres={WIDTH},yres={HEIGHT}",
            "-device", "qemu-xhci", "-device", "usb-tablet", "-device", "usb-kbd",
            "-device", "i6300esb", "-action", "watchdog=reset",
            "-nic", f"user,model=virtio-net-pci,hostfwd=tcp:127.0.0.1:{self.ssh}-:22",
            "-serial", f"file:{self.folder / 'console'}",
            "-qmp", f"unix:{control},server=on,wait=off",
            "-smbios", ",".join(["type=11", boot, *handed]),
        ]  # fmt: skip
        self._process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL
        )
        sock = socket.socket(socket.AF_UNIX)
        sock.settimeout(60)
        until("QEMU answers", lambda: sock.connect_ex(str(control)) == 0, 60)
        self._qmp = sock.makefile("rw", encoding="utf-8")
        self._qmp.readline()  # its greeting
        self.ask("qmp_capabilities")

    def _without_firmware(self) -> list[str]:
        """Return what gives QEMU kernel, initramfs and the kernel's line of the boot partition."""
        boot = f"{self._image}@@{BOOT_AT}"
        for name in ("vmlinuz", "initrd.img"):
            run("mcopy", "-o", "-i", boot, f"::{name}", self.folder / name)
        entry = run("mtype", "-i", boot, "::loader/entries/piece.conf")
        [line] = (line for line in entry.splitlines() if line.startswith("options "))
        return [
            "-kernel", str(self.folder / "vmlinuz"), "-initrd", str(self.folder / "initrd.img"),
            "-append", f"{line.removeprefix('options ')} {PATIENTLY}",
        ]  # fmt: skip

    def ask(self, verb: str, **arguments: Any) -> Any:
        """Give QEMU one command (QMP); MachineError if it refuses, or is off."""
        if self._qmp is None:
            raise MachineError(f"the machine is off, and cannot {verb}")
        self._qmp.write(json.dumps({"execute": verb, "arguments": arguments}) + "\n")
        self._qmp.flush()
        while True:
            said = json.loads(self._qmp.readline())
            if "error" in said:
                raise MachineError(f"QEMU refuses {verb}: {said['error']['desc']}")
            if "return" in said:
                return said["return"]

    def photograph(self, to: Path) -> Path:
        """Take a picture of the screen, as PNG."""
        self.ask("screendump", filename=str(to), format="png")
        return to

    def touch(self, x: float, y: float, *, to_x: float | None = None, to_y: float = 0.0) -> None:
        """Press at a place, in parts of the screen's width and height; drag if told whereto."""
        self._pointer(x, y, down=True)
        if to_x is not None:
            for step in range(1, 9):
                part = step / 8
                self._pointer(x + (to_x - x) * part, y + (to_y - y) * part)
                time.sleep(0.4)
        time.sleep(2.0)
        self._pointer(to_x if to_x is not None else x, to_y if to_x is not None else y, down=False)

    def _pointer(self, x: float, y: float, *, down: bool | None = None) -> None:
        events: list[dict[str, Any]] = [
            {"type": "abs", "data": {"axis": axis, "value": round(part * 0x7FFF)}}
            for axis, part in (("x", x), ("y", y))
        ]
        if down is not None:
            events.append({"type": "btn", "data": {"down": down, "button": "left"}})
        self.ask("input-send-event", events=events)

    def cut(self) -> None:
        """Pull the plug: QEMU is killed, and what it had not been asked to sync is gone with it."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = self._qmp = None


def free_port() -> int:
    """Return a TCP port that nobody listens on."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])

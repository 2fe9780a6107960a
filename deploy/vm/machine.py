"""A machine that exists only in QEMU: switched on, photographed, touched, unplugged.

It emulates every instruction (TCG), so that it runs where no hardware helps, some ten to thirty
times slower than a real one. Time limits are wide for that reason, and none of them measures the
piece.
"""

import base64
import contextlib
import json
import os
import shutil
import signal
import socket
import struct
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

from deploy.image.disk import run
from deploy.vm.card import boot_line, take

PATIENCE = 600.0  # seconds, for anything in it
WIDTH, HEIGHT = 1280, 800  # pixels, of its screen
CARD = "4G"  # of the disk, as QEMU says it
MAC = b"\x52\x54\x00\x00\x00\x01"  # of its network
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


class Machine:
    """One machine with a disk that remembers; a context manager that pulls the plug at its end."""

    def __init__(
        self, image: Path, folder: Path, *, direct: bool = False, stays: bool = False
    ) -> None:
        """Give it a disk as large as a card; what it writes goes to a file beside the image.

        `direct` leaves firmware and loader out, and gives it the boot partition's kernel: UEFI
        starts a machine anew whose loader has not ended within five minutes, and where the
        emulator gets little of the processor, that is not enough. One that `stays` is left on at
        the end, and the next Machine of this folder finds it so.
        """
        self.folder, self.image = folder, image
        self.disk = folder / "disk.qcow2"
        self.console, self.packets = folder / "console", folder / "packets"
        self._direct, self._stays = direct, stays
        self._process: subprocess.Popen[bytes] | None = None  # where this session began it
        self._pid = 0
        self._qmp: Any = None
        self.events: list[str] = []  # what QEMU said of itself while it was asked something

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if not self._stays:
            self.cut()

    def switch_on(self, *, direct: bool = False) -> bool:
        """Give it power; the first time, it gets its disk too. False if it was on already.

        `direct` leaves firmware and loader out for this once.
        """
        if self._attach():
            return False
        if not self.disk.exists():
            create = ("qemu-img", "create", "-q", "-f", "qcow2", "-F", "raw", "-b")
            run(*create, self.image, self.disk, CARD)
            shutil.copyfile(FIRMWARE.format("VARS"), self.folder / "firmware.fd")
        self._control.unlink(missing_ok=True)
        slowly = base64.b64encode(SLOWLY.encode()).decode()
        boot = f"value=io.systemd.boot.kernel-cmdline-extra={PATIENTLY}"
        handed = [
            f"value=io.systemd.credential.binary:systemd.unit-dropin.{service}.service={slowly}"
            for service in ("appliance-engine", "appliance-stage", "appliance-fallback")
        ]
        processors = len(os.sched_getaffinity(0))  # more than there are would wait for each other
        command = ["qemu-system-x86_64", "-nodefaults", "-display", "none", "-no-user-config"]
        command += ["-machine", "q35", "-accel", "tcg,thread=multi,tb-size=512"]
        command += ["-cpu", "Nehalem", "-smp", str(processors), "-m", "2048", "-rtc", "base=utc"]
        command += self._without_firmware() if direct or self._direct else [
            "-drive", f"if=pflash,format=raw,readonly=on,file={FIRMWARE.format('CODE')}",
            "-drive", f"if=pflash,format=raw,file={self.folder / 'firmware.fd'}",
        ]  # fmt: skip
        command += [
            "-drive", f"if=virtio,format=qcow2,file={self.disk}",
            "-device", f"virtio-gpu-pci,xres={WIDTH},yres={HEIGHT}",
            "-device", "qemu-xhci", "-device", "usb-tablet", "-device", "usb-kbd",
            "-device", "i6300esb", "-action", "watchdog=reset",
            "-netdev", f"user,id=net,hostfwd=tcp:127.0.0.1:{self.ssh}-:22",
            "-device", f"virtio-net-pci,netdev=net,mac={MAC.hex(':')}",
            "-object", f"filter-dump,id=dump,netdev=net,file={self.packets},maxlen=64",
            "-serial", f"file:{self.console}",
            "-qmp", f"unix:{self._control},server=on,wait=off",
            "-smbios", ",".join(["type=11", boot, *handed]),
        ]  # fmt: skip
        # One that stays must not end with the session that began it.
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            start_new_session=True,
        )
        until("QEMU answers", self._attach, 60)
        return True

    @property
    def ssh(self) -> int:
        """The port of this machine that is its port 22."""
        file = self.folder / "port"
        if not file.exists():
            file.write_text(str(free_port()), encoding="ascii")
        return int(file.read_text(encoding="ascii"))

    @property
    def _control(self) -> Path:
        return self.folder / "qmp"

    def _attach(self) -> bool:
        if self._qmp is not None:
            return True
        sock = socket.socket(socket.AF_UNIX)
        sock.settimeout(60)
        if sock.connect_ex(str(self._control)):
            sock.close()
            return False
        # Whoever listens there is the one to be killed: unix(7), SO_PEERCRED.
        credentials = sock.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
        self._pid = struct.unpack("3i", credentials)[0]
        self._qmp = sock.makefile("rw", encoding="utf-8")
        self._qmp.readline()  # its greeting
        self.ask("qmp_capabilities")
        return True

    def _without_firmware(self) -> list[str]:
        """Return what gives QEMU kernel, initramfs and the kernel's line of the boot partition."""
        for name in ("vmlinuz", "initrd.img"):
            take(self.image, name, self.folder / name)
        return [
            "-kernel", str(self.folder / "vmlinuz"), "-initrd", str(self.folder / "initrd.img"),
            "-append", f"{boot_line(self.image)} {PATIENTLY}",
        ]  # fmt: skip

    def ask(self, verb: str, **arguments: Any) -> Any:
        """Give QEMU one command (QMP); MachineError if it refuses, or is off."""
        if self._qmp is None:
            raise MachineError(f"the machine is off, and cannot {verb}")
        self._qmp.write(json.dumps({"execute": verb, "arguments": arguments}) + "\n")
        self._qmp.flush()
        while True:
            said = json.loads(self._qmp.readline())
            if "event" in said:
                self.events.append(str(said["event"]))
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
        # A move first: QEMU gives a button to the mouse that it last knew to be in use.
        self._pointer(x, y)
        time.sleep(1.0)
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

    def press(self, *keys: str) -> None:
        """Press keys together, by QEMU's names for them."""
        pressed = [{"type": "qcode", "data": key} for key in keys]
        self.ask("send-key", keys=pressed)

    def plug_stick(self, image: Path) -> None:
        """Plug a USB stick in that holds a raw file system."""
        file = {"driver": "file", "filename": str(image)}
        self.ask("blockdev-add", **{"node-name": "stick", "driver": "raw", "file": file})
        self.ask("device_add", driver="usb-storage", id="stick", drive="stick", removable=True)

    def pull_stick(self) -> None:
        """Pull the stick out."""
        self.ask("device_del", id="stick")

        def gone() -> bool:
            with contextlib.suppress(MachineError):  # until the machine has let go of it
                self.ask("blockdev-del", **{"node-name": "stick"})
                return True
            return False

        until("the stick is out", gone, 120)

    def cut(self) -> None:
        """Pull the plug: QEMU is killed, and what it had not been asked to sync is gone with it."""
        if self._qmp is None and not self._attach():
            return
        os.kill(self._pid, signal.SIGKILL)
        if self._process is not None:
            self._process.wait()
        until("QEMU is gone", lambda: not Path(f"/proc/{self._pid}").exists(), 60)
        self._qmp.close()
        self._qmp = self._process = None


def free_port() -> int:
    """Return a TCP port that nobody listens on."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])

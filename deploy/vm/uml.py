"""The image's own disk under User-mode Linux: a kernel that is a program.

The user space is the image's, to the byte, and so is the data partition; the kernel is Debian's
`user-mode-linux`, with the same ext4 and the same page cache, which a SIGKILL takes as a cut takes
memory. What there is not: firmware, loader, the image's own kernel, a screen, USB, a watchdog.
"""

import base64
import fcntl
import os
import shutil
import signal
import subprocess
from pathlib import Path
from typing import Self

from deploy.vm.card import boot_line, take
from deploy.vm.machine import SLOWLY, until

KERNEL = "linux.uml"
MODULES = Path("/usr/lib/uml/modules")
# What root and boot partition are made of, and this kernel has as modules only.
EARLY = (
    "overlayfs/overlay", "fat/fat", "fat/vfat", "nls/nls_ascii", "nls/nls_cp437", "nls/nls_utf8",
    "nls/nls_iso8859-1",
)  # fmt: skip
MEMORY = "1024M"
LINE = "/dev/ttyS0"  # on which the listener says what it hears
# Handed in by the kernel's line (systemd.system-credentials(7)): the disk stays the image's.
LISTENER = f"""\
[Unit]
After=appliance-engine.service
[Service]
User=unsigned-love
ExecStart=/usr/lib/static-unsigned-love/current/bin/python3 -I -u /boot/firmware/listen.py
StandardOutput=file:{LINE}
Restart=always
"""
# As in the emulator: a machine that is busy may start slowly.
DROP_INS = {
    "appliance-engine.service": SLOWLY,
    "multi-user.target": "[Unit]\nWants=listener.service\n",
}
# There is nothing for them here, and a start shall be short.
MASKED = (
    "appliance-stage.service", "appliance-fallback.service", "ssh.service",
    "systemd-networkd.service", "systemd-networkd.socket", "systemd-logind.service",
    "dbus.service", "dbus.socket",
)  # fmt: skip


class Uml:
    """A machine that is a process; a context manager that pulls the plug at its end."""

    def __init__(self, disk: Path, folder: Path) -> None:
        """Give it a raw disk, which it writes, and a folder for what it says."""
        self.disk, self.folder = disk, folder
        self.said, self.console = folder / "heard", folder / "console"
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.cut()

    def prepare(self) -> None:
        """Take kernel line and initramfs from the boot partition; add what this kernel lacks."""
        take(self.disk, "initrd.img", self.folder / "initrd")
        with (self.folder / "initrd").open("ab") as picture:
            picture.write(bytes(-picture.tell() % 4) + _modules(self.folder / "modules"))

    def switch_on(self) -> None:
        """Give it power."""
        handed = {"extra-unit.listener.service": LISTENER}
        handed |= {f"unit-dropin.{name}": text for name, text in DROP_INS.items()}
        words = [word for word in boot_line(self.disk).split() if not word.startswith("con")]
        words += [
            f"systemd.set_credential_binary=systemd.{name}:{base64.b64encode(text.encode()).decode()}"
            for name, text in handed.items()
        ]
        with self.said.open("wb") as said, self.console.open("ab") as console:
            self._process = subprocess.Popen(
                [
                    KERNEL, f"mem={MEMORY}", f"uml_dir={self.folder}/", "umid=piece",
                    f"ubd0={self.disk}", f"initrd={self.folder / 'initrd'}", *words,
                    f"con0=null,fd:{console.fileno()}", "con=null",
                    f"ssl0=null,fd:{said.fileno()}", "ssl=null",
                    *(f"systemd.mask={name}" for name in MASKED), "systemd.watchdog_sec=0",
                ],
                stdin=subprocess.DEVNULL,
                stdout=console,
                stderr=console,
                pass_fds=(said.fileno(), console.fileno()),
                start_new_session=True,
            )  # fmt: skip

    @property
    def runs(self) -> bool:
        """Whether it is on."""
        return self._process is not None and self._process.poll() is None

    def cut(self) -> None:
        """Pull the plug: the kernel and all that runs on it are killed, with their page cache."""
        if self._process is not None:
            with_all = os.getpgid(self._process.pid) if self.runs else None
            if with_all is not None:
                os.killpg(with_all, signal.SIGKILL)
            self._process.wait()
            self._process = None
            until("its disk is let go of", self._is_free, 60)
            shutil.rmtree(self.folder / "piece", ignore_errors=True)

    def _is_free(self) -> bool:
        """Tell whether the process that wrote the disk has ended too: it holds a lock on it."""
        with self.disk.open("r+b") as disk:
            try:
                fcntl.lockf(disk, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                return False
        return True


def _modules(scratch: Path) -> bytes:
    """Return a cpio archive with the modules that the initramfs shall load first."""
    [version] = sorted(MODULES.iterdir())[-1:]
    place = scratch / "usr/lib/modules" / version.name
    for name in EARLY:
        file = place / f"kernel/fs/{name}.ko"
        file.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(version / f"kernel/fs/{name}.ko", file)
    for file in version.glob("modules.*"):
        shutil.copyfile(file, place / file.name)
    (scratch / "conf").mkdir(exist_ok=True)
    names = [name.rpartition("/")[2] for name in EARLY]
    (scratch / "conf/modules").write_text("".join(f"{name}\n" for name in names), "ascii")
    listed = "".join(f"{path.relative_to(scratch)}\n" for path in sorted(scratch.rglob("*")))
    packed = subprocess.run(
        ["cpio", "--create", "--quiet", "--format=newc", "--owner=+0:+0"],  # noqa: S607  # wherever it lies
        cwd=scratch,
        input=listed.encode(),
        capture_output=True,
        check=True,
    )
    return packed.stdout

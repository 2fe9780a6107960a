"""Debian trixie in a container, with the package installed in it: systemd-nspawn(1).

The tree is made once and never written: what a machine changes lies in a layer above it, which
outlives its reboots and is thrown away when the next one is made.
"""

import contextlib
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Self

SUITE = "trixie"
BESIDE = (  # what a plain system has and a package need not name, and what the rows look with
    "systemd-sysv", "dbus", "procps", "iproute2", "ca-certificates", "openssl", "openssh-client",
    "sway", "grim", "seatd", "libwayland-client0", "libwayland-cursor0", "libwayland-egl1",
    "libxkbcommon0",
)  # fmt: skip
PATIENCE = 90.0  # seconds that a loaded machine may take
NO_CONSOLE = "[Service]\nStandardInput=null\n"  # the container has no first one


class NeverError(Exception):
    """Something that did not come to be; the message is one clause."""


def build(tree: Path, needed: Iterable[str]) -> None:
    """Make the tree, if there is none: Debian and what the package needs; takes minutes."""
    if tree.is_dir():
        return
    partial = tree.with_name(f"{tree.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.parent.mkdir(parents=True, exist_ok=True)
    packages = ",".join((*needed, *BESIDE))
    command = ["mmdebstrap", "--mode=root", "--variant=minbase", f"--include={packages}"]
    subprocess.run([*command, SUITE, str(partial)], check=True)
    partial.rename(tree)


def groups(mounts: str, memberships: str) -> list[Path]:
    """Return the folders of the control groups that a process is in and that systemd sorts by.

    From /proc/self/mountinfo and /proc/self/cgroup, see proc(5) and cgroups(7).
    """
    found = []
    for line in memberships.splitlines():
        _, kind, path = line.split(":", 2)
        if kind not in ("", "name=systemd"):
            continue
        for mount in mounts.splitlines():
            place, _, file_system = mount.partition(" - ")
            name, _, options = file_system.partition(" ")
            if name == "cgroup2" if not kind else kind in options.split()[-1].split(","):
                found.append(Path(place.split()[4]) / path.lstrip("/"))
                break
    return found


def _apart(name: str) -> list[str]:
    """Return what starts a command in control groups of its own.

    Two containers in one group count each other's processes among those of their services.
    """
    read = Path("/proc/self").joinpath
    made = []
    for group in groups(read("mountinfo").read_text("ascii"), read("cgroup").read_text("ascii")):
        (group / name).mkdir(exist_ok=True)
        made.append(str(group / name / "cgroup.procs"))
    return ["sh", "-c", 'for g in $0; do echo $$ >"$g"; done; exec "$@"', " ".join(made)]


class Machine:
    """A machine, from its first boot to its end; a context manager that leaves nothing running."""

    def __init__(self, folder: Path, bring: Mapping[str, Path] | None = None) -> None:
        """Name the folder of the tree. `bring` is seen in it read-only: there, what lies here."""
        self._folder, self._bring = folder, bring or {}
        self.root = folder / "root"
        self._name = f"unsigned-love-{os.getpid()}"
        self._process: subprocess.Popen[bytes] | None = None
        self._leader = 0

    def __enter__(self) -> Self:
        self._unmount()
        for name in ("changes", "work"):
            shutil.rmtree(self._folder / name, ignore_errors=True)
            (self._folder / name).mkdir()
        self.root.mkdir(exist_ok=True)
        layers = f"lowerdir={self._folder / SUITE},upperdir={self._folder / 'changes'},"
        layers += f"workdir={self._folder / 'work'}"
        command = ["mount", "-t", "overlay", "overlay", "-o", layers, str(self.root)]
        subprocess.run(command, check=True)
        return self

    def __exit__(self, *_: object) -> None:
        self.cut()
        self._unmount()

    def _unmount(self) -> None:
        while os.path.ismount(self.root):
            command = ["umount", "--recursive", str(self.root)]
            subprocess.run(command, check=True)

    # --- switched off -----------------------------------------------------------------------

    def enter(self, *command: str) -> str:
        """Run a command in the machine that is switched off; return what it says."""
        return self._run([*self._nspawn(), *command])

    def write(self, path: str, text: str) -> None:
        """Write a file, as one who sits at the machine; it may run."""
        file = self.root / path.lstrip("/")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")

    def install(self, package: Path) -> None:
        """Install a package as apt would: all that it needs is there."""
        shutil.copyfile(package, self.root / "root/made.deb")
        options = ("--force-confdef", "--force-confold")
        command = ("dpkg", *options, "--install", "/root/made.deb")
        (self.inside if self._process else self.enter)(*command)

    # --- running ----------------------------------------------------------------------------

    def boot(self) -> None:
        """Switch it on, until its systemd answers. Its network is its own: nobody else hears."""
        for service in ("stage", "fallback"):
            drop_in = f"/etc/systemd/system/appliance-{service}.service.d/console.conf"
            self.write(drop_in, NO_CONSOLE)
        with (self._folder / "console").open("wb") as console:
            self._process = subprocess.Popen(
                # Its systemd filters addresses by BPF programs, as on a machine.
                [*_apart(self._name), *self._nspawn(), "--private-network", "--boot",
                 "--capability=CAP_BPF,CAP_PERFMON", "--system-call-filter=bpf"],
                stdin=subprocess.DEVNULL, stdout=console, stderr=console, start_new_session=True,
                # Control groups as every Debian since 11 has them, whatever this machine has.
                env={**os.environ, "SYSTEMD_NSPAWN_UNIFIED_HIERARCHY": "1"},
            )  # fmt: skip
        self.until("the machine boots", self._find)
        self.until(
            "its systemd answers", lambda: self.succeeds("test", "-S", "/run/systemd/private")
        )

    def off(self) -> float:
        """Switch it off as by its button; return how many seconds that took."""
        assert self._process is not None, "a machine that is off has no button"
        since = time.monotonic()
        self._process.send_signal(signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(PATIENCE)
        took = time.monotonic() - since
        self.cut()
        return took

    def cut(self) -> None:
        """Cut it off from power: every process in it ends at once."""
        if self._process is None:
            return
        if self._leader:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self._leader, signal.SIGKILL)
        if self._process.poll() is None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(5.0)
        self._process.kill()
        self._process.wait()
        self._process, self._leader = None, 0

    def inside(self, *command: str) -> str:
        """Run a command in the running machine, as root; return what it says."""
        return self._run([*self._nsenter(), *command])

    def succeeds(self, *command: str) -> bool:
        """Tell whether a command inside succeeds."""
        try:
            self._run([*self._nsenter(), *command], PATIENCE)
        except NeverError:
            return False
        return True

    def show(self, unit: str, name: str) -> str:
        """Return a property of a unit, see systemctl(1)."""
        return self.inside("systemctl", "show", "-P", name, unit).strip()

    def until(
        self, what: str, true: Callable[..., bool], *about: str, patience: float = PATIENCE
    ) -> float:
        """Wait until something is so; return how many seconds that took. Raises NeverError."""
        since = time.monotonic()
        while not true(*about):
            if time.monotonic() - since > patience:
                raise NeverError(f"within {patience:.0f} s it never came to be that {what}")
            time.sleep(0.1)
        return time.monotonic() - since

    # --- how ---------------------------------------------------------------------------------

    def _nspawn(self) -> list[str]:
        # cgroups and journals of the machine that runs us are not touched.
        return [
            "systemd-nspawn", "--quiet", "--register=no", "--keep-unit", "--console=pipe",
            f"--directory={self.root}", f"--machine={self._name}",
            *(f"--bind-ro={here}:{there}" for there, here in self._bring.items()),
        ]  # fmt: skip

    def _nsenter(self) -> list[str]:
        return ["nsenter", "-t", str(self._leader), "-m", "-p", "-u", "-i", "-n", "-C"]

    def _find(self) -> bool:
        assert self._process is not None
        if self._process.poll() is not None:
            said = (self._folder / "console").read_text(encoding="utf-8", errors="replace")
            raise NeverError(f"systemd-nspawn has ended: {said.strip()[-200:]}")
        children = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children")
        for pid in children.read_text(encoding="ascii").split():
            with contextlib.suppress(OSError):
                if Path(f"/proc/{pid}/comm").read_text(encoding="ascii").strip() == "systemd":
                    self._leader = int(pid)
                    return self.succeeds("true")
        return False

    @staticmethod
    def _run(command: list[str], patience: float = 600.0) -> str:
        what = f"`{' '.join(command[-4:])}`"
        try:
            done = subprocess.run(
                command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL,
                timeout=patience,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            raise NeverError(f"{what} did not end within {patience:.0f} s") from None
        if done.returncode:
            said = (done.stderr.strip() or done.stdout.strip()).split("\n")[-1]
            raise NeverError(f"{what} ended with {done.returncode}: {said}")
        return done.stdout

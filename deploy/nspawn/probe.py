"""Tries, from inside a service's sandbox, what it may not do and what it must be able to.

Runs inside the machine with the system's Python and nothing else, and prints JSON: for each thing
"" if it can be done, else the name of the error. Nothing that it can do leaves a trace.
"""

import contextlib
import ctypes
import errno
import json
import mmap
import os
import platform
import socket
import sqlite3
import sys
import time
from collections.abc import Callable
from pathlib import Path

LIBC = ctypes.CDLL(None, use_errno=True)
# System calls without a name in the C library, on x86-64 and arm64: asm/unistd.h.
NUMBERS = {
    "init_module": (175, 105), "bpf": (321, 280), "perf_event_open": (298, 241),
    "kexec_load": (246, 104), "io_uring_setup": (425, 425),
}  # fmt: skip
NEWNS, NEWUSER, NEWNET = 0x00020000, 0x10000000, 0x40000000  # linux/sched.h
SEIZE = 0x4206  # linux/ptrace.h
BEYOND = ("192.0.2.1", 7770)  # an address of this machine that is not loopback
STATE = Path("/var/lib/static-unsigned-love")
# What a call says that was let through and only then found wrong.
REACHED = {errno.ENOEXEC, errno.EINVAL, errno.EFAULT, errno.E2BIG, errno.ESRCH}


def call(result: int) -> None:
    """Raise what the C library's call has set."""
    if result == -1:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def kernel(name: str, *args: int) -> None:
    """Make a system call by its number."""
    number = NUMBERS[name][platform.machine() == "aarch64"]
    call(LIBC.syscall(number, *(ctypes.c_long(value) for value in args)))


def writes(folder: str) -> Callable[[], None]:
    """Return what writes a file in a folder and takes it away."""

    def do() -> None:
        path = Path(folder, f"probe-{os.getpid()}")
        path.write_text("probe", encoding="ascii")
        path.unlink()

    return do


def rewrites(file: str) -> Callable[[], None]:
    """Return what writes into a file of the kernel what it says already."""

    def do() -> None:
        text = Path(file).read_bytes()
        with Path(file).open("r+b", buffering=0) as there:
            there.write(text)

    return do


def mounts() -> None:
    """Mount something over a folder of its own; the child's mounts end with it."""
    call(LIBC.mount(b"tmpfs", b"/mnt", b"tmpfs", 0, None))
    call(LIBC.umount2(b"/mnt", 2))


def sends(family: int, to: tuple[str, int]) -> Callable[[], None]:
    """Return what sends a datagram."""

    def do() -> None:
        with socket.socket(family, socket.SOCK_DGRAM) as sender:
            sender.sendto(b"probe", to)

    return do


def opens(family: int, kind: int, protocol: int = 0) -> Callable[[], None]:
    """Return what opens a socket."""
    return lambda: socket.socket(family, kind, protocol).close()


def hears_itself() -> None:
    """Send a datagram to this machine, and take it."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as ear:
        ear.bind(("127.0.0.1", 0))
        ear.settimeout(2.0)
        ear.sendto(b"probe", ear.getsockname())
        ear.recv(16)


def serves() -> None:
    """Be asked over TCP from this machine."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection(server.getsockname(), 2.0).close()


def keeps() -> None:
    """Write a row with SQLite as the archive does."""
    path = STATE / "probe.sqlite"
    try:
        with contextlib.closing(sqlite3.connect(path)) as base, base:
            base.execute("PRAGMA journal_mode=WAL")
            base.execute("CREATE TABLE probe (x)")
    finally:
        for file in STATE.glob("probe.sqlite*"):
            file.unlink()


def marks_setuid() -> None:
    """Make a file of its own set-user-id."""
    path = Path(f"/tmp/probe-{os.getpid()}")  # noqa: S108  # the service's own
    path.touch()
    try:
        path.chmod(0o4755)
    finally:
        path.unlink()


def gives_away() -> None:
    """Give a file of its own to another user."""
    path = Path(f"/tmp/probe-{os.getpid()}")  # noqa: S108  # as above
    path.touch()
    try:
        os.chown(path, 65534, 65534)
    finally:
        path.unlink()


def makes_group() -> None:
    """Make a control group, where what is in it is counted apart."""
    folder = Path("/sys/fs/cgroup/probe")
    folder.mkdir()
    folder.rmdir()


def makes_device() -> None:
    """Make a device node of the memory."""
    path = f"/tmp/probe-{os.getpid()}"  # noqa: S108  # as above
    os.mknod(path, 0o20600, os.makedev(1, 1))
    Path(path).unlink()


def sees_others() -> None:
    """Read the command line of the first process."""
    Path("/proc/1/cmdline").read_bytes()


def becomes_root() -> None:
    """Become root, or another user if it is root."""
    os.setuid(0 if os.getuid() else 65534)


DENIED: dict[str, Callable[[], object]] = {
    "write /usr": writes("/usr"),
    "write /etc": writes("/etc"),
    "write /boot": writes("/boot"),
    "write /run": writes("/run"),
    "write /var/log": writes("/var/log"),
    "write the updates": writes("/var/lib/static-unsigned-love-updates"),
    "look into /root": lambda: list(Path("/root").iterdir()),
    "look into /home": lambda: Path("/home/somebody/letter").read_bytes(),
    "read passwords": lambda: Path("/etc/shadow").read_bytes(),
    "see another's /tmp": lambda: Path("/tmp/letter").read_bytes(),  # noqa: S108  # put there
    "see other processes": sees_others,
    "signal the first process": lambda: os.kill(1, 0),
    "trace the engine": lambda: call(LIBC.ptrace(SEIZE, int(sys.argv[2]), None, None)),
    "mount": mounts,
    "change the root": lambda: os.chroot("/usr"),
    "a namespace of mounts": lambda: call(LIBC.unshare(NEWNS)),
    "a namespace of users": lambda: call(LIBC.unshare(NEWUSER)),
    "a namespace of networks": lambda: call(LIBC.unshare(NEWNET)),
    "become another user": becomes_root,
    "give a file away": gives_away,
    "a set-user-id file": marks_setuid,
    "a device node": makes_device,
    "load a module": lambda: kernel("init_module", 0, 0, 0),
    "load a kernel": lambda: kernel("kexec_load", 0, 1, 0, 0xFFFF),
    "load a BPF program": lambda: kernel("bpf", 5, 0, 0),
    "watch the processor": lambda: kernel("perf_event_open", 0, 0, -1, -1, 0),
    "an io_uring": lambda: kernel("io_uring_setup", 1, 0),
    "read the kernel's log": lambda: call(LIBC.klogctl(10, None, 0)),
    "set the clock": lambda: time.clock_settime(time.CLOCK_REALTIME, time.time()),
    "name the machine": lambda: call(LIBC.sethostname(*_name())),
    "a raw socket": opens(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP),
    "a packet socket": opens(socket.AF_PACKET, socket.SOCK_RAW),
    "a kernel crypto socket": opens(socket.AF_ALG, socket.SOCK_SEQPACKET),
    "send beyond this machine": sends(socket.AF_INET, BEYOND),
    "write /sys": rewrites("/sys/kernel/mm/transparent_hugepage/khugepaged/defrag"),
    "write /proc/sys": rewrites("/proc/sys/kernel/pid_max"),
    "make a control group": makes_group,
    "real-time priority": lambda: os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1)),
    "another personality": lambda: call(LIBC.personality(0x0040000)),
}
# Shut to the engine alone: the others need it.
ENGINE = {
    "memory to write and run": lambda: mmap.mmap(
        -1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC
    ).close(),
    "a netlink socket": opens(socket.AF_NETLINK, socket.SOCK_RAW),
}
FALLBACK = {"a datagram to this machine": hears_itself}
NEEDED: dict[str, Callable[[], object]] = {
    "write its state": writes(str(STATE)),
    "write its /tmp": writes("/tmp"),  # noqa: S108  # as above
    "keep an archive": keeps,
    "tell systemd": opens(socket.AF_UNIX, socket.SOCK_DGRAM),
    "read its models": lambda: next(
        Path("/usr/lib/static-unsigned-love").glob("current/share/*/models_onnx/*.onnx")
    ).read_bytes(),
    "read its settings": lambda: Path("/etc/static-unsigned-love/settings.toml").read_bytes(),
    "know the processor": lambda: Path("/proc/cpuinfo").read_bytes(),
    "see what the kernel says": lambda: list(Path("/sys/class").iterdir()),
}
LOOPBACK = {"datagrams on this machine": hears_itself, "a page on this machine": serves}
DEVICES = {"hear of devices": opens(socket.AF_NETLINK, socket.SOCK_RAW, 15)}


def _name() -> tuple[bytes, int]:
    name = os.uname().nodename.encode()
    return name, len(name)


def outcome(do: Callable[[], object]) -> str:
    """Try something in a child, so that what it changes ends with it; return "" or the error."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        said = "nothing"
        try:
            do()
            said = ""
        except OSError as error:
            reached = error.errno in REACHED
            said = "" if reached else errno.errorcode.get(error.errno or 0, str(error))
        except Exception as error:  # noqa: BLE001  # it is what is reported
            said = f"{type(error).__name__}: {error}"
        finally:
            os.write(write, said.encode())
            os._exit(0)
    os.close(write)
    with os.fdopen(read, "rb") as end:
        said = end.read().decode()
    _, status = os.waitpid(child, 0)
    return f"signal {os.WTERMSIG(status)}" if os.WIFSIGNALED(status) else said


def main(service: str) -> None:
    """Print what comes of every attempt."""
    denied = DENIED | (ENGINE if service in ("engine", "outside") else {})
    needed = NEEDED | (LOOPBACK if service != "fallback" else {})
    needed |= DEVICES if service != "engine" else {}
    denied |= FALLBACK if service in ("fallback", "outside") else {}
    found = {
        "denied": {name: outcome(do) for name, do in denied.items()},
        "needed": {name: outcome(do) for name, do in needed.items()},
    }
    print(json.dumps(found))


if __name__ == "__main__":
    main(sys.argv[1])

"""Which systems a package is made for, and what it asks of each."""

import subprocess
from dataclasses import dataclass
from pathlib import Path

PACKAGE = "static-unsigned-love"
MACHINES = {"amd64": "x86_64", "arm64": "aarch64"}  # Debian's word, and the wheels'


class BuildError(Exception):
    """A package that cannot be made; the message is one sentence with what to do."""


@dataclass(frozen=True, slots=True)
class Suite:
    """A release of Debian, and of Raspberry Pi OS, which is built on it."""

    name: str
    number: int
    python: tuple[int, int]
    glibc: int  # 2.n
    sound: str  # the package of libasound.so.2
    midi: tuple[str, ...]  # what python-rtmidi is where it has no wheel


SUITES = {
    "bookworm": Suite("bookworm", 12, (3, 11), 36, "libasound2", ()),
    "trixie": Suite("trixie", 13, (3, 13), 41, "libasound2t64", ("python3-rtmidi",)),
}


@dataclass(frozen=True, slots=True)
class Target:
    """A suite on a processor."""

    suite: Suite
    arch: str

    @property
    def python(self) -> str:
        """The suite's Python, such as 3.13: compiled modules are for this one alone."""
        return "{}.{}".format(*self.suite.python)

    @property
    def platforms(self) -> list[str]:
        """The platform tags whose wheels run there, see PEP 600."""
        machine = MACHINES[self.arch]
        numbered = [f"manylinux_2_{n}_{machine}" for n in range(17, self.suite.glibc + 1)]
        return [f"manylinux2014_{machine}", *numbered]

    @property
    def depends(self) -> list[str]:
        """Packages without which the piece does not play."""
        major, minor = self.suite.python
        return [
            f"python3 (>= {major}.{minor})",
            f"python3 (<< {major}.{minor + 1})",
            "python3-systemd",
            *self.suite.midi,
            "libc6",
            "libstdc++6",
            "libgcc-s1",
            "zlib1g",
            # What SDL opens by name when it draws without a desktop, and the drivers behind it.
            "libdrm2",
            "libgbm1",
            "libegl1",
            "libgles2",
            "libgl1-mesa-dri",
            "libudev1",
            self.suite.sound,
            "systemd",
            "udev",
            "init-system-helpers",
            "openssh-client",  # whose updates are taken is checked by ssh-keygen
        ]

    @property
    def suggests(self) -> list[str]:
        """Packages that two screens need, and one does not."""
        return ["sway", "seatd"]

    @property
    def recommends(self) -> list[str]:
        """Packages without which some part does not: faders, a restart by hand, Wayland."""
        return [
            "python3-lgpio",  # in the archive of Raspberry Pi OS only
            "dbus",  # the operator's panel asks systemd about restarts
            "libwayland-client0",
            "libwayland-cursor0",
            "libwayland-egl1",
            "libxkbcommon0",
        ]


def target(suite: str | None = None, arch: str | None = None) -> Target:
    """Return the named target, or this machine; BuildError where there is no such package."""
    suite = suite or _codename(Path("/etc/os-release").read_text(encoding="utf-8"))
    arch = arch or _architecture()
    if suite not in SUITES:
        raise BuildError(
            f"there is no package for Debian {suite or 'of unknown name'}: name one with --suite, "
            f"there are {' and '.join(SUITES)}"
        )
    if arch not in MACHINES:
        raise BuildError(
            f"there is no package for {arch}, since not all dependencies have wheels for it: "
            f"use a 64-bit system, {' or '.join(MACHINES)}"
        )
    return Target(SUITES[suite], arch)


def _codename(os_release: str) -> str:
    """Return a system's code name, see os-release(5); empty where it has none."""
    for line in os_release.splitlines():
        key, _, value = line.partition("=")
        if key == "VERSION_CODENAME":
            return value.strip("\"'")
    return ""


def _architecture() -> str:
    command = ["dpkg", "--print-architecture"]
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        raise BuildError("dpkg is missing: build on a Debian system") from None

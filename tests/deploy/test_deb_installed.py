"""The real packages in real systems: installed, played, upgraded, overridden, removed, purged.

    make test-deb TREES=/a/folder      as root; ten minutes

Needs systemd-nspawn, mmdebstrap and Debian's archive; for arm64 qemu-user-static with
binfmt-support. The bare systems are made once in TREES and copied for each test.
"""

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from appliance import __version__
from deploy.deb.__main__ import BUILD
from deploy.deb.target import SUITES, Target
from deploy.nspawn.packages import later
from deploy.update.stand_ins import call_it
from tests.conftest import ROOT

TREES = os.environ.get("TREES", "")
TOOLS = ("systemd-nspawn", "mmdebstrap", "dpkg-deb")
MISSING = [tool for tool in TOOLS if shutil.which(tool) is None]
pytestmark = [
    pytest.mark.skipif(not TREES, reason="TREES names no folder: see this file's first lines"),
    pytest.mark.skipif(os.geteuid() != 0, reason="only root can enter another system"),
    pytest.mark.skipif(bool(MISSING), reason=f"missing: {', '.join(MISSING)}"),
]
STATE = "var/lib/static-unsigned-love"
HOME = "usr/lib/static-unsigned-love"
SITE = "etc/static-unsigned-love/settings.toml"
UPDATES = "var/lib/static-unsigned-love-updates"
CLONE = "/mnt/clone"  # inside
GOLDEN = (ROOT / "tests/golden/linux.txt").read_text(encoding="ascii")


class System:
    """A Debian system in a folder, entered without being booted."""

    def __init__(self, root: Path, name: str) -> None:
        self.root, self._name = root, name

    def run(self, *command: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run a command inside; its failure is the test's."""
        done = subprocess.run(
            [
                "systemd-nspawn", "--quiet", "--register=no", "--keep-unit", "--console=pipe",
                f"--directory={self.root}", f"--machine={self._name}", "--resolv-conf=copy-host",
                f"--bind-ro={ROOT}:{CLONE}",
                # The Pi 5's own core: what the emulator adds to it computes some kernels wrongly.
                "--setenv=QEMU_CPU=cortex-a76", "--setenv=DEBIAN_FRONTEND=noninteractive",
                *command,
            ],
            capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL,
        )  # fmt: skip
        assert not check or done.returncode == 0, f"{command}:\n{done.stdout}\n{done.stderr}"
        return done

    def install(self, deb: Path, *options: str) -> None:
        """Install a package with apt, as deploy/install does."""
        shutil.copyfile(deb, self.root / "root/made.deb")
        keep = ("-o", "Dpkg::Options::=--force-confdef", "-o", "Dpkg::Options::=--force-confold")
        self.run(
            "apt-get", "install", "-y", "-q", "--no-install-recommends", *keep, *options,
            "/root/made.deb",
        )  # fmt: skip

    def files(self) -> set[str]:
        """Return all places that a package could leave something in."""
        found = self.run("find", "/etc", "/usr", "/var/lib", "/home", "/opt", "-not", "-type", "d")
        # apt's and dpkg's own books; what users and groups there are is said elsewhere.
        books = ("/var/lib/dpkg", "/var/lib/apt", "/etc/passwd", "/etc/group", "/etc/shadow")
        return {
            line
            for line in found.stdout.splitlines()
            if not line.startswith((*books, "/etc/gshadow", "/etc/subuid", "/etc/subgid"))
        }


@pytest.fixture
def system(tmp_path: Path) -> Callable[[str, str], System]:
    """Return a maker of copies of a bare system with what the package needs in it."""

    def make(suite: str, arch: str) -> System:
        bare = Path(TREES, f"{suite}-{arch}")
        if not bare.is_dir():
            options = ["--mode=root", "--variant=minbase", f"--arch={arch}"]
            subprocess.run(["mmdebstrap", *options, suite, bare], check=True)
        copy = tmp_path / "root"
        subprocess.run(["cp", "--archive", bare, copy], check=True)
        made = System(copy, f"made-{os.getpid()}")
        made.run("apt-get", "update", "-q")
        needed = [relation.partition(" ")[0] for relation in Target(SUITES[suite], arch).depends]
        made.run("apt-get", "install", "-y", "-q", "--no-install-recommends", *needed)
        return made

    return make


def package(suite: str, arch: str, mark: str = "") -> Path:
    path = BUILD / f"static-unsigned-love_{__version__}+deb{SUITES[suite].number}{mark}_{arch}.deb"
    if not path.exists():
        pytest.skip(f"{path.name} is not made: make test-deb makes it")
    return path


def typed(system: System, *arguments: str) -> str:
    command = ("appliance", "type", "--mix", "linux=1", "--pace", "0", *arguments)
    return system.run(*command).stdout


def readers_of_settings(debian: System) -> str:
    """Return mode, owner and group of the site's file."""
    return debian.run("stat", "-c", "%a %U %G", f"/{SITE}").stdout.strip()


@pytest.mark.parametrize(
    ("suite", "arch", "mark"),
    [("trixie", "amd64", ""), ("bookworm", "amd64", ""), ("trixie", "arm64", "+emulator")],
)
def test_it_installs_plays_and_goes_without_a_trace(
    suite: str, arch: str, mark: str, system: Callable[[str, str], System]
) -> None:
    deb = package(suite, arch, mark)
    debian = system(suite, arch)
    before = debian.files()
    debian.install(deb)

    assert len(typed(debian, "--chars", "100", "--seed", "1")) == 100
    assert typed(debian, "--chars", "40", "--temperature", "0").startswith(GOLDEN[:40])
    found = json.loads(debian.run("appliance", "doctor", "--json", check=False).stdout)
    said = [check for check in found["checks"] if check["name"] == "models"]
    assert said[0]["severity"] == "ok" and said[0]["sentence"].startswith("24 styles")
    assert found["status"] < 2

    groups = debian.run("id", "--groups", "--name", "unsigned-love").stdout.split()
    assert set(groups) == {"unsigned-love", "video", "render", "input", "audio", "spi", "gpio"}
    assert "unsigned-love:!*" in debian.run("cat", "/etc/shadow").stdout
    state = (debian.root / STATE).stat()
    assert state.st_mode & 0o777 == 0o700
    assert readers_of_settings(debian) == "640 root unsigned-love"
    enabled = debian.root / "etc/systemd/system/multi-user.target.wants/static-unsigned-love.target"
    assert enabled.is_symlink()
    # Nobody else knows of onnxruntime's reports either.
    assert not (debian.root / STATE / ".cache/Microsoft").exists()

    debian.run("apt-get", "purge", "-y", "-q", "static-unsigned-love")
    (debian.root / "root/made.deb").unlink()
    assert debian.files() - before == set()
    assert not any((debian.root / place).exists() for place in (STATE, HOME, UPDATES))
    assert not (debian.root / SITE).parent.exists()


def test_the_installer_says_what_is_missing_installs_it_and_leaves_it_alone(
    system: Callable[[str, str], System],
) -> None:
    debian = system("trixie", "amd64")
    install = f"{CLONE}/deploy/install"
    before = debian.files()
    checked = debian.run(install, "--check", check=False)
    assert checked.returncode == 1 and "missing   static-unsigned-love itself\n" in checked.stdout
    assert debian.files() == before

    shutil.copyfile(package("trixie", "amd64"), debian.root / "root/made.deb")
    debian.run(install, "/root/made.deb")
    site = debian.root / SITE
    site.write_text('[stage]\ntheme = "contrast"\n', encoding="utf-8")
    installed = debian.files()
    assert "is installed already" in debian.run(install, "/root/made.deb").stdout
    assert debian.files() == installed and "contrast" in site.read_text(encoding="utf-8")
    assert debian.run(install, "--check").stdout.endswith("Nothing is missing.\n")
    # Whoever may not read the settings is told what was not looked at, and no more.
    other = debian.run("runuser", "-u", "nobody", "--", install, "--check")
    assert "sudo appliance boot --check" in other.stdout
    assert "not yours to read" not in other.stderr


def test_an_upgrade_keeps_the_settings_and_a_removal_the_archive(
    system: Callable[[str, str], System], tmp_path: Path
) -> None:
    deb = package("trixie", "amd64")
    debian = system("trixie", "amd64")
    debian.install(deb)
    site = debian.root / SITE
    site.write_text('[stage]\ntheme = "contrast"\n', encoding="utf-8")
    debian.run("chown", "root:root", f"/{SITE}")
    site.chmod(0o644)  # as packages before left it
    owner = ("install", "-o", "unsigned-love", "-m", "600", "/dev/stdin")
    debian.run("sh", "-c", f"echo typed | {' '.join(owner)} /{STATE}/archive.sqlite")

    debian.install(later(deb, tmp_path))
    assert site.read_text(encoding="utf-8") == '[stage]\ntheme = "contrast"\n'
    assert readers_of_settings(debian) == "640 root unsigned-love"
    assert [path.name for path in (debian.root / HOME / "releases").iterdir()] == ["9.0.0"]
    assert debian.run("appliance", "--version").stdout.split() == ["appliance", "9.0.0"]
    assert len(typed(debian, "--chars", "20", "--seed", "1")) == 20
    assert (debian.root / STATE / "archive.sqlite").read_text(encoding="utf-8") == "typed\n"

    debian.run("apt-get", "remove", "-y", "-q", "static-unsigned-love")
    assert not (debian.root / HOME).exists()
    assert (debian.root / STATE / "archive.sqlite").read_text(encoding="utf-8") == "typed\n"
    assert site.read_text(encoding="utf-8") == '[stage]\ntheme = "contrast"\n'


def test_an_update_comes_before_the_package_until_that_is_as_new(
    system: Callable[[str, str], System],
) -> None:
    deb = package("trixie", "amd64")
    debian = system("trixie", "amd64")
    debian.install(deb)

    def in_force() -> str:
        return debian.run("appliance", "--version").stdout.split()[1]

    updates = debian.root / UPDATES
    (updates / "releases").mkdir(parents=True)
    for version in ("0.0.1", "9.0.0"):
        copy = updates / "releases" / version
        shutil.copytree(debian.root / HOME / "releases" / __version__, copy, symlinks=True)
        call_it(copy, version)
    (updates / "current").symlink_to("releases/9.0.0")
    assert in_force() == "9.0.0"
    # It is whole in itself: models too.
    listed = debian.run("appliance", "doctor", check=False).stdout
    assert f"24 styles of /{UPDATES}/releases/9.0.0/" in listed
    debian.install(deb, "--reinstall")
    assert in_force() == "9.0.0"

    # What was made for another Python cannot start, and is passed over.
    python = updates / "releases/9.0.0/bin/python3"
    python.unlink()
    python.symlink_to("/usr/bin/python3.99")
    assert in_force() == __version__

    (updates / "current").unlink()
    (updates / "current").symlink_to("releases/0.0.1")
    assert in_force() == "0.0.1"
    debian.install(deb, "--reinstall")
    assert in_force() == __version__
    assert (updates / "releases/0.0.1").is_dir()


def test_modules_of_the_system_come_behind_those_that_are_locked(
    system: Callable[[str, str], System],
) -> None:
    debian = system("trixie", "amd64")
    debian.install(package("trixie", "amd64"))
    # Debian's protobuf claims the name `google` as Python starts, by a .pth file.
    debian.run("apt-get", "install", "-y", "-q", "python3-protobuf", "python3-numpy")
    code = "import google.protobuf, numpy, onnx; print(google.protobuf.__file__, numpy.__file__)"
    python = f"/{HOME}/current/bin/python3"
    places = debian.run(python, "-I", "-c", code).stdout.split()
    assert len(places) == 2 and all(place.startswith(f"/{HOME}/") for place in places)
    hardware = "import rtmidi, systemd.daemon; print(rtmidi.__file__, systemd.daemon.__file__)"
    places = debian.run(python, "-I", "-c", hardware).stdout.split()
    assert all(place.startswith("/usr/lib/python3/dist-packages/") for place in places)

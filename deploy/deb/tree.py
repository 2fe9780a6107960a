"""The files of the package, laid out as they will lie on the machine; docs/installing.md says why.

/usr/lib/static-unsigned-love/current -> releases/VERSION
/usr/lib/static-unsigned-love/releases/VERSION/     a virtual environment, made by hand:
    pyvenv.cfg, bin/python3                          the system's Python, by another name
    lib/pythonX.Y/site-packages/                     the appliance and all that is locked
    share/static-unsigned-love/models_onnx/
/usr/bin/appliance, /etc, and what systemd and udev read
"""

import os
import shutil
from collections.abc import Iterable
from pathlib import Path

from deploy.deb.target import PACKAGE, Target
from deploy.deb.wheels import unpack

HOME = Path("usr/lib") / PACKAGE
SITE = Path("etc") / PACKAGE / "settings.toml"
MODELS = Path("share") / PACKAGE / "models_onnx"  # in a release, as appliance/engine/voices.py says
# What the dependencies bring for their own developers: a third of their files.
LEFT_OUT = (
    "numpy/**/tests",
    "onnx/backend/test",
    "onnx/test",
    "pygame/docs",
    "pygame/examples",
    "pygame/tests",
)
# Where modules of the system's packages lie, and those that a site adds with pip.
SYSTEM = ("/usr/lib/python3/dist-packages", "/usr/local/lib/python{}/dist-packages")


def lay_out(clone: Path, wheels: Iterable[Path], target: Target, version: str, root: Path) -> None:
    """Write all files of the package below `root`, which is empty; dates and modes come later."""
    release = root / HOME / "releases" / version
    environment(release, target)
    site_packages = release / "lib" / f"python{target.python}" / "site-packages"
    for wheel in wheels:
        unpack(wheel, site_packages)
    for pattern in LEFT_OUT:
        for folder in sorted(site_packages.glob(pattern)):
            shutil.rmtree(folder)
    ignore = shutil.ignore_patterns("__pycache__", "*.pyc")
    shutil.copytree(clone / "appliance", site_packages / "appliance", ignore=ignore)
    shutil.copytree(clone / "models_onnx", release / MODELS)
    (root / HOME / "current").symlink_to(f"releases/{version}")

    deploy = clone / "deploy"
    copy(deploy / "appliance", root / "usr/bin/appliance")
    (root / "usr/bin/appliance").chmod(0o755)
    copy(deploy / "etc/settings.toml", root / SITE)
    for unit in sorted(deploy.glob("systemd/*.*")):
        copy(unit, root / "usr/lib/systemd/system" / unit.name)
    copy(deploy / "sysusers.conf", root / f"usr/lib/sysusers.d/{PACKAGE}.conf")
    copy(deploy / "modules-load.conf", root / f"usr/lib/modules-load.d/{PACKAGE}.conf")
    copy(deploy / "udev.rules", root / f"usr/lib/udev/rules.d/70-{PACKAGE}.rules")

    papers = root / "usr/share/doc" / PACKAGE
    copy(clone / "LICENSE", papers / "copyright")
    for paper in ("README.md", "CHANGELOG.md"):
        copy(clone / paper, papers / paper)
    for page in sorted((clone / "docs").glob("*.md")):
        copy(page, papers / "docs" / page.name)


def environment(release: Path, target: Target) -> None:
    """Make a virtual environment that may lie anywhere.

    Python finds `pyvenv.cfg` beside the folder of the name by which it is called, and takes the
    folder around both for its prefix. The system's modules come in by plain paths behind the locked
    ones, and not by `include-system-site-packages`, which would run their .pth files too.
    """
    packages = release / "lib" / f"python{target.python}" / "site-packages"
    packages.mkdir(parents=True)
    system = "".join(f"{path.format(target.python)}\n" for path in SYSTEM)
    (packages / "system.pth").write_text(system, encoding="utf-8")
    (release / "pyvenv.cfg").write_text(
        f"home = /usr/bin\ninclude-system-site-packages = false\nversion = {target.python}\n",
        encoding="utf-8",
    )
    (release / "bin").mkdir()
    (release / "bin" / "python3").symlink_to(f"/usr/bin/python{target.python}")


def copy(file: Path, to: Path) -> None:
    """Copy one file, and make the folders that lead to it."""
    to.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(file, to)


def settle(root: Path, date: int) -> None:
    """Give every file one date and a mode that does not come from this machine's umask."""
    for folder, _, names in os.walk(root, topdown=False):
        for name in names:
            path = Path(folder, name)
            if not path.is_symlink():
                path.chmod(0o755 if path.stat().st_mode & 0o100 else 0o644)
            os.utime(path, (date, date), follow_symlinks=False)
        Path(folder).chmod(0o755)
        os.utime(folder, (date, date))
    # A token and a PIN's hash will stand there; postinst gives it to the piece's group.
    (root / SITE).chmod(0o640)

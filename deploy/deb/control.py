"""What dpkg is told of the package; deb-control(5), deb-conffiles(5), deb-md5sums(5)."""

import hashlib
import shutil
from pathlib import Path

from deploy.deb.target import PACKAGE, Target

SCRIPTS = ("postinst", "prerm", "postrm")
DESCRIPTION = """\
Description: text instrument whose mixture of writers is played live
 Twenty-four neural writers read the same page, and a hand mixes what they would
 type next. For a Raspberry Pi in a gallery: engine, stage, models, services and
 settings, with all Python dependencies that Debian does not have.
"""


def write_control(folder: Path, root: Path, target: Target, version: str) -> None:
    """Write control, conffiles and md5sums of the files below `root`, and the scripts."""
    folder.mkdir()
    files = sorted(path for path in root.rglob("*") if path.is_file() or path.is_symlink())
    files = [path for path in files if folder not in path.parents]
    settings = [path for path in files if path.is_relative_to(root / "etc")]
    size = sum(-(-path.lstat().st_size // 1024) for path in files)  # in KiB, each rounded up
    (folder / "control").write_text(
        f"Package: {PACKAGE}\n"
        f"Version: {version}\n"
        f"Architecture: {target.arch}\n"
        "Maintainer: The static-unsigned-love authors <root@localhost>\n"
        f"Installed-Size: {size}\n"
        f"Depends: {', '.join(target.depends)}\n"
        f"Recommends: {', '.join(target.recommends)}\n"
        f"Suggests: {', '.join(target.suggests)}\n"
        "Section: misc\n"
        "Priority: optional\n"
        f"{DESCRIPTION}",
        encoding="utf-8",
    )
    (folder / "conffiles").write_text(
        "".join(f"/{path.relative_to(root)}\n" for path in settings), encoding="utf-8"
    )
    with (folder / "md5sums").open("w", encoding="utf-8") as sums:
        for path in files:
            if path not in settings and not path.is_symlink():
                digest = hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest()
                sums.write(f"{digest}  {path.relative_to(root)}\n")
    for script in SCRIPTS:
        shutil.copyfile(Path(__file__).with_name(script), folder / script)
        (folder / script).chmod(0o755)

"""Make the Debian package of static-unsigned-love, for this machine or another one.

Nothing of the target runs while it is made, so any machine makes all packages. The same sources
make the same files: every date in it is SOURCE_DATE_EPOCH, or that of the last commit.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from appliance import __version__
from deploy.deb.control import write_control
from deploy.deb.target import MACHINES, PACKAGE, SUITES, BuildError, Target, target
from deploy.deb.tree import lay_out, settle
from deploy.deb.wheels import chosen, fetch

CLONE = Path(__file__).resolve().parents[2]
BUILD = CLONE / "build"


def main(argv: list[str] | None = None) -> int:
    """Make one package, or say what it would be; return an exit status."""
    parser = argparse.ArgumentParser(prog="make deb", description=__doc__)
    parser.add_argument("--suite", choices=sorted(SUITES), help="Debian's release (this one's)")
    parser.add_argument("--arch", choices=sorted(MACHINES), help="processor (this one's)")
    parser.add_argument(
        "--onnxruntime",
        metavar="VERSION",
        help="another onnxruntime than the locked one, for an emulator; the package says so",
    )
    parser.add_argument("--depends", action="store_true", help="print what it needs, make nothing")
    parser.add_argument("--path", action="store_true", help="print where it lies, make nothing")
    args = parser.parse_args(argv)
    try:
        goal = target(args.suite, args.arch)
        version = f"{__version__}+deb{goal.suite.number}"
        if args.onnxruntime:
            version += "+emulator"
        path = BUILD / f"{PACKAGE}_{version}_{goal.arch}.deb"
        if args.depends:
            print("\n".join(relation.partition(" ")[0] for relation in goal.depends))
            return 0
        if not args.path:
            lock = (CLONE / "requirements" / "run.txt").read_text(encoding="utf-8")
            wanted = chosen(lock, goal.suite.python)
            folder = BUILD / "wheels" / f"{goal.arch}-{goal.python}"
            if args.onnxruntime:
                wanted = [line for line in wanted if not line.startswith("onnxruntime==")]
                another = [f"onnxruntime=={args.onnxruntime}\n"]
                wheels = fetch(wanted, goal, folder) + fetch(another, goal, folder)
            else:
                wheels = fetch(wanted, goal, folder)
            make(CLONE, wheels, goal, version, date(CLONE), path)
    except BuildError as error:
        print(f"{error}.", file=sys.stderr)
        return 1
    except PermissionError as error:
        print(
            f"{error.filename} is not yours to write, since root has made something here before: "
            f'run `sudo chown -R "$USER" {BUILD}`, then try again.',
            file=sys.stderr,
        )
        return 1
    print(path)
    return 0


def make(
    clone: Path, wheels: list[Path], goal: Target, version: str, when: int, path: Path
) -> None:
    """Make a package of a clone and its dependencies' wheels; `when` is in seconds since 1970."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=path.parent) as scratch:
        root = Path(scratch, "root")
        lay_out(clone, wheels, goal, version.partition("+")[0], root)
        settle(root, when)
        write_control(root / "DEBIAN", root, goal, version)
        made = Path(scratch, "made.deb")
        # One thread, since the bytes of more depend on how many there are.
        command = ["dpkg-deb", "--root-owner-group", "-Zzstd", "-z12", "--threads-max=1"]
        subprocess.run(
            [*command, "--build", str(root), str(made)],
            env={**os.environ, "SOURCE_DATE_EPOCH": str(when)},
            stdout=subprocess.DEVNULL,
            check=True,
        )
        made.replace(path)


def date(clone: Path) -> int:
    """Return the date of all files in seconds since 1970; BuildError where there is none."""
    named = os.environ.get("SOURCE_DATE_EPOCH", "")
    if named.isdecimal():
        return int(named)
    if named:
        raise BuildError(
            f"SOURCE_DATE_EPOCH is {named!r}: set it to seconds since 1970, or to nothing"
        )
    command = ["git", "-C", str(clone), "log", "-1", "--format=%ct"]
    try:
        return int(subprocess.run(command, capture_output=True, check=True).stdout)
    except (OSError, subprocess.CalledProcessError):
        raise BuildError(
            "git does not say when this was written: set SOURCE_DATE_EPOCH to seconds since 1970"
        ) from None


if __name__ == "__main__":
    sys.exit(main())

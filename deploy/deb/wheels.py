"""The locked dependencies of another machine: chosen, fetched and unpacked on this one.

A wheel is a zip file whose members lie as they shall lie in site-packages, but for a folder
`….data` (the wheel format, PEP 427). So no Python of the target has to run, and no path of this
machine gets into anything.
"""

import operator
import re
import subprocess
import sys
import tempfile
from pathlib import Path, PurePosixPath
from zipfile import ZipFile

from deploy.deb.target import BuildError, Target

MARKER = re.compile(r"python_full_version (<|>=) '(\d+)\.(\d+)'")
COMPARE = {"<": operator.lt, ">=": operator.ge}
LIBRARY = ("purelib", "platlib")


def chosen(lock: str, python: tuple[int, int]) -> list[str]:
    """Return the requirements of a lock file, with their hashes, that one Python wants.

    pip would judge the conditions by the Python that runs it. BuildError for one that is not about
    Python's version.
    """
    wanted = []
    for requirement in re.split(r"^(?=[a-z])", lock, flags=re.MULTILINE):
        head, _, hashes = requirement.partition("\\\n")
        name, _, marker = head.strip().partition(" ; ")
        if not name:
            continue
        if marker:
            match = MARKER.fullmatch(marker.strip())
            if match is None:
                raise BuildError(
                    f"the lock wants {name} only where {marker.strip()}, which cannot be judged "
                    "here: see deploy/deb/wheels.py"
                )
            compare, major, minor = match.groups()
            if not COMPARE[compare](python, (int(major), int(minor))):
                continue
        wanted.append(f"{name} \\\n{hashes.rstrip()}\n" if hashes else f"{name}\n")
    return wanted


def fetch(requirements: list[str], target: Target, folder: Path) -> list[Path]:
    """Fetch the wheels of requirements for a target into a folder; return them, sorted.

    What lies there already is not fetched again. BuildError where one has no wheel or a wrong hash.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile("w", suffix=".txt", encoding="utf-8") as file:
        file.writelines(requirements)
        file.flush()
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
        command += ["--disable-pip-version-check", "--only-binary", ":all:"]
        command += ["--python-version", target.python, "--implementation", "cp"]
        tag = "cp" + target.python.replace(".", "")
        for option, values in (
            ("--abi", [tag, "abi3", "none"]),
            ("--platform", target.platforms),
        ):
            command += [word for value in values for word in (option, value)]
        command += ["--dest", str(folder), "--requirement", file.name]
        if subprocess.run(command, check=False).returncode:
            raise BuildError(
                f"the wheels for Python {target.python} on {target.arch} could not be fetched: "
                "what pip says stands above; check the network connection, then try again"
            )
    # Wheels of an older lock may lie there too.
    wanted = {_pinned(line) for line in requirements}
    found = {}
    for wheel in folder.glob("*.whl"):
        name, version, *_ = wheel.name.split("-")
        if (_project(name), version) in wanted:
            found[_project(name)] = wheel
    missing = {name for name, _ in wanted} - found.keys()
    if missing:
        raise BuildError(f"pip left no wheel of {', '.join(sorted(missing))} in {folder}")
    return sorted(found.values())


def unpack(wheel: Path, site_packages: Path) -> None:
    """Unpack what a wheel brings to import; its commands and headers are left out."""
    with ZipFile(wheel) as zipped:
        for member in zipped.infolist():
            place = PurePosixPath(member.filename)
            if place.parts[0].endswith(".data"):
                if len(place.parts) < 3 or place.parts[1] not in LIBRARY:
                    continue
                place = PurePosixPath(*place.parts[2:])
            if member.is_dir():
                continue
            if place.is_absolute() or ".." in place.parts:
                raise BuildError(f"{wheel.name} has a member outside itself, {place}")
            path = site_packages / place
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(zipped.read(member))


def _pinned(requirement: str) -> tuple[str, str]:
    name, _, version = requirement.partition("\\")[0].strip().partition("==")
    return _project(name), version


def _project(name: str) -> str:
    """Return a project's name as all its spellings are compared, see PEP 503."""
    return re.sub(r"[-_.]+", "-", name).lower()

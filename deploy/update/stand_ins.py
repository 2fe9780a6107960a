"""Updates that work and updates that do not, made of a real package, to be tried on a real system.

    python -m deploy.update.stand_ins PACKAGE.deb FOLDER

writes into a folder a key, its public half, and a bundle of each kind; the key is for these alone.
"""

import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from appliance.update.manifest import write_manifest
from deploy.update.make import Release, manifest_of, pack, release_of, write

# What stands at the beginning of a verb's `run`, so that everything else is as it was.
CRASHES = '    raise RuntimeError("this engine is made to fail")\n'
# As a crash ends: nothing is closed and nothing is said.
ENDS_LATER = "    import os, threading\n    threading.Timer(8.0, os._exit, (1,)).start()\n"
HANGS = "    import time\n    time.sleep(3600.0)\n"


def call_it(folder: Path, version: str) -> None:
    """Let a release in a folder say another version of itself."""
    [module] = folder.glob("lib/python*/site-packages/appliance/__init__.py")
    said = module.read_text(encoding="utf-8")
    before = said.partition('__version__ = "')[2].partition('"')[0]
    module.write_text(said.replace(f'"{before}"', f'"{version}"'), encoding="utf-8")


def as_version(release: Release, version: str) -> Release:
    """Let a release say another version of itself; return it so."""
    call_it(release.folder, version)
    return replace(release, version=version)


def spoil(release: Release, verb: str, line: str) -> Release:
    """Let a verb of a release begin with another line."""
    [module] = release.folder.glob(f"lib/python*/site-packages/appliance/commands/{verb}.py")
    head, run, rest = module.read_text(encoding="utf-8").partition("def run(")
    signature, colon, body = rest.partition(":\n")
    module.write_text(head + run + signature + colon + line + body, encoding="utf-8")
    return release


# By version: the newer ones fail, so that each may be tried while the first is in force.
STAND_INS: dict[str, tuple[str, Callable[[Release], Release]]] = {
    "works": ("90.0.0", lambda release: release),
    "engine-crashes": ("90.1.0", lambda release: spoil(release, "engine", CRASHES)),
    "engine-crashes-later": ("90.2.0", lambda release: spoil(release, "engine", ENDS_LATER)),
    "engine-hangs": ("90.3.0", lambda release: spoil(release, "engine", HANGS)),
    "stage-shows-nothing": ("90.4.0", lambda release: spoil(release, "stage", HANGS)),
}


def new_key(folder: Path) -> Path:
    """Make a key without a passphrase; return the private half, `.pub` is the public one."""
    key = folder / "key"
    command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "stand-in", "-f", str(key)]
    subprocess.run(command, check=True)
    return key


def main(deb: str, out: str) -> int:
    """Write all of them; return an exit status."""
    folder = Path(out)
    folder.mkdir(parents=True, exist_ok=True)
    key = folder / "key" if (folder / "key").exists() else new_key(folder)
    for name, (version, change) in STAND_INS.items():
        with tempfile.TemporaryDirectory() as scratch:
            release = change(as_version(release_of(Path(deb), Path(scratch)), version))
            packed = pack(release.folder, level=1)
        manifest = write_manifest(manifest_of(release, packed))
        print(write(folder / f"{name}.update", manifest, packed.payload, key))
        if name == "works":
            print(write(folder / "unsigned.update", manifest, packed.payload, None))
            other = replace(release, arch="arm64" if release.arch == "amd64" else "amd64")
            foreign = write_manifest(manifest_of(other, packed))
            print(write(folder / "other-processor.update", foreign, packed.payload, key))
    whole = (folder / "works.update").read_bytes()
    (folder / "torn.update").write_bytes(whole[: len(whole) // 2])
    print(folder / "torn.update")
    return 0


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    sys.exit(main(*sys.argv[1:]))

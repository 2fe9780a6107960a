"""The same package under a later version, as the next release will be."""

import subprocess
from pathlib import Path

from appliance import __version__
from deploy.deb.tree import HOME, SITE
from deploy.update.stand_ins import call_it

LATER = "9.0.0"


def later(deb: Path, folder: Path, version: str = LATER) -> Path:
    """Return a later version of a package, with other settings for new sites, made in a folder."""
    tree = folder / "later"
    command = ["dpkg-deb", "--raw-extract", str(deb), str(tree)]
    subprocess.run(command, check=True)
    releases = tree / HOME / "releases"
    (releases / __version__).rename(releases / version)
    (tree / HOME / "current").unlink()
    (tree / HOME / "current").symlink_to(f"releases/{version}")
    for name in ("control", "md5sums"):
        said = (tree / "DEBIAN" / name).read_text(encoding="utf-8")
        (tree / "DEBIAN" / name).write_text(said.replace(__version__, version), encoding="utf-8")
    call_it(releases / version, version)
    with (tree / SITE).open("a", encoding="utf-8") as site:
        site.write('theme = "paper"\n')
    made = folder / "later.deb"
    command = ["dpkg-deb", "--root-owner-group", "-Zgzip", "-z1", "--build", str(tree), str(made)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return made

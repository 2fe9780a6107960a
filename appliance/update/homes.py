"""Where releases live, and the links that say which of them plays.

/usr/lib/static-unsigned-love/current              the package's release
/var/lib/static-unsigned-love-updates/
    releases/VERSION/     releases that came as updates
    current               which of them plays; without it the package's
    before                the release before it: it watches a trial, and --back returns to it
    trial.json            there as long as the one in force has not proved itself
    outcome.json          what became of the last update, for whoever looks
"""

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from appliance.update.manifest import PYTHON
from appliance.update.refused import Refused

PARTIAL = ".partial"  # what an unpacking that was cut off leaves behind ends so


@dataclass(frozen=True, slots=True)
class Homes:
    """The package's home and the updates'; what is in force lies in one of them."""

    package: Path = Path("/usr/lib/static-unsigned-love")
    updates: Path = Path("/var/lib/static-unsigned-love-updates")

    @property
    def releases(self) -> Path:
        """The folder of releases that came as updates."""
        return self.updates / "releases"

    def in_force(self) -> Path:
        """Return the release that the next start takes, as /usr/bin/appliance chooses it."""
        for home in (self.updates, self.package):
            if os.access(home / "current" / PYTHON, os.X_OK):
                return (home / "current").resolve()
        raise Refused("no release that runs is in force here: install the package anew")

    def before(self) -> Path | None:
        """Return the release before the one in force; None where there is none that runs."""
        link = self.updates / "before"
        if not os.access(link / PYTHON, os.X_OK) or link.resolve() == self.in_force():
            return None
        return link.resolve()

    def named(self, link: str) -> str:
        """Return the version that `current` or `before` leads to, whether or not it runs."""
        try:
            return (self.updates / link).readlink().name
        except OSError:
            return ""

    def switch(self, link: str, release: Path | None) -> None:
        """Let `current` or `before` lead to a release, in one step that survives a power cut.

        None, for `current`, is the package's; that one's own link is led to, not its folder, which
        the next package replaces.
        """
        place = self.updates / link
        if release is not None:
            ours = release.parent == self.releases.resolve()
            to = f"releases/{release.name}" if ours else str(self.package / "current")
            if link == "current" and not ours:
                release = None
        if release is None:
            place.unlink(missing_ok=True)
        else:
            partial = place.with_name(f"{link}{PARTIAL}")
            partial.unlink(missing_ok=True)
            partial.symlink_to(to)
            partial.replace(place)
        sync_folder(self.updates)

    def tidy(self) -> None:
        """Remove what an interruption left, and every release but the one in force and before."""
        kept = {self.in_force(), self.before()}
        for place in [*self.updates.glob(f"*{PARTIAL}"), *self.releases.glob("*")]:
            if place.is_symlink() or place.is_file():
                place.unlink()
            elif place.resolve() not in kept:
                shutil.rmtree(place)

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Let one update at a time work here; Refused if another one does.

        Until it ends, what is made is everybody's to read, whatever the umask of whoever calls: the
        piece is another user.
        """
        before = os.umask(0o022)
        try:
            self.releases.mkdir(parents=True, exist_ok=True)
            with (self.updates / "lock").open("wb") as lock:
                try:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    raise Refused(
                        "another update is being unpacked: wait until it is done"
                    ) from None
                yield
        finally:
            os.umask(before)


def sync_folder(folder: Path) -> None:
    """Bring a folder's names to the disk."""
    number = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    # Some file systems know no such thing, and need none.
    with suppress(OSError):
        os.fsync(number)
    os.close(number)

"""What is tried on the machine, from its first start to the package's removal, a row each."""

import json
import re
import time
from pathlib import Path

from appliance import __version__
from deploy.nspawn import sandbox
from deploy.nspawn.machine import Machine, NeverError
from deploy.nspawn.packages import LATER, later
from deploy.nspawn.table import Table
from deploy.nspawn.updates import Updates

TARGET = "static-unsigned-love.target"
SERVICES = ("engine", "stage")
SITE = "/etc/static-unsigned-love/settings.toml"
ARCHIVE = "/var/lib/static-unsigned-love/archive.sqlite"
CMDLINE = "/boot/firmware/cmdline.txt"
LINE = "console=serial0,115200 console=tty1 root=PARTUUID=1a2b3c4d-02 rootwait quiet splash\n"
SETTINGS = '[stage]\nfullscreen = true\ntheme = "contrast"\n'
TWO = """\
[stage]
fullscreen = true
screen = "1280x800"
wall = "1920x1080"
outputs = ["HEADLESS-1:1280x800@60", "HEADLESS-2:1920x1080@60"]
"""
NO_CARD = """\
[Service]
Environment=WLR_BACKENDS=headless WLR_HEADLESS_OUTPUTS=2 WLR_LIBINPUT_NO_DEVICES=1
Environment=WLR_RENDERER=pixman
"""
SOON = "[Timer]\nOnCalendar=\nOnCalendar=*:*:0/10\nAccuracySec=1s\n"
# What a start must not wait for.
NEEDLESS = re.compile(r"network-online|wait-online|apt-daily|cloud-|plymouth|NetworkManager-wait")
STARTS = 5  # that are allowed, beside the one that runs
STOPS = 10.0  # seconds that each service may take to end
WHOLE = """\
import sqlite3
database = sqlite3.connect("file:{}?mode=ro", uri=True)
print(*database.execute("PRAGMA integrity_check").fetchone())
"""


def unit(service: str) -> str:
    """Return the unit's name of one of the services."""
    return f"appliance-{service}.service"


class Story:
    """Tries all of it in turn on one machine."""

    def __init__(
        self, machine: Machine, table: Table, package: Path, scratch: Path, *, bundles: bool
    ) -> None:
        self._machine, self._table = machine, table
        self._package, self._scratch, self._bundles = package, scratch, bundles
        self.chain = ""  # what systemd-analyze says of the start
        self.not_shown = ""  # what is denied to root as well, and so says nothing of a sandbox

    def play(self) -> None:
        """Try everything; a machine that does not boot ends the story."""
        attempt = self._table.attempt
        attempt("installs in a bare Debian", self.installs)
        attempt("a Pi's start is made quiet", self.starts_quietly)
        attempt("boots to READY", self.boots)
        if not self._table.rows[-1].well:
            return
        attempt("waits for nothing that it does not need", self.waits_for_nothing)
        for service in SERVICES:
            attempt(f"{service} killed", self.returns, "KILL", service)
            attempt(f"{service} hung, noticed by its watchdog", self.returns, "STOP", service)
        attempt("engine fails for good: the fallback", self.fails_for_good, "engine")
        attempt("the next quarter of an hour tries again", self.tries_again)
        attempt("stage fails for good: the fallback", self.fails_for_good, "stage")
        attempt("a technician restarts it", self.restarts)
        self.sandboxes()
        attempt("two screens through a compositor", self.two_screens)
        attempt("clean stop, whole archive", self.stops)
        attempt("power cut, whole archive, and READY", self.power_cut)
        if self._bundles:
            Updates(self._machine, self._table, __version__).try_all()
        attempt("a later package: settings kept, plays on", self.upgrades)
        attempt("switched off by its button", self.switches_off)
        attempt("removed: archive and settings kept", self.removed)

    # --- starting ---------------------------------------------------------------------------

    def installs(self) -> str:
        """Install the package before the first start."""
        self._machine.install(self._package)
        self._machine.write(SITE, SETTINGS)
        size = self._package.stat().st_size // 1_000_000
        return f"{self._package.name}, {size} MB"

    def starts_quietly(self) -> str:
        """Let the files that a Raspberry Pi starts by be written, twice."""
        machine = self._machine
        machine.write(CMDLINE, LINE)
        machine.enter("appliance", "boot")
        said = (machine.root / CMDLINE.lstrip("/")).read_text(encoding="utf-8")
        assert "console=tty3" in said and "tty1" not in said, said
        again = machine.enter("appliance", "boot").strip()
        assert again == "All is as it should be.", again
        machine.enter("appliance", "boot", "--check")
        return "written once; the second time nothing is to be done"

    def boots(self) -> str:
        """Switch on, and wait for the first character and the first frame."""
        machine = self._machine
        machine.boot()
        self._both_ready()
        said = machine.inside("appliance", "boot", "--time")
        took = re.findall(r"^(.*) after systemd began", said, re.MULTILINE)
        assert len(took) == len(SERVICES), said
        return "; ".join(took)

    def waits_for_nothing(self) -> str:
        """Look at everything that the services come after, directly or not."""
        machine = self._machine
        command = ("systemd-analyze", "critical-chain", "--no-pager", TARGET)
        self.chain = machine.inside(*command).strip()
        before = self._waited_for()
        needless = sorted(name for name in before if NEEDLESS.search(name))
        assert not needless, f"waits for {', '.join(needless)}"
        assert "sysinit.target" in before, "the list of what comes before is empty"
        return f"{len(before)} units come before it, none of the network or of upkeep"

    def _waited_for(self) -> set[str]:
        """Return all that began in this start and that the services come after."""
        said = self._machine.inside(
            "systemctl",
            "show",
            "*",
            "-p",
            "Id",
            "-p",
            "After",
            "-p",
            "InactiveExitTimestampMonotonic",
        )
        units: dict[str, list[str]] = {}
        for block in said.split("\n\n"):
            about = dict(line.split("=", 1) for line in block.split("\n") if "=" in line)
            if about.get("InactiveExitTimestampMonotonic", "0") != "0":
                units[about["Id"]] = about.get("After", "").split()
        found: set[str] = set()
        left = [unit(service) for service in SERVICES]
        while left:
            for name in units.get(left.pop(), ()):
                if name in units and name not in found:
                    found.add(name)
                    left.append(name)
        return found

    # --- failing ----------------------------------------------------------------------------

    def returns(self, signal: str, service: str) -> str:
        """Strike a service, and wait until it is ready as another process."""
        self._machine.inside("systemctl", "reset-failed")
        before = self._strike(signal, service)
        took = self._machine.until(
            f"the {service} is ready again", lambda: self._anew(service, before)
        )
        return f"ready again after {took:.1f} s"

    def fails_for_good(self, service: str) -> str:
        """Kill a service as often as it returns; the fallback must come, and the stage be gone."""
        machine = self._machine
        machine.inside("systemctl", "reset-failed")
        kills = 0
        while not self._is("fallback", "active"):
            assert kills <= STARTS + 1, f"killed {kills} times, and no fallback came"
            before = self._strike("KILL", service)
            kills += 1
            machine.until(
                f"the {service} is ready again, or the fallback is shown",
                # Asked within this turn of the loop.
                lambda: self._anew(service, before) or self._is("fallback", "active"),  # noqa: B023
            )
        machine.until("the stage has gone", self._is, "stage", "inactive", "failed")
        said = machine.show(unit("fallback"), "StatusText").partition(".")[0]
        return f"killed {kills} times; {said}"

    def tries_again(self) -> str:
        """Let the timer try; here it does every ten seconds instead of every quarter of an hour."""
        assert self._is("fallback", "active"), "no fallback is shown"
        machine = self._machine
        shipped = machine.show("appliance-retry.timer", "TimersCalendar")
        assert "*:00/15:00" in shipped or "*:0/15" in shipped, f"the timer says {shipped}"
        place = "/etc/systemd/system/appliance-retry.timer.d/soon.conf"
        machine.write(place, SOON)
        machine.inside("systemctl", "daemon-reload")
        machine.inside("systemctl", "restart", "appliance-retry.timer")
        took = self._both_ready()
        machine.until("the fallback has gone", self._is, "fallback", "inactive")
        (machine.root / place.lstrip("/")).unlink()
        machine.inside("systemctl", "daemon-reload")
        return f"by the timer, set to 10 s: both ready after {took:.1f} s, the fallback gone"

    def restarts(self) -> str:
        """Restart the piece while the fallback is shown."""
        machine = self._machine
        since = time.monotonic()
        machine.inside("systemctl", "restart", TARGET)
        self._both_ready()
        took = time.monotonic() - since
        machine.until("the fallback has gone", self._is, "fallback", "inactive")
        return f"both ready after {took:.1f} s, the fallback gone"

    # --- walls ------------------------------------------------------------------------------

    def sandboxes(self) -> None:
        """Try from inside each service what is shut to it, and what must be open."""
        try:
            sandbox.prepare(self._machine)
            free = sandbox.outside(self._machine)
            self.not_shown = sandbox.not_shown(free)
        except NeverError as error:
            self._table.row("hardening as it really runs", holds=False, figures=str(error))
            return
        for service in (*SERVICES, "fallback"):
            try:
                holds, said = sandbox.verdict(sandbox.inside(self._machine, service), free)
            except (NeverError, json.JSONDecodeError) as error:
                holds, said = False, str(error)
            self._table.row(f"{service}: shut doors", holds, said)

    # --- screens ----------------------------------------------------------------------------

    def two_screens(self) -> str:
        """Name a wall in the settings; the compositor draws for two screens that nobody sees."""
        machine = self._machine
        place = "/etc/systemd/system/appliance-stage.service.d/screens.conf"
        machine.write(SITE, TWO)
        machine.write(place, NO_CARD)
        try:
            machine.inside("systemctl", "daemon-reload")
            since = time.monotonic()
            machine.inside("systemctl", "restart", TARGET)
            machine.until(
                "the stage shows two screens",
                lambda: "wall on" in machine.show(unit("stage"), "StatusText"),
            )
            took = time.monotonic() - since
            compositor = machine.inside("pgrep", "-x", "sway").split()[0]
            before = machine.show(unit("stage"), "MainPID")
            machine.inside("kill", "-KILL", compositor)
            back = machine.until(
                "the stage is back after its compositor was killed",
                lambda: (
                    self._anew("stage", before)
                    and "wall on" in machine.show(unit("stage"), "StatusText")
                ),
            )
        finally:
            machine.write(SITE, SETTINGS)
            (machine.root / place.lstrip("/")).unlink()
            machine.inside("systemctl", "daemon-reload")
            machine.inside("systemctl", "restart", TARGET)
            self._both_ready()
        return f"{took:.1f} s; the compositor killed: both shown again after {back:.1f} s"

    # --- ending -----------------------------------------------------------------------------

    def stops(self) -> str:
        """Stop the piece, and look at what it has written."""
        machine = self._machine
        time.sleep(2.0)  # for some characters to be typed
        since = time.monotonic()
        machine.inside("systemctl", "stop", TARGET)
        for service in (*SERVICES, "fallback"):
            machine.until(f"the {service} is off", self._is, service, "inactive")
        took = time.monotonic() - since
        assert took < STOPS, f"it took {took:.1f} s"
        for service in SERVICES:
            result = machine.show(unit(service), "Result")
            assert result == "success", f"the {service} ended with {result}"
        return f"{took:.1f} s; {self._archive()} characters"

    def power_cut(self) -> str:
        """Cut the power while it types, and switch it on again."""
        machine = self._machine
        machine.inside("systemctl", "start", TARGET)
        self._both_ready()
        time.sleep(3.0)  # for some characters to be committed
        machine.cut()
        machine.boot()
        took = self._both_ready()
        return f"{self._archive()} characters; ready {took:.1f} s after systemd answered"

    def upgrades(self) -> str:
        """Install a later package over this one while it plays."""
        machine = self._machine
        before = [machine.show(unit(service), "MainPID") for service in SERVICES]
        count = self._archive()
        machine.install(later(self._package, self._scratch))
        for service, pid in zip(SERVICES, before, strict=True):
            machine.until(f"the {service} is ready anew", self._anew, service, pid)
        version = machine.inside("appliance", "--version").split()[1]
        assert version == LATER, f"version {version} is in force"
        assert (machine.root / SITE.lstrip("/")).read_text(encoding="utf-8") == SETTINGS, (
            "the settings were changed"
        )
        assert self._archive() >= count, "the archive has lost characters"
        return f"version {version} plays, settings and archive are as they were"

    def switches_off(self) -> str:
        """Switch the machine off while it plays."""
        took = self._machine.off()
        assert took < 2 * STOPS, f"it took {took:.1f} s"
        return f"off after {took:.1f} s"

    def removed(self) -> str:
        """Remove the package."""
        machine = self._machine
        machine.enter("dpkg", "--remove", "static-unsigned-love")
        for path in ("usr/bin/appliance", "usr/lib/static-unsigned-love"):
            assert not (machine.root / path).exists(), f"/{path} is still there"
        for path in (ARCHIVE, SITE):
            assert (machine.root / path.lstrip("/")).exists(), f"{path} has gone"
        line = (machine.root / CMDLINE.lstrip("/")).read_text(encoding="utf-8")
        assert line == LINE, f"the kernel is still told: {line}"
        return "programs gone, archive and settings there, the machine's start as it was"

    # --- looking ----------------------------------------------------------------------------

    def _is(self, service: str, *states: str) -> bool:
        return self._machine.show(unit(service), "ActiveState") in states

    def _anew(self, service: str, pid: str) -> bool:
        now = self._machine.show(unit(service), "MainPID")
        return now not in ("0", pid) and self._is(service, "active")

    def _strike(self, signal: str, service: str) -> str:
        self._machine.until(f"the {service} is ready", lambda: self._anew(service, "0"))
        pid = self._machine.show(unit(service), "MainPID")
        self._machine.inside("kill", f"-{signal}", pid)
        return pid

    def _both_ready(self) -> float:
        return sum(
            self._machine.until(f"the {service} is ready", self._is, service, "active")
            for service in SERVICES
        )

    def _archive(self) -> int:
        """Return how many characters the archive has; NeverError where it is not whole."""
        said = self._machine.inside("python3", "-c", WHOLE.format(ARCHIVE)).strip()
        text = self._machine.inside("appliance", "transcript", "--json")
        drawn = sum(bool(json.loads(line)["drawn"]) for line in text.splitlines())
        if said != "ok" or not drawn:
            raise NeverError(f"the archive says {said}, and has {drawn} characters")
        return drawn

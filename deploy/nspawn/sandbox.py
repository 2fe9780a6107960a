"""A service's sandbox as it really runs: the same walls, and a probe inside instead of it."""

import json
from dataclasses import dataclass
from pathlib import Path

from deploy.nspawn.machine import Machine, NeverError

PLACE = "/usr/local/lib/probe.py"
# What is tried without any wall, by root: only what succeeds here shows that a wall does something.
OUTSIDE = "outside"
# What the probe is told instead of what the service is told, after all lines of its own.
INSTEAD = """
Type=oneshot
ExecStart=
ExecStart=/usr/bin/python3 -I {place} {service} {engine}
ExecStartPost=
Restart=no
RestartMode=normal
WatchdogSec=0
StandardInput=null
StandardOutput=truncate:/run/probe-{service}.json
StandardError=journal
"""
# The walls: what of systemd.exec(5) and systemd.resource-control(5) must be the same for both.
WALLS = (
    "User", "Group", "SupplementaryGroups", "NoNewPrivileges", "CapabilityBoundingSet",
    "AmbientCapabilities", "ProtectSystem", "ProtectHome", "ProtectProc", "ProtectClock",
    "ProtectHostname", "ProtectKernelTunables", "ProtectKernelModules", "ProtectKernelLogs",
    "ProtectControlGroups", "PrivateTmp", "PrivateDevices", "PrivateUsers", "PrivateNetwork",
    "PrivateMounts", "RestrictAddressFamilies", "RestrictNamespaces", "RestrictRealtime",
    "RestrictSUIDSGID", "LockPersonality", "MemoryDenyWriteExecute", "SystemCallFilter",
    "SystemCallArchitectures", "IPAddressDeny", "IPAddressAllow", "DevicePolicy", "DeviceAllow",
    "ReadWritePaths", "ReadOnlyPaths", "InaccessiblePaths", "BindPaths", "BindReadOnlyPaths",
    "StateDirectory", "UMask",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Findings:
    """What came of each attempt: "" if it could be done, else the name of the error."""

    denied: dict[str, str]
    needed: dict[str, str]


def prepare(machine: Machine) -> None:
    """Put the probe in, and things of others that it shall not see."""
    machine.write(PLACE, Path(__file__).with_name("probe.py").read_text(encoding="utf-8"))
    machine.write("/home/somebody/letter", "private")
    machine.inside("sh", "-c", "echo private >/tmp/letter")
    # A datagram to it gets out of the service, if it gets out of the sandbox.
    machine.inside("ip", "address", "replace", "192.0.2.1/32", "dev", "lo")
    machine.inside("install", "-d", "/var/lib/static-unsigned-love-updates")


def outside(machine: Machine) -> Findings:
    """Try everything as root without a sandbox."""
    engine = machine.show("appliance-engine.service", "MainPID")
    return _read(machine.inside("/usr/bin/python3", "-I", PLACE, OUTSIDE, engine))


def inside(machine: Machine, service: str) -> Findings:
    """Try everything in the sandbox of a service. NeverError where the walls are not the same."""
    unit = f"probe-{service}.service"
    machine.write(f"/etc/systemd/system/{unit}", probing(machine, service))
    machine.inside("systemctl", "daemon-reload")
    for wall in WALLS:
        there, here = (machine.show(name, wall) for name in (f"appliance-{service}.service", unit))
        if there != here:
            raise NeverError(f"{wall} is {here!r} for the probe and {there!r} for the {service}")
    machine.inside("systemctl", "start", unit)
    return _read(machine.inside("cat", f"/run/probe-{service}.json"))


def probing(machine: Machine, service: str) -> str:
    """Return a unit with all that a service is told, drop-ins too, but for what it starts."""
    lines = []
    section = ""
    for line in machine.inside("systemctl", "cat", f"appliance-{service}.service").split("\n"):
        if line.startswith("["):
            section = line
        elif section == "[Service]" and line and not line.startswith("#"):
            lines.append(line)
    engine = machine.show("appliance-engine.service", "MainPID")
    said = INSTEAD.format(place=PLACE, engine=engine, service=service)
    return "[Service]\n" + "\n".join(lines) + said


def verdict(found: Findings, free: Findings) -> tuple[bool, str]:
    """Tell whether a sandbox holds, and how that was shown."""
    open_ = [name for name, error in found.denied.items() if not error]
    shut = [f"{name} ({error})" for name, error in found.needed.items() if error]
    shown = [name for name, error in found.denied.items() if error and not free.denied.get(name)]
    unshown = [name for name in found.denied if free.denied.get(name)]
    said = f"{len(shown)} denied that root can do outside it"
    if unshown:
        said += f", {len(unshown)} not shown"
    said += f"; {len(found.needed) - len(shut)} of {len(found.needed)} needed things work"
    if open_:
        said = f"POSSIBLE: {', '.join(open_)}; {said}"
    if shut:
        said = f"FAILS: {', '.join(shut)}; {said}"
    return not open_ and not shut and bool(shown), said


def not_shown(free: Findings) -> str:
    """Return what no sandbox is shown to deny, since root cannot do it here either."""
    return ", ".join(f"{name} ({error})" for name, error in free.denied.items() if error)


def _read(said: str) -> Findings:
    found = json.loads(said)
    return Findings(found["denied"], found["needed"])

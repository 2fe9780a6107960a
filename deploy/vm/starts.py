"""Switched on: how it comes up, what it mounts, what it writes, and whom it lets in."""

import contextlib
import json
import socket
import struct
from pathlib import Path

from deploy.image.disk import MIB
from deploy.row import Row
from deploy.vm import card, ears
from deploy.vm.door import DoorError
from deploy.vm.machine import MAC, until
from deploy.vm.room import Room

WORDS = 12  # on the screen, for somebody outside to believe that it plays


def boots(room: Room) -> Row:
    """Switch it on; it is well when a character has been typed."""
    fresh = room.machine.switch_on()
    door = until("the technician's door opens", room.door.ajar, 2400)
    ready = until("engine and stage are ready", room.plays, 2400)
    with room.listener() as listener:
        typed = until("a character is typed", lambda: bool(listener.heard().typed))
    said = room.door.run(
        "systemd-analyze time | head -1; test -d /sys/firmware/efi && echo by UEFI || true"
    )
    if not fresh:
        return Row("it is on, and types", well=True, figures=", ".join(said.splitlines()))
    figures = f"{door + ready + typed:.0f} s in the emulator; {', '.join(said.splitlines())}"
    return Row("switched on, it types", well=True, figures=figures)


def root_is_read_only(room: Room) -> Row:
    """Look how root, data and boot partition are mounted, and how large the data has grown."""
    said = room.door.run("findmnt --json --list --bytes --output TARGET,FSTYPE,OPTIONS,SIZE")
    mounts = {m["target"]: m for m in json.loads(said)["filesystems"]}
    root, below = mounts["/"], mounts["/media/root-ro"]
    data, boot = mounts["/data"], mounts["/boot/firmware"]
    watchdog = room.door.run("wdctl 2>&1 | sed -n 's/^Identity: *//p'").strip()
    fed = room.door.run("systemctl show -P RuntimeWatchdogUSec").strip()
    well = (
        root["fstype"] == "overlay"
        and all("ro" in m["options"].split(",") for m in (below, boot))
        and {"nodev", "nosuid", "noatime"} <= set(data["options"].split(","))
        and mounts["/var/lib/static-unsigned-love"]["fstype"] == "ext4"
        and int(data["size"]) > 1024 * MIB
        and bool(watchdog)
        and fed not in ("", "0", "infinity")
    )
    figures = f"overlay over ext4 read-only; data grown to {int(data['size']) // MIB} MiB"
    return Row("root read-only, data grows", well, f"{figures}; watchdog: {watchdog or 'none'}")


def stands_still(room: Room) -> Row:
    """Let the first of all processes die, so that nobody feeds the watchdog any more."""
    manager = "org.freedesktop.systemd1 /org/freedesktop/systemd1 org.freedesktop.systemd1.Manager"
    begun = room.door.run("cat /proc/sys/kernel/random/boot_id")
    patience = 60_000_000  # in microseconds: an emulator is given more than the image gives a board
    room.door.run(f"busctl set-property {manager} RuntimeWatchdogUSec t {patience}")
    room.machine.events.clear()
    with contextlib.suppress(DoorError):  # the door dies with it
        room.door.run("kill -SEGV 1", patience=30)

    def anew() -> bool:
        return room.door.ajar() and room.door.run("cat /proc/sys/kernel/random/boot_id") != begun

    took = room.until("the watchdog has started it anew", anew, 1200)
    took += room.until("engine and stage are ready", room.plays, 1200)
    room.machine.ask("query-status")  # so that what it said meanwhile is read
    bitten = "WATCHDOG" in room.machine.events
    figures = f"{'the watchdog' if bitten else 'NOT the watchdog'}; it plays after {took:.0f} s"
    return Row("the whole system stands still", bitten, figures)


def doors_are_shut(room: Room) -> Row:
    """Start it without a key, and without a network too; try every way in, and cut it off."""
    said: list[str] = []
    well = True
    for lacks, networked in ((("authorized_keys",), True), (tuple(room.door.files), False)):
        room.machine.cut()
        room.door.forget()
        card.take_away(room.machine.image, lacks)
        try:
            answered, sent = _tried_from_outside(room)
        finally:
            room.machine.cut()
            card.put(room.machine.image, room.door.files)
        # With its network on, it must be seen there: else the port was silent for that reason.
        well &= not answered and bool(sent) == networked
        port = "ANSWERS" if answered else "silent"
        said.append(f"{sent} packets sent, port 22 {port}")
    told = f"without a key: {said[0]}; without both: {said[1]}"
    return Row("no way in without key and network file", well, told)


def _tried_from_outside(room: Room) -> tuple[bool, int]:
    """Return whether the door answers, and how many packets it has sent."""
    room.machine.switch_on(direct=True)  # firmware has a network of its own, and says so on it
    before: list[str] = []

    def plays() -> bool:
        ears.pause(20)
        seen = ears.words_on(room.photograph())
        changed = len(seen) > WORDS and len(before) > WORDS and seen != before
        before[:] = seen
        return changed

    until("text moves on the screen", plays, 2400)
    room.machine.press("ctrl", "alt", "f2")
    ears.pause(30)
    until("text moves on after Ctrl+Alt+F2", plays, 600)
    return answers(room.machine.ssh), packets_from(room.machine.packets, MAC)


def answers(port: int, patience: float = 60.0) -> bool:
    """Tell whether anything is said on a TCP port; a forwarded one may connect and be mute."""
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)) as sock:
        sock.settimeout(patience)
        return bool(sock.recv(64))
    return False


def packets_from(dump: Path, mac: bytes) -> int:
    """Return how many packets in a dump (pcap, the older form) come from an Ethernet address."""
    data, at, found = dump.read_bytes(), 24, 0
    while at + 16 <= len(data):
        [kept] = struct.unpack_from("<I", data, at + 8)
        found += data[at + 16 + 6 : at + 16 + 12] == mac
        at += 16 + kept
    return found


def nothing_was_written(room: Room) -> Row:
    """Look into the disk's file: no block of boot or root partition was ever written."""
    room.machine.cut()
    disk = room.machine.disk
    written = {
        name: card.written_between(disk, span.start, span.start + span.size)
        for name, span in card.spans(disk).items()
    }
    root, boot, data = (written[f"unsigned-{name}"] for name in ("root", "boot", "data"))
    figures = f"root {root} bytes, boot {boot}, data {data // MIB} MiB"
    return Row("nothing was written but data", not root and not boot and data > 0, figures)

"""What goes wrong in a gallery: programs that die or hang, a full disk, the power."""

from deploy.row import Row
from deploy.vm import card, ears
from deploy.vm.autopsy import autopsy
from deploy.vm.room import SERVICES, Room
from deploy.vm.starts import boots

MOST_LOST = 1.0  # seconds: what docs/reliability.md promises


def service_returns(room: Room, signal: str) -> Row:
    """Kill or stop engine and stage, one after the other; each must be active again."""
    took = []
    for service in SERVICES:
        pid = room.pid(service)
        room.door.run(f"kill -{signal} {pid}")

        def anew(service: str = service, pid: str = pid) -> bool:
            return room.pid(service) not in ("0", pid) and room.plays()

        took.append(f"{service} {room.until(f'{service} has returned', anew, 1200):.0f} s")
    return Row(f"SIG{signal} to engine and stage", well=True, figures=", ".join(took))


def disk_is_full(room: Room) -> Row:
    """Fill the data partition; it types on, says so, and archives again when there is room."""
    told = "journalctl -b -o cat -t static-unsigned-love | grep -c 'cannot be written' || true"
    before = int(room.door.run(told))
    fill = "fallocate -l $(df --output=avail -B1 /data | tail -1) /data/full || true"
    with room.listener() as listener:  # who hears all of it: what waits while it is full, too
        room.until("it types", lambda: len(listener.heard().typed) > 5)
        room.door.run(f"{fill}; dd if=/dev/zero of=/data/full.too bs=1M 2>/dev/null || true; sync")
        full = len(listener.heard().typed)
        said = room.until("it says so", lambda: int(room.door.run(told)) > before)
        room.until("it types on", lambda: len(listener.heard().typed) > full + 40)
        room.door.run("rm -f /data/full /data/full.too; sync")
        again = len(listener.heard().typed)
        room.until("it types", lambda: len(listener.heard().typed) > again + 20)
        ears.pause(20)
        heard = listener.heard()
    ears.pause(10)
    found = ears.lost(heard, ears.archive(room.door), compared=len(heard.typed))
    figures = f"said so after {said:.0f} s, and typed {again - full} characters meanwhile; of all "
    figures += f"{len(heard.typed)} the archive lacks {found.characters}"
    return Row("the disk is filled", not found.faults and found.characters == 0, figures)


def power_is_cut(room: Room) -> Row:
    """Pull the plug at a random moment while it types; look at the card, and start it again."""
    with room.listener() as listener:
        room.until("it types", lambda: len(listener.heard().typed) > 5)
        ears.pause(room.chance.uniform(1.0, 20.0))
        room.machine.cut()
        ears.pause(1)
        heard = listener.heard()
    part = room.folder / "data"
    card.copy(room.machine.disk, card.spans(room.machine.disk)["unsigned-data"], part)
    left = autopsy(part, heard, room.archived, room.folder / "left")
    room.archived = left.characters
    boots(room)
    faults = list(left.faults)
    with room.listener() as listener:
        room.until("the page is there", lambda: bool(listener.heard().page))
        now = listener.heard()
    if not ears.taken_up(left.text, left.end, now):
        faults.append("the text was not taken up")
    figures = (
        f"{left.lost.seconds:.2f} s of {left.characters:,} characters lost; "
        f"e2fsck: {'; '.join(left.fsck) or 'clean'}"
    )
    well = not faults and left.lost.seconds <= MOST_LOST
    return Row("power cut while it types", well, "; ".join([figures, *faults]))

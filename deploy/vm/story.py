"""What is done to the machine, row by row, and what must come of it."""

import contextlib
import json
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pygame

from appliance.stage.layout import arrange
from deploy.deb.target import BuildError
from deploy.image.disk import MIB, run
from deploy.vm import ears
from deploy.vm.door import Door, DoorError
from deploy.vm.machine import HEIGHT, WIDTH, Machine, MachineError, until

SERVICES = ("appliance-engine", "appliance-stage")
WORDS, LEGIBLE = 30, 0.8  # of the transcript's last words, how many must be read on the screen
MOST_LOST = 1.0  # seconds of the archive that a cut may take
GADGET = Path(__file__).with_name("gadget.sh")


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table."""

    what: str
    well: bool
    figures: str


class Story:
    """The trials, in the order in which one machine can have them."""

    def __init__(self, image: Path, folder: Path, seed: int, *, direct: bool = False) -> None:
        self.folder = folder
        self.machine = Machine(image, folder, direct=direct)
        self.door = Door(folder, self.machine.ssh)
        self.chance = random.Random(seed)  # noqa: S311  # moments to pull a plug
        self._photographs = 0

    def rows(self, cuts: int, only: frozenset[str]) -> Iterator[Row]:
        """Run all trials, or only some of them by name, and yield a row for each."""
        trials: dict[str, Callable[[], Row]] = {
            "boot": self.boots,
            "root": self.root_is_never_written,
            "screen": self.screen_is_read,
            "touch": self.touch_moves_the_mixture,
            "midi": self.midi_box_comes_and_goes,
            "kill": lambda: self.service_returns("KILL"),
            "hang": lambda: self.service_returns("STOP"),
            "full": self.disk_is_full,
        }
        trials |= {f"cut {number + 1}": self.power_is_cut for number in range(cuts)}
        trials["untouched"] = self.nothing_was_written_to_the_root
        for name, trial in trials.items():
            if name != "boot" and only and name.partition(" ")[0] not in only:
                continue
            try:
                row = trial()
            except (MachineError, DoorError, BuildError, OSError) as error:
                row = Row(name, well=False, figures=f"{type(error).__name__}: {error}")
                with contextlib.suppress(MachineError, OSError, ValueError):
                    self.machine.photograph(self.folder / f"failed-{name}.png")
            yield row
            if name == "boot" and not row.well:  # nothing else can be tried
                return

    def boots(self) -> Row:
        """Switch it on; it is well when a character has been typed."""
        self.machine.switch_on()
        door = until("the technician's door opens", self.door.ajar, 1800)
        ready = until("engine and stage are ready", self._both_are_active, 1800)
        with ears.Listener(self.door, self.folder) as listener:
            typed = until("a character is typed", lambda: bool(listener.heard().typed))
        said = self.door.run("systemd-analyze time | head -1").strip()
        return Row(
            "switched on, it types",
            well=True,
            figures=f"{door + ready + typed:.0f} s in the emulator; {said}",
        )

    def _both_are_active(self) -> bool:
        try:
            said = self.door.run(f"systemctl is-active {' '.join(SERVICES)} || true")
        except DoorError:
            return False
        return said.split() == ["active"] * len(SERVICES)

    def root_is_never_written(self) -> Row:
        """Look how root, data and boot partition are mounted, and how large the data has grown."""
        said = self.door.run("findmnt --json --list --bytes --output TARGET,FSTYPE,OPTIONS,SIZE")
        mounts = {m["target"]: m for m in json.loads(said)["filesystems"]}
        root, below = mounts["/"], mounts["/media/root-ro"]
        data, boot = mounts["/data"], mounts["/boot/firmware"]
        watchdog = self.door.run("wdctl 2>&1 | sed -n 's/^Identity: *//p'").strip()
        well = (
            root["fstype"] == "overlay"
            and all("ro" in m["options"].split(",") for m in (below, boot))
            and {"nodev", "nosuid", "noatime"} <= set(data["options"].split(","))
            and mounts["/var/lib/static-unsigned-love"]["fstype"] == "ext4"
            and int(data["size"]) > 1024 * MIB
            and bool(watchdog)
        )
        figures = f"overlay over ext4 read-only; data grown to {int(data['size']) // MIB} MiB"
        return Row("root read-only, data grows", well, f"{figures}; watchdog: {watchdog or 'none'}")

    def screen_is_read(self) -> Row:
        """Photograph the screen and read it back."""
        best, share = 0, -1.0
        for _ in range(3):  # a picture may fall between two frames of a machine this slow
            self._photographs += 1
            picture = self.machine.photograph(self.folder / f"screen-{self._photographs}.png")
            taken = float(self.door.run("date +%s.%N"))  # what is typed later is not in it
            text = "".join(text for at, text in ears.archive(self.door) if at <= taken)
            wanted = ears.WORD.findall(text)[-WORDS - 2 : -2]
            seen = ears.words_on(picture)
            share, best = max((share, best), (ears.legible(wanted, seen), len(wanted)))
        figures = f"{share:.0%} of the transcript's last {best} words"
        return Row("the screen, read by tesseract", share >= LEGIBLE and best > 0, figures)

    def touch_moves_the_mixture(self) -> Row:
        """Press into the circle, off its middle, and listen for another mixture."""
        circle = arrange(_screen(), target=90)["puck"]
        with ears.Listener(self.door, self.folder) as listener:
            until("the listener hears a mixture", lambda: bool(listener.heard().mixtures))
            before = listener.heard().mixtures[-1][1]
            self.machine.touch(
                circle.centerx / WIDTH, circle.centery / HEIGHT,
                to_x=(circle.centerx + circle.width * 0.25) / WIDTH, to_y=circle.centery / HEIGHT,
            )  # fmt: skip
            until("the mixture moves", lambda: listener.heard().mixtures[-1][1] != before, 120)
            after = listener.heard().mixtures[-1][1]
        return Row("a touch in the circle", well=True, figures=f"{_told(before)} → {_told(after)}")

    def midi_box_comes_and_goes(self) -> Row:
        """Plug a USB-MIDI box in, move a fader, pull it out, plug it in, move it again."""
        script = GADGET.read_text(encoding="utf-8")
        seen = []
        with ears.Listener(self.door, self.folder) as listener:
            for _ in range(2):
                self._box(script, "plug")
                ears.pause(30)
                before = len(listener.heard().mixtures)
                for value in (0, 40, 90, 127, 60, 20, 110):
                    self._box(script, rf"\260\007\{value:03o}")
                    ears.pause(2)

                def followed(count: int = before) -> bool:
                    return len(listener.heard().mixtures) > count

                until("the mixture follows the fader", followed, 120)
                seen.append(_told(listener.heard().mixtures[-1][1]))
                self._box(script, "unplug")
                ears.pause(10)
        return Row(
            "a USB-MIDI fader, moved, unplugged, replugged", well=True, figures="; ".join(seen)
        )

    def _box(self, script: str, verb: str) -> None:
        self.door.run(f"sh -s -- '{verb}'", told=script)

    def service_returns(self, signal: str) -> Row:
        """Kill or stop engine and stage, one after the other; each must be active again."""
        took = []
        for service in SERVICES:
            pid = self._pid(service)
            self.door.run(f"kill -{signal} {pid}")

            def anew(service: str = service, pid: str = pid) -> bool:
                return self._pid(service) not in ("0", pid) and self._both_are_active()

            took.append(f"{service} {until(f'{service} has returned', anew, 1200):.0f} s")
        return Row(f"SIG{signal} to engine and stage", well=True, figures=", ".join(took))

    def _pid(self, service: str) -> str:
        return self.door.run(f"systemctl show -P MainPID {service}").strip()

    def disk_is_full(self) -> Row:
        """Fill the data partition; it types on, says so, and archives again when there is room."""
        self.door.run("dd if=/dev/zero of=/data/full bs=1M 2>/dev/null || true; sync", patience=900)
        with ears.Listener(self.door, self.folder) as listener:
            typed = until("it types on", lambda: len(listener.heard().typed) > 20)
        status = self.door.run("systemctl show -P StatusText appliance-engine").strip()
        self.door.run("rm /data/full; sync")
        ears.pause(20)
        rows = ears.archive(self.door)
        with ears.Listener(self.door, self.folder) as listener:
            until("it types", lambda: len(listener.heard().typed) > 5)
            ears.pause(15)
            heard = listener.heard()
        later = ears.archive(self.door)
        found = ears.lost(heard, later)
        well = not found.faults and len(later) > len(rows)
        return Row("the disk is filled", well, f"typed on within {typed:.0f} s; status: {status}")

    def power_is_cut(self) -> Row:
        """Pull the plug at a random moment while it types; look at what the next start finds."""
        with ears.Listener(self.door, self.folder) as listener:
            until("it types", lambda: len(listener.heard().typed) > 5)
            ears.pause(self.chance.uniform(1.0, 20.0))
            self.machine.cut()
            ears.pause(1)
            heard = listener.heard()
        self.boots()
        found = ears.lost(heard, ears.archive(self.door))
        aside = self.door.run("ls /data/state | grep damaged || true").split()
        well = not found.faults and not aside and found.seconds <= MOST_LOST
        figures = f"{found.seconds:.2f} s of the archive lost, {found.characters} characters"
        if found.faults or aside:
            figures += f"; {', '.join([*found.faults, *aside])}"
        return Row("power cut while it types", well, figures)

    def nothing_was_written_to_the_root(self) -> Row:
        """Look into the disk's file: no block of boot or root partition was ever written."""
        said = self.door.run("lsblk --json --bytes --output PARTLABEL,START,SIZE /dev/vda")
        [disk] = json.loads(said)["blockdevices"] if "blockdevices" in said else [{}]
        parts = {p["partlabel"]: p for p in disk.get("children", [])}
        root = parts["unsigned-root"]
        begin = int(root["start"]) * 512
        self.machine.cut()
        written = written_between(self.machine.disk, begin, begin + int(root["size"]))
        return Row("nothing was written to the root", not written, f"{written} bytes")


def written_between(disk: Path, begin: int, end: int) -> int:
    """Return how many bytes of a range a qcow2 file has of its own, above what it stands on."""
    said = run("qemu-img", "map", "--output=json", disk)
    own = (part for part in json.loads(said) if part["depth"] == 0 and part["data"])
    spans = ((part["start"], part["start"] + part["length"]) for part in own)
    return sum(max(0, min(end, last) - max(begin, first)) for first, last in spans)


def _told(mixture: dict[str, float]) -> str:
    heaviest = sorted(mixture.items(), key=lambda item: -item[1])[:3]
    return " ".join(f"{slug} {weight:.2f}" for slug, weight in heaviest)


def _screen() -> pygame.Rect:
    return pygame.Rect(0, 0, WIDTH, HEIGHT)

"""How the machine starts: quietly, without a login on the screen, with outputs that are on.

What is written, where, and how it is undone; who writes it is `appliance boot`. Words of the
kernel: admin-guide/kernel-parameters and fb/modedb in its documentation; config.txt: Raspberry
Pi's. With the KMS driver, which is the Pi 5's only one, hdmi_force_hotplug in config.txt does
nothing: `video=` does what it did.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from appliance.outputs import parted
from appliance.service.edid import TIMINGS, edid

# No lines of the kernel, no penguins, no cursor, no dark screen after ten minutes, no picture
# before ours; and what is said all the same is said on a console that nobody sees.
QUIET = (
    "quiet", "loglevel=3", "logo.nologo", "vt.global_cursor_default=0", "consoleblank=0",
    "plymouth.enable=0", "console=tty3",
)  # fmt: skip
KEYS = ("loglevel", "vt.global_cursor_default", "consoleblank", "plymouth.enable")
FIRMWARE = "static-unsigned-love"  # folder of descriptions below the kernel's own
BEGIN, END = "# static-unsigned-love: begin", "# static-unsigned-love: end"
CONFIG = (BEGIN, "[all]", "disable_splash=1", "disable_fw_kms_setup=1", END)

CMDLINE_TXT, CONFIG_TXT = Path("boot/firmware/cmdline.txt"), Path("boot/firmware/config.txt")
BEFORE = Path("etc/static-unsigned-love/cmdline.before")
GRUB, GRUB_OURS = Path("etc/default/grub"), Path("etc/default/grub.d/static-unsigned-love.cfg")
EDIDS = Path("usr/lib/firmware") / FIRMWARE


class BootError(Exception):
    """A machine whose start cannot be changed; the message is one clause with what to do."""


@dataclass(frozen=True, slots=True)
class Change:
    """A file to be written, or taken away where there are no data, and why."""

    path: Path
    data: bytes | None
    why: str


# --- words of the kernel ----------------------------------------------------------------------


def words(outputs: Iterable[str]) -> list[str]:
    """Return what the kernel is told: to be quiet, and which outputs are on."""
    said, described = list(QUIET), []
    for output in outputs:
        name, (width, height), rate = parted(output)
        said.append(f"video={name}:{width}x{height}@{rate}D")  # D: on, and digital
        if (width, height, rate) in TIMINGS:
            described.append(f"{name}:{FIRMWARE}/{width}x{height}-{rate}.bin")
    if described:
        said.append(f"drm.edid_firmware={','.join(described)}")
    return said


def ours(word: str) -> bool:
    """Tell whether a word is one that is said, or that gives way to one that is."""
    key, _, value = word.partition("=")
    match key:
        case "console":
            return value.startswith("tty") and value[3:].isdecimal()
        case "video":
            try:
                parted(value.removesuffix("D"))
            except ValueError:
                return False
            return value.endswith("D")
        case "drm.edid_firmware":
            return f":{FIRMWARE}/" in value
    return word in QUIET or word == "splash" or key in KEYS


def with_words(line: str, outputs: Iterable[str]) -> str:
    """Return a line of kernel words with ours at its end; the same line if they are there."""
    return " ".join([*(word for word in line.split() if not ours(word)), *words(outputs)])


def without_words(line: str, before: str) -> str:
    """Return a line without our words, and with those of `before` that had given way to them."""
    kept = [word for word in line.split() if not ours(word)]
    at = 0
    for word in before.split():
        if word in kept:
            at = kept.index(word) + 1
        elif ours(word):
            kept.insert(at, word)
            at += 1
    return " ".join(kept)


# --- config.txt -------------------------------------------------------------------------------


def without_block(text: str) -> str:
    """Return config.txt without what is ours in it."""
    lines = text.split("\n")
    if BEGIN in lines and END in lines[lines.index(BEGIN) :]:
        first = lines.index(BEGIN)
        del lines[first : lines.index(END, first) + 1]
    return "\n".join(lines)


def with_block(text: str) -> str:
    """Return config.txt with ours at its end; the same text if it is there."""
    plain = without_block(text).rstrip("\n")
    return "\n".join([*([plain] if plain else []), *CONFIG, ""])


# --- what is to be done ------------------------------------------------------------------------


def changes(root: Path, outputs: list[str]) -> list[Change]:
    """Return what differs from how the machine below `root` should start; BootError."""
    found = _descriptions(root, outputs)
    if (root / CMDLINE_TXT).exists():
        found += _raspberry(root, outputs)
    elif (root / GRUB).exists():
        found.append(Change(root / GRUB_OURS, _grub(outputs), "GRUB waits unseen for a second"))
    else:
        raise BootError(
            f"neither {root / CMDLINE_TXT} nor {root / GRUB} is there: tell the kernel yourself "
            f"`{' '.join(words(outputs))}`"
        )
    return [change for change in found if _there(change.path) != change.data]


def undoings(root: Path) -> list[Change]:
    """Return what brings the machine below `root` back to how it started before."""
    found = [
        Change(path, None, "an output is described by its monitor again")
        for path in sorted((root / EDIDS).glob("*.bin"))
    ]
    if (root / CMDLINE_TXT).exists() and (root / BEFORE).exists():
        line = (root / CMDLINE_TXT).read_text(encoding="utf-8")
        text = without_words(line, (root / BEFORE).read_text(encoding="utf-8")) + "\n"
        found.append(
            Change(root / CMDLINE_TXT, text.encode(), "the kernel says what it said before")
        )
        found.append(Change(root / BEFORE, None, "nothing is left to be brought back"))
    config = _there(root / CONFIG_TXT)
    if config is not None:
        text = without_block(config.decode())
        data = text.encode() or None  # one that was made for us alone goes
        found.append(Change(root / CONFIG_TXT, data, "the firmware shows its own picture"))
    found.append(Change(root / GRUB_OURS, None, "GRUB and the kernel are as they were"))
    return [change for change in found if _there(change.path) != change.data]


def _descriptions(root: Path, outputs: list[str]) -> list[Change]:
    modes = {(width, height, rate) for _, (width, height), rate in map(parted, outputs)}
    wanted = {
        root / EDIDS / f"{width}x{height}-{rate}.bin": edid(TIMINGS[width, height, rate])
        for width, height, rate in sorted(modes & TIMINGS.keys())
    }
    stale = [path for path in sorted((root / EDIDS).glob("*.bin")) if path not in wanted]
    return [
        *(
            Change(path, data, "an output with no monitor has a mode")
            for path, data in wanted.items()
        ),
        *(Change(path, None, "no output has that mode any more") for path in stale),
    ]


def _raspberry(root: Path, outputs: list[str]) -> list[Change]:
    line = (root / CMDLINE_TXT).read_text(encoding="utf-8")
    found = []
    if not (root / BEFORE).exists():
        found.append(Change(root / BEFORE, line.encode(), "what the kernel was told is kept"))
    said = with_words(line, outputs) + "\n"
    found.append(
        Change(root / CMDLINE_TXT, said.encode(), "the kernel is quiet, and outputs are on")
    )
    config = (_there(root / CONFIG_TXT) or b"").decode()
    found.append(Change(root / CONFIG_TXT, with_block(config).encode(), "no rainbow at the start"))
    return found


def _grub(outputs: list[str]) -> bytes:
    said = " ".join(words(outputs))
    return (
        "# Written by `appliance boot`, and by `sudo appliance boot --undo` taken away.\n"
        f'GRUB_CMDLINE_LINUX_DEFAULT="$GRUB_CMDLINE_LINUX_DEFAULT {said}"\n'
        "GRUB_TIMEOUT_STYLE=hidden\n"
        "GRUB_TIMEOUT=1\n"
    ).encode()


def _there(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None

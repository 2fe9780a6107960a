"""What is heard and read of the piece from outside: its typing, its archive, its screen."""

import json
import re
import time
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Self

from deploy.image.disk import run
from deploy.vm.door import Door

PYTHON = "runuser -u unsigned-love -- /usr/lib/static-unsigned-love/current/bin/python3 -I -u -"
LISTEN = Path(__file__).with_name("listen.py")
WORD = re.compile(r"[A-Za-z]{3,}")


@dataclass(slots=True)
class Heard:
    """What the engine has said so far; times are seconds of the machine's own clock."""

    typed: list[tuple[float, str]] = field(default_factory=list)
    mixtures: list[tuple[float, dict[str, float]]] = field(default_factory=list)
    page: str = ""  # as it stood when the listener came
    page_end: int = 0  # index after its last character
    last: float = 0.0  # when the listener was last known to be awake

    @classmethod
    def read(cls, said: str) -> Self:
        """Read what the listener wrote; a last line that the cut has torn is left out."""
        heard = cls()
        for line in said.replace("\r", "").split("\n")[:-1]:  # a serial line ends lines its own way
            at, kind, *rest = line.split(" ")
            heard.last = float(at)
            if kind == "c":
                heard.typed.append((heard.last, chr(int(rest[0]))))
            elif kind == "p":
                heard.page_end = int(rest[0])
                heard.page = "".join(chr(int(code)) for code in rest[1:])
            elif kind == "w":
                parts = (word.split("=") for word in rest if word)
                heard.mixtures.append((heard.last, {slug: float(w) for slug, w in parts}))
        return heard


class Listener:
    """Somebody inside who hears what is typed; a context manager."""

    def __init__(self, door: Door, folder: Path) -> None:
        self._file = folder / "heard"
        self._process = door.stream(PYTHON, LISTEN, self._file)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()

    def heard(self) -> Heard:
        """Return all that was heard since it began."""
        return Heard.read(self._file.read_text(encoding="utf-8", errors="replace"))


@dataclass(frozen=True, slots=True)
class Lost:
    """What a cut took of the archive."""

    seconds: float  # before the listener's last sign, that the oldest missing one was heard
    characters: int  # that were heard and are not in the archive
    faults: tuple[str, ...] = ()


def lost(heard: Heard, archive: list[tuple[float, str]], *, compared: int = 200) -> Lost:
    """Compare what was heard before a cut with the archive after it, both in order of time.

    `archive` may go on after the cut; what is later than the last that was heard does not count.
    The last `compared` characters of what both have must be the same.
    """
    if not heard.typed:
        return Lost(0.0, 0, ("nothing was heard before the cut",))
    last = heard.typed[-1][0]
    # A character is archived with the time at which it was drawn, just before it is heard.
    before = [(at, text) for at, text in archive if at <= last + 0.001]
    said = "".join(text for _, text in heard.typed)
    kept = "".join(text for _, text in before)
    end = max(heard.last, last)
    for missing in range(len(said)):
        part = said[: len(said) - missing]
        if kept.endswith(part[-compared:]):
            gone = heard.typed[len(part) :]
            return Lost(end - gone[0][0] if gone else 0.0, missing)
    faults = ("nothing that was heard is in the archive",)
    return Lost(end - heard.typed[0][0], len(said), faults)


def agree(one: str, end: int, other: str, other_end: int) -> bool:
    """Tell whether two pieces of one text, by the index after their last, are the same in both."""
    begin, until = max(end - len(one), other_end - len(other)), min(end, other_end)
    ours = one[begin - end + len(one) : until - end + len(one)]
    return until > begin and ours == other[begin - other_end + len(other) :][: until - begin]


def taken_up(text: str, end: int, heard: Heard) -> bool:
    """Tell whether the page that was seen first goes on from what was left, if anything was."""
    later = heard.page_end >= end
    return not end or (later and agree(text, end, heard.page, heard.page_end))


def archive(door: Door) -> list[tuple[float, str]]:
    """Return time and text of all that the archive has, by the piece's own command."""
    said = door.run("appliance transcript --json", patience=900)
    facts = [json.loads(line) for line in said.splitlines()]
    return [(datetime.fromisoformat(f["at"]).timestamp(), f["text"]) for f in facts]


def words_on(picture: Path, part: str = "100%x45%+0+0") -> list[str]:
    """Return the words that tesseract reads in the upper part of a picture of the screen."""
    plain = picture.with_suffix(".plain.png")
    # At its own size: enlarged, the typeface's italic i becomes a t.
    grey = ("-colorspace", "Gray", "-negate", "-normalize")
    run("convert", picture, "-crop", part, "+repage", *grey, plain)
    return WORD.findall(run("tesseract", plain, "-", "--psm", "6"))


def legible(wanted: list[str], seen: list[str]) -> float:
    """Return which part of the wanted words was seen, each as often as it is wanted."""
    left, found = [word.lower() for word in seen], 0
    for word in wanted:
        if word.lower() in left:
            left.remove(word.lower())
            found += 1
    return found / len(wanted) if wanted else 0.0


def pause(seconds: float) -> None:
    """Let the machine go on by itself for a while."""
    time.sleep(seconds)

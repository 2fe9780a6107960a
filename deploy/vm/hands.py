"""What somebody before the machine sees and does: the page, a slider, the circle, a MIDI box."""

import math
from pathlib import Path

import pygame

from appliance.stage.layout import Layout, arrange
from deploy.row import Row
from deploy.vm import ears
from deploy.vm.machine import HEIGHT, WIDTH
from deploy.vm.room import Room

WORDS, LEGIBLE = 30, 0.8  # of the transcript's last words, how many must be read on the screen
PICTURES = 10  # at the most
MOVED = 0.2  # of the mixture, between the ends of a slider or fader, at the least
TARGET = 90  # pixels, of a finger on this screen, as the stage finds
GADGET, FINGER = (Path(__file__).with_name(name) for name in ("gadget.sh", "finger.py"))
# The first slider's ends, in parts of their panel's width and height.
LEFT, RIGHT, DOWN = 0.05, 0.46, 0.265


def screen_is_read(room: Room) -> Row:
    """Photograph the screen and read it back.

    Again for some minutes if need be: a picture may fall between two frames of a machine this slow,
    and where empty lines stand between verses, the page has no room for so many words.
    """
    best, share = 0, -1.0
    room.until(f"{WORDS} words are typed", lambda: len(_typed(room)) > WORDS + 2)
    for _ in range(PICTURES):
        picture = room.photograph()
        taken = float(room.door.run("date +%s.%N"))  # what is typed later is not in it
        wanted = _typed(room, taken)[-WORDS - 2 : -2]
        seen = ears.words_on(picture)
        share, best = max((share, best), (ears.legible(wanted, seen), len(wanted)))
        if share >= LEGIBLE:
            break
        ears.pause(20)
    figures = f"{share:.0%} of the transcript's last {best} words"
    return Row("the screen, read by tesseract", share >= LEGIBLE and best == WORDS, figures)


def _typed(room: Room, until: float = math.inf) -> list[str]:
    text = "".join(text for at, text in ears.archive(room.door) if at <= until)
    return ears.WORD.findall(text)


def finger_on_a_slider(room: Room) -> Row:
    """Pull the first slider to its left end and then to its right, with a finger of uinput's."""
    panel = _panels()["sliders"]
    ends = [(panel.x + part * panel.width) / WIDTH for part in (LEFT, RIGHT)]
    y = (panel.y + DOWN * panel.height) / HEIGHT
    drags = " ".join(f"{a:.4f},{y:.4f},{b:.4f},{y:.4f}" for a, b in (ends[::-1], ends))
    with room.listener() as listener:
        room.until("the listener hears a mixture", lambda: bool(listener.heard().mixtures))
        before = len(listener.heard().mixtures)
        script = FINGER.read_text(encoding="utf-8")
        room.door.run(f"modprobe uinput && python3 -I - {drags}", told=script)
        room.until("the mixture moves", lambda: len(listener.heard().mixtures) > before + 1, 120)
        ears.pause(20)
        since = [mixture for _, mixture in listener.heard().mixtures[before - 1 :]]
    slug, least, most = swing(since)
    figures = f"{slug} between {least:.2f} and {most:.2f}"
    return Row("a finger on a slider, to both ends", most - least > MOVED, figures)


def swing(mixtures: list[dict[str, float]]) -> tuple[str, float, float]:
    """Return the style whose weight moved furthest, and between what."""
    found = []
    for slug in {slug for mixture in mixtures for slug in mixture}:
        weights = [mixture.get(slug, 0.0) for mixture in mixtures]
        found.append((max(weights) - min(weights), slug, min(weights), max(weights)))
    return max(found)[1:] if found else ("nothing", 0.0, 0.0)


def touch_in_the_circle(room: Room) -> Row:
    """Press into the circle, off its middle, and listen for another mixture."""
    circle = _panels()["puck"]
    with room.listener() as listener:
        room.until("the listener hears a mixture", lambda: bool(listener.heard().mixtures))
        before = listener.heard().mixtures[-1][1]
        room.machine.touch(
            circle.centerx / WIDTH, circle.centery / HEIGHT,
            to_x=(circle.centerx + circle.width * 0.25) / WIDTH, to_y=circle.centery / HEIGHT,
        )  # fmt: skip
        room.until("the mixture moves", lambda: listener.heard().mixtures[-1][1] != before, 120)
        ears.pause(10)
        after = listener.heard().mixtures[-1][1]
    return Row("a press in the circle", well=True, figures=f"{_told(before)} → {_told(after)}")


def midi_box(room: Room) -> Row:
    """Plug a USB-MIDI box in, move a fader, pull it out, plug it in, move it again."""
    seen: list[str] = []
    swings: list[float] = []
    with room.listener() as listener:

        def count() -> int:
            return len(listener.heard().mixtures)

        room.until("the listener hears a mixture", lambda: count() > 0)
        for which in ("plugged", "plugged again"):
            _box(room, "plug")
            ears.pause(30)
            before = count()

            def followed(before: int = before) -> bool:
                return count() > before

            for value in (0, 40, 90, 127, 60, 20, 110):
                _box(room, rf"\260\007\{value:03o}")
                ears.pause(2)
            room.until(f"the mixture follows the box, {which}", followed, 120)
            ears.pause(10)
            slug, least, most = swing([m for _, m in listener.heard().mixtures[before - 1 :]])
            seen.append(f"{slug} {least:.2f} to {most:.2f}")
            swings.append(most - least)
            _box(room, "unplug")
            ears.pause(10)
    what = "a USB-MIDI fader, moved, unplugged, replugged"
    return Row(what, min(swings) > MOVED, "; then ".join(seen))


def _box(room: Room, verb: str) -> None:
    room.door.run(f"sh -s -- '{verb}'", told=GADGET.read_text(encoding="utf-8"))


def _panels() -> Layout:
    return arrange(pygame.Rect(0, 0, WIDTH, HEIGHT), target=TARGET)


def _told(mixture: dict[str, float]) -> str:
    heaviest = sorted(mixture.items(), key=lambda item: -item[1])[:3]
    return " ".join(f"{slug} {weight:.2f}" for slug, weight in heaviest)

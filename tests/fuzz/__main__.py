"""Throw random MIDI and OSC messages and torn packets at all that hears the world.

    python -m tests.fuzz [--messages N] [--seed N]

Of the datagrams a quarter is valid and a tenth is noise; the rest was valid once, and is torn,
spoilt, crossed or bundled. Of the MIDI messages two in three are whole. Nothing may be raised, not
even a warning, but what a room itself calls a refusal; no file may stay open, no thread may be left
over, and memory must be flat: after the first tenth the process may grow by no more than the bound.
Exit status 1 if anything of that does not hold; the message that did it is printed in hexadecimal.
"""

import argparse
import asyncio
import logging
import os
import resource
import sys
import tempfile
import threading
import time
import traceback
import warnings
from pathlib import Path
from random import Random

from appliance.engine.ensemble import Ensemble
from appliance.engine.model import Model
from tests.fuzz import rooms as all_rooms
from tests.fuzz.packets import STYLES, Packets
from tests.fuzz.rooms import Engine, Room
from tests.models import write_model

GROWTH = 16.0  # MB that the process may grow by after the first tenth
REPORTS = 10  # on the way
PAUSE = 50  # rounds after which the engine may type undisturbed
OPENED = 64  # files: a font stays open from its first use, the state while it is written
POOL = (os.cpu_count() or 1) + 4  # threads that the event loop may take when it likes


def main(argv: list[str] | None = None) -> int:
    """Throw, report, and return an exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--messages", type=int, default=10_000_000)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args(argv)
    logging.disable(logging.ERROR)  # each room logs its first refusal
    warnings.simplefilter("error")
    os.environ["SDL_VIDEODRIVER"] = "dummy"
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for seed, slug in enumerate(STYLES):
            write_model(folder, slug, seed=seed)
        with Ensemble(
            {slug: Model(folder / f"{slug}.onnx") for slug in STYLES}, workers=1
        ) as ensemble:
            rooms = all_rooms.rooms(folder, ensemble)
            try:
                return asyncio.run(throw(rooms, Packets(Random(args.seed)), args.messages))
            finally:
                for room in rooms:
                    room.close()


async def throw(rooms: list[Room], packets: Packets, messages: int) -> int:
    """Throw rounds of messages at all rooms until there were so many; return an exit status."""
    typing = [asyncio.create_task(room.type()) for room in rooms if isinstance(room, Engine)]
    began, baseline, reported = time.monotonic(), 0.0, 0
    handles = (0, 0)
    thrown = rounds = 0
    while thrown < messages:
        for room in rooms:
            try:
                room.round(packets)
            except Exception:  # noqa: BLE001  # that nothing is raised is what is shown here
                traceback.print_exc()
                print(f"{room.name} raised that in message {room.thrown}: {room.last.hex()}")
                return 1
        rounds += 1
        await asyncio.sleep(0)
        if rounds % PAUSE == 0:
            await asyncio.gather(*(room.pause() for room in rooms if isinstance(room, Engine)))
        for task in typing:
            if task.done():
                task.result()
                print("the typewriter has stopped")
                return 1
        thrown = sum(room.thrown for room in rooms)
        if thrown * REPORTS >= messages * (reported + 1):
            reported += 1
            if reported == 1:
                baseline, handles = megabytes(), leaky()
            print(
                f"{thrown:>10} thrown in {time.monotonic() - began:5.0f} s, {megabytes():6.1f} MB, "
                f"{leaky()[0]} files, {leaky()[1]} threads",
                flush=True,
            )
    for room in rooms:
        obeyed = room.thrown - min(room.refused, room.thrown)
        print(
            f"{room.name:14} {room.thrown:>9} thrown, {obeyed:>9} obeyed, {room.refused:>9} refused"
        )
    for room in rooms:
        if isinstance(room, Engine):
            print(f"the engine typed {room.server.status().characters} characters meanwhile")
            room.server.stop()
    await asyncio.gather(*typing)
    grown = megabytes() - baseline
    print(f"grown by {grown:.1f} MB after the first tenth; the bound is {GROWTH:.0f} MB")
    print(f"processor time {cpu():.0f} s")
    files, threads = leaky()
    if grown > GROWTH or files > handles[0] + OPENED or threads > handles[1] + POOL:
        print(f"something leaks: {files} files, {threads} threads")
        return 1
    return 0


def megabytes() -> float:
    """Return how much memory this process holds now, MB."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGESIZE") / 1e6


def leaky() -> tuple[int, int]:
    """Return how many files are open and how many threads there are."""
    return len(list(Path("/proc/self/fd").iterdir())), threading.active_count()


def cpu() -> float:
    """Return the processor time so far, seconds."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    sys.exit(main())

"""What stood when the engine ended: what was kept, and what the archive has since.

What survives is written whole when something changes that the archive does not tell, and now and
then; between, the archive has every character with its mixture within a second. So the page is what
was kept, and then what the archive has after it; where that fills a page, it is enough. A card that
is full may refuse the whole for days and still take what is typed.
"""

import sqlite3
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from appliance import wire
from appliance.engine.memory import Memory, legible, recall
from appliance.engine.transcript import Entry, backwards, has_stretches, opened
from appliance.page import LONGEST


def resume(kept: Path, archive: Path) -> Memory | None:
    """Return what to take up; None if nothing was kept, or nothing that can be used."""
    memory = recall(kept)
    if memory is None or not archive.exists():
        return memory
    try:
        with opened(archive) as database:
            since = _since(database, memory.end)
    except (sqlite3.Error, ValueError):  # damaged: the archive's own business
        return memory
    return played_on(memory, since)


def played_on(memory: Memory, since: Sequence[Entry]) -> Memory:
    """Return a memory with what came after it, in the order of the text, legible."""
    text, authors, start, weights = memory.text, memory.authors, memory.start, memory.weights
    if since and since[0].place > memory.end:  # a page of it, and more between
        text, authors = "", ""
    letters = {slug: wire.author(number) for number, slug in enumerate(memory.styles)}
    for entry in since:
        if entry.new_page:
            text, authors, start = "", "", entry.place
        text += entry.text
        if entry.author is None:
            authors += wire.NOBODY * len(entry.text)
        else:
            authors += letters.get(entry.author, wire.NOBODY)
            weights = entry.mixture or weights
    # Whoever has weight is active: the archive may know so a moment before the rest was kept.
    woken = (slug for slug, weight in weights.items() if weight > 0 and slug not in memory.active)
    end = since[-1].place + len(since[-1].text) if since else memory.end
    text, authors = legible(text, authors)
    return replace(
        memory,
        text=text[-LONGEST:],
        authors=authors[-LONGEST:],
        start=start,
        end=end,
        weights=weights,
        active=(*memory.active, *woken),
    )


def _since(database: sqlite3.Connection, place: int) -> list[Entry]:
    """Return what an archive has from an index in the text on, if it goes on without a gap.

    Of more than a page the end, a page at least.
    """
    if not has_stretches(database):
        return []
    found: list[Entry] = []
    length = 0
    for piece in backwards(database):
        if found and piece[-1].place + len(piece[-1].text) != found[0].place:
            return []  # another text
        found = [entry for entry in piece if entry.place >= place] + found
        length += sum(len(entry.text) for entry in piece)
        if piece[0].place <= place or length >= LONGEST:
            break
    # Short of a page, and not from there on: another text, too.
    return found if found and (found[0].place == place or length >= LONGEST) else []

"""What is written goes to the page at once, and to the styles before the next letter is drawn."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from appliance import wire
from appliance.engine.archive import Archive
from appliance.engine.ensemble import Ensemble
from appliance.engine.guard import Guard
from appliance.engine.manuscript import MOST_WAITING, Manuscript
from appliance.engine.memory import Memory, keep
from appliance.engine.model import Model
from appliance.engine.resume import resume
from appliance.engine.typewriter import Drawn, Typewriter

GUARD = Guard(words=["zz"])
OPENING = "In the beginning"


@pytest.fixture
def typewriter(tiny: Path) -> Iterator[Typewriter]:
    with Ensemble({"a": Model(tiny / "a.onnx")}) as ensemble:
        ensemble.weigh(np.ones(1))
        yield Typewriter(ensemble, np.random.default_rng(1), GUARD)


@pytest.fixture
def manuscript(typewriter: Typewriter) -> Manuscript:
    return begun(typewriter)


def begun(
    typewriter: Typewriter, memory: Memory | None = None, archive: Archive | None = None
) -> Manuscript:
    return Manuscript(typewriter, GUARD, {"a": 0}, opening=OPENING, memory=memory, archive=archive)


def type_on(manuscript: Manuscript, text: str) -> None:
    """Write a text as it is drawn, with no style reading it yet."""
    nothing = np.zeros(128)
    for character in text:
        one = Drawn(character, ("a",), np.ones(1), nothing[None], nothing, np.ones(1), 0.0)
        manuscript.type(one, {"a": 1.0})


def read(manuscript: Manuscript, typewriter: Typewriter) -> bytes:
    """Let the styles read all that was put in; return the end of what they have read."""
    asyncio.run(read_in(manuscript))
    return typewriter.ensemble._text


async def read_in(manuscript: Manuscript) -> None:
    await manuscript.read_in(asyncio.get_running_loop())


def test_lines_that_never_end_do_not_stop_the_typing(
    manuscript: Manuscript, typewriter: Typewriter
) -> None:
    assert read(manuscript, typewriter).endswith(OPENING.encode())

    async def story() -> int:
        assert manuscript.prime(" it began")
        reading = asyncio.ensure_future(read_in(manuscript))
        for _ in range(100_000):
            if reading.done():
                break
            manuscript.prime(" and")
            await asyncio.sleep(0)
        await reading
        return manuscript.sheet.text.count(" and")

    assert asyncio.run(story()) < MOST_WAITING
    # Nothing stands on the page that was not read, and the next line may come.
    assert not manuscript._unread
    assert manuscript.prime(" so on")
    assert read(manuscript, typewriter).endswith(manuscript.sheet.text[-80:].encode())


def test_a_new_page_waits_for_the_end_of_a_word_that_nobody_has_read_yet(
    manuscript: Manuscript, typewriter: Typewriter
) -> None:
    read(manuscript, typewriter)
    type_on(manuscript, " zz")
    manuscript.want_new_page()
    assert not manuscript.turn_if_settled()
    type_on(manuscript, "y")
    assert manuscript.turn_if_settled()
    assert manuscript.sheet.text == OPENING


def test_so_does_a_page_that_was_taken_up(typewriter: Typewriter) -> None:
    manuscript = begun(typewriter, Memory(text="a zz", authors="0000", styles=("a",), end=4))
    manuscript.want_new_page()
    assert not manuscript.turn_if_settled()


@pytest.mark.parametrize(
    ("text", "left"), [("a zz", "a "), ("ab z z", "ab z "), ("zz", ""), ("zz zz", "zz ")]
)
def test_a_listed_word_that_nobody_will_finish_is_struck(
    typewriter: Typewriter, tmp_path: Path, text: str, left: str
) -> None:
    memory = Memory(text=text, authors="0" * len(text), styles=("a",), start=3, end=3 + len(text))
    with Archive(tmp_path / "archive.sqlite", 1 << 30) as archive:
        manuscript = begun(typewriter, memory, archive)
        manuscript.strike_last_word()
    sheet = manuscript.sheet
    assert (sheet.text, sheet.authors) == (left, "0" * len(left))
    assert typewriter.settled
    assert read(manuscript, typewriter) == b"\n" + left.encode()
    # It stands on a page of its own, so that places go on; and so it is taken up.
    assert (sheet.start, sheet.end) == (memory.end, memory.end + len(left))
    keep(tmp_path / "engine.json", memory)
    found = resume(tmp_path / "engine.json", tmp_path / "archive.sqlite")
    assert found is not None
    assert (found.text, found.start, found.end) == (left, sheet.start, sheet.end)


def test_a_line_for_a_new_page_waits_until_that_begins(
    manuscript: Manuscript, typewriter: Typewriter
) -> None:
    read(manuscript, typewriter)
    type_on(manuscript, " zz")
    manuscript.want_new_page()
    assert not manuscript.turn_if_settled()
    assert manuscript.prime(" was")
    assert manuscript.prime(" light")
    assert manuscript.sheet.text == OPENING + " zz"
    type_on(manuscript, "y")
    assert manuscript.turn_if_settled()
    assert manuscript.sheet.text == OPENING + " was light"
    assert manuscript.sheet.authors == wire.NOBODY * len(manuscript.sheet.text)
    assert read(manuscript, typewriter) == b"\n" + manuscript.sheet.text.encode()
    assert manuscript.prime(" and")
    assert manuscript.sheet.text == OPENING + " was light and"


def test_lines_that_wait_for_a_new_page_are_guarded_and_counted(manuscript: Manuscript) -> None:
    type_on(manuscript, " zz")
    manuscript.want_new_page()
    assert manuscript.prime(" z")
    assert not manuscript.prime("z")
    assert [manuscript.prime(" and") for _ in range(MOST_WAITING)] == [
        *[True] * (MOST_WAITING - 1),
        False,
    ]


def test_lines_for_a_page_that_another_takes_the_place_of_are_on_none(
    manuscript: Manuscript,
) -> None:
    type_on(manuscript, " zz")
    manuscript.want_new_page()
    assert manuscript.prime(" for the first")
    manuscript.want_new_page()
    assert manuscript.prime(" for the second")
    type_on(manuscript, "y")
    assert manuscript.turn_if_settled()
    assert manuscript.sheet.text == OPENING + " for the second"

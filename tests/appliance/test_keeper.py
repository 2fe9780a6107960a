import asyncio
import threading
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from appliance.engine import keeper as module
from appliance.engine.keeper import KEEP_EVERY, WHOLE_EVERY, Keeper
from appliance.engine.memory import Memory, recall
from tests.conftest import PATIENCE
from tests.puppet import Clock


def test_a_slow_disk_has_one_writer_and_nothing_is_written_twice(
    tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[str] = []
    finish = threading.Event()

    def slowly(_path: Path, memory: Memory) -> None:
        assert finish.wait(PATIENCE)
        written.append(memory.text)

    monkeypatch.setattr(module, "keep", slowly)
    keeper = Keeper(tmp_path / "engine.json", clock)

    async def story() -> None:
        loop = asyncio.get_running_loop()
        keeper.sometimes(lambda: Memory(text="one"), loop)
        clock.now += KEEP_EVERY
        keeper.sometimes(lambda: Memory(text="while it writes"), loop)
        finish.set()
        await keeper.finish(Memory(text="two"))
        await keeper.finish(Memory(text="two"))

    asyncio.run(story())
    assert written == ["one", "two"]


def test_it_is_written_once_a_second_at_most(tmp_path: Path, clock: Clock) -> None:
    path = tmp_path / "engine.json"
    keeper = Keeper(path, clock)
    asked: list[str] = []

    def memory() -> Memory:
        asked.append("yes")
        return Memory(text="a", authors=" ", end=1, temperature=1, pace=1, joint="linear")

    async def story() -> None:
        loop = asyncio.get_running_loop()
        for _ in range(5):
            keeper.sometimes(memory, loop)
            assert keeper._writing is not None
            await keeper._writing
            clock.now += KEEP_EVERY / 4
        await keeper.finish(memory())

    asyncio.run(story())
    assert len(asked) == 3  # at 0 s, at 1 s, at the end
    found = recall(path)
    assert found is not None and found.text == "a"


def test_a_disk_that_refuses_is_said_once_and_forgotten_when_it_takes(
    tmp_path: Path, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    folder = tmp_path / "state"
    folder.write_text("a file where the folder should be")
    keeper = Keeper(folder / "engine.json", clock)
    asyncio.run(keeper.finish(Memory(text="one")))
    asyncio.run(keeper.finish(Memory(text="two")))
    assert keeper.failed
    assert [record.message.count("cannot be written") for record in caplog.records] == [1]
    folder.unlink()
    asyncio.run(keeper.finish(Memory(text="three")))
    assert not keeper.failed


# --- what the archive tells ---------------------------------------------------------------------

MEMORY = Memory(text="a", authors="0", styles=("linux",), end=1, weights={"linux": 1.0},
                active=("linux",), temperature=0.7, pace=14.0, joint="linear")  # fmt: skip


def typed(memory: Memory, **changed: Any) -> Memory:
    more = replace(memory, text=memory.text + "b", authors=memory.authors + "0", end=memory.end + 1)
    return replace(more, **changed)


class Story:
    """A keeper beside an archive, second by second."""

    def __init__(self, path: Path, clock: Clock) -> None:
        self.archived, self._clock = True, clock
        self.keeper = Keeper(path, clock, lambda: self.archived)
        self._path = path

    def seconds(self, *memories: Memory) -> list[bool]:
        """Return for each second whether the whole was written in it."""

        async def play() -> list[bool]:
            written = []
            for memory in memories:
                self._path.unlink(missing_ok=True)
                self.keeper.sometimes(partial(replace, memory), asyncio.get_running_loop())
                if self.keeper._writing is not None:
                    await self.keeper._writing
                written.append(self._path.exists())
                self._clock.now += KEEP_EVERY
            return written

        return asyncio.run(play())


@pytest.fixture
def story(tmp_path: Path, clock: Clock) -> Story:
    return Story(tmp_path / "engine.json", clock)


def test_what_the_archive_tells_is_not_written_again(story: Story) -> None:
    one = typed(MEMORY)
    two = typed(one, weights={"linux": 0.5})
    assert story.seconds(MEMORY, one, two, typed(two)) == [True, False, False, False]


@pytest.mark.parametrize(
    "changed",
    [{"active": ()}, {"temperature": 0.5}, {"pace": 9.0}, {"joint": "log-linear"}],
    ids=lambda changed: next(iter(changed)),
)
def test_what_the_archive_does_not_tell_is_written_at_once(
    story: Story, changed: dict[str, Any]
) -> None:
    one = typed(MEMORY, **changed)
    assert story.seconds(MEMORY, one, typed(one)) == [True, True, False]


def test_what_stands_when_the_typewriter_rests_is_written_once(story: Story) -> None:
    one = typed(MEMORY)
    rests = replace(one, weights={})  # nothing is drawn with it
    assert story.seconds(MEMORY, one, rests, rests, typed(one)) == [True, False, True, False, False]


def test_without_an_archive_that_is_written_the_whole_is(story: Story) -> None:
    one = typed(MEMORY)
    story.archived = False
    assert story.seconds(MEMORY, one, typed(one)) == [True, True, True]


def test_now_and_then_the_whole_is_written_all_the_same(story: Story, clock: Clock) -> None:
    assert story.seconds(MEMORY) == [True]
    clock.now += WHOLE_EVERY - 2 * KEEP_EVERY
    one = typed(MEMORY)
    assert story.seconds(one, typed(one), typed(typed(one))) == [False, True, False]

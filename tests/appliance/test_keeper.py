import asyncio
import threading
from pathlib import Path

import pytest

from appliance.engine import keeper as module
from appliance.engine.keeper import KEEP_EVERY, Keeper
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

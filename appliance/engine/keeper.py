"""Writes what survives a power cut, once a second at most, and never in the way of a tick."""

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path

from appliance.engine.memory import Memory, keep

KEEP_EVERY = 1.0  # seconds between two writes

log = logging.getLogger("appliance.engine")


class Keeper:
    """One file, one writer at a time."""

    def __init__(self, path: Path, clock: Callable[[], float]) -> None:
        self.failed = False
        self._path, self._clock = path, clock
        self._kept: Memory | None = None
        self._last = -1e9
        self._writing: asyncio.Future[None] | None = None

    def sometimes(self, memory: Callable[[], Memory], loop: asyncio.AbstractEventLoop) -> None:
        """Write on another thread, if the last time is long enough ago."""
        now = self._clock()
        if now - self._last < KEEP_EVERY:
            return
        self._last = now
        # A slow card is waited for: two writers of one file would leave it torn.
        if self._writing is None or self._writing.done():
            self._writing = loop.run_in_executor(None, self._keep, memory())

    async def finish(self, memory: Memory) -> None:
        """Write a last time."""
        if self._writing is not None:
            await self._writing
        self._keep(memory)

    def _keep(self, memory: Memory) -> None:
        if memory == self._kept:
            return
        try:
            keep(self._path, memory)
        except OSError as error:
            if not self.failed:
                log.error("%s cannot be written (%s): the piece goes on", self._path, error)
            self.failed = True
        else:
            self.failed, self._kept = False, memory

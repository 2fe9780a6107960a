"""Writes what survives a power cut, never in the way of a tick and no oftener than it must.

To replace a file costs a card several pages of its file system beside the file's own. The archive
has what is typed within a second, each character with its mixture; so while it is written, the
whole is written only when something else has changed, when the typewriter rests, and now and then
(`appliance.engine.resume` puts both together). Without an archive the whole is written once a
second.
"""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from appliance.engine.memory import Memory, keep

KEEP_EVERY = 1.0  # seconds between two writes, at least
WHOLE_EVERY = 120.0  # seconds of typing that the archive alone has, at most

log = logging.getLogger("appliance.engine")


class Keeper:
    """One file, one writer at a time."""

    def __init__(
        self, path: Path, clock: Callable[[], float], archived: Callable[[], bool] = lambda: False
    ) -> None:
        """Keep what survives in a file; `archived` tells whether the archive is being written."""
        self.failed = False
        self._path, self._clock, self._archived = path, clock, archived
        self._kept: Memory | None = None
        self._seen: Memory | None = None  # when last looked
        self._last = self._whole = -1e9
        self._writing: asyncio.Future[None] | None = None

    def sometimes(self, memory: Callable[[], Memory], loop: asyncio.AbstractEventLoop) -> None:
        """Write on another thread, if it must be and the last time is long enough ago."""
        now = self._clock()
        if now - self._last < KEEP_EVERY:
            return
        self._last = now
        # A slow card is waited for: two writers of one file would leave it torn.
        if self._writing is not None and not self._writing.done():
            return
        newest = memory()
        if not self._is_told(newest, now):
            self._whole = now
            self._writing = loop.run_in_executor(None, self._keep, newest)
        self._seen = newest

    async def finish(self, memory: Memory) -> None:
        """Write a last time."""
        if self._writing is not None:
            await self._writing
        self._keep(memory)

    def _is_told(self, memory: Memory, now: float) -> bool:
        """Tell whether what was kept, and what the archive has since, are this together."""
        if self._kept is None or self.failed or not self._archived():
            return False
        if now - self._whole >= WHOLE_EVERY:
            return False
        rests = self._seen is not None and self._seen.end == memory.end
        if rests:  # a mixture with which nothing was drawn is in no archive
            return memory == self._kept
        return _untyped(memory) == _untyped(self._kept)

    def _keep(self, memory: Memory) -> None:
        if memory == self._kept:
            return
        try:
            keep(self._path, memory)
        except OSError as error:
            if not self.failed:
                why = error.strerror or error
                log.error("%s cannot be written (%s): the piece goes on", self._path, why)
            self.failed = True
        else:
            self.failed, self._kept = False, memory


def _untyped(memory: Memory) -> Memory:
    """Return what the archive does not tell."""
    return replace(memory, text="", authors="", start=0, end=0, weights={})

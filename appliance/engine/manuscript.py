"""The text in the making: its page, what is kept of it, and what the styles have still to read."""

import asyncio
import time
from collections.abc import Mapping

from appliance import wire
from appliance.engine.archive import Archive, PutIn, Typed
from appliance.engine.guard import Guard
from appliance.engine.memory import Memory
from appliance.engine.sheet import Sheet
from appliance.engine.typewriter import Drawn, Typewriter
from appliance.plain import plain

MOST_WAITING = 8  # lines to be read in: a flood of them must not stop the typing
REREAD = 1_000  # characters of a page that is taken up; catch-up reads the last of them


class Manuscript:
    """Whatever is written goes by here: to the page, to the archive and to the typewriter.

    `numbers` are the styles' places in the engine's list, by slug.
    """

    def __init__(
        self,
        typewriter: Typewriter,
        guard: Guard,
        numbers: Mapping[str, int],
        *,
        opening: str,
        memory: Memory | None,
        archive: Archive | None,
    ) -> None:
        self.sheet = Sheet()
        self._typewriter, self._guard, self._numbers = typewriter, guard, numbers
        self._opening, self._archive = plain(opening), archive
        self._unread: list[str] = []
        self._restart = True
        self._turn_wanted = False
        if memory is not None and memory.text:
            self.sheet.take_up(memory, numbers)
        else:
            self._turn()

    def want_new_page(self) -> None:
        """Ask for a new page; it begins where the guard lets the text end."""
        self._turn_wanted = True

    def turn_if_settled(self) -> bool:
        """Begin the new page that was asked for, if the text may end here; tell whether."""
        if not (self._turn_wanted and self._typewriter.settled):
            return False
        self._turn()
        return True

    def _turn(self) -> None:
        self._turn_wanted = False
        self.sheet.begin()
        self._restart = True
        self._put_in(self._opening, new_page=True)

    def prime(self, line: str) -> bool:
        """Put a line in, to be read before the next character; tell whether it may stand."""
        # What waits to be read stands on the page already, and counts for the guard too.
        may_stand = self._guard.clean(self.sheet.last_words() + line)
        if not line or not may_stand or len(self._unread) >= MOST_WAITING:
            return False
        self._put_in(line)
        self._unread.append(line)
        return True

    def _put_in(self, text: str, *, new_page: bool = False) -> None:
        place = self.sheet.end
        self.sheet.put(text)
        if self._archive is not None:
            self._archive.add(PutIn(time.time(), text, new_page, place))

    def type(self, drawn: Drawn, mixture: Mapping[str, float]) -> None:
        """Write the character that was drawn; its author is who gave it most of its chance."""
        writer = drawn.slugs[int(drawn.shares.argmax())]
        place = self.sheet.end
        self.sheet.put(drawn.character, wire.author(self._numbers[writer]))
        if self._archive is not None:
            self._archive.add(Typed(time.time(), drawn.character, writer, mixture, place))

    async def read_in(self, loop: asyncio.AbstractEventLoop) -> None:
        """Let the styles read what was put in."""
        while self._restart or self._unread:
            if self._restart:
                self._restart = False
                self._unread.clear()
                self._typewriter.begin(self.sheet.text[-REREAD:])
            else:
                line = self._unread.pop(0)
                await loop.run_in_executor(None, self._typewriter.read, line)

"""The text in the making: its page, what is kept of it, and what the styles have still to read."""

import asyncio
import time
from collections.abc import Mapping
from string import ascii_letters

from appliance import wire
from appliance.engine.archive import Archive, PutIn, Typed
from appliance.engine.guard import Guard
from appliance.engine.memory import Memory
from appliance.engine.sheet import Sheet, last_words
from appliance.engine.typewriter import Drawn, Typewriter
from appliance.plain import plain

MOST_WAITING = 8  # lines to be read in at a time: a flood of them must not stop the typing
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
        self._lines = 0  # put in since the styles had last read all
        self._restart = True
        self._turn_wanted = False
        self._after_turn: list[str] = []  # lines that stand on the new page
        if memory is not None and memory.text:
            self.sheet.take_up(memory, numbers)
            typewriter.follow(self.sheet.text)
        else:
            self._turn()

    def want_new_page(self) -> None:
        """Ask for a new page; it begins where the guard lets the text end."""
        self._turn_wanted = True
        self._after_turn.clear()

    def turn_if_settled(self) -> bool:
        """Begin the new page that was asked for, if the text may end here; tell whether."""
        if not (self._turn_wanted and self._typewriter.settled):
            return False
        self._turn()
        return True

    def strike_last_word(self) -> None:
        """Begin a new page with this one's text, without the listed word that it ends in.

        For where nobody is there to finish that word: none is left standing.
        """
        text = self.sheet.text
        while not self._guard.settled(text):
            text = text[:-1].rstrip(ascii_letters)
        authors = self.sheet.authors[: len(text)]
        self.sheet.begin()
        self._put_in(text, authors, new_page=True)
        self._restart = True

    def _turn(self) -> None:
        self._turn_wanted = False
        self.sheet.begin()
        self._restart = True
        self._put_in(self._opening, new_page=True)
        for line in self._after_turn:
            self._put_in(line)
        self._after_turn.clear()

    def prime(self, line: str) -> bool:
        """Put a line in, to be read before the next character; tell whether it may stand.

        Where a new page was asked for and has not begun, the line waits for it.
        """
        if not line:
            return False
        if self._turn_wanted:
            page, waiting = self._opening + "".join(self._after_turn), len(self._after_turn)
        else:
            # What waits to be read stands on the page already, and counts for the guard too.
            page, waiting = self.sheet.text, self._lines
        if waiting >= MOST_WAITING or not self._guard.clean(last_words(page) + line):
            return False
        if self._turn_wanted:
            self._after_turn.append(line)
        else:
            self._put_in(line)
            self._unread.append(line)
            self._lines += 1
        return True

    def _put_in(self, text: str, authors: str = "", *, new_page: bool = False) -> None:
        place = self.sheet.end
        self.sheet.put(text, authors)
        self._typewriter.follow(self.sheet.text)
        if self._archive is not None:
            self._archive.add(PutIn(time.time(), text, new_page, place))

    def type(self, drawn: Drawn, mixture: Mapping[str, float]) -> None:
        """Write the character that was drawn; its author is who gave it most of its chance."""
        writer = drawn.slugs[int(drawn.shares.argmax())]
        place = self.sheet.end
        self.sheet.put(drawn.character, wire.author(self._numbers[writer]))
        # Before any style reads it: a new page may be asked for meanwhile.
        self._typewriter.follow(self.sheet.text)
        if self._archive is not None:
            self._archive.add(Typed(time.time(), drawn.character, writer, mixture, place))

    async def read_in(self, loop: asyncio.AbstractEventLoop) -> None:
        """Let the styles read what was put in, and at most MOST_WAITING lines of it.

        Lines that come meanwhile are read too, so that nothing is drawn over their heads; they
        count with the others, so that whoever sends them without a pause does not stop the typing.
        """
        while self._restart or self._unread:
            if self._restart:
                self._restart = False
                self._unread.clear()
                self._typewriter.begin(self.sheet.text[-REREAD:])
            else:
                line = self._unread.pop(0)
                await loop.run_in_executor(None, self._typewriter.ensemble.read, line)
        self._lines = 0

"""The text as a listener knows it: put together from datagrams that may be lost, doubled, late."""

from collections import deque

from appliance.wire import Character, Text

LONGEST = 4_000  # characters kept


class Page:
    """The end of the engine's text, with each character's author.

    `whole` tells whether all of it is known; where it is not, ask the engine by subscribing anew.
    """

    def __init__(self) -> None:
        self.text = ""
        self.authors = ""
        self.start = 0  # index of the page's first character
        self.end = 0  # index after its last
        self.run: int | None = None  # number of the engine's run that the page is of
        self._ended: deque[int] = deque(maxlen=32)  # runs of engines that are gone

    @property
    def whole(self) -> bool:
        """Whether every character that can be shown is here."""
        return len(self.text) == min(self.end - self.start, LONGEST)

    def ended(self, run: int) -> bool:
        """Tell whether a run is over, since another has spoken after it."""
        return run in self._ended

    def forget_ended(self) -> None:
        """Believe every run again: for a listener who has heard nothing but ended ones for long.

        Should one stray datagram of a dead engine have made the living one pass for ended, the
        living one goes on speaking, as no dead engine does.
        """
        self._ended.clear()

    def take(self, message: Character | Text) -> bool:
        """Take a message into the page; False if it is late, as is then all that came with it."""
        if self.ended(message.run):
            return False  # of an engine that has died since
        same = message.run == self.run
        if same and message.start < self.start:
            return False  # of the page before this one
        if not same and self.run is not None:
            self._ended.append(self.run)
        here = same and message.start == self.start
        self.run, self.start = message.run, message.start
        if isinstance(message, Text):
            return self._take_text(message, here=here)
        return self._take_character(message, here=here)

    def _take_text(self, message: Text, *, here: bool) -> bool:
        since = self.end - message.end if here else 0  # characters that came after this page
        if since <= 0:
            self._show(message.text, message.authors, message.end)
            return True
        if not self.whole and since <= len(self.text):
            self._show(
                message.text + self.text[len(self.text) - since :],
                message.authors + self.authors[len(self.authors) - since :],
                self.end,
            )
        return False

    def _take_character(self, message: Character, *, here: bool) -> bool:
        end = message.index + 1
        missing = end - self.end
        if here and missing <= 0:
            return False
        if here and missing <= len(message.tail):
            self._show(
                self.text + message.tail[len(message.tail) - missing :],
                self.authors + message.authors[len(message.authors) - missing :],
                end,
            )
        else:
            self._show(message.tail, message.authors, end)
        return True

    def _show(self, text: str, authors: str, end: int) -> None:
        self.text, self.authors, self.end = text[-LONGEST:], authors[-LONGEST:], end

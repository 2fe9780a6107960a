"""The text as a listener knows it: put together from datagrams that may be lost, doubled, late."""

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
        self._run: int | None = None
        self._ended: set[int] = set()  # runs of engines that are gone

    @property
    def whole(self) -> bool:
        """Whether every character that can be shown is here."""
        return len(self.text) == min(self.end - self.start, LONGEST)

    def take(self, message: Character | Text) -> bool:
        """Take a message into the page; tell whether the page changed."""
        if message.run in self._ended:
            return False  # a late datagram of an engine that has died since
        if isinstance(message, Text):
            text, end = message.text, message.end
        else:
            text, end = message.tail, message.index + 1
        here = message.run == self._run and message.start == self.start
        if message.run == self._run and (message.start < self.start or end < self.end):
            return False  # older than what stands here
        missing = end - self.end
        if here and missing <= len(text) and isinstance(message, Character):
            text = self.text + text[len(text) - missing :]
            authors = self.authors + message.authors[len(message.authors) - missing :]
        else:
            authors = message.authors
        if self._run is not None and message.run != self._run:
            self._ended.add(self._run)
        changed = (text, end, message.run) != (self.text, self.end, self._run)
        self._run, self.start, self.end = message.run, message.start, end
        self.text, self.authors = text[-LONGEST:], authors[-LONGEST:]
        return changed

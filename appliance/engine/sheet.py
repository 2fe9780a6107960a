"""The page as the engine has it: the end of the text, and who wrote each character."""

from collections.abc import Mapping

from appliance import wire
from appliance.engine.memory import Memory
from appliance.page import LONGEST

TAIL = 240  # characters that travel with each character, so that a lost datagram costs nothing
# Index; a text that has come so far is counted anew when it is taken up. The wire has as much
# again, more than two years at 14 a second; an engine that no restart has stopped until then ends,
# and the next takes up its text.
FARTHEST = 2**30


class Sheet:
    """Text and authors from index `start`, where the page begins, to before `end`."""

    def __init__(self) -> None:
        self.text, self.authors = "", ""  # the last LONGEST characters
        self.start = self.end = 0

    def begin(self) -> None:
        """Turn the page."""
        self.start = self.end
        self.text, self.authors = "", ""

    def put(self, text: str, authors: str = "") -> None:
        """Write on; without authors, nobody wrote it."""
        self.text = (self.text + text)[-LONGEST:]
        self.authors = (self.authors + (authors or wire.NOBODY * len(text)))[-LONGEST:]
        self.end += len(text)

    def take_up(self, memory: Memory, numbers: Mapping[str, int]) -> None:
        """Take up a page that was kept; styles that are gone become nobody."""
        letters = {
            wire.author(then): wire.author(numbers[slug])
            for then, slug in enumerate(memory.styles)
            if slug in numbers
        }
        self.text = memory.text
        self.authors = "".join(letters.get(letter, wire.NOBODY) for letter in memory.authors)
        self.end = memory.end if memory.end < FARTHEST else len(memory.text)
        self.start = self.end - len(memory.text)  # what was not kept is on no page

    def message(self, run: int) -> wire.Text:
        """Return the page for a listener."""
        return wire.Text(run, self.start, self.end, self.text, self.authors)

    def newest(self, run: int, entropy: float) -> wire.Character:
        """Return the last character, with the end of the page, for a listener."""
        tail, authors = self.text[-TAIL:], self.authors[-TAIL:]
        return wire.Character(run, self.end - 1, self.start, tail, authors, entropy)


def last_words(text: str) -> str:
    """Return the end of a text from where a word begins: the guard must see none cut."""
    tail = text[-TAIL:]
    while tail and len(tail) < len(text) and tail[0].isalpha():
        tail = tail[1:]
    return tail

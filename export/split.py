"""Which part of a text is for training, which for choosing, which for reporting.

The text is cut into blocks at line ends. Where a block ends is decided by the lines themselves and
not by their position, and which part a block belongs to is decided by the rank of its hash. So the
parts are spread over the whole text, and a later correction of a page moves that page, and perhaps
a block or two at the border of the ranks. Much more or much less text moves more: what was trained
before is then not to be measured on the new parts.
"""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass

SHORTEST, LONGEST = 2_000, 6_000  # characters a block; a single longer line stays whole …
OVERLONG = 3 * LONGEST  # … but for one above this, which is cut at sentences
END_ONE_LINE_IN = 16
TEST_SHARE = VALIDATION_SHARE = 0.05
SENTENCE = re.compile(r"(?<=[.!?;])[\"')\]]*\s+")
WORD = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Parts:
    """The three parts of one style's text; together they are the text, and none overlaps."""

    training: str
    validation: str
    test: str

    @property
    def trained_share(self) -> float:
        """Share of the text that is for training."""
        return len(self.training) / len(self.training + self.validation + self.test)

    def hashes(self) -> dict[str, str]:
        """Return the sha256 of each part, as it stands in a model's metadata."""
        return {
            name: hashlib.sha256(text.encode("ascii")).hexdigest()
            for name, text in (
                ("training", self.training),
                ("validation", self.validation),
                ("test", self.test),
            )
        }


def blocks(text: str) -> list[str]:
    """Cut a text into blocks of about 2,000 to 6,000 characters; joined they are the text."""
    found: list[str] = []
    current: list[str] = []
    size = 0
    for line in _lines(text):
        current.append(line)
        size += len(line)
        chosen = _digest(line)[0] % END_ONE_LINE_IN == 0 and line.strip() != ""
        if size >= LONGEST or (size >= SHORTEST and chosen):
            found.append("".join(current))
            current, size = [], 0
    if current:
        found.append("".join(current))
    return found


def _lines(text: str) -> Iterator[str]:
    """Yield the lines of a text with their ends; one that is overlong, sentence by sentence.

    A sentence that is longer than a block comes word by word, and such a word in pieces.
    """
    for line in text.splitlines(keepends=True):
        if len(line) <= OVERLONG:
            yield line
            continue
        for sentence in _cut(SENTENCE, line):
            for word in _cut(WORD, sentence) if len(sentence) > LONGEST else (sentence,):
                yield from (word[at : at + LONGEST] for at in range(0, len(word), LONGEST))


def _cut(ends: re.Pattern[str], text: str) -> Iterator[str]:
    """Cut a text behind each match; the pieces joined are the text again."""
    begin = 0
    for found in ends.finditer(text):
        yield text[begin : found.end()]
        begin = found.end()
    if begin < len(text):
        yield text[begin:]


def split(text: str) -> Parts:
    """Divide a text into training (9 in 10), validation and test (1 in 20 each), by blocks.

    Each part has a block at least, so that of a short text less than that is for training.

    Raises ValueError for a text of fewer than three blocks, which cannot be divided.
    """
    pieces = blocks(text)
    if len(pieces) < 3:
        raise ValueError(
            f"the text has {len(text):,} characters in {len(pieces)} block(s), too few to keep a "
            f"validation and a test part aside: give at least {3 * LONGEST:,} characters, "
            "in lines that are no longer than a page"
        )
    by_rank = sorted(range(len(pieces)), key=lambda i: _digest(pieces[i]))
    test = _take(by_rank, pieces, TEST_SHARE * len(text), left=2)
    validation = _take(by_rank, pieces, VALIDATION_SHARE * len(text), left=1)
    training = set(by_rank)

    def join(part: set[int]) -> str:
        return "".join(piece for i, piece in enumerate(pieces) if i in part)

    return Parts(join(training), join(validation), join(test))


def _take(ranks: list[int], pieces: list[str], characters: float, *, left: int) -> set[int]:
    """Take the pieces of the first ranks away, and leave at least `left` to the other parts."""
    taken: set[int] = set()
    size = 0
    while not taken or (size < characters and len(ranks) > left):
        i = ranks.pop(0)
        taken.add(i)
        size += len(pieces[i])
    return taken


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode("ascii")).digest()

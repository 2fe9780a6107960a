"""How many typed words are words.

A word is right if the style's training text has it, or a word list has it: a list that is given, or
else the words that the training texts of at least two other styles have.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

WORD = re.compile(r"[A-Za-z]+(?:'[A-Za-z]+)*")
IN_TEXTS = 2  # of other styles, where no word list is given


@dataclass(frozen=True, slots=True)
class Spelling:
    """Share of words that are right."""

    typed: float
    real: float  # the same figure of real test text
    words: int  # typed

    def as_dict(self) -> dict[str, float]:
        """Return the figures by name."""
        return asdict(self)


def words(text: str) -> list[str]:
    """Return the words of a text in lower case."""
    return [word.lower() for word in WORD.findall(text)]


def whole_words(piece: str) -> list[str]:
    """Return the words of a piece but those that its two cuts may have shortened."""
    found = list(WORD.finditer(piece))
    return [m[0].lower() for m in found if m.start() > 0 and m.end() < len(piece)]


def read_word_list(path: Path) -> set[str]:
    """Read a word list, one word a line, in UTF-8 or Latin-1; OSError if it cannot be read."""
    data = path.read_bytes()
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("latin-1")
    return {line.strip().lower() for line in text.splitlines()}


def shared_words(vocabularies: Mapping[str, set[str]], style: str) -> set[str]:
    """Return the words that at least two styles other than this one have."""
    counts: Counter[str] = Counter()
    for slug, vocabulary in vocabularies.items():
        if slug != style:
            counts.update(vocabulary)
    return {word for word, n in counts.items() if n >= IN_TEXTS}


def spelling(known: set[str], typed: Iterable[str], real: Iterable[str]) -> Spelling:
    """Compare the words of typed and of real pieces with those that are known."""
    said = [word for piece in typed for word in whole_words(piece)]
    written = [word for piece in real for word in whole_words(piece)]
    return Spelling(_share(said, known), _share(written, known), len(said))


def _share(said: list[str], known: set[str]) -> float:
    return sum(word in known for word in said) / len(said) if said else 0.0

"""Drops passages that a style has already had, before anything is split.

A text is taken in passages. In prose and verse a passage is a run of whole sentences or lines of
one paragraph, of about 400 characters; in code it is a run of lines between blank lines. Its
shingles are its runs of eight neighbouring words (numbers do not count in prose and verse).

The rule: a passage of at least `SHORTEST` characters is dropped when at least `MOST` of its
shingles occurred in earlier passages of the style, whether those were kept or not. A shorter
passage is dropped only when all its words were seen in that order before and the passage before
or after it is dropped too, so that refrains, closing braces and headings stay where they are, but
do not stay behind alone when all around them goes.
"""

import re
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

SHINGLE: Final = 8
MOST: Final = 0.5
SHORTEST: Final = 200
PASSAGE: Final = 400

_WORD: Final = re.compile(r"[a-z]+")
_CODE_WORD: Final = re.compile(r"\w+")
_SENTENCE: Final = re.compile(r"(?<=[.!?;])[\"')\]]*\s+")


class Deduped(NamedTuple):
    """A text without its repeated passages, and how many characters that cost."""

    text: str
    dropped: int


class _Passage(NamedTuple):
    paragraph: int
    text: str


def drop_repeated(text: str, form: str, shortest: int = SHORTEST) -> Deduped:
    """Return the text without its repeated passages."""
    passages = _passages(text, form)
    seen, whole = _seen([passage.text for passage in passages], form)
    drop = [
        len(passage.text) >= shortest and share >= MOST
        for passage, share in zip(passages, seen, strict=True)
    ]
    for order in (range(1, len(drop)), range(len(drop) - 2, -1, -1)):
        step = -1 if order.step > 0 else 1
        for number in order:
            if not drop[number] and drop[number + step] and len(passages[number].text) < shortest:
                drop[number] = whole[number]
    kept = _joined([p for p, dropped in zip(passages, drop, strict=True) if not dropped])
    return Deduped(kept, len(text) - len(kept))


def _passages(text: str, form: str) -> list[_Passage]:
    paragraphs = re.split(r"\n{2,}", text.strip("\n")) if text.strip() else []
    found: list[_Passage] = []
    for number, paragraph in enumerate(paragraphs):
        if form == "code":
            found.append(_Passage(number, paragraph))
        else:
            found += (_Passage(number, piece) for piece in _pieces(paragraph))
    return found


def _pieces(paragraph: str) -> list[str]:
    """Cut a paragraph at ends of lines or, where it is one line, of sentences.

    The pieces joined are the paragraph again.
    """
    if len(paragraph) <= PASSAGE * 3 // 2:
        return [paragraph]
    ends = _SENTENCE if "\n" not in paragraph else re.compile("\n")
    pieces: list[str] = []
    begin = 0
    for found in ends.finditer(paragraph):
        if found.end() - begin >= PASSAGE and len(paragraph) - found.end() >= PASSAGE // 2:
            pieces.append(paragraph[begin : found.end()])
            begin = found.end()
    return [*pieces, paragraph[begin:]]


def _seen(texts: list[str], form: str) -> tuple[list[float], list[bool]]:
    """Return for each passage the share of its shingles that came earlier, and if all of it did."""
    word = _CODE_WORD if form == "code" else _WORD
    numbers: dict[str, int] = {}
    ids: list[int] = []
    owners: list[int] = []
    whole: list[bool] = []
    known: set[tuple[int, ...]] = set()
    for owner, text in enumerate(texts):
        words = [numbers.setdefault(item, len(numbers)) for item in word.findall(text.lower())]
        whole.append(tuple(words) in known)
        known.add(tuple(words))
        ids += words
        owners += [owner] * len(words)
    shares = _shares(np.array(ids, np.int64), np.array(owners, np.int64), len(texts), len(numbers))
    whole = [is_known or share == 1.0 for is_known, share in zip(whole, shares, strict=True)]
    return [1.0 if known else share for known, share in zip(whole, shares, strict=True)], whole


def _shares(
    ids: npt.NDArray[np.int64], owners: npt.NDArray[np.int64], passages: int, words: int
) -> list[float]:
    """`ids` and `owners` (N,): the words of the whole text, and the passage that each is in."""
    count = len(ids) - SHINGLE + 1
    if count < 1:
        return [0.0] * passages
    # Each word is given a random number of 64 bits; those of a shingle make its hash.
    values = np.random.default_rng(8).integers(0, 2**64, words, np.uint64)[ids]
    hashes = np.zeros(count, np.uint64)  # (N - 7,)
    for place in range(SHINGLE):
        hashes = hashes * np.uint64(0x9E3779B97F4A7C15) + values[place : place + count]
    inside = owners[:count] == owners[SHINGLE - 1 :]
    hashes, owner = hashes[inside], owners[:count][inside]  # (M,)
    if not len(hashes):
        return [0.0] * passages
    _, first, inverse = np.unique(hashes, return_index=True, return_inverse=True)
    earlier = owner[first[inverse]] < owner
    total = np.bincount(owner, minlength=passages)
    repeated = np.bincount(owner, weights=earlier, minlength=passages)
    return [float(share) for share in repeated / np.maximum(total, 1)]


def _joined(passages: list[_Passage]) -> str:
    parts: list[str] = []
    before = -1
    for passage in passages:
        if before == passage.paragraph:
            parts.append(passage.text)
        else:
            if parts:
                parts[-1] = parts[-1].rstrip()
                parts.append("\n\n")
            parts.append(passage.text)
        before = passage.paragraph
    return "".join(parts).rstrip() + "\n" if parts else ""

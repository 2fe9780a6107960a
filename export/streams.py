"""Rows of text for training: each row reads on where it stood, and often begins anew.

A network that is only ever trained with carried state is lost when it starts from the zero state in
the middle of a text, and that is what catch-up does all day. So each row, after each segment, jumps
to a random place with the zero state at a set probability.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray


def encode(text: str) -> NDArray[np.uint8]:
    """Return the 7-bit codes of a text, shape (characters,)."""
    return np.frombuffer(text.encode("ascii"), dtype=np.uint8)


class Streams:
    """An endless source of segments from several texts, whose position can be saved.

    A text's share of the rows is its number of characters to the power `evenness`: 1 reads each
    character equally often, 0 reads each text equally often.
    """

    def __init__(
        self,
        texts: Mapping[str, str],
        *,
        rows: int,
        length: int,
        restart: float,
        evenness: float,
        seed: int,
    ) -> None:
        self.rows, self.length, self.restart = rows, length, restart
        self._texts = [encode(text) for text in texts.values()]
        short = [slug for slug, text in texts.items() if len(text) <= length + 1]
        if short:
            raise ValueError(f"the training text of {short[0]} is shorter than one segment")
        sizes = np.array([len(text) for text in self._texts], dtype=np.float64) ** evenness
        self._share = np.cumsum(sizes / sizes.sum())
        self._random = np.random.default_rng(seed)
        self._where = np.zeros((rows, 2), dtype=np.int64)  # text, position
        for row in range(rows):
            self._jump(row)
        self._fresh = np.ones(rows, dtype=bool)

    def _jump(self, row: int) -> None:
        text = min(int(np.searchsorted(self._share, self._random.random())), len(self._texts) - 1)
        last = len(self._texts[text]) - self.length - 1
        self._where[row] = text, self._random.integers(0, last + 1)

    def next(self) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_]]:
        """Return inputs and targets (rows, length), and which rows begin anew (rows,)."""
        chunk = np.empty((self.rows, self.length + 1), dtype=np.int64)
        for row, (text, at) in enumerate(self._where):
            chunk[row] = self._texts[text][at : at + self.length + 1]
        fresh = self._fresh
        self._where[:, 1] += self.length
        self._fresh = self._random.random(self.rows) < self.restart
        for row, (text, at) in enumerate(self._where):
            if at + self.length + 1 > len(self._texts[text]):
                self._fresh[row] = True
        for row in np.flatnonzero(self._fresh).tolist():
            self._jump(row)
        return chunk[:, :-1], chunk[:, 1:], fresh

    def state(self) -> dict[str, Any]:
        """Return all that `restore` needs to go on with the very next segment."""
        return {
            "where": self._where.tolist(),
            "fresh": self._fresh.tolist(),
            "random": self._random.bit_generator.state,
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take up the position that `state` returned."""
        self._where = np.array(state["where"], dtype=np.int64)
        self._fresh = np.array(state["fresh"], dtype=bool)
        self._random.bit_generator.state = state["random"]
        # A text may have been corrected since: a row that stood beyond its end begins anew.
        for row, (text, at) in enumerate(self._where):
            if at + self.length + 1 > len(self._texts[text]):
                self._jump(row)
                self._fresh[row] = True


def windows(text: str, *, length: int, most: int) -> NDArray[np.int64]:
    """Return up to `most` windows of a text, evenly spread, shape (N, length)."""
    codes = encode(text)
    count = max(1, min(most, len(codes) // length))
    if len(codes) < length:
        raise ValueError(f"a text of {len(codes)} characters has no window of {length}")
    starts = np.linspace(0, len(codes) - length, count).astype(np.int64)
    return np.stack([codes[at : at + length] for at in starts]).astype(np.int64)

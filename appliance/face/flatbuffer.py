"""As much of the FlatBuffers format as reading needs: tables, their fields, and vectors.

A table begins with the signed way back to its vtable; the vtable holds for each field the way from
the table's beginning, or 0 where the field has its default. Vectors and tables within tables are
given by the unsigned way from where that is written. All numbers are little-endian.
Format: https://flatbuffers.dev/internals/.
"""

import struct
from collections.abc import Iterator
from typing import Self

import numpy as np
from numpy.typing import NDArray


class Table:
    """One table in a buffer; fields are named by their number in the schema.

    struct.error or ValueError if the buffer ends before what is asked for.
    """

    def __init__(self, data: bytes, at: int) -> None:
        self._data, self._at = data, at
        (back,) = struct.unpack_from("<i", data, at)
        self._vtable = at - back
        (self._vtable_size,) = struct.unpack_from("<H", data, self._vtable)

    @classmethod
    def root(cls, data: bytes) -> Self:
        """Return the table that the buffer begins with."""
        return cls(data, *struct.unpack_from("<I", data, 0))

    def number(self, field: int, kind: str, default: int = 0) -> int:
        """Return a field that is one whole number; `kind` is its letter in `struct`."""
        at = self._place(field)
        return int(struct.unpack_from(f"<{kind}", self._data, at)[0]) if at else default

    def numbers(self, field: int, kind: str) -> NDArray[np.generic]:
        """Return a field that is a vector of numbers; `kind` is their numpy type, such as "<i4"."""
        at, count = self._vector(field)
        return np.frombuffer(self._data, kind, count, at)

    def table(self, field: int) -> "Table":
        """Return a field that is a table."""
        at = self._place(field)
        if not at:
            raise ValueError(f"a table lacks its field {field}")
        return Table(self._data, self._target(at))

    def tables(self, field: int) -> Iterator["Table"]:
        """Yield the tables of a field that is a vector of them."""
        at, count = self._vector(field)
        for index in range(count):
            yield Table(self._data, self._target(at + 4 * index))

    def _place(self, field: int) -> int:
        """Return where a field is written, 0 if it has its default."""
        slot = 4 + 2 * field
        if slot >= self._vtable_size:
            return 0
        (way,) = struct.unpack_from("<H", self._data, self._vtable + slot)
        return self._at + int(way) if way else 0

    def _target(self, at: int) -> int:
        return at + int(struct.unpack_from("<I", self._data, at)[0])

    def _vector(self, field: int) -> tuple[int, int]:
        """Return where a vector's first element is, and how many there are."""
        at = self._place(field)
        if not at:
            return 0, 0
        at = self._target(at)
        return at + 4, int(struct.unpack_from("<I", self._data, at)[0])

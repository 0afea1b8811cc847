"""The pool: every row that was ever written of an image, segment after segment, and those that are not written yet.

Which row counts of which image is the business of `imgcmp.database.image_table`.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate, pairwise
from operator import attrgetter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from imgcmp.database.image_record import ImageRecord
from imgcmp.database.schema import BYTES, FACTS_OF_FILE
from imgcmp.database.segments import Array, Segment

Positions = NDArray[np.intp]

_PART_BYTES = 2**24
_TEXT_FIELDS = {"files": "file.path"}


class Pool:
    """Rows of images in segments, and records that are in no segment yet.

    Parameters
    ----------
    segments : iterable of Segment
        In the order in which they were written.
    shapes : dict of str to (dtype, tuple of int)
        Of a row of each column of numbers.

    Attributes
    ----------
    segments : list of Segment
    records : list of ImageRecord
        Rows that are in no segment, behind all that are.
    """

    def __init__(self, segments: Iterable[Segment], shapes: dict[str, tuple[np.dtype[Any], tuple[int, ...]]]) -> None:
        self.segments = list(segments)
        self.records: list[ImageRecord] = []
        self.shapes = shapes
        self._starts = [0, *accumulate(segment.n_rows for segment in self.segments)]

    def __len__(self) -> int:
        """Return the number of rows."""
        return self.n_stored + len(self.records)

    @property
    def n_stored(self) -> int:
        """How many rows are in segments."""
        return self._starts[-1]

    def add(self, record: ImageRecord) -> int:
        """Take a record; return its position."""
        self.records.append(record)
        return len(self) - 1

    def array(self, name: str, positions: Positions | None = None) -> Array:
        """Read a column of numbers, of the rows at these positions, or of all; one array, of which none else knows."""
        if positions is None:
            positions = np.arange(len(self), dtype=np.intp)
        dtype, shape = self.shapes[name]
        out = np.empty((len(positions), *shape), dtype=dtype)
        for start, stop in _runs(positions):
            self._read_run(name, int(positions[start]), out[start:stop])
        return out

    def parts(self, name: str, positions: Positions) -> Iterator[Array]:
        """Read a column of numbers in parts of 16 MiB, so that no more of it is in memory at once."""
        dtype, shape = self.shapes[name]
        n = max(1, _PART_BYTES // max(1, dtype.itemsize * int(np.prod(shape))))
        for start in range(0, len(positions), n):
            yield self.array(name, positions[start : start + n])

    def texts(self, name: str, positions: Positions | None = None) -> list[str]:
        """Read a column of texts, of the rows at these positions, or of all; only segments of which there are rows."""
        texts: list[str] = []
        for number, segment in enumerate(self.segments):
            start, stop = self._starts[number : number + 2]
            if positions is None or ((positions >= start) & (positions < stop)).any():
                texts += segment.texts(name)
            else:
                texts += [""] * segment.n_rows
        attribute = attrgetter(_TEXT_FIELDS.get(name, name))
        texts += map(attribute, self.records)
        return texts if positions is None else [texts[position] for position in positions.tolist()]

    def _read_run(self, name: str, first: int, out: Array) -> None:
        """Read rows that follow one another, from as many segments as they are in."""
        done = 0
        while done < len(out):
            position = first + done
            if position >= self.n_stored:
                k = position - self.n_stored
                out[done:] = values_of(self.records[k : k + len(out) - done], name, self.shapes[name][1])
                return
            number = bisect_right(self._starts, position) - 1
            start = self._starts[number]
            stop = min(self._starts[number + 1], first + len(out))
            self.segments[number].rows(name, position - start, out[done : done + stop - position])
            done += stop - position


def values_of(records: Sequence[ImageRecord], name: str, shape: tuple[int, ...]) -> Array:
    """Return a column of numbers of records."""
    if name in ("fps", "views"):
        rows = [record.words if name == "fps" else record.views for record in records]
        return np.array(rows, dtype=np.uint64).reshape(len(records), *shape)
    if name == "look":
        looks = np.zeros((len(records), *shape), np.uint8)  # zeros: unknown
        for row, record in zip(looks, records, strict=True):
            row[: len(record.look)] = record.look
        return looks
    if name in BYTES:
        joined = b"".join([getattr(record, name) for record in records])
        return np.frombuffer(joined, dtype=BYTES[name][0]).reshape(len(records), *shape)
    if name in FACTS_OF_FILE:
        return np.array([getattr(record.file, name) for record in records], dtype=np.int64)
    return np.array([getattr(record, name) for record in records], dtype=np.int64)


def _runs(positions: Positions) -> Iterator[tuple[int, int]]:
    """Yield where runs of positions that follow one another start and stop."""
    if len(positions):
        breaks = np.flatnonzero(np.diff(positions) != 1) + 1
        edges = [0, *breaks.tolist(), len(positions)]
        yield from pairwise(edges)

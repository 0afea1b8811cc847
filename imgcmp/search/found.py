"""What a search finds: pairs, neighbour lists, and pairs as they come."""

from collections.abc import Generator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Pairs = tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.uint16]]


class Neighbours(NamedTuple):
    """Of each fingerprint those within a radius, one list after another.

    Attributes
    ----------
    starts : ndarray of int64, shape (n_images + 1,)
        Where the list of each fingerprint starts.
    indices : ndarray of int32, shape (2 * n_pairs,)
        The neighbours of row i, ascending, are ``indices[starts[i] : starts[i + 1]]``.
    """

    starts: NDArray[np.int64]
    indices: NDArray[np.int32]


class Found(NamedTuple):
    """Pairs i < j within a radius, as they are found.

    Attributes
    ----------
    counts : ndarray of int64, shape (n_images,)
        Of each row the number of pairs in which it is i.
    packed : list of (ndarray of int64, int)
        As many of them as were kept, packed, each with the row from which on their rows are counted.
    shifts : (int, int)
        Where i and j start in a packed pair; below them, if anything, is the distance.
    by_buckets : bool
        Whether they are in no order; else those of a row are in the order of j.
    """

    counts: NDArray[np.int64]
    packed: list[tuple[NDArray[np.int64], int]]
    shifts: tuple[int, int]
    by_buckets: bool

    @property
    def n_pairs(self) -> int:
        """How many pairs there are."""
        return int(self.counts.sum())

    def rows_and_columns(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return i and j of the pairs that were kept, in no order."""
        shift_i, shift_j = self.shifts
        i = [(packed >> shift_i) + i_start for packed, i_start in self.packed]
        j = [(packed >> shift_j) & (2 ** (shift_i - shift_j) - 1) for packed, _ in self.packed]
        none = np.empty(0, np.int64)
        return np.concatenate([none, *i]), np.concatenate([none, *j])

    def by_distance(self) -> Generator[tuple[int, NDArray[np.int64], NDArray[np.int64]], None, None]:
        """Yield each distance that occurs, ascending, with i and j of the pairs so far apart."""
        mask = 2 ** self.shifts[1] - 1
        for k, (packed, i_start) in enumerate(self.packed):  # sorted by radix
            self.packed[k] = packed[np.argsort((packed & mask).astype(np.uint16), kind="stable")], i_start
        counts = [np.bincount(packed & mask) for packed, _ in self.packed]
        ends = [np.cumsum(count) for count in counts]
        for distance in range(max((len(count) for count in counts), default=0)):
            parts = [
                (packed[end[distance] - count[distance] : end[distance]], i_start)
                for (packed, i_start), count, end in zip(self.packed, counts, ends, strict=True)
                if distance < len(count) and count[distance]
            ]
            if parts:
                yield distance, *self._replace(packed=parts).rows_and_columns()

    @property
    def is_whole(self) -> bool:
        """Whether all of them were kept."""
        return sum(len(packed) for packed, _ in self.packed) == self.n_pairs

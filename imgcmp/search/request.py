"""What is searched for, all of it checked; and the substrings by which fingerprints are put into buckets."""

from collections.abc import Callable
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from imgcmp.fingerprints.packing import Words
from imgcmp.system.threads import Progress

_MAX_KEY_BITS = 22  # 16 MB of counters


class Substrings(NamedTuple):
    """The substrings by which fingerprints are put into buckets, of their real bits only.

    Attributes
    ----------
    edges : ndarray of int64, shape (n_substrings + 1,)
        Where they start and end. There is one more of them than bits that may differ.
    key_bits : list of int
        Bits of each substring's keys; a longer substring is hashed to about as many buckets as there are rows.
    """

    edges: NDArray[np.int64]
    key_bits: list[int]

    @classmethod
    def of(cls, n_bits: int, radius_bits: int, n_rows: int) -> "Substrings":
        """Return those for a search of n_rows fingerprints."""
        edges = np.arange(radius_bits + 2) * n_bits // (radius_bits + 1)
        most = min(n_rows.bit_length(), _MAX_KEY_BITS)
        return cls(edges, np.minimum(np.diff(edges), most).tolist())

    @property
    def spans(self) -> list[tuple[int, int, int]]:
        """Of each its first bit, the bit after its last, and the bits of its keys."""
        spans = zip(pairwise(self.edges.tolist()), self.key_bits, strict=True)
        return [(start, stop, bits) for (start, stop), bits in spans]


class Search(NamedTuple):
    """What is searched for, all of it checked."""

    words: Words
    radius_bits: int
    n_bits: int
    workers: int
    progress: Progress | None = None

    @property
    def substrings(self) -> Substrings:
        """The substrings of such a search."""
        return Substrings.of(self.n_bits, self.radius_bits, len(self.words))

    @property
    def shifts(self) -> tuple[int, int]:
        """Where i and j start in a packed pair; below them is the distance."""
        shift_j = self.radius_bits.bit_length()
        return shift_j + len(self.words).bit_length(), shift_j

    def advance(self, part: int, n_parts: int, n_tasks: int) -> Callable[[int], object] | None:
        """Return what tells, after each of n_tasks tasks of about equal work, how many pairs have been compared."""
        progress, n_pairs = self.progress, len(self.words) * (len(self.words) - 1) // 2
        if progress is None:
            return None
        return lambda done: progress("pairs", n_pairs * (part * n_tasks + done) // (n_parts * n_tasks), n_pairs)

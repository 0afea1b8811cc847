"""Fingerprints -> those sorted by buckets or by rings, and laid out in that order, some at a time."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from imgcmp.fingerprints.packing import Words
from imgcmp.kernels import buckets, rings
from imgcmp.kernels.columns import WIDTH, Columns, room_for_columns
from imgcmp.kernels.rings import N_RINGS, Rings
from imgcmp.search.buckets import ROW_WORK
from imgcmp.system.threads import even_blocks, run


class LaidOut(NamedTuple):
    """Fingerprints in the order of their keys: those of some neighbouring places in it.

    Attributes
    ----------
    columns : Columns
        The fingerprints.
    order : ndarray of int32, shape (n,)
        Their rows.
    first : int
        The key of the first of them: its bucket, or its ring.
    starts : ndarray of int32, shape (n_keys + 1,)
        Where that key and each one after it start among them.
    """

    columns: Columns
    order: NDArray[np.int32]
    first: int
    starts: NDArray[np.int32]


class SortedRows:
    """Fingerprints, shape (n, n_words), that are sorted by keys.

    Attributes
    ----------
    words : ndarray of uint64, shape (n, n_words)
        The fingerprints.
    most : int
        How many of them are laid out at a time, at most.
    order : ndarray of int32, shape (n,)
        Their rows in the order of their keys.
    starts : ndarray of int32, shape (n_keys + 1,)
        Where each key starts.
    """

    def __init__(self, words: Words, most: int) -> None:
        n, n_words = words.shape
        self.words = words
        self.order = np.empty(n, np.int32)
        self.starts = np.empty(0, np.int32)
        self.most = min(n, max(WIDTH, most))
        self._room = room_for_columns(n_words, self.most)
        # Keys are needed until their order is known, and columns after that: keys lie where columns will, if they fit.
        room = self._room.words.reshape(-1).view(np.uint32)
        self._keys = room[:n] if n <= len(room) else np.empty(n, np.uint32)

    def sort_by_bucket(self, start: int, stop: int, key_bits: int, workers: int) -> None:
        """Sort by the bits start .. stop - 1."""
        n, n_words = self.words.shape
        blocks = even_blocks(n, ROW_WORK * n_words, workers)
        run(buckets.bucket_keys, [(self._keys, self.words, start, stop, key_bits, *block) for block in blocks], workers)
        self._sort(2**key_bits)

    def sort_by_ring(self, pivots: NDArray[np.uint64], workers: int) -> None:
        """Sort by the nearest of some pivots, and by how near that is."""
        blocks = even_blocks(len(self.words), len(pivots), workers)
        run(rings.ring_keys, [(self._keys, self.words, pivots, *block) for block in blocks], workers)
        self._sort(len(pivots) * N_RINGS)

    def parts(self) -> list[slice]:
        """Return the places of as many fingerprints as are laid out at a time, whatever keys they have."""
        n = len(self.words)
        return [slice(start, min(start + self.most, n)) for start in range(0, n, self.most)]

    def laid_out(self, places: slice, workers: int) -> LaidOut:
        """Lay out the fingerprints of some places, where those laid out before were."""
        order = self.order[places]
        columns = Columns(self._room.words, len(order))
        blocks = even_blocks(len(order), ROW_WORK * self.words.shape[1], workers)
        run(buckets.bucket_columns, [(columns, self.words, order, *block) for block in blocks], workers)
        first, stop = self._keys_of(places)
        return LaidOut(columns, order, first, self._starts_among(places, first, stop))

    def rings_among(self, places: slice, pivots: NDArray[np.uint64]) -> Rings:
        """Return the rings around all pivots of some places, and where they start among these."""
        first, stop = self._keys_of(places)
        first, stop = first // N_RINGS, -(-stop // N_RINGS)
        return Rings(pivots[first:stop], self._starts_among(places, first * N_RINGS, stop * N_RINGS))

    def _keys_of(self, places: slice) -> tuple[int, int]:
        """Return the key at the first of some places, and one more than that at the last."""
        first = int(np.searchsorted(self.starts, np.int32(places.start), side="right")) - 1
        return first, int(np.searchsorted(self.starts, np.int32(places.stop), side="left"))

    def _starts_among(self, places: slice, first: int, stop: int) -> NDArray[np.int32]:
        return np.clip(self.starts[first : stop + 1], places.start, places.stop) - np.int32(places.start)

    def _sort(self, n_keys: int) -> None:
        starts = np.empty(n_keys + 2, np.int32)
        buckets.bucket_order(self.order, starts, self._keys)
        self.starts = starts[:-1]

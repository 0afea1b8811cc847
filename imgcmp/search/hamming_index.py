"""Fingerprints that are searched many times: laid out once, and added to."""

import os
from typing import Self

import numpy as np
from numpy.typing import NDArray

from imgcmp.fingerprints.packing import Words, check_matrix, check_views
from imgcmp.kernels.columns import WIDTH, Columns, room_for_columns
from imgcmp.search.index_file import LaidOut, read_index, write_index
from imgcmp.search.nearest import Nearest, check_k, nearest_in
from imgcmp.search.packed_pairs import QueryPairs
from imgcmp.search.within import NearPairs, nearest_pairs, within_radii
from imgcmp.system.checks import integer
from imgcmp.system.threads import worker_count

_MOST = 2**31 - 1  # what an int32 can number


class HammingIndex:
    """Fingerprints, with or without views, that are laid out for searches.

    A search through it starts at once: `imgcmp.nearest` lays fingerprints of several words out each time. One query
    takes as long as memory does to be read.

    Parameters
    ----------
    words : ndarray of uint64, shape (n_images, n_words)
        Packed fingerprints of the wholes; unused low bits are zero.
    views : ndarray of uint64, shape (n_images, n_views, n_words), optional
        Those of the views. An image is then as near as the nearest of its variants, the whole and the views.

    Raises
    ------
    TypeError
        If `words` or `views` is not of uint64.
    ValueError
        If the shapes do not fit.

    Notes
    -----
    Exact. Memory: the words, and those of the views; up to twice that while some are added. All are compared, or, where
    a radius is small and queries are many, those that agree in a substring: multi-index hashing, as in `pairs`.
    """

    def __init__(self, words: Words, views: Words | None = None) -> None:
        words, views = _checked(words, views)
        self._n_views = 0 if views is None else views.shape[1]
        self._wholes = _GrowingColumns(words.shape[1])
        self._variants = _GrowingColumns(words.shape[1]) if self._n_views else self._wholes
        self._append(words, views)

    def __len__(self) -> int:
        """Return the number of images."""
        return self._wholes.columns.n

    def __repr__(self) -> str:
        """Return what it holds."""
        n_words = len(self._wholes.columns.words)
        return f"HammingIndex({len(self):,} images of {64 * n_words} bits, {self._n_views} views)"

    def add(self, words: Words, views: Words | None = None) -> None:
        """Add images: their numbers go on from those that are there.

        Parameters
        ----------
        words : ndarray of uint64, shape (n_new, n_words)
            As those that are there.
        views : ndarray of uint64, shape (n_new, n_views, n_words), optional
            Needed if those that are there have views, and not allowed if not.

        Raises
        ------
        TypeError, ValueError
            If they are unlike those that are there.
        """
        words, views = _checked(words, views)
        given, kept = (words.shape[1], 0 if views is None else views.shape[1]), (self._n_words, self._n_views)
        if given != kept:
            as_kept = f"{kept[0]} words and {kept[1]} views, as in the index"
            raise ValueError(f"words and views must be of {as_kept}; got {given[0]} and {given[1]}")
        self._append(words, views)

    def nearest(
        self, queries: Words, k: int, *, query_views: Words | None = None, workers: int | None = None
    ) -> Nearest:
        """Find the k nearest images of each query.

        Parameters
        ----------
        queries : ndarray of uint64, shape (n_queries, n_words)
            Packed fingerprints.
        k : int
            Neighbours a query, 1 .. n_images.
        query_views : ndarray of uint64, shape (n_queries, n_query_views, n_words), optional
            Views of the queries: each is compared with the wholes of the images.
        workers : int, optional
            Threads; default all usable cores. The result is the same for any number.

        Returns
        -------
        distances : ndarray of uint16, shape (n_queries, k)
            Differing bits, ascending.
        indices : ndarray of int32, shape (n_queries, k)
            Numbers of the images; equal distances by number.

        Raises
        ------
        TypeError
            If fingerprints are not of uint64, or `k` is not an integer.
        ValueError
            If `k` is below 1 or above n_images, or the shapes do not fit.
        MemoryError
            If there is no room for the variants that are no farther from a single query than its k-th whole.
        """
        queries, query_views = self._checked_queries(queries, query_views)
        workers, k = worker_count(workers), check_k(k, len(self))
        distances, indices = nearest_in(self._wholes.columns, queries, k, workers)
        if not self._n_views and query_views is None:
            return distances, indices
        self._bring_nearer(distances, indices, queries, query_views, workers)
        return distances, indices

    def within(
        self, queries: Words, radius_bits: int, *, query_views: Words | None = None, workers: int | None = None
    ) -> NearPairs:
        """Find all images within a radius of each query.

        Parameters
        ----------
        queries, query_views, workers
            As for `nearest`.
        radius_bits : int
            The most bits in which they may differ, 0 .. 64 * n_words.

        Returns
        -------
        queries, images : ndarray of int32, shape (n_pairs,)
            Numbers of each, sorted by (query, image).
        distances : ndarray of uint16, shape (n_pairs,)
            Differing bits.

        Raises
        ------
        TypeError, ValueError
            As `nearest`.
        MemoryError
            If there is no room for all that are found.
        """
        queries, query_views = self._checked_queries(queries, query_views)
        radius = integer(radius_bits, "radius_bits")
        if not 0 <= radius <= 64 * self._n_words:
            raise ValueError(f"radius_bits must be in 0..{64 * self._n_words}; got {radius}")
        return self._within(queries, query_views, np.full(len(queries), radius), worker_count(workers))

    def join(self, other: "HammingIndex", radius_bits: int, *, workers: int | None = None) -> NearPairs:
        """Find all pairs of an image here and one there within a radius.

        Parameters
        ----------
        other : HammingIndex
            Of the same n_words.
        radius_bits : int
            As for `within`.
        workers : int, optional
            Threads; default all usable cores.

        Returns
        -------
        queries, images : ndarray of int32, shape (n_pairs,)
            Numbers of the images here, and there, sorted.
        distances : ndarray of uint16, shape (n_pairs,)
            Differing bits.

        Raises
        ------
        TypeError, ValueError, MemoryError
            As `within`.
        """
        if not isinstance(other, HammingIndex):
            raise TypeError(f"other must be a HammingIndex; got {type(other).__name__}")
        return other.within(self._wholes.words(), radius_bits, query_views=self._views(), workers=workers)

    def save(self, path: str | os.PathLike[str], origin: str = "") -> None:
        """Write the index to a file: beside it, and renamed.

        Parameters
        ----------
        path : str or path-like
            The file; docs/format.md says what is in it.
        origin : str
            What the fingerprints came from, such as a digest of that: `load` asks for it.

        Raises
        ------
        OSError
            If it cannot be written; a file that was there is as it was. FileExistsError if there is one that is no
            index.
        """
        write_index(path, LaidOut(self._n_views, self._wholes.used(), self._variants.used()), origin)

    @classmethod
    def load(cls, path: str | os.PathLike[str], origin: str = "") -> Self:
        """Read an index that `save` wrote.

        Parameters
        ----------
        path : str or path-like
            The file.
        origin : str
            What its fingerprints must have come from.

        Returns
        -------
        index : HammingIndex

        Raises
        ------
        InputError
            If the file is no whole index, or of another origin.
        OSError
            If it cannot be read.
        """
        n_views, wholes, variants = read_index(path, origin)
        index = cls.__new__(cls)
        index._n_views = n_views
        index._wholes = _GrowingColumns(len(wholes))
        index._wholes.append(wholes.T)
        index._variants = index._wholes
        if n_views:
            index._variants = _GrowingColumns(len(variants))
            index._variants.append(variants.T)
        return index

    @property
    def _n_words(self) -> int:
        return len(self._wholes.columns.words)

    def _views(self) -> Words | None:
        if not self._n_views:
            return None
        return np.ascontiguousarray(self._variants.words().reshape(len(self), 1 + self._n_views, self._n_words)[:, 1:])

    def _append(self, words: Words, views: Words | None) -> None:
        n_variants = (len(self) + len(words)) * (1 + self._n_views)
        if n_variants > _MOST:
            raise ValueError(f"an index must hold at most {_MOST:,} fingerprints, views included; got {n_variants:,}")
        if views is None or not self._n_views:
            self._wholes.append(words)
            return
        variants = np.concatenate([words[:, np.newaxis], views], axis=1).reshape(-1, self._n_words)
        # All or nothing, also where there is no memory for the one that comes second.
        self._wholes.columns, self._variants.columns = self._wholes.with_more(words), self._variants.with_more(variants)

    def _checked_queries(self, queries: Words, query_views: Words | None) -> tuple[Words, Words | None]:
        queries, _ = check_matrix(queries, name="queries")
        if queries.shape[1] != self._n_words:
            raise ValueError(f"queries must have {self._n_words} words a fingerprint; got {queries.shape}")
        return queries, None if query_views is None else check_views(query_views, queries)

    def _bring_nearer(
        self,
        distances: NDArray[np.uint16],
        indices: NDArray[np.int32],
        queries: Words,
        query_views: Words | None,
        workers: int,
    ) -> None:
        """Put the nearest by views in the place of the nearest by wholes, which are sorted."""
        # Views only bring images nearer: none of the k nearest is farther than the k-th of the wholes.
        radii = distances[:, -1].astype(np.int64)
        half, found = len(queries) // 2, None
        try:
            found = self._within(queries, query_views, radii, workers)
        except MemoryError:  # nearly all variants may be so near, of which each is a pair
            if not half:
                raise
        if found is None:  # not while the error is held, and by it what was found
            for some in (slice(half), slice(half, None)):
                of_some = None if query_views is None else query_views[some]
                self._bring_nearer(distances[some], indices[some], queries[some], of_some, workers)
            return
        order = np.lexsort((found.images, found.distances, found.queries))
        starts = np.searchsorted(found.queries, np.arange(len(queries)))
        first = order[starts[:, np.newaxis] + np.arange(distances.shape[1])]
        distances[:], indices[:] = found.distances[first], found.images[first]

    def _within(
        self, queries: Words, query_views: Words | None, radii_bits: NDArray[np.int64], workers: int
    ) -> NearPairs:
        of_wholes = within_radii(self._variants.columns, queries, radii_bits, workers)
        found = [QueryPairs(of_wholes.queries, of_wholes.images // np.int32(1 + self._n_views), of_wholes.distances)]
        if query_views is not None and query_views.shape[1]:
            n_views = query_views.shape[1]
            as_rows = query_views.reshape(-1, self._n_words)
            of_views = within_radii(self._wholes.columns, as_rows, np.repeat(radii_bits, n_views), workers)
            found.append(QueryPairs(of_views.queries // np.int32(n_views), of_views.images, of_views.distances))
        return nearest_pairs(found)


class _GrowingColumns:
    """Fingerprints laid out, with room for more."""

    def __init__(self, n_words: int) -> None:
        self.columns = room_for_columns(n_words, 0)

    def append(self, words: Words) -> None:
        """Add some."""
        self.columns = self.with_more(words)

    def with_more(self, words: Words) -> Columns:
        """Return what there is once some are added; it shares room with what there is now."""
        n = self.columns.n + len(words)
        room = self.columns.words
        if n > room.shape[1] - WIDTH:
            room = room_for_columns(len(room), max(n, 2 * self.columns.n)).words
            room[:, : self.columns.n] = self.columns.words[:, : self.columns.n]
        room[:, self.columns.n : n] = words.T
        return Columns(room, n)

    def words(self) -> Words:
        """Return them one after another."""
        return np.ascontiguousarray(self.used().T)

    def used(self) -> Words:
        """Return them as they lie, without the room behind them, shape (n_words, n)."""
        return self.columns.words[:, : self.columns.n]


def _checked(words: Words, views: Words | None) -> tuple[Words, Words | None]:
    words, _ = check_matrix(words)
    return words, None if views is None else check_views(views, words)

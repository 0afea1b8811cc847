"""Fingerprints that are searched many times: laid out once, and added to."""

import os
import zipfile
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from imgcmp.errors import InputError
from imgcmp.fingerprints.packing import Words, check_matrix, check_views
from imgcmp.kernels.columns import WIDTH, Columns, room_for_columns
from imgcmp.search.nearest import Nearest, check_k, nearest_in
from imgcmp.search.packed_pairs import Pairs
from imgcmp.search.within import NearPairs, nearest_pairs, within_radii
from imgcmp.system.atomic import replacing
from imgcmp.system.checks import integer
from imgcmp.system.threads import worker_count

_MOST = 2**31 - 1  # what an int32 can number

_FORMAT, _VERSION = "imgcmp-index", 1
_READ_ERRORS = (ValueError, KeyError, EOFError, zipfile.BadZipFile, NotImplementedError)


class HammingIndex:
    """Fingerprints, with or without views, that are laid out for searches.

    A search through it starts at once, at the speed of memory: `imgcmp.nearest` lays fingerprints of several words out
    each time.

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
        """
        queries, query_views = self._checked_queries(queries, query_views)
        workers, k = worker_count(workers), check_k(k, len(self))
        distances, indices = nearest_in(self._wholes.columns, queries, k, workers)
        if not self._n_views and query_views is None:
            return distances, indices
        # Views only bring images nearer: none of the k nearest is farther than the k-th of the wholes.
        found = self._within(queries, query_views, distances[:, -1].astype(np.int64), workers)
        order = np.lexsort((found.images, found.distances, found.queries))
        starts = np.searchsorted(found.queries, np.arange(len(queries)))
        first = order[starts[:, np.newaxis] + np.arange(k)]
        return found.distances[first], found.images[first]

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
            If it cannot be written; a file that was there is as it was.
        """
        arrays: dict[str, Any] = {
            _FORMAT: np.int64(_VERSION),
            "origin": np.str_(origin),
            "n_views": np.int64(self._n_views),
            "wholes": self._wholes.used(),
        }
        if self._n_views:
            arrays["variants"] = self._variants.used()
        with replacing(os.fspath(path)) as temporary, open(temporary, "wb") as file:
            np.savez(file, **arrays)

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
        try:
            with open(path, "rb") as file, np.load(file, allow_pickle=False) as stored:
                version, of, n_views = int(stored[_FORMAT]), str(stored["origin"]), int(stored["n_views"])
                wholes = stored["wholes"]
                variants = stored["variants"] if n_views else wholes
        except _READ_ERRORS as error:
            raise InputError(f"{os.fspath(path)} is no index, or damaged: make it anew") from error
        if version != _VERSION or not _are_laid_out(wholes, variants, n_views):
            raise InputError(f"{os.fspath(path)} is no index of this version, or damaged: make it anew")
        if of != origin:
            raise InputError(f"{os.fspath(path)} is an index of something else: make it anew")
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
        self._wholes.append(words)
        if views is not None and self._n_views:
            self._variants.append(np.concatenate([words[:, np.newaxis], views], axis=1).reshape(-1, self._n_words))

    def _checked_queries(self, queries: Words, query_views: Words | None) -> tuple[Words, Words | None]:
        queries, _ = check_matrix(queries, name="queries")
        if queries.shape[1] != self._n_words:
            raise ValueError(f"queries must have {self._n_words} words a fingerprint; got {queries.shape}")
        return queries, None if query_views is None else check_views(query_views, queries)

    def _within(
        self, queries: Words, query_views: Words | None, radii_bits: NDArray[np.int64], workers: int
    ) -> NearPairs:
        of_wholes = within_radii(self._variants.columns, queries, radii_bits, workers)
        found = [Pairs(of_wholes.queries, of_wholes.images // np.int32(1 + self._n_views), of_wholes.distances)]
        if query_views is not None and query_views.shape[1]:
            n_views = query_views.shape[1]
            as_rows = query_views.reshape(-1, self._n_words)
            of_views = within_radii(self._wholes.columns, as_rows, np.repeat(radii_bits, n_views), workers)
            found.append(Pairs(of_views.queries // np.int32(n_views), of_views.images, of_views.distances))
        return nearest_pairs(found)


class _GrowingColumns:
    """Fingerprints laid out, with room for more."""

    def __init__(self, n_words: int) -> None:
        self.columns = room_for_columns(n_words, 0)

    def append(self, words: Words) -> None:
        n = self.columns.n + len(words)
        room = self.columns.words
        if n > room.shape[1] - WIDTH:
            room = room_for_columns(len(room), max(n, 2 * self.columns.n)).words
            room[:, : self.columns.n] = self.columns.words[:, : self.columns.n]
        room[:, self.columns.n : n] = words.T
        self.columns = Columns(room, n)

    def words(self) -> Words:
        """Return them one after another."""
        return np.ascontiguousarray(self.used().T)

    def used(self) -> Words:
        """Return them as they lie, without the room behind them, shape (n_words, n)."""
        return self.columns.words[:, : self.columns.n]


def _are_laid_out(wholes: Words, variants: Words, n_views: int) -> bool:
    """Tell whether what a file holds is what it should."""
    if n_views < 0 or any(columns.dtype != np.uint64 or columns.ndim != 2 for columns in (wholes, variants)):
        return False
    return len(wholes) >= 1 and variants.shape == (len(wholes), wholes.shape[1] * (1 + n_views))


def _checked(words: Words, views: Words | None) -> tuple[Words, Words | None]:
    words, _ = check_matrix(words)
    return words, None if views is None else check_views(views, words)

"""All pairs of fingerprints within a radius."""

from typing import TYPE_CHECKING, Literal, NoReturn, overload

import numpy as np

from imgcmp.fingerprints.packing import Words, check_indexable, check_matrix
from imgcmp.kernels import scan
from imgcmp.search.buckets import buckets_pay, find_by_buckets, search_buckets
from imgcmp.search.found import Found, Neighbours, Pairs
from imgcmp.search.graph import GRAPH_BYTES, as_graph
from imgcmp.search.neighbour_lists import list_found, mirror
from imgcmp.search.request import Search
from imgcmp.search.scan import fill_by_scan, find_by_scan
from imgcmp.system.checks import integer
from imgcmp.system.memory import available_bytes, format_bytes
from imgcmp.system.threads import Progress, run, worker_count

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

_PAIR_BYTES = 10
_KEPT_BYTES = 16  # a pair that was found: packed, and up to twice the room for it
_MOST_KEPT = 2**27  # bytes for pairs that are kept to be listed: 8,000,000 at least; beyond, they are found again


@overload
def pairs(
    words: Words,
    radius_bits: int,
    *,
    n_bits: int | None = None,
    workers: int | None = None,
    output: Literal["arrays"] = "arrays",
) -> Pairs: ...


@overload
def pairs(
    words: Words,
    radius_bits: int,
    *,
    n_bits: int | None = None,
    workers: int | None = None,
    output: Literal["csr"],
) -> "csr_matrix[np.float64]": ...


def pairs(
    words: Words,
    radius_bits: int,
    *,
    n_bits: int | None = None,
    workers: int | None = None,
    output: str = "arrays",
) -> "Pairs | csr_matrix[np.float64]":
    """Find all pairs that differ in at most `radius_bits` bits.

    Parameters
    ----------
    words : ndarray of uint64, shape (n_images, n_words)
        Packed fingerprints; unused low bits are zero.
    radius_bits : int
        The most bits in which a pair may differ, 0 .. n_bits.
    n_bits : int, optional
        Bits of a fingerprint; default ``64 * n_words``.
    workers : int, optional
        Threads; default all usable cores. The result is the same for any number.
    output : {"arrays", "csr"}
        What to return.

    Returns
    -------
    i, j : ndarray of int32, shape (n_pairs,)
        Rows of `words`, i < j; sorted by (i, j).
    distance : ndarray of uint16, shape (n_pairs,)
        Differing bits, at most `radius_bits`.
    matrix : scipy.sparse.csr_matrix of float64, shape (n_images, n_images)
        In place of the arrays, with ``output="csr"``: the distance of each pair, in both directions. Those of equal
        fingerprints are stored zeros; the diagonal is not stored.

    Raises
    ------
    TypeError
        If `words` is not of uint64, or `radius_bits` is not an integer.
    ValueError
        If `words` is not a matrix of n_bits bits a row, `radius_bits` is not in 0..n_bits, `workers` is below 1, or
        `output` is none of the two.
    MemoryError
        If the pairs that were found do not fit into the memory that is available, before it is taken.

    Notes
    -----
    Exact, whichever way it goes. All pairs are compared in O(n_images**2 * n_words) time; or, where that is cheaper (a
    radius small against n_bits), those that agree in one of ``radius_bits + 1`` substrings: two fingerprints that
    differ in at most radius_bits bits cannot differ in all of them. Ten bytes a pair, and up to 16 more while it runs;
    with ``output="csr"`` 24, and 62 more.

    The matrix is what scikit-learn takes with ``metric="precomputed"``. DBSCAN does so as it is, for any eps up to
    `radius_bits`. HDBSCAN wants min_samples neighbours of every image, and all images in one component; and where
    more than min_samples fingerprints are equal, it does not come to an end (scikit-learn 1.9): leave equal ones out.
    """
    if output not in ("arrays", "csr"):
        raise ValueError(f"output must be arrays or csr; got {output!r}")
    search = _check(words, radius_bits, n_bits, workers)
    pair_bytes = _PAIR_BYTES + GRAPH_BYTES * (output == "csr")
    found = _find(search, available_bytes() * _KEPT_BYTES // (_KEPT_BYTES + pair_bytes))
    if not found.is_whole:
        _refuse(found, pair_bytes)
    arrays = _sorted(found) if found.by_buckets else _placed(search, found)
    return as_graph(arrays, len(search.words)) if output == "csr" else arrays


def found_pairs(words: Words, radius_bits: int, *, n_bits: int, workers: int, max_memory: int) -> Found:
    """Find all pairs that differ in at most `radius_bits` bits: count them, and keep as many as max_memory bytes hold.

    Parameters, and errors, are those of `pairs`.
    """
    return _find(_check(words, radius_bits, n_bits, workers), max_memory)


def neighbours(
    words: Words,
    radius_bits: int,
    *,
    n_bits: int | None = None,
    workers: int | None = None,
    max_memory: int | None = None,
    progress: Progress | None = None,
) -> Neighbours | None:
    """List, for each fingerprint, the others that differ in at most `radius_bits` bits.

    Parameters
    ----------
    words, radius_bits, n_bits, workers
        As for `pairs`.
    max_memory : int, optional
        Bytes that the lists may take; default what is available.
    progress : Progress, optional
        Is told how many pairs have been compared.

    Returns
    -------
    neighbours : Neighbours or None
        None if they would take more than that: it is known before the memory is taken.

    Raises
    ------
    TypeError, ValueError
        As `pairs`.

    Notes
    -----
    Eight bytes a pair and 24 a fingerprint. The time of `pairs`; twice that where there are more than about eight
    million pairs, or than half of max_memory holds: only so many are kept in the search that counts them.
    """
    search = _check(words, radius_bits, n_bits, workers, progress)
    max_memory = available_bytes() if max_memory is None else max_memory
    found = _find(search, min(_MOST_KEPT, max_memory // 2))
    if 8 * found.n_pairs + 24 * (len(search.words) + 1) > max_memory:
        return None
    return _listed(search, found)


def _check(
    words: Words, radius_bits: int, n_bits: int | None, workers: int | None, progress: Progress | None = None
) -> Search:
    words, n_bits = check_matrix(words, n_bits)
    check_indexable(words)
    workers = worker_count(workers)
    radius_bits = integer(radius_bits, "radius_bits")
    if not 0 <= radius_bits <= n_bits:
        raise ValueError(f"radius_bits must be in 0..n_bits={n_bits}; got {radius_bits}")
    return Search(words, radius_bits, n_bits, workers, progress)


def _find(search: Search, max_bytes: int) -> Found:
    """Find the pairs, the cheaper way: count all of them, and keep as many as fit."""
    return find_by_buckets(search, max_bytes) if buckets_pay(search) else find_by_scan(search, max_bytes)


def _placed(search: Search, found: Found) -> Pairs:
    """Return the pairs of a scan, sorted: those of a row are in order already."""
    i = np.empty(found.n_pairs, np.int32)
    j, distance = np.empty_like(i), np.empty(found.n_pairs, np.uint16)
    places = np.cumsum(found.counts) - found.counts
    tasks = [(i, j, distance, packed, places[i_start:], i_start) for packed, i_start in found.packed]
    run(scan.place, tasks, search.workers)
    return i, j, distance


def _sorted(found: Found) -> Pairs:
    """Return the pairs of the buckets, sorted."""
    packed = np.concatenate([np.empty(0, np.int64), *(part for part, _ in found.packed)])
    found.packed.clear()
    packed.sort()
    shift_i, shift_j = found.shifts
    distance = (packed & (2**shift_j - 1)).astype(np.uint16)
    packed >>= shift_j
    j = (packed & (2 ** (shift_i - shift_j) - 1)).astype(np.int32)
    packed >>= shift_i - shift_j
    return packed.astype(np.int32), j, distance


def _listed(search: Search, found: Found) -> Neighbours:
    """List the neighbours of each row: from the pairs, if all of them were kept, else by another search."""
    if found.is_whole:
        return list_found(found, search.workers)
    indices = np.empty(2 * found.n_pairs, np.int32)
    places = found.n_pairs + np.cumsum(found.counts) - found.counts
    if found.by_buckets:
        search_buckets(search, places.copy(), indices, np.zeros(1, np.int64))
    else:
        fill_by_scan(search, places.copy(), indices)
    return Neighbours(mirror(found, places, indices, search.workers), indices)


def _refuse(found: Found, pair_bytes: int) -> NoReturn:
    """Raise because the pairs do not fit."""
    raise MemoryError(
        f"{found.n_pairs} pairs within the radius need {format_bytes(found.n_pairs * (_KEPT_BYTES + pair_bytes))} of "
        f"memory, and {format_bytes(available_bytes())} are available; take a smaller radius_bits"
    )

"""Hamming distances of packed fingerprints: all pairs, two sets, the largest."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import DTypeLike, NDArray

from imgcmp.fingerprints.packing import Words, check_matrix, check_two
from imgcmp.kernels import distances as kernels
from imgcmp.kernels.columns import transposed
from imgcmp.kernels.intrinsics import ROWS
from imgcmp.system.threads import even_blocks, run, triangle_blocks, worker_count

Distances = NDArray[np.uint16] | NDArray[np.float64]

_SMALL_GROUP = 100  # members up to which comparing pair by pair is faster than a call of `diameter`, 10 us


def pdist(
    words: Words, *, out: Distances | None = None, dtype: DTypeLike = np.uint16, workers: int | None = None
) -> Distances:
    """Hamming distances of all pairs, in condensed form.

    Parameters
    ----------
    words : ndarray of uint64, shape (n_images, n_words)
        Packed fingerprints; unused low bits are zero.
    out : ndarray, shape (n_images * (n_images - 1) // 2,), optional
        C-contiguous array of `dtype` to write to.
    dtype : dtype, optional
        uint16 (default), or float64 as scipy's linkage wants it.
    workers : int, optional
        Threads; default all usable cores. The result is the same for any number.

    Returns
    -------
    distances : ndarray, shape (n_images * (n_images - 1) // 2,)
        Differing bits for each i < j, in scipy's condensed order; `out` if it was given.

    Raises
    ------
    TypeError
        If `words` is not of uint64, `dtype` is neither uint16 nor float64, or `out` is not of `dtype`.
    ValueError
        If `words` or `out` has the wrong shape, `out` is not C-contiguous, or `workers` is below 1.

    Notes
    -----
    O(n_images**2 * n_words) time; two bytes a pair, or eight in float64.
    """
    words, _ = check_matrix(words)
    workers = worker_count(workers)
    n, n_words = words.shape
    out = _output(out, (n * (n - 1) // 2,), dtype)
    if out.dtype == np.float64:
        fill_heights(out, words, np.zeros(n), workers)
    else:
        columns = transposed(words)
        blocks = triangle_blocks(n, n_words, workers)
        run(kernels.condensed_counts, [(out, columns, *block) for block in blocks], workers)
    return out


def cdist(
    words_a: Words,
    words_b: Words,
    *,
    out: Distances | None = None,
    dtype: DTypeLike = np.uint16,
    workers: int | None = None,
) -> Distances:
    """Hamming distances of each fingerprint of one set to each of another.

    Parameters
    ----------
    words_a : ndarray of uint64, shape (n_a, n_words)
        Packed fingerprints; unused low bits are zero.
    words_b : ndarray of uint64, shape (n_b, n_words)
        Packed fingerprints of the same length.
    out : ndarray, shape (n_a, n_b), optional
        C-contiguous array of `dtype` to write to.
    dtype : dtype, optional
        uint16 (default) or float64.
    workers : int, optional
        Threads; default all usable cores. The result is the same for any number.

    Returns
    -------
    distances : ndarray, shape (n_a, n_b)
        Differing bits; `out` if it was given.

    Raises
    ------
    TypeError
        As `pdist`.
    ValueError
        As `pdist`; also if the sets differ in n_words.

    Notes
    -----
    O(n_a * n_b * n_words) time; two bytes a pair, or eight in float64.
    """
    words_a, words_b = check_two(words_a, words_b, "words_a", "words_b")
    workers = worker_count(workers)
    out = _output(out, (len(words_a), len(words_b)), dtype)
    rows, columns = transposed(words_a), transposed(words_b)
    blocks = even_blocks(len(words_a), words_b.size, workers)
    run(kernels.rectangle, [(out, rows, columns, *block) for block in blocks], workers)
    return out


def diameter(words: Words, *, workers: int | None = None) -> int:
    """Largest Hamming distance within a set.

    Parameters
    ----------
    words : ndarray of uint64, shape (n_images, n_words)
        Packed fingerprints; unused low bits are zero.
    workers : int, optional
        Threads; default all usable cores.

    Returns
    -------
    diameter_bits : int
        Differing bits of the two that differ most; 0 for fewer than two.

    Raises
    ------
    TypeError, ValueError
        If `words` is not of uint64 or has the wrong shape, or `workers` is below 1.

    Notes
    -----
    O(n_images**2 * n_words) time; no memory but a copy of `words`.
    """
    words, _ = check_matrix(words)
    workers = worker_count(workers)
    n, n_words = words.shape
    columns = transposed(words)
    columns.words[:, n:] = words[:1].T
    blocks = triangle_blocks(n, n_words, workers, multiple=ROWS)
    return max((int(d) for d in run(kernels.largest, [(columns, *block) for block in blocks], workers)), default=0)


def diameters(words: Words, groups: Sequence[NDArray[np.intp]], *, workers: int | None = None) -> NDArray[np.uint16]:
    """Largest Hamming distance within each of many sets.

    Parameters
    ----------
    words : ndarray of uint64, shape (n_images, n_words)
        Packed fingerprints; unused low bits are zero.
    groups : sequence of ndarray of intp, shape (n_members,) each
        Rows of `words`.
    workers : int, optional
        Threads; default all usable cores.

    Returns
    -------
    diameters_bits : ndarray of uint16, shape (n_groups,)
        The `diameter` of each group.

    Raises
    ------
    TypeError, ValueError
        As `diameter`.

    Notes
    -----
    Time for the pairs within the groups; a copy of the words of their members. Small groups take one call together.
    """
    words, _ = check_matrix(words)
    workers = worker_count(workers)
    sizes = np.array([len(group) for group in groups], np.int64)
    members = np.concatenate([np.zeros(0, np.intp), *groups])
    starts = np.concatenate([[0], np.cumsum(sizes)])
    out = np.zeros(len(groups), np.uint16)
    columns = transposed(words[members])
    blocks = even_blocks(len(groups), words.shape[1] * _SMALL_GROUP, workers)
    run(kernels.diameters, [(out, columns, starts, _SMALL_GROUP, *block) for block in blocks], workers)
    for k in np.flatnonzero(sizes > _SMALL_GROUP).tolist():
        out[k] = diameter(words[groups[k]], workers=workers)
    return out


def fill_heights(out: Distances, words: Words, offsets: NDArray[np.float64], workers: int) -> None:
    """Write D_ij + (offsets_i + offsets_j) to `out` in condensed form; all arguments are checked ones."""
    n, n_words = words.shape
    columns = transposed(words)
    blocks = triangle_blocks(n, n_words, workers)
    run(kernels.condensed_heights, [(out, columns, offsets, *block) for block in blocks], workers)


def _output(out: Distances | None, shape: tuple[int, ...], dtype: DTypeLike) -> Distances:
    dtype = np.dtype(dtype)
    if dtype not in (np.dtype(np.uint16), np.dtype(np.float64)):
        raise TypeError(f"dtype must be uint16 or float64; got {dtype}")
    if out is None:
        return np.empty(shape, dtype)
    if not isinstance(out, np.ndarray) or out.dtype != dtype:
        raise TypeError(f"out must be an array of dtype {dtype}; got {getattr(out, 'dtype', type(out).__name__)}")
    if out.shape != shape:
        raise ValueError(f"out must have shape {shape}; got {out.shape}")
    if not (out.flags.c_contiguous and out.flags.aligned and out.flags.writeable):
        raise ValueError("out must be C-contiguous, aligned and writeable; got an array that is not")
    return out

"""Distances of images with views: an image is the nearest of its variants, the whole and its views.

`variants` are columns: of image j those from j * n_variants on, the whole first. So a row of one word against all
variants of an image is a loop over neighbouring numbers.
"""

from typing import Any, NamedTuple

import numpy as np

from imgcmp.fingerprints.packing import Words
from imgcmp.kernels.blocks import condensed_start
from imgcmp.kernels.columns import Columns
from imgcmp.kernels.intrinsics import popcount
from imgcmp.kernels.jit import Array, entry, inlined


class Variants(NamedTuple):
    """Images with their views."""

    words: Words  # (n, n_words): the wholes
    columns: Columns  # the variants of all
    n_variants: int


@inlined
def whole_to_variants(variants: Variants, i: int, j: int, first: int, n_words: int) -> Any:
    """Smallest distance of the whole of i to the variants of j from number `first` on, of `n_words` words."""
    columns, result = variants.columns.words, np.uint64(2**16)
    start, stop = np.uint64(j * variants.n_variants + first), np.uint64((j + 1) * variants.n_variants)
    for column in range(start, stop):
        distance = np.uint64(0)
        for w in range(n_words):
            distance += popcount(variants.words[i, w] ^ columns[np.uint64(w), column])
        result = min(result, distance)
    return result


@inlined
def view_distance(variants: Variants, i: int, j: int) -> np.uint64:
    """Distance of two images: the smallest between the whole of one, and the whole or any view of the other."""
    n_words = variants.words.shape[1]
    p, q = np.int64(i), np.int64(j)
    if n_words == 1:  # a constant lets LLVM unroll the loop over words, and vectorise that over variants
        return min(whole_to_variants(variants, p, q, 0, 1), whole_to_variants(variants, q, p, 1, 1))
    if n_words == 4:
        return min(whole_to_variants(variants, p, q, 0, 4), whole_to_variants(variants, q, p, 1, 4))
    return min(whole_to_variants(variants, p, q, 0, n_words), whole_to_variants(variants, q, p, 1, n_words))


@entry
def view_heights(out: Array, variants: Variants, rows: Array, offsets: Array, i_start: int, i_stop: int) -> None:
    """Fill in the condensed D' of images, by their distances over views: of rows[i_start:i_stop] and those after them.

    Equal ones, which are one row, are 0 apart.
    """
    n = rows.size
    for i in range(i_start, i_stop):
        start = condensed_start(n, i) - i - 1
        a = rows[i]
        for j in range(i + 1, n):
            b = rows[j]
            out[start + j] = 0.0 if a == b else view_distance(variants, a, b) + (offsets[a] + offsets[b])


@entry
def view_diameters(
    out: Array, variants: Variants, rows: Array, starts: Array, max_size: int, k_start: int, k_stop: int
) -> None:
    """Fill in the largest distance over views within each of the groups k_start .. k_stop - 1.

    Group k is rows[starts[k] : starts[k + 1]]; those above `max_size` are left out.
    """
    for k in range(k_start, k_stop):
        if starts[k + 1] - starts[k] <= max_size:
            result = np.uint64(0)
            for i in range(starts[k], starts[k + 1]):
                for j in range(i + 1, starts[k + 1]):
                    result = max(result, view_distance(variants, rows[i], rows[j]))
            out[k] = result


@entry
def largest_over_views(variants: Variants, rows: Array, i_start: int, i_stop: int) -> Any:
    """Return the largest distance over views of rows[i_start:i_stop] to those after them."""
    result = np.uint64(0)
    for i in range(i_start, i_stop):
        for j in range(i + 1, rows.size):
            result = max(result, view_distance(variants, rows[i], rows[j]))
    return np.int64(result)

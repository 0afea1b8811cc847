"""Distances of images with views: an image is the nearest of its variants, the whole and its views.

The whole of an image may stand in several ways: `rows`. `columns` are what these are compared with: of image j those
from j * n_variants on. So a row of one word against all variants of an image is a loop over neighbouring numbers.

They are as far apart as the larger share of two says: that of all bits that differ, or that of the 64 bits of the
slowest waves, which lie in the first word. Two wholes as they are, `words`, are as far apart as their bits are. What is
neither near nor far by that counts only if the looks are alike, too.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from imgcmp.fingerprints.packing import Words
from imgcmp.kernels.blocks import condensed_start
from imgcmp.kernels.columns import Columns
from imgcmp.kernels.intrinsics import popcount
from imgcmp.kernels.jit import Array, entry, helper, inlined
from imgcmp.kernels.looks import Looks, looks_alike, wholes_alike

FAR = 2**16  # beyond any distance


class Variants(NamedTuple):
    """Images with their views."""

    words: Words  # (n, n_words): the wholes as they are
    rows: Words  # (n_rows, n_words): the ways in which the wholes stand, those of an image side by side
    starts: NDArray[np.int64]  # (n + 1,): where those of each image start
    images: NDArray[np.int32]  # (n_rows,): the image of each
    columns: Columns  # the variants of all
    n_variants: int
    is_plain: bool  # rows are the wholes as they are, and the first word is not judged apart
    low_weight: int  # bits of a fingerprint; 0: the first word is not judged apart
    looks: Looks
    sure_bits: int  # what is at most so far apart counts, whatever the looks
    doubtful_bits: int  # and what is farther apart than that; 0: looks are never asked


@inlined
def larger_share(distance: np.uint64, low: np.uint64, low_weight: int) -> Any:
    """Return the larger of a distance, and that which the bits that differ in the first word are the same share of."""
    return max(distance, (low * np.uint64(low_weight) + np.uint64(63)) >> np.uint64(6))


@inlined
def row_to_columns(variants: Variants, row: int, start: np.uint64, stop: np.uint64, n_words: int) -> Any:
    """Smallest distance of a row to the variants of columns start .. stop - 1, all bits alike, whatever their looks."""
    columns, result = variants.columns.words, np.uint64(FAR)
    for column in range(start, stop):
        distance = np.uint64(0)
        for w in range(n_words):
            distance += popcount(variants.rows[row, w] ^ columns[np.uint64(w), column])
        result = min(result, distance)
    return result


@inlined
def row_to_variants(variants: Variants, row: int, j: int, n_words: int) -> Any:
    """Smallest distance of a row to any variant of j, of `n_words` words, whatever their looks."""
    columns, result = variants.columns.words, np.uint64(FAR)
    first = np.uint64(j * variants.n_variants)
    if variants.low_weight == 0:  # a loop of its own: with larger shares it takes twice as long
        return row_to_columns(variants, row, first, first + np.uint64(variants.n_variants), n_words)
    for column in range(first, first + np.uint64(variants.n_variants)):
        low = popcount(variants.rows[row, 0] ^ columns[np.uint64(0), column])
        distance = low
        for w in range(1, n_words):
            distance += popcount(variants.rows[row, w] ^ columns[np.uint64(w), column])
        result = min(result, larger_share(distance, low, variants.low_weight))
    return result


@inlined
def rows_to_variants(variants: Variants, i: int, j: int, n_words: int) -> Any:
    """Smallest distance of any row of i to any variant of j, of `n_words` words, whatever their looks."""
    result = np.uint64(FAR)
    for row in range(variants.starts[i], variants.starts[i + 1]):
        result = min(result, row_to_variants(variants, row, j, n_words))
    return result


@inlined
def whole_distance(words: Words, i: int, j: int, n_words: int) -> Any:
    """Distance of two wholes as they are, whatever their looks."""
    distance = np.uint64(0)
    for w in range(n_words):
        distance += popcount(words[i, w] ^ words[j, w])
    return distance


@helper
def variant_distance(variants: Variants, row: int, column: int) -> np.uint64:
    """Distance of a row and a variant, whatever their looks."""
    low = popcount(variants.rows[row, 0] ^ variants.columns.words[0, column])
    distance = low
    for w in range(1, variants.rows.shape[1]):
        distance += popcount(variants.rows[row, w] ^ variants.columns.words[w, column])
    return larger_share(distance, low, variants.low_weight)


@inlined
def is_doubtful(variants: Variants, distance: np.uint64) -> bool:
    """Whether looks decide if what is so far apart counts."""
    return bool(np.uint64(variants.sure_bits) < distance <= np.uint64(variants.doubtful_bits))


@helper
def variant_counts(variants: Variants, row: int, column: int, distance: np.uint64) -> bool:
    """Whether a row and a variant, so far apart, count as near: their looks are alike, where that is asked."""
    if not is_doubtful(variants, distance):
        return True
    i, j = np.int64(variants.images[row]), column // variants.n_variants
    return looks_alike(variants.looks, i, row, j, column, column - j * variants.n_variants)


@helper
def whole_counts(variants: Variants, i: int, j: int, distance: np.uint64) -> bool:
    """Whether two wholes as they are, so far apart, count as near: see `variant_counts`."""
    return not is_doubtful(variants, distance) or wholes_alike(variants.looks, i, j)


@helper
def least_that_counts(variants: Variants, i: int, j: int, least: np.uint64) -> np.uint64:
    """Smallest distance of two images that counts, of which the smallest of all, `least`, is doubtful.

    What doesn't count is one bit beyond doubt. Looks are asked in the order of distances: those of copies are alike
    where they are nearest. (In the order of rows they were asked five times as often.)
    """
    beyond = np.uint64(variants.doubtful_bits + 1)
    while least < beyond:
        further = beyond
        whole = whole_distance(variants.words, i, j, variants.words.shape[1])
        if whole == least and wholes_alike(variants.looks, i, j):
            return least
        if whole > least:
            further = min(further, whole)
        for a, b in ((i, j), (j, i)):
            for row in range(variants.starts[a], variants.starts[a + 1]):
                counts, further = row_counts_at(variants, a, row, b, least, further)
                if counts:
                    return least
        least = further
    return beyond


@helper
def row_counts_at(
    variants: Variants, i: int, row: int, j: int, least: np.uint64, further: np.uint64
) -> tuple[bool, np.uint64]:
    """Whether a row of i counts for a variant of j that is `least` away; if not, also the next larger distance.

    That is `further` if no distance of its variants is less.
    """
    first = j * variants.n_variants
    for column in range(first, first + variants.n_variants):
        distance = variant_distance(variants, row, column)
        if distance == least:
            if looks_alike(variants.looks, i, row, j, column, column - first):
                return True, further
        elif distance > least:
            further = min(further, distance)
    return False, further


@inlined
def plain_distance(variants: Variants, i: int, j: int, n_words: int) -> Any:
    """Smallest distance of two images whose wholes stand as they are, and whose first words are not judged apart.

    The wholes are compared once: every column counts, of one word and a few views.
    """
    n, of_i, of_j = (
        np.uint64(variants.n_variants),
        np.uint64(i * variants.n_variants),
        np.uint64(j * variants.n_variants),
    )
    return min(
        row_to_columns(variants, i, of_j, of_j + n, n_words),
        row_to_columns(variants, j, of_i + np.uint64(1), of_i + n, n_words),
    )


@inlined
def plain_view_distance(variants: Variants, i: np.int64, j: np.int64) -> Any:
    """Return `plain_distance`, the number of words a constant: see `view_distance`."""
    n_words = variants.words.shape[1]
    if n_words == 1:
        return plain_distance(variants, i, j, 1)
    if n_words == 4:
        return plain_distance(variants, i, j, 4)
    return plain_distance(variants, i, j, n_words)


@inlined
def least_distance(variants: Variants, i: int, j: int, n_words: int) -> Any:
    """Smallest distance of two images, of `n_words` words, whatever their looks."""
    by_views = min(rows_to_variants(variants, i, j, n_words), rows_to_variants(variants, j, i, n_words))
    return min(by_views, whole_distance(variants.words, i, j, n_words))


@helper
def stood_view_distance(variants: Variants, i: np.int64, j: np.int64) -> np.uint64:
    """Smallest distance of two images that counts. Looks are asked only where the smallest of all is doubtful."""
    n_words = variants.words.shape[1]
    if n_words == 1:
        result = least_distance(variants, i, j, 1)
    elif n_words == 4:
        result = least_distance(variants, i, j, 4)
    else:
        result = least_distance(variants, i, j, n_words)
    return least_that_counts(variants, i, j, result) if is_doubtful(variants, result) else result


@inlined
def view_distance(variants: Variants, i: int, j: int) -> np.uint64:
    """Distance of two images: that of the wholes as they are, or of the whole of one as it may stand and a variant.

    Of these the smallest that counts. The loops over words have a constant length for the usual ones, which lets LLVM
    unroll them, and vectorise those over variants.
    """
    p, q = np.int64(i), np.int64(j)
    if variants.is_plain:  # half of the time of what follows
        return plain_view_distance(variants, p, q)
    return stood_view_distance(variants, p, q)


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

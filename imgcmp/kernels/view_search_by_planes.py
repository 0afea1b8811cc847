"""All pairs of images within a radius, as `imgcmp.kernels.view_search` finds them, by the bit planes of first words."""

import numpy as np
from numpy.typing import NDArray

from imgcmp.fingerprints.packing import Words
from imgcmp.kernels.bit_planes import PARTS, SLAB, Work, address, any_of, fill_table, near_in_slab
from imgcmp.kernels.blocks import lowest_one
from imgcmp.kernels.buckets import FOUND
from imgcmp.kernels.intrinsics import LANES
from imgcmp.kernels.jit import Array, allocating_entry, inlined
from imgcmp.kernels.view_distances import Variants
from imgcmp.kernels.view_search import doubled, emit_hit


@inlined
def emit_slab(
    found: Array, count: int, variants: Variants, row: int, first: int, stop: int, near: Array, radius: int,
    parents: Array,
) -> int:  # fmt: skip
    """Append what is new of a row and those columns of a slab, before `stop`, that are near by their first words."""
    ones = any_of(near)
    while ones:
        bit = lowest_one(ones)
        ones &= ones - np.uint64(1)
        for lane in range(LANES):
            column = first + LANES * bit + lane
            if near[lane] >> np.uint64(bit) & np.uint64(1) and column < stop:
                count = emit_hit(found, count, variants, row, column, radius, parents)
    return count


@allocating_entry
def scan_views_by_planes(
    variants: Variants, patterns: Array, limit: Words, work: Work, radius: int, room: Array, parents: Array,
    first_image: int, i_start: int, i_stop: int,
) -> NDArray[np.int64]:  # fmt: skip
    """Find what `scan_views` does, by judging the first words bit by bit.

    `patterns` are those of the first words of rows i_start .. i_stop - 1, and `limit` is that of the bits in which
    these may differ (`imgcmp.kernels.bit_planes`).
    """
    words, n_columns = variants.columns.words, variants.columns.n
    parents = parents.copy()
    found = np.empty(FOUND, np.int64)
    count = 0
    table, of_limit, of_near = address(work.table), address(limit), address(work.near)
    for first in range(first_image * variants.n_variants, n_columns, SLAB):
        if room[0] < 0:
            break
        stop = min(first + SLAB, n_columns)
        fill_table(work, words[0], first, 1, stop - first)
        for row in range(i_start, i_stop):
            pattern = address(patterns) + np.uint64(2 * PARTS * (row - i_start))
            if not near_in_slab(table, pattern, np.uint64(0), 1, of_limit, of_near):
                continue
            if found.size - count < SLAB:
                found = doubled(found, count)
            before = count
            count = emit_slab(found, count, variants, row, first, stop, work.near, radius, parents)
            if count > before:
                room[0] -= count - before
    return found[:count].copy()

"""All pairs of images within a radius, by their distances over views."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from imgcmp.fingerprints.packing import Words
from imgcmp.kernels.blocks import TILE, close_mask, is_row_near, lowest_one, rows_near_block
from imgcmp.kernels.buckets import FOUND, is_first_agreement, substring_key
from imgcmp.kernels.columns import WIDTH, Columns
from imgcmp.kernels.intrinsics import ROWS
from imgcmp.kernels.jit import Array, allocating, allocating_entry, entry, helper, inlined
from imgcmp.kernels.rings import Rings, ring_range, tile_end
from imgcmp.kernels.union_find import root, unite
from imgcmp.kernels.view_distances import (
    Variants,
    variant_counts,
    variant_distance,
    whole_counts,
    whole_distance,
)

RINGS_TILE = 2**14  # columns a tile of rings: their first words, 128 KB, stay in L2


class FirstWords(NamedTuple):
    """By how many leading words rows are judged, 0: by none, and how many of their bits may differ."""

    number: int
    radius: int


@helper
def is_hit(variants: Variants, row: int, column: int, radius: int) -> bool:
    """Whether a row is within the radius of a variant, and that counts."""
    distance = variant_distance(variants, row, column)
    if distance > np.uint64(radius):
        return False
    return radius > variants.doubtful_bits or variant_counts(variants, row, column, distance)


@helper
def is_hit_before(variants: Variants, row: int, j: int, stop: int, radius: int) -> bool:
    """Whether any of the first `stop` variants of j is a hit of a row."""
    for column in range(j * variants.n_variants, j * variants.n_variants + stop):
        if is_hit(variants, row, column, radius):
            return True
    return False


@helper
def is_whole_hit(variants: Variants, i: int, j: int, radius: int) -> bool:
    """Whether two wholes as they are are within the radius, and that counts."""
    distance = whole_distance(variants.words, i, j, variants.words.shape[1])
    if distance > np.uint64(radius):
        return False
    return radius > variants.doubtful_bits or whole_counts(variants, i, j, distance)


@helper
def is_first_hit(variants: Variants, row: int, column: int, radius: int) -> bool:
    """Whether a pair that is met by a row of one image and a variant of another is not met before that.

    The order is that of the rows, for each that of the variants; first the rows of the earlier image. With views the
    wholes as they are come before all that: another search finds them.
    """
    i, j = np.int64(variants.images[row]), column // variants.n_variants
    if variants.n_variants > 1 and is_whole_hit(variants, i, j, radius):
        return False
    if i > j:
        for other in range(variants.starts[j], variants.starts[j + 1]):
            if is_hit_before(variants, other, i, variants.n_variants, radius):
                return False
    for other in range(variants.starts[i], row):
        if is_hit_before(variants, other, j, variants.n_variants, radius):
            return False
    return not is_hit_before(variants, row, j, column - j * variants.n_variants, radius)


@inlined
def emit_hit(found: Array, count: int, variants: Variants, row: int, column: int, radius: int, parents: Array) -> int:
    """Append the pair of a row and a variant to `found` if it is a hit, and not known; return how many that holds.

    A pair is packed as the lower number, and 32 bits of the higher. With `parents` only what joins two clusters is new:
    each thread has a copy. It may be taken while another one writes: every entry only ever moves to a lower one of the
    same cluster (see `unite`), so that old and new entries together are a forest of true connections.
    """
    i, j = int(variants.images[row]), column // variants.n_variants
    if i == j:
        return count
    if parents.size:
        if root(parents, i) == root(parents, j) or not is_hit(variants, row, column, radius):
            return count
        unite(parents, i, j)
    elif not (is_hit(variants, row, column, radius) and is_first_hit(variants, row, column, radius)):
        return count
    found[count] = min(i, j) << 32 | max(i, j)
    return count + 1


@inlined
def variants_mask(variants: Variants, column: int, j: int) -> np.uint64:
    """Return which of WIDTH columns from j on are variants of the image of this column, or come before it."""
    stop = (column // variants.n_variants + 1) * variants.n_variants - j
    ones = np.uint64(2**64 - 1)
    return ones if stop >= WIDTH else ones >> np.uint64(WIDTH - stop)


@allocating_entry
def scan_views(
    variants: Variants, rows: Columns, first_words: FirstWords, radius: int, room: Array, parents: Array,
    first_image: int, i_start: int, i_stop: int,
) -> NDArray[np.int64]:  # fmt: skip
    """Find the pairs within the radius by comparing the rows i_start .. i_stop - 1 with the variants of some images.

    These are those from first_image on. i_start is a multiple of ROWS; `rows` are those of the variants, transposed.
    Returned are packed pairs, each once; with `parents` of clusters so far, no more of them than it takes to join what
    hangs together. `room` counts down the pairs of all threads; when it is used up, the rest is left.
    """
    n, columns = variants.words.shape[0], variants.columns
    parents = parents.copy()
    found = np.empty(FOUND, np.int64)
    count = 0
    images = max(1, TILE // variants.n_variants)  # a tile; the variants of an image are in one
    for first in range(first_image, n, images):
        tile, tile_stop = first * variants.n_variants, min(first + images, n) * variants.n_variants
        if room[0] < 0:
            break
        for i in range(i_start, i_stop, ROWS):
            for j in range(tile, tile_stop, WIDTH):
                near = rows_near_block(rows, i, columns, j, first_words.number, first_words.radius)
                if not near:
                    continue
                if found.size - count < ROWS * WIDTH:
                    found = doubled(found, count)
                for row in range(i, min(i + ROWS, i_stop)):
                    if not is_row_near(near, row - i):
                        continue
                    before = count
                    mask = close_mask(rows.words, row, columns, j, tile, tile_stop, radius)
                    while mask:
                        column = j + lowest_one(mask)
                        mask &= mask - np.uint64(1)
                        before_it = count
                        count = emit_hit(found, count, variants, row, column, radius, parents)
                        if count > before_it:  # other variants of this image are nothing new
                            mask &= ~variants_mask(variants, column, j)
                    if count > before:  # writing to what threads share moves it from core to core: 1.6 times as long
                        room[0] -= count - before
    return found[:count].copy()


@allocating_entry
def scan_view_rings(
    variants: Variants, rows: Columns, row_order: Array, columns: Columns, order: Array, rings: Rings,
    first_words: FirstWords, radius: int, room: Array, parents: Array, i_start: int, i_stop: int,
) -> NDArray[np.int64]:  # fmt: skip
    """Find the pairs within the radius by comparing the rows with those columns around each pivot that can be near.

    `rows` and `columns` are those of the variants, each in the order of their rings; i_start .. i_stop - 1 are places
    in that of the rows, the first a multiple of ROWS. The rest as in `scan_views`.
    """
    found = np.empty(FOUND, np.int64)
    parents = parents.copy()
    count, tile = 0, 0
    while tile < rings.pivots.size and room[0] >= 0:
        stop = tile_end(rings, tile, RINGS_TILE)
        for i in range(i_start, i_stop, ROWS):
            for pivot in range(tile, stop):
                j_start, j_stop = ring_range(rings, pivot, rows, i, first_words.radius)
                for j in range(j_start, j_stop, WIDTH):
                    near = rows_near_block(rows, i, columns, j, first_words.number, first_words.radius)
                    if not near:
                        continue
                    if found.size - count < ROWS * WIDTH:
                        found = doubled(found, count)
                    before = count
                    for row in range(i, min(i + ROWS, i_stop)):
                        if not is_row_near(near, row - i):
                            continue
                        place = np.int64(row_order[row])
                        mask = close_mask(rows.words, row, columns, j, j, min(j + WIDTH, j_stop), radius)
                        while mask:
                            variant = np.int64(order[j + lowest_one(mask)])
                            mask &= mask - np.uint64(1)
                            count = emit_hit(found, count, variants, place, variant, radius, parents)
                    if count > before:
                        room[0] -= count - before
        tile = stop
    return found[:count].copy()


@allocating_entry
def bucket_rectangles(words: Words, others: Words, start: int, stop: int, key_bits: int) -> int:
    """Count the pairs of a row and another that share a bucket by their bits start .. stop - 1."""
    sizes = np.zeros(2**key_bits, np.int64)
    for i in range(others.shape[0]):
        sizes[substring_key(others, i, start, stop, key_bits)] += 1
    count = 0
    for i in range(words.shape[0]):
        count += sizes[substring_key(words, i, start, stop, key_bits)]
    return count


@allocating_entry
def search_view_buckets(
    variants: Variants, rows: Columns, row_order: Array, row_starts: Array,
    columns: Columns, order: Array, starts: Array,
    first_words: FirstWords, radius: int, edges: Array, substring: int, room: Array, parents: Array,
    i_start: int, i_stop: int,
) -> NDArray[np.int64]:  # fmt: skip
    """Find the pairs within the radius among the rows and variants that agree in a substring.

    `rows` and `columns` are those of the variants, each in the order of their buckets; i_start .. i_stop - 1 are places
    in that of the rows. The rest as in `scan_views`.
    """
    found = np.empty(FOUND, np.int64)
    parents = parents.copy()
    count, bucket, i = 0, 0, i_start
    while i < i_stop and room[0] >= 0:
        while row_starts[bucket + 1] <= i:
            bucket += 1
        group_stop = min(i + ROWS, row_starts[bucket + 1], i_stop)
        for j in range(starts[bucket], starts[bucket + 1], WIDTH):
            near = rows_near_block(rows, i, columns, j, first_words.number, first_words.radius)
            if not near:
                continue
            if found.size - count < ROWS * WIDTH:
                found = doubled(found, count)
            before = count
            for row in range(i, group_stop):
                if not is_row_near(near, row - i):
                    continue
                mask = close_mask(rows.words, row, columns, j, j, min(j + WIDTH, starts[bucket + 1]), radius)
                while mask:
                    column = j + lowest_one(mask)
                    mask &= mask - np.uint64(1)
                    if parents.size or is_first_agreement(rows.words, row, columns.words, column, edges, substring):
                        place, variant = np.int64(row_order[row]), np.int64(order[column])
                        count = emit_hit(found, count, variants, place, variant, radius, parents)
            if count > before:
                room[0] -= count - before
        i = group_stop
    return found[:count].copy()


@allocating
def doubled(found: Array, count: int) -> NDArray[np.int64]:
    """Return `found`, of which `count` are used, with room for as many again."""
    larger = np.empty(2 * found.size, np.int64)
    for k in range(count):
        larger[k] = found[k]
    return larger


@entry
def count_found(counts: Array, found: Array) -> None:
    """Add the pairs to the counts of their first images."""
    for pair in found:
        counts[pair >> 32] += 1

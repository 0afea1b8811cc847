"""All pairs within a radius, among those that agree in a substring: multi-index hashing."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from imgcmp.fingerprints.packing import Words
from imgcmp.kernels.blocks import close_mask, is_row_near, lowest_one, pair_distance, rows_near_block, word_distance
from imgcmp.kernels.columns import WIDTH, Columns
from imgcmp.kernels.hashing import splitmix64
from imgcmp.kernels.intrinsics import ROWS
from imgcmp.kernels.jit import Array, allocating_entry, entry, helper, inlined
from imgcmp.kernels.scan import with_room

SMALL_BUCKET = 24  # fewer fingerprints than this are compared one by one
FOUND = 2**15  # pairs of a bucket kept before they are counted or moved: 256 KB


@inlined
def substring_mask(word: int, start: int, stop: int) -> np.uint64:
    """Return the bits of a word that belong to the substring of the bits start .. stop - 1, which meets the word."""
    ones = np.uint64(2**64 - 1)
    return (ones >> np.uint64(max(start - 64 * word, 0))) & (ones << np.uint64(max(64 * word + 64 - stop, 0)))


@inlined
def substring_key(words: Words, i: int, start: int, stop: int, key_bits: int) -> np.uint64:
    """Return the bits start .. stop - 1 of a fingerprint as a number; a hash of `key_bits` bits, if they are more."""
    key = np.uint64(0)
    for word in range(start // 64, (stop + 63) // 64):
        part = words[i, word] & substring_mask(word, start, stop)
        if stop - start > key_bits:
            key = splitmix64(key ^ part)
        else:
            n_part = np.uint64(min(stop, 64 * word + 64) - max(start, 64 * word))
            key = (key << n_part) | (part >> np.uint64(max(64 * word + 64 - stop, 0)))
    if stop - start > key_bits:
        key >>= np.uint64(64 - key_bits)
    return key


@inlined
def agrees(rows: Words, p: int, columns: Words, q: int, start: int, stop: int) -> bool:
    """Whether a row and a column are equal in the bits start .. stop - 1."""
    for word in range(start // 64, (stop + 63) // 64):
        if (rows[word, p] ^ columns[word, q]) & substring_mask(word, start, stop):
            return False
    return True


@inlined
def is_first_agreement(rows: Words, p: int, columns: Words, q: int, edges: Array, substring: int) -> Any:
    """Whether the substring, from edges[substring] on, is the first in which a row and a column agree."""
    for earlier in range(substring):
        if agrees(rows, p, columns, q, edges[earlier], edges[earlier + 1]):
            return False
    return agrees(rows, p, columns, q, edges[substring], edges[substring + 1])


@helper
def emit_close(found: Array, count: int, columns: Words, p: int, q_start: int, q_stop: int, radius: int) -> int:
    """Append the pairs of p with each of q_start .. q_stop - 1 within the radius, one by one; return the new count."""
    p_row, n_words, limit = np.uint64(p), columns.shape[0], np.uint64(radius)
    for q in range(q_start, q_stop):
        # most differ in the first word already
        if word_distance(columns, p_row, columns, np.uint64(q), 0, 1) <= limit:
            found[count] = p << 32 | q
            count += word_distance(columns, p_row, columns, np.uint64(q), 0, n_words) <= limit
    return count


@helper
def emit_wide(found: Array, count: int, columns: Columns, p: int, q_start: int, q_stop: int, radius: int) -> int:
    """Do as `emit_close`, for q_stop - q_start <= WIDTH."""
    mask = close_mask(columns.words, p, columns, q_start, q_start, q_stop, radius)
    while mask:
        found[count] = p << 32 | (q_start + lowest_one(mask))
        count += 1
        mask &= mask - np.uint64(1)
    return count


@helper
def flush(
    kept: Array, n_kept: int, found: Array, count: int, columns: Words, order: Array, edges: Array, substring: int,
    places: Array, indices: Array, shifts: tuple[int, int],
) -> int:  # fmt: skip
    """List the found pairs of which this is the first substring; return how many pairs `kept` holds.

    Without lists: count them, and append them to `kept` while it has room.
    """
    for pair in found[:count]:
        p, q = pair >> 32, pair & 0xFFFFFFFF
        if not is_first_agreement(columns, p, columns, q, edges, substring):
            continue
        i = order[p]
        if indices.size:
            indices[places[i]] = order[q]
        elif n_kept < kept.size:
            distance = np.int64(pair_distance(columns, p, q))
            kept[n_kept] = np.int64(i) << shifts[0] | np.int64(order[q]) << shifts[1] | distance
            n_kept += 1
        places[i] += 1
    return n_kept


@allocating_entry
def bucket_pairs(words: Words, start: int, stop: int, key_bits: int) -> int:
    """Count the pairs that share a bucket by their bits start .. stop - 1."""
    sizes = np.zeros(2**key_bits, np.int32)
    count = 0
    for i in range(words.shape[0]):
        key = substring_key(words, i, start, stop, key_bits)
        count += sizes[key]
        sizes[key] += 1
    return count


@entry
def bucket_keys(keys: Array, words: Words, start: int, stop: int, key_bits: int, i_start: int, i_stop: int) -> None:
    """Fill in the keys of the rows, by their bits start .. stop - 1."""
    for i in range(i_start, i_stop):
        keys[i] = substring_key(words, i, start, stop, key_bits)


@entry
def bucket_order(order: Array, starts: Array, keys: Array) -> None:
    """Sort the rows by key, stably; bucket b is order[starts[b] : starts[b + 1]]. The last of `starts` is for work."""
    starts[:] = 0
    for key in keys:
        starts[np.int64(key) + 2] += 1
    for b in range(2, starts.size):
        starts[b] += starts[b - 1]
    for i in range(keys.size):  # starts[b + 1] moves from where bucket b starts to where it ends
        key = np.int64(keys[i])
        order[starts[key + 1]] = i
        starts[key + 1] += 1


@entry
def bucket_columns(columns: Columns, words: Words, order: Array, i_start: int, i_stop: int) -> None:
    """Fill in the columns i_start .. i_stop - 1: the fingerprints in that order."""
    for i in range(i_start, i_stop):
        row = order[i]
        for w in range(words.shape[1]):
            columns.words[w, i] = words[row, w]


@entry
def bucket_cuts(cuts: Array, starts: Array, max_work: int) -> int:
    """Cut the sorted rows into ranges of about equal work; fill in (bucket, row) of each start, return their number."""
    count, work = 1, 0
    cuts[0, 0] = 0
    cuts[0, 1] = 0
    for b in range(starts.size - 1):
        start, stop = starts[b], starts[b + 1]
        pairs_here = (stop - start) * (stop - start - 1) // 2
        work_here = pairs_here + 4 * (stop - start)
        if work + work_here <= max_work:
            work += work_here
            continue
        for i in range(start, stop, ROWS):
            work += ROWS * (stop - i)
            if work >= max_work and i + ROWS < stop:
                cuts[count, 0] = b
                cuts[count, 1] = i + ROWS
                count, work = count + 1, 0
    return count


@allocating_entry
def search_buckets(
    columns: Columns, order: Array, starts: Array, bucket: int, i_start: int, i_stop: int, prefix: int, radius: int,
    edges: Array, substring: int, places: Array, indices: Array, shifts: tuple[int, int], room: Array,
) -> NDArray[np.int64]:  # fmt: skip
    """Find the pairs i < j of the columns i_start .. i_stop - 1, the first of them in `bucket`, with others of theirs.

    Only pairs for which this substring is the first in which they agree. Without `indices`: add each row's to
    places[row], and return them, as long as there is `room`, as row << shifts[0] | column << shifts[1] | distance.
    With: write its columns from places[row] on.
    """
    found = np.empty(FOUND, np.int64)
    kept = np.empty(0 if indices.size else FOUND, np.int64)
    count, n_kept = 0, 0
    b, i = bucket, i_start
    while i < i_stop:
        while starts[b + 1] <= i:
            b += 1
        stop = starts[b + 1]
        group_stop = min(i + ROWS, stop, i_stop)
        j = stop if stop - starts[b] < SMALL_BUCKET else min(i + ROWS, stop)
        for row in range(i, group_stop):
            count = emit_close(found, count, columns.words, row, row + 1, j, radius)
        while True:
            if found.size - count < ROWS * WIDTH:  # room for the next block, or the next rows of a small bucket
                kept = with_room(kept, n_kept, count, room)
                n_kept = flush(
                    kept, n_kept, found, count, columns.words, order, edges, substring, places, indices, shifts
                )
                count = 0
            if j >= stop:
                break
            near = rows_near_block(columns, i, columns, j, prefix, radius)
            if near:
                for row in range(i, group_stop):
                    if is_row_near(near, row - i):
                        count = emit_wide(found, count, columns, row, j, min(j + WIDTH, stop), radius)
            j += WIDTH
        i = group_stop
    kept = with_room(kept, n_kept, count, room)
    n_kept = flush(kept, n_kept, found, count, columns.words, order, edges, substring, places, indices, shifts)
    return kept[:n_kept].copy()

"""Every jitted function, and the constants it uses.

Contents
    layout    transposed
    bits      popcount, splitmix64
    a block   word_distance, add_distances, row_distances, block_distances, close_mask, lowest_one, smallest,
              block_may_hit, farthest, block_diameter
    rows      condensed_start, rows_distances, write_counts, stream_eight, write_heights
    pairs     emit_block, doubled
    buckets   substring_mask, substring_key, agrees, is_first_agreement, emit_close, emit_wide, flush
    entries   tie_breaks, condensed_counts, condensed_heights, rectangle, largest, diameters, nearest, scan, place
    lists     append_ones, scan_lists, bucket_pairs, bucket_keys, bucket_order, bucket_columns, bucket_cuts,
              search_buckets, mirror
    clusters  root, bits_apart, sums and distances of clusters, merge, candidates, chain, join, join_found, roots

Kernels check nothing: the wrappers in distances.py, pairs.py, chains.py and linkage.py do. They release the GIL, so
that threads.py can run those that take a range of rows side by side. All of them live here, because numba's cache on
disk does not notice a change in another file.

Fingerprints come transposed, as `columns` of shape (n_words, n_padded): BLOCK neighbouring columns are one inner loop
of known length, which LLVM turns into 512-bit VPOPCNTQ without a remainder loop. Block positions are unsigned: with
signed ones numba's support for negative indices turned every load into a gather (5 times slower).
"""

from typing import Any, NamedTuple

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.extending import intrinsic
from numpy.typing import NDArray

from imgcmp.words import Words

ROWS = 4  # rows a pass over a block; 8 were no faster
BLOCK = 256  # columns a block of distances; 128 and 512 took the same time within 3 %
TILE = 2048  # columns a tile of `scan`; at 4 words 64 KB, which stays in L2
WIDTH = 64  # columns a block of a search: as many as a mask has bits; judging 256 at once was not faster
SMALL_BUCKET = 24  # fewer fingerprints than this are compared one by one
FOUND = 2**15  # pairs kept before they are counted or moved: 256 KB
COUNT, FILL, PAIRS = 0, 1, 2  # what is done with the pairs of a search
MAX_SCAN_ROWS = 2**15  # rows a call of `scan`: a found pair is packed as 15 bits of row, 32 of column, 16 of distance

Array = NDArray[Any]


def jit(**options: Any) -> Any:
    """Compile with the options that all kernels share."""
    return njit(nogil=True, boundscheck=False, **options)


inlined = jit(forceinline=True)  # in LLVM: a constant argument then unrolls the callee's loops
helper = jit()


def entry(function: Any) -> Any:
    """Compile and keep on disk; without that where no folder for it can be written to."""
    try:
        return jit(cache=True)(function)
    except RuntimeError:  # a read-only installation, and no home
        return jit()(function)


# --- layout


def transposed(words: Words) -> Words:
    """Return words as columns, shape (n_words, n_padded): padded with zero columns to a multiple of BLOCK."""
    n, n_words = words.shape
    columns = np.zeros((n_words, -(-n // BLOCK) * BLOCK), np.uint64)
    columns[:, :n] = words.T
    return columns


# --- bits


@intrinsic
def _popcount(_: Any, word: Any) -> Any:  # noqa: ARG001 - an intrinsic's parameters are those of its calls
    """Count the ones of a word."""

    def codegen(_context: Any, builder: ir.IRBuilder, _signature: Any, args: Any) -> Any:
        return builder.ctpop(args[0])

    return types.uint64(types.uint64), codegen


popcount: Any = _popcount


@inlined
def splitmix64(z: np.uint64) -> np.uint64:
    """Mix the bits of a word."""
    z += np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


# --- a block: some rows against BLOCK or WIDTH columns


@inlined
def word_distance(rows: Words, i: np.uint64, columns: Words, j: np.uint64, word: int, n_words: int) -> np.uint64:
    """Differing bits of a row and a column in `n_words` words from `word` on."""
    distance = np.uint64(0)
    for w in range(word, word + n_words):
        distance += popcount(rows[np.uint64(w), i] ^ columns[np.uint64(w), j])
    return distance


@inlined
def add_distances(
    out: Array, rows: Words, i: np.uint64, columns: Words, j: np.uint64, word: int, n_words: int, width: int
) -> None:
    """Add to `out` the distances in `n_words` words from `word` on; the first words overwrite."""
    keep = np.uint16(0 if word == 0 else 0xFFFF)
    for m in range(width):
        out[m] = (out[m] & keep) + word_distance(rows, i, columns, j + np.uint64(m), word, n_words)


@inlined
def row_distances(out: Array, rows: Words, i: int, columns: Words, j: int, width: int) -> None:
    """Distances of row i to the columns j .. j + width - 1, for any number of words."""
    i_row, j_column, n_words = np.uint64(i), np.uint64(j), columns.shape[0]
    word = 0
    while n_words - word >= 4:
        add_distances(out, rows, i_row, columns, j_column, word, 4, width)
        word += 4
    if n_words - word >= 2:
        add_distances(out, rows, i_row, columns, j_column, word, 2, width)
        word += 2
    if n_words - word == 1:
        add_distances(out, rows, i_row, columns, j_column, word, 1, width)


@helper
def block_distances(out: Array, rows: Words, i: int, columns: Words, j: int) -> None:
    """Distances of row i to the columns j .. j + BLOCK - 1."""
    row_distances(out, rows, i, columns, j, BLOCK)


@helper
def close_mask(distances: Array, columns: Words, i: int, j: int, j_first: int, j_stop: int, radius: int) -> Any:
    """Return which of the columns j .. j + WIDTH - 1 are within the radius of row i, and in j_first .. j_stop - 1.

    Bit m stands for column j + m; `distances` is for work. Walking its ones costs the pairs found, not those looked at.
    """
    row_distances(distances, columns, i, columns, j, WIDTH)
    mask, limit = np.uint64(0), np.uint16(min(radius, 2**16 - 1))
    for m in range(WIDTH):
        mask |= np.uint64(distances[m] <= limit) << np.uint64(m)
    if j_first >= j + WIDTH:
        return np.uint64(0)
    ones = np.uint64(2**64 - 1)
    return mask & (ones << np.uint64(max(j_first - j, 0))) & (ones >> np.uint64(max(j + WIDTH - j_stop, 0)))


@inlined
def lowest_one(mask: np.uint64) -> Any:
    """Return the position of the lowest one of a mask that has any."""
    return np.int64(popcount((mask & (~mask + np.uint64(1))) - np.uint64(1)))


@inlined
def smallest(columns: Words, i: int, j: int, n_words: int) -> np.uint64:
    """Smallest distance, in the first `n_words` words, of ROWS rows from i on to WIDTH columns from j on."""
    i_row, j_column = np.uint64(i), np.uint64(j)
    result = np.uint64(2**16)
    for column in range(j_column, j_column + np.uint64(WIDTH)):
        for k in range(ROWS):
            result = min(result, word_distance(columns, i_row + np.uint64(k), columns, column, 0, n_words))
    return result


@inlined
def block_may_hit(columns: Words, i: int, j: int, prefix: int, radius: np.uint64) -> Any:
    """Whether any of ROWS x WIDTH pairs can be within the radius, judged by the first `prefix` words; 0: not judged."""
    if prefix == 1:
        return smallest(columns, i, j, 1) <= radius
    if prefix == 2:
        return smallest(columns, i, j, 2) <= radius
    if prefix == 4:
        return smallest(columns, i, j, 4) <= radius
    return True


@inlined
def farthest(columns: Words, i: int, j: int, n_words: int) -> np.uint64:
    """Largest distance, in the first `n_words` words, of ROWS rows from i on to BLOCK columns from j on."""
    i_row, j_column = np.uint64(i), np.uint64(j)
    result = np.uint64(0)
    for column in range(j_column, j_column + np.uint64(BLOCK)):
        for k in range(ROWS):
            result = max(result, word_distance(columns, i_row + np.uint64(k), columns, column, 0, n_words))
    return result


@inlined
def block_diameter(distances: Array, columns: Words, i: int, j: int) -> np.uint64:
    """Largest distance of ROWS rows from i on to BLOCK columns from j on; `distances` is for work.

    The usual sizes keep all in registers, which takes 0.4 of the time.
    """
    if columns.shape[0] == 1:
        return farthest(columns, i, j, 1)
    if columns.shape[0] == 2:
        return farthest(columns, i, j, 2)
    if columns.shape[0] == 4:
        return farthest(columns, i, j, 4)
    result = np.uint64(0)
    for row in range(i, i + ROWS):
        block_distances(distances, columns, row, columns, j)
        for m in range(BLOCK):
            result = max(result, np.uint64(distances[m]))
    return result


# --- rows: a few rows against all columns


@inlined
def condensed_start(n: int, i: int) -> int:
    """Where the distances of row i to the rows after it start, in scipy's condensed order."""
    return i * n - i * (i + 1) // 2


@helper
def rows_distances(out: Array, rows: Words, i_start: int, i_stop: int, columns: Words, j_start: int) -> None:
    """Distances of the rows to the columns from j_start, a multiple of BLOCK, on; out has a row for each."""
    for j in range(j_start, columns.shape[1], BLOCK):
        for i in range(i_start, i_stop):
            block_distances(out[i - i_start, j:], rows, i, columns, j)


@intrinsic
def _stream_eight(_: Any, target: Any, distances: Any, offsets: Any, offset: Any) -> Any:  # noqa: ARG001 - as above
    """Write distances[:8] + (offset + offsets[:8]) to 64-byte aligned memory, past the cache; by addresses.

    Eight bytes a pair are written once and not read again soon. Stored through the cache they take twice as long: lines
    are fetched before they are overwritten, and push the columns out.
    """

    def codegen(context: Any, builder: ir.IRBuilder, _signature: Any, args: Any) -> Any:
        shorts, doubles = ir.VectorType(ir.IntType(16), 8), ir.VectorType(ir.DoubleType(), 8)
        target, distances, offsets, offset = args
        counts = builder.load(builder.inttoptr(distances, shorts.as_pointer()), align=2)
        others = builder.load(builder.inttoptr(offsets, doubles.as_pointer()), align=8)
        offset_eight_times = ir.Constant(doubles, ir.Undefined)
        for lane in range(8):
            offset_eight_times = builder.insert_element(offset_eight_times, offset, ir.Constant(ir.IntType(32), lane))
        heights = builder.fadd(builder.uitofp(counts, doubles), builder.fadd(offset_eight_times, others))
        store = builder.store(heights, builder.inttoptr(target, doubles.as_pointer()), align=64)
        store.set_metadata("nontemporal", builder.module.add_metadata([ir.Constant(ir.IntType(32), 1)]))
        return context.get_dummy_value()

    return types.void(types.uint64, types.uint64, types.uint64, types.float64), codegen


stream_eight: Any = _stream_eight


@helper
def write_counts(out: Array, distances: Array) -> None:
    """Write the first distances to `out`, whatever its dtype."""
    for m in range(out.size):  # from 0, or the loop is not vectorised: numba looks for negative indices
        out[m] = distances[m]


@helper
def write_heights(out: Array, distances: Array, offsets: Array, offset: float) -> None:
    """Write distances + (offset + offsets), all of one length, to `out`."""
    head = min(out.size, -out.ctypes.data % 64 // 8)
    tail = head + (out.size - head) // 8 * 8
    for m in range(head):
        out[m] = distances[m] + (offset + offsets[m])
    for m in range(head, tail, 8):
        stream_eight(out.ctypes.data + 8 * m, distances.ctypes.data + 2 * m, offsets.ctypes.data + 8 * m, offset)
    for m in range(tail, out.size):
        out[m] = distances[m] + (offset + offsets[m])


# --- pairs


@helper
def emit_block(
    found: Array, count: int, counts: Array, distances: Array, columns: Words, n: int, i: int, j: int,
    i_start: int, i_stop: int, radius: int,
) -> int:  # fmt: skip
    """Append the pairs of a block to `found`, which has room for all; return the new count."""
    for row in range(i, min(i + ROWS, i_stop)):
        mask = close_mask(distances, columns, row, j, row + 1, n, radius)
        counts[row - i_start] += np.int64(popcount(mask))
        key = (row - i_start) << 48
        while mask:
            m = lowest_one(mask)
            found[count] = key | (j + m) << 16 | distances[m]
            count += 1
            mask &= mask - np.uint64(1)
    return count


@helper
def doubled(found: Array, count: int) -> NDArray[np.int64]:
    """Return a copy of the first `count` with twice the room."""
    larger = np.empty(2 * found.size, np.int64)
    for k in range(count):
        larger[k] = found[k]
    return larger


# --- buckets: fingerprints that agree in a substring, side by side


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
def agrees(columns: Words, p: int, q: int, start: int, stop: int) -> bool:
    """Whether two columns are equal in the bits start .. stop - 1."""
    for word in range(start // 64, (stop + 63) // 64):
        if (columns[word, p] ^ columns[word, q]) & substring_mask(word, start, stop):
            return False
    return True


@inlined
def is_first_agreement(columns: Words, p: int, q: int, edges: Array, substring: int) -> Any:
    """Whether the substring, from edges[substring] on, is the first in which two columns agree."""
    for earlier in range(substring):
        if agrees(columns, p, q, edges[earlier], edges[earlier + 1]):
            return False
    return agrees(columns, p, q, edges[substring], edges[substring + 1])


@helper
def emit_close(found: Array, count: int, columns: Words, p: int, q_start: int, q_stop: int, radius: int) -> int:
    """Append the pairs of p with each of q_start .. q_stop - 1 within the radius, one by one; return the new count."""
    p_row, n_words, limit = np.uint64(p), columns.shape[0], np.uint64(radius)
    for q in range(q_start, q_stop):
        if word_distance(columns, p_row, columns, np.uint64(q), 0, 1) <= limit:  # most differ in the first word already
            found[count] = p << 32 | q
            count += word_distance(columns, p_row, columns, np.uint64(q), 0, n_words) <= limit
    return count


@helper
def emit_wide(
    found: Array, count: int, distances: Array, columns: Words, p: int, q_start: int, q_stop: int, radius: int
) -> int:
    """Do as `emit_close`, for q_stop - q_start <= WIDTH."""
    mask = close_mask(distances, columns, p, q_start, q_start, q_stop, radius)
    while mask:
        found[count] = p << 32 | (q_start + lowest_one(mask))
        count += 1
        mask &= mask - np.uint64(1)
    return count


@helper
def flush(
    kept: Array, n_kept: int, found: Array, count: int, columns: Words, order: Array, edges: Array, substring: int,
    mode: int, places: Array, indices: Array, shifts: tuple[int, int],
) -> int:  # fmt: skip
    """Take the found pairs of which this is the first substring: count, fill, or append to `kept`; return its count."""
    for pair in found[:count]:
        p, q = pair >> 32, pair & 0xFFFFFFFF
        if not is_first_agreement(columns, p, q, edges, substring):
            continue
        i = order[p]
        if mode == PAIRS:
            distance = word_distance(columns, np.uint64(p), columns, np.uint64(q), 0, columns.shape[0])
            kept[n_kept] = np.int64(i) << shifts[0] | np.int64(order[q]) << shifts[1] | np.int64(distance)
            n_kept += 1
        else:
            if mode == FILL:
                indices[places[i]] = order[q]
            places[i] += 1
    return n_kept


# --- entries: those that take i_start and i_stop work on the rows i_start .. i_stop - 1


@entry
def tie_breaks(out: Array, words: Words) -> None:
    """Fill in the k_i of the definition of clusters: a hash of the fingerprint, in [0, 1)."""
    for i in range(words.shape[0]):
        z = np.uint64(0)
        for w in range(words.shape[1]):
            z = splitmix64(z ^ words[i, w])
        out[i] = (z >> np.uint64(11)) * 2.0**-53


@entry
def condensed_counts(out: Array, columns: Words, n: int, i_start: int, i_stop: int) -> None:
    """Fill in the condensed distances of the rows to the columns after them, as uint16."""
    distances = np.empty((ROWS, columns.shape[1]), np.uint16)
    for group in range(i_start, i_stop, ROWS):
        group_stop = min(group + ROWS, i_stop)
        rows_distances(distances, columns, group, group_stop, columns, group // BLOCK * BLOCK)
        for i in range(group, group_stop):
            start = condensed_start(n, i)
            write_counts(out[start : start + n - i - 1], distances[i - group, i + 1 : n])


@entry
def condensed_heights(out: Array, columns: Words, n: int, offsets: Array, i_start: int, i_stop: int) -> None:
    """Fill in the condensed D_ij + (offsets_i + offsets_j) of the rows and the columns after them, as float64."""
    distances = np.empty((ROWS, columns.shape[1]), np.uint16)
    for group in range(i_start, i_stop, ROWS):
        group_stop = min(group + ROWS, i_stop)
        rows_distances(distances, columns, group, group_stop, columns, group // BLOCK * BLOCK)
        for i in range(group, group_stop):
            start = condensed_start(n, i)
            target = out[start : start + n - i - 1]
            write_heights(target, distances[i - group, i + 1 : n], offsets[i + 1 :], offsets[i])


@entry
def rectangle(out: Array, rows: Words, columns: Words, i_start: int, i_stop: int) -> None:
    """Fill in the distances of the rows to all columns."""
    distances = np.empty((ROWS, columns.shape[1]), np.uint16)
    for group in range(i_start, i_stop, ROWS):
        group_stop = min(group + ROWS, i_stop)
        rows_distances(distances, rows, group, group_stop, columns, 0)
        for i in range(group, group_stop):
            write_counts(out[i, :], distances[i - group, :])


@entry
def largest(columns: Words, i_start: int, i_stop: int) -> np.uint64:
    """Return the largest distance of the rows to the columns after them.

    i_start is a multiple of ROWS. Each row is also compared with some columns before it, and with the padding, which
    must repeat one of the fingerprints: neither changes the result, and nothing is masked.
    """
    result, distances = np.uint64(0), np.empty(BLOCK, np.uint16)
    for tile in range(i_start // BLOCK * BLOCK, columns.shape[1], TILE):
        tile_stop = min(tile + TILE, columns.shape[1])
        for i in range(i_start, min(i_stop, tile_stop), ROWS):
            for j in range(max(tile, i // BLOCK * BLOCK), tile_stop, BLOCK):
                result = max(result, block_diameter(distances, columns, i, j))
    return result


@entry
def diameters(out: Array, columns: Words, starts: Array, max_size: int, k_start: int, k_stop: int) -> None:
    """Fill in the largest distance within each of the groups k_start .. k_stop - 1; leave out those above `max_size`.

    Group k is the columns starts[k] .. starts[k + 1] - 1.
    """
    n_words = columns.shape[0]
    for k in range(k_start, k_stop):
        if starts[k + 1] - starts[k] <= max_size:
            result = np.uint64(0)
            for i in range(starts[k], starts[k + 1]):
                for j in range(i + 1, starts[k + 1]):
                    result = max(result, word_distance(columns, np.uint64(i), columns, np.uint64(j), 0, n_words))
            out[k] = result


@entry
def nearest(
    indices: Array, nearest_distances: Array, rows: Words, columns: Words, n: int, i_start: int, i_stop: int
) -> None:
    """Fill in the k nearest columns of the rows, by (distance, index): a counting sort that stops at the k-th."""
    k = indices.shape[1]
    n_bits = 64 * columns.shape[0]
    distances = np.empty((1, columns.shape[1]), np.uint16)
    places = np.empty(n_bits + 2, np.int64)
    for i in range(i_start, i_stop):
        rows_distances(distances, rows, i, i + 1, columns, 0)
        places[:] = 0
        for distance in distances[0, :n]:
            places[distance + 1] += 1
        for distance in range(n_bits):
            places[distance + 1] += places[distance]
        for j in range(n):
            distance = distances[0, j]
            place = places[distance]
            if place < k:
                indices[i, place] = j
                nearest_distances[i, place] = distance
                places[distance] = place + 1


@entry
def scan(
    columns: Words, n: int, prefix: int, radius: int, i_start: int, i_stop: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Find the pairs of the rows and the columns after them with distance <= radius.

    i_start is a multiple of ROWS, and the rows are at most MAX_SCAN_ROWS. Returned are the packed pairs, for equal rows
    in order of the columns, and the number of pairs of each row.
    """
    counts = np.zeros(i_stop - i_start, np.int64)
    found = np.empty(2 * ROWS * WIDTH, np.int64)
    distances = np.empty(WIDTH, np.uint16)
    count = 0
    for tile in range(i_start // WIDTH * WIDTH, n, TILE):
        for i in range(i_start, min(i_stop, tile + TILE), ROWS):
            for j in range(max(tile, i // WIDTH * WIDTH), min(tile + TILE, n), WIDTH):
                if block_may_hit(columns, i, j, prefix, np.uint64(radius)):
                    if found.size - count < ROWS * WIDTH:
                        found = doubled(found, count)
                    count = emit_block(found, count, counts, distances, columns, n, i, j, i_start, i_stop, radius)
    return found[:count], counts


@entry
def place(out_i: Array, out_j: Array, out_distance: Array, found: Array, places: Array, i_start: int) -> None:
    """Move packed pairs to where they belong; places[i - i_start] is where the next pair of row i goes."""
    for pair in found:
        row = pair >> 48
        target = places[row]
        out_i[target] = i_start + row
        out_j[target] = (pair >> 16) & 0xFFFFFFFF
        out_distance[target] = pair & 0xFFFF
        places[row] = target + 1


# --- lists: for each row the columns within the radius


@helper
def append_ones(indices: Array, places: Array, row: int, mask: np.uint64, j: int) -> None:
    """Append the columns of a mask to the list of the row."""
    place = places[row]
    while mask:
        indices[place] = j + lowest_one(mask)
        place += 1
        mask &= mask - np.uint64(1)
    places[row] = place


@entry
def scan_lists(
    indices: Array, places: Array, mode: int, columns: Words, n: int, prefix: int, radius: int, i_start: int,
    i_stop: int,
) -> None:  # fmt: skip
    """Search as `scan`. COUNT: add each row's pairs to places[row]; FILL: write its columns from places[row] on."""
    distances = np.empty(WIDTH, np.uint16)
    for tile in range(i_start // WIDTH * WIDTH, n, TILE):
        for i in range(i_start, min(i_stop, tile + TILE), ROWS):
            for j in range(max(tile, i // WIDTH * WIDTH), min(tile + TILE, n), WIDTH):
                if block_may_hit(columns, i, j, prefix, np.uint64(radius)):
                    for row in range(i, min(i + ROWS, i_stop)):
                        mask = close_mask(distances, columns, row, j, row + 1, n, radius)
                        if mode == COUNT:
                            places[row] += np.int64(popcount(mask))
                        else:
                            append_ones(indices, places, row, mask, j)


@entry
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
def bucket_columns(columns: Words, words: Words, order: Array, i_start: int, i_stop: int) -> None:
    """Fill in the columns i_start .. i_stop - 1: the fingerprints in that order."""
    for i in range(i_start, i_stop):
        row = order[i]
        for w in range(words.shape[1]):
            columns[w, i] = words[row, w]


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


@entry
def search_buckets(
    columns: Words, order: Array, starts: Array, bucket: int, i_start: int, i_stop: int, prefix: int, radius: int,
    edges: Array, substring: int, mode: int, places: Array, indices: Array, shifts: tuple[int, int],
) -> NDArray[np.int64]:  # fmt: skip
    """Find the pairs i < j of the columns i_start .. i_stop - 1, the first of them in `bucket`, with others of theirs.

    Only pairs for which this substring is the first in which they agree. COUNT: add each row's to places[row]; FILL:
    write its columns from places[row] on; PAIRS: return them as row << shifts[0] | column << shifts[1] | distance.
    """
    found = np.empty(FOUND, np.int64)
    kept = np.empty(FOUND if mode == PAIRS else 0, np.int64)
    distances = np.empty(WIDTH, np.uint16)
    count, n_kept = 0, 0
    b, i = bucket, i_start
    while i < i_stop:
        while starts[b + 1] <= i:
            b += 1
        stop = starts[b + 1]
        group_stop = min(i + ROWS, stop, i_stop)
        j = stop if stop - starts[b] < SMALL_BUCKET else min(i + ROWS, stop)
        for row in range(i, group_stop):
            count = emit_close(found, count, columns, row, row + 1, j, radius)
        while True:
            if found.size - count < ROWS * WIDTH:  # room for the next block, or the next rows of a small bucket
                if mode == PAIRS and kept.size - n_kept < count:
                    kept = doubled(kept, n_kept)
                n_kept = flush(
                    kept, n_kept, found, count, columns, order, edges, substring, mode, places, indices, shifts
                )
                count = 0
            if j >= stop:
                break
            if block_may_hit(columns, i, j, prefix, np.uint64(radius)):
                for row in range(i, group_stop):
                    count = emit_wide(found, count, distances, columns, row, j, min(j + WIDTH, stop), radius)
            j += WIDTH
        i = group_stop
    if mode == PAIRS and kept.size - n_kept < count:
        kept = doubled(kept, n_kept)
    n_kept = flush(kept, n_kept, found, count, columns, order, edges, substring, mode, places, indices, shifts)
    return kept[:n_kept]


@entry
def mirror(indices: Array, starts: Array, counts: Array) -> None:
    """Turn the lists of columns after each row into sorted lists of the columns before and after it, in place.

    Row i has counts[i] columns after it. They are in the second half of `indices`, row by row, in any order. Filled in
    are all of `indices`, and where in it each row starts. Writing a list's rows into the lists of its columns sorts
    those by row: once for the columns before, and back again for those after. Taken are 8 bytes a row, and no more.
    """
    n = counts.size
    starts[:] = 0
    half = indices.size // 2
    for k in range(half, indices.size):
        starts[indices[k] + 1] += 1
    before = starts[1:].copy()
    for i in range(n):
        starts[i + 1] = starts[i] + before[i] + counts[i]
    source = half
    for i in range(n):  # never ahead of what is still to move: rows up to i start at most `half` later
        target = starts[i] + before[i]
        for k in range(counts[i]):
            indices[target + k] = indices[source + k]
        source += counts[i]
        before[i] = starts[i]
    for i in range(n):
        for k in range(starts[i + 1] - counts[i], starts[i + 1]):
            j = indices[k]
            indices[before[j]] = i
            before[j] += 1
    # before[i] is now where the columns after row i start
    for j in range(n):
        for k in range(starts[j], starts[j + 1] - counts[j]):
            i = indices[k]
            indices[before[i]] = j
            before[i] += 1


# --- clusters: a nearest-neighbour chain
#
# A node is a point (a fingerprint that occurs) and, while it is a root, the cluster of all points below it. A node
# fills a cache line, because the chain jumps between them at random: with an array a field it took twice the time.

COMPLETE, AVERAGE, WEIGHTED = 0, 1, 2
SMALL = 4  # points of a cluster up to which its bits aren't summed up: its members are compared one by one

NODE = np.dtype(
    [
        ("parent", np.int32),  # of a root: itself
        ("next_member", np.int32),  # -1: the last
        ("last_member", np.int32),  # of a root
        ("size", np.int32),  # points, of a root
        ("slot", np.int32),  # row of `sums`, of a root of more than SMALL points; else -1
        ("seen", np.int32),  # the last search that met it; of a root in `active`: its place there
        ("is_final", np.int32),  # nothing is within the cut of it
        ("_", np.int32),
        ("weight", np.float64),  # average: images of the cluster; weighted: 1
        ("share", np.float64),  # of a point in the weight of its cluster, as long as that has no slot
        ("ones", np.float64),  # sum of `sums`
        ("offset", np.float64),  # EPS * k: of a root the mean, of any other point its own (complete)
    ]
)


class Forest(NamedTuple):
    """The clusters so far.

    `sums` holds the weighted sum of each bit over the members of a cluster, and `n_slots[0]` tells how many of its rows
    are taken: a cluster takes one when it outgrows SMALL, so that a fifth of the points is enough.
    """

    nodes: Array  # of NODE, (n,)
    words: Words  # (n, n_words)
    sums: NDArray[np.float64]  # (n_slots, 64 * n_words)
    n_slots: NDArray[np.int64]  # (1,)


class Lists(NamedTuple):
    """Neighbour lists: of each point those within the cut, of a cluster the lists of its members one after another."""

    starts: NDArray[np.int64]  # (n + 1,)
    indices: NDArray[np.int32]
    lengths: NDArray[np.int64]  # (n,)
    next_list: NDArray[np.int32]  # (n,); -1: the last
    last_list: NDArray[np.int32]  # (n,)


@inlined
def root(nodes: Array, i: int) -> int:
    """Return the cluster of a point; halve the way there for the next time."""
    while nodes[i].parent != i:
        nodes[i].parent = nodes[nodes[i].parent].parent
        i = nodes[i].parent
    return i


@inlined
def bits_apart(words: Words, i: int, j: int) -> np.int64:
    """Differing bits of two points."""
    distance = np.uint64(0)
    for w in range(words.shape[1]):
        distance += popcount(words[i, w] ^ words[j, w])
    return np.int64(distance)


@inlined
def dot(row: Array, sums: Array, slot: int) -> float:
    """Scalar product of `row` and a row of `sums`: in eight parts, which LLVM may vectorise as they are."""
    s, one, two, three = np.uint64(slot), np.uint64(1), np.uint64(2), np.uint64(3)
    a = b = c = d = e = f = g = h = 0.0
    for k in range(np.uint64(0), np.uint64(row.size), np.uint64(8)):
        m = k + np.uint64(4)
        a += row[k] * sums[s, k]
        b += row[k + one] * sums[s, k + one]
        c += row[k + two] * sums[s, k + two]
        d += row[k + three] * sums[s, k + three]
        e += row[m] * sums[s, m]
        f += row[m + one] * sums[s, m + one]
        g += row[m + two] * sums[s, m + two]
        h += row[m + three] * sums[s, m + three]
    return ((a + b) + (c + d)) + ((e + f) + (g + h))


@helper
def add_members(sums: Array, forest: Forest, a: int) -> None:
    """Add the bits of a cluster without a slot to `sums`, weighted."""
    nodes, words = forest.nodes, forest.words
    i = a
    while i >= 0:
        for w in range(words.shape[1]):
            for k in range(64):
                sums[64 * w + k] += nodes[i].share * ((words[i, w] >> np.uint64(63 - k)) & np.uint64(1))
        i = nodes[i].next_member


@helper
def fill_table(table: Array, row: Array) -> None:
    """Fill in table[16 * k + v], the sum of row[4 * k : 4 * k + 4] at the ones of the four-bit number v."""
    for k in range(row.size // 4):
        t, r = 16 * k, 4 * k
        table[t] = 0.0
        table[t + 1], table[t + 2], table[t + 4], table[t + 8] = row[r + 3], row[r + 2], row[r + 1], row[r]
        for high in (2, 4, 8):
            for low in range(1, high):
                table[t + high + low] = table[t + high] + table[t + low]


@inlined
def look_up(table: Array, words: Words, i: int) -> float:
    """Sum, at the ones of a point, of the row that the table was made of."""
    total = 0.0
    for w in range(words.shape[1]):
        for k in range(16):
            four_bits = (words[i, w] >> np.uint64(60 - 4 * k)) & np.uint64(15)
            total += table[np.uint64(256 * w + 16 * k) + four_bits]
    return total


# Distances of two clusters, in D'. They are the same in both directions, to the last bit where it matters: sums are of
# integers, or of few powers of two.


@inlined
def mean_distance(forest: Forest, a: int, b: int, row: Array, table: Array) -> float:
    """Mean distance of two clusters, in which their members have their weights; row and table are of a."""
    nodes, words = forest.nodes, forest.words
    weight_a, weight_b = nodes[a].weight, nodes[b].weight
    offset = nodes[a].offset + nodes[b].offset
    if nodes[a].size == 1 and nodes[b].size == 1:
        return bits_apart(words, a, b) + offset
    total = 0.0
    if nodes[a].slot < 0 and nodes[b].slot < 0:
        i = a
        while i >= 0:
            j = b
            while j >= 0:
                total += nodes[i].share * nodes[j].share * bits_apart(words, i, j)
                j = nodes[j].next_member
            i = nodes[i].next_member
        return total / (weight_a * weight_b) + offset
    if nodes[b].slot < 0:
        j = b
        while j >= 0:
            total += nodes[j].share * look_up(table, words, j)
            j = nodes[j].next_member
    else:
        total = dot(row, forest.sums, nodes[b].slot)
    # bits apart: those one in a and not in b, and the reverse
    return (nodes[a].ones * weight_b + nodes[b].ones * weight_a - 2.0 * total) / (weight_a * weight_b) + offset


@inlined
def largest_distance(forest: Forest, a: int, b: int, limit: float) -> float:
    """Largest distance of the members of two clusters; or any beyond the limit."""
    nodes, words = forest.nodes, forest.words
    result = 0.0
    i = a
    while i >= 0:
        j = b
        while j >= 0:
            result = max(result, bits_apart(words, i, j) + (nodes[i].offset + nodes[j].offset))
            if result > limit:
                return result
            j = nodes[j].next_member
        i = nodes[i].next_member
    return result


@inlined
def cluster_distance(forest: Forest, a: int, b: int, method: int, cut: float, row: Array, table: Array) -> float:
    """Distance of two clusters; for complete linkage any beyond the cut may stand for another."""
    if method == COMPLETE:
        return largest_distance(forest, a, b, cut)
    return mean_distance(forest, a, b, row, table)


@helper
def prepare(row: Array, table: Array, forest: Forest, a: int) -> None:
    """Fill in what `mean_distance` needs of a."""
    if forest.nodes[a].slot < 0:
        row[:] = 0.0
        add_members(row, forest, a)
    else:
        row[:] = forest.sums[forest.nodes[a].slot]
        fill_table(table, row)


@helper
def merge_sums(forest: Forest, a: int, b: int) -> None:
    """Make a's slot hold the sums of both."""
    nodes, sums = forest.nodes, forest.sums
    if nodes[a].slot < 0 and nodes[b].slot >= 0:
        nodes[a].slot = nodes[b].slot
        add_members(sums[nodes[a].slot], forest, a)
        return
    if nodes[a].slot < 0:
        nodes[a].slot = forest.n_slots[0]
        forest.n_slots[0] += 1
        sums[nodes[a].slot] = 0.0
        add_members(sums[nodes[a].slot], forest, a)
    if nodes[b].slot < 0:
        add_members(sums[nodes[a].slot], forest, b)
    else:
        sums[nodes[a].slot] += sums[nodes[b].slot]


@helper
def halve_shares(nodes: Array, a: int) -> None:
    """Halve the weights of the members of a."""
    i = a
    while i >= 0:
        nodes[i].share *= 0.5
        i = nodes[i].next_member


@helper
def merge(forest: Forest, a: int, b: int, method: int) -> None:
    """Put cluster b into cluster a."""
    nodes = forest.nodes
    size = nodes[a].size + nodes[b].size
    if method != COMPLETE:
        weight_a, weight_b = nodes[a].weight, nodes[b].weight
        nodes[a].offset = (nodes[a].offset * weight_a + nodes[b].offset * weight_b) / (weight_a + weight_b)
        nodes[a].ones += nodes[b].ones
        nodes[a].weight = weight_a + weight_b
        if size > SMALL:
            merge_sums(forest, a, b)
        if method == WEIGHTED:
            nodes[a].ones *= 0.5
            nodes[a].weight = 1.0
            if size > SMALL:
                forest.sums[nodes[a].slot] *= 0.5
            else:
                halve_shares(nodes, a)
                halve_shares(nodes, b)
    nodes[a].size = size
    nodes[b].parent = a
    nodes[nodes[a].last_member].next_member = b
    nodes[a].last_member = nodes[b].last_member


@helper
def candidates_of(out: Array, nodes: Array, lists: Lists, a: int, search: int) -> int:
    """Collect the clusters of the neighbours of a, each once, and empty the lists; return how many there are."""
    count = 0
    source = a
    while source >= 0:
        for e in range(lists.starts[source], lists.starts[source] + lists.lengths[source]):
            c = root(nodes, lists.indices[e])
            out[count] = c  # overwritten by the next, unless counted: no branch
            count += c != a and nodes[c].seen != search and nodes[c].is_final == 0
            nodes[c].seen = search
        source = lists.next_list[source]
    return count


@helper
def keep(lists: Lists, a: int, kept: Array) -> None:
    """Write clusters into the lists of a, which have room for them."""
    target, written = a, 0
    for c in kept:
        while written == lists.starts[target + 1] - lists.starts[target]:
            lists.lengths[target] = written
            target, written = lists.next_list[target], 0
        lists.indices[lists.starts[target] + written] = c
        written += 1
    lists.lengths[target] = written
    lists.next_list[target] = -1
    lists.last_list[a] = target


@helper
def nearest_in_lists(
    forest: Forest, lists: Lists, candidates: Array, a: int, method: int, cut: float, search: int, row: Array,
    table: Array,
) -> tuple[int, float]:  # fmt: skip
    """Return the nearest cluster within the cut that is a neighbour of a, and its distance; -1 if there is none.

    What is beyond the cut leaves the lists of a: reducibility keeps it there, unless it merges with a neighbour of a
    that is in them. First the candidates, then their distances: it fetches many nodes from memory at a time.
    """
    nearest, least, n_kept = -1, np.inf, 0
    for c in candidates[: candidates_of(candidates, forest.nodes, lists, a, search)]:
        distance = cluster_distance(forest, a, c, method, cut, row, table)
        if distance <= cut:
            candidates[n_kept] = c
            n_kept += 1
            if distance < least:
                nearest, least = c, distance
    keep(lists, a, candidates[:n_kept])
    return nearest, least


@helper
def nearest_of_all(
    forest: Forest, active: Array, n_active: int, a: int, method: int, cut: float, row: Array, table: Array
) -> tuple[int, float]:
    """Return the nearest of all active clusters but a within the cut, and its distance; -1 if there is none."""
    nearest, least = -1, np.inf
    for c in active[:n_active]:
        if c != a:
            distance = cluster_distance(forest, a, c, method, min(cut, least), row, table)
            if distance < least and distance <= cut:
                nearest, least = c, distance
    return nearest, least


@helper
def deactivate(nodes: Array, active: Array, n_active: int, a: int) -> int:
    """Take a cluster out of `active`, which the last one fills; return how many there are."""
    place, last = nodes[a].seen, active[n_active - 1]
    active[place] = last
    nodes[last].seen = place
    return n_active - 1


@entry
def nearest_points(
    out: Array, nodes: Array, words: Words, starts: Array, indices: Array, i_start: int, i_stop: int
) -> None:
    """Fill in the nearest neighbour of each of the points i_start .. i_stop - 1; -1 if it has none."""
    for i in range(i_start, i_stop):
        nearest, least = -1, np.inf
        for e in range(starts[i], starts[i + 1]):
            distance = bits_apart(words, i, indices[e]) + (nodes[i].offset + nodes[indices[e]].offset)
            if distance < least:
                nearest, least = indices[e], distance
        out[i] = nearest


@inlined
def still_nearest(nodes: Array, nearest: Array, a: int) -> int:
    """Return the nearest point of a, if both are clusters by themselves yet: whatever merged, nothing came nearer."""
    if nearest.size and nodes[a].size == 1 and nearest[a] >= 0:
        b = nearest[a]
        if nodes[b].parent == b and nodes[b].size == 1:
            return b
    return -1


@entry
def chain(forest: Forest, lists: Lists, nearest: Array, active: Array, method: int, cut: float) -> None:
    """Merge clusters as long as two are within the cut, each with its nearest.

    The chain goes from a cluster to its nearest, until two are each other's nearest. Candidates are the clusters of
    neighbours, or all in `active` if it isn't empty. `nearest` holds the nearest neighbour of each point, or is empty.
    A cluster with nothing within the cut is final.
    """
    nodes = forest.nodes
    n, n_active = nodes.size, active.size
    links, candidates = np.empty(n, np.int32), np.empty(n + 1, np.int32)
    heights = np.empty(n)  # heights[k]: the distance of links[k] from the one before
    row = np.zeros(64 * forest.words.shape[1])
    table = np.zeros(4 * row.size)
    search = n  # above all that `seen` holds
    for first in range(n):
        size = 0
        if nodes[first].parent == first and nodes[first].is_final == 0:
            links[0], size = first, 1
        while size > 0:
            a = links[size - 1]
            b = still_nearest(nodes, nearest, a)
            if b < 0 and method != COMPLETE:
                prepare(row, table, forest, a)
            if b >= 0:
                distance = bits_apart(forest.words, a, b) + (nodes[a].offset + nodes[b].offset)
            elif active.size:
                b, distance = nearest_of_all(forest, active, n_active, a, method, cut, row, table)
            else:
                search += 1
                b, distance = nearest_in_lists(forest, lists, candidates, a, method, cut, search, row, table)
            if b < 0:
                nodes[a].is_final = 1
                size -= 1
                if active.size:
                    n_active = deactivate(nodes, active, n_active, a)
                continue
            previous = links[size - 2] if size > 1 else -1
            if previous >= 0 and heights[size - 1] <= distance:  # with a tie the chain must not go round in circles
                b = previous
            if b != previous:
                links[size], heights[size], size = b, distance, size + 1
                continue
            merge(forest, b, a, method)
            if active.size:
                n_active = deactivate(nodes, active, n_active, a)
            else:
                lists.next_list[lists.last_list[b]] = a
                lists.last_list[b] = lists.last_list[a]
            size -= 2
            if size == 0:
                links[0], size = b, 1


@entry
def join(nodes: Array, starts: Array, indices: Array) -> None:
    """Put each point and its neighbours into one cluster: single linkage."""
    for i in range(nodes.size):
        for e in range(starts[i], starts[i + 1]):
            a, b = root(nodes, i), root(nodes, indices[e])
            if a != b:
                nodes[max(a, b)].parent = min(a, b)


@entry
def join_found(nodes: Array, found: Array, i_start: int) -> None:
    """Put the two points of each packed pair of `scan` into one cluster."""
    for pair in found:
        a, b = root(nodes, i_start + (pair >> 48)), root(nodes, (pair >> 16) & 0xFFFFFFFF)
        if a != b:
            nodes[max(a, b)].parent = min(a, b)


@entry
def roots(out: Array, nodes: Array) -> None:
    """Fill in the cluster of each point, by the number of its root."""
    for i in range(nodes.size):
        out[i] = root(nodes, i)

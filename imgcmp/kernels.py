"""Every jitted function, and the constants it uses.

Contents
    layout    transposed
    bits      popcount, splitmix64
    a block   word_distance, add_distances, block_distances, smallest, block_may_hit
    rows      condensed_start, rows_distances, write_counts, stream_eight, write_heights
    pairs     emit_block, doubled
    entries   tie_breaks, condensed_counts, condensed_heights, rectangle, largest, nearest, scan, place

Kernels check nothing: the wrappers in distances.py, pairs.py and linkage.py do. They release the GIL, so that
threads.py can run those that take a range of rows side by side. All of them live here, because numba's cache on disk
does not notice a change in another file.

Fingerprints come transposed, as `columns` of shape (n_words, n_padded): BLOCK neighbouring columns are one inner loop
of known length, which LLVM turns into 512-bit VPOPCNTQ without a remainder loop. Block positions are unsigned: with
signed ones numba's support for negative indices turned every load into a gather (5 times slower).
"""

from typing import Any

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.extending import intrinsic
from numpy.typing import NDArray

from imgcmp.words import Words

ROWS = 4  # rows a pass over a block; 8 were no faster
BLOCK = 256  # columns a block; 128 and 512 took the same time within 3 %
TILE = 2048  # columns a tile of `scan`; at 4 words 64 KB, which stays in L2
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


# --- a block: some rows against BLOCK columns


@inlined
def word_distance(rows: Words, i: np.uint64, columns: Words, j: np.uint64, word: int, n_words: int) -> np.uint64:
    """Differing bits of a row and a column in `n_words` words from `word` on."""
    distance = np.uint64(0)
    for w in range(word, word + n_words):
        distance += popcount(rows[np.uint64(w), i] ^ columns[np.uint64(w), j])
    return distance


@inlined
def add_distances(out: Array, rows: Words, i: np.uint64, columns: Words, j: np.uint64, word: int, n_words: int) -> None:
    """Add to `out` the distances in `n_words` words from `word` on; the first words overwrite."""
    keep = np.uint16(0 if word == 0 else 0xFFFF)
    for m in range(BLOCK):
        out[m] = (out[m] & keep) + word_distance(rows, i, columns, j + np.uint64(m), word, n_words)


@helper
def block_distances(out: Array, rows: Words, i: int, columns: Words, j: int) -> None:
    """Distances of row i to the columns j .. j + BLOCK - 1, for any number of words."""
    i_row, j_column, n_words = np.uint64(i), np.uint64(j), columns.shape[0]
    word = 0
    while n_words - word >= 4:
        add_distances(out, rows, i_row, columns, j_column, word, 4)
        word += 4
    if n_words - word >= 2:
        add_distances(out, rows, i_row, columns, j_column, word, 2)
        word += 2
    if n_words - word == 1:
        add_distances(out, rows, i_row, columns, j_column, word, 1)


@inlined
def smallest(columns: Words, i: int, j: int, n_words: int) -> np.uint64:
    """Smallest distance, in the first `n_words` words, of ROWS rows from i on to BLOCK columns from j on."""
    i_row, j_column = np.uint64(i), np.uint64(j)
    result = np.uint64(2**16)
    for column in range(j_column, j_column + np.uint64(BLOCK)):
        for k in range(ROWS):
            result = min(result, word_distance(columns, i_row + np.uint64(k), columns, column, 0, n_words))
    return result


@inlined
def block_may_hit(columns: Words, i: int, j: int, prefix: int, radius: np.uint64) -> Any:
    """Whether any of ROWS x BLOCK pairs can be within the radius, judged by the first `prefix` words; 0: not judged."""
    if prefix == 1:
        return smallest(columns, i, j, 1) <= radius
    if prefix == 2:
        return smallest(columns, i, j, 2) <= radius
    if prefix == 4:
        return smallest(columns, i, j, 4) <= radius
    return True


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
        block_distances(distances, columns, row, columns, j)
        least = np.uint16(2**16 - 1)
        for distance in distances:
            least = min(least, distance)
        if least > radius:
            continue
        before = count
        key = (row - i_start) << 48
        for m in range(max(0, row + 1 - j), min(BLOCK, n - j)):
            found[count] = key | (j + m) << 16 | distances[m]  # overwritten by the next, unless counted: no branch
            count += distances[m] <= radius
        counts[row - i_start] += count - before
    return count


@helper
def doubled(found: Array, count: int) -> NDArray[np.int64]:
    """Return a copy of the first `count` with twice the room."""
    larger = np.empty(2 * found.size, np.int64)
    for k in range(count):
        larger[k] = found[k]
    return larger


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
def largest(columns: Words, n: int, i_start: int, i_stop: int) -> np.uint16:
    """Return the largest distance of the rows to the columns after them."""
    result = np.uint16(0)
    distances = np.empty((ROWS, columns.shape[1]), np.uint16)
    for group in range(i_start, i_stop, ROWS):
        group_stop = min(group + ROWS, i_stop)
        rows_distances(distances, columns, group, group_stop, columns, group // BLOCK * BLOCK)
        for i in range(group, group_stop):
            for distance in distances[i - group, i + 1 : n]:
                result = max(result, distance)
    return result


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
    found = np.empty(2 * ROWS * BLOCK, np.int64)
    distances = np.empty(BLOCK, np.uint16)
    count = 0
    for tile in range(i_start // BLOCK * BLOCK, n, TILE):
        for i in range(i_start, min(i_stop, tile + TILE), ROWS):
            for j in range(max(tile, i // BLOCK * BLOCK), min(tile + TILE, n), BLOCK):
                if block_may_hit(columns, i, j, prefix, np.uint64(radius)):
                    if found.size - count < ROWS * BLOCK:
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

"""Every jitted function, and the constants it uses.

Contents
    layout    transposed
    bits      popcount, splitmix64
    vectors   lane_by_lane, in_all_lanes, load, wide_vectors
    a block   word_distance, pair_distance, add_distances, block_distances, bits_apart, columns_within,
              close_mask, lowest_one, near_rows, rows_near_block, is_row_near, farthest, block_diameter
    rows      condensed_start, rows_distances, write_counts, stream_eight, write_heights
    pairs     emit_block, with_room
    buckets   substring_mask, substring_key, agrees, is_first_agreement, emit_close, emit_wide, flush
    entries   tie_breaks, condensed_counts, condensed_heights, rectangle, largest, diameters, insert_nearer,
              few_nearest, many_nearest, nearest, scan, place
    lists     append_ones, fill_lists, list_found; bucket_pairs, bucket_keys, bucket_order, bucket_columns, bucket_cuts,
              search_buckets; sort_lists, spread, first_not_below, mirror
    joining   root, unite
    views     whole_to_variants, view_distance, is_near_variant, is_first_hit, emit_hit, variants_mask
              view_heights, view_diameters, largest_over_views, scan_views, bucket_rectangles, search_view_buckets,
              doubled, count_found, join_found
    linking   pair_place, nearest_active, merge_distances, new_linking, begin_link, link, unit_distance,
              unit_distances, start_linking, link_rows, link_groups
    clusters  scratch_for, nodes_apart, prefetch, fetch_cluster, fetch_sums, dot, copy_members, add_members, fill_table,
              look_up, members_apart, mean_distance, largest_distance, distance_over_views, cluster_distance, prepare
              merge_sums, halve_shares, merge_weights, merge
              candidates_of, keep, forget_nearest, offer, look_near, remember_nearest, look_in_lists
              add_point_distances, distances_by_table, compare_with_loose, look_at_all
              find_nearest, merged_height, known_height, offer_merged, merge_near, survey, new_chain,
              follow
    single    join, roots, move_close, flood

Kernels check nothing: their wrappers, in the modules that import this one, do. They release the GIL, so
that threads.py can run those that take a range of rows side by side. All of them live here, because numba's cache on
disk does not notice a change in another file.

Fingerprints come transposed, as `columns` of shape (n_words, n_padded): BLOCK neighbouring columns are one inner loop
of known length, which LLVM turns into 512-bit VPOPCNTQ without a remainder loop, if it is told to (`wide_vectors`);
searches write out their vectors. Block positions are unsigned: with signed ones numba's support for negative indices
turned every load into a gather (5 times slower).
"""

import functools
from typing import Any, NamedTuple

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.core.cgutils import alloca_once_value, for_range
from numba.extending import intrinsic
from numpy.typing import NDArray

from imgcmp.fingerprints.packing import Words

ROWS = 4  # rows a pass over a block
BLOCK = 256  # columns a block of distances; 128 and 512 took the same time within 3 %
TILE = 2048  # columns a tile of `scan`; at 4 words 64 KB, which stays in L2
WIDTH = 64  # columns a block of a search: as many as a mask has bits, and a divisor of BLOCK
LANES = 8  # 64-bit words of the widest vectors: a divisor of WIDTH; a mask holds ROWS times as many bits
FEW = 64  # nearest columns up to which they are inserted one by one; beyond, counted and sorted
COMPLETE, AVERAGE, WEIGHTED = 0, 1, 2  # linkage methods
SMALL_BUCKET = 24  # fewer fingerprints than this are compared one by one
FOUND = 2**15  # pairs of a bucket kept before they are counted or moved: 256 KB
MAX_SCAN_ROWS = 2**15  # rows a call of `scan`: a found pair is packed as 15 bits of row, 32 of column, 16 of distance
SCAN_SHIFTS = 48, 16  # where row and column start in it

Array = NDArray[Any]


def jit(**options: Any) -> Any:
    """Compile with the options that all kernels share."""
    return njit(nogil=True, boundscheck=False, **options)


# Helpers do without numba's reference counts of arrays, which are atomic: a distance of two nodes took 317 ns with them
# and 1 ns without. What allocates an array needs them: numba refuses to compile it otherwise. (`_nrt` is an option of
# numba's own, and undocumented.)
inlined = jit(forceinline=True, _nrt=False)  # in LLVM: a constant argument then unrolls the callee's loops
helper = jit(_nrt=False)
allocating = jit()


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


# --- vectors, written out: what takes a builder runs while a kernel is compiled
#
# How wide they are LLVM decides by the processor's name, and on many that have VPOPCNTQ it takes 256 bits. With 512,
# asked for by these, a scan of 100,000 fingerprints of 64 bits took half as long (LLVM 22, Sapphire Rapids).


def lane_by_lane(builder: ir.IRBuilder, name: str, *vectors: Any) -> Any:
    """Call a function of LLVM's that works on each lane of vectors, all of one type."""
    kind = vectors[0].type
    full_name = f"llvm.{name}.v{kind.count}{kind.element}"
    function = builder.module.globals.get(full_name)
    if function is None:
        function = ir.Function(builder.module, ir.FunctionType(kind, [kind] * len(vectors)), full_name)
    return builder.call(function, vectors)


def in_all_lanes(builder: ir.IRBuilder, value: Any, count: int) -> Any:
    """Return a vector of `count` times a value."""
    kind, index = ir.VectorType(value.type, count), ir.IntType(32)
    undefined = ir.Constant(kind, ir.Undefined)
    first = builder.insert_element(undefined, value, index(0))
    return builder.shuffle_vector(first, undefined, ir.Constant(ir.VectorType(index, count), [0] * count))


def load(builder: ir.IRBuilder, kind: Any, address: Any, *offsets: Any) -> Any:
    """Read a value of some kind, at the address of a word."""
    for offset in offsets:
        address = builder.add(address, offset)
    return builder.load(builder.inttoptr(address, kind.as_pointer()), align=8)


@intrinsic
def _wide_vectors(_: Any) -> Any:
    """Let LLVM vectorise the loops of this function with 512 bits."""

    def codegen(context: Any, builder: ir.IRBuilder, _signature: Any, _args: Any) -> Any:
        attributes = builder.function.attributes
        if isinstance(attributes, set):  # past llvmlite's own `add`, which knows none that take a value
            set.add(attributes, '"prefer-vector-width"="512"')
        return context.get_dummy_value()

    return types.void(), codegen


wide_vectors: Any = _wide_vectors


# --- a block: some rows against BLOCK or WIDTH columns


@inlined
def word_distance(rows: Words, i: np.uint64, columns: Words, j: np.uint64, word: int, n_words: int) -> np.uint64:
    """Differing bits of a row and a column in `n_words` words from `word` on."""
    distance = np.uint64(0)
    for w in range(word, word + n_words):
        distance += popcount(rows[np.uint64(w), i] ^ columns[np.uint64(w), j])
    return distance


@inlined
def pair_distance(columns: Words, p: int, q: int) -> np.uint64:
    """Differing bits of two columns; the usual sizes by a constant, or LLVM vectorises a loop over one word."""
    p_column, q_column, n_words = np.uint64(p), np.uint64(q), columns.shape[0]
    if n_words == 1:
        return word_distance(columns, p_column, columns, q_column, 0, 1)
    if n_words == 4:
        return word_distance(columns, p_column, columns, q_column, 0, 4)
    return word_distance(columns, p_column, columns, q_column, 0, n_words)


@inlined
def add_distances(out: Array, rows: Words, i: np.uint64, columns: Words, j: np.uint64, word: int, n_words: int) -> None:
    """Add to `out` the distances in `n_words` words from `word` on; the first words overwrite."""
    wide_vectors()
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


def bits_apart(builder: ir.IRBuilder, words: list[Any], others: list[Any]) -> Any:
    """Return how many bits differ in each lane of some vectors, all words together."""
    counts = [lane_by_lane(builder, "ctpop", builder.xor(*both)) for both in zip(words, others, strict=True)]
    return functools.reduce(builder.add, counts)


@intrinsic
def _columns_within(_: Any, row: Any, row_step: Any, column: Any, column_step: Any, n_words: Any, radius: Any) -> Any:  # noqa: ARG001 - as above
    """Return which of WIDTH columns are within the radius of a row, as bits from the lowest on (of little endian).

    By the addresses of the row and the first column, and the steps to their next words.
    """

    def codegen(_context: Any, builder: ir.IRBuilder, _signature: Any, args: Any) -> Any:
        row, row_step, column, column_step, n_words, radius = args
        word, columns = ir.IntType(64), ir.VectorType(ir.IntType(64), WIDTH)
        distances = alloca_once_value(builder, ir.Constant(columns, [0] * WIDTH))  # type: ignore[no-untyped-call]
        with for_range(builder, n_words) as loop:
            row_word = load(builder, word, row, builder.mul(loop.index, row_step))
            column_words = load(builder, columns, column, builder.mul(loop.index, column_step))
            apart = bits_apart(builder, [in_all_lanes(builder, row_word, WIDTH)], [column_words])
            builder.store(builder.add(builder.load(distances), apart), distances)
        is_within = builder.icmp_unsigned("<=", builder.load(distances), in_all_lanes(builder, radius, WIDTH))
        return builder.bitcast(is_within, word)

    return types.uint64(*[types.uint64] * 6), codegen


columns_within: Any = _columns_within


@inlined
def close_mask(rows: Words, i: int, columns: Words, j: int, j_first: int, j_stop: int, radius: int) -> Any:
    """Return which of the columns j .. j + WIDTH - 1 are within the radius of row i, and in j_first .. j_stop - 1.

    Bit m stands for column j + m. Walking its ones costs the pairs found, not those looked at. All WIDTH columns are
    read, by their addresses: they are one after another.
    """
    if j_first >= j + WIDTH:
        return np.uint64(0)
    mask = columns_within(
        rows.ctypes.data + 8 * i,
        rows.strides[0],
        columns.ctypes.data + 8 * j,
        columns.strides[0],
        rows.shape[0],
        radius,
    )
    ones = np.uint64(2**64 - 1)
    return mask & (ones << np.uint64(max(j_first - j, 0))) & (ones >> np.uint64(max(j + WIDTH - j_stop, 0)))


@inlined
def lowest_one(mask: np.uint64) -> Any:
    """Return the position of the lowest one of a mask that has any."""
    return np.int64(popcount((mask & (~mask + np.uint64(1))) - np.uint64(1)))


@intrinsic(prefer_literal=True)
def _near_rows(_: Any, row: Any, row_step: Any, column: Any, column_step: Any, n_words: Any, radius: Any) -> Any:  # noqa: ARG001 - as above
    """Return for each of ROWS rows LANES bits, any of them 1 if it is within the radius of any of WIDTH columns.

    As `_columns_within`, but for the number of words, which is a constant.
    """

    def codegen(_context: Any, builder: ir.IRBuilder, _signature: Any, args: Any) -> Any:
        row, row_step, column, column_step, _, radius = args
        word, lanes = ir.IntType(64), ir.VectorType(ir.IntType(64), LANES)
        halves = ir.VectorType(ir.IntType(32), 2 * LANES)
        row_steps, column_steps = (
            [builder.mul(step, word(w)) for w in range(n_words.literal_value)] for step in (row_step, column_step)
        )
        row_words = [
            [in_all_lanes(builder, load(builder, word, row, word(8 * k), step), LANES) for step in row_steps]
            for k in range(ROWS)
        ]
        nearest: list[Any] = []
        for m in range(0, WIDTH, LANES):
            column_words = [load(builder, lanes, column, word(8 * m), step) for step in column_steps]
            # Distances fit in half a lane, and the other half is 0: the smaller of two takes one step of the processor
            # with 32 bits, and two with 64.
            apart = [builder.bitcast(bits_apart(builder, words, column_words), halves) for words in row_words]
            nearest = [lane_by_lane(builder, "umin", *both) for both in zip(nearest or apart, apart, strict=True)]
        result = word(0)
        for k in range(ROWS):
            distances = builder.bitcast(nearest[k], lanes)
            is_near = builder.icmp_unsigned("<=", distances, in_all_lanes(builder, radius, LANES))
            bits = builder.zext(builder.bitcast(is_near, ir.IntType(LANES)), word)
            result = builder.or_(result, builder.shl(bits, word(LANES * k)))
        return result

    return types.uint64(*[types.uint64] * 4, n_words, types.uint64), codegen


near_rows: Any = _near_rows


@inlined
def rows_near_block(rows: Words, i: int, columns: Words, j: int, prefix: int, radius: int) -> Any:
    """Return which of ROWS rows from i on can be within the radius of any of WIDTH columns from j on.

    Judged by the first `prefix` words; 0: not judged. `is_row_near` tells them apart. All of the block is read, as in
    `close_mask`.
    """
    row, row_step = rows.ctypes.data + 8 * i, rows.strides[0]
    column, column_step = columns.ctypes.data + 8 * j, columns.strides[0]
    if prefix == 1:
        return near_rows(row, row_step, column, column_step, 1, radius)
    if prefix == 2:
        return near_rows(row, row_step, column, column_step, 2, radius)
    if prefix == 4:
        return near_rows(row, row_step, column, column_step, 4, radius)
    return np.uint64(2**64 - 1)


@inlined
def is_row_near(near: np.uint64, k: int) -> Any:
    """Whether the row number k of those judged can be within the radius."""
    return (near >> np.uint64(LANES * k)) & np.uint64(2**LANES - 1) != 0


@inlined
def farthest(columns: Words, i: int, j: int, n_words: int) -> np.uint64:
    """Largest distance, in the first `n_words` words, of ROWS rows from i on to BLOCK columns from j on."""
    wide_vectors()
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
        sums = builder.fadd(in_all_lanes(builder, offset, 8), others)
        heights = builder.fadd(builder.uitofp(counts, doubles), sums)
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


@inlined
def emit_block(
    found: Array, count: int, counts: Array, columns: Words, n: int, i: int, j: int, near: np.uint64,
    i_start: int, i_stop: int, radius: int,
) -> int:  # fmt: skip
    """Count the pairs of a block, and append them to `found` while it has room for all; return how many it holds."""
    has_room = found.size - count >= ROWS * WIDTH
    for row in range(i, min(i + ROWS, i_stop)):
        if not is_row_near(near, row - i):
            continue
        mask = close_mask(columns, row, columns, j, row + 1, n, radius)
        counts[row - i_start] += np.int64(popcount(mask))
        key = (row - i_start) << SCAN_SHIFTS[0]
        while mask and has_room:
            m = lowest_one(mask)
            found[count] = key | (j + m) << SCAN_SHIFTS[1] | np.int64(pair_distance(columns, row, j + m))
            count += 1
            mask &= mask - np.uint64(1)
    return count


@allocating
def with_room(found: Array, count: int, more: int, room: Array) -> NDArray[np.int64]:
    """Return `found`, of which `count` are used, with room for `more`, unless all threads together have used up `room`.

    Threads count down room[0] without a lock: when it is lost now and then, a little more is kept.
    """
    if found.size - count >= more or room[0] < found.size:
        return found
    room[0] -= found.size
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
        if word_distance(columns, p_row, columns, np.uint64(q), 0, 1) <= limit:  # most differ in the first word already
            found[count] = p << 32 | q
            count += word_distance(columns, p_row, columns, np.uint64(q), 0, n_words) <= limit
    return count


@helper
def emit_wide(found: Array, count: int, columns: Words, p: int, q_start: int, q_stop: int, radius: int) -> int:
    """Do as `emit_close`, for q_stop - q_start <= WIDTH."""
    mask = close_mask(columns, p, columns, q_start, q_start, q_stop, radius)
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


# --- entries: those that take i_start and i_stop work on the rows i_start .. i_stop - 1


@entry
def tie_breaks(out: Array, words: Words, views: Words) -> None:
    """Fill in the k_i of the definition of clusters: a hash of the fingerprint and of its views, in [0, 1)."""
    for i in range(words.shape[0]):
        z = np.uint64(0)
        for w in range(words.shape[1]):
            z = splitmix64(z ^ words[i, w])
        for w in range(views.shape[1]):
            z = splitmix64(z ^ views[i, w])
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


@helper
def insert_nearer(
    indices: Array, nearest_distances: Array, n_found: int, distances: Array, j_start: int, j_stop: int
) -> int:
    """Insert what is nearer than the k-th, of the columns j_start .. j_stop - 1; return how many there are."""
    k = indices.size
    for j in range(j_start, j_stop):
        distance = distances[j]
        if n_found == k and distance >= nearest_distances[k - 1]:
            continue
        place = min(n_found, k - 1)
        while (
            place > 0 and nearest_distances[place - 1] > distance
        ):  # equal ones stay before it: they have lower indices
            nearest_distances[place], indices[place] = nearest_distances[place - 1], indices[place - 1]
            place -= 1
        nearest_distances[place], indices[place] = distance, j
        n_found = min(n_found + 1, k)
    return n_found


@helper
def few_nearest(indices: Array, nearest_distances: Array, distances: Array, n: int) -> None:
    """Fill in the nearest columns, by (distance, index), by insertion: nearly all blocks hold nothing nearer."""
    k, n_found = indices.size, 0
    for block in range(0, n, BLOCK):
        stop = min(block + BLOCK, n)
        part, least = distances[block:stop], np.uint16(2**16 - 1)
        for m in range(part.size):  # from 0, or the loop is not vectorised
            least = min(least, part[m])
        if n_found < k or least < nearest_distances[k - 1]:
            n_found = insert_nearer(indices, nearest_distances, n_found, distances, block, stop)


@helper
def many_nearest(indices: Array, nearest_distances: Array, distances: Array, n: int, places: Array) -> None:
    """Fill in the nearest columns, by (distance, index), by a counting sort that stops at the k-th."""
    k = indices.size
    places[:] = 0
    for distance in distances[:n]:
        places[distance + 1] += 1
    for distance in range(places.size - 1):
        places[distance + 1] += places[distance]
    for j in range(n):
        distance = distances[j]
        place = places[distance]
        if place < k:
            indices[place] = j
            nearest_distances[place] = distance
            places[distance] = place + 1


@entry
def nearest(
    indices: Array, nearest_distances: Array, rows: Words, columns: Words, n: int, i_start: int, i_stop: int
) -> None:
    """Fill in the k nearest columns of the rows, by (distance, index)."""
    distances = np.empty((ROWS, columns.shape[1]), np.uint16)
    places = np.empty(64 * columns.shape[0] + 2, np.int64)
    for group in range(i_start, i_stop, ROWS):
        group_stop = min(group + ROWS, i_stop)
        rows_distances(distances, rows, group, group_stop, columns, 0)
        for i in range(group, group_stop):
            if indices.shape[1] <= FEW:
                few_nearest(indices[i], nearest_distances[i], distances[i - group], n)
            else:
                many_nearest(indices[i], nearest_distances[i], distances[i - group], n, places)


@entry
def scan(
    columns: Words, n: int, prefix: int, radius: int, room: Array, i_start: int, i_stop: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Find the pairs of the rows and the columns after them with distance <= radius.

    i_start is a multiple of ROWS, and the rows are at most MAX_SCAN_ROWS. Returned are the packed pairs, for equal rows
    in order of the columns, and the number of pairs of each row. Without `room` they are only counted: see `with_room`.
    """
    counts = np.zeros(i_stop - i_start, np.int64)
    found = np.empty(2 * ROWS * WIDTH, np.int64)
    count = 0
    for tile in range(i_start // WIDTH * WIDTH, n, TILE):
        for i in range(i_start, min(i_stop, tile + TILE), ROWS):
            for j in range(max(tile, i // WIDTH * WIDTH), min(tile + TILE, n), WIDTH):
                near = rows_near_block(columns, i, columns, j, prefix, radius)
                if near:
                    found = with_room(found, count, ROWS * WIDTH, room)
                    count = emit_block(found, count, counts, columns, n, i, j, near, i_start, i_stop, radius)
    return found[:count].copy(), counts


@entry
def place(out_i: Array, out_j: Array, out_distance: Array, found: Array, places: Array, i_start: int) -> None:
    """Move packed pairs to where they belong; places[i - i_start] is where the next pair of row i goes."""
    for pair in found:
        row = pair >> SCAN_SHIFTS[0]
        target = places[row]
        out_i[target] = i_start + row
        out_j[target] = (pair >> SCAN_SHIFTS[1]) & 0xFFFFFFFF
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
def fill_lists(
    indices: Array, places: Array, columns: Words, n: int, prefix: int, radius: int, i_start: int, i_stop: int
) -> None:
    """Search as `scan`, and write the columns of each row to `indices`, from places[row] on."""
    for tile in range(i_start // WIDTH * WIDTH, n, TILE):
        for i in range(i_start, min(i_stop, tile + TILE), ROWS):
            for j in range(max(tile, i // WIDTH * WIDTH), min(tile + TILE, n), WIDTH):
                near = rows_near_block(columns, i, columns, j, prefix, radius)
                if near:
                    for row in range(i, min(i + ROWS, i_stop)):
                        if is_row_near(near, row - i):
                            mask = close_mask(columns, row, columns, j, row + 1, n, radius)
                            append_ones(indices, places, row, mask, j)


@entry
def list_found(indices: Array, places: Array, found: Array, i_start: int, shifts: tuple[int, int]) -> None:
    """Write the columns of packed pairs to `indices`, those of row i from places[i] on."""
    for pair in found:
        i = i_start + (pair >> shifts[0])
        indices[places[i]] = (pair >> shifts[1]) & ((1 << (shifts[0] - shifts[1])) - 1)
        places[i] += 1


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
            count = emit_close(found, count, columns, row, row + 1, j, radius)
        while True:
            if found.size - count < ROWS * WIDTH:  # room for the next block, or the next rows of a small bucket
                kept = with_room(kept, n_kept, count, room)
                n_kept = flush(kept, n_kept, found, count, columns, order, edges, substring, places, indices, shifts)
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
    n_kept = flush(kept, n_kept, found, count, columns, order, edges, substring, places, indices, shifts)
    return kept[:n_kept].copy()


@entry
def sort_lists(indices: Array, places: Array, counts: Array, i_start: int, i_stop: int) -> None:
    """Sort the lists of the rows i_start .. i_stop - 1, that of row i from places[i] on, by Shell's method."""
    for i in range(i_start, i_stop):
        first, n = places[i], counts[i]
        gap = n // 2
        while gap > 0:
            for k in range(first + gap, first + n):
                j, m = indices[k], k
                while m >= first + gap and indices[m - gap] > j:
                    indices[m] = indices[m - gap]
                    m -= gap
                indices[m] = j
            gap = 1 if gap == 2 else gap * 5 // 11


@entry
def spread(indices: Array, starts: Array, counts: Array) -> None:
    """Make room for the columns before each row in the lists of those after it; fill in where each list starts.

    Row i has counts[i] columns after it, in the second half of `indices`, row by row. They go to the end of its list.
    """
    n, half = counts.size, indices.size // 2
    starts[:] = 0
    for k in range(half, indices.size):
        starts[indices[k] + 1] += 1
    for i in range(n):
        starts[i + 1] += starts[i] + counts[i]
    source = half
    for i in range(n):  # never ahead of what is still to move: rows up to i end at most `half` later
        target = starts[i + 1] - counts[i]
        for k in range(counts[i]):
            indices[target + k] = indices[source + k]
        source += counts[i]


@helper
def first_not_below(indices: Array, start: int, stop: int, j: int) -> int:
    """Return where in the sorted indices[start:stop] the first is that is not below j."""
    while start < stop:
        middle = (start + stop) // 2
        if indices[middle] < j:
            start = middle + 1
        else:
            stop = middle
    return start


@entry
def mirror(indices: Array, starts: Array, counts: Array, j_start: int, j_stop: int) -> None:
    """Fill in the columns before each of the rows j_start .. j_stop - 1, from the sorted lists of those after others.

    A range of rows at a time, so that what is written to stays in the cache: 40,000,000 pairs of 100,000 rows took
    2.4 s in one go, and 0.3 s in ranges on two threads.
    """
    places = starts[j_start:j_stop].copy()
    for i in range(j_stop):
        stop = starts[i + 1]
        k = first_not_below(indices, stop - counts[i], stop, j_start)
        while k < stop and indices[k] < j_stop:
            place = indices[k] - j_start
            indices[places[place]] = i
            places[place] += 1
            k += 1


# --- what hangs together


@inlined
def root(parents: Array, i: int) -> int:
    """Return the cluster of a point; halve the way there for the next time."""
    while parents[i] != i:
        parents[i] = parents[parents[i]]
        i = parents[i]
    return i


@inlined
def unite(parents: Array, i: int, j: int) -> None:
    """Put two points, and all that are with them, into one cluster: the root of the higher number below the lower."""
    a, b = root(parents, i), root(parents, j)
    if a != b:
        parents[max(a, b)] = min(a, b)


# --- views: an image is the nearest of its variants, the whole and its views
#
# `variants` are columns: of image j those from j * n_variants on, the whole first. So a row of one word against all
# variants of an image is a loop over neighbouring numbers.


class Variants(NamedTuple):
    """Images with their views."""

    words: Words  # (n, n_words): the wholes
    columns: Words  # (n_words, n_padded): the variants of all
    n_variants: int


@inlined
def whole_to_variants(variants: Variants, i: int, j: int, first: int, n_words: int) -> Any:
    """Smallest distance of the whole of i to the variants of j from number `first` on, of `n_words` words."""
    columns, result = variants.columns, np.uint64(2**16)
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
    if n_words == 1:  # a constant lets LLVM unroll the loop over words, and vectorise that over variants
        return min(whole_to_variants(variants, i, j, 0, 1), whole_to_variants(variants, j, i, 1, 1))
    if n_words == 4:
        return min(whole_to_variants(variants, i, j, 0, 4), whole_to_variants(variants, j, i, 1, 4))
    return min(whole_to_variants(variants, i, j, 0, n_words), whole_to_variants(variants, j, i, 1, n_words))


@helper
def is_near_variant(variants: Variants, i: int, j: int, stop: int, radius: int) -> bool:
    """Whether the whole of i is within the radius of any of the first `stop` variants of j."""
    for column in range(j * variants.n_variants, j * variants.n_variants + stop):
        distance = np.uint64(0)
        for w in range(variants.words.shape[1]):
            distance += popcount(variants.words[i, w] ^ variants.columns[w, column])
        if distance <= np.uint64(radius):
            return True
    return False


@helper
def is_first_hit(variants: Variants, i: int, j: int, variant: int, radius: int) -> bool:
    """Whether a pair that is within the radius by the whole of i and a variant of j is not met before that.

    The order is that of the variants; first those of the later image.
    """
    if i > j and is_near_variant(variants, j, i, variants.n_variants, radius):
        return False
    return not is_near_variant(variants, i, j, variant, radius)


@inlined
def emit_hit(found: Array, count: int, variants: Variants, i: int, column: int, radius: int, parents: Array) -> int:
    """Append the pair of the whole of i and a variant to `found`, unless it is known; return how many that holds.

    A pair is packed as the lower number, and 32 bits of the higher. With `parents` only what joins two clusters is new:
    each thread has a copy. It may be taken while another one writes: every entry only ever moves to a lower one of the
    same cluster (see `unite`), so that old and new entries together are a forest of true connections.
    """
    j = column // variants.n_variants
    if i == j:
        return count
    if parents.size:
        if root(parents, i) == root(parents, j):
            return count
        unite(parents, i, j)
    elif not is_first_hit(variants, i, j, column - j * variants.n_variants, radius):
        return count
    found[count] = min(i, j) << 32 | max(i, j)
    return count + 1


@inlined
def variants_mask(variants: Variants, column: int, j: int) -> np.uint64:
    """Return which of WIDTH columns from j on are variants of the image of this column, or come before it."""
    stop = (column // variants.n_variants + 1) * variants.n_variants - j
    ones = np.uint64(2**64 - 1)
    return ones if stop >= WIDTH else ones >> np.uint64(WIDTH - stop)


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


@entry
def scan_views(
    variants: Variants, rows: Words, prefix: int, radius: int, room: Array, parents: Array, i_start: int, i_stop: int
) -> NDArray[np.int64]:
    """Find the pairs within the radius by comparing the wholes i_start .. i_stop - 1 with all variants.

    i_start is a multiple of ROWS; `rows` are the wholes, transposed. Returned are packed pairs, each once; with
    `parents` of clusters so far, no more of them than it takes to join what hangs together. `room` counts down the
    pairs of all threads; when it is used up, the rest is left.
    """
    n, columns = variants.words.shape[0], variants.columns
    parents = parents.copy()
    found = np.empty(FOUND, np.int64)
    count = 0
    images = max(1, TILE // variants.n_variants)  # a tile; the variants of an image are in one
    for first in range(0, n, images):
        tile, tile_stop = first * variants.n_variants, min(first + images, n) * variants.n_variants
        if room[0] < 0:
            break
        for i in range(i_start, i_stop, ROWS):
            for j in range(tile, tile_stop, WIDTH):
                near = rows_near_block(rows, i, columns, j, prefix, radius)
                if not near:
                    continue
                if found.size - count < ROWS * WIDTH:
                    found = doubled(found, count)
                for row in range(i, min(i + ROWS, i_stop)):
                    if not is_row_near(near, row - i):
                        continue
                    before = count
                    mask = close_mask(rows, row, columns, j, tile, tile_stop, radius)
                    while mask:
                        column = j + lowest_one(mask)
                        count = emit_hit(found, count, variants, row, column, radius, parents)
                        mask &= ~variants_mask(variants, column, j)  # of the same image: nothing new
                    room[0] -= count - before
    return found[:count].copy()


@entry
def bucket_rectangles(words: Words, others: Words, start: int, stop: int, key_bits: int) -> int:
    """Count the pairs of a row and another that share a bucket by their bits start .. stop - 1."""
    sizes = np.zeros(2**key_bits, np.int64)
    for i in range(others.shape[0]):
        sizes[substring_key(others, i, start, stop, key_bits)] += 1
    count = 0
    for i in range(words.shape[0]):
        count += sizes[substring_key(words, i, start, stop, key_bits)]
    return count


@entry
def search_view_buckets(
    variants: Variants, rows: Words, row_order: Array, row_starts: Array, columns: Words, order: Array, starts: Array,
    prefix: int, radius: int, edges: Array, substring: int, room: Array, parents: Array, i_start: int, i_stop: int,
) -> NDArray[np.int64]:  # fmt: skip
    """Find the pairs within the radius among the wholes and variants that agree in a substring.

    `rows` are the wholes, `columns` the variants, each in the order of their buckets; i_start .. i_stop - 1 are places
    in that of the wholes. The rest as in `scan_views`.
    """
    found = np.empty(FOUND, np.int64)
    parents = parents.copy()
    count, bucket, i = 0, 0, i_start
    while i < i_stop and room[0] >= 0:
        while row_starts[bucket + 1] <= i:
            bucket += 1
        group_stop = min(i + ROWS, row_starts[bucket + 1], i_stop)
        for j in range(starts[bucket], starts[bucket + 1], WIDTH):
            near = rows_near_block(rows, i, columns, j, prefix, radius)
            if not near:
                continue
            if found.size - count < ROWS * WIDTH:
                found = doubled(found, count)
            before = count
            for row in range(i, group_stop):
                if not is_row_near(near, row - i):
                    continue
                mask = close_mask(rows, row, columns, j, j, min(j + WIDTH, starts[bucket + 1]), radius)
                while mask:
                    column = j + lowest_one(mask)
                    mask &= mask - np.uint64(1)
                    if parents.size or is_first_agreement(rows, row, columns, column, edges, substring):
                        i_image = np.int64(row_order[row])
                        count = emit_hit(found, count, variants, i_image, np.int64(order[column]), radius, parents)
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


@entry
def join_found(parents: Array, found: Array) -> None:
    """Put both images of each pair into one cluster."""
    for pair in found:
        unite(parents, pair >> 32, pair & 0xFFFFFFFF)


@inlined
def pair_place(n: int, i: int, j: int) -> int:
    """Where the distance of two different rows is in condensed form."""
    return condensed_start(n, min(i, j)) + max(i, j) - min(i, j) - 1


@helper
def nearest_active(distances: Array, active: Array, n: int, a: int, least: float, b: int) -> tuple[int, float]:
    """Return which active row is nearest to a, if nearer than b, which is `least` away, and how near; or these two."""
    place = a - 1
    for j in range(a):
        if active[j] and distances[place] < least:
            b, least = j, distances[place]
        place += n - 2 - j
    start = condensed_start(n, a) - a - 1
    for j in range(a + 1, n):
        if active[j] and distances[start + j] < least:
            b, least = j, distances[start + j]
    return b, least


@helper
def merge_distances(distances: Array, weights: Array, active: Array, n: int, a: int, b: int, method: int) -> None:
    """Make the distances of b those of a and b together, by the formula of Lance and Williams; a is no more."""
    weight_a, weight_b = (0.5, 0.5) if method == WEIGHTED else (weights[a], weights[b])
    active[a] = False
    for j in range(n):
        if active[j] and j != b:
            place = pair_place(n, j, b)
            apart_a, apart_b = distances[pair_place(n, j, a)], distances[place]
            if method == COMPLETE:
                distances[place] = max(apart_a, apart_b)
            else:
                distances[place] = (apart_a * weight_a + apart_b * weight_b) / (weight_a + weight_b)
    weights[b] += weights[a]


class Linking(NamedTuple):
    """Where `link` has got to, and its result: of each row a row of its cluster, and how many mergers that took."""

    owners: NDArray[np.int32]
    mergers: NDArray[np.int32]
    chain: NDArray[np.int32]
    merged: NDArray[np.int32]  # the rows whose clusters were given to others, in that order
    active: NDArray[np.bool_]
    state: NDArray[np.int64]  # (3,): the row where the chain started, n when all is done; its length; rows merged


@allocating
def new_linking(n: int) -> Linking:
    """Return memory for n rows."""
    owners, mergers = np.empty(n, np.int32), np.empty(n, np.int32)
    chain, merged = np.empty(n, np.int32), np.empty(n, np.int32)
    return Linking(owners, mergers, chain, merged, np.empty(n, np.bool_), np.zeros(3, np.int64))


@helper
def begin_link(linking: Linking, n: int) -> None:
    """Make each of n rows a cluster."""
    for i in range(n):
        linking.owners[i], linking.mergers[i], linking.active[i] = i, 0, True
    linking.state[:] = 0


@helper
def link(linking: Linking, n: int, distances: Array, weights: Array, method: int, cut: float, max_steps: int) -> None:
    """Cluster n rows by a nearest-neighbour chain over their condensed distances; stop after a while.

    The distances are overwritten; `weights`, the images of each row, become those of its cluster.
    """
    owners, mergers, chain, active = linking.owners, linking.mergers, linking.chain, linking.active
    first, size, n_merged = linking.state[0], linking.state[1], linking.state[2]
    steps = 0
    while steps < max_steps:
        steps += n
        if size == 0:
            while first < n and not active[first]:
                first += 1
            if first == n:
                break
            chain[0], size = first, 1
        a, previous, least = chain[size - 1], -1, np.inf
        if size > 1:  # first, so that of equal ones it is taken: the chain must not go round in circles
            previous = chain[size - 2]
            least = distances[pair_place(n, a, previous)]
        b, least = nearest_active(distances, active, n, a, least, previous)
        if b < 0 or least > cut:
            active[a] = False
            size -= 1
        elif b == previous:
            merge_distances(distances, weights, active, n, a, b, method)
            owners[a] = b
            linking.merged[n_merged] = a
            n_merged += 1
            size -= 2
        else:
            chain[size] = b
            size += 1
    linking.state[0], linking.state[1], linking.state[2] = first, size, n_merged
    if first < n:
        return
    for k in range(n_merged - 1, -1, -1):
        a = linking.merged[k]
        b = owners[a]
        mergers[b] += 1
        mergers[a] = mergers[b]
    for i in range(n):
        owners[i] = root(owners, i)


class Units(NamedTuple):
    """Clusters so far: unit u is the points members[starts[u] : starts[u + 1]]."""

    members: NDArray[np.int64]  # (n_points,)
    starts: NDArray[np.int64]  # (n_units + 1,)
    shares: NDArray[np.float64]  # (n_points,): of each member in its unit
    offsets: NDArray[np.float64]  # (n_units,): the mean of EPS * k, in these shares
    weights: NDArray[np.float64]  # (n_units,): images; weighted: 1


@helper
def unit_distance(variants: Variants, offsets: Array, units: Units, a: int, b: int, method: int, cut: float) -> float:
    """Distance of two units, in D': the mean of that of their members, or the largest, or any beyond the cut."""
    total, most = 0.0, 0.0
    for p in range(units.starts[a], units.starts[a + 1]):
        i = units.members[p]
        for q in range(units.starts[b], units.starts[b + 1]):
            j = units.members[q]
            distance = np.float64(view_distance(variants, i, j))
            total += units.shares[p] * units.shares[q] * distance
            most = max(most, distance + (offsets[i] + offsets[j]))
            if method == COMPLETE and most > cut:
                return most
    return most if method == COMPLETE else total + (units.offsets[a] + units.offsets[b])


@entry
def unit_distances(
    out: Array, variants: Variants, offsets: Array, units: Units, rows: Array, method: int, cut: float,
    i_start: int, i_stop: int,
) -> None:  # fmt: skip
    """Fill in the condensed distances of units: of rows[i_start:i_stop] and those after them."""
    n = rows.size
    for i in range(i_start, i_stop):
        start = condensed_start(n, i) - i - 1
        for j in range(i + 1, n):
            out[start + j] = unit_distance(variants, offsets, units, rows[i], rows[j], method, cut)


@entry
def start_linking(n: int) -> Linking:
    """Return n rows to link, each a cluster."""
    linking = new_linking(n)
    begin_link(linking, n)
    return linking


@entry
def link_rows(linking: Linking, distances: Array, weights: Array, method: int, cut: float, max_steps: int) -> None:
    """Cluster rows over their condensed distances: see `link`."""
    link(linking, weights.size, distances, weights, method, cut, max_steps)


@entry
def link_groups(
    owners: Array, mergers: Array, variants: Variants, offsets: Array, units: Units, rows: Array, starts: Array,
    method: int, cut: float, k_start: int, k_stop: int,
) -> None:  # fmt: skip
    """Cluster the units of each of the groups k_start .. k_stop - 1; group k is rows[starts[k] : starts[k + 1]].

    Fills in, at the units' numbers, the number of a unit of their cluster, and how many mergers they took part in.
    """
    most = 0
    for k in range(k_start, k_stop):
        most = max(most, starts[k + 1] - starts[k])
    linking, weights, distances = new_linking(most), np.empty(most), np.empty(most * (most - 1) // 2)
    for k in range(k_start, k_stop):
        start, n = starts[k], starts[k + 1] - starts[k]
        place = 0
        for i in range(start, start + n):
            weights[i - start] = units.weights[rows[i]]
            for j in range(i + 1, start + n):
                distances[place] = unit_distance(variants, offsets, units, rows[i], rows[j], method, cut)
                place += 1
        begin_link(linking, n)
        link(linking, n, distances, weights, method, cut, 2**62)
        for i in range(n):
            owners[rows[start + i]] = rows[start + linking.owners[i]]
            mergers[rows[start + i]] = linking.mergers[i]


# --- clusters: a nearest-neighbour chain
#
# A cluster goes by the number of one of its points. What is read of a cluster when it is compared lies side by side,
# because clusters are met at random: one cache line, and, at 64 bits, one more for the members of a small one. What is
# read of every entry of a list is an array by itself, small enough for L2.

AHEAD = 8  # candidates that are fetched before they are compared; their sums, whose place is in the node, half as many
SMALL = 4  # points of a cluster up to which its bits aren't summed up: its members are compared one by one
NEAR = 6  # clusters remembered as near another: 4 and 8 took 3 % longer, 16 half as long again

NODE = np.dtype(
    [
        ("next_member", np.int32),  # of a point: the next of its cluster; -1: the last
        ("last_member", np.int32),
        ("size", np.int32),  # points
        ("slot", np.int32),  # row of `sums`, of more than SMALL points; else -1
        ("weight", np.float64),  # average: images of the cluster; weighted: 1
        ("ones", np.float64),  # sum of `sums`
        ("mean_offset", np.float64),
        ("offset", np.float64),  # of a point: EPS * k
        ("share", np.float64),  # of a point in the weight of its cluster, as long as that has no slot
        ("word", np.uint64),  # of a point: the first
    ]
)


class Forest(NamedTuple):
    """The clusters so far.

    `sums` holds the weighted sum of each bit over the members of a cluster, and `n_slots[0]` tells how many of its rows
    are taken: a cluster takes one when it outgrows SMALL, so that a fifth of the points is enough.
    """

    nodes: Array  # of NODE, (n,)
    members: Words  # (n, SMALL * (n_words + 1)): of a cluster without a slot the words of its points, side by side
    shares: NDArray[np.float64]  # the same memory, after all SMALL words: the weights of these points, then zeros
    owners: NDArray[np.int32]  # (n,): the cluster of each point
    near: NDArray[np.int32]  # (n, NEAR): clusters near a cluster, by the number of any of their points; -1: no more
    near_heights: NDArray[np.float64]  # (n, NEAR): how far they were when it looked around
    bounds: NDArray[np.float64]  # (n,): all others are at least so far from it
    looked: NDArray[np.int32]  # (n,): how many mergers there had been when it looked around
    changed: NDArray[np.int32]  # (n,): how many there had been when it merged itself
    n_mergers: NDArray[np.int32]  # (1,)
    variants: Variants  # of one variant if there are no views
    sums: NDArray[np.float64]  # (n_slots, 64 * n_words)
    n_slots: NDArray[np.int64]  # (1,)


class Lists(NamedTuple):
    """Neighbour lists: of each point those within the cut, of a cluster the lists of its members one after another."""

    starts: NDArray[np.int64]  # (n + 1,)
    indices: NDArray[np.int32]
    lengths: NDArray[np.int64]  # (n,)
    next_list: NDArray[np.int32]  # (n,); -1: the last
    last_list: NDArray[np.int32]  # (n,)


class Loose(NamedTuple):
    """What a cluster is compared with if there are no lists: the points without a slot as columns, and all clusters."""

    columns: Words  # (n_words, n_padded)
    points: NDArray[np.int32]  # (n_loose,): the point of each column
    active: NDArray[np.int32]  # (n_active,): clusters to compare with; none: by lists


class Scratch(NamedTuple):
    """Memory to work in, for one thread."""

    candidates: NDArray[np.int32]  # (n + 1,)
    seen: NDArray[np.int32]  # (n,): the last search that met each cluster
    prepared: NDArray[np.int64]  # (1,): the cluster that row and table are of; -1: none
    nearest: NDArray[np.int32]  # (NEAR + 1,): the nearest so far
    heights: NDArray[np.float64]  # (NEAR + 1,): their distances, ascending
    row: NDArray[np.float64]  # (64 * n_words,): the sums of the cluster that is compared
    table: NDArray[np.float64]  # (4 * 64 * n_words,)
    distances: NDArray[np.float64]  # (n_padded,): to each loose point
    totals: NDArray[np.float64]  # (n,): to each cluster
    point: Words  # (n_words, 1): a point as a column
    block: NDArray[np.uint16]  # (BLOCK,)
    work: NDArray[np.int64]  # (1,): what has been done, in about nanoseconds


@allocating
def scratch_for(forest: Forest, loose: Loose) -> Scratch:
    """Return memory to work in."""
    n, n_bits = forest.owners.size, 64 * forest.variants.words.shape[1]
    n_compared = n if loose.active.size else 0
    return Scratch(
        np.empty(n + 1, np.int32), np.zeros(n, np.int32), np.full(1, -1),
        np.empty(NEAR + 1, np.int32), np.empty(NEAR + 1), np.zeros(n_bits), np.zeros(4 * n_bits),
        np.empty(loose.columns.shape[1]), np.empty(n_compared),
        np.empty((forest.variants.words.shape[1], 1), np.uint64), np.empty(BLOCK, np.uint16), np.zeros(1, np.int64),
    )  # fmt: skip


@inlined
def nodes_apart(forest: Forest, i: int, j: int) -> np.int64:
    """Differing bits of two points, the first words of which are in their nodes."""
    distance = popcount(forest.nodes[i].word ^ forest.nodes[j].word)
    for w in range(1, forest.variants.words.shape[1]):
        distance += popcount(forest.variants.words[i, w] ^ forest.variants.words[j, w])
    return np.int64(distance)


@intrinsic
def _prefetch(_: Any, address: Any) -> Any:  # noqa: ARG001 - as above
    """Ask for a cache line that will be read soon."""

    def codegen(context: Any, builder: ir.IRBuilder, _signature: Any, args: Any) -> Any:
        pointer, flag = ir.IntType(8).as_pointer(), ir.IntType(32)
        function = builder.module.declare_intrinsic(
            "llvm.prefetch", [pointer], ir.FunctionType(ir.VoidType(), [pointer, flag, flag, flag])
        )
        builder.call(function, [builder.inttoptr(args[0], pointer), flag(0), flag(3), flag(1)])
        return context.get_dummy_value()

    return types.void(types.uint64), codegen


prefetch: Any = _prefetch


@inlined
def fetch_cluster(forest: Forest, c: int) -> None:
    """Ask for what is read of a cluster when it is compared, but for its sums."""
    prefetch(np.uint64(forest.nodes.ctypes.data + forest.nodes.strides[0] * c))
    prefetch(np.uint64(forest.members.ctypes.data + forest.members.strides[0] * c))


@inlined
def fetch_sums(forest: Forest, c: int) -> None:
    """Ask for the sums of a cluster that has a slot."""
    slot = forest.nodes[c].slot
    if slot >= 0:
        for m in range(0, forest.sums.strides[0], 64):
            prefetch(np.uint64(forest.sums.ctypes.data + forest.sums.strides[0] * slot + m))


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
def copy_members(forest: Forest, a: int) -> None:
    """Put the points of a cluster without a slot side by side: from all over memory comparing them took longer."""
    words, n_words = forest.variants.words, forest.variants.words.shape[1]
    i, k = a, 0
    while i >= 0:
        for w in range(n_words):
            forest.members[a, k * n_words + w] = words[i, w]
        forest.shares[a, SMALL * n_words + k] = forest.nodes[i].share
        i, k = forest.nodes[i].next_member, k + 1


@helper
def add_members(sums: Array, forest: Forest, a: int) -> None:
    """Add the bits of a cluster without a slot to `sums`, weighted."""
    n_words = forest.variants.words.shape[1]
    for i in range(forest.nodes[a].size):
        share = forest.shares[a, SMALL * n_words + i]
        for w in range(n_words):
            word = forest.members[a, i * n_words + w]
            for k in range(64):
                sums[64 * w + k] += share * ((word >> np.uint64(63 - k)) & np.uint64(1))


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
def look_up(table: Array, word: np.uint64, w: int) -> float:
    """Sum, at the ones of word w of a point, of the row that the table was made of."""
    total = 0.0
    for k in range(16):
        four_bits = (word >> np.uint64(60 - 4 * k)) & np.uint64(15)
        total += table[np.uint64(256 * w + 16 * k) + four_bits]
    return total


# Distances of two clusters, in D'. They are the same in both directions, to the last bit where it matters: sums are of
# integers, or of few powers of two.


@inlined
def members_apart(forest: Forest, a: int, b: int, n_words: int) -> float:
    """Sum of the weighted distances of the members of two clusters without slots."""
    members, shares = forest.members, forest.shares
    p, q, first = np.uint64(a), np.uint64(b), np.uint64(SMALL * n_words)
    total = 0.0
    for i in range(np.uint64(forest.nodes[a].size)):
        for j in range(np.uint64(SMALL)):
            apart = np.uint64(0)
            for w in range(np.uint64(n_words)):
                apart += popcount(members[p, np.uint64(i * n_words + w)] ^ members[q, np.uint64(j * n_words + w)])
            total += shares[p, first + np.uint64(i)] * shares[q, first + np.uint64(j)] * np.int64(apart)
    return total


@inlined
def mean_distance(forest: Forest, a: int, b: int, scratch: Scratch) -> float:
    """Mean distance of two clusters, in which their members have their weights; a is prepared for."""
    nodes, n_words = forest.nodes, forest.variants.words.shape[1]
    weight_a, weight_b = nodes[a].weight, nodes[b].weight
    offset = nodes[a].mean_offset + nodes[b].mean_offset
    if nodes[a].size == 1 and nodes[b].size == 1:
        return nodes_apart(forest, a, b) + offset
    total = 0.0
    if nodes[a].slot < 0 and nodes[b].slot < 0:
        if n_words == 1:  # a constant lets LLVM unroll the loops
            return members_apart(forest, a, b, 1) / (weight_a * weight_b) + offset
        return members_apart(forest, a, b, n_words) / (weight_a * weight_b) + offset
    if nodes[b].slot < 0:
        for j in range(nodes[b].size):
            for w in range(n_words):
                share, word = forest.shares[b, SMALL * n_words + j], forest.members[b, j * n_words + w]
                total += share * look_up(scratch.table, word, w)
    else:
        total = dot(scratch.row, forest.sums, nodes[b].slot)
    # bits apart: those one in a and not in b, and the reverse
    return (nodes[a].ones * weight_b + nodes[b].ones * weight_a - 2.0 * total) / (weight_a * weight_b) + offset


@inlined
def largest_distance(forest: Forest, a: int, b: int, limit: float, work: Array) -> float:
    """Largest distance of the members of two clusters; or any beyond the limit."""
    nodes, n_words = forest.nodes, forest.variants.words.shape[1]
    result = 0.0
    i = a
    while i >= 0:
        j = b
        while j >= 0:
            work[0] += n_words
            result = max(result, nodes_apart(forest, i, j) + (nodes[i].offset + nodes[j].offset))
            if result > limit:
                return result
            j = nodes[j].next_member
        i = nodes[i].next_member
    return result


@helper
def distance_over_views(forest: Forest, a: int, b: int, method: int, limit: float, work: Array) -> float:
    """Distance of two clusters over views: a mean or maximum over all pairs, since sums of bits don't carry over.

    Complete linkage: any beyond the limit may stand for another.
    """
    nodes, variants = forest.nodes, forest.variants
    total, largest_so_far = 0.0, 0.0
    i = a
    while i >= 0:
        j = b
        while j >= 0:
            distance = np.float64(view_distance(variants, i, j))
            total += nodes[i].share * nodes[j].share * distance
            largest_so_far = max(largest_so_far, distance + (nodes[i].offset + nodes[j].offset))
            if method == COMPLETE and largest_so_far > limit:
                return largest_so_far
            j = nodes[j].next_member
        work[0] += nodes[b].size * variants.n_variants * forest.variants.words.shape[1]
        i = nodes[i].next_member
    if method == COMPLETE:
        return largest_so_far
    return total / (nodes[a].weight * nodes[b].weight) + (nodes[a].mean_offset + nodes[b].mean_offset)


@inlined
def cluster_distance(forest: Forest, a: int, b: int, method: int, cut: float, scratch: Scratch) -> float:
    """Distance of two clusters; for complete linkage any beyond the cut may stand for another."""
    scratch.work[0] += 16 * forest.variants.words.shape[1]
    if forest.variants.n_variants > 1:
        return distance_over_views(forest, a, b, method, cut, scratch.work)
    if method == COMPLETE:
        return largest_distance(forest, a, b, cut, scratch.work)
    return mean_distance(forest, a, b, scratch)


@helper
def prepare(scratch: Scratch, forest: Forest, a: int, method: int) -> None:
    """Fill in what `mean_distance` needs of a, unless that is there already; a merger makes it void."""
    if method == COMPLETE or scratch.prepared[0] == a or forest.variants.n_variants > 1:
        return
    scratch.prepared[0] = a
    scratch.work[0] += 64 * forest.variants.words.shape[1]
    if forest.nodes[a].slot < 0:
        scratch.row[:] = 0.0
        add_members(scratch.row, forest, a)
    else:
        slot = forest.nodes[a].slot
        for k in range(scratch.row.size):
            scratch.row[k] = forest.sums[slot, k]
        fill_table(scratch.table, scratch.row)


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
        slot_a, slot_b = nodes[a].slot, nodes[b].slot
        for k in range(sums.shape[1]):
            sums[slot_a, k] += sums[slot_b, k]


@helper
def halve_shares(forest: Forest, a: int) -> None:
    """Halve the weights of the members of a."""
    i = a
    while i >= 0:
        forest.nodes[i].share *= 0.5
        i = forest.nodes[i].next_member


@helper
def merge_weights(forest: Forest, a: int, b: int, method: int) -> None:
    """Make a's weight, offset and sums those of both."""
    nodes = forest.nodes
    is_large = nodes[a].size + nodes[b].size > SMALL and forest.variants.n_variants == 1
    weight_a, weight_b = nodes[a].weight, nodes[b].weight
    nodes[a].mean_offset = (nodes[a].mean_offset * weight_a + nodes[b].mean_offset * weight_b) / (weight_a + weight_b)
    nodes[a].ones += nodes[b].ones
    nodes[a].weight = weight_a + weight_b
    if is_large:
        merge_sums(forest, a, b)
    if method == WEIGHTED:
        nodes[a].ones *= 0.5
        nodes[a].weight = 1.0
        if is_large:
            slot = nodes[a].slot
            for k in range(forest.sums.shape[1]):
                forest.sums[slot, k] *= 0.5
        else:
            halve_shares(forest, a)
            halve_shares(forest, b)


@helper
def merge(forest: Forest, lists: Lists, a: int, b: int, method: int) -> int:
    """Put two clusters into one; return its number, which is that of the larger."""
    nodes = forest.nodes
    if nodes[a].size < nodes[b].size:
        a, b = b, a
    if method != COMPLETE:
        merge_weights(forest, a, b, method)
    i = b
    while i >= 0:  # of the smaller: a point changes its owner at most log2(n) times
        forest.owners[i] = a
        i = nodes[i].next_member
    nodes[a].size += nodes[b].size
    nodes[nodes[a].last_member].next_member = b
    nodes[a].last_member = nodes[b].last_member
    if method != COMPLETE and nodes[a].slot < 0 and forest.variants.n_variants == 1:
        copy_members(forest, a)
    if lists.last_list.size:
        lists.next_list[lists.last_list[a]] = b
        lists.last_list[a] = lists.last_list[b]
    return a


# The nearest cluster: among those in the lists, or among all.


@helper
def candidates_of(scratch: Scratch, forest: Forest, lists: Lists, a: int, search: int) -> int:
    """Collect the clusters of the neighbours of a, each once; return how many there are."""
    out, seen, owners = scratch.candidates, scratch.seen, forest.owners
    seen[a] = search
    count = 0
    source = a
    while source >= 0:
        for e in range(lists.starts[source], lists.starts[source] + lists.lengths[source]):
            c = owners[lists.indices[e]]
            out[count] = c  # overwritten by the next, unless counted: no branch
            count += seen[c] != search
            seen[c] = search
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


@inlined
def forget_nearest(scratch: Scratch) -> None:
    """Start with no nearest clusters."""
    scratch.nearest[:] = -1
    scratch.heights[:] = np.inf


@inlined
def offer(scratch: Scratch, c: int, distance: float) -> None:
    """Insert a cluster into the nearest so far."""
    k = NEAR
    while k >= 0 and scratch.heights[k] > distance:
        if k < NEAR:
            scratch.heights[k + 1], scratch.nearest[k + 1] = scratch.heights[k], scratch.nearest[k]
        k -= 1
    if k < NEAR:
        scratch.heights[k + 1], scratch.nearest[k + 1] = distance, c


@helper
def look_near(forest: Forest, a: int, method: int, cut: float, scratch: Scratch, search: int) -> None:
    """Offer the clusters that were near a to those nearest to it, and remember how far they are now.

    What has not merged since a looked around is as far as it was. In complete linkage, where a distance takes longest,
    what is beyond the bound is dropped as soon as that is known.
    """
    limit = min(cut, forest.bounds[a])
    scratch.seen[a] = search
    for k in range(NEAR):
        c = forest.near[a, k]
        if c < 0:
            break
        c = forest.owners[c]
        if scratch.seen[c] == search:
            continue
        scratch.seen[c] = search
        distance = forest.near_heights[a, k]
        if forest.changed[c] > forest.looked[a]:
            prepare(scratch, forest, a, method)
            distance = cluster_distance(forest, a, c, method, limit, scratch)
        if method != COMPLETE or distance <= limit:
            offer(scratch, c, distance)
    remember_nearest(forest, a, limit if method == COMPLETE else forest.bounds[a], scratch)


@helper
def remember_nearest(forest: Forest, a: int, bound: float, scratch: Scratch) -> None:
    """Keep the nearest so far as those near a; all that were not offered are beyond the bound."""
    for k in range(NEAR):
        forest.near[a, k], forest.near_heights[a, k] = scratch.nearest[k], scratch.heights[k]
    forest.bounds[a] = min(bound, scratch.heights[NEAR])
    forest.looked[a] = forest.n_mergers[0]


@helper
def look_in_lists(forest: Forest, lists: Lists, a: int, method: int, cut: float, scratch: Scratch, search: int) -> None:
    """Offer the neighbours of a within the cut to those nearest to a.

    What is beyond the cut leaves the lists of a: reducibility keeps it there, unless it merges with a neighbour of a
    that is in them. First the candidates, then their distances: it fetches many clusters from memory at a time.
    """
    n_candidates = candidates_of(scratch, forest, lists, a, search)
    candidates = scratch.candidates
    prepare(scratch, forest, a, method)
    n_kept = 0
    for k in range(n_candidates):
        if k + AHEAD < n_candidates:
            fetch_cluster(forest, candidates[k + AHEAD])
        if k + AHEAD // 2 < n_candidates:
            fetch_sums(forest, candidates[k + AHEAD // 2])
        c = candidates[k]
        distance = cluster_distance(forest, a, c, method, cut, scratch)
        if distance <= cut:
            candidates[n_kept] = c
            n_kept += 1
            offer(scratch, c, distance)
    keep(lists, a, candidates[:n_kept])


@helper
def add_point_distances(scratch: Scratch, forest: Forest, loose: Loose, i: int, method: int) -> None:
    """Add the distances of a point to all loose points, weighted; complete: keep the larger ones, in D'."""
    out, block, point = scratch.distances, scratch.block, scratch.point
    share, offset = forest.nodes[i].share, forest.nodes[i].offset
    for w in range(point.size):
        point[w, 0] = forest.variants.words[i, w]
    for j in range(0, out.size, BLOCK):
        block_distances(block, point, 0, loose.columns, j)
        part = out[j : j + BLOCK]
        if method == COMPLETE:
            for m in range(BLOCK):
                part[m] = max(part[m], block[m] + offset)
        else:
            for m in range(BLOCK):
                part[m] += share * block[m]


@helper
def distances_by_table(out: Array, columns: Words, table: Array, ones: float, weight: float) -> None:
    """Fill in the sum of the distances of the members of a cluster to each column."""
    for j in range(np.uint64(0), np.uint64(columns.shape[1])):
        total = ones
        for w in range(columns.shape[0]):
            word = columns[np.uint64(w), j]
            total += weight * np.int64(popcount(word)) - 2.0 * look_up(table, word, w)
        out[j] = total


@helper
def compare_with_loose(forest: Forest, loose: Loose, a: int, method: int, scratch: Scratch) -> None:
    """Fill in the distances of a to the clusters of all loose points, summed over the pairs; complete: the largest."""
    distances, totals, points = scratch.distances, scratch.totals, loose.points
    node = forest.nodes[a]
    scratch.work[0] += 2 * points.size
    if method != COMPLETE and node.slot >= 0:
        distances_by_table(distances, loose.columns, scratch.table, node.ones, node.weight)
        scratch.work[0] += 4 * loose.columns.size
    else:
        distances[:] = 0.0
        i = a
        while i >= 0:
            add_point_distances(scratch, forest, loose, i, method)
            scratch.work[0] += loose.columns.size
            i = forest.nodes[i].next_member
    for c in loose.active:
        totals[c] = 0.0
    for j in range(points.size):
        i = points[j]
        c = forest.owners[i]
        if method == COMPLETE:
            totals[c] = max(totals[c], distances[j] + forest.nodes[i].offset)
        else:
            totals[c] += forest.nodes[i].share * distances[j]


@helper
def look_at_all(forest: Forest, loose: Loose, a: int, method: int, scratch: Scratch) -> None:
    """Offer all active clusters to those nearest to a."""
    nodes, owners = forest.nodes, forest.owners
    if forest.variants.n_variants > 1:
        for c in loose.active:
            if c != a and owners[c] == c:
                offer(scratch, c, cluster_distance(forest, a, c, method, scratch.heights[NEAR], scratch))
        return
    prepare(scratch, forest, a, method)
    scratch.work[0] += loose.active.size * (1 if method == COMPLETE else 16 * forest.variants.words.shape[1])
    compare_with_loose(forest, loose, a, method, scratch)
    weight, offset = nodes[a].weight, nodes[a].mean_offset
    for c in loose.active:
        if c == a or owners[c] != c:
            continue
        if method == COMPLETE:
            distance = scratch.totals[c]
        elif nodes[c].slot < 0:
            distance = scratch.totals[c] / (weight * nodes[c].weight) + (offset + nodes[c].mean_offset)
        else:
            distance = mean_distance(forest, a, c, scratch)
        offer(scratch, c, distance)


@helper
def find_nearest(
    forest: Forest, lists: Lists, loose: Loose, a: int, method: int, cut: float, scratch: Scratch, search: int
) -> None:
    """Fill in the nearest of a: in `scratch` its distance and number, if it is within the cut.

    Those that were near before will do, unless all of them are beyond the bound.
    """
    forget_nearest(scratch)
    look_near(forest, a, method, cut, scratch, search)
    scratch.work[0] += 16 * NEAR
    if scratch.heights[0] <= forest.bounds[a] or forest.bounds[a] >= cut:
        return
    forget_nearest(scratch)
    if loose.active.size:
        look_at_all(forest, loose, a, method, scratch)
        remember_nearest(forest, a, np.inf, scratch)
    else:
        look_in_lists(forest, lists, a, method, cut, scratch, search + 1)
        remember_nearest(forest, a, cut, scratch)


@inlined
def merged_height(forest: Forest, a: int, b: int, height_a: float, height_b: float, method: int) -> float:
    """Distance of two clusters from another when they have merged, or a bound of it if these are bounds."""
    if method == COMPLETE:
        return max(height_a, height_b)
    weight_a, weight_b = forest.nodes[a].weight, forest.nodes[b].weight
    return (height_a * weight_a + height_b * weight_b) / (weight_a + weight_b)


@inlined
def known_height(forest: Forest, a: int, c: int) -> float:
    """Distance of two clusters if a remembers it and neither has merged since; else -1."""
    for k in range(NEAR):
        if forest.near[a, k] >= 0 and forest.owners[forest.near[a, k]] == c and forest.changed[c] <= forest.looked[a]:
            return forest.near_heights[a, k]
    return -1.0


@helper
def offer_merged(forest: Forest, a: int, b: int, method: int, limit: float, scratch: Scratch, search: int) -> None:
    """Offer what is near a, as far as it will be from a and b together."""
    for k in range(NEAR):
        c = forest.near[a, k]
        if c < 0:
            break
        c = forest.owners[c]
        if scratch.seen[c] == search:
            continue
        scratch.seen[c] = search
        height_a, height_b = known_height(forest, a, c), known_height(forest, b, c)
        if height_a < 0.0:
            prepare(scratch, forest, a, method)
            height_a = cluster_distance(forest, a, c, method, limit, scratch)
        if height_b < 0.0:
            prepare(scratch, forest, b, method)
            height_b = cluster_distance(forest, b, c, method, limit, scratch)
        height = merged_height(forest, a, b, height_a, height_b, method)
        if method != COMPLETE or height <= limit:
            offer(scratch, c, height)


@helper
def merge_near(
    forest: Forest, lists: Lists, a: int, b: int, method: int, cut: float, scratch: Scratch, search: int
) -> int:
    """Merge two clusters, and what is known of those near them; return the number of the cluster."""
    bound = merged_height(forest, a, b, forest.bounds[a], forest.bounds[b], method)
    limit = min(cut, bound)
    forget_nearest(scratch)
    scratch.seen[a] = scratch.seen[b] = search
    offer_merged(forest, a, b, method, limit, scratch, search)
    offer_merged(forest, b, a, method, limit, scratch, search)
    merged = merge(forest, lists, a, b, method)
    scratch.prepared[0] = -1
    forest.n_mergers[0] += 1
    forest.changed[merged] = forest.n_mergers[0]
    remember_nearest(forest, merged, limit if method == COMPLETE else bound, scratch)
    return merged


@entry
def survey(
    forest: Forest, lists: Lists, loose: Loose, wanted: Array, method: int, cut: float, i_start: int, i_stop: int
) -> None:
    """Find what is near each of the clusters wanted[i_start:i_stop]."""
    scratch = scratch_for(forest, loose)
    for k in range(i_start, i_stop):
        find_nearest(forest, lists, loose, wanted[k], method, cut, scratch, 2 * (k - i_start) + 1)


class Chain(NamedTuple):
    """A chain of clusters, each the nearest of the one before."""

    state: NDArray[np.int64]  # (2,): the point where it started, n when all is done; and its length
    links: NDArray[np.int32]  # (n,)
    heights: NDArray[np.float64]  # (n,): how far each is from the one before


def new_chain(n: int) -> Chain:
    """Return a chain that hasn't started yet."""
    return Chain(np.zeros(2, np.int64), np.empty(n, np.int32), np.empty(n))


@entry
def follow(chain: Chain, forest: Forest, lists: Lists, loose: Loose, method: int, cut: float, max_work: int) -> None:
    """Merge clusters as long as two are within the cut, each with its nearest; stop after a while.

    The chain goes from a cluster to its nearest, until two are each other's nearest, and merges these. A cluster with
    nothing within the cut is final.
    """
    owners, links, heights = forest.owners, chain.links, chain.heights
    scratch = scratch_for(forest, loose)
    first, size = chain.state[0], chain.state[1]
    search = 0
    while scratch.work[0] < max_work:
        if size == 0:
            while first < owners.size and owners[first] != first:
                first += 1
            if first == owners.size:
                break
            links[0], size = first, 1
        a = links[size - 1]
        find_nearest(forest, lists, loose, a, method, cut, scratch, search + 1)
        search += 2
        b, distance = scratch.nearest[0], scratch.heights[0]
        previous = links[size - 2] if size > 1 else -1
        if previous >= 0 and heights[size - 1] <= distance:  # rounded otherwise: the chain must not go round in circles
            b, distance = previous, heights[size - 1]
        if distance > cut:
            size -= 1
            first += a == first
            continue
        if b != previous:
            links[size], heights[size], size = b, distance, size + 1
            continue
        search += 1
        merged = merge_near(forest, lists, a, b, method, cut, scratch, search)
        size -= 2
        if size == 0:
            links[0], size = merged, 1
    chain.state[0], chain.state[1] = first, size


# --- single linkage


@entry
def join(parents: Array, starts: Array, indices: Array) -> None:
    """Put each point and its neighbours into one cluster: single linkage."""
    for i in range(parents.size):
        for e in range(starts[i], starts[i + 1]):
            unite(parents, i, indices[e])


@entry
def roots(out: Array, parents: Array) -> None:
    """Fill in the cluster of each point, by the number of its root."""
    for i in range(parents.size):
        out[i] = root(parents, i)


@helper
def move_close(
    queue: Array, queued: int, columns: Words, points: Array, n_left: int, row: Words, radius: int
) -> tuple[int, int]:
    """Move the columns within the radius of a row to the queue; return how many it holds, and how many columns stay."""
    n_kept = 0
    for j in range(0, n_left, WIDTH):
        mask = close_mask(row, 0, columns, j, 0, n_left, radius)
        width = min(WIDTH, n_left - j)
        if n_kept == j and not mask:
            n_kept += width
            continue
        for m in range(j, j + width):
            if (mask >> np.uint64(m - j)) & np.uint64(1):
                queue[queued] = points[m]
                queued += 1
                continue
            points[n_kept] = points[m]
            for w in range(columns.shape[0]):
                columns[w, n_kept] = columns[w, m]
            n_kept += 1
    return queued, n_kept


@entry
def flood(
    labels: Array, queue: Array, words: Words, columns: Words, points: Array, state: Array, radius: int, max_work: int
) -> None:
    """Give the points that hang together within the radius one label; stop after a while.

    Whoever is in the queue takes all that are near out of `columns`, where fewer and fewer are left. state is (next in
    the queue, its end, columns left, label); done when none is left and the queue is at its end.
    """
    n_words = columns.shape[0]
    row = np.empty((n_words, 1), np.uint64)
    head, queued, n_left, label = state[0], state[1], state[2], state[3]
    work = 0
    while work < max_work and (head < queued or n_left > 0):
        if head == queued:  # nothing more hangs together with what is labelled: start anew
            label += 1
            n_left -= 1
            queue[queued] = points[n_left]
            queued += 1
        i = queue[head]
        labels[i] = label
        head += 1
        work += n_left * n_words + WIDTH
        for w in range(n_words):
            row[w, 0] = words[i, w]
        queued, n_left = move_close(queue, queued, columns, points, n_left, row, radius)
    state[0], state[1], state[2], state[3] = head, queued, n_left, label

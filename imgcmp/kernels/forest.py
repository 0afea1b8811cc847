"""Clusters that merge, and their distances, computed from the clusters themselves.

A cluster goes by the number of one of its points. What is read of a cluster when it is compared lies side by side,
because clusters are met at random: one cache line, and, at 64 bits, one more for the members of a small one. What is
read of every entry of a list is an array by itself, small enough for L2.

Distances of two clusters are in D'. They are the same in both directions, to the last bit where it matters: sums are of
integers, or of few powers of two.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from imgcmp.fingerprints.packing import Words
from imgcmp.kernels.columns import BLOCK, Columns
from imgcmp.kernels.intrinsics import popcount, prefetch
from imgcmp.kernels.jit import Array, helper, inlined
from imgcmp.kernels.linking import COMPLETE, WEIGHTED
from imgcmp.kernels.view_distances import Variants, view_distance

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
    mergers: Array  # of MERGER, (n,): those so far, each after those of the clusters it joins
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

    columns: Columns
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


def scratch_for(forest: Forest, loose: Loose) -> Scratch:
    """Return memory to work in."""
    n, n_bits = forest.owners.size, 64 * forest.variants.words.shape[1]
    n_compared = n if loose.active.size else 0
    return Scratch(
        np.empty(n + 1, np.int32), np.zeros(n, np.int32), np.full(1, -1, np.int64),
        np.empty(NEAR + 1, np.int32), np.empty(NEAR + 1), np.zeros(n_bits), np.zeros(4 * n_bits),
        np.empty(loose.columns.words.shape[1]), np.empty(n_compared),
        np.empty((forest.variants.words.shape[1], 1), np.uint64), np.empty(BLOCK, np.uint16), np.zeros(1, np.int64),
    )  # fmt: skip


@inlined
def nodes_apart(forest: Forest, i: int, j: int) -> np.int64:
    """Differing bits of two points, the first words of which are in their nodes."""
    distance = popcount(forest.nodes[i].word ^ forest.nodes[j].word)
    for w in range(1, forest.variants.words.shape[1]):
        distance += popcount(forest.variants.words[i, w] ^ forest.variants.words[j, w])
    return np.int64(distance)


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
def distance_over_views(forest: Forest, a: int, b: int, linkage: int, limit: float, work: Array) -> float:
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
            if linkage == COMPLETE and largest_so_far > limit:
                return largest_so_far
            j = nodes[j].next_member
        work[0] += nodes[b].size * variants.n_variants * forest.variants.words.shape[1]
        i = nodes[i].next_member
    if linkage == COMPLETE:
        return largest_so_far
    return total / (nodes[a].weight * nodes[b].weight) + (nodes[a].mean_offset + nodes[b].mean_offset)


@inlined
def cluster_distance(forest: Forest, a: int, b: int, linkage: int, cut: float, scratch: Scratch) -> float:
    """Distance of two clusters; for complete linkage any beyond the cut may stand for another."""
    scratch.work[0] += 16 * forest.variants.words.shape[1]
    if forest.variants.n_variants > 1:
        return distance_over_views(forest, a, b, linkage, cut, scratch.work)
    if linkage == COMPLETE:
        return largest_distance(forest, a, b, cut, scratch.work)
    return mean_distance(forest, a, b, scratch)


@helper
def prepare(scratch: Scratch, forest: Forest, a: int, linkage: int) -> None:
    """Fill in what `mean_distance` needs of a, unless that is there already; a merger makes it void."""
    if linkage == COMPLETE or scratch.prepared[0] == a or forest.variants.n_variants > 1:
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
def merge_weights(forest: Forest, a: int, b: int, linkage: int) -> None:
    """Make a's weight, offset and sums those of both."""
    nodes = forest.nodes
    is_large = nodes[a].size + nodes[b].size > SMALL and forest.variants.n_variants == 1
    weight_a, weight_b = nodes[a].weight, nodes[b].weight
    nodes[a].mean_offset = (nodes[a].mean_offset * weight_a + nodes[b].mean_offset * weight_b) / (weight_a + weight_b)
    nodes[a].ones += nodes[b].ones
    nodes[a].weight = weight_a + weight_b
    if is_large:
        merge_sums(forest, a, b)
    if linkage == WEIGHTED:
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
def merge(forest: Forest, lists: Lists, a: int, b: int, linkage: int) -> int:
    """Put two clusters into one; return its number, which is that of the larger."""
    nodes = forest.nodes
    if nodes[a].size < nodes[b].size:
        a, b = b, a
    if linkage != COMPLETE:
        merge_weights(forest, a, b, linkage)
    i = b
    while i >= 0:  # of the smaller: a point changes its owner at most log2(n) times
        forest.owners[i] = a
        i = nodes[i].next_member
    nodes[a].size += nodes[b].size
    nodes[nodes[a].last_member].next_member = b
    nodes[a].last_member = nodes[b].last_member
    if linkage != COMPLETE and nodes[a].slot < 0 and forest.variants.n_variants == 1:
        copy_members(forest, a)
    if lists.last_list.size:
        lists.next_list[lists.last_list[a]] = b
        lists.last_list[a] = lists.last_list[b]
    return a

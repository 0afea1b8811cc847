"""A nearest-neighbour chain over clusters: the nearest among those in the neighbour lists, or among all.

`look_around` is its one entry: it surveys what is near many clusters, or follows the chain.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from imgcmp.fingerprints.packing import Words
from imgcmp.kernels.blocks import block_distances
from imgcmp.kernels.columns import BLOCK
from imgcmp.kernels.forest import (
    NEAR,
    Forest,
    Lists,
    Loose,
    Scratch,
    cluster_distance,
    fetch_cluster,
    fetch_sums,
    look_up,
    mean_distance,
    merge,
    prepare,
)
from imgcmp.kernels.intrinsics import popcount
from imgcmp.kernels.jit import Array, entry, helper, inlined
from imgcmp.kernels.linking import COMPLETE

AHEAD = 8  # candidates that are fetched before they are compared; their sums, whose place is in the node, half as many


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
def look_near(forest: Forest, a: int, linkage: int, cut: float, scratch: Scratch, search: int) -> None:
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
            prepare(scratch, forest, a, linkage)
            distance = cluster_distance(forest, a, c, linkage, limit, scratch)
        if linkage != COMPLETE or distance <= limit:
            offer(scratch, c, distance)
    remember_nearest(forest, a, limit if linkage == COMPLETE else forest.bounds[a], scratch)


@helper
def remember_nearest(forest: Forest, a: int, bound: float, scratch: Scratch) -> None:
    """Keep the nearest so far as those near a; all that were not offered are beyond the bound."""
    for k in range(NEAR):
        forest.near[a, k], forest.near_heights[a, k] = scratch.nearest[k], scratch.heights[k]
    forest.bounds[a] = min(bound, scratch.heights[NEAR])
    forest.looked[a] = forest.n_mergers[0]


@helper
def look_in_lists(
    forest: Forest, lists: Lists, a: int, linkage: int, cut: float, scratch: Scratch, search: int
) -> None:
    """Offer the neighbours of a within the cut to those nearest to a.

    What is beyond the cut leaves the lists of a: reducibility keeps it there, unless it merges with a neighbour of a
    that is in them. First the candidates, then their distances: it fetches many clusters from memory at a time.
    """
    n_candidates = candidates_of(scratch, forest, lists, a, search)
    candidates = scratch.candidates
    prepare(scratch, forest, a, linkage)
    n_kept = 0
    for k in range(n_candidates):
        if k + AHEAD < n_candidates:
            fetch_cluster(forest, candidates[k + AHEAD])
        if k + AHEAD // 2 < n_candidates:
            fetch_sums(forest, candidates[k + AHEAD // 2])
        c = candidates[k]
        distance = cluster_distance(forest, a, c, linkage, cut, scratch)
        if distance <= cut:
            candidates[n_kept] = c
            n_kept += 1
            offer(scratch, c, distance)
    keep(lists, a, candidates[:n_kept])


@helper
def add_point_distances(scratch: Scratch, forest: Forest, loose: Loose, i: int, linkage: int) -> None:
    """Add the distances of a point to all loose points, weighted; complete: keep the larger ones, in D'."""
    out, block, point = scratch.distances, scratch.block, scratch.point
    share, offset = forest.nodes[i].share, forest.nodes[i].offset
    for w in range(point.size):
        point[w, 0] = forest.variants.words[i, w]
    for j in range(0, out.size, BLOCK):
        block_distances(block, point, 0, loose.columns, j)
        part = out[j : j + BLOCK]
        if linkage == COMPLETE:
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
def compare_with_loose(forest: Forest, loose: Loose, a: int, linkage: int, scratch: Scratch) -> None:
    """Fill in the distances of a to the clusters of all loose points, summed over the pairs; complete: the largest."""
    distances, totals, points = scratch.distances, scratch.totals, loose.points
    node = forest.nodes[a]
    scratch.work[0] += 2 * points.size
    if linkage != COMPLETE and node.slot >= 0:
        distances_by_table(distances, loose.columns.words, scratch.table, node.ones, node.weight)
        scratch.work[0] += 4 * loose.columns.words.size
    else:
        distances[:] = 0.0
        i = a
        while i >= 0:
            add_point_distances(scratch, forest, loose, i, linkage)
            scratch.work[0] += loose.columns.words.size
            i = forest.nodes[i].next_member
    for c in loose.active:
        totals[c] = 0.0
    for j in range(points.size):
        i = points[j]
        c = forest.owners[i]
        if linkage == COMPLETE:
            totals[c] = max(totals[c], distances[j] + forest.nodes[i].offset)
        else:
            totals[c] += forest.nodes[i].share * distances[j]


@helper
def look_at_all(forest: Forest, loose: Loose, a: int, linkage: int, scratch: Scratch) -> None:
    """Offer all active clusters to those nearest to a."""
    nodes, owners = forest.nodes, forest.owners
    if forest.variants.n_variants > 1:
        for c in loose.active:
            if c != a and owners[c] == c:
                offer(scratch, c, cluster_distance(forest, a, c, linkage, scratch.heights[NEAR], scratch))
        return
    prepare(scratch, forest, a, linkage)
    scratch.work[0] += loose.active.size * (1 if linkage == COMPLETE else 16 * forest.variants.words.shape[1])
    compare_with_loose(forest, loose, a, linkage, scratch)
    weight, offset = nodes[a].weight, nodes[a].mean_offset
    for c in loose.active:
        if c == a or owners[c] != c:
            continue
        if linkage == COMPLETE:
            distance = scratch.totals[c]
        elif nodes[c].slot < 0:
            distance = scratch.totals[c] / (weight * nodes[c].weight) + (offset + nodes[c].mean_offset)
        else:
            distance = mean_distance(forest, a, c, scratch)
        offer(scratch, c, distance)


@helper
def find_nearest(
    forest: Forest, lists: Lists, loose: Loose, a: int, linkage: int, cut: float, scratch: Scratch, search: int
) -> None:
    """Fill in the nearest of a: in `scratch` its distance and number, if it is within the cut.

    Those that were near before will do, unless all of them are beyond the bound.
    """
    forget_nearest(scratch)
    look_near(forest, a, linkage, cut, scratch, search)
    scratch.work[0] += 16 * NEAR
    if scratch.heights[0] <= forest.bounds[a] or forest.bounds[a] >= cut:
        return
    forget_nearest(scratch)
    if loose.active.size:
        look_at_all(forest, loose, a, linkage, scratch)
        remember_nearest(forest, a, np.inf, scratch)
    else:
        look_in_lists(forest, lists, a, linkage, cut, scratch, search + 1)
        remember_nearest(forest, a, cut, scratch)


@inlined
def merged_height(forest: Forest, a: int, b: int, height_a: float, height_b: float, linkage: int) -> float:
    """Distance of two clusters from another when they have merged, or a bound of it if these are bounds."""
    if linkage == COMPLETE:
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
def offer_merged(forest: Forest, a: int, b: int, linkage: int, limit: float, scratch: Scratch, search: int) -> None:
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
            prepare(scratch, forest, a, linkage)
            height_a = cluster_distance(forest, a, c, linkage, limit, scratch)
        if height_b < 0.0:
            prepare(scratch, forest, b, linkage)
            height_b = cluster_distance(forest, b, c, linkage, limit, scratch)
        height = merged_height(forest, a, b, height_a, height_b, linkage)
        if linkage != COMPLETE or height <= limit:
            offer(scratch, c, height)


@helper
def merge_near(
    forest: Forest, lists: Lists, a: int, b: int, height: float, linkage: int, cut: float, scratch: Scratch, search: int
) -> int:
    """Merge two clusters, so far apart, and what is known of those near them; return the number of the cluster."""
    bound = merged_height(forest, a, b, forest.bounds[a], forest.bounds[b], linkage)
    limit = min(cut, bound)
    forget_nearest(scratch)
    scratch.seen[a] = scratch.seen[b] = search
    offer_merged(forest, a, b, linkage, limit, scratch, search)
    offer_merged(forest, b, a, linkage, limit, scratch, search)
    merged = merge(forest, lists, a, b, linkage)
    scratch.prepared[0] = -1
    merger = forest.mergers[forest.n_mergers[0]]
    merger.first, merger.second, merger.height = a, b, height
    forest.n_mergers[0] += 1
    forest.changed[merged] = forest.n_mergers[0]
    remember_nearest(forest, merged, limit if linkage == COMPLETE else bound, scratch)
    return merged


class Chain(NamedTuple):
    """A chain of clusters, each the nearest of the one before."""

    state: NDArray[np.int64]  # (2,): the point where it started, n when all is done; and its length so far
    links: NDArray[np.int32]  # (n,)
    heights: NDArray[np.float64]  # (n,): how far each is from the one before


def new_chain(n: int) -> Chain:
    """Return a chain that hasn't started yet."""
    return Chain(np.zeros(2, np.int64), np.empty(n, np.int32), np.empty(n))


@helper
def begin_chain(chain: Chain, owners: Array) -> int:
    """Start at the first cluster that isn't final, unless there is a chain; return its length, 0 when all is done."""
    size = chain.state[1]
    if size == 0:
        first = chain.state[0]
        while first < owners.size and owners[first] != first:
            first += 1
        chain.state[0] = first
        if first < owners.size:
            chain.links[0], size = first, 1
    return size


@helper
def extend_or_merge(
    chain: Chain, forest: Forest, lists: Lists, size: int, linkage: int, cut: float, scratch: Scratch, search: int
) -> int:
    """Go on from the last cluster of the chain, whose nearest is known; return the length of the chain."""
    links, heights = chain.links, chain.heights
    a, b, distance = np.int64(links[size - 1]), np.int64(scratch.nearest[0]), scratch.heights[0]
    previous = np.int64(links[size - 2]) if size > 1 else np.int64(-1)
    if previous >= 0 and heights[size - 1] <= distance:  # rounded otherwise: the chain must not go round in circles
        b, distance = previous, heights[size - 1]
    if distance > cut:
        chain.state[0] += a == chain.state[0]
        return size - 1
    if b != previous:
        links[size], heights[size] = b, distance
        return size + 1
    merged = merge_near(forest, lists, a, b, distance, linkage, cut, scratch, search)
    if size == 2:
        links[0] = merged
        return 1
    return size - 2


@entry
def look_around(
    scratch: Scratch, chain: Chain, forest: Forest, lists: Lists, loose: Loose, wanted: Array, linkage: int, cut: float,
    i_start: int, i_stop: int, max_work: int,
) -> None:  # fmt: skip
    """Find what is near each of the clusters wanted[i_start:i_stop]; or, if none are wanted, follow the chain.

    The chain goes from a cluster to its nearest, until two are each other's nearest, and merges these, as long as two
    are within the cut; it stops after a while. A cluster with nothing within the cut is final. Both in one kernel: it
    is by far the largest, and two would take twice as long to compile.
    """
    follows = wanted.size == 0
    search, k = np.int64(1), i_start
    while True:
        size = 0
        if follows:
            size = begin_chain(chain, forest.owners)
            if size == 0 or scratch.work[0] >= max_work:
                break
            a = np.int64(chain.links[size - 1])
        elif k < i_stop:
            a = np.int64(wanted[k])
        else:
            break
        find_nearest(forest, lists, loose, a, linkage, cut, scratch, search)
        if follows:
            chain.state[1] = extend_or_merge(chain, forest, lists, size, linkage, cut, scratch, search + 2)
        search, k = search + 3, k + 1

"""Minimum spanning trees: what single linkage merges, and at which heights.

References
----------
J. B. Kruskal, "On the shortest spanning subtree of a graph and the traveling salesman problem", Proceedings of the
American Mathematical Society 7 (1956); R. C. Prim, "Shortest connection networks and some generalizations", Bell System
Technical Journal 36 (1957).
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from imgcmp.kernels.blocks import block_distances
from imgcmp.kernels.columns import BLOCK, Columns
from imgcmp.kernels.intrinsics import wide_vectors
from imgcmp.kernels.jit import Array, allocating_entry, entry, helper, inlined
from imgcmp.kernels.union_find import root, unite
from imgcmp.kernels.view_distances import Variants, view_distance


@entry
def take_apart(is_apart: Array, parents: Array, i: Array, j: Array) -> None:
    """Tell which pairs of points are in two components."""
    for k in range(i.size):
        is_apart[k] = root(parents, i[k]) != root(parents, j[k])


@entry
def take_joining(is_joining: Array, parents: Array, i: Array, j: Array) -> None:
    """Join pairs of points one after another; tell which of them were in two components until then."""
    for k in range(i.size):
        is_joining[k] = root(parents, i[k]) != root(parents, j[k])
        unite(parents, i[k], j[k])


class Growing(NamedTuple):
    """A tree that grows by the nearest point, and the points that are left, in no order."""

    points: NDArray[np.int32]  # (n,): those that are left come first
    offsets: NDArray[np.float64]  # (n,): EPS * k of each of them
    least: NDArray[np.float64]  # (n,): how far each of them is from the tree, in D'
    least_bits: NDArray[np.int64]  # the same memory: numbers that are not negative have the order of their bits
    sources: NDArray[np.int32]  # (n,): from which point of the tree
    state: NDArray[np.int64]  # (3,): how many are left; which of them is next; mergers so far


def new_growing(offsets: NDArray[np.float64]) -> Growing:
    """Return points that are left, given by their offsets; the first one is next, and starts the tree."""
    n, least = len(offsets), np.full(len(offsets), np.inf)
    points, sources = np.arange(n, dtype=np.int32), np.zeros(n, np.int32)
    return Growing(points, offsets.copy(), least, least.view(np.int64), sources, np.array([n, 0, 0]))


@helper
def take_next(growing: Growing, mergers: Array) -> np.int64:
    """Move the next point into the tree, and the last one that is left into its place; return its number."""
    k, last = growing.state[1], growing.state[0] - 1
    point = np.int64(growing.points[k])
    if growing.least[k] < np.inf:
        n_mergers = growing.state[2]
        mergers[n_mergers].first, mergers[n_mergers].second = growing.sources[k], point
        mergers[n_mergers].height = growing.least[k]
        growing.state[2] = n_mergers + 1
    growing.points[k], growing.offsets[k] = growing.points[last], growing.offsets[last]
    growing.least[k], growing.sources[k] = growing.least[last], growing.sources[last]
    growing.state[0] = last
    return point


@inlined
def come_nearer(
    growing: Growing, distances: Array, j: np.uint64, size: np.uint64, offset: float, point: int
) -> np.int64:
    """Note what is nearer to a point than to the rest of the tree, of a block of those left; return the least, as bits.

    A loop of known length where the block is whole, or it is not vectorised.
    """
    wide_vectors()
    offsets, least, sources = growing.offsets, growing.least, growing.sources
    for m in range(size):
        k = j + np.uint64(m)
        distance = distances[m] + (offset + offsets[k])
        sources[k] = point if distance < least[k] else sources[k]
        least[k] = min(distance, least[k])
    result = np.int64(2**63 - 1)
    for m in range(size):
        result = min(result, growing.least_bits[j + np.uint64(m)])
    return result


@helper
def place_of(growing: Growing, j: int, least_bits: int) -> int:
    """Return the first place from j on where the least distance is that."""
    while growing.least_bits[j] != least_bits:
        j += 1
    return j


@allocating_entry
def grow(growing: Growing, mergers: Array, columns: Columns, max_work: int) -> None:
    """Let the tree grow by the Hamming distances of points, which are columns in the order of those left.

    Stops after a while; done when none is left.
    """
    words, n_words = columns.words, columns.words.shape[0]
    row, distances = np.empty((n_words, 1), np.uint64), np.empty(BLOCK, np.uint16)
    work = 0
    while growing.state[0] > 0 and work < max_work:
        k, last = growing.state[1], growing.state[0] - 1
        offset = growing.offsets[k]
        for w in range(n_words):
            row[w, 0] = words[w, k]
            words[w, k] = words[w, last]
        point = take_next(growing, mergers)
        nearest, start = np.int64(2**63 - 1), 0
        for j in range(0, last, BLOCK):
            block_distances(distances, row, 0, columns, j)
            if j + BLOCK <= last:
                least = come_nearer(growing, distances, np.uint64(j), np.uint64(BLOCK), offset, point)
            else:
                least = come_nearer(growing, distances, np.uint64(j), np.uint64(last - j), offset, point)
            if least < nearest:
                nearest, start = least, j
        if last > 0:
            growing.state[1] = place_of(growing, start, nearest)
        work += last * n_words + BLOCK


@helper
def grow_rows(growing: Growing, mergers: Array, variants: Variants, rows: Array, max_work: int) -> None:
    """Let the tree of some rows grow by their distances over views; as `grow`, points being places in `rows`."""
    work = 0
    while growing.state[0] > 0 and work < max_work:
        offset = growing.offsets[growing.state[1]]
        point = take_next(growing, mergers)
        n_left, next_place = growing.state[0], 0
        for m in range(n_left):
            distance = np.float64(view_distance(variants, rows[point], rows[growing.points[m]]))
            distance += offset + growing.offsets[m]
            if distance < growing.least[m]:
                growing.least[m], growing.sources[m] = distance, point
            if growing.least[m] < growing.least[next_place]:
                next_place = m
        growing.state[1] = next_place
        work += (n_left + 1) * variants.n_variants * variants.words.shape[1]


@entry
def grow_over_views(growing: Growing, mergers: Array, variants: Variants, rows: Array, max_work: int) -> None:
    """Let the tree of some rows grow by their distances over views: see `grow_rows`."""
    grow_rows(growing, mergers, variants, rows, max_work)


@entry
def span_groups(
    growing: Growing, mergers: Array, variants: Variants, offsets: Array, rows: Array, starts: Array, max_size: int,
    k_start: int, k_stop: int,
) -> None:  # fmt: skip
    """Fill in the spanning trees of the groups k_start .. k_stop - 1, of rows[starts[k] : starts[k + 1]] each.

    Mergers of group k go to starts[k] and on, by rows, and the last place of it is left free, with -1. Groups of more
    than max_size rows are left out. In `growing` there is room for the largest of the others.
    """
    for k in range(k_start, k_stop):
        start, n = starts[k], starts[k + 1] - starts[k]
        mergers[starts[k + 1] - 1].first = -1
        if n > max_size:
            continue
        growing.state[0], growing.state[1], growing.state[2] = n, 0, 0
        for m in range(n):
            growing.points[m], growing.least[m] = m, np.inf
            growing.offsets[m] = offsets[rows[start + m]]
        of_group = mergers[start : start + n]
        grow_rows(growing, of_group, variants, rows[start : start + n], 2**62)
        for m in range(n - 1):
            of_group[m].first, of_group[m].second = rows[start + of_group[m].first], rows[start + of_group[m].second]

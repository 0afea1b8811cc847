"""A nearest-neighbour chain over condensed distances, by the formula of Lance and Williams."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from imgcmp.kernels.blocks import condensed_start
from imgcmp.kernels.dendrogram import MERGER
from imgcmp.kernels.jit import Array, entry, helper, inlined
from imgcmp.kernels.union_find import root
from imgcmp.kernels.view_distances import Variants, view_distance

COMPLETE, AVERAGE, WEIGHTED = 0, 1, 2  # linkage methods


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
def merge_distances(distances: Array, weights: Array, active: Array, n: int, a: int, b: int, linkage: int) -> None:
    """Make the distances of b those of a and b together, by the formula of Lance and Williams; a is no more."""
    weight_a, weight_b = (0.5, 0.5) if linkage == WEIGHTED else (weights[a], weights[b])
    active[a] = False
    for j in range(n):
        if active[j] and j != b:
            place = pair_place(n, j, b)
            apart_a, apart_b = distances[pair_place(n, j, a)], distances[place]
            if linkage == COMPLETE:
                distances[place] = max(apart_a, apart_b)
            else:
                distances[place] = (apart_a * weight_a + apart_b * weight_b) / (weight_a + weight_b)
    weights[b] += weights[a]


class Linking(NamedTuple):
    """Where `link` has got to, and its result: of each row a row of its cluster, and how many mergers that took."""

    owners: NDArray[np.int32]
    mergers: NDArray[np.int32]
    chain: NDArray[np.int32]
    merged: Array  # of MERGER, (n,): each gives the cluster of its first row to that of its second
    active: NDArray[np.bool_]
    state: NDArray[np.int64]  # (3,): the row where the chain started, n when all is done; its length; rows merged


def new_linking(n: int) -> Linking:
    """Return n rows to link, each a cluster."""
    owners, mergers = np.arange(n, dtype=np.int32), np.zeros(n, np.int32)
    chain = np.empty(n, np.int32)
    return Linking(owners, mergers, chain, np.empty(n, MERGER), np.ones(n, np.bool_), np.zeros(3, np.int64))


@helper
def begin_link(linking: Linking, n: int) -> None:
    """Make each of n rows a cluster."""
    for i in range(n):
        linking.owners[i], linking.mergers[i], linking.active[i] = i, 0, True
    linking.state[:] = 0


@helper
def link(linking: Linking, n: int, distances: Array, weights: Array, linkage: int, cut: float, max_steps: int) -> None:
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
            merge_distances(distances, weights, active, n, a, b, linkage)
            owners[a] = b
            merger = linking.merged[n_merged]
            merger.first, merger.second, merger.height = a, b, least
            n_merged += 1
            size -= 2
        else:
            chain[size] = b
            size += 1
    linking.state[0], linking.state[1], linking.state[2] = first, size, n_merged
    if first < n:
        return
    for k in range(n_merged - 1, -1, -1):
        a, b = linking.merged[k].first, linking.merged[k].second
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
def unit_distance(variants: Variants, offsets: Array, units: Units, a: int, b: int, linkage: int, cut: float) -> float:
    """Distance of two units, in D': the mean of that of their members, or the largest, or any beyond the cut."""
    total, most = 0.0, 0.0
    for p in range(units.starts[a], units.starts[a + 1]):
        i = units.members[p]
        for q in range(units.starts[b], units.starts[b + 1]):
            j = units.members[q]
            distance = np.float64(view_distance(variants, i, j))
            total += units.shares[p] * units.shares[q] * distance
            most = max(most, distance + (offsets[i] + offsets[j]))
            if linkage == COMPLETE and most > cut:
                return most
    return most if linkage == COMPLETE else total + (units.offsets[a] + units.offsets[b])


@entry
def unit_distances(
    out: Array, variants: Variants, offsets: Array, units: Units, rows: Array, linkage: int, cut: float,
    i_start: int, i_stop: int,
) -> None:  # fmt: skip
    """Fill in the condensed distances of units: of rows[i_start:i_stop] and those after them."""
    n = rows.size
    for i in range(i_start, i_stop):
        start = condensed_start(n, i) - i - 1
        for j in range(i + 1, n):
            out[start + j] = unit_distance(variants, offsets, units, rows[i], rows[j], linkage, cut)


@entry
def link_rows(linking: Linking, distances: Array, weights: Array, linkage: int, cut: float, max_steps: int) -> None:
    """Cluster rows over their condensed distances: see `link`."""
    link(linking, weights.size, distances, weights, linkage, cut, max_steps)


@entry
def link_groups(
    owners: Array, mergers: Array, merged: Array, variants: Variants, offsets: Array, units: Units, rows: Array,
    starts: Array, linkage: int, cut: float, linking: Linking, distances: Array, weights: Array,
    k_start: int, k_stop: int,
) -> None:  # fmt: skip
    """Cluster the units of each of the groups k_start .. k_stop - 1; group k is rows[starts[k] : starts[k + 1]].

    Fills in, at the units' numbers, the number of a unit of their cluster, and how many mergers they took part in; and
    from merged[starts[k]] on the mergers of group k, by units, -1 behind the last of them. In `linking`, `distances`
    and `weights`, memory of this thread, there is room for the largest group.
    """
    for k in range(k_start, k_stop):
        start, n = starts[k], starts[k + 1] - starts[k]
        place = 0
        for i in range(start, start + n):
            weights[i - start] = units.weights[rows[i]]
            for j in range(i + 1, start + n):
                distances[place] = unit_distance(variants, offsets, units, rows[i], rows[j], linkage, cut)
                place += 1
        begin_link(linking, n)
        link(linking, n, distances, weights, linkage, cut, 2**62)
        for i in range(n):
            owners[rows[start + i]] = rows[start + linking.owners[i]]
            mergers[rows[start + i]] = linking.mergers[i]
            merger = merged[start + i]
            merger.first = -1
            if i < linking.state[2]:
                of_rows = linking.merged[i]
                merger.first, merger.second = rows[start + of_rows.first], rows[start + of_rows.second]
                merger.height = of_rows.height

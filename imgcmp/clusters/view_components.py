"""Points with views -> clusters, from condensed distances of what hangs together.

Merges within the cut happen within components, what hangs together by pairs within the cut; and groups of copies of one
picture are small, and dense. So each component is linked by itself, as far as its condensed distances fit into memory.
Of a larger one, the components within a part of the cut are linked first, up to that height; what they became, units,
are fewer, and linked up to the next height: merges come in order of their heights, so that this is the same tree.
"""

from itertools import compress
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from imgcmp.clusters.chain import LINKAGE_CODES
from imgcmp.clusters.cut import EPS
from imgcmp.clusters.dendrogram import Mergers, renumbered
from imgcmp.clusters.labels import Labels
from imgcmp.clusters.points import Points
from imgcmp.kernels import linking as kernels
from imgcmp.kernels.dendrogram import MERGER
from imgcmp.kernels.linking import Linking, Units
from imgcmp.search.view_distances import view_work
from imgcmp.search.view_pairs import ViewSearch
from imgcmp.system.threads import MAX_WORK, Progress, blocks_by_work, run

Rows = NDArray[np.int64]

_SMALL_GROUP = 1000  # units up to which a thread links a group by itself: 0.03 s
_STEPS_A_CALL = 2**27  # about 0.3 s: how long Ctrl-C may take
_LEVELS = (0.25, 0.5, 0.75)  # parts of the cut


class Linked(NamedTuple):
    """What became of points.

    Attributes
    ----------
    labels : ndarray of int32, shape (n_points,)
        A point of the cluster of each point.
    mergers : Mergers
        What merged, by points.
    left : list of ndarray of int64
        The points of components that are too large even level by level; their labels are without meaning.
    """

    labels: Labels
    mergers: Mergers
    left: list[Rows]


class Linker(NamedTuple):
    """How points with views are clustered.

    Attributes
    ----------
    n_bits : int
        Bits of a fingerprint.
    linkage : {"complete", "average", "weighted"}
        Linkage.
    workers : int
        Threads.
    max_memory : int
        Bytes that condensed distances may take.
    progress : Progress, optional
        Is told how many pairs have been compared.
    """

    n_bits: int
    linkage: str
    workers: int
    max_memory: int
    progress: Progress | None = None

    def cluster(self, points: Points, labels: Labels, cut_bits: float, *, with_pairs: bool = False) -> Linked:
        """Cluster points, of which those of one label hang together within the cut, and others don't.

        Components of two points are clusters as they are, and linked only with_pairs.
        """
        labels = labels.copy()
        components = groups_of_labels(labels, 2 if with_pairs else 3)
        fitting = [component for component in components if self._fits(len(component))]
        units, merged = self._link(points, _single_units(points, self.linkage), fitting, cut_bits)
        mergers = [merged]
        linked = np.concatenate([np.zeros(0, np.int64), *fitting])
        labels[linked] = _labels(units)[linked]
        left = []
        for component in components:
            if not self._fits(len(component)):
                own = self._cluster_by_levels(points.some(component), cut_bits)
                if own is None:
                    left.append(component)
                else:
                    labels[component] = component[own.labels]
                    mergers.append(renumbered(own.mergers, component))
        return Linked(labels, np.concatenate(mergers), left)

    def components(self, points: Points, radius_bits: float) -> Labels:
        """Return a point for each point: the same for those that hang together within a radius."""
        radius = int(np.floor(radius_bits))
        return ViewSearch(points.variants, radius, self.n_bits, self.workers, self.progress).components()

    def _cluster_by_levels(self, points: Points, cut_bits: float) -> Linked | None:
        """Cluster points that hang together, or return None if they don't fit."""
        units, mergers = _single_units(points, self.linkage), []
        for radius_bits in sorted({float(np.floor(part * cut_bits)) for part in _LEVELS}):
            component_of_unit = self.components(points, radius_bits)[units.members[units.starts[:-1]]]
            groups = groups_of_labels(component_of_unit, 2)
            if not all(self._fits(len(group)) for group in groups):
                return None  # at a higher level it would be no smaller
            units, merged = self._link(points, units, groups, radius_bits)
            mergers.append(merged)
        n_units = len(units.weights)
        if not self._fits(n_units):
            return None
        units, merged = self._link(points, units, [np.arange(n_units)], cut_bits)
        return Linked(_labels(units), np.concatenate([*mergers, merged]), [])

    def _fits(self, n_units: int) -> bool:
        return 8 * (n_units * (n_units - 1) // 2) + 32 * n_units <= self.max_memory

    def _link(self, points: Points, units: Units, groups: list[Rows], cut_bits: float) -> tuple[Units, Mergers]:
        """Link the units within each group; return what they become, and what merged, by points."""
        owners, mergers = np.arange(len(units.weights), dtype=np.int32), np.zeros(len(units.weights), np.int32)
        merged = []
        rule = (LINKAGE_CODES[self.linkage], cut_bits + 2 * EPS)
        n_members = np.diff(units.starts)
        works = [int(n_members[group].sum()) ** 2 * view_work(points.variants) for group in groups]
        is_small = [len(group) <= _SMALL_GROUP and work <= MAX_WORK for group, work in zip(groups, works, strict=True)]
        small = list(compress(groups, is_small))
        rows = np.concatenate([np.zeros(0, np.int64), *small])
        starts = np.concatenate([[0], np.cumsum([len(group) for group in small], dtype=np.int64)])
        # As many groups at a time as their condensed distances may be in memory, one a thread.
        workers = max(1, min(self.workers, self.max_memory // (4 * _SMALL_GROUP**2)))
        blocks = blocks_by_work(np.array(list(compress(works, is_small)), dtype=np.int64), workers)
        of_small = np.empty(len(rows), MERGER)
        fixed = (owners, mergers, of_small, points.variants, points.offsets, units, rows, starts, *rule)

        def link_block(first: int, stop: int) -> None:
            most = int(np.diff(starts[first : stop + 1]).max())
            room = (kernels.new_linking(most), np.empty(most * (most - 1) // 2), np.empty(most))
            kernels.link_groups(*fixed, *room, first, stop)

        run(link_block, blocks, workers)
        merged.append(of_small[of_small["first"] >= 0])
        for group, is_done in zip(groups, is_small, strict=True):
            if not is_done:
                linking = self._link_large(points, units, group, *rule)
                owners[group], mergers[group] = group[linking.owners], linking.mergers
                merged.append(renumbered(linking.merged[: int(linking.state[2])], group))
        of_points = renumbered(np.concatenate(merged), units.members[units.starts[:-1]])
        return _united(units, owners, mergers, self.linkage), of_points

    def _link_large(self, points: Points, units: Units, group: Rows, linkage: int, cut: float) -> Linking:
        """Link the units of one group, their distances on all threads."""
        distances = np.empty(len(group) * (len(group) - 1) // 2)
        n_members = np.diff(units.starts)[group]
        after = n_members.sum() - np.cumsum(n_members)
        blocks = blocks_by_work(n_members * after * view_work(points.variants), self.workers)
        fixed = (distances, points.variants, points.offsets, units, group, linkage, cut)
        run(kernels.unit_distances, [(*fixed, *block) for block in blocks], self.workers)
        linking = kernels.new_linking(len(group))
        weights = units.weights[group]
        while linking.state[0] < len(group):
            kernels.link_rows(linking, distances, weights, linkage, cut, _STEPS_A_CALL)
        return linking


def _single_units(points: Points, linkage: str) -> Units:
    n = len(points.words)
    weights = points.counts.astype(np.float64) if linkage == "average" else np.ones(n)
    return Units(np.arange(n), np.arange(n + 1), np.ones(n), points.offsets, weights)


def _united(units: Units, owners: NDArray[np.int32], mergers: NDArray[np.int32], linkage: str) -> Units:
    """Return the units that units have become; those of equal owners are one."""
    _, number = np.unique(owners, return_inverse=True)
    weights = np.bincount(number, units.weights).astype(np.float64)
    part = 0.5**mergers if linkage == "weighted" else units.weights / weights[number]
    sizes = np.diff(units.starts)
    number_of_member = np.repeat(number, sizes)
    order = np.argsort(number_of_member, kind="stable")
    starts = np.concatenate([[0], np.cumsum(np.bincount(number_of_member))])
    shares = (units.shares * np.repeat(part, sizes))[order]
    offsets = np.bincount(number, units.offsets * part).astype(np.float64)
    if linkage == "weighted":
        weights = np.ones(len(weights))
    return Units(units.members[order], starts, shares, offsets, weights)


def _labels(units: Units) -> Labels:
    """Return for each point the first member of its unit."""
    labels = np.empty(len(units.members), np.int32)
    labels[units.members] = np.repeat(units.members[units.starts[:-1]], np.diff(units.starts))
    return labels


def groups_of_labels(labels: Labels, least: int) -> list[Rows]:
    """Return the rows of each label that so many have at least."""
    rows = np.flatnonzero(np.bincount(labels)[labels] >= least)
    rows = rows[np.argsort(labels[rows], kind="stable")]
    return np.split(rows, np.flatnonzero(np.diff(labels[rows])) + 1) if len(rows) else []

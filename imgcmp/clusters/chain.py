"""Points -> clusters, by a nearest-neighbour chain that computes the distances it needs from the clusters themselves.

To cut at t only merges within t matter, and for these linkages (reducible, no inversions) such a merge joins two
clusters that hold at least one pair within t. So the candidates for a cluster are the clusters of its members'
neighbours; or all clusters, where the lists of neighbours would not fit in memory. A cluster with nothing within the
cut is final, whatever merges elsewhere.

Of each cluster the few nearest are remembered, and a bound that all others are beyond. Reducibility keeps them there:
whatever merges, the bound of two clusters that merge is the mean of theirs (complete linkage: the larger). So most
nearest clusters are found among the few, and only where these have moved beyond the bound all candidates are compared.

References
----------
F. Murtagh, "A survey of recent advances in hierarchical clustering algorithms", The Computer Journal 26 (1983);
D. Müllner, "Modern hierarchical, agglomerative clustering algorithms", arXiv:1109.2378 (2011).
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from imgcmp.clusters.cut import EPS
from imgcmp.clusters.dendrogram import Mergers
from imgcmp.clusters.labels import Labels
from imgcmp.clusters.points import Points
from imgcmp.kernels import chain as kernels
from imgcmp.kernels.chain import Chain, new_chain
from imgcmp.kernels.columns import transposed
from imgcmp.kernels.dendrogram import MERGER
from imgcmp.kernels.forest import NEAR, NODE, SMALL, Forest, Lists, Loose, scratch_for
from imgcmp.kernels.linking import AVERAGE, COMPLETE, WEIGHTED
from imgcmp.search.found import Neighbours
from imgcmp.system.threads import WORK_A_CALL, Progress, even_blocks, run

_WORDS_A_LOOK = 64  # what comparing two clusters takes, in words compared in a scan
_CACHE_LINE = 64

LINKAGE_CODES = {"complete": COMPLETE, "average": AVERAGE, "weighted": WEIGHTED}


def chain_bytes(n_points: int, n_words: int, linkage: str, workers: int, *, has_views: bool) -> int:
    """Return how much memory clustering takes, at most, besides the words and the lists of neighbours."""
    if linkage == "single":
        return n_points * (16 + 8 * n_words)
    has_sums = linkage != "complete" and not has_views
    sums = n_points // (SMALL + 1) * 64 * n_words * 8 + n_points * _member_bytes(n_words) if has_sums else 0
    return n_points * (NODE.itemsize + 140 + 8 * n_words + 24 * workers) + sums


class Agglomeration:
    """Clusters of points that merge, always the nearest, up to a cut; then perhaps to a higher one.

    Parameters
    ----------
    points : Points
        What to cluster.
    linkage : {"complete", "average", "weighted"}
        Linkage.
    workers : int
        Threads.
    progress : Progress, optional
        Is told how many points are in clusters that nothing joins any more.
    """

    def __init__(self, points: Points, linkage: str, workers: int, progress: Progress | None = None) -> None:
        n, n_words = points.words.shape
        self.points = points
        self._n = n
        self._linkage = LINKAGE_CODES[linkage]
        self._has_sums = linkage != "complete" and points.variants.n_variants == 1
        self._workers = workers
        self._progress = progress
        nodes = _cache_aligned(n, NODE.itemsize).view(NODE)
        nodes["next_member"] = nodes["slot"] = -1
        nodes["last_member"] = np.arange(n)
        nodes["size"] = 1
        nodes["weight"] = nodes["share"] = points.counts if linkage == "average" else 1
        nodes["ones"] = np.bitwise_count(points.words).sum(axis=1) * nodes["weight"]
        nodes["mean_offset"] = nodes["offset"] = points.offsets
        nodes["word"] = points.words[:, 0]
        n_members = n if self._has_sums else 0
        members = _cache_aligned(n_members, _member_bytes(n_words)).view(np.uint64)
        members = members.reshape(n_members, SMALL * (n_words + 1))
        shares = members.view(np.float64)
        members[:, :n_words] = points.words[:n_members]
        shares[:, SMALL * n_words] = nodes["share"][:n_members]
        self._forest = Forest(
            nodes,
            members,
            shares,
            owners=np.arange(n, dtype=np.int32),
            near=np.full((n, NEAR), -1, np.int32),
            near_heights=np.full((n, NEAR), np.inf),
            bounds=np.zeros(n),
            looked=np.zeros(n, np.int32),
            changed=np.zeros(n, np.int32),
            n_mergers=np.zeros(1, np.int32),
            mergers=np.empty(n, MERGER),
            variants=points.variants,
            # Untouched rows take no memory.
            sums=np.empty((n // (SMALL + 1) + 1 if self._has_sums else 1, 64 * n_words)),
            n_slots=np.zeros(1, np.int64),
        )

    @property
    def labels(self) -> Labels:
        """The cluster of each point, shape (n_points,): equal for points of one cluster."""
        return self._forest.owners

    @property
    def mergers(self) -> Mergers:
        """What merged, by points, in an order in which each comes after those of the clusters that it joins."""
        return self._forest.mergers[: int(self._forest.n_mergers[0])]

    def merge_neighbours(self, neighbours: Neighbours, cut_bits: float) -> None:
        """Merge what is within the cut.

        Parameters
        ----------
        neighbours : Neighbours
            All points within floor(cut_bits) of each other. Its indices are overwritten.
        cut_bits : float
            Height at which the tree is cut.
        """
        lists = Lists(
            neighbours.starts,
            neighbours.indices,
            np.diff(neighbours.starts),
            np.full(self._n, -1, np.int32),
            np.arange(self._n, dtype=np.int32),
        )
        listed = len(neighbours.indices) // self._n
        self._survey(lists, _NOT_LOOSE, cut_bits, _WORDS_A_LOOK * self.points.words.shape[1] * (1 + listed))
        chain = new_chain(self._n)
        while self._go_on(chain, lists, _NOT_LOOSE, cut_bits):
            pass

    def merge_all(self, cut_bits: float) -> None:
        """Merge what is within the cut, with all clusters as candidates: O(n_points) for each look around."""
        loose = self._loose()
        members = self._n // max(1, len(loose.active))
        self._survey(_NO_LISTS, loose, cut_bits, _WORDS_A_LOOK * loose.columns.words.size * (1 + members) // 8)
        chain = new_chain(self._n)
        while self._go_on(chain, _NO_LISTS, loose, cut_bits):
            loose = self._loose()

    def _survey(self, lists: Lists, loose: Loose, cut_bits: float, work: int) -> None:
        """Find what is near each cluster, on all threads: the chain looks around again only where that won't do."""
        clusters = self._clusters()  # never none: that would follow a chain
        fixed = (_NO_CHAIN, self._forest, lists, loose, clusters, self._linkage, cut_bits + 2 * EPS)
        blocks = even_blocks(len(clusters), work, self._workers)
        tasks = [(*fixed, *block, 0) for block in blocks]
        run(self._look_around, tasks, self._workers, self._advance(len(blocks)))

    def _look_around(self, chain: Chain, forest: Forest, lists: Lists, loose: Loose, *rest: Any) -> None:
        kernels.look_around(scratch_for(forest, loose), chain, forest, lists, loose, *rest)

    def _advance(self, n_tasks: int) -> Callable[[int], object] | None:
        progress, n = self._progress, self._n
        return progress and (lambda done: progress("clusters", n * done // n_tasks, n))

    def _go_on(self, chain: Chain, lists: Lists, loose: Loose, cut_bits: float) -> bool:
        """Follow the chain for a while, so that Ctrl-C need not wait for all of it; return whether there is more."""
        fixed = (chain, self._forest, lists, loose, _NO_CLUSTERS, self._linkage, cut_bits + 2 * EPS)
        self._look_around(*fixed, 0, 0, WORK_A_CALL)
        if self._progress is not None:
            self._progress("images", int(chain.state[0]), self._n)
        return bool(chain.state[0] < self._n)

    def _clusters(self) -> NDArray[np.int32]:
        owners = self._forest.owners
        return np.flatnonzero(owners == np.arange(self._n)).astype(np.int32)

    def _loose(self) -> Loose:
        """Return the points whose clusters have no sums, and all clusters; with views, clusters alone."""
        forest = self._forest
        has_views = self.points.variants.n_variants > 1
        is_loose = (forest.nodes["slot"][forest.owners] < 0) & (not has_views)
        points = np.flatnonzero(is_loose).astype(np.int32)
        return Loose(transposed(forest.variants.words[points]), points, self._clusters())


_NO_CLUSTERS = np.empty(0, np.int32)
_NO_CHAIN = new_chain(0)
_NOT_LOOSE = Loose(transposed(np.empty((0, 0), np.uint64)), np.empty(0, np.int32), np.empty(0, np.int32))
_NO_LISTS = Lists(
    np.zeros(1, np.int64), np.empty(0, np.int32), np.zeros(1, np.int64), np.empty(0, np.int32), np.empty(0, np.int32)
)


def _member_bytes(n_words: int) -> int:
    """Return what the members of a cluster take: the words and the weight of each."""
    return SMALL * (n_words + 1) * 8


def _cache_aligned(n: int, size: int) -> NDArray[np.uint8]:
    """Return zeroed memory for n things of some size, from the start of a cache line on."""
    memory = np.zeros(n * size + _CACHE_LINE, np.uint8)
    start = -memory.ctypes.data % _CACHE_LINE
    return memory[start : start + n * size]

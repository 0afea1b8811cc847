"""Which way clusters are found without condensed distances: decided by memory, and never to be seen in the result."""

import math
from typing import NamedTuple, NoReturn

import numpy as np
from numpy.typing import NDArray

from imgcmp.clusters.chain import Agglomeration, chain_bytes
from imgcmp.clusters.known_components import NEW, KnownComponents
from imgcmp.clusters.labels import Labels
from imgcmp.clusters.points import Points
from imgcmp.clusters.single_linkage import components, components_by_flood
from imgcmp.clusters.view_components import Linker
from imgcmp.fingerprints.view_layout import PLAIN, ViewLayout
from imgcmp.search.found import Neighbours
from imgcmp.search.pairs import neighbours
from imgcmp.search.sample import radius_within
from imgcmp.search.view_pairs import ViewSearch, search_bytes, view_radius_within
from imgcmp.system.memory import format_bytes
from imgcmp.system.threads import Progress

LIST_BYTES = 2**30  # the most that lists of neighbours may take
SHORT_LIST_BYTES = 2**28  # the same where they can't hold all: 50,000 at SIM 0.5 took 4.5 s with 512 MB as with 90 MB

# The same for each pair of points, near or not. Where more of them are near, merging by lists takes longer than merging
# by what clusters hold: 20,000 x 64 bits at SIM 0.5 took 8.3 s by lists, 2.0, 1.9 and 1.4 s with 512, 256 and 128 MB;
# their whole tree 2.2, 1.5, 1.4 and 1.7 s with 256, 128, 64 and 32 MB. 50,000 at SIM 0.4 took 6 s with 512 MB of lists,
# and 9 s with 256.
_LIST_BYTES_A_PAIR = 0.45

# The same for single linkage, where else each point takes those near it out of what is left: at SIM 0.36 and 0.5 20,000
# took 0.14 and 3.4 s by lists, and 0.05 and 0.04 s so; 40,000 in groups of 200, 1 in 200 of all pairs, 0.13 and 0.21 s.
_LIST_BYTES_A_PAIR_OF_SINGLE = 0.1


class Task(NamedTuple):
    """What to cluster, and how, without condensed distances."""

    points: Points
    n_bits: int
    cut_bits: float
    linkage: str
    workers: int
    max_bytes: int
    progress: Progress | None = None
    known: KnownComponents | None = None
    layout: ViewLayout = PLAIN
    of_tree_bytes: int = 0  # what a tree of what merges takes, which is made behind

    @property
    def room(self) -> int:
        """Bytes that lists of neighbours, or condensed distances, may take."""
        n, n_words = self.points.words.shape
        variants = self.points.variants
        sides = n, len(variants.rows), variants.n_variants, n_words
        is_known = self.known is not None
        return self.max_bytes - self.of_tree_bytes - fixed_bytes(*sides, self.linkage, self.workers, is_known=is_known)

    @property
    def has_views(self) -> bool:
        """Whether there are views."""
        return self.points.variants.n_variants > 1

    def within(self, points: NDArray[np.int64]) -> "Task":
        """Return the task for some points alone, beside which all of them stay."""
        some = self._replace(points=self.points.some(points), known=None)
        return some._replace(max_bytes=self.max_bytes - self._views_bytes + some._views_bytes)

    @property
    def _views_bytes(self) -> int:
        return self.points.variants.columns.words.nbytes

    def neighbours(self, radius_bits: int, max_memory: int) -> Neighbours | None:
        """List the points within the radius, unless that takes more than max_memory."""
        if self.has_views:
            return self.search(radius_bits).neighbours(max_memory)
        words, n_bits, workers, progress = self.points.words, self.n_bits, self.workers, self.progress
        return neighbours(words, radius_bits, n_bits=n_bits, workers=workers, max_memory=max_memory, progress=progress)

    def search(self, radius_bits: int | None = None) -> ViewSearch:
        """Return the search for points within a radius, or within the cut, over views."""
        radius_bits = math.floor(self.cut_bits) if radius_bits is None else radius_bits
        return ViewSearch(self.points.variants, radius_bits, self.n_bits, self.workers, self.progress)

    def components(self) -> Labels:
        """Return a point for each point with views: the same for those that hang together within the cut."""
        if self.known is None:
            return self.search().components()
        return self.known.components(self.points, self.search(), self.layout)

    def radius_within(self, n_pairs: int) -> int:
        """Return the largest radius up to the cut within which there are at most about n_pairs pairs."""
        radius_bits = math.floor(self.cut_bits)
        if self.has_views:
            return view_radius_within(self.points.variants, radius_bits, n_pairs, workers=self.workers)
        return radius_within(self.points.words, radius_bits, n_pairs, workers=self.workers)


def fixed_bytes(
    n: int, n_wholes: int, n_variants: int, n_words: int, linkage: str, workers: int, *, is_known: bool
) -> int:
    """Return what clustering so many points takes, at most, whatever is near: besides their words.

    Wholes are counted in each way in which they may stand.
    """
    of_chain = chain_bytes(n, n_words, linkage, workers, has_views=n_variants > 1)
    if n_variants == 1:
        return of_chain
    is_once = linkage == "single" and not is_known
    copies = 1 if is_once else 2  # of all, and of a component that is too large, or in another order
    return of_chain + copies * 8 * n * n_variants * n_words + search_bytes(n, n_wholes, n_variants, n_words)


def cluster_large(task: Task) -> NDArray[np.int32]:
    """Clusters by a route that needs no condensed distances: which one is decided by memory, and doesn't show."""
    n = len(task.points.words)
    if task.cut_bits < 1 and not task.has_views:  # no two points are that near
        labels = np.arange(n, dtype=np.int32)
    elif task.cut_bits >= task.n_bits:
        labels = np.zeros(n, np.int32)
    else:
        check_least_memory(task)
        if task.linkage == "single":
            labels = _connected(task)
        elif task.has_views:
            labels = _cluster_view_components(task)
        else:
            labels = agglomerated(task).labels
    return labels[task.points.point_of]


def agglomerated(task: Task) -> Agglomeration:
    """Return points that were merged up to the cut: by the lists of those within it, or else in two steps."""
    found = task.neighbours(math.floor(task.cut_bits), _list_bytes(task, LIST_BYTES))
    return _in_two_steps(task) if found is None else _by_neighbours(task, found)


def _list_bytes(task: Task, most: int, of_pair: float = _LIST_BYTES_A_PAIR) -> int:
    """Return how many bytes lists of neighbours may take: no more than some for each pair of points."""
    n = len(task.points.words)
    return min(task.room, most, int(of_pair * n * (n - 1) / 2))


def linker(task: Task) -> Linker:
    """Return how points with views are clustered."""
    return Linker(task.n_bits, task.linkage, task.workers, task.room, task.progress)


def _connected(task: Task) -> NDArray[np.int32]:
    """Clusters of points by single linkage."""
    if task.has_views:
        return task.components()
    found = task.neighbours(math.floor(task.cut_bits), _list_bytes(task, LIST_BYTES, _LIST_BYTES_A_PAIR_OF_SINGLE))
    if found is None:
        return components_by_flood(task.points, math.floor(task.cut_bits), task.progress)
    return components(found)


def _cluster_view_components(task: Task) -> NDArray[np.int32]:
    """Clusters of points with views: within what hangs together, from condensed distances; by a chain where none fit.

    The chain takes the distance of two clusters from all pairs of their members, and groups of copies of one picture
    are dense: 300 points near each other took it 0.5 s, and 3 ms with condensed distances.
    """
    components = task.components()
    n = len(components)
    settled = np.full(n, NEW, np.int32)
    if task.known is not None:
        settled = task.known.settled(task.points, task.linkage, task.cut_bits)
    of_others = np.where(settled == NEW, components, np.arange(n, dtype=np.int32))
    linked = linker(task).cluster(task.points, of_others, task.cut_bits)
    for component in linked.left:
        linked.labels[component] = component[agglomerated(task.within(component)).labels]
    labels = np.where(settled == NEW, linked.labels, settled)
    if task.known is not None:
        task.known.keep_clusters(labels, task.linkage, task.cut_bits)
    return labels


def _by_neighbours(task: Task, found: Neighbours) -> Agglomeration:
    """Merge points by the lists of those within the cut."""
    tree = Agglomeration(task.points, task.linkage, task.workers, task.progress)
    tree.merge_neighbours(found, task.cut_bits)
    return tree


def _in_two_steps(task: Task) -> Agglomeration:
    """Merge points where the lists don't fit: up to the radius at which they do, then among all clusters."""
    max_memory = _list_bytes(task, SHORT_LIST_BYTES)
    tree = Agglomeration(task.points, task.linkage, task.workers, task.progress)
    radius_bits = task.radius_within(max_memory // 10)
    found = None
    while found is None and radius_bits > 0:
        found = task.neighbours(radius_bits, max_memory)
        radius_bits -= found is None  # the estimate was too low
    if found is not None:
        tree.merge_neighbours(found, radius_bits)
        del found
    tree.merge_all(task.cut_bits)
    return tree


def check_least_memory(task: Task) -> None:
    """Raise MemoryError if what is allowed is too little even without lists."""
    needed = 2 * task.points.words.nbytes + task.max_bytes - task.room
    if needed > task.max_bytes:
        refuse(len(task.points.point_of), needed, task.max_bytes)


def refuse(n_images: int, needed: int, max_bytes: int) -> NoReturn:
    """Raise because the memory allowed is too little."""
    raise MemoryError(
        f"clustering {n_images} images needs {format_bytes(needed)} of memory, and {format_bytes(max_bytes)} may be "
        "used; cluster fewer images at a time, or allow more memory"
    )

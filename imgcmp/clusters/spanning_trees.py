"""Single linkage with its heights: minimum spanning trees of points, in D'."""

import math

import numpy as np
from numpy.typing import NDArray

from imgcmp.clusters.cut import EPS
from imgcmp.clusters.dendrogram import Mergers, mergers_of, renumbered
from imgcmp.clusters.points import Points
from imgcmp.clusters.routes import LIST_BYTES, Task
from imgcmp.clusters.view_components import groups_of_labels
from imgcmp.kernels import spanning_tree as kernels
from imgcmp.kernels.columns import transposed
from imgcmp.kernels.dendrogram import MERGER
from imgcmp.search.found import Found
from imgcmp.search.pairs import found_pairs
from imgcmp.search.view_distances import view_work
from imgcmp.system.threads import MAX_WORK, WORK_A_CALL, Progress, blocks_by_work, run

_SMALL_GROUP = 1000  # points up to which a thread spans a component by itself: larger ones stop now and then
_KEPT_BYTES = 40  # a pair: packed, sorted, and taken apart


def single_mergers(task: Task) -> Mergers:
    """Return what single linkage merges within the cut: by the pairs within it, if they fit; else by a growing tree."""
    if task.has_views:
        mergers = _of_components(task)
    elif task.cut_bits < task.n_bits:
        room = min(task.room, LIST_BYTES) * 8 // _KEPT_BYTES
        radius_bits = math.floor(task.cut_bits)
        found = found_pairs(task.points.words, radius_bits, n_bits=task.n_bits, workers=task.workers, max_memory=room)
        mergers = of_pairs(task.points, found) if found.is_whole else of_all(task.points, task.progress)
    else:
        mergers = of_all(task.points, task.progress)
    mergers = mergers[mergers["height"] <= task.cut_bits + 2 * EPS]
    return mergers[np.argsort(mergers["height"], kind="stable")]


def of_pairs(points: Points, found: Found) -> Mergers:
    """Return the edges of the minimum spanning forest, of pairs that were found: by Kruskal's algorithm.

    Distance by distance: most pairs hang together already by shorter ones, and only what doesn't is sorted by D'.
    """
    parents = np.arange(len(points.words), dtype=np.int32)
    joined = [np.empty(0, MERGER)]
    for distance, i, j in found.by_distance():
        is_apart = np.empty(len(i), np.bool_)
        kernels.take_apart(is_apart, parents, i, j)
        i, j = i[is_apart], j[is_apart]
        heights = distance + (points.offsets[i] + points.offsets[j])
        order = np.argsort(heights)
        i, j = i[order], j[order]
        is_joining = np.empty(len(i), np.bool_)
        kernels.take_joining(is_joining, parents, i, j)
        joined.append(mergers_of(i[is_joining], j[is_joining], heights[order][is_joining]))
    return np.concatenate(joined)


def of_all(points: Points, progress: Progress | None = None) -> Mergers:
    """Return the edges of the minimum spanning tree of all points: by Prim's algorithm, O(n**2) time, O(n) memory."""
    n = len(points.words)
    growing, mergers, columns = kernels.new_growing(points.offsets), np.empty(n, MERGER), transposed(points.words)
    while growing.state[0] > 0:
        kernels.grow(growing, mergers, columns, WORK_A_CALL)
        if progress is not None:
            progress("images", n - int(growing.state[0]), n)
    return mergers[: n - 1]


def _of_components(task: Task) -> Mergers:
    """Return the edges of the minimum spanning trees of what hangs together within the cut, by distances over views."""
    points = task.points
    groups = groups_of_labels(task.components(), 2)
    rows = np.concatenate([np.zeros(0, np.int64), *groups])
    sizes = np.array([len(group) for group in groups], np.int64)
    starts = np.concatenate([[0], np.cumsum(sizes)])
    mergers = np.empty(len(rows), MERGER)
    is_large = (sizes > _SMALL_GROUP) | (sizes**2 * view_work(points.variants) > MAX_WORK)
    most = int(sizes[~is_large].max(initial=0))
    fixed = (mergers, points.variants, points.offsets, rows, starts, most)

    def span_block(first: int, stop: int) -> None:
        kernels.span_groups(kernels.new_growing(np.zeros(most)), *fixed, first, stop)

    work = np.where(is_large, 0, sizes**2) * view_work(points.variants)
    run(span_block, blocks_by_work(work, task.workers), task.workers)
    parts = [mergers]
    for k in np.flatnonzero(is_large).tolist():
        parts.append(_of_component(points, groups[k]))
        mergers[starts[k] : starts[k + 1]]["first"] = -1
    of_all_groups = np.concatenate(parts)
    return of_all_groups[of_all_groups["first"] >= 0]


def _of_component(points: Points, component: NDArray[np.int64]) -> Mergers:
    """Return the edges of the minimum spanning tree of some points, by distances over views."""
    growing, mergers = kernels.new_growing(points.offsets[component]), np.empty(len(component), MERGER)
    while growing.state[0] > 0:
        kernels.grow_over_views(growing, mergers, points.variants, component, WORK_A_CALL)
    return renumbered(mergers[: len(component) - 1], component)

"""Trees of clusters without a matrix of distances: up to a cut, or whole."""

import numpy as np

from imgcmp.clusters.dendrogram import Mergers, of_images, renumbered
from imgcmp.clusters.routes import Task, agglomerated, check_least_memory, linker
from imgcmp.clusters.spanning_trees import single_mergers


def forest(task: Task) -> Mergers:
    """Return what images merge within the cut: by the routes of `imgcmp.clusters.routes`."""
    check_least_memory(task)
    if task.linkage == "single":
        mergers = single_mergers(task)
    elif task.has_views:
        mergers = _over_views(task)
    else:
        mergers = agglomerated(task).mergers
    return of_images(mergers, task.points)


def _over_views(task: Task) -> Mergers:
    """Return what points merge within the cut by distances over views: in what hangs together within it."""
    linked = linker(task).cluster(task.points, task.components(), task.cut_bits, with_pairs=True)
    by_chain = [renumbered(agglomerated(task.within(component)).mergers, component) for component in linked.left]
    return np.concatenate([linked.mergers, *by_chain])

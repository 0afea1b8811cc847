"""The best member of a cluster: the one that a person would keep."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from imgcmp.results.members import Images


def best_members(groups: Sequence[NDArray[np.intp]], images: Images) -> list[int]:
    """Return the best member of each cluster.

    Not a damaged one; of the most pixels; of those the largest file, which is the least compressed; of those the first.

    Parameters
    ----------
    groups : sequence of ndarray of intp
        The rows of each cluster's members, sorted by path.
    images : Images
        What is known of them.
    """
    best = []
    for group in groups:  # of each its own members alone: this is asked for one cluster after another, too
        damaged = np.array([bool(images.damage and images.damage[row]) for row in group.tolist()])
        n_pixels = images.width[group] * images.height[group]
        order = np.lexsort((-images.size[group], -n_pixels, damaged))
        best.append(int(group[order[0]]))
    return best

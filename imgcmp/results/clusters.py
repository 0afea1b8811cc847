"""Clusters of files, and their table."""

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from imgcmp.results.members import Member


class Cluster(NamedTuple):
    """Similar images.

    Attributes
    ----------
    files : list of str
        Absolute paths, as `os.fsdecode` gives them.
    diameter_bits : int
        The largest Hamming distance of two of the images; of some of a cluster, that of the whole.
    members : sequence of Member
        How each of the files is related to the best one; empty where nobody asked.
    """

    files: list[str]
    diameter_bits: int
    members: Sequence[Member] = ()


def group_files(files: Sequence[str], labels: NDArray[np.int32]) -> list[NDArray[np.intp]]:
    """Return the members of every cluster of two files and more.

    Parameters
    ----------
    files : sequence of str, length n_images
        Their paths.
    labels : ndarray of int32, shape (n_images,)
        The cluster of each file, numbered from 0.

    Returns
    -------
    groups : list of ndarray of intp, shape (n_files,) each
        Indices into `files`, sorted by path. The largest cluster is first; equally large ones are sorted by their
        first path.

    Raises
    ------
    ValueError
        If `labels` has another shape than `files`.
    """
    if labels.shape != (len(files),):
        raise ValueError(f"labels must have shape (n_images,) = ({len(files)},); got {labels.shape}")
    if not len(files):
        return []
    paired = np.flatnonzero(np.bincount(labels)[labels] >= 2).tolist()
    by_path = np.array(sorted(paired, key=files.__getitem__), dtype=np.intp)
    ranks = np.argsort(labels[by_path], kind="stable")  # ranks in by_path: clusters together, sorted by path inside
    label_of_rank = labels[by_path[ranks]]
    starts = np.flatnonzero(np.r_[True, label_of_rank[1:] != label_of_rank[:-1]][: len(ranks)])
    ends = np.r_[starts[1:], len(ranks)][: len(starts)]
    order = np.lexsort((ranks[starts], starts - ends))
    members = by_path[ranks]
    return [members[start:end] for start, end in zip(starts[order].tolist(), ends[order].tolist(), strict=True)]


def format_table(clusters: Sequence[Cluster]) -> str:
    """Return how many clusters there are of each size, as a table without a final newline."""
    counts = Counter(len(cluster.files) for cluster in clusters)
    lines = [f"{n_files} : {n_clusters}" for n_files, n_clusters in sorted(counts.items())]
    return "\n".join(["items per cluster : number of such clusters", *lines])

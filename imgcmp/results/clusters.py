"""Clusters of files, and their table."""

from collections import Counter
from collections.abc import Collection, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from imgcmp.results.members import Member
from imgcmp.results.relation_names import BEST, SAME_FILE, SAME_PIXELS

_Told = tuple[str, Member]


class Cluster(NamedTuple):
    """Similar images.

    Attributes
    ----------
    files : list of str
        Absolute paths, as `os.fsdecode` gives them.
    diameter_bits : int
        The largest Hamming distance of two of the images.
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


def of_relations(clusters: Sequence[Cluster], relations: Collection[str]) -> list[Cluster]:
    """Leave of each cluster the best file and the members that are related to it so; clusters of one file go.

    Identical ones among the others, which are identical to one another and not to the best one, are a cluster of their
    own: what is shown can be acted on, as there is always one that stays.
    """
    left = []
    for cluster in clusters:
        told = list(zip(cluster.files, cluster.members, strict=True))
        left.append(_cluster_of([pair for pair in told if pair[1].relation in (BEST, *relations)], cluster))
        others = [pair for pair in told if pair[1].relation not in (BEST, *relations)]
        left += [_cluster_of(same, cluster) for same in _same_ones(others, relations)]
    return sorted(
        (cluster for cluster in left if len(cluster.files) > 1),
        key=lambda cluster: (-len(cluster.files), cluster.files[0]),
    )


def _cluster_of(told: Sequence[_Told], cluster: Cluster) -> Cluster:
    return cluster._replace(files=[file for file, _ in told], members=[member for _, member in told])


def _same_ones(told: Sequence[_Told], relations: Collection[str]) -> list[list[_Told]]:
    """Return the members that are the same as one another, related to the best one of them."""
    if not {SAME_FILE, SAME_PIXELS} & {*relations}:
        return []
    by_first: dict[str, list[_Told]] = {}
    for file, member in told:
        first = member.same_as if SAME_PIXELS in relations else member.same_bytes_as
        if first is not None:
            by_first.setdefault(first, []).append((file, member))
    return [
        [pair for pair in _to_best_of(same) if pair[1].relation in (BEST, *relations)]
        for same in by_first.values()
        if len(same) > 1
    ]


def _to_best_of(same: Sequence[_Told]) -> list[_Told]:
    """Relate members that are the same to the one of them to keep."""
    by_file = dict(same)
    kept = next((file for file, member in same if member.same_as == file), same[0][0])
    bytes_of_kept = by_file[kept].same_bytes_as
    told = []
    for file, member in same:
        is_same_file = bytes_of_kept is not None and member.same_bytes_as == bytes_of_kept
        relation = BEST if file == kept else SAME_FILE if is_same_file else SAME_PIXELS
        told.append((file, member._replace(relation=relation, to=kept, box=None, view=None, distance_bits=0)))
    return told


def format_table(clusters: Sequence[Cluster]) -> str:
    """Return how many clusters there are of each size, as a table without a final newline."""
    counts = Counter(len(cluster.files) for cluster in clusters)
    lines = [f"{n_files} : {n_clusters}" for n_files, n_clusters in sorted(counts.items())]
    return "\n".join(["items per cluster : number of such clusters", *lines])

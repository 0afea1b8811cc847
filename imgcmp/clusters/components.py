"""Clusters of some thousand images: connected components of the pairs within the cut, each linked by scipy.

Merges within the cut happen within components; and what is in two components is beyond the cut, whatever merges, so
that several of them may be linked together, and cut. It takes three kernels, where the chain takes the largest of all:
clustering 3,000 fingerprints for the first time after an installation takes 4 s of CPU time so, 14 s by the chain.
"""

import math
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array, csgraph

from imgcmp.clusters.labels import Labels
from imgcmp.clusters.small import CONDENSED_IMAGES, bytes_needed, cluster_condensed
from imgcmp.fingerprints.packing import Words
from imgcmp.search.pairs import found_pairs

FEW_IMAGES = 10_000  # of 9,000 with three copies each this takes 1.0 to 1.8 times as long as the chain, 13 ms more
_MOST_NEIGHBOURS = 32  # pairs an image: with more, components are large; nor is a graph of all pairs worth making then
_PAIR_BYTES = 80  # as it is found, unpacked, and in the graph and its transpose
_TOGETHER = 200  # images of small components that are linked together: scipy takes 0.4 ms, and 0.1 ms for none


def cluster_by_components(
    words: Words, n_bits: int, cut_bits: float, linkage: str, workers: int, max_bytes: int
) -> Labels | None:
    """Clusters of fingerprints; None if a component is too large, or the pairs are too many for the memory."""
    component_of = _components(words, n_bits, cut_bits, workers, max_bytes)
    if component_of is None:
        return None
    sizes = np.bincount(component_of)
    largest = int(sizes.max())
    if largest > CONDENSED_IMAGES or bytes_needed(largest, linkage) > max_bytes:
        return None
    # Components of one or two images are clusters as they are: what hangs together is within the cut.
    labels: NDArray[np.int64] = component_of.astype(np.int64) << 32
    for rows in _batches(component_of, sizes):
        labels[rows] |= cluster_condensed(words[rows], cut_bits, linkage, workers)
    numbers: Labels = np.unique(labels, return_inverse=True)[1].astype(np.int32)
    return numbers


def _components(words: Words, n_bits: int, cut_bits: float, workers: int, max_bytes: int) -> NDArray[np.int32] | None:
    """Return the component of each image; None if the pairs do not fit."""
    n = len(words)
    radius_bits = min(math.floor(cut_bits), n_bits)
    most = min(_MOST_NEIGHBOURS * n, max_bytes // _PAIR_BYTES)
    found = found_pairs(words, radius_bits, n_bits=n_bits, workers=workers, max_memory=8 * most)
    if not found.is_whole:
        return None
    i, j = found.rows_and_columns()
    graph = coo_array((np.ones(len(i), np.int8), (i, j)), shape=(n, n))
    del found, i, j
    return np.asarray(csgraph.connected_components(graph, directed=False)[1], np.int32)


def _batches(component_of: NDArray[np.int32], sizes: NDArray[np.int64]) -> list[NDArray[np.int64]]:
    """Return the rows of components of three and more, small ones together, large ones alone."""
    rows = np.flatnonzero(sizes[component_of] > 2)
    rows = rows[np.lexsort((component_of[rows], sizes[component_of[rows]]))]
    starts = np.flatnonzero(np.diff(component_of[rows], prepend=-1))
    edges = [0]
    for start, end in pairwise([*starts.tolist(), len(rows)]):
        if end - edges[-1] > _TOGETHER and start > edges[-1]:
            edges.append(start)
    return [rows[start:end] for start, end in pairwise([*edges, len(rows)]) if end > start]

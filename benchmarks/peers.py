"""Peers that several benchmarks are measured against."""

import numpy as np
import pytest

FLAT = "faiss IndexBinaryFlat.range_search"


def faiss_search(words, radius_bits, queries=None):
    """Return a function that searches the words for the queries, or for themselves: limits, distances, indices."""
    faiss = pytest.importorskip("faiss")
    index = faiss.IndexBinaryFlat(64 * words.shape[1])
    index.add(words.view(np.uint8))
    searched = (words if queries is None else queries).view(np.uint8)
    return lambda: index.range_search(searched, radius_bits + 1)  # its radius is exclusive
